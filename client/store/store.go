// Package store defines the small local database that a client keeps its
// ciphertext, cursors and outbox in. What is put into it is already sealed; a
// Store only has to be atomic, durable and ordered.
//
// Implementations: memory (tests, and sessions that leave no trace) and sqlite
// (the command line and bots). Both run the conformance suite in storetest.
package store

import (
	"context"
	"errors"
)

// ErrCorrupt is wrapped by every error that means that the database file is
// damaged and has to be rebuilt from the server.
var ErrCorrupt = errors.New("local store is damaged")

// Store is an ordered map from octets to octets. It may be used by many
// goroutines, and by several processes at once where the implementation has a
// place outside of the process.
type Store interface {
	// View runs fn on a consistent snapshot.
	View(ctx context.Context, fn func(Reader) error) error
	// Update runs fn in a transaction that excludes every other Update, also of
	// other processes. If fn returns nil, everything it wrote is durable when
	// Update returns nil; otherwise nothing of it is kept. fn may run only once.
	Update(ctx context.Context, fn func(Writer) error) error
	// Lock takes a named lock that excludes every other holder, also in other
	// processes, until the returned function is called. A lock held by a process
	// that dies is released.
	Lock(ctx context.Context, name string) (unlock func(), err error)
	// Reset removes everything, also from a damaged database.
	Reset(ctx context.Context) error
	// Close releases the store. No method may be called afterwards.
	Close() error
}

// Reader reads within a transaction. Slices that it returns stay valid after it.
type Reader interface {
	// Get returns nil and no error for a key that is not there.
	Get(key []byte) ([]byte, error)
	// Scan calls fn for the keys that begin with prefix, ascending, or
	// descending with reverse, until fn returns false. When from is not nil, it
	// starts at the first key at or after it (at or before it in reverse). fn
	// must not write.
	Scan(prefix, from []byte, reverse bool, fn func(key, value []byte) (more bool, err error)) error
}

// Writer reads and writes within a transaction.
type Writer interface {
	Reader
	Put(key, value []byte) error
	// Delete of a key that is not there is not an error.
	Delete(key []byte) error
	// DeletePrefix deletes every key that begins with prefix.
	DeletePrefix(prefix []byte) error
}

// PrefixEnd returns the first key after all keys with the prefix, or nil when
// there is none.
func PrefixEnd(prefix []byte) []byte {
	end := append([]byte(nil), prefix...)
	for i := len(end) - 1; i >= 0; i-- {
		if end[i] < 0xff {
			end[i]++
			return end[:i+1]
		}
	}
	return nil
}
