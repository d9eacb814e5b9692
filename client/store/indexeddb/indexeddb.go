//go:build js

package indexeddb

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"syscall/js"

	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/wasm/browser"
)

// Names inside a database.
const (
	version  = 1
	records  = "records"
	about    = "about"
	ownerKey = "owner"
)

// Store implements [store.Store].
type Store struct {
	name string
	// owner is what this engine wrote when it took the store over.
	owner []byte

	// writer is held by the one change that is being made, mu for reading by
	// views, and for writing while a change is committed.
	writer sync.Mutex
	mu     sync.RWMutex
	db     js.Value
	closed js.Func // the listener of versionchange

	lockMu sync.Mutex
	locks  map[string]chan struct{}
}

var _ store.Store = (*Store)(nil)

// Open opens the database of that name, makes it if there is none, and takes it
// over. The error wraps [store.ErrCorrupt] when the browser cannot read it; the
// returned store can then be reset.
func Open(ctx context.Context, name string) (*Store, error) {
	s := &Store{name: name, locks: map[string]chan struct{}{}}
	return s, s.open(ctx)
}

func (s *Store) open(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.owner = make([]byte, 16)
	if _, err := rand.Read(s.owner); err != nil {
		return fmt.Errorf("name the owner: %w", err)
	}
	db, err := browser.OpenDatabase(s.name, version, records, about)
	var e browser.Exception
	if errors.As(err, &e) && (e.Name == "UnknownError" || e.Name == "VersionError") {
		return fmt.Errorf("open the local store: %w: %w", e, store.ErrCorrupt)
	}
	if err != nil {
		return failed("open the local store", err)
	}
	s.db = db
	// Somebody removes the database: holding on to it would only block that.
	s.closed = js.FuncOf(func(js.Value, []js.Value) any {
		db.Call("close")
		return nil
	})
	db.Set("onversionchange", s.closed)
	tx, err := browser.Begin(s.db, "readwrite", about)
	if err != nil {
		return failed("take the local store over", err)
	}
	tx.Call("objectStore", about).Call("put", browser.Octets(s.owner), ownerKey)
	return failed("take the local store over", browser.Commit(tx))
}

// View implements [store.Store].
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return fn(&reader{s: s})
}

// Update implements [store.Store].
func (s *Store) Update(ctx context.Context, fn func(store.Writer) error) error {
	s.writer.Lock()
	defer s.writer.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	w := &writer{reader: reader{s: s, changes: &changes{put: map[string][]byte{}}}}
	if err := fn(w); err != nil {
		return err
	}
	if w.changes.empty() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.commit(w.changes)
}

// commit writes changes in one transaction, whose first act is to look whether
// the store is still this engine's.
func (s *Store) commit(c *changes) error {
	tx, err := browser.Begin(s.db, "readwrite", records, about)
	if err != nil {
		return failed("write to the local store", err)
	}
	owner, err := browser.Request(func() js.Value { return tx.Call("objectStore", about).Call("get", ownerKey) })
	if err != nil {
		return failed("write to the local store", err)
	}
	if !owner.Truthy() || !bytes.Equal(browser.Bytes(owner), s.owner) {
		return ErrTakenOver
	}
	_, err = browser.Try(func() js.Value {
		c.write(tx.Call("objectStore", records))
		return js.Undefined()
	})
	if err != nil {
		_, abortErr := browser.Try(func() js.Value { return tx.Call("abort") })
		return failed("write to the local store", errors.Join(err, abortErr))
	}
	return failed("write to the local store", browser.Commit(tx))
}

// Lock implements [store.Store]. One engine runs on a store, so its locks are
// within it.
func (s *Store) Lock(ctx context.Context, name string) (func(), error) {
	s.lockMu.Lock()
	ch, ok := s.locks[name]
	if !ok {
		ch = make(chan struct{}, 1)
		s.locks[name] = ch
	}
	s.lockMu.Unlock()
	select {
	case ch <- struct{}{}:
		return sync.OnceFunc(func() { <-ch }), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Reset implements [store.Store].
func (s *Store) Reset(ctx context.Context) error {
	s.writer.Lock()
	defer s.writer.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	s.disconnect()
	if err := Delete(s.name); err != nil {
		return err
	}
	return s.open(ctx)
}

// Close implements [store.Store].
func (s *Store) Close() error {
	s.writer.Lock()
	defer s.writer.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disconnect()
	return nil
}

func (s *Store) disconnect() {
	if s.db.IsUndefined() {
		return
	}
	s.db.Set("onversionchange", js.Null())
	s.db.Call("close")
	s.closed.Release()
	s.db = js.Undefined()
}

// Delete removes the database of that name, which need not exist.
func Delete(name string) error { return failed("delete the local store", browser.DeleteDatabase(name)) }
