package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/cenacle-team/cenacle/schema"
)

const (
	saltLength = 32
	tagLength  = 16
	// maxChunk is what fits into the one chunk that a packet has: chunk size
	// octet 16 means 2^22 octets.
	maxChunk = 1 << 22
	// seipdOverhead is what a packet's body holds beside the encrypted plaintext:
	// version, algorithms and chunk size, salt, the chunk's tag and the final tag.
	seipdOverhead = len(seipdPrefix) - 1 + saltLength + 2*tagLength
)

// seipdPrefix is the associated data of every chunk (RFC 9580 section 5.13.2) and,
// without its first octet, the beginning of the packet's body: packet type 18 in
// new format, version 2, cipher 9 (AES-256), AEAD 3 (GCM), chunk size octet 16.
const seipdPrefix = "\xD2\x02\x09\x03\x10"

// unreadable is the one answer to whatever does not open.
func unreadable() error { return &schema.Error{Code: schema.CodeUnreadable} }

// messageKey is the AEAD and its nonces for one packet (RFC 9580 section 5.13.2):
// HKDF-SHA256 of the session key and the packet's salt gives a key as long as the
// session key and the first 4 octets of the 12-octet nonces; the index of the
// chunk, 8 octets, big endian, completes them.
type messageKey struct {
	aead cipher.AEAD
	iv   [4]byte
}

func newMessageKey(sessionKey, salt []byte, prefix string) (messageKey, error) {
	n := len(sessionKey)
	material, err := hkdf.Key(sha256.New, sessionKey, salt, prefix, n+4)
	if err != nil {
		return messageKey{}, fmt.Errorf("derive message key: %w", err)
	}
	defer clear(material)
	block, err := aes.NewCipher(material[:n])
	if err != nil {
		return messageKey{}, fmt.Errorf("derive message key: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return messageKey{}, fmt.Errorf("derive message key: %w", err)
	}
	return messageKey{aead: aead, iv: [4]byte(material[n:])}, nil
}

func (k *messageKey) nonce(chunk uint64) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 12), k.iv[:]...), chunk)
}

// finalData is what the final tag authenticates beside its nonce: the prefix and
// the total number of plaintext octets.
func finalData(prefix string, total int) []byte {
	return binary.BigEndian.AppendUint64(append(make([]byte, 0, 16), prefix...), uint64(total))
}

// seal encrypts what was written under the secret.
func (s secret) seal(w *seipdWriter) (out []byte, err error) {
	err = s.use(func(octets []byte) error { out, err = w.seal(octets); return err })
	return out, err
}

// open is [openSEIPD] under the secret; none opens nothing.
func (s secret) open(packet []byte) (plain []byte, err error) {
	err = s.use(func(octets []byte) error { plain, err = openSEIPD(packet, octets); return err })
	if err != nil {
		return nil, unreadable()
	}
	return plain, nil
}

// A seipdWriter builds one packet in one buffer: the plaintext is appended to buf
// and then encrypted where it lies.
type seipdWriter struct {
	buf   []byte
	start int // where the plaintext begins
	total int // its final length
}

// newSEIPD begins a packet for a plaintext of exactly total octets.
func newSEIPD(total int, random io.Reader) (*seipdWriter, error) {
	if total > maxChunk {
		return nil, schema.Errorf(schema.CodeTooLarge, "%d octets do not fit into one chunk", total)
	}
	n := seipdOverhead + total
	buf := appendHeader(make([]byte, 0, headerLength(n)+n), headSEIPD, n)
	buf = append(buf, seipdPrefix[1:]...)
	start := len(buf) + saltLength
	buf = buf[:start]
	if _, err := io.ReadFull(random, buf[start-saltLength:]); err != nil {
		return nil, fmt.Errorf("read random octets: %w", err)
	}
	return &seipdWriter{buf: buf, start: start, total: total}, nil
}

// seal encrypts the plaintext under the session key and returns the packet.
func (w *seipdWriter) seal(sessionKey []byte) ([]byte, error) {
	plain := w.buf[w.start:]
	if len(plain) != w.total {
		return nil, schema.Errorf(schema.CodeInternal, "a plaintext has %d octets instead of %d", len(plain), w.total)
	}
	k, err := newMessageKey(sessionKey, w.buf[w.start-saltLength:w.start], seipdPrefix)
	if err != nil {
		return nil, err
	}
	out := k.aead.Seal(w.buf[:w.start], k.nonce(0), plain, []byte(seipdPrefix))
	return k.aead.Seal(out, k.nonce(1), nil, finalData(seipdPrefix, w.total)), nil
}

// openSEIPD returns the plaintext of a packet that seal made, in memory of its
// own. Everything else is [schema.CodeUnreadable]. The caller bounds the length of
// the packet. Nothing is returned, or even decrypted, before the final tag and the
// chunk's tag have been verified.
func openSEIPD(packet, sessionKey []byte) ([]byte, error) {
	body, rest, ok := cutPacket(packet, headSEIPD)
	if !ok || len(rest) != 0 || len(body) < seipdOverhead || string(body[:4]) != seipdPrefix[1:] {
		return nil, unreadable()
	}
	total := len(body) - seipdOverhead
	if total > maxChunk {
		return nil, unreadable()
	}
	salt, data := body[4:4+saltLength], body[4+saltLength:]
	chunk, final := data[:total+tagLength], data[total+tagLength:]

	k, err := newMessageKey(sessionKey, salt, seipdPrefix)
	if err != nil {
		return nil, unreadable()
	}
	if _, err := k.aead.Open(nil, k.nonce(1), final, finalData(seipdPrefix, total)); err != nil {
		return nil, unreadable()
	}
	plain, err := k.aead.Open(make([]byte, 0, total), k.nonce(0), chunk, []byte(seipdPrefix))
	if err != nil {
		return nil, unreadable()
	}
	return plain, nil
}
