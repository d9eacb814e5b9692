package identity

import (
	"bytes"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
)

var (
	now  = time.Unix(1_800_000_000, 0).UTC()
	user = schema.UserID{7}
)

// lockKeys derives, once, the lock keys of a passphrase and of a recovery phrase
// of one user.
var lockKeys = sync.OnceValues(func() (passphrase, recovery login.LockKey) {
	_, passphrase, err := login.Derive("correct horse", login.NewAccountKey(), user, 1, schema.DefaultKDF)
	if err != nil {
		panic(err)
	}
	_, recovery, err = login.DeriveRecovery(login.NewRecoveryPhrase(), user, 1, schema.DefaultKDF)
	if err != nil {
		panic(err)
	}
	return passphrase, recovery
})

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// veteran is an identity with a past: a revoked and a current device, an old and
// a current encryption subkey.
func veteran(t testing.TB) (id *Identity, current *Device) {
	t.Helper()
	id = must(New(user, now))(t)
	old := must(id.AddDevice(now))(t)
	current = must(id.AddDevice(now.Add(time.Hour)))(t)
	if err := id.RevokeDevice(old.ID(), now.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := id.ReplaceEncryption(now.Add(2 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	return id, current
}

func seal(t testing.TB, to cert.EncryptionKey, secret []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := packet.SerializeEncryptedKeyAEAD(&out, must(to.PublicKey())(t), packet.CipherAES256, true, secret, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func seeded(f *testing.F) {
	f.Helper()
	if files, err := os.ReadDir("testdata/fuzz/" + f.Name()); err != nil || len(files) == 0 {
		f.Fatal("the fuzzer has no seeds: ", err)
	}
}
