package seal

import (
	"crypto/ed25519"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// The goals are relative to what Ed25519 alone costs on the machine: sealing a
// 300-byte message 14 µs and 9 kB above BenchmarkFloorSign, opening it 15 µs and
// 12 kB above BenchmarkFloorVerify.

func BenchmarkFloorSign(b *testing.B) {
	d := newTestDevice(1)
	digest := make([]byte, 32)
	b.ReportAllocs()
	for b.Loop() {
		ed25519.Sign(d.private, digest)
	}
}

func BenchmarkFloorVerify(b *testing.B) {
	d := newTestDevice(1)
	digest := make([]byte, 32)
	value := ed25519.Sign(d.private, digest)
	b.ReportAllocs()
	for b.Loop() {
		if !ed25519.Verify(d.public.Key, digest, value) {
			b.Fatal("a signature does not verify")
		}
	}
}

func BenchmarkSealMessage(b *testing.B) {
	u := newTestUser(b)
	k, p := testKey(b), u.payload(300)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := k.Seal(u.device, p); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenMessage(b *testing.B) {
	u := newTestUser(b)
	k := testKey(b)
	sealed, _, err := k.Seal(u.device, u.payload(300))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := k.Open(sealed, u.public); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewStreamKey(b *testing.B) {
	s := epochSecret(b, 1)
	for b.Loop() {
		if _, err := NewStreamKey(s, testWorkspace, testCircle, schema.StreamID{}, testEpoch); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealKey(b *testing.B) {
	u, s := newTestUser(b), epochSecret(b, 1)
	to := u.identity.Certificate().Encryption()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := SealKey(s, to); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenKey(b *testing.B) {
	u, s := newTestUser(b), epochSecret(b, 1)
	packet, err := SealKey(s, u.identity.Certificate().Encryption())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := OpenKey(packet, u.keys); err != nil {
			b.Fatal(err)
		}
	}
}
