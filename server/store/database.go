package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/cenacle-team/cenacle/schema"
	tables "github.com/cenacle-team/cenacle/schema/sql"
)

// dialect is all in which the two databases differ.
type dialect struct {
	goose goose.Dialect
	// lock ends a SELECT whose rows must stay as they are until the end of the
	// transaction. SQLite needs none: its transactions that write exclude one
	// another from their beginning.
	lock string
	// pipelines is set when a committer's statements are sent together.
	pipelines bool
	// unnumbered is set when placeholders without a number are faster.
	unnumbered bool
	// committers is the number of goroutines that commit appends.
	committers int
	// commitTimeout bounds one commit of appends; 0 is unbounded.
	commitTimeout time.Duration
	isolation     sql.IsolationLevel // of snapshot
}

// snapshot returns the options of a transaction that reads one moment.
func (d dialect) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: d.isolation, ReadOnly: true}
}

// connect opens the pools for url; no connection is made yet.
func (s *Store) connect(url string) error {
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		return s.connectSQLite(path)
	}
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return s.connectPostgres(url)
	}
	return schema.Errorf(schema.CodeBadRequest, "the database's URL must be sqlite:PATH or postgres://…")
}

// connectSQLite opens path with one connection that writes and several that
// read. synchronous=FULL flushes the log at every commit; secure_delete
// overwrites what is erased; temporary files, which hold nothing that must last,
// stay in memory.
func (s *Store) connectSQLite(path string) error {
	s.dialect = dialect{goose: goose.DialectSQLite3, unnumbered: true, committers: 1}
	if path == "" {
		return schema.Errorf(schema.CodeBadRequest, "the database's URL names no file")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return s.failed("open", err)
	}
	// The database is for nobody else; its log takes over the file's mode.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return &schema.Error{Code: schema.CodeUnavailable, Detail: "open the database's file", Cause: err}
	}
	if err := errors.Join(f.Close(), syncFolder(filepath.Dir(path))); err != nil {
		return s.failed("open", err)
	}
	source := func(pragmas ...string) string {
		q := url.Values{"_busy_timeout": {"10000"}, "_pragma": pragmas}
		return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
	}
	writer := source("journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "secure_delete(1)", "temp_store(2)",
		"cache_size(-65536)", "wal_autocheckpoint(4000)") + "&_txlock=immediate"
	if s.writer, err = sql.Open("sqlite", writer); err != nil {
		return s.failed("open", err)
	}
	s.writer.SetMaxOpenConns(1)
	if s.reader, err = sql.Open("sqlite", source("query_only(1)", "cache_size(-16384)")); err != nil {
		return errors.Join(s.failed("open", err), s.writer.Close())
	}
	s.reader.SetMaxOpenConns(s.opts.MaxConns)
	s.reader.SetMaxIdleConns(s.opts.MaxConns)
	return nil
}

// syncFolder makes the entry of a new file in the folder durable.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open the database's folder: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("flush the database's folder: %w", err)
	}
	return nil
}

// connectPostgres opens the pools. Our connections always wait for the flush of
// a commit, and see what was committed before they got a lock, whatever the
// defaults of the server and the URL are. Unless the URL says otherwise, they do
// not wait for a lock or idle in a transaction for ever, so that a node that
// hangs does not stop the others, and use an index wherever there is one, because
// a plan made while a table was empty is kept until the table is analysed.
func (s *Store) connectPostgres(url string) error {
	s.dialect = dialect{
		goose: goose.DialectPostgres, lock: " FOR NO KEY UPDATE", pipelines: true,
		committers: 2, commitTimeout: 20 * time.Second, isolation: sql.LevelRepeatableRead,
	}
	config, err := pgx.ParseConfig(url)
	if err != nil {
		// The cause may hold the password.
		return schema.Errorf(schema.CodeBadRequest, "the database's URL is malformed")
	}
	for name, value := range map[string]string{
		"application_name":                    "cenacle",
		"lock_timeout":                        "10s",
		"idle_in_transaction_session_timeout": "20s",
		"enable_seqscan":                      "off",
		"jit":                                 "off",
	} {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
	config.RuntimeParams["synchronous_commit"] = "on"
	config.RuntimeParams["default_transaction_isolation"] = "read committed"
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	open := func() *sql.DB {
		db := stdlib.OpenDB(*config)
		db.SetMaxOpenConns(s.opts.MaxConns)
		db.SetMaxIdleConns(s.opts.MaxConns)
		db.SetConnMaxIdleTime(5 * time.Minute)
		return db
	}
	s.writer, s.reader = open(), open()
	return nil
}

func (s *Store) closePools() error {
	if err := errors.Join(s.reader.Close(), s.writer.Close()); err != nil {
		return s.failed("close", err)
	}
	return nil
}

// migrate brings the tables up to date. On PostgreSQL a session's advisory lock
// lets one node do it while the others wait; a SQLite file has one server.
func (s *Store) migrate(ctx context.Context) error {
	options := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true), goose.WithSlog(s.opts.Logger)}
	if s.dialect.goose == goose.DialectPostgres {
		const every, times = 1, 300 // seconds
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(every, times))
		if err != nil {
			return s.failed("migrate", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(s.dialect.goose, s.writer, tables.Migrations, options...)
	if err != nil {
		return s.failed("migrate", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return s.failed("migrate", err)
	}
	return nil
}
