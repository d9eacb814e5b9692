package pgpsig

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

func BenchmarkSign(b *testing.B) {
	_, key, _ := ed25519.GenerateKey(rand.Reader)
	message := make([]byte, 600)
	now := time.Now()
	b.Run("pgp", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Sign(key, schema.Fingerprint{1}, now, message)
		}
	})
	b.Run("ed25519 alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ed25519.Sign(key, message[:32])
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	public, key, _ := ed25519.GenerateKey(rand.Reader)
	message := make([]byte, 600)
	packet := Sign(key, schema.Fingerprint{1}, time.Now(), message)
	plain := ed25519.Sign(key, message[:32])
	b.Run("pgp", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := Verify(public, schema.Fingerprint{1}, message, packet); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("ed25519 alone", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ed25519.Verify(public, message[:32], plain)
		}
	})
}
