package login

import (
	"crypto/rand"
	"crypto/subtle"

	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

// Copies of a secret of this package share the octets: wiping one wipes all. None
// is safe for use beside its own Wipe.

// AccountKey is the random half of a passphrase credential: 128 bits that the
// server never sees. The zero value is no account key.
type AccountKey struct {
	redact.Secret
	key redact.Octets
}

// Wipe zeroes the key in every copy of the value, which is then no account key.
// The text that it was read from is the caller's.
func (k AccountKey) Wipe() { k.key.Wipe() }

func (k AccountKey) isZero() bool { return allZero(k.key.Reveal()) }

// Texts of the two kinds differ in their grouping, so that people can tell them
// apart, and in their checksum's label, so that the program can.
var (
	accountKeyText = codec{label: "cenacle/v1/account-key", name: "an account key", secret: schema.AccountKeyLength, checksum: 4, group: 4}
	recoveryText   = codec{label: "cenacle/v1/recovery-phrase", name: "a recovery phrase", secret: recoverySize, checksum: 5, group: 5}
)

// NewAccountKey returns a random account key.
func NewAccountKey() AccountKey {
	return AccountKey{key: random(schema.AccountKeyLength)}
}

// ParseAccountKey reads the text of an account key. Case, spaces and hyphens do
// not matter. The error has [schema.CodeBadRequest].
func ParseAccountKey(text string) (AccountKey, error) {
	b, err := accountKeyText.decode(text)
	if err != nil {
		return AccountKey{}, err
	}
	return AccountKey{key: redact.Hide(b)}, nil
}

// Text returns the account key as people print it: eight groups of four
// characters. The result is a secret. It is empty if there is no account key.
func (k AccountKey) Text() string {
	if k.isZero() {
		return ""
	}
	return accountKeyText.encode(k.key.Reveal())
}

// recoverySize is 160 bits.
const recoverySize = 20

// RecoveryPhrase is the secret of a recovery credential: 160 random bits that
// people keep on paper. The zero value is no recovery phrase.
type RecoveryPhrase struct {
	redact.Secret
	key redact.Octets
}

// Wipe zeroes the phrase in every copy of the value, which is then none. The text
// that it was read from is the caller's.
func (p RecoveryPhrase) Wipe() { p.key.Wipe() }

func (p RecoveryPhrase) isZero() bool { return allZero(p.key.Reveal()) }

// NewRecoveryPhrase returns a random recovery phrase.
func NewRecoveryPhrase() RecoveryPhrase {
	return RecoveryPhrase{key: random(recoverySize)}
}

// ParseRecoveryPhrase reads the text of a recovery phrase. Case, spaces and
// hyphens do not matter. The error has [schema.CodeBadRequest].
func ParseRecoveryPhrase(text string) (RecoveryPhrase, error) {
	b, err := recoveryText.decode(text)
	if err != nil {
		return RecoveryPhrase{}, err
	}
	return RecoveryPhrase{key: redact.Hide(b)}, nil
}

// Text returns the recovery phrase as people print it: eight groups of five
// characters. The result is a secret. It is empty if there is no phrase.
func (p RecoveryPhrase) Text() string {
	if p.isZero() {
		return ""
	}
	return recoveryText.encode(p.key.Reveal())
}

// LockKey unlocks an identity (see package identity). It never leaves the device.
// The zero value is no key.
type LockKey struct {
	redact.Secret
	key redact.Octets
}

// Reveal returns the 32 secret octets, for the package that locks identities; all
// zero if there is no key or it was wiped, which that package refuses.
func (k LockKey) Reveal() (octets [derivedSize]byte) {
	copy(octets[:], k.key.Reveal())
	return octets
}

// Wipe zeroes the key in every copy of the value, which is then no key.
func (k LockKey) Wipe() { k.key.Wipe() }

func random(n int) redact.Octets {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return redact.Hide(b)
}

// allZero reports whether octets are no secret: none, or zeroes only.
func allZero(b []byte) bool {
	return subtle.ConstantTimeCompare(b, make([]byte, len(b))) == 1
}
