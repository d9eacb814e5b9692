package cert_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/mlkem"
	"slices"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

var (
	created = time.Unix(1_700_000_000, 0).UTC()
	user    = schema.UserID{1, 2, 3}
)

// maker makes certificates, good and bad ones, from fixed keys.
type maker struct {
	key         ed25519.PrivateKey
	body        []byte
	fingerprint schema.Fingerprint
}

func ed(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func edBody(n byte) []byte { return pgpsig.KeyBody(pgpsig.Ed25519, created, ed(n)[32:]) }

func newMaker(n byte) maker {
	body := edBody(n)
	return maker{ed(n), body, pgpsig.Fingerprint(body)}
}

// sign makes a signature's body over the primary key and further hashed keys.
func (m maker) sign(t pgpsig.Type, extra []byte, subkeys ...[]byte) []byte {
	return pgpsig.SignBody(m.key, t, m.fingerprint, created, extra, m.hashed(subkeys...))
}

func (m maker) hashed(subkeys ...[]byte) []byte {
	h := pgpsig.HashedKey(m.body)
	for _, s := range subkeys {
		h = append(h, pgpsig.HashedKey(s)...)
	}
	return h
}

func (m maker) direct() []byte { return m.sign(pgpsig.DirectKey, pgpsig.DirectKeyExtra(user)) }

// device makes the nth device.
func (m maker) device(n byte) cert.Subkey {
	body := edBody(n)
	back := pgpsig.SignBody(ed(n), pgpsig.PrimaryBinding, pgpsig.Fingerprint(body), created, nil, m.hashed(body))
	return cert.Subkey{Key: body, Binding: m.sign(pgpsig.SubkeyBinding, pgpsig.DeviceBindingExtra(back), body)}
}

// kemMaterial is the public material of the nth encryption subkey.
func kemMaterial(n byte) []byte {
	point, err := ecdh.X25519().NewPrivateKey(bytes.Repeat([]byte{n}, 32))
	if err != nil {
		panic(err)
	}
	kem, err := mlkem.NewDecapsulationKey768(bytes.Repeat([]byte{n}, mlkem.SeedSize))
	if err != nil {
		panic(err)
	}
	return append(point.PublicKey().Bytes(), kem.EncapsulationKey().Bytes()...)
}

func (m maker) kem(n byte) cert.Subkey { return m.bind(kemMaterial(n)) }

func (m maker) bind(material []byte) cert.Subkey {
	body := pgpsig.KeyBody(pgpsig.MLKEM768X25519, created, material)
	return cert.Subkey{Key: body, Binding: m.sign(pgpsig.SubkeyBinding, pgpsig.EncryptionBindingExtra(), body)}
}

func (m maker) revoked(s cert.Subkey) cert.Subkey {
	key, ok := pgpsig.ParseKey(s.Key)
	if !ok {
		panic("not a key")
	}
	s.Revocation = m.sign(pgpsig.SubkeyRevocation, pgpsig.RevocationExtra(key.Algorithm), s.Key)
	return s
}

// parts puts subkeys in canonical order.
func (m maker) parts(subkeys ...cert.Subkey) cert.Parts {
	slices.SortFunc(subkeys, func(a, b cert.Subkey) int {
		fa, fb := pgpsig.Fingerprint(a.Key), pgpsig.Fingerprint(b.Key)
		return bytes.Compare(fa[:], fb[:])
	})
	return cert.Parts{Primary: m.body, Direct: m.direct(), Subkeys: subkeys}
}

// make returns a good certificate.
func (m maker) make(t testing.TB, subkeys ...cert.Subkey) *cert.Certificate {
	t.Helper()
	c, err := cert.Assemble(m.parts(subkeys...))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// raw writes packets in the order given.
func raw(p cert.Parts) []byte {
	out := pgpsig.AppendPacket(nil, pgpsig.TagPublicKey, p.Primary)
	out = sig(out, p.Direct)
	for _, s := range p.Subkeys {
		out = pgpsig.AppendPacket(out, pgpsig.TagPublicSubkey, s.Key)
		out = sig(sig(out, s.Binding), s.Revocation)
	}
	return out
}

func sig(out, body []byte) []byte {
	if body == nil {
		return out
	}
	return pgpsig.AppendPacket(out, pgpsig.TagSignature, body)
}

func refuses(t *testing.T, name string, b []byte) {
	t.Helper()
	if _, err := cert.Parse(b); !schema.HasCode(err, schema.CodeBadCertificate) {
		t.Errorf("%s: %v", name, err)
	}
}
