package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"sync"

	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

const secretLength = 32

// secret is 32 octets that do not print, do not compare with == and can be
// wiped. It is embedded in the secrets of this package, which inherit its
// methods. The octets lie behind two pointers, because fmt does not call methods
// on unexported fields of somebody else's struct and follows one pointer there;
// copies share them, so that wiping one wipes all. The zero value holds no secret
// and is refused wherever one is used. It is safe for concurrent use, Zero
// included: who uses the octets either has all of them or is refused.
type secret struct {
	redact.Secret
	held *held
}

type held struct {
	mu     sync.RWMutex
	octets *[secretLength]byte
}

// hold takes b over; it must have 32 octets.
func hold(b []byte) secret { return secret{held: &held{octets: (*[secretLength]byte)(b)}} }

// use calls fn with the octets, which nobody wipes meanwhile, unless there is no
// secret or it is not random. fn must not keep them, nor use this secret again.
func (s secret) use(fn func(octets []byte) error) error {
	if s.held == nil {
		return schema.Errorf(schema.CodeBadEncoding, "there is no secret")
	}
	s.held.mu.RLock()
	defer s.held.mu.RUnlock()
	if err := checkRandom(s.held.octets[:]); err != nil {
		return err
	}
	return fn(s.held.octets[:])
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
// whose octets are all the same.
func (s secret) check() error { return s.use(func([]byte) error { return nil }) }

// checkRandom refuses octets that are all the same. Random ones are refused with
// probability 2^-248.
func checkRandom(b []byte) error {
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
// if there is no secret or it was wiped.
func (s secret) Bytes() (b []byte) {
	_ = s.use(func(octets []byte) error { b = bytes.Clone(octets); return nil })
	return b
}

// IsZero reports whether there is no secret or it was wiped.
func (s secret) IsZero() bool { return s.check() != nil }

// Zero wipes the octets, in every copy of the value.
func (s secret) Zero() {
	if s.held == nil {
		return
	}
	s.held.mu.Lock()
	defer s.held.mu.Unlock()
	clear(s.held.octets[:])
}

func (s secret) equal(t secret) bool {
	b := t.Bytes() // both at once would lock one secret twice
	defer clear(b)
	same := false
	_ = s.use(func(octets []byte) error { same = subtle.ConstantTimeCompare(octets, b) == 1; return nil })
	return same
}
