package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"

	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

const secretLength = 32

// secret is 32 octets that do not print, do not compare with == and can be
// wiped. It is embedded in the secrets of this package, which inherit its
// methods. The octets lie behind two pointers, because fmt does not call methods
// on unexported fields of somebody else's struct and follows one pointer there;
// copies share them, so that wiping one wipes all. The zero value holds no secret
// and is refused wherever one is used.
type secret struct {
	redact.Secret
	held *held
}

type held struct{ octets *[secretLength]byte }

// hold takes b over; it must have 32 octets.
func hold(b []byte) secret { return secret{held: &held{(*[secretLength]byte)(b)}} }

// octets are the 32 octets themselves, nil if there is no secret.
func (s secret) octets() []byte {
	if s.held == nil {
		return nil
	}
	return s.held.octets[:]
}

// newSecret draws a secret. The system's random source does not fail; where it
// does, crypto/rand ends the program.
func newSecret() secret {
	b := make([]byte, secretLength)
	rand.Read(b)
	return hold(b)
}

func parseSecret(b []byte) (secret, error) {
	if len(b) != secretLength {
		return secret{}, schema.Errorf(schema.CodeBadEncoding, "a secret has %d octets", secretLength)
	}
	s := hold(bytes.Clone(b))
	if err := s.check(); err != nil {
		return secret{}, err
	}
	return s, nil
}

// check refuses a secret that nobody drew at random: none, a wiped one, and any
// whose octets are all the same. A random one is refused with probability 2^-248.
func (s secret) check() error {
	b := s.octets()
	if b == nil {
		return schema.Errorf(schema.CodeBadEncoding, "there is no secret")
	}
	var differ byte
	for _, octet := range b {
		differ |= octet ^ b[0]
	}
	if differ == 0 {
		return schema.Errorf(schema.CodeBadEncoding, "a secret is not random")
	}
	return nil
}

// Bytes returns a copy of the 32 octets, for the sealed local store. It is nil
// if there is no secret.
func (s secret) Bytes() []byte { return bytes.Clone(s.octets()) }

// IsZero reports whether there is no secret or it was wiped.
func (s secret) IsZero() bool {
	return s.held == nil || subtle.ConstantTimeCompare(s.octets(), make([]byte, secretLength)) == 1
}

// Zero wipes the octets, in every copy of the value.
func (s secret) Zero() { clear(s.octets()) }

func (s secret) equal(t secret) bool {
	return s.held != nil && subtle.ConstantTimeCompare(s.octets(), t.octets()) == 1
}
