package pgpsig

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// Algorithm is a public-key algorithm.
type Algorithm byte

const (
	// Ed25519 signs (RFC 9580 section 9.1); 32 octets of public key material.
	Ed25519 Algorithm = 27
	// MLKEM768X25519 encrypts (RFC 9980); 32 octets of X25519 and 1,184 octets
	// of ML-KEM-768 public key material.
	MLKEM768X25519 Algorithm = 35
)

// Sizes of key material, in octets.
const (
	Ed25519Size        = 32
	X25519Size         = 32
	MLKEM768Size       = 1184
	MLKEM768X25519Size = X25519Size + MLKEM768Size

	keyHeader = 10 // version, creation time, algorithm, length of the material
)

// KeyBody returns the body of a version 6 public-key packet or of a public-subkey
// packet (RFC 9580 section 5.5.2.3). The time is kept in whole seconds.
func KeyBody(a Algorithm, created time.Time, material []byte) []byte {
	b := make([]byte, 0, keyHeader+len(material))
	b = append(b, 6)
	b = binary.BigEndian.AppendUint32(b, uint32(created.Unix()))
	b = append(b, byte(a))
	b = binary.BigEndian.AppendUint32(b, uint32(len(material)))
	return append(b, material...)
}

// Key is what the body of a key packet says.
type Key struct {
	Algorithm   Algorithm
	Created     time.Time
	Material    []byte // part of the body that was parsed
	Fingerprint schema.Fingerprint
}

// ParseKey reads the body of a public-key or public-subkey packet and reports
// false unless it is what [KeyBody] makes of one of the two algorithms. The
// material is not examined.
func ParseKey(body []byte) (Key, bool) {
	if len(body) < keyHeader || body[0] != 6 {
		return Key{}, false
	}
	k := Key{
		Algorithm: Algorithm(body[5]),
		Created:   time.Unix(int64(be32(body[1:])), 0).UTC(),
		Material:  body[keyHeader:],
	}
	switch {
	case k.Algorithm == Ed25519 && len(k.Material) == Ed25519Size:
	case k.Algorithm == MLKEM768X25519 && len(k.Material) == MLKEM768X25519Size:
	default:
		return Key{}, false
	}
	if be32(body[6:]) != uint32(len(k.Material)) {
		return Key{}, false
	}
	k.Fingerprint = Fingerprint(body)
	return k, true
}

// KeySize is the length of a public-key body of the algorithm that stands in
// the body's header, 0 when it is neither of the two or the header is cut off.
// It lets a reader find where the secret part of a secret-key packet starts.
func KeySize(body []byte) int {
	if len(body) < keyHeader {
		return 0
	}
	switch Algorithm(body[5]) {
	case Ed25519:
		return keyHeader + Ed25519Size
	case MLKEM768X25519:
		return keyHeader + MLKEM768X25519Size
	}
	return 0
}

// HashedKey returns what a signature over a key hashes of it: the octet 0x9B,
// four octets of length, and the body (RFC 9580 section 5.2.4).
func HashedKey(body []byte) []byte {
	b := make([]byte, 0, 5+len(body))
	b = append(b, 0x9B)
	b = binary.BigEndian.AppendUint32(b, uint32(len(body)))
	return append(b, body...)
}

// Fingerprint is the version 6 fingerprint of a key (RFC 9580 section 5.5.4.3).
func Fingerprint(body []byte) schema.Fingerprint {
	return sha256.Sum256(HashedKey(body))
}
