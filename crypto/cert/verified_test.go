package cert_test

import (
	"bytes"
	"crypto/ed25519"
	"reflect"
	"testing"

	"github.com/cenacle-team/cenacle/crypto/cert"
)

// What was verified once is read to the same certificate without cryptography.
func TestParseVerified(t *testing.T) {
	m := newMaker(1)
	want := m.make(t, m.kem(10), m.revoked(m.kem(11)), m.device(20), m.revoked(m.device(21)))
	got, err := cert.ParseVerified(want.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
}

// ParseVerified trusts its caller with the signatures and with nothing else: the
// form is judged as ever. That it takes an altered signature is why a test in the
// module's root lists who may call it.
func TestParseVerifiedTrustsSignaturesOnly(t *testing.T) {
	m := newMaker(1)
	good := m.make(t, m.kem(10), m.revoked(m.kem(11)), m.device(20)).Bytes()
	skipped := 0
	for i := range good {
		b := bytes.Clone(good)
		b[i] ^= 1
		strict, errStrict := cert.Parse(b)
		fast, errFast := cert.ParseVerified(b)
		if errStrict == nil || strict != nil {
			t.Fatalf("octet %d altered and accepted", i)
		}
		if errFast == nil {
			skipped++
		}
		if (errFast == nil) != (fast != nil) {
			t.Fatalf("octet %d: %v beside %v", i, fast, errFast)
		}
	}
	if skipped < ed25519.SignatureSize {
		t.Errorf("%d octets may differ: the signatures were verified after all", skipped)
	}
	for name, b := range map[string][]byte{
		"empty": nil, "cut off": good[:len(good)-1], "with more": append(bytes.Clone(good), 0),
	} {
		if _, err := cert.ParseVerified(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// BenchmarkParseTwice is what one member costs: verified, and read again from where
// nobody could change it.
func BenchmarkParseTwice(b *testing.B) {
	m := newMaker(1)
	octets := m.make(b, m.kem(10), m.device(20)).Bytes()
	for name, parse := range map[string]func([]byte) (*cert.Certificate, error){"Parse": cert.Parse, "ParseVerified": cert.ParseVerified} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parse(octets); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
