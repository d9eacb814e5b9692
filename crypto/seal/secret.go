package seal

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"

	"github.com/cenacle-team/cenacle/schema"
)

const (
	secretLength = 32
	redacted     = "[secret]"
)

// secret is 32 octets that do not print, do not compare with == and can be
// wiped. It is embedded in the secrets of this package, which inherit its
// methods. The octets lie behind a pointer so that fmt, which does not call
// methods on unexported fields of somebody else's struct, shows an address
// there at most; copies share them, so that wiping one wipes all. The zero value
// holds no secret and is refused wherever one is used.
type secret struct {
	_ [0]func()
	b *[secretLength]byte
}

func newSecret(random io.Reader) (secret, error) {
	s := secret{b: new([secretLength]byte)}
	if _, err := io.ReadFull(random, s.b[:]); err != nil {
		return secret{}, fmt.Errorf("read random octets: %w", err)
	}
	return s, s.check()
}

// mustSecret is newSecret for the system's random source, which does not fail on
// any supported system.
func mustSecret(random io.Reader) secret {
	s, err := newSecret(random)
	if err != nil {
		panic(fmt.Sprintf("seal: the system's random source failed: %v", err))
	}
	return s
}

func parseSecret(b []byte) (secret, error) {
	if len(b) != secretLength {
		return secret{}, schema.Errorf(schema.CodeBadEncoding, "a secret has %d octets", secretLength)
	}
	s := secret{b: (*[secretLength]byte)(append([]byte(nil), b...))}
	if err := s.check(); err != nil {
		return secret{}, err
	}
	return s, nil
}

// check refuses a secret that nobody drew at random: none, a wiped one, and any
// whose octets are all the same. A random one is refused with probability 2^-248.
func (s secret) check() error {
	if s.b == nil {
		return schema.Errorf(schema.CodeBadEncoding, "there is no secret")
	}
	var differ byte
	for _, c := range s.b {
		differ |= c ^ s.b[0]
	}
	if differ == 0 {
		return schema.Errorf(schema.CodeBadEncoding, "a secret is not random")
	}
	return nil
}

// Bytes returns a copy of the 32 octets, for the sealed local store. It is nil
// if there is no secret.
func (s secret) Bytes() []byte {
	if s.b == nil {
		return nil
	}
	return append([]byte(nil), s.b[:]...)
}

// IsZero reports whether there is no secret or it was wiped.
func (s secret) IsZero() bool {
	return s.b == nil || subtle.ConstantTimeCompare(s.b[:], make([]byte, secretLength)) == 1
}

// Zero wipes the octets, in every copy of the value.
func (s secret) Zero() {
	if s.b != nil {
		clear(s.b[:])
	}
}

func (s secret) equal(t secret) bool {
	return s.b != nil && t.b != nil && subtle.ConstantTimeCompare(s.b[:], t.b[:]) == 1
}

// String hides the secret.
func (secret) String() string { return redacted }

// GoString hides the secret from %#v.
func (secret) GoString() string { return redacted }

// Format hides the secret from every verb.
func (secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the secret from slog.
func (secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the secret from text encodings, JSON among them.
func (secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
