package pgpsig

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// Type is a signature type (RFC 9580 section 5.2.1).
type Type byte

// The signature types that are used.
const (
	Document         Type = 0x00 // over a binary document
	SubkeyBinding    Type = 0x18
	PrimaryBinding   Type = 0x19
	DirectKey        Type = 0x1F
	SubkeyRevocation Type = 0x28
)

// Sizes in octets.
const (
	// SaltSize is the salt of a SHA-256 signature (RFC 9580 section 9.5).
	SaltSize = 16
	// BodySize is the body of a signature without further subpackets.
	BodySize = fieldsSize + baseSize + tailSize
	// PacketSize is a detached signature: the body and its two octets of header.
	PacketSize = 2 + BodySize

	fieldsSize = 8                                            // version to length of hashed subpackets
	baseSize   = 6 + 35                                       // creation time, issuer fingerprint
	tailSize   = 4 + 2 + 1 + SaltSize + ed25519.SignatureSize // no unhashed subpackets, digest, salt, value
	maxExtra   = 192                                          // of further hashed subpackets
)

// errSignature is the one error of this package; it says nothing of the reason.
func errSignature() error { return schema.Errorf(schema.CodeBadSignature, "signature refused") }

// appendHashed appends a signature's fields from its version to the end of its
// hashed subpackets (RFC 9580 section 5.2.3): creation time and issuer
// fingerprint, both critical, and then extra as it is.
func appendHashed(dst []byte, t Type, issuer *schema.Fingerprint, created uint32, extra []byte) []byte {
	dst = append(dst, 6, byte(t), byte(Ed25519), 8) // version, type, algorithm, SHA-256
	dst = binary.BigEndian.AppendUint32(dst, uint32(baseSize+len(extra)))
	dst = append(dst, 5, 0x80|2)
	dst = binary.BigEndian.AppendUint32(dst, created)
	dst = append(dst, 34, 0x80|33, 6)
	dst = append(dst, issuer[:]...)
	return append(dst, extra...)
}

// digest hashes salt, data, the hashed fields and the trailer (RFC 9580 section
// 5.2.4).
func digest(salt, hashed []byte, data ...[]byte) (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write(salt)
	for _, d := range data {
		h.Write(d)
	}
	h.Write(hashed)
	var trailer [6]byte
	trailer[0], trailer[1] = 6, 0xFF
	binary.BigEndian.PutUint32(trailer[2:], uint32(len(hashed)))
	h.Write(trailer[:])
	h.Sum(sum[:0])
	return sum
}

// appendBody appends a whole signature body.
func appendBody(dst []byte, key ed25519.PrivateKey, t Type, issuer *schema.Fingerprint, created time.Time, extra []byte, data ...[]byte) []byte {
	start := len(dst)
	dst = appendHashed(dst, t, issuer, uint32(created.Unix()), extra)
	hashed := dst[start:]
	dst = append(dst, 0, 0, 0, 0, 0, 0, SaltSize) // no unhashed subpackets; room for the digest
	tag := len(dst) - 3
	dst = dst[:len(dst)+SaltSize]
	salt := dst[len(dst)-SaltSize:]
	rand.Read(salt) // never fails
	sum := digest(salt, hashed, data...)
	copy(dst[tag:], sum[:2])
	return append(dst, ed25519.Sign(key, sum[:])...)
}

// SignBody makes the body of a version 6 Ed25519 signature (RFC 9580 section
// 5.2.3) of type t over the concatenation of data. extra holds further hashed
// subpackets, encoded, at most 192 octets; they follow the creation time and the
// issuer fingerprint. The salt is random.
func SignBody(key ed25519.PrivateKey, t Type, issuer schema.Fingerprint, created time.Time, extra []byte, data ...[]byte) []byte {
	return appendBody(make([]byte, 0, BodySize+len(extra)), key, t, &issuer, created, extra, data...)
}

// VerifyBody checks that body is what [SignBody] would have made with the
// private half of key, at any time and with any salt, and nothing else.
func VerifyBody(key ed25519.PublicKey, t Type, issuer schema.Fingerprint, extra, body []byte, data ...[]byte) error {
	if len(key) != ed25519.PublicKeySize {
		return errSignature()
	}
	if err := CheckForm(t, issuer, extra, body); err != nil {
		return err
	}
	n := len(body) - tailSize
	hashed, tail := body[:n], body[n:]
	salt, value := tail[7:7+SaltSize], tail[7+SaltSize:]
	sum := digest(salt, hashed, data...)
	if tail[4] != sum[0] || tail[5] != sum[1] || !ed25519.Verify(key, sum[:], value) {
		return errSignature()
	}
	return nil
}

// CheckForm is the part of [VerifyBody] that is not cryptography: that every
// octet of body but the creation time, the digest, the salt and the value is the
// one that a signature of that type by that issuer has. It proves nothing.
func CheckForm(t Type, issuer schema.Fingerprint, extra, body []byte) error {
	n := fieldsSize + baseSize + len(extra)
	if len(extra) > maxExtra || len(body) != n+tailSize {
		return errSignature()
	}
	created := be32(body[fieldsSize+2:])
	var buf [fieldsSize + baseSize + maxExtra]byte
	if !bytes.Equal(appendHashed(buf[:0], t, &issuer, created, extra), body[:n]) {
		return errSignature()
	}
	if tail := body[n:]; be32(tail) != 0 || tail[6] != SaltSize {
		return errSignature()
	}
	return nil
}

// Sign makes a detached signature packet over message: [PacketSize] octets, of
// type [Document].
func Sign(key ed25519.PrivateKey, issuer schema.Fingerprint, created time.Time, message []byte) []byte {
	dst := AppendHeader(make([]byte, 0, PacketSize), TagSignature, BodySize)
	return appendBody(dst, key, Document, &issuer, created, nil, message)
}

// Verify checks a detached signature packet; it accepts exactly what [Sign]
// makes. The time in it is not looked at: causality decides, not clocks. The
// error has [schema.CodeBadSignature].
func Verify(key ed25519.PublicKey, issuer schema.Fingerprint, message, packet []byte) error {
	if len(packet) != PacketSize || packet[0] != 0xC0|byte(TagSignature) || packet[1] != BodySize {
		return errSignature()
	}
	return VerifyBody(key, Document, issuer, nil, packet[2:], message)
}

// Salt returns the salt of a packet made by [Sign], nil when the length is not
// that of one. It is a part of packet, not a copy.
func Salt(packet []byte) []byte {
	if len(packet) != PacketSize {
		return nil
	}
	return packet[PacketSize-ed25519.SignatureSize-SaltSize : PacketSize-ed25519.SignatureSize]
}
