package clienttest

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"sync"
	"unicode/utf16"

	"github.com/cenacle-team/cenacle/client"
)

// Recorder keeps everything that passes a place, to be searched afterwards.
type Recorder struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (r *Recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buf.Write(b)
	r.buf.WriteByte('\n')
	return len(b), nil
}

// Bytes returns what was recorded so far.
func (r *Recorder) Bytes() []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return bytes.Clone(r.buf.Bytes())
}

// Record wraps a transport so that all requests, answers and frames are kept,
// before masking and framing.
func (r *Recorder) Record(t client.Transport) client.Transport { return recording{t, r} }

type recording struct {
	client.Transport
	r *Recorder
}

func (t recording) Do(ctx context.Context, q client.Request) ([]byte, error) {
	fmt.Fprintf(t.r, "%s %s %s", q.Method, q.Path, q.Body)
	body, err := t.Transport.Do(ctx, q)
	fmt.Fprintf(t.r, "%s %v", body, err)
	return body, err
}

func (t recording) Live(ctx context.Context) (client.LiveConn, error) {
	conn, err := t.Transport.Live(ctx)
	if err != nil {
		return nil, err
	}
	return recordingConn{conn, t.r}, nil
}

type recordingConn struct {
	client.LiveConn
	r *Recorder
}

func (c recordingConn) Send(ctx context.Context, b []byte) error {
	c.r.Write(b)
	return c.LiveConn.Send(ctx, b)
}

func (c recordingConn) Receive(ctx context.Context) ([]byte, error) {
	b, err := c.LiveConn.Receive(ctx)
	c.r.Write(b)
	return b, err
}

// Encodings lists the forms in which a text may hide in octets: as it is, in
// either case, hexadecimal, base64 at each alignment, URL-escaped, UTF-16.
func Encodings(s string) map[string][]byte {
	out := map[string][]byte{
		"raw": []byte(s), "lower": bytes.ToLower([]byte(s)), "upper": bytes.ToUpper([]byte(s)),
		"hex": []byte(hex.EncodeToString([]byte(s))), "HEX": bytes.ToUpper([]byte(hex.EncodeToString([]byte(s)))),
		"url": []byte(url.QueryEscape(s)),
	}
	for shift := range 3 {
		// Alignment decides which letters a text becomes; its edges depend on
		// what stands around it and are cut off.
		padded := append(make([]byte, shift), s...)
		padded = padded[:len(padded)/3*3]
		for name, enc := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			text := enc.EncodeToString(padded)
			if shift > 0 {
				text = text[4:]
			}
			out[fmt.Sprintf("%s+%d", name, shift)] = []byte(text)
		}
	}
	var le, be []byte
	for _, u := range utf16.Encode([]rune(s)) {
		le = append(le, byte(u), byte(u>>8))
		be = append(be, byte(u>>8), byte(u))
	}
	out["utf-16le"], out["utf-16be"] = le, be
	return out
}

// Find reports in which encodings a text occurs in some octets.
func Find(in []byte, text string) []string {
	var found []string
	for name, form := range Encodings(text) {
		if bytes.Contains(in, form) {
			found = append(found, name)
		}
	}
	return found
}
