package hostile

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
)

// This file seals what crypto/seal would refuse to seal. It is a second, naive
// implementation of docs/protocol.md, "A sealed event", on purpose.

// Place is where a sealed event belongs.
type Place struct {
	Workspace schema.WorkspaceID
	Circle    schema.CircleID
	Stream    schema.StreamID
	Epoch     uint64
}

// StreamKey derives the key of a place's events.
func (p Place) StreamKey(secret seal.EpochSecret) []byte {
	return p.derive(secret, schema.PurposeStreamKey, p.Stream)
}

// SignalKey derives the key of a circle's signals.
func (p Place) SignalKey(secret seal.EpochSecret) []byte {
	return p.derive(secret, schema.PurposeSignalKey, schema.StreamID{})
}

func (p Place) derive(secret seal.EpochSecret, purpose string, stream schema.StreamID) []byte {
	info := append(append(append([]byte{}, p.Workspace[:]...), p.Circle[:]...), stream[:]...)
	info = binary.BigEndian.AppendUint64(info, p.Epoch)
	return must(hkdf.Key(sha256.New, secret.Bytes(), []byte(purpose), string(info), 32))
}

const packetPrefix = "\xD2\x02\x09\x03\x10"

// SealPacket encrypts any plaintext as one SEIPD version 2 packet (RFC 9580
// section 5.13.2) of one chunk.
func SealPacket(key, plain []byte) []byte {
	salt := make([]byte, 32)
	_, _ = rand.Read(salt)
	aead, iv := packetKey(key, salt)
	body := append([]byte(packetPrefix[1:]), salt...)
	body = aead.Seal(body, nonce(iv, 0), plain, []byte(packetPrefix))
	body = aead.Seal(body, nonce(iv, 1), nil, binary.BigEndian.AppendUint64([]byte(packetPrefix), uint64(len(plain))))
	return Packet(0xD2, body)
}

// OpenPacket decrypts what SealPacket, or an honest client, made.
func OpenPacket(key, sealed []byte) ([]byte, error) {
	_, body, _, err := nextPacket(sealed)
	if err != nil || len(body) < 4+32+32 {
		return nil, fmt.Errorf("no sealed packet: %w", err)
	}
	aead, iv := packetKey(key, body[4:36])
	return aead.Open(nil, nonce(iv, 0), body[36:len(body)-16], []byte(packetPrefix))
}

func packetKey(key, salt []byte) (cipher.AEAD, []byte) {
	material := must(hkdf.Key(sha256.New, key, salt, packetPrefix, 36))
	return must(cipher.NewGCM(must(aes.NewCipher(material[:32])))), material[32:]
}

func nonce(iv []byte, chunk uint64) []byte {
	return binary.BigEndian.AppendUint64(bytes.Clone(iv), chunk)
}

// Message is the plaintext of a sealed event: a payload with the signature of a
// device, which need not be over this payload, padded to a Padmé length.
func Message(payload, signature []byte, device schema.DeviceID) []byte {
	// The salt is 16 octets behind its length octet in the one form of signature.
	at := len(signature) - 64 - 16
	out := append([]byte("\xC4\x36\x06\x00\x08\x1B\x10"), signature[at:at+16]...)
	out = append(append(out, device[:]...), 1)
	out = append(out, Packet(0xCB, append([]byte("b\x00\x00\x00\x00\x00"), payload...))...)
	return Pad(append(out, signature...))
}

// SplitMessage takes an honest client's plaintext apart.
func SplitMessage(plain []byte) (payload, signature []byte, err error) {
	const onePass = 56
	_, literal, rest, err := nextPacket(plain[min(onePass, len(plain)):])
	if err != nil || len(literal) < 6 {
		return nil, nil, fmt.Errorf("no signed message: %w", err)
	}
	_, _, padding, err := nextPacket(rest)
	return literal[6:], rest[:len(rest)-len(padding)], err
}

// Pad adds the Padding packet that a reader expects.
func Pad(content []byte) []byte {
	n := max(len(content)+6, 1024)
	e := bits.Len(uint(n)) - 1
	mask := 1<<(e-bits.Len(uint(e))) - 1
	padding := ((n + mask) &^ mask) - len(content) - 6
	out := binary.BigEndian.AppendUint32(append(content, 0xD5, 255), uint32(padding))
	return append(out, make([]byte, padding)...)
}

// Packet writes a packet with a new-format header of the shortest length (RFC 9580
// section 4.2.1); head is its first octet.
func Packet(head byte, body []byte) []byte {
	n := len(body)
	switch {
	case n < 192:
		return append([]byte{head, byte(n)}, body...)
	case n < 8384:
		return append([]byte{head, byte((n-192)>>8) + 192, byte(n - 192)}, body...)
	}
	return append(binary.BigEndian.AppendUint32([]byte{head, 255}, uint32(n)), body...)
}

// nextPacket takes one packet with a definite length off the front.
func nextPacket(b []byte) (head byte, body, rest []byte, err error) {
	n, skip := 0, 0
	switch {
	case len(b) > 6 && b[1] == 255:
		n, skip = int(binary.BigEndian.Uint32(b[2:6])), 6
	case len(b) > 3 && b[1] >= 192:
		n, skip = int(b[1]-192)<<8+int(b[2])+192, 3
	case len(b) > 2:
		n, skip = int(b[1]), 2
	}
	if skip == 0 || len(b) < skip+n {
		return 0, nil, nil, fmt.Errorf("%d octets are no packet", len(b))
	}
	return b[0], b[skip : skip+n], b[skip+n:], nil
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("hostile: %v", err))
	}
	return v
}
