package login

import (
	"crypto/rand"

	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

// AccountKey is the random half of a passphrase credential: 128 bits that the
// server never sees. The zero value is no account key.
type AccountKey struct {
	redact.Secret
	key [schema.AccountKeyLength]byte
}

// Texts of the two kinds differ in their grouping, so that people can tell them
// apart, and in their checksum's label, so that the program can.
var (
	accountKeyText = codec{label: "cenacle/v1/account-key", name: "an account key", secret: schema.AccountKeyLength, checksum: 4, group: 4}
	recoveryText   = codec{label: "cenacle/v1/recovery-phrase", name: "a recovery phrase", secret: recoverySize, checksum: 5, group: 5}
)

// NewAccountKey returns a random account key.
func NewAccountKey() (k AccountKey) {
	rand.Read(k.key[:]) // never fails
	return k
}

// ParseAccountKey reads the text of an account key. Case, spaces and hyphens do
// not matter. The error has [schema.CodeBadRequest].
func ParseAccountKey(text string) (k AccountKey, err error) {
	b, err := accountKeyText.decode(text)
	if err != nil {
		return AccountKey{}, err
	}
	copy(k.key[:], b)
	return k, nil
}

// Text returns the account key as people print it: eight groups of four
// characters. The result is a secret.
func (k AccountKey) Text() string { return accountKeyText.encode(k.key[:]) }

// recoverySize is 160 bits.
const recoverySize = 20

// RecoveryPhrase is the secret of a recovery credential: 160 random bits that
// people keep on paper. The zero value is no recovery phrase.
type RecoveryPhrase struct {
	redact.Secret
	key [recoverySize]byte
}

// NewRecoveryPhrase returns a random recovery phrase.
func NewRecoveryPhrase() (p RecoveryPhrase) {
	rand.Read(p.key[:]) // never fails
	return p
}

// ParseRecoveryPhrase reads the text of a recovery phrase. Case, spaces and
// hyphens do not matter. The error has [schema.CodeBadRequest].
func ParseRecoveryPhrase(text string) (p RecoveryPhrase, err error) {
	b, err := recoveryText.decode(text)
	if err != nil {
		return RecoveryPhrase{}, err
	}
	copy(p.key[:], b)
	return p, nil
}

// Text returns the recovery phrase as people print it: eight groups of five
// characters. The result is a secret.
func (p RecoveryPhrase) Text() string { return recoveryText.encode(p.key[:]) }

// LockKey unlocks an identity (see package identity). It never leaves the device.
type LockKey struct {
	redact.Secret
	key [32]byte
}

// Reveal returns the 32 secret octets, for the package that locks identities.
func (k LockKey) Reveal() [32]byte { return k.key }
