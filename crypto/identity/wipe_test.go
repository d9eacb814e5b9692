package identity

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	pgped25519 "github.com/ProtonMail/go-crypto/openpgp/ed25519"
	"github.com/ProtonMail/go-crypto/openpgp/mlkem_ecdh"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
)

func zero(t *testing.T, what string, b []byte) {
	t.Helper()
	if len(b) == 0 {
		t.Errorf("%s: nothing was looked at", what)
	}
	for _, octet := range b {
		if octet != 0 {
			t.Errorf("%s is still in memory", what)
			return
		}
	}
}

// Wiping zeroes the octets themselves, not only the way to them.
func TestWipe(t *testing.T) {
	id, d := veteran(t)
	keys := id.Keys()
	before := keys.Marshal()

	primary, own := id.primary.secret.Reveal(), id.keys[0].secret.Reveal()
	id.Wipe()
	zero(t, "the primary key", primary)
	zero(t, "the identity's encryption key", own)
	if string(keys.Marshal()) != string(before) {
		t.Fatal("wiping the identity wiped the keys that it had handed out")
	}

	seed, key := d.secret.secret.Reveal(), d.key.Reveal()
	d.Wipe()
	zero(t, "the device's seed", seed)
	zero(t, "the device's key", key)

	secret := keys.secrets[0].secret.Reveal()
	inner := keys.objects[keys.secrets[0].fingerprint()].PrivateKey.(*mlkem_ecdh.PrivateKey)
	keys.Wipe()
	zero(t, "the encryption key", secret)
	zero(t, "go-crypto's X25519 scalar", inner.SecretEc)
	zero(t, "go-crypto's ML-KEM seed", inner.SecretMlkemSeed)
	if inner.SecretMlkem != nil {
		t.Error("the expanded ML-KEM key is still reachable")
	}

	// Again does nothing.
	id.Wipe()
	d.Wipe()
	keys.Wipe()
}

// go-crypto's form of a signing key is wiped too.
func TestWipeObjectOfASigningKey(t *testing.T) {
	id, _ := veteran(t)
	object := must(id.primary.object(pgpsig.TagSecretKey))(t)
	inner := object.PrivateKey.(*pgped25519.PrivateKey)
	wipeObject(inner)
	zero(t, "go-crypto's primary key", inner.Key)
}

// With what is left of wiped secrets nothing is signed, opened, locked or
// written down: zeroes are a key like any other to the algorithms.
func TestAttack_F7_WipedIdentity(t *testing.T) {
	id, d := veteran(t)
	packet := seal(t, id.Certificate().Encryption(), make([]byte, 32))
	keys := id.Keys()
	if _, err := keys.Open(packet); err != nil {
		t.Fatal(err)
	}
	_, lock, err := login.DeriveRecovery(login.NewRecoveryPhrase(), user, 1, schema.DefaultKDF) // not the one that the tests share
	if err != nil {
		t.Fatal(err)
	}
	locked := must(id.Lock(lock, 3))(t)
	id.Wipe()
	d.Wipe()
	keys.Wipe()

	unreadable(t, "wiped keys", keys, packet)
	if keys.Marshal() != nil || len(keys.Fingerprints()) != 0 || keys.Holds(id.Certificate().Encryption().Fingerprint) {
		t.Error("wiped keys are still handed out")
	}
	if d.Sign([]byte("m")) != nil || d.Marshal() != nil {
		t.Error("a wiped device signs or is written down")
	}
	refuses := func(what string, err error) {
		t.Helper()
		if !schema.HasCode(err, schema.CodeInternal) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = id.AddDevice(time.Now())
	refuses("AddDevice", err)
	refuses("RevokeDevice", id.RevokeDevice(d.ID(), time.Now()))
	refuses("ReplaceEncryption", id.ReplaceEncryption(time.Now()))
	_, err = id.Export()
	refuses("Export", err)
	_, err = id.Lock(lock, 3)
	refuses("Lock", err)

	fresh := must(New(user, now))(t)
	_, err = fresh.Lock(login.LockKey{}, 3)
	refuses("locking with no key", err)
	lock.Wipe()
	_, err = fresh.Lock(lock, 3)
	refuses("locking with a wiped key", err)
	if _, err := Unlock(locked, lock, 3); !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Errorf("unlocking with a wiped key: %v", err)
	}
}

// A device and its keys may be wiped while others use them: what is signed and
// opened meanwhile is sound or refused.
func TestWipeBesideUse(t *testing.T) {
	id, d := veteran(t)
	packet := seal(t, id.Certificate().Encryption(), make([]byte, 32))
	keys := id.Keys()
	public, _ := id.Certificate().Device(d.ID())
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for {
				signature := d.Sign([]byte("m"))
				if signature == nil {
					return
				}
				if pgpsig.Verify(public.Key, schema.Fingerprint(d.ID()), []byte("m"), signature) != nil {
					t.Error("a signature by half a key")
					return
				}
			}
		})
		all.Go(func() {
			for {
				if b, err := keys.Open(packet); err != nil {
					return
				} else if len(b) != 32 || b[0] != 0 {
					t.Error("opened with half a key")
					return
				}
			}
		})
	}
	d.Wipe()
	keys.Wipe()
	all.Wait()
}

// fmt calls no methods on private fields of somebody else's struct; what it finds
// there by itself must not be a secret.
func TestSecretsDoNotPrintWhenNested(t *testing.T) {
	id, d := veteran(t)
	keys := id.Keys()
	holder := struct {
		d  *Device
		k  *Keys
		id *Identity
		v  Identity
	}{d, keys, id, *id}
	var leaks []string
	for _, b := range [][]byte{d.key.Reveal(), id.primary.secret.Reveal(), keys.secrets[0].secret.Reveal()} {
		leaks = append(leaks, strings.Trim(fmt.Sprint(b[:5]), "[]"), fmt.Sprintf("%x", b[:5]), fmt.Sprintf("%#v", b[:5])[7:30])
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d", "%t"} {
		for _, v := range []any{holder, &holder, []any{holder}} {
			got := fmt.Sprintf(verb, v)
			for _, leak := range leaks {
				if strings.Contains(got, leak) {
					t.Errorf("%s shows a secret", verb)
				}
			}
		}
	}
}
