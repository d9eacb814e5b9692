package client

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/schema"
)

// AEADFactory makes the cipher that seals records of the local store, and bulk
// data; the browser gives one that runs outside of WebAssembly.
type AEADFactory func(key []byte) (cipher.AEAD, error)

// NewAESGCM is the default AEADFactory: AES-256-GCM (NIST SP 800-38D) with a
// 12-octet nonce and a 16-octet tag.
func NewAESGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// cache is the local store with every record sealed under the device's store
// key: nonce ‖ AES-256-GCM(record), with the record's key as associated data, so
// that a record can neither be read, altered nor moved. Nonces are random; a
// device writes far fewer than the 2^32 records that this allows.
type cache struct {
	store store.Store
	aead  cipher.AEAD
}

func newCache(s store.Store, storeKey []byte, factory AEADFactory) (*cache, error) {
	key, err := hkdf.Key(sha256.New, storeKey, nil, schema.PurposeLocalStore, 32)
	if err != nil {
		return nil, fmt.Errorf("derive store key: %w", err)
	}
	aead, err := factory(key)
	if err != nil {
		return nil, fmt.Errorf("make store cipher: %w", err)
	}
	return &cache{store: s, aead: aead}, nil
}

func (c *cache) seal(key, plain []byte) []byte {
	n := c.aead.NonceSize()
	out := make([]byte, n, n+len(plain)+c.aead.Overhead())
	if _, err := rand.Read(out); err != nil {
		panic("client: the system's random source failed")
	}
	return c.aead.Seal(out, out, plain, key)
}

func (c *cache) open(key, sealed []byte) ([]byte, error) {
	n := c.aead.NonceSize()
	if len(sealed) < n {
		return nil, fmt.Errorf("record of %d octets: %w", len(sealed), store.ErrCorrupt)
	}
	plain, err := c.aead.Open(nil, sealed[:n], sealed[n:], key)
	if err != nil {
		return nil, fmt.Errorf("record does not authenticate: %w", store.ErrCorrupt)
	}
	return plain, nil
}

func (c *cache) view(ctx context.Context, fn func(cacheReader) error) error {
	return c.store.View(ctx, func(r store.Reader) error { return fn(cacheReader{c, r}) })
}

func (c *cache) update(ctx context.Context, fn func(cacheWriter) error) error {
	return c.store.Update(ctx, func(w store.Writer) error { return fn(cacheWriter{cacheReader{c, w}, w}) })
}

// record is a sealed record with its key.
type record struct{ key, sealed []byte }

// readable returns the records below a prefix of a damaged store that still open.
func (c *cache) readable(ctx context.Context, prefix []byte) (out []record) {
	// What comes before the damage counts, whatever ends the scan.
	_ = c.store.View(ctx, func(r store.Reader) error {
		out = out[:0]
		return r.Scan(prefix, nil, false, func(key, sealed []byte) (bool, error) {
			if _, err := c.open(key, sealed); err == nil {
				out = append(out, record{key, sealed})
			}
			return true, nil
		})
	})
	return out
}

// writeBack puts records into an emptied store.
func (c *cache) writeBack(ctx context.Context, records []record) error {
	return c.store.Update(ctx, func(w store.Writer) error {
		for _, r := range records {
			if err := w.Put(r.key, r.sealed); err != nil {
				return err
			}
		}
		return nil
	})
}

type cacheReader struct {
	c *cache
	r store.Reader
}

// get decodes the record at key into v and reports whether there is one.
func (r cacheReader) get(key []byte, v any) (bool, error) {
	sealed, err := r.r.Get(key)
	if err != nil || sealed == nil {
		return false, err
	}
	plain, err := r.c.open(key, sealed)
	if err != nil {
		return false, err
	}
	if err := schema.Unmarshal(plain, v); err != nil {
		return false, fmt.Errorf("record of an unknown form: %w", store.ErrCorrupt)
	}
	return true, nil
}

// scan calls fn with each key and record below prefix, see [store.Reader].
func (r cacheReader) scan(prefix, from []byte, reverse bool, fn func(key, plain []byte) (bool, error)) error {
	return r.r.Scan(prefix, from, reverse, func(k, v []byte) (bool, error) {
		plain, err := r.c.open(k, v)
		if err != nil {
			return false, err
		}
		return fn(k, plain)
	})
}

type cacheWriter struct {
	cacheReader
	w store.Writer
}

func (w cacheWriter) put(key []byte, v any) error {
	plain, err := schema.Marshal(v)
	if err != nil {
		return err
	}
	return w.w.Put(key, w.c.seal(key, plain))
}

func (w cacheWriter) delete(key []byte) error       { return w.w.Delete(key) }
func (w cacheWriter) deletePrefix(key []byte) error { return w.w.DeletePrefix(key) }

// Keys of the local store. A letter says what a record is; ids and big-endian
// numbers follow, so that a scan is in order.
func keySession() []byte { return []byte("s") }

func keyKnown() []byte { return []byte("n") }

func keyWorkspace(w schema.WorkspaceID) []byte { return append([]byte("w"), w[:]...) }

func keyRosterPrefix(w schema.WorkspaceID) []byte { return append(keyWorkspace(w), 'r') }

func keyRoster(w schema.WorkspaceID, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(keyRosterPrefix(w), seq)
}

func keyCursorPrefix(w schema.WorkspaceID) []byte { return append(keyWorkspace(w), 'c') }

func keyCursor(w schema.WorkspaceID, s schema.StreamID) []byte {
	return append(keyCursorPrefix(w), s[:]...)
}

func keyEventPrefix(w schema.WorkspaceID, s schema.StreamID) []byte {
	return append(append(keyWorkspace(w), 'e'), s[:]...)
}

func keyEvent(w schema.WorkspaceID, s schema.StreamID, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(keyEventPrefix(w, s), seq)
}

func keyCut(w schema.WorkspaceID, h schema.Hash) []byte {
	return append(append(keyWorkspace(w), 'k'), h[:]...)
}

func keyOwn(w schema.WorkspaceID, s schema.StreamID) []byte {
	return append(append(keyWorkspace(w), 'o'), s[:]...)
}

func keyDismissed(w schema.WorkspaceID, d schema.DeviceID) []byte {
	return append(append(keyWorkspace(w), 'd'), d[:]...)
}

func keyOutboxPrefix() []byte { return []byte("x") }

func keyOutbox(order uint64) []byte { return binary.BigEndian.AppendUint64(keyOutboxPrefix(), order) }

func isCorrupt(err error) bool { return errors.Is(err, store.ErrCorrupt) }
