package cert_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

func TestParse(t *testing.T) {
	m := newMaker(1)
	c := m.make(t, m.kem(10), m.revoked(m.kem(11)), m.device(20), m.revoked(m.device(21)))
	again, err := cert.Parse(c.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again.Bytes(), c.Bytes()) {
		t.Error("other octets")
	}
	if again.User() != user || again.Fingerprint() != m.fingerprint {
		t.Errorf("user %v, fingerprint %v", again.User(), again.Fingerprint())
	}
	if len(again.Devices()) != 2 || len(again.EncryptionKeys()) != 2 {
		t.Fatalf("%d devices, %d encryption keys", len(again.Devices()), len(again.EncryptionKeys()))
	}
	for n, revoked := range map[byte]bool{20: false, 21: true} {
		id := schema.DeviceID(pgpsig.Fingerprint(edBody(n)))
		d, ok := again.Device(id)
		if !ok || d.ID != id || d.Revoked != revoked || !d.Created.Equal(created) || !bytes.Equal(d.Key, ed(n)[32:]) {
			t.Errorf("device %d: %+v", n, d)
		}
	}
	if _, ok := again.Device(schema.DeviceID{1}); ok {
		t.Error("found an unknown device")
	}
	current := again.Encryption()
	if current.Revoked || current.Fingerprint != pgpsig.Fingerprint(m.kem(10).Key) {
		t.Errorf("current is %+v", current)
	}
	for _, k := range again.EncryptionKeys() {
		key := publicKey(t, k)
		if !bytes.Equal(key.Fingerprint, k.Fingerprint[:]) || key.PubKeyAlgo != packet.PubKeyAlgoMlkem768X25519 {
			t.Errorf("key object of another key: %+v", k)
		}
	}
}

func TestParseKeepsNoReference(t *testing.T) {
	m := newMaker(1)
	b := bytes.Clone(m.make(t, m.kem(10)).Bytes())
	c, err := cert.Parse(b)
	if err != nil {
		t.Fatal(err)
	}
	want := bytes.Clone(b)
	clear(b)
	if !bytes.Equal(c.Bytes(), want) {
		t.Error("the certificate changed with the caller's buffer")
	}
}

// go-crypto reads our certificates and agrees on every key.
func TestGoCryptoReadsCertificates(t *testing.T) {
	m := newMaker(1)
	c := m.make(t, m.kem(10), m.revoked(m.kem(11)), m.device(20), m.revoked(m.device(21)))
	list, err := openpgp.ReadKeyRing(bytes.NewReader(c.Bytes()))
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	e, now := list[0], created.Add(time.Hour)
	if _, err := e.VerifyPrimaryKey(now, nil); err != nil {
		t.Error(err)
	}
	current := c.Encryption().Fingerprint
	if k, ok := e.EncryptionKey(now, nil); !ok || !bytes.Equal(k.PublicKey.Fingerprint, current[:]) {
		t.Error("another encryption key")
	}
	device := pgpsig.Fingerprint(edBody(20))
	if k, ok := e.SigningKey(now, nil); !ok || !bytes.Equal(k.PublicKey.Fingerprint, device[:]) {
		t.Error("another signing key")
	}
	revoked := 0
	for _, s := range e.Subkeys {
		if s.Revoked(nil, now) {
			revoked++
		}
	}
	if revoked != 2 {
		t.Errorf("%d revoked subkeys", revoked)
	}
}

// TestParseRefuses has one row for each rule of the policy.
func TestParseRefuses(t *testing.T) {
	m, other := newMaker(1), newMaker(2)
	kem, device := m.kem(10), m.device(20)
	good := func() cert.Parts { return m.parts(kem, device) }
	with := func(change func(*cert.Parts)) []byte { p := good(); change(&p); return raw(p) }
	direct := func(extra []byte) []byte {
		return with(func(p *cert.Parts) { p.Direct = m.sign(pgpsig.DirectKey, extra) })
	}
	subkey := func(s cert.Subkey) []byte { return raw(m.parts(kem, s)) }
	if _, err := cert.Parse(raw(good())); err != nil {
		t.Fatal(err)
	}
	extra := pgpsig.DirectKeyExtra(user)
	edit := func(i int, v byte) []byte { e := bytes.Clone(extra); e[i] = v; return e }
	back := func(key ed25519.PrivateKey, typ pgpsig.Type, n byte, on ...[]byte) []byte {
		return pgpsig.SignBody(key, typ, pgpsig.Fingerprint(edBody(n)), created, nil, m.hashed(on...))
	}
	bindDevice := func(n byte, back []byte) cert.Subkey {
		return cert.Subkey{Key: edBody(n), Binding: m.sign(pgpsig.SubkeyBinding, pgpsig.DeviceBindingExtra(back), edBody(n))}
	}
	bound := func(body, extra []byte) cert.Subkey {
		return cert.Subkey{Key: body, Binding: m.sign(pgpsig.SubkeyBinding, extra, body)}
	}
	revocation := func(s cert.Subkey, by maker, reason byte) cert.Subkey {
		s.Revocation = pgpsig.SignBody(by.key, pgpsig.SubkeyRevocation, by.fingerprint, created, []byte{2, 29, reason}, m.hashed(s.Key))
		return s
	}
	pk := func(tag pgpsig.Tag, body []byte) []byte { return pgpsig.AppendPacket(nil, tag, body) }
	x25519 := append([]byte{6, 0x65, 0, 0, 0, 25, 0, 0, 0, 32}, kemMaterial(10)[:32]...)
	unreduced := kemMaterial(10)
	unreduced[32], unreduced[33] = 0xFF, 0xFF // a coefficient above the modulus
	swapped := good()
	swapped.Subkeys[0], swapped.Subkeys[1] = swapped.Subkeys[1], swapped.Subkeys[0]
	secretPrimary := append(append(bytes.Clone(m.body), 0), m.key.Seed()...)

	rows := map[string]struct {
		why string // which check refuses it
		b   []byte
	}{
		"empty":             {"a public key was expected", nil},
		"primary alone":     {"a direct-key signature was expected", pk(pgpsig.TagPublicKey, m.body)},
		"no subkeys":        {"no encryption subkey", raw(m.parts())},
		"no encryption key": {"no encryption subkey", raw(m.parts(device))},
		"only revoked ones": {"no encryption subkey", raw(m.parts(m.revoked(kem), device))},
		"two current ones":  {"two current encryption subkeys", raw(m.parts(kem, m.kem(11)))},

		"primary version 4":      {"unacceptable primary key", with(func(p *cert.Parts) { p.Primary = bytes.Clone(m.body); p.Primary[0] = 4 })},
		"primary is ML-KEM":      {"unacceptable primary key", with(func(p *cert.Parts) { p.Primary = kem.Key })},
		"primary of other key":   {"unacceptable direct-key signature", with(func(p *cert.Parts) { p.Primary = other.body })},
		"primary of small order": {"unacceptable primary key", smallOrder()},
		"primary is a subkey":    {"a public key was expected", append(pk(pgpsig.TagPublicSubkey, m.body), raw(good())[44:]...)},
		"secret key":             {"a public key was expected", append(pk(pgpsig.TagSecretKey, secretPrimary), raw(good())[44:]...)},

		"no direct-key signature":   {"a direct-key signature was expected", with(func(p *cert.Parts) { p.Direct = nil })},
		"two direct-key signatures": {"a subkey was expected", append(sig(pk(pgpsig.TagPublicKey, m.body), m.direct()), raw(good())[44:]...)},
		"direct of other type":      {"unacceptable direct-key signature", with(func(p *cert.Parts) { p.Direct = m.sign(pgpsig.Document, extra) })},
		"direct by other key":       {"unacceptable direct-key signature", with(func(p *cert.Parts) { p.Direct = other.sign(pgpsig.DirectKey, extra) })},
		"direct over other key":     {"unacceptable direct-key signature", with(func(p *cert.Parts) { p.Direct = m.sign(pgpsig.DirectKey, extra, kem.Key) })},
		"zero user id":              {"no user id", direct(pgpsig.DirectKeyExtra(schema.UserID{}))},
		"primary may sign":          {"unacceptable direct-key signature", direct(edit(2, 0x03))},
		"primary may encrypt":       {"unacceptable direct-key signature", direct(edit(2, 0x0D))},
		"features with SEIPDv1":     {"unacceptable direct-key signature", direct(edit(5, 0x09))},
		"no features":               {"unacceptable direct-key signature", direct(edit(5, 0))},
		"prefers OCB":               {"unacceptable direct-key signature", direct(edit(9, 2))},
		"prefers AES-128":           {"unacceptable direct-key signature", direct(edit(8, 7))},
		"notation of other name":    {"unacceptable direct-key signature", direct(edit(20, 'U'))},
		"notation is text":          {"unacceptable direct-key signature", direct(edit(12, 0x80))},
		"key expires":               {"unacceptable direct-key signature", direct(append([]byte{5, 9, 0, 0, 0, 1}, extra...))},
		"key expires, at the end":   {"unacceptable direct-key signature", direct(append(bytes.Clone(extra), 5, 9, 0, 0, 0, 1))},
		"signature expires":         {"unacceptable direct-key signature", direct(append([]byte{5, 3, 0, 0, 0, 1}, extra...))},
		"second notation":           {"unacceptable direct-key signature", direct(append(bytes.Clone(extra), extra[10:]...))},
		"no further subpackets":     {"unacceptable direct-key signature", direct(nil)},
		"subpackets in other order": {"unacceptable direct-key signature", direct(append(bytes.Clone(extra[3:]), extra[:3]...))},

		"unbound encryption key":  {"a subkey without binding", with(func(p *cert.Parts) { p.Subkeys = m.parts(kem, cert.Subkey{Key: m.kem(11).Key}).Subkeys })},
		"unbound device":          {"a subkey without binding", subkey(cert.Subkey{Key: device.Key})},
		"order":                   {"subkeys out of order", raw(swapped)},
		"the same subkey twice":   {"subkeys out of order", raw(m.parts(kem, device, device))},
		"version 4 subkey":        {"unacceptable subkey", subkey(bound(append([]byte{4}, edBody(20)[1:]...), nil))},
		"X25519 subkey":           {"unacceptable subkey", subkey(bound(x25519, pgpsig.EncryptionBindingExtra()))},
		"encryption key may sign": {"unacceptable binding of an encryption subkey", raw(m.parts(bound(kem.Key, []byte{2, 0x9B, 0x0E})))},
		"only communications":     {"unacceptable binding of an encryption subkey", raw(m.parts(bound(kem.Key, []byte{2, 0x9B, 0x04})))},
		"flags not critical":      {"unacceptable binding of an encryption subkey", raw(m.parts(bound(kem.Key, []byte{2, 0x1B, 0x0C})))},
		"bound by other key":      {"unacceptable binding of an encryption subkey", raw(m.parts(cert.Subkey{Key: kem.Key, Binding: other.kem(10).Binding}))},
		"binding of other subkey": {"unacceptable binding of an encryption subkey", raw(m.parts(cert.Subkey{Key: kem.Key, Binding: m.kem(11).Binding}))},
		"unreduced ML-KEM key":    {"unacceptable ML-KEM key", raw(m.parts(m.bind(unreduced)))},
		"low-order X25519 key":    {"unacceptable X25519 key", raw(m.parts(m.bind(append(make([]byte, 32), kemMaterial(10)[32:]...))))},

		"device without back signature": {"unacceptable binding of a device", subkey(bound(edBody(20), []byte{2, 0x9B, 2}))},
		"back signature by other key":   {"unacceptable back signature of a device", subkey(bindDevice(20, back(ed(21), pgpsig.PrimaryBinding, 20, edBody(20))))},
		"back signature by the primary": {"unacceptable back signature of a device", subkey(bindDevice(20, m.sign(pgpsig.PrimaryBinding, nil, edBody(20))))},
		"back signature of other type":  {"unacceptable back signature of a device", subkey(bindDevice(20, back(ed(20), pgpsig.SubkeyBinding, 20, edBody(20))))},
		"back signature over itself":    {"unacceptable back signature of a device", subkey(bindDevice(20, back(ed(20), pgpsig.PrimaryBinding, 20)))},
		"device is the primary key":     {"unacceptable device key", subkey(bindDevice(1, back(ed(1), pgpsig.PrimaryBinding, 1, edBody(1))))},
		"device of small order":         {"unacceptable device key", subkey(bound(pgpsig.KeyBody(pgpsig.Ed25519, created, make([]byte, 32)), pgpsig.DeviceBindingExtra(make([]byte, pgpsig.BodySize))))},

		"revoked by other key":       {"unacceptable revocation", raw(m.parts(m.kem(11), revocation(kem, other, 1)))},
		"revoked with other reason":  {"unacceptable revocation", raw(m.parts(m.kem(11), revocation(kem, m, 3)))},
		"device: compromised":        {"unacceptable revocation", subkey(revocation(device, m, 2))},
		"revocation of other subkey": {"unacceptable revocation", subkey(cert.Subkey{Key: device.Key, Binding: device.Binding, Revocation: m.revoked(m.device(21)).Revocation})},
		"binding as revocation":      {"unacceptable revocation", subkey(cert.Subkey{Key: device.Key, Binding: device.Binding, Revocation: device.Binding})},
		"two revocations":            {"a subkey was expected", sig(raw(m.parts(m.revoked(m.kem(11)), kem)), m.revoked(kem).Revocation)},

		"User ID":             {"a subkey was expected", append(raw(good()), pk(13, []byte("Alice <alice@example.org>"))...)},
		"user attribute":      {"a subkey was expected", append(raw(good()), pk(17, []byte{5, 1, 1, 1, 1, 1})...)},
		"padding packet":      {"a subkey was expected", append(raw(good()), pk(21, make([]byte, 8))...)},
		"marker packet":       {"a subkey was expected", append(raw(good()), pk(10, []byte("PGP"))...)},
		"trust packet":        {"a subkey was expected", append(raw(good()), pk(12, []byte{0, 0})...)},
		"private packet":      {"a subkey was expected", append(raw(good()), pk(60, nil)...)},
		"trailing octet":      {"a subkey was expected", append(raw(good()), 0)},
		"trailing signature":  {"unacceptable revocation", sig(raw(good()), m.direct())},
		"a second key":        {"a subkey was expected", append(raw(good()), raw(other.parts(other.kem(10)))...)},
		"primary revocation":  {"unacceptable direct-key signature", sig(pk(pgpsig.TagPublicKey, m.body), m.sign(0x20, []byte{2, 29, 0}))},
		"too large":           {"too large", append(raw(good()), make([]byte, schema.MaxCertificate)...)},
		"cut off":             {"a subkey without binding", raw(good())[:len(raw(good()))-1]},
		"no header":           {"a public key was expected", raw(good())[2:]},
		"armored":             {"a public key was expected", []byte("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n")},
		"secret subkey":       {"a subkey was expected", secretSubkey(m, kem)},
		"signature version 4": {"unacceptable direct-key signature", version4(good())},
	}
	for name, row := range rows {
		refuses(t, name, row.b)
		if _, err := cert.Parse(row.b); !strings.HasSuffix(err.Error(), row.why) {
			t.Errorf("%s: refused for another reason: %v", name, err)
		}
	}
	if _, err := cert.Parse(raw(m.parts(m.revoked(kem), m.kem(11), revocation(device, m, 3)))); err != nil {
		t.Errorf("the forms of the rows are not good otherwise: %v", err)
	}
}

// smallOrder is a certificate whose primary key is the neutral element: it needs
// no private key to sign with one in eight messages.
func smallOrder() []byte {
	m := newMaker(1)
	m.body = pgpsig.KeyBody(pgpsig.Ed25519, created, append([]byte{1}, make([]byte, 31)...))
	m.fingerprint = pgpsig.Fingerprint(m.body)
	neutral := append(append([]byte{1}, make([]byte, 31)...), make([]byte, 32)...)
	forge := func(b []byte) []byte { copy(b[len(b)-64:], neutral); return b }
	p := m.parts(m.kem(10))
	forge(p.Direct)
	forge(p.Subkeys[0].Binding)
	return raw(p)
}

func secretSubkey(m maker, kem cert.Subkey) []byte {
	b := pgpsig.AppendPacket(nil, pgpsig.TagPublicKey, m.body)
	b = sig(b, m.direct())
	b = pgpsig.AppendPacket(b, pgpsig.TagSecretSubkey, append(append(bytes.Clone(kem.Key), 0), make([]byte, 96)...))
	return sig(b, kem.Binding)
}

func version4(p cert.Parts) []byte {
	p.Direct = bytes.Clone(p.Direct)
	p.Direct[0] = 4
	return raw(p)
}

// TestAttack_P9_CertificateLengths writes good packets with other headers.
func TestAttack_P9_CertificateLengths(t *testing.T) {
	m := newMaker(1)
	body, rest := m.body, m.make(t, m.kem(10)).Bytes()[44:]
	headers := map[string][]byte{
		"old format":          {0x98, byte(len(body))},
		"old, two octets":     {0x99, 0, byte(len(body))},
		"old, indeterminate":  {0x9B},
		"five octets":         {0xC6, 0xFF, 0, 0, 0, byte(len(body))},
		"four gigabytes":      {0xC6, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
		"partial of one":      {0xC6, 0xE0},
		"partial of gigabyte": {0xC6, 0xFE},
	}
	for name, h := range headers {
		refuses(t, name, append(append(bytes.Clone(h), body...), rest...))
	}
	huge := binary.BigEndian.AppendUint32(nil, 1<<31)
	for i := range 100 {
		b := m.make(t, m.kem(10)).Bytes()
		bad := bytes.Clone(b)
		copy(bad[44+i:], huge)
		refuses(t, "a huge number in the direct-key signature", bad)
	}
}

func TestParseRefusesEveryFlippedOctet(t *testing.T) {
	m := newMaker(1)
	whole := m.make(t, m.kem(10), m.revoked(m.device(20)))
	b := whole.Bytes()
	for i := range b {
		bad := bytes.Clone(b)
		bad[i] ^= 1 << (i % 8)
		if _, err := cert.Parse(bad); !schema.HasCode(err, schema.CodeBadCertificate) {
			t.Fatalf("octet %d: %v", i, err)
		}
	}
	for n := range b {
		// What ends after a whole subkey is a certificate: an older one.
		if c, err := cert.Parse(b[:n]); err == nil && cert.Extends(whole, c) == nil {
			t.Fatalf("accepted the first %d octets", n)
		}
	}
}

func TestParseLimits(t *testing.T) {
	m := newMaker(1)
	subkeys := []cert.Subkey{m.kem(10)}
	for n := range schema.MaxDevices {
		subkeys = append(subkeys, m.device(byte(100+n)))
	}
	if c := m.make(t, subkeys...); len(c.Devices()) != schema.MaxDevices {
		t.Error("not all devices")
	}
	refuses(t, "too many devices", raw(m.parts(append(subkeys, m.device(99))...)))

	subkeys = []cert.Subkey{m.kem(1)}
	for n := range byte(schema.MaxEncryptionKeys - 1) {
		subkeys = append(subkeys, m.revoked(m.kem(2+n)))
	}
	if c := m.make(t, subkeys...); len(c.EncryptionKeys()) != schema.MaxEncryptionKeys {
		t.Error("not all encryption keys")
	}
	refuses(t, "too many encryption keys", raw(m.parts(append(subkeys, m.revoked(m.kem(200)))...)))
}

func TestTwoDevicesOfOneKey(t *testing.T) {
	m := newMaker(1)
	later := pgpsig.KeyBody(pgpsig.Ed25519, created.Add(time.Hour), ed(20)[32:])
	back := pgpsig.SignBody(ed(20), pgpsig.PrimaryBinding, pgpsig.Fingerprint(later), created, nil, m.hashed(later))
	again := cert.Subkey{Key: later, Binding: m.sign(pgpsig.SubkeyBinding, pgpsig.DeviceBindingExtra(back), later)}
	m.make(t, m.kem(10), again)
	refuses(t, "a revoked device's key again", raw(m.parts(m.kem(10), m.revoked(m.device(20)), again)))
}

// TestAttack_P11_PublishedCertificates offers good OpenPGP certificates of other
// shapes: the samples of RFC 9580 (version 6, SHA-512, X25519) and RFC 9980
// (ML-DSA), and a version 4 one of RFC 9980.
func TestAttack_P11_PublishedCertificates(t *testing.T) {
	for _, name := range []string{"rfc9580-a4.asc", "rfc9980-v6-mldsa-65-pk.asc", "rfc9980-v4-eddsa-pk.asc"} {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		list, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(b))
		if err != nil {
			t.Fatalf("%s is not a certificate: %v", name, err)
		}
		var octets bytes.Buffer
		if err := list[0].Serialize(&octets); err != nil { // the public half
			t.Fatal(err)
		}
		refuses(t, name, octets.Bytes())
	}
}

func BenchmarkParse(b *testing.B) {
	m := newMaker(1)
	for name, subkeys := range map[string][]cert.Subkey{
		"1 device":  {m.kem(10), m.device(20)},
		"3 devices": {m.kem(10), m.device(20), m.device(21), m.device(22)},
		"8 devices, 4 keys": {m.kem(10), m.revoked(m.kem(11)), m.revoked(m.kem(12)), m.revoked(m.kem(13)), m.device(20), m.device(21), m.device(22),
			m.device(23), m.device(24), m.device(25), m.revoked(m.device(26)), m.revoked(m.device(27))},
	} {
		octets := m.make(b, subkeys...).Bytes()
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(octets)))
			for b.Loop() {
				if _, err := cert.Parse(octets); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
