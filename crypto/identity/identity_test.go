package identity

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

func TestLifecycle(t *testing.T) {
	id := must(New(user, now))(t)
	first := id.Certificate()
	if first.User() != user || len(first.Devices()) != 0 || len(first.EncryptionKeys()) != 1 {
		t.Fatal("a new identity has no device and one encryption key")
	}
	d := must(id.AddDevice(now))(t)
	added := id.Certificate()
	public, ok := added.Device(d.ID())
	if !ok || public.Revoked || !public.Created.Equal(now) || !d.Created().Equal(now) {
		t.Fatalf("%+v", public)
	}
	if err := cert.VerifyDetached(public, []byte("m"), d.Sign([]byte("m"))); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(d.key.Reveal()[32:], public.Key) {
		t.Error("another private key")
	}
	secret := bytes.Repeat([]byte{5}, 32)
	before := seal(t, added.Encryption(), secret)

	if err := id.RevokeDevice(d.ID(), now.Add(-time.Hour)); err != nil { // the clock went back
		t.Fatal(err)
	}
	revoked := id.Certificate()
	entity := must(openpgp.ReadKeyRing(bytes.NewReader(revoked.Bytes())))(t)[0]
	for _, s := range entity.Subkeys {
		binding := must(s.LatestValidBindingSignature(time.Time{}, nil))(t)
		if s.Revoked(binding, now.Add(time.Hour)) != (s.PublicKey.PubKeyAlgo == packet.PubKeyAlgoEd25519) {
			t.Error("another program disagrees on what is revoked")
		}
	}
	if err := id.RevokeDevice(d.ID(), now); err != nil || id.Certificate() != revoked {
		t.Error("revoking again changed something", err)
	}
	if err := id.RevokeDevice(schema.DeviceID{1}, now); !schema.HasCode(err, schema.CodeNotFound) {
		t.Error(err)
	}
	if err := id.ReplaceEncryption(now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	replaced := id.Certificate()
	if replaced.Encryption().Fingerprint == added.Encryption().Fingerprint {
		t.Error("the encryption key is still the old one")
	}
	versions := []*cert.Certificate{first, added, revoked, replaced}
	for i := range versions[1:] {
		if err := cert.Extends(versions[i], versions[i+1]); err != nil {
			t.Errorf("step %d: %v", i, err)
		}
	}
	if d, _ := replaced.Device(d.ID()); !d.Revoked {
		t.Error("the device is not revoked")
	}
	// Old epochs stay readable, new ones are.
	for name, sealed := range map[string][]byte{"old": before, "new": seal(t, replaced.Encryption(), secret)} {
		if got, err := id.Keys().Open(sealed); err != nil || !bytes.Equal(got, secret) {
			t.Errorf("%s key: %v", name, err)
		}
	}
}

func TestNewNeedsAUser(t *testing.T) {
	if _, err := New(schema.UserID{}, now); !schema.HasCode(err, schema.CodeBadRequest) {
		t.Error(err)
	}
}

func TestLimits(t *testing.T) {
	id := must(New(user, now))(t)
	for range schema.MaxDevices {
		must(id.AddDevice(now))(t)
	}
	full := id.Certificate()
	if _, err := id.AddDevice(now); !schema.HasCode(err, schema.CodeTooLarge) || id.Certificate() != full {
		t.Error("one more device than the limit", err)
	}
	for _, d := range full.Devices() {
		if err := id.RevokeDevice(d.ID, now); err != nil {
			t.Fatal(err)
		}
	}
	for range schema.MaxEncryptionKeys - 1 {
		if err := id.ReplaceEncryption(now); err != nil {
			t.Fatal(err)
		}
	}
	full = id.Certificate()
	if err := id.ReplaceEncryption(now); !schema.HasCode(err, schema.CodeTooLarge) || id.Certificate() != full || len(id.keys) != schema.MaxEncryptionKeys {
		t.Error("one more encryption key than the limit", err)
	}
	if len(id.Keys().Marshal()) > schema.MaxLocalProfile/2 {
		t.Error("the keys hardly fit into a device's profile")
	}
	// The largest identity can be stored and read back.
	key, _ := lockKeys()
	locked := must(id.Lock(key, 1))(t)
	if len(full.Bytes()) > schema.MaxCertificate || len(locked) > schema.MaxLockedIdentity {
		t.Errorf("%d octets as certificate, %d locked", len(full.Bytes()), len(locked))
	}
	must(Unlock(locked, key, 1))(t)
}

func TestMergeCertificate(t *testing.T) {
	id, _ := veteran(t)
	key, _ := lockKeys()
	copied := must(Unlock(must(id.Lock(key, 1))(t), key, 1))(t)

	d := must(copied.AddDevice(now))(t)
	if err := id.MergeCertificate(copied.Certificate()); err != nil {
		t.Fatal(err)
	}
	if _, ok := id.Certificate().Device(d.ID()); !ok {
		t.Error("the device is missing")
	}
	if err := copied.ReplaceEncryption(now); err != nil {
		t.Fatal(err)
	}
	before := id.Certificate()
	if err := id.MergeCertificate(copied.Certificate()); !schema.HasCode(err, schema.CodeKeysReplaced) || id.Certificate() != before {
		t.Error(err)
	}
	stranger := must(New(user, now))(t)
	if err := id.MergeCertificate(stranger.Certificate()); !schema.HasCode(err, schema.CodeKeyChanged) || id.Certificate() != before {
		t.Error(err)
	}
}

// TestAttack_K6_OlderCertificateForOwnIdentity serves a user's own certificate
// from before a revocation.
func TestAttack_K6_OlderCertificateForOwnIdentity(t *testing.T) {
	id := must(New(user, now))(t)
	d := must(id.AddDevice(now))(t)
	old := id.Certificate()
	if err := id.RevokeDevice(d.ID(), now); err != nil {
		t.Fatal(err)
	}
	if err := id.MergeCertificate(old); err != nil {
		t.Fatal(err)
	}
	if d, ok := id.Certificate().Device(d.ID()); !ok || !d.Revoked {
		t.Error("the revocation was taken back")
	}
}

// Another OpenPGP program decrypts with the exported key, and cannot sign as one
// of the devices.
func TestExportWorksInGoCrypto(t *testing.T) {
	id, _ := veteran(t)
	armored := must(id.Export())(t)
	private := must(openpgp.ReadArmoredKeyRing(bytes.NewReader(armored)))(t)
	if strings.Contains(string(armored), "\n=") {
		t.Error("a checksum, which version 6 must not have")
	}
	if len(private) != 1 || private[0].PrivateKey == nil || private[0].PrivateKey.Encrypted {
		t.Fatal("no unlocked primary key")
	}
	for _, s := range private[0].Subkeys {
		if isDevice := s.PublicKey.PubKeyAlgo == packet.PubKeyAlgoEd25519; isDevice != (s.PrivateKey == nil) {
			t.Errorf("subkey %x: secret %v", s.PublicKey.Fingerprint, s.PrivateKey != nil)
		}
	}
	at := &packet.Config{Time: func() time.Time { return now.Add(24 * time.Hour) }}
	public := must(openpgp.ReadKeyRing(bytes.NewReader(id.Certificate().Bytes())))(t)
	var message bytes.Buffer
	w := must(openpgp.Encrypt(&message, public, nil, nil, nil, at))(t)
	io.WriteString(w, "from another program")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	md := must(openpgp.ReadMessage(&message, private, nil, at))(t)
	if got := must(io.ReadAll(md.UnverifiedBody))(t); string(got) != "from another program" {
		t.Errorf("%q", got)
	}
}

// go-crypto verifies a device's signature by the certificate alone.
func TestGoCryptoVerifiesADevice(t *testing.T) {
	id := must(New(user, now))(t)
	d := must(id.AddDevice(now))(t)
	public := must(openpgp.ReadKeyRing(bytes.NewReader(id.Certificate().Bytes())))(t)
	at := &packet.Config{Time: func() time.Time { return now.Add(time.Hour) }}
	message := []byte("message")
	_, _, err := openpgp.VerifyDetachedSignature(public, bytes.NewReader(message), bytes.NewReader(d.Sign(message)), at)
	if err != nil {
		t.Error(err)
	}
}

func TestDeviceAndKeysRoundTrip(t *testing.T) {
	id, d := veteran(t)
	again := must(ParseDevice(d.Marshal()))(t)
	if again.ID() != d.ID() || !bytes.Equal(again.key.Reveal(), d.key.Reveal()) || len(d.Marshal()) != 77 {
		t.Error("another device")
	}
	b := id.Keys().Marshal()
	keys := must(ParseKeys(b))(t)
	if !bytes.Equal(keys.Marshal(), b) {
		t.Error("other keys")
	}
	secret := bytes.Repeat([]byte{6}, 32)
	for _, to := range id.Certificate().EncryptionKeys() {
		if got, err := keys.Open(seal(t, to, secret)); err != nil || !bytes.Equal(got, secret) {
			t.Error(err)
		}
	}
}

// TestParseSecretsRefuse flips each octet of a device and of keys: the public
// half would then not be the private one's.
func TestParseSecretsRefuse(t *testing.T) {
	id, d := veteran(t)
	device, keys := d.Marshal(), id.Keys().Marshal()
	for i := range device {
		bad := bytes.Clone(device)
		bad[i] ^= 1
		got, err := ParseDevice(bad)
		// The time of creation is free: it makes another device id.
		if free := i >= 3 && i < 7; (err == nil) != free || free && got.ID() == d.ID() {
			t.Errorf("device, octet %d: %v", i, err)
		}
	}
	half := len(keys) / 2
	for name, bad := range map[string][]byte{
		"none":         nil,
		"cut off":      keys[:len(keys)-1],
		"trailing":     append(bytes.Clone(keys), 0),
		"twice":        append(bytes.Clone(keys[:half]), keys[:half]...),
		"wrong order":  append(bytes.Clone(keys[half:]), keys[:half]...),
		"a device":     device,
		"locked":       usage253(keys),
		"too many":     manyKeys(t),
		"with primary": append(bytes.Clone(keys), id.primary.packet(5)...),
	} {
		if _, err := ParseKeys(bad); !schema.HasCode(err, schema.CodeBadEncoding) {
			t.Errorf("keys, %s: %v", name, err)
		}
	}
	// From after the time of creation to the last 32 octets, the seed for implicit
	// rejection (FIPS 203), which the public key does not depend on; X25519 also
	// ignores the lowest bits of its secret.
	for i := 8; i < half-32; i += 13 {
		bad := bytes.Clone(keys)
		bad[i] ^= 8
		if _, err := ParseKeys(bad); err == nil {
			t.Errorf("keys, octet %d: accepted", i)
		}
	}
	for name, bad := range map[string][]byte{"none": nil, "trailing": append(bytes.Clone(device), 0), "keys": keys} {
		if _, err := ParseDevice(bad); !schema.HasCode(err, schema.CodeBadEncoding) {
			t.Errorf("device, %s: %v", name, err)
		}
	}
}

// usage253 says of unlocked keys that they are locked.
func usage253(keys []byte) []byte {
	bad := bytes.Clone(keys)
	bad[3+1226] = 253
	return bad
}

// manyKeys is one key more than the limit.
func manyKeys(t *testing.T) []byte {
	secrets := make([]secretKey, schema.MaxEncryptionKeys+1)
	for i := range secrets {
		secrets[i] = must(newSecret(pgpsig.MLKEM768X25519, now))(t)
	}
	slices.SortFunc(secrets, func(a, b secretKey) int {
		fa, fb := a.fingerprint(), b.fingerprint()
		return bytes.Compare(fa[:], fb[:])
	})
	return must(newKeys(secrets))(t).Marshal()
}

func TestSecretsDoNotPrint(t *testing.T) {
	id, d := veteran(t)
	for _, v := range []any{id, *id, d, id.Keys(), *id.Keys()} {
		if got := fmt.Sprintf("%v %+v %#v %s %x", v, v, v, v, v); strings.Trim(got, " ") != "[secret] [secret] [secret] [secret] [secret]" {
			t.Errorf("%T prints %.80s", v, got)
		}
	}
}
