package identity

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
)

// refusedAs checks that every refusal is one and the same error.
func refusedAs(t *testing.T, what string, locked []byte, key login.LockKey, version uint32) {
	t.Helper()
	id, err := Unlock(locked, key, version)
	if id != nil || !schema.HasCode(err, schema.CodeSignInFailed) || err.Error() != refused().Error() {
		t.Errorf("%s: %v", what, err)
	}
}

func TestLockRoundTrip(t *testing.T) {
	id, d := veteran(t)
	key, other := lockKeys()
	locked := must(id.Lock(key, 3))(t)
	again := must(Unlock(locked, key, 3))(t)
	if !bytes.Equal(again.Certificate().Bytes(), id.Certificate().Bytes()) || !bytes.Equal(again.primary.secret.Reveal(), id.primary.secret.Reveal()) ||
		!bytes.Equal(again.Keys().Marshal(), id.Keys().Marshal()) {
		t.Error("another identity")
	}
	if bytes.Contains(locked, d.key.Reveal()[:32]) || bytes.Contains(locked, id.primary.secret.Reveal()) || bytes.Contains(locked, id.keys[0].secret.Reveal()) {
		t.Error("a secret stands in the clear")
	}
	if bytes.Equal(locked, must(id.Lock(key, 3))(t)) {
		t.Error("locking twice gives the same octets")
	}
	refusedAs(t, "other key", locked, other, 3)
	refusedAs(t, "zero key", locked, login.LockKey{}, 3)
	must(again.AddDevice(now))(t)
}

// Another OpenPGP program opens a locked identity with the string that
// docs/protocol.md states.
func TestLockOpensInGoCrypto(t *testing.T) {
	id, _ := veteran(t)
	key, _ := lockKeys()
	secret, public := key.Reveal(), sha256.Sum256(id.Certificate().Bytes())
	typed := fmt.Sprintf("cenacle/v1/lock:%d:%x:%x", 12, public, secret)
	list := must(openpgp.ReadKeyRing(bytes.NewReader(must(id.Lock(key, 12))(t))))(t)
	e := list[0]
	if !e.PrivateKey.Encrypted {
		t.Fatal("not locked")
	}
	if err := e.DecryptPrivateKeys([]byte(typed)); err != nil {
		t.Fatal(err)
	}
	opened := 0
	for _, s := range e.Subkeys {
		if s.PrivateKey != nil {
			opened++
		}
	}
	if opened != 2 || e.PrivateKey.Encrypted {
		t.Errorf("%d encryption subkeys opened", opened)
	}
	at := now.Add(24 * time.Hour)
	current := id.Certificate().Encryption().Fingerprint
	if k, ok := e.EncryptionKey(at, nil); !ok || !bytes.Equal(k.PublicKey.Fingerprint, current[:]) {
		t.Error("another encryption key")
	}
}

// lockByHand is the lock of docs/protocol.md written a second time, with the
// standard library alone, over whatever it is given.
func lockByHand(t *testing.T, k secretKey, tag pgpsig.Tag, password string) []byte {
	t.Helper()
	salt, nonce := []byte("saltsalt"), []byte("nonce is 12.")
	h := sha256.New()
	for n := 0; n < 65536; {
		piece := append(bytes.Clone(salt), password...)
		piece = piece[:min(len(piece), 65536-n)]
		h.Write(piece)
		n += len(piece)
	}
	kek := must(hkdf.Key(sha256.New, h.Sum(nil), nil, string([]byte{0xC0 | byte(tag), 6, 9, 3}), 32))(t)
	aead := must(cipher.NewGCM(must(aes.NewCipher(kek))(t)))(t)
	body := append(bytes.Clone(k.body), 253, 26, 9, 3, 11, 3, 8)
	body = append(append(append(body, salt...), 0x60), nonce...)
	ad := append([]byte{0xC0 | byte(tag)}, k.body...)
	return pgpsig.AppendPacket(nil, tag, aead.Seal(body, nonce, k.secret.Reveal(), ad))
}

func lockAllByHand(t *testing.T, id *Identity, key login.LockKey, version uint32) []byte {
	secret, public := key.Reveal(), sha256.Sum256(id.cert.Bytes())
	password := fmt.Sprintf("cenacle/v1/lock:%d:%s:%s", version, hex.EncodeToString(public[:]), hex.EncodeToString(secret[:]))
	return id.encode(func(k secretKey, tag pgpsig.Tag) []byte { return lockByHand(t, k, tag, password) })
}

func TestLockAsDocumented(t *testing.T) {
	id, _ := veteran(t)
	key, _ := lockKeys()
	again := must(Unlock(lockAllByHand(t, id, key, 5), key, 5))(t)
	if !bytes.Equal(again.Keys().Marshal(), id.Keys().Marshal()) {
		t.Error("other keys")
	}
}

// TestAttack_K3_PublicKeyOfAnother puts an attacker's public keys beside the
// user's private ones, everything signed and locked properly: what only a bug or
// somebody who has the lock key can do.
func TestAttack_K3_PublicKeyOfAnother(t *testing.T) {
	key, _ := lockKeys()
	attacker := must(New(user, now))(t)
	for name, mix := range map[string]func(victim *Identity){
		"primary": func(v *Identity) {
			v.primary.body, v.cert = attacker.primary.body, attacker.cert
			v.keys = attacker.keys
		},
		"encryption": func(v *Identity) {
			v.cert, v.primary = attacker.cert, attacker.primary
			v.keys[0].body = attacker.keys[0].body
		},
		"x25519": func(v *Identity) {
			v.cert, v.primary = attacker.cert, attacker.primary
			mixed := append(bytes.Clone(v.keys[0].secret.Reveal()[:32]), attacker.keys[0].secret.Reveal()[32:]...)
			v.keys = []secretKey{{attacker.keys[0].body, redact.Hide(mixed)}}
		},
		"ML-KEM": func(v *Identity) {
			v.cert, v.primary = attacker.cert, attacker.primary
			mixed := append(bytes.Clone(attacker.keys[0].secret.Reveal()[:32]), v.keys[0].secret.Reveal()[32:]...)
			v.keys = []secretKey{{attacker.keys[0].body, redact.Hide(mixed)}}
		},
	} {
		victim := must(New(user, now))(t)
		must(Unlock(lockAllByHand(t, victim, key, 1), key, 1))(t)
		mix(victim)
		refusedAs(t, name, lockAllByHand(t, victim, key, 1), key, 1)
		if victim.primary.consistent() && victim.keys[0].consistent() {
			t.Errorf("%s: the keys count as consistent", name)
		}
	}
}

// TestAttack_L4_PublicPartsChanged alters what is not secret in a locked
// identity: each octet in turn, and whole packets.
func TestAttack_L4_PublicPartsChanged(t *testing.T) {
	id, _ := veteran(t)
	key, _ := lockKeys()
	locked := must(id.Lock(key, 1))(t)
	for i := 0; i < len(locked); i += 3 {
		bad := bytes.Clone(locked)
		bad[i] ^= 0x10
		refusedAs(t, fmt.Sprintf("octet %d", i), bad, key, 1)
	}
	// A newer certificate of the same user, properly signed: the server cannot
	// exchange the public packets, not even for a later version.
	parts, grown := id.cert, must(Unlock(locked, key, 1))(t)
	must(grown.AddDevice(now))(t)
	id.cert = grown.cert
	mixed := id.encode(packetsOf(t, locked))
	id.cert = parts
	refusedAs(t, "a device added", mixed, key, 1)
}

// packetsOf returns, in order, the secret packets of a locked identity.
func packetsOf(t *testing.T, locked []byte) func(secretKey, pgpsig.Tag) []byte {
	s, ok := splitLocked(locked)
	if !ok {
		t.Fatal("not locked")
	}
	return func(secretKey, pgpsig.Tag) []byte {
		next := s.packets[0]
		s.packets = s.packets[1:]
		return slices.Clip(next) // encode appends to the first one
	}
}

// TestAttack_K6_StrippedInLockedIdentity removes, from the server's copy, what
// was added to the certificate since.
func TestAttack_K6_StrippedInLockedIdentity(t *testing.T) {
	id := must(New(user, now))(t)
	key, _ := lockKeys()
	d := must(id.AddDevice(now))(t)
	before := id.cert
	if err := id.RevokeDevice(d.ID(), now); err != nil {
		t.Fatal(err)
	}
	locked := must(id.Lock(key, 1))(t)
	must(Unlock(locked, key, 1))(t)
	id.cert = before
	refusedAs(t, "revocation stripped", id.encode(packetsOf(t, locked)), key, 1)
}

// TestAttack_L5_BitFlips flips bits in each region of a locked identity, as a
// server may over many sign-ins: there is one error, whatever was hit.
func TestAttack_L5_BitFlips(t *testing.T) {
	id := must(New(user, now))(t)
	key, _ := lockKeys()
	locked := must(id.Lock(key, 1))(t)
	for _, region := range []struct {
		name     string
		from, to int
	}{
		{"primary header", 0, 2}, {"primary public", 2, 44}, {"lock parameters", 44, 51}, {"salt", 51, 59}, {"count", 59, 60},
		{"nonce", 60, 72}, {"primary secret", 72, 104}, {"tag", 104, 120}, {"direct-key signature", 120, len(locked) - 1512},
	} {
		for i := region.from; i < region.to; i++ {
			for bit := range 8 {
				bad := bytes.Clone(locked)
				bad[i] ^= 1 << bit
				refusedAs(t, fmt.Sprintf("%s, octet %d", region.name, i), bad, key, 1)
			}
		}
	}
	for n := 0; n < len(locked); n += 7 {
		refusedAs(t, fmt.Sprintf("cut to %d", n), locked[:n], key, 1)
	}
}

// TestAttack_L7_OlderLock replays the identity as it was locked before a change
// of the passphrase that kept the key.
func TestAttack_L7_OlderLock(t *testing.T) {
	id := must(New(user, now))(t)
	key, _ := lockKeys()
	old := must(id.Lock(key, 1))(t)
	refusedAs(t, "version 1 as 2", old, key, 2)
	refusedAs(t, "version 1 as 11", old, key, 11)
	refusedAs(t, "version 1 as 0", old, key, 0)
	must(Unlock(old, key, 1))(t)
}

// TestAttack_L2_LockParameters asks for other derivations. Each is refused by
// its shape, before anything is derived: the input is not even a certificate.
func TestAttack_L2_LockParameters(t *testing.T) {
	id := must(New(user, now))(t)
	key, _ := lockKeys()
	locked := must(id.Lock(key, 1))(t)
	set := func(i int, v byte) []byte { b := bytes.Clone(locked); b[i] = v; return b }
	s, _ := splitLocked(locked)
	second := bytes.Index(locked, s.packets[1])
	argon := func(passes, parallel, memory byte) []byte {
		params := append([]byte{253, 35, 9, 3, 20, 4}, make([]byte, 16)...)
		params = append(append(params, passes, parallel, memory), make([]byte, 12+48)...)
		return append(pgpsig.AppendPacket(nil, pgpsig.TagSecretKey, append(bytes.Clone(id.primary.body), params...)), locked[120:]...)
	}
	for name, bad := range map[string][]byte{
		"2 TiB":           argon(3, 4, 31),
		"255 passes":      argon(255, 4, 16),
		"255 lanes":       argon(3, 255, 16),
		"65 million":      set(59, 0xFF),
		"count of 1,024":  set(59, 0),
		"MD5":             set(50, 1),
		"simple S2K":      set(49, 0),
		"GNU dummy":       set(49, 101),
		"AES-128":         set(46, 7),
		"OCB":             set(47, 2),
		"usage 254":       set(44, 254),
		"usage 255":       set(44, 255),
		"usage 0":         set(44, 0),
		"not locked":      id.encode(secretKey.packet),
		"too large":       append(bytes.Clone(locked), make([]byte, schema.MaxLockedIdentity)...),
		"two salts":       set(second+3+1226+7, 0),
		"published locks": rfc9580A5(t),
	} {
		if _, ok := splitLocked(bad); ok {
			t.Errorf("%s: the shape is accepted", name)
		}
		refusedAs(t, name, bad, key, 1)
	}
	refusedAs(t, "public only", id.cert.Bytes(), key, 1)
	refusedAs(t, "nothing", nil, key, 1)
}

// rfc9580A5 is the locked secret key of RFC 9580, appendix A.5 (Argon2, OCB).
func rfc9580A5(t *testing.T) []byte {
	block := must(armor.Decode(bytes.NewReader(must(os.ReadFile("testdata/rfc9580-a5.asc"))(t))))(t)
	var b bytes.Buffer
	must(b.ReadFrom(block.Body))(t)
	return b.Bytes()
}

// TestAttack_P9_HugeLockedIdentity sends megabytes of well-formed locked keys:
// the length alone refuses them.
func TestAttack_P9_HugeLockedIdentity(t *testing.T) {
	id := must(New(user, now))(t)
	key, _ := lockKeys()
	locked := must(id.Lock(key, 1))(t)
	huge := append(bytes.Clone(locked), bytes.Repeat(locked[:120], 100_000)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	refusedAs(t, "12 MB", huge, key, 1)
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d octets were allocated", n)
	}
}

// TestAttack_L10_RecoveryIsAnotherLock shows that neither credential opens what
// the other locked.
func TestAttack_L10_RecoveryIsAnotherLock(t *testing.T) {
	id := must(New(user, now))(t)
	passphrase, recovery := lockKeys()
	refusedAs(t, "recovery key", must(id.Lock(passphrase, 1))(t), recovery, 1)
	refusedAs(t, "passphrase", must(id.Lock(recovery, 1))(t), passphrase, 1)
	must(Unlock(must(id.Lock(recovery, 1))(t), recovery, 1))(t)
}

// TestUnlockNeedsEverySecret drops or adds secret packets.
func TestUnlockNeedsEverySecret(t *testing.T) {
	id, d := veteran(t)
	key, _ := lockKeys()
	all := id.keys
	id.keys = all[:1]
	refusedAs(t, "one encryption secret missing", lockAllByHand(t, id, key, 1), key, 1)
	id.keys = []secretKey{}
	refusedAs(t, "all encryption secrets missing", lockAllByHand(t, id, key, 1), key, 1)
	id.keys = append([]secretKey{d.secret}, all...)
	slices.SortFunc(id.keys, func(a, b secretKey) int {
		fa, fb := a.fingerprint(), b.fingerprint()
		return bytes.Compare(fa[:], fb[:])
	})
	refusedAs(t, "a device's secret", lockAllByHand(t, id, key, 1), key, 1)
	id.keys = all
	must(Unlock(lockAllByHand(t, id, key, 1), key, 1))(t)
}

func FuzzUnlock(f *testing.F) {
	seeded(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		id, err := Unlock(b, login.LockKey{}, 1)
		if err != nil {
			if err.Error() != refused().Error() {
				t.Fatal(err)
			}
			return
		}
		if _, err := Unlock(must(id.Lock(login.LockKey{}, 1))(t), login.LockKey{}, 1); err != nil {
			t.Fatal("what was unlocked cannot be locked", err)
		}
		if _, err := Unlock(b, login.LockKey{}, 2); err == nil {
			t.Fatal("the version does not matter")
		}
	})
}

func FuzzParseDevice(f *testing.F) {
	seeded(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if d, err := ParseDevice(b); err == nil && !bytes.Equal(d.Marshal(), b) {
			t.Fatal("not canonical")
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	seeded(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if k, err := ParseKeys(b); err == nil && !bytes.Equal(k.Marshal(), b) {
			t.Fatal("not canonical")
		}
	})
}
