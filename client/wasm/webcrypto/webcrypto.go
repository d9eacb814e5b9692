//go:build js

package webcrypto

import (
	"crypto/rand"
	"errors"
	"fmt"
	"syscall/js"

	"github.com/cenacle-team/cenacle/client/wasm/browser"
)

// Sizes of AES-256-GCM, in octets.
const (
	nonceSize = 12
	tagSize   = 16
	keySize   = 32
)

// ErrOpen means that something sealed does not authenticate.
var ErrOpen = errors.New("webcrypto: message authentication failed")

// Key is an AES-256-GCM key that the browser holds. It cannot be exported, also
// not by this program.
type Key struct{ v js.Value }

func subtle() js.Value { return js.Global().Get("crypto").Get("subtle") }

func uses() js.Value { return js.ValueOf([]any{"encrypt", "decrypt"}) }

// Generate makes a fresh key.
func Generate() (Key, error) {
	v, err := browser.Await(func() js.Value {
		return subtle().Call("generateKey", map[string]any{"name": "AES-GCM", "length": 8 * keySize}, false, uses())
	})
	if err != nil {
		return Key{}, fmt.Errorf("make a key: %w", err)
	}
	return Key{v}, nil
}

// Import hands a key of 32 octets to the browser.
func Import(raw []byte) (Key, error) {
	if len(raw) != keySize {
		return Key{}, fmt.Errorf("a key of %d octets", len(raw))
	}
	octets := browser.Octets(raw)
	v, err := browser.Await(func() js.Value { return subtle().Call("importKey", "raw", octets, "AES-GCM", false, uses()) })
	octets.Call("fill", 0)
	if err != nil {
		return Key{}, fmt.Errorf("import a key: %w", err)
	}
	return Key{v}, nil
}

// Stored is the key as IndexedDB keeps it.
func (k Key) Stored() js.Value { return k.v }

// FromStored is the inverse of Stored. It refuses what is no such key.
func FromStored(v js.Value) (Key, error) {
	if kind := js.Global().Get("CryptoKey"); !v.InstanceOf(kind) || v.Get("extractable").Bool() {
		return Key{}, errors.New("not a key that stays in the browser")
	}
	return Key{v}, nil
}

func (k Key) run(op string, nonce, data, additional []byte) ([]byte, error) {
	out, err := browser.Await(func() js.Value {
		return subtle().Call(op, map[string]any{
			"name": "AES-GCM", "iv": browser.Octets(nonce), "additionalData": browser.Octets(additional), "tagLength": 8 * tagSize,
		}, k.v, browser.Octets(data))
	})
	if err != nil {
		return nil, err
	}
	return browser.Buffer(out), nil
}

// Seal returns a random nonce and what the key seals under it.
func (k Key) Seal(plain, additional []byte) ([]byte, error) {
	nonce := make([]byte, nonceSize)
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	sealed, err := k.run("encrypt", nonce, plain, additional)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return append(nonce, sealed...), nil
}

// Open opens what Seal made; the error is [ErrOpen] for anything else.
func (k Key) Open(sealed, additional []byte) ([]byte, error) {
	if len(sealed) < nonceSize+tagSize {
		return nil, ErrOpen
	}
	plain, err := k.run("decrypt", sealed[:nonceSize], sealed[nonceSize:], additional)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}
