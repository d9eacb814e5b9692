package login

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

const (
	derivedSize = 32
	saltSize    = 16
)

// LoginKey answers the server's challenges.
type LoginKey struct {
	redact.Secret
	key redact.Octets // an ed25519.PrivateKey
}

// Wipe zeroes the key, which answers nothing any more. It must not run beside
// other methods.
func (k *LoginKey) Wipe() { k.key.Wipe() }

// Public returns the public half, 32 octets: what the server keeps. It is nil
// once the key is wiped.
func (k *LoginKey) Public() []byte {
	key := k.key.Reveal()
	if key == nil {
		return nil
	}
	return append([]byte(nil), key[ed25519.SeedSize:]...)
}

// Answer signs a statement as the answer to a sign-in challenge: a plain Ed25519
// signature (RFC 8032) over the encoded statement, which is returned with it.
// The key signs nothing else. Purpose and device need not be set; a statement
// that names another purpose or a device is not signed, and both results are nil,
// as they are once the key is wiped.
func (k *LoginKey) Answer(s schema.SignInStatement) (statement, signature []byte) {
	key := k.key.Reveal()
	if key == nil || (s.Purpose != "" && s.Purpose != schema.PurposeSignIn) || !s.Device.IsZero() {
		return nil, nil
	}
	s.Purpose = schema.PurposeSignIn
	statement = schema.MustMarshal(s)
	return statement, ed25519.Sign(key, statement)
}

// Derive makes a user's login key and lock key from passphrase and account key.
// version is the credential's (see [schema.Credential]); params are what the
// server says, and are refused with [schema.CodeWeakParameters] when they lie
// below [schema.DefaultKDF] or above the ceiling, before any work. A passphrase
// that is empty, too long or not UTF-8 is refused with [schema.CodeBadRequest].
// It takes as long and as much memory as params say.
func Derive(passphrase string, key AccountKey, user schema.UserID, version uint32, params schema.KDFParams) (*LoginKey, LockKey, error) {
	if err := checkParams(params); err != nil {
		return nil, LockKey{}, err
	}
	password, err := normalise(passphrase)
	if err != nil {
		return nil, LockKey{}, err
	}
	defer clear(password)
	if key.isZero() {
		return nil, LockKey{}, schema.Errorf(schema.CodeBadRequest, "no account key")
	}
	return derive(password, key.key.Reveal(), schema.CredentialPassphrase, user, version, params)
}

// DeriveRecovery makes a user's login key and lock key from the recovery phrase
// alone. It goes the way of [Derive] with the phrase's 20 octets as password and
// no account key (HKDF's empty salt, RFC 5869 section 2.2): the phrase is itself
// a random key. Nothing of the passphrase credential goes in, and the kind in the
// salt keeps the two apart, so that neither opens or reveals the other.
func DeriveRecovery(phrase RecoveryPhrase, user schema.UserID, version uint32, params schema.KDFParams) (*LoginKey, LockKey, error) {
	if err := checkParams(params); err != nil {
		return nil, LockKey{}, err
	}
	if phrase.isZero() {
		return nil, LockKey{}, schema.Errorf(schema.CodeBadRequest, "no recovery phrase")
	}
	return derive(phrase.key.Reveal(), nil, schema.CredentialRecovery, user, version, params)
}

func derive(password, accountKey []byte, kind schema.CredentialKind, user schema.UserID, version uint32, p schema.KDFParams) (*LoginKey, LockKey, error) {
	salt := kdfSalt(user, kind, version)
	stretched := argon2.IDKey(password, salt[:], p.Time, p.MemoryKiB, p.Parallelism, derivedSize)
	defer clear(stretched)
	root, err := hkdf.Key(sha256.New, stretched, accountKey, schema.PurposeRoot+string(user[:]), derivedSize)
	if err != nil {
		return nil, LockKey{}, fmt.Errorf("derive root: %w", err)
	}
	defer clear(root)
	seed, err := hkdf.Expand(sha256.New, root, schema.PurposeLogin, ed25519.SeedSize)
	if err != nil {
		return nil, LockKey{}, fmt.Errorf("derive login key: %w", err)
	}
	defer clear(seed)
	lock, err := hkdf.Expand(sha256.New, root, schema.PurposeLock, derivedSize)
	if err != nil {
		return nil, LockKey{}, fmt.Errorf("derive lock key: %w", err)
	}
	return &LoginKey{key: redact.Hide(ed25519.NewKeyFromSeed(seed))}, LockKey{key: redact.Hide(lock)}, nil
}

// kdfSalt binds Argon2's salt to account, kind and version; the server has no
// say in it, so it cannot make two users or two versions share one.
func kdfSalt(user schema.UserID, kind schema.CredentialKind, version uint32) (salt [saltSize]byte) {
	b := append([]byte(schema.PurposeSalt), user[:]...)
	b = append(b, byte(kind))
	b = binary.BigEndian.AppendUint32(b, version)
	sum := sha256.Sum256(b)
	copy(salt[:], sum[:])
	return salt
}

// checkParams enforces floor and ceiling; nothing is allocated before.
func checkParams(p schema.KDFParams) error {
	if p.Time < schema.KDFTime || p.MemoryKiB < schema.KDFMemoryKiB || p.Parallelism < schema.KDFParallelism ||
		p.Time > schema.KDFMaxTime || p.MemoryKiB > schema.KDFMaxMemoryKiB || p.Parallelism > schema.KDFMaxParallel {
		return schema.Errorf(schema.CodeWeakParameters, "Argon2id with t=%d, m=%d KiB, p=%d", p.Time, p.MemoryKiB, p.Parallelism)
	}
	return nil
}

// normalise returns NFKC (Unicode Standard Annex 15) of a passphrase, so that it
// is the same from every keyboard.
func normalise(passphrase string) ([]byte, error) {
	if passphrase == "" || len(passphrase) > schema.MaxPassphrase || !utf8.ValidString(passphrase) {
		return nil, schema.Errorf(schema.CodeBadRequest, "a passphrase of 1 to %d octets of UTF-8 was expected", schema.MaxPassphrase)
	}
	return norm.NFKC.Bytes([]byte(passphrase)), nil
}
