package api

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// webp is a WebP file whose first chunk says a size.
func webp(chunk string, data []byte) []byte {
	b := append([]byte("RIFF\x00\x00\x00\x00WEBP"+chunk), 0, 0, 0, 0)
	return append(append(b, data...), make([]byte, 16)...)
}

func lossy(width, height uint16) []byte {
	b := []byte{0, 0, 0, 0x9d, 0x01, 0x2a}
	b = binary.LittleEndian.AppendUint16(b, width)
	return webp("VP8 ", binary.LittleEndian.AppendUint16(b, height))
}

func lossless(width, height uint32) []byte {
	return webp("VP8L", binary.LittleEndian.AppendUint32([]byte{0x2f}, width-1|(height-1)<<14))
}

func extended(width, height int) []byte {
	b := []byte{0, 0, 0, 0}
	for _, n := range []int{width - 1, height - 1} {
		b = append(b, byte(n), byte(n>>8), byte(n>>16))
	}
	return webp("VP8X", b)
}

func TestPicturesAreToldByTheirContent(t *testing.T) {
	side := schema.MaxLogoSide
	var drawn, photo bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, side, 1))); err != nil {
		t.Fatal(err)
	}
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 1, side)), nil); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		b    []byte
		kind string
		code schema.Code
	}{
		"png":              {drawn.Bytes(), "image/png", ""},
		"jpeg":             {photo.Bytes(), "image/jpeg", ""},
		"lossy":            {lossy(uint16(side), 1), "image/webp", ""},
		"lossless":         {lossless(1, uint32(side)), "image/webp", ""},
		"extended":         {extended(side, side), "image/webp", ""},
		"wide lossy":       {lossy(uint16(side)+1, 1), "", schema.CodeTooLarge},
		"empty lossy":      {lossy(0, 1), "", schema.CodeTooLarge},
		"tall lossless":    {lossless(1, uint32(side)+1), "", schema.CodeTooLarge},
		"huge extended":    {extended(1, 1<<24), "", schema.CodeTooLarge},
		"cut off":          {lossy(1, 1)[:29], "", schema.CodeBadRequest},
		"cut off png":      {drawn.Bytes()[:20], "", schema.CodeBadRequest},
		"cut off jpeg":     {photo.Bytes()[:8], "", schema.CodeBadRequest},
		"not a key frame":  {webp("VP8 ", make([]byte, 10)), "", schema.CodeBadRequest},
		"not lossless":     {webp("VP8L", make([]byte, 10)), "", schema.CodeBadRequest},
		"no picture":       {webp("EXIF", make([]byte, 10)), "", schema.CodeBadRequest},
		"svg":              {[]byte("<svg/>"), "", schema.CodeBadRequest},
		"gif":              {[]byte("GIF89a\x01\x00\x01\x00"), "", schema.CodeBadRequest},
		"html behind text": {[]byte("RIFF<html>WEBP<script>alert(1)</script>"), "", schema.CodeBadRequest},
		"nothing":          {nil, "", schema.CodeBadRequest},
		"too many octets":  {append(drawn.Bytes()[:drawn.Len():drawn.Len()], make([]byte, schema.MaxLogo)...), "", schema.CodeTooLarge},
	} {
		kind, err := pictureType(tc.b)
		if kind != tc.kind || schema.CodeOf(err) != tc.code {
			t.Errorf("%s: %q, %v", name, kind, err)
		}
	}
}

// FuzzPicture: any octets are told apart without a panic, and what is taken is
// within the bounds.
func FuzzPicture(f *testing.F) {
	var drawn, photo bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		f.Fatal(err)
	}
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 2, 2)), nil); err != nil {
		f.Fatal(err)
	}
	for _, b := range [][]byte{drawn.Bytes(), photo.Bytes(), lossy(2, 2), lossless(2, 2), extended(2, 2)} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, err := pictureType(b)
		if (err == nil) != (kind != "") || err == nil && len(b) > schema.MaxLogo {
			t.Errorf("%q, %v", kind, err)
		}
	})
}
