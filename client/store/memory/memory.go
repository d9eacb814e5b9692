// Package memory is a [store.Store] in memory, for tests and for sessions that
// must leave nothing behind.
package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/cenacle-team/cenacle/client/store"
)

// Store implements [store.Store]. The zero value is not usable; see [New].
type Store struct {
	mu     sync.RWMutex
	writer sync.Mutex
	data   map[string][]byte

	lockMu sync.Mutex
	locks  map[string]chan struct{}
}

var _ store.Store = (*Store)(nil)

// New returns an empty store.
func New() *Store {
	return &Store{data: map[string][]byte{}, locks: map[string]chan struct{}{}}
}

// View implements [store.Store].
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return fn(&tx{base: s.data})
}

// Update implements [store.Store].
func (s *Store) Update(ctx context.Context, fn func(store.Writer) error) error {
	s.writer.Lock()
	defer s.writer.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	t := &tx{base: s.data, changes: map[string][]byte{}}
	if err := fn(t); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, v := range t.changes {
		if v == nil {
			delete(s.data, k)
		} else {
			s.data[k] = v
		}
	}
	return nil
}

// Lock implements [store.Store].
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
	s.data = map[string][]byte{}
	return ctx.Err()
}

// Close implements [store.Store].
func (s *Store) Close() error { return nil }

// tx overlays the changes of one transaction (nil for a deletion) on the data.
type tx struct {
	base    map[string][]byte
	changes map[string][]byte
}

func (t *tx) Get(key []byte) ([]byte, error) {
	if v, ok := t.changes[string(key)]; ok {
		return bytes.Clone(v), nil
	}
	return bytes.Clone(t.base[string(key)]), nil
}

func (t *tx) Scan(prefix, from []byte, reverse bool, fn func(k, v []byte) (bool, error)) error {
	merged := make(map[string][]byte)
	for _, m := range []map[string][]byte{t.base, t.changes} {
		for k, v := range m {
			if strings.HasPrefix(k, string(prefix)) {
				merged[k] = v
			}
		}
	}
	keys := slices.Sorted(maps.Keys(merged))
	if reverse {
		slices.Reverse(keys)
	}
	for _, k := range keys {
		if merged[k] == nil {
			continue
		}
		if from != nil && ((!reverse && k < string(from)) || (reverse && k > string(from))) {
			continue
		}
		more, err := fn([]byte(k), bytes.Clone(merged[k]))
		if err != nil || !more {
			return err
		}
	}
	return nil
}

func (t *tx) Put(key, value []byte) error {
	v := make([]byte, len(value))
	copy(v, value)
	t.changes[string(key)] = v
	return nil
}

func (t *tx) Delete(key []byte) error {
	t.changes[string(key)] = nil
	return nil
}

func (t *tx) DeletePrefix(prefix []byte) error {
	for _, m := range []map[string][]byte{t.base, t.changes} {
		for k := range m {
			if strings.HasPrefix(k, string(prefix)) {
				t.changes[k] = nil
			}
		}
	}
	return nil
}
