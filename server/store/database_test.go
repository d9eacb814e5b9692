package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/cenacle-team/cenacle/schema"
	tables "github.com/cenacle-team/cenacle/schema/sql"
	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

func openAt(t *testing.T, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestSQLiteIsDurable checks what makes an acknowledged commit survive a power
// cut, on the connection that commits, and that the file is private.
func TestSQLiteIsDurable(t *testing.T) {
	// A name with everything that a URL could trip over.
	path := filepath.Join(t.TempDir(), "ça va? 100% #1;.db")
	s := openAt(t, "sqlite:"+path)
	for pragma, want := range map[string]string{
		"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "secure_delete": "1",
	} {
		var got string
		if err := s.writer.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", pragma, got, err, want)
		}
	}
	if n := s.writer.Stats().MaxOpenConnections; n != 1 {
		t.Errorf("there are up to %d connections that write, want 1", n)
	}
	if _, err := s.reader.ExecContext(t.Context(), "DELETE FROM account"); err == nil {
		t.Error("a reader can write")
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("the file %q has mode %v, want 0600", suffix, info.Mode())
		}
	}
}

// TestPostgresIsDurable overrides a URL and a server that would not wait.
func TestPostgresIsDurable(t *testing.T) {
	s := openAt(t, pgtest.Database(t)+"&synchronous_commit=off&default_transaction_isolation=serializable")
	for name, want := range map[string]string{"synchronous_commit": "on", "fsync": "on", "lock_timeout": "10s",
		"default_transaction_isolation": "read committed"} {
		var got string
		if err := s.writer.QueryRowContext(t.Context(), "SHOW "+name).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v, want %q", name, got, err, want)
		}
	}
}

// TestMigrations applies every migration by itself to both databases, and checks
// that opening several times, also at once, leaves the same tables.
func TestMigrations(t *testing.T) {
	files, err := fs.Glob(tables.Migrations, "*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	fresh := func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "db") }
	t.Run("sqlite", func(t *testing.T) {
		migrateOneByOne(t, fresh(t), len(files))
		migrateAtOnce(t, fresh(t), len(files), 1)
	})
	t.Run("postgres", func(t *testing.T) {
		migrateOneByOne(t, pgtest.Database(t), len(files))
		migrateAtOnce(t, pgtest.Database(t), len(files), 4)
	})
}

func migrateOneByOne(t *testing.T, url string, files int) {
	s := &Store{opts: Options{MaxConns: 4}}
	if err := s.connect(url); err != nil {
		t.Fatal(err)
	}
	p, err := goose.NewProvider(s.dialect.goose, s.writer, tables.Migrations)
	if err != nil {
		t.Fatal(err)
	}
	for range files {
		if _, err := p.UpByOne(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.UpByOne(t.Context()); !errors.Is(err, goose.ErrNoNextVersion) {
		t.Errorf("there are more migrations than files: %v", err)
	}
	if err := s.closePools(); err != nil {
		t.Fatal(err)
	}
	checkTables(t, url, files)
}

func migrateAtOnce(t *testing.T, url string, files, nodes int) {
	var done sync.WaitGroup
	for range nodes {
		done.Go(func() {
			node, err := Open(t.Context(), url, Options{})
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			if err := node.Close(); err != nil {
				t.Errorf("close: %v", err)
			}
		})
	}
	done.Wait()
	checkTables(t, url, files)
}

func checkTables(t *testing.T, url string, files int) {
	t.Helper()
	s := openAt(t, url)
	var applied int
	if err := s.reader.QueryRowContext(t.Context(), "SELECT count(*) FROM goose_db_version WHERE version_id > 0").Scan(&applied); err != nil || applied != files {
		t.Errorf("%d migrations were applied, %v, want %d", applied, err, files)
	}
	for _, table := range []string{"server_setting", "account", "account_usage", "identity", "credential", "device_revocation", "challenge",
		"session", "workspace", "roster_entry", "member", "circle", "circle_member", "invite", "cut", "stream", "event"} {
		var n int
		if err := s.reader.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Errorf("table %s: %v", table, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for url, code := range map[string]schema.Code{
		"":                                 schema.CodeBadRequest,
		"sqlite:":                          schema.CodeBadRequest,
		"mysql://localhost/db":             schema.CodeBadRequest,
		"postgres://u:hunter2@[::1/db":     schema.CodeBadRequest,
		"sqlite:/nonexistent/folder/db":    schema.CodeUnavailable,
		"postgres:///db?host=/nonexistent": schema.CodeUnavailable,
	} {
		_, err := Open(t.Context(), url, Options{})
		if !schema.HasCode(err, code) {
			t.Errorf("%q: %v, want %s", url, err, code)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error tells the password", url)
		}
	}
}

func TestErrorCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		want schema.Code
	}{
		{sql.ErrNoRows, schema.CodeNotFound},
		{context.DeadlineExceeded, schema.CodeUnavailable},
		{fmt.Errorf("x: %w", context.Canceled), schema.CodeUnavailable},
		{driver.ErrBadConn, schema.CodeUnavailable},
		{io.ErrUnexpectedEOF, schema.CodeUnavailable},
		{&pgconn.PgError{Code: "53100"}, schema.CodeReadOnly},
		{&pgconn.PgError{Code: "58030"}, schema.CodeReadOnly},
		{&pgconn.PgError{Code: "25006"}, schema.CodeReadOnly},
		{&pgconn.PgError{Code: "53300"}, schema.CodeUnavailable},
		{&pgconn.PgError{Code: "08006"}, schema.CodeUnavailable},
		{&pgconn.PgError{Code: "57P01"}, schema.CodeUnavailable},
		{&pgconn.PgError{Code: "40P01"}, schema.CodeUnavailable},
		{&pgconn.PgError{Code: "55P03"}, schema.CodeUnavailable},
		{&pgconn.PgError{Code: "23505"}, schema.CodeInternal},
		{errors.New("anything"), schema.CodeInternal},
	} {
		if got := codeOf(c.err); got != c.want {
			t.Errorf("%v is %s, want %s", c.err, got, c.want)
		}
	}
	for code, want := range map[int]schema.Code{
		sqlite3.SQLITE_FULL: schema.CodeReadOnly, sqlite3.SQLITE_IOERR_FSYNC: schema.CodeReadOnly,
		sqlite3.SQLITE_IOERR_WRITE: schema.CodeReadOnly, sqlite3.SQLITE_READONLY: schema.CodeReadOnly,
		sqlite3.SQLITE_BUSY: schema.CodeUnavailable, sqlite3.SQLITE_CANTOPEN: schema.CodeUnavailable,
		sqlite3.SQLITE_CORRUPT: schema.CodeInternal, sqlite3.SQLITE_CONSTRAINT: schema.CodeInternal,
	} {
		if got := codeOfSQLite(code); got != want {
			t.Errorf("result code %d is %s, want %s", code, got, want)
		}
	}
}

// TestCacheIsBounded fills the cache beyond its bound.
func TestCacheIsBounded(t *testing.T) {
	c := newCache()
	for range 3 {
		f := c.at(schema.NewWorkspaceID(), 1, 0)
		for range maxCached / 3 {
			f.streams[schema.NewStreamID()] = nil
		}
	}
	if c.trim(); len(c.workspaces) != 0 {
		t.Error("a cache above its bound was kept")
	}
	known := schema.NewWorkspaceID()
	c.at(known, 1, 0).members[CircleUser{}] = true
	if c.trim(); len(c.at(known, 1, 0).members) != 1 {
		t.Error("a small cache was emptied")
	}
	if len(c.at(known, 2, 0).members) != 0 {
		t.Error("facts of another revision were used")
	}
}

func TestSizes(t *testing.T) {
	if !slices.IsSorted(sizes[:]) || sizes[0] != 1 {
		t.Fatalf("sizes are %v", sizes)
	}
	for n := 1; n <= 200; n++ {
		var cut []int
		for left := n; left > 0; {
			cut = append(cut, sizes[sizeAtMost(left)])
			left -= cut[len(cut)-1]
		}
		if !slices.IsSortedFunc(cut, func(a, b int) int { return b - a }) || len(cut) > 2+n/maxRows {
			t.Errorf("%d rows are cut into %v", n, cut)
		}
		if n > maxRows {
			continue
		}
		if filled := sizes[sizeAtLeast(n)]; filled < n || filled >= 2*n && n > 1 {
			t.Errorf("%d keys are filled up to %d", n, filled)
		}
	}
}
