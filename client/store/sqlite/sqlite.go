//go:build !js

// Package sqlite is a [store.Store] in one SQLite file. Several processes may
// share it: reads never wait, writes wait for one another.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/cenacle-team/cenacle/client/store"
)

// busyTimeout is how long a transaction waits for another process.
const busyTimeout = 20 * time.Second

// pageSize is that of new files, in octets. A table without rowids keeps a value
// beside its key only up to a quarter of a page: a kept message of usual length is
// just above a quarter of SQLite's default, and would take a page of its own.
const pageSize = 8 << 10

// Store implements [store.Store] in a folder of its own.
type Store struct {
	dir string

	mu sync.RWMutex
	db *sql.DB
}

var _ store.Store = (*Store)(nil)

// Open opens or makes the store in dir, which is made with mode 0700. An error
// that wraps [store.ErrCorrupt] asks for [Store.Reset] on the returned store,
// which is not nil in that case.
func Open(ctx context.Context, dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open local store: %w", err)
	}
	s := &Store{dir: dir}
	return s, s.open(ctx)
}

func (s *Store) path() string { return filepath.Join(s.dir, "cache.sqlite") }

func (s *Store) open(ctx context.Context) error {
	dsn := url.URL{Scheme: "file", Path: s.path(), RawQuery: url.Values{
		"_pragma": {
			fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
			fmt.Sprintf("page_size(%d)", pageSize), "synchronous(FULL)", "secure_delete(ON)",
		},
		// After the pragmas: it writes the file's first page, whose size then stands.
		"_journal_mode": {"WAL"},
		"_txlock":       {"immediate"},
	}.Encode()}
	// What SQLite makes beside the file has the mode of the file.
	f, err := os.OpenFile(s.path(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("open local store: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("open local store: %w", err)
	}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return wrap("open local store", err)
	}
	db.SetMaxOpenConns(4)
	s.db = db
	if _, err := db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS kv (k BLOB PRIMARY KEY, v BLOB NOT NULL) WITHOUT ROWID`); err != nil {
		return wrap("open local store", err)
	}
	return nil
}

// View implements [store.Store].
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	// A deferred transaction reads one snapshot and takes no write lock.
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return wrap("read local store", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "BEGIN DEFERRED"); err != nil {
		return wrap("read local store", err)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
	return fn(&tx{ctx: ctx, q: conn})
}

// Update implements [store.Store].
func (s *Store) Update(ctx context.Context, fn func(store.Writer) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	t, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return wrap("write local store", err)
	}
	defer t.Rollback()
	if err := fn(&tx{ctx: ctx, q: t}); err != nil {
		return err
	}
	return wrap("write local store", t.Commit())
}

// Lock implements [store.Store] with an advisory lock on a file of that name.
func (s *Store) Lock(ctx context.Context, name string) (func(), error) {
	f, err := os.OpenFile(filepath.Join(s.dir, name+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock local store: %w", err)
	}
	for {
		ok, err := tryLock(f)
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("lock local store: %w", err)
		}
		if ok {
			return sync.OnceFunc(func() { f.Close() }), nil
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// Reset implements [store.Store]: it replaces the file.
func (s *Store) Reset(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.db != nil {
		s.db.Close()
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(s.path() + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("reset local store: %w", err)
		}
	}
	return s.open(ctx)
}

// Close implements [store.Store].
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.db.Close()
}

type querier interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	ExecContext(context.Context, string, ...any) (sql.Result, error)
}

type tx struct {
	ctx context.Context
	q   querier
}

func (t *tx) Get(key []byte) ([]byte, error) {
	rows, err := t.q.QueryContext(t.ctx, `SELECT v FROM kv WHERE k = $1`, key)
	if err != nil {
		return nil, wrap("read local store", err)
	}
	defer rows.Close()
	var v []byte
	if rows.Next() {
		if err := rows.Scan(&v); err != nil {
			return nil, wrap("read local store", err)
		}
		if v == nil {
			v = []byte{}
		}
	}
	return v, wrap("read local store", rows.Err())
}

func (t *tx) Scan(prefix, from []byte, reverse bool, fn func(k, v []byte) (bool, error)) error {
	query, args := `SELECT k, v FROM kv WHERE k >= $1`, []any{prefix}
	if end := store.PrefixEnd(prefix); end != nil {
		args = append(args, end)
		query += fmt.Sprintf(` AND k < $%d`, len(args))
	}
	if from != nil {
		args = append(args, from)
		op := ">="
		if reverse {
			op = "<="
		}
		query += fmt.Sprintf(` AND k %s $%d`, op, len(args))
	}
	query += ` ORDER BY k`
	if reverse {
		query += ` DESC`
	}
	rows, err := t.q.QueryContext(t.ctx, query, args...)
	if err != nil {
		return wrap("read local store", err)
	}
	defer rows.Close()
	for rows.Next() {
		var k, v []byte
		if err := rows.Scan(&k, &v); err != nil {
			return wrap("read local store", err)
		}
		if v == nil {
			v = []byte{}
		}
		more, err := fn(k, v)
		if err != nil || !more {
			return err
		}
	}
	return wrap("read local store", rows.Err())
}

func (t *tx) Put(key, value []byte) error {
	if value == nil {
		value = []byte{}
	}
	_, err := t.q.ExecContext(t.ctx, `INSERT INTO kv (k, v) VALUES ($1, $2) ON CONFLICT (k) DO UPDATE SET v = excluded.v`, key, value)
	return wrap("write local store", err)
}

func (t *tx) Delete(key []byte) error {
	_, err := t.q.ExecContext(t.ctx, `DELETE FROM kv WHERE k = $1`, key)
	return wrap("write local store", err)
}

func (t *tx) DeletePrefix(prefix []byte) error {
	query, args := `DELETE FROM kv WHERE k >= $1`, []any{prefix}
	if end := store.PrefixEnd(prefix); end != nil {
		query, args = query+` AND k < $2`, append(args, end)
	}
	_, err := t.q.ExecContext(t.ctx, query, args...)
	return wrap("write local store", err)
}

// wrap adds what was being done, and ErrCorrupt where the file is damaged.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	var e *sqlite.Error
	if errors.As(err, &e) {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%s: %w: %w", doing, store.ErrCorrupt, err)
		}
	}
	return fmt.Errorf("%s: %w", doing, err)
}
