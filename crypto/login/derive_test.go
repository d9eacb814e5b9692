package login

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"runtime"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/argon2"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

var user = schema.UserID{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

type credential struct {
	login *LoginKey
	lock  LockKey
}

func accountKey(first byte) AccountKey {
	return AccountKey{key: redact.Hide(append([]byte{first}, make([]byte, 15)...))}
}

// known derives, once, with fixed inputs.
var known = sync.OnceValue(func() (c credential) {
	var err error
	if c.login, c.lock, err = Derive("correct horse \u212B", accountKey(1), user, 1, schema.DefaultKDF); err != nil {
		panic(err)
	}
	return c
})

var knownRecovery = sync.OnceValue(func() (c credential) {
	var err error
	if c.login, c.lock, err = DeriveRecovery(RecoveryPhrase{key: redact.Hide(append([]byte{1}, make([]byte, recoverySize-1)...))}, user, 1, schema.DefaultKDF); err != nil {
		panic(err)
	}
	return c
})

// The derivation as docs/protocol.md states it, written a second time.
func TestDeriveAsDocumented(t *testing.T) {
	document := func(password, accountKey []byte, kind byte) (public, lock []byte) {
		salt := sha256.Sum256(append(append([]byte("cenacle/v1/salt"), user[:]...), kind, 0, 0, 0, 1))
		stretched := argon2.IDKey(password, salt[:16], 3, 65536, 4, 32)
		root, err := hkdf.Key(sha256.New, stretched, accountKey, "cenacle/v1/root"+string(user[:]), 32)
		if err != nil {
			t.Fatal(err)
		}
		seed, err := hkdf.Expand(sha256.New, root, "cenacle/v1/login", 32)
		if err != nil {
			t.Fatal(err)
		}
		if lock, err = hkdf.Expand(sha256.New, root, "cenacle/v1/lock", 32); err != nil {
			t.Fatal(err)
		}
		return ed25519.NewKeyFromSeed(seed)[32:], lock
	}
	check := func(name string, c credential, public, lock []byte, golden string) {
		secret := c.lock.Reveal()
		if !bytes.Equal(c.login.Public(), public) || !bytes.Equal(secret[:], lock) {
			t.Errorf("%s: not as documented", name)
		}
		if got := hex.EncodeToString(public) + " " + hex.EncodeToString(lock); got != golden {
			t.Errorf("%s: the derivation changed: %s", name, got)
		}
	}
	k := accountKey(1)
	public, lock := document([]byte("correct horse \u00C5"), k.key.Reveal(), 1) // U+212B is U+00C5 in NFKC
	check("passphrase", known(), public, lock, goldenPassphrase)
	public, lock = document(append([]byte{1}, make([]byte, 19)...), make([]byte, 16), 2)
	check("recovery phrase", knownRecovery(), public, lock, goldenRecovery)
}

// Frozen: public login key and lock key of the fixed inputs.
const (
	goldenPassphrase = "9bad1efff0387fe12b023c8e51aea7569a5c2a43255dd6abe474cd239de58075 2f6a6fc93f17c0ba81550a1b4fe34ed591b63b1a603d9dab1048a536c5d34b77"
	goldenRecovery   = "d68e8a746ec7ce6d628e2441ee7e999a33c6cac466c254e8800d4017321f88e0 739be0694aac7e1a8412dab1d26d4a9ee6aaa548cffa244c1f9cfcad279cb159"
)

// quiet fails when f takes memory worth mentioning.
func quiet(t *testing.T, name string, f func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%s: %d octets were allocated", name, n)
	}
}

func refusesParams(t *testing.T, name string, change func(*schema.KDFParams)) {
	t.Helper()
	p := schema.DefaultKDF
	change(&p)
	quiet(t, name, func() {
		if k, _, err := Derive("x", accountKey(1), user, 1, p); k != nil || !schema.HasCode(err, schema.CodeWeakParameters) {
			t.Errorf("%s: passphrase: %v", name, err)
		}
		if k, _, err := DeriveRecovery(NewRecoveryPhrase(), user, 1, p); k != nil || !schema.HasCode(err, schema.CodeWeakParameters) {
			t.Errorf("%s: recovery: %v", name, err)
		}
	})
}

// TestAttack_L1_CheapParameters lowers the cost.
func TestAttack_L1_CheapParameters(t *testing.T) {
	for name, change := range map[string]func(*schema.KDFParams){
		"nothing at all":  func(p *schema.KDFParams) { *p = schema.KDFParams{} },
		"two passes":      func(p *schema.KDFParams) { p.Time = 2 },
		"no passes":       func(p *schema.KDFParams) { p.Time = 0 },
		"one lane":        func(p *schema.KDFParams) { p.Parallelism = 1 },
		"one KiB less":    func(p *schema.KDFParams) { p.MemoryKiB-- },
		"more passes for": func(p *schema.KDFParams) { p.Time, p.MemoryKiB = 10, 1024 },
	} {
		refusesParams(t, name, change)
	}
}

// TestAttack_L2_HugeParameters asks for more than a device has.
func TestAttack_L2_HugeParameters(t *testing.T) {
	for name, change := range map[string]func(*schema.KDFParams){
		"4 TiB":      func(p *schema.KDFParams) { p.MemoryKiB = 1<<32 - 1 },
		"over 1 GiB": func(p *schema.KDFParams) { p.MemoryKiB = schema.KDFMaxMemoryKiB + 1 },
		"255 passes": func(p *schema.KDFParams) { p.Time = 255 },
		"11 passes":  func(p *schema.KDFParams) { p.Time = schema.KDFMaxTime + 1 },
		"4G passes":  func(p *schema.KDFParams) { p.Time = 1<<32 - 1 },
		"255 lanes":  func(p *schema.KDFParams) { p.Parallelism = 255 },
		"17 lanes":   func(p *schema.KDFParams) { p.Parallelism = schema.KDFMaxParallel + 1 },
		"all of them": func(p *schema.KDFParams) {
			*p = schema.KDFParams{Time: 1<<32 - 1, MemoryKiB: 1<<32 - 1, Parallelism: 255}
		},
	} {
		refusesParams(t, name, change)
	}
	for _, p := range []schema.KDFParams{schema.DefaultKDF, {Time: schema.KDFMaxTime, MemoryKiB: schema.KDFMaxMemoryKiB, Parallelism: schema.KDFMaxParallel}} {
		if err := checkParams(p); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

// TestAttack_L3_SaltOfTheAccount shows that no two accounts, kinds or versions
// share a salt. The server has no say in it: nothing that it sends goes in but
// the user id and version that are bound by everything else.
func TestAttack_L3_SaltOfTheAccount(t *testing.T) {
	seen := map[[saltSize]byte]string{}
	add := func(name string, salt [saltSize]byte) {
		if other, ok := seen[salt]; ok {
			t.Errorf("%s has the salt of %s", name, other)
		}
		seen[salt] = name
	}
	other := user
	other[15]++
	add("user", kdfSalt(user, schema.CredentialPassphrase, 1))
	add("other user", kdfSalt(other, schema.CredentialPassphrase, 1))
	add("recovery", kdfSalt(user, schema.CredentialRecovery, 1))
	add("version 2", kdfSalt(user, schema.CredentialPassphrase, 2))
	add("version 256", kdfSalt(user, schema.CredentialPassphrase, 256))

	// And the same passphrase and account key give another user other keys.
	k, lock, err := Derive("correct horse \u212B", accountKey(1), other, 1, schema.DefaultKDF)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(k.Public(), known().login.Public()) || lock.Reveal() == known().lock.Reveal() {
		t.Error("two users share keys")
	}
}

func TestEveryInputCounts(t *testing.T) {
	want := known()
	for name, derive := range map[string]func() (*LoginKey, LockKey, error){
		"passphrase": func() (*LoginKey, LockKey, error) {
			return Derive("correct horse", accountKey(1), user, 1, schema.DefaultKDF)
		},
		"account key": func() (*LoginKey, LockKey, error) {
			return Derive("correct horse \u212B", accountKey(2), user, 1, schema.DefaultKDF)
		},
		"version": func() (*LoginKey, LockKey, error) {
			return Derive("correct horse \u212B", accountKey(1), user, 2, schema.DefaultKDF)
		},
	} {
		login, lock, err := derive()
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(login.Public(), want.login.Public()) || lock.Reveal() == want.lock.Reveal() {
			t.Errorf("%s does not matter", name)
		}
	}
}

func TestUnusablePassphrases(t *testing.T) {
	for name, p := range map[string]string{
		"empty":    "",
		"too long": strings.Repeat("x", schema.MaxPassphrase+1),
		"Latin-1":  "caf\xe9",
	} {
		if _, _, err := Derive(p, accountKey(1), user, 1, schema.DefaultKDF); !schema.HasCode(err, schema.CodeBadRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := Derive("x", AccountKey{}, user, 1, schema.DefaultKDF); !schema.HasCode(err, schema.CodeBadRequest) {
		t.Errorf("no account key: %v", err)
	}
	if _, _, err := DeriveRecovery(RecoveryPhrase{}, user, 1, schema.DefaultKDF); !schema.HasCode(err, schema.CodeBadRequest) {
		t.Errorf("no recovery phrase: %v", err)
	}
	if b, err := normalise(strings.Repeat("x", schema.MaxPassphrase)); err != nil || len(b) != schema.MaxPassphrase {
		t.Error(err)
	}
}

// TestAttack_L9_VerifierOpensNothing tries what the server has, and the login
// key itself, as lock key: the two are independent outputs of HKDF.
func TestAttack_L9_VerifierOpensNothing(t *testing.T) {
	c := known()
	lock := c.lock.Reveal()
	for name, b := range map[string][]byte{
		"public login key": c.login.Public(),
		"login seed":       ed25519.PrivateKey(c.login.key.Reveal()).Seed(),
	} {
		if bytes.Equal(lock[:], b) {
			t.Errorf("the lock key is the %s", name)
		}
		for _, purpose := range []string{schema.PurposeLock, schema.PurposeRoot, schema.PurposeLogin} {
			if derived, err := hkdf.Expand(sha256.New, b, purpose, 32); err != nil || bytes.Equal(derived, lock[:]) {
				t.Errorf("the lock key follows from the %s: %v", name, err)
			}
		}
	}
}

// TestAttack_L10_RecoveryStandsAlone enrols a recovery credential and shows that
// it needs the phrase on paper and shares nothing with the passphrase.
func TestAttack_L10_RecoveryStandsAlone(t *testing.T) {
	p, r := known(), knownRecovery()
	if bytes.Equal(p.login.Public(), r.login.Public()) || p.lock.Reveal() == r.lock.Reveal() {
		t.Error("the credentials share keys")
	}
	// The very octets of a recovery phrase, used as passphrase, give other keys.
	octets := string(append([]byte{1}, make([]byte, 19)...))
	login, lock, err := Derive(octets, accountKey(1), user, 1, schema.DefaultKDF)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(login.Public(), r.login.Public()) || lock.Reveal() == r.lock.Reveal() {
		t.Error("a passphrase does the work of a recovery phrase")
	}
	s := schema.SignInStatement{User: user}
	statement, signature := r.login.Answer(s)
	if _, err := cert.VerifyAnswer(statement, signature, p.login.Public()); err == nil {
		t.Error("the recovery phrase signs in with the passphrase's verifier")
	}
}

// TestAttack_L12_LoginKeySignsAnswersOnly asks the login key for signatures over
// other things.
func TestAttack_L12_LoginKeySignsAnswersOnly(t *testing.T) {
	k := known().login
	s := schema.SignInStatement{Nonce: schema.Hash{1}, User: user, Origin: "https://chat.example.org"}
	for _, purpose := range []string{"", schema.PurposeSignIn} {
		s.Purpose = purpose
		statement, signature := k.Answer(s)
		got, err := cert.VerifyAnswer(statement, signature, k.Public())
		if err != nil || got.Purpose != schema.PurposeSignIn || got.Nonce != s.Nonce || got.Origin != s.Origin || got.User != user {
			t.Errorf("%+v, %v", got, err)
		}
	}
	for _, purpose := range []string{schema.PurposeEvent, schema.PurposeRoster, schema.PurposeDevice, "x"} {
		s.Purpose = purpose
		if statement, signature := k.Answer(s); statement != nil || signature != nil {
			t.Errorf("signed for %q", purpose)
		}
	}
	s.Purpose, s.Device = schema.PurposeSignIn, schema.DeviceID{1}
	if statement, signature := k.Answer(s); statement != nil || signature != nil {
		t.Error("signed for a device")
	}
}
