//go:build js

package webcrypto

import (
	"crypto/cipher"

	"github.com/cenacle-team/cenacle/client"
)

// bulkFrom is the length from which the browser is faster than Go, in octets: see
// TestReportSpeed. Below, what it costs to ask outweighs the faster cipher.
const bulkFrom = 16 << 10

// NewBulk is a [client.AEADFactory]: AES-256-GCM that leaves long messages to the
// browser. Both halves give the same octets. A call may wait for the browser: other
// goroutines go on meanwhile.
func NewBulk(key []byte) (cipher.AEAD, error) {
	short, err := client.NewAESGCM(key)
	if err != nil {
		return nil, err
	}
	long, err := Import(key)
	if err != nil {
		return nil, err
	}
	return &bulk{AEAD: short, long: long}, nil
}

type bulk struct {
	cipher.AEAD
	long Key
}

// Seal implements [cipher.AEAD]. What the browser fails at, Go does.
func (b *bulk) Seal(dst, nonce, plain, additional []byte) []byte {
	if len(plain) >= bulkFrom {
		if sealed, err := b.long.run("encrypt", nonce, plain, additional); err == nil {
			return append(dst, sealed...)
		}
	}
	return b.AEAD.Seal(dst, nonce, plain, additional)
}

// Open implements [cipher.AEAD]. What the browser refuses is opened by Go once
// more, which tells the reason.
func (b *bulk) Open(dst, nonce, sealed, additional []byte) ([]byte, error) {
	if len(sealed) >= bulkFrom {
		if plain, err := b.long.run("decrypt", nonce, sealed, additional); err == nil {
			return append(dst, plain...), nil
		}
	}
	return b.AEAD.Open(dst, nonce, sealed, additional)
}
