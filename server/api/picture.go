package api

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/cenacle-team/cenacle/schema"
)

// pictureType returns the media type of a picture that everybody's browser will
// decode: PNG, JPEG or WebP, told by its first octets alone, with at most
// [schema.MaxLogo] octets and [schema.MaxLogoSide] pixels on a side. SVG is a
// program, and is not among them.
func pictureType(b []byte) (string, error) {
	if len(b) > schema.MaxLogo {
		return "", schema.Errorf(schema.CodeTooLarge, "a picture has at most %d octets", schema.MaxLogo)
	}
	var config image.Config
	var err error
	var kind string
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		kind = "image/png"
		config, err = png.DecodeConfig(bytes.NewReader(b))
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		kind = "image/jpeg"
		config, err = jpeg.DecodeConfig(bytes.NewReader(b))
	case len(b) >= 12 && string(b[:4]) == "RIFF" && string(b[8:12]) == "WEBP":
		kind = "image/webp"
		config, err = webpConfig(b)
	default:
		return "", schema.Errorf(schema.CodeBadRequest, "a picture is a PNG, a JPEG or a WebP file")
	}
	if err != nil {
		return "", &schema.Error{Code: schema.CodeBadRequest, Detail: "the picture is damaged", Cause: err}
	}
	if config.Width < 1 || config.Height < 1 || config.Width > schema.MaxLogoSide || config.Height > schema.MaxLogoSide {
		return "", schema.Errorf(schema.CodeTooLarge, "a picture has 1 to %d pixels on a side", schema.MaxLogoSide)
	}
	return kind, nil
}

// webpConfig reads the size of a WebP picture from its first chunk (RFC 9649
// sections 2.5 to 2.7).
func webpConfig(b []byte) (image.Config, error) {
	var c image.Config
	if len(b) < 30 {
		return c, schema.Errorf(schema.CodeBadRequest, "the picture is cut off")
	}
	switch data := b[20:]; string(b[12:16]) {
	case "VP8 ":
		// Three octets of frame tag, the start code, two sizes of 14 bits.
		if !bytes.Equal(data[3:6], []byte{0x9d, 0x01, 0x2a}) {
			return c, schema.Errorf(schema.CodeBadRequest, "no key frame")
		}
		c.Width = int(binary.LittleEndian.Uint16(data[6:]) & 0x3fff)
		c.Height = int(binary.LittleEndian.Uint16(data[8:]) & 0x3fff)
	case "VP8L":
		// A signature, then two sizes of 14 bits, each less one.
		if data[0] != 0x2f {
			return c, schema.Errorf(schema.CodeBadRequest, "no lossless picture")
		}
		size := binary.LittleEndian.Uint32(data[1:])
		c.Width, c.Height = int(size&0x3fff)+1, int(size>>14&0x3fff)+1
	case "VP8X":
		// Four octets of flags, then two sizes of 24 bits, each less one.
		c.Width = int(uint32(data[4])|uint32(data[5])<<8|uint32(data[6])<<16) + 1
		c.Height = int(uint32(data[7])|uint32(data[8])<<8|uint32(data[9])<<16) + 1
	default:
		return c, schema.Errorf(schema.CodeBadRequest, "no picture inside")
	}
	return c, nil
}
