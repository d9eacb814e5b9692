package cert

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"testing"
)

// Each listed X25519 key gives zero with any private key: senders could not seal
// to it.
func TestLowOrderX25519(t *testing.T) {
	private, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range lowOrderU {
		for _, top := range []byte{0, 0x80} {
			u[31] = u[31]&0x7F | top
			public, err := ecdh.X25519().NewPublicKey(u[:])
			if err != nil {
				t.Fatal(err)
			}
			if _, err := private.ECDH(public); err == nil {
				t.Errorf("%x is not of low order", u)
			}
			if !lowOrderX25519(u[:]) {
				t.Errorf("%x is not refused", u)
			}
		}
	}
	if lowOrderX25519(private.PublicKey().Bytes()) || !lowOrderX25519(nil) {
		t.Error("a good key is refused, or a missing one accepted")
	}
}

// Each listed Ed25519 key verifies one signature over many messages.
func TestSmallOrderEd25519(t *testing.T) {
	signature := make([]byte, ed25519.SignatureSize)
	signature[0] = 1 // R is the neutral element, S is zero
	for _, y := range smallOrderY {
		for _, top := range []byte{0, 0x80} {
			key := y
			key[31] = key[31]&0x7F | top
			if !weakEd25519(key[:]) {
				t.Errorf("%x is not refused", key)
			}
			verified := 0
			for n := range uint32(400) {
				if ed25519.Verify(key[:], binary.BigEndian.AppendUint32(nil, n), signature) {
					verified++
				}
			}
			if verified == 0 {
				t.Errorf("%x is not of small order", key)
			}
		}
	}
	_, private, _ := ed25519.GenerateKey(rand.Reader)
	if weakEd25519(private[32:]) || !weakEd25519(nil) {
		t.Error("a good key is refused, or a missing one accepted")
	}
}
