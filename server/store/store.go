// Package store keeps everything that the server must not forget in one SQL
// database: accounts, sessions, rosters and streams of sealed events. It runs
// on SQLite and on PostgreSQL with the same tables (schema/sql), the same
// statements and the same conformance suite (storetest).
//
// Durability. When a method that changes something returns nil, the change has
// been committed and flushed: it survives kill -9 and a power cut. When it
// returns an error, nothing of it was applied, with one exception: after
// [schema.CodeUnavailable] the outcome is unknown, because the connection may
// have died while the commit was under way. Appends are idempotent by event id
// and roster changes by the head that they expect, so that trying again is safe.
//
// Concurrency. All methods may be called from any number of goroutines and,
// with PostgreSQL, from any number of nodes. Whoever changes a workspace (its
// roster, circles, holds or streams) first locks that workspace's row; the
// checks and the change happen under this lock, in one transaction.
//
// Errors are *[schema.Error]: CodeNotFound, CodeConflict and the others that a
// method names, CodeUnavailable when the database cannot be reached or does not
// answer in time, CodeReadOnly when its disk is full or fails, and CodeInternal
// for what should not happen.
package store

import (
	"context"
	"database/sql"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// Options configure a store. The zero value is usable.
type Options struct {
	// Logger receives notes about the database's health; ids only, never
	// content. Nil discards them.
	Logger *slog.Logger
	// OnCommit is told of events once they are durable, in order within each
	// stream, from a goroutine of the store. A commit waits while it is two commits
	// behind: it must be quick, and must not call the store. Close waits for it.
	OnCommit func([]Committed)
	// WorkspaceQuota bounds the octets of ciphertext and of roster entries that a
	// workspace holds, AccountQuota those of ciphertext that an account has
	// written; 0 is unlimited. See [Store.ApplyRoster] for the roster's part, and
	// [Store.SetQuotas].
	WorkspaceQuota, AccountQuota int64
	// MaxConns bounds the connections to PostgreSQL and the readers of SQLite;
	// 0 is 16.
	MaxConns int
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Committed is an event that has become durable.
type Committed struct {
	Workspace schema.WorkspaceID
	Circle    schema.CircleID
	Event     schema.Event
}

// Store is the database. Make it with [Open].
type Store struct {
	opts    Options
	quotas  quotas
	dialect dialect
	// writer changes the database; with SQLite it is one connection.
	writer *sql.DB
	// reader only reads; with PostgreSQL it is the same pool as writer.
	reader *sql.DB

	prepared   map[*statement][]*sql.Stmt // for portable transactions
	committers []*committer
	stop       chan struct{} // closed by Close
	closeOnce  sync.Once
	closeErr   error
	running    sync.WaitGroup // the committers' goroutines
}

// Open opens the database at url, "sqlite:PATH" or "postgres://…", and brings
// its tables up to date. Nodes that start at the same time wait for one another.
// The caller closes the store.
func Open(ctx context.Context, url string, opts Options) (*Store, error) {
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.MaxConns <= 0 {
		opts.MaxConns = 16
	}
	s := &Store{opts: opts, stop: make(chan struct{})}
	s.SetQuotas(opts.WorkspaceQuota, opts.AccountQuota)
	if err := s.connect(url); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		s.closePools()
		return nil, err
	}
	if err := s.startCommitters(ctx); err != nil {
		s.closePools()
		return nil, err
	}
	return s, nil
}

// Close waits for the commits under way, refuses what is still queued with
// CodeUnavailable, and closes the database. Calling it again does nothing.
func (s *Store) Close() error {
	s.closeOnce.Do(func() {
		close(s.stop)
		s.running.Wait()
		s.closeErr = s.closePools()
	})
	return s.closeErr
}

// Ping reports whether the database answers and can be read.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	if err := s.reader.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil {
		return s.failed("ping", err)
	}
	return nil
}

// Stats are the connection pools' counters, for metrics.
type Stats struct {
	Writer, Reader sql.DBStats
}

// Stats returns the pools' counters. With PostgreSQL both are the same pool.
func (s *Store) Stats() Stats {
	return Stats{Writer: s.writer.Stats(), Reader: s.reader.Stats()}
}

// write runs f in one transaction of the writer and commits it. What f returns
// is returned as it is when it is a *schema.Error, and mapped otherwise.
func (s *Store) write(ctx context.Context, op string, f func(tx *sql.Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return s.failed(op, err)
	}
	if err := f(tx); err != nil {
		s.rollback(op, tx)
		return s.failed(op, err)
	}
	if err := tx.Commit(); err != nil {
		return s.failed(op, err)
	}
	return nil
}

// rollback ends a transaction that failed. The database may have ended it by
// itself already, which is no error.
func (s *Store) rollback(op string, tx *sql.Tx) {
	if err := tx.Rollback(); err != nil {
		s.opts.Logger.Debug("store: rollback", "op", op, "error", err)
	}
}

// snapshot runs f in a transaction that only reads and sees one moment.
func (s *Store) snapshot(ctx context.Context, op string, f func(tx *sql.Tx) error) error {
	tx, err := s.reader.BeginTx(ctx, s.dialect.snapshot())
	if err != nil {
		return s.failed(op, err)
	}
	defer s.rollback(op, tx)
	if err := f(tx); err != nil {
		return s.failed(op, err)
	}
	return nil
}
