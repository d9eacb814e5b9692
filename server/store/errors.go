package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/cenacle-team/cenacle/schema"
)

// failed turns what went wrong during op into a *schema.Error. An error that is
// one already keeps its code.
func (s *Store) failed(op string, err error) error {
	var known *schema.Error
	if errors.As(err, &known) {
		return known
	}
	code := codeOf(err)
	if code == schema.CodeInternal {
		s.opts.Logger.Error("store: unexpected failure", "op", op, "error", err)
	}
	return &schema.Error{Code: code, Detail: op, Cause: err}
}

// codeOf classifies a database's error.
func codeOf(err error) schema.Code {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return codeOfSQLite(lite.Code())
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return codeOfPostgres(pg.Code)
	}
	var network net.Error
	var connect *pgconn.ConnectError
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return schema.CodeNotFound
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, sql.ErrTxDone),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.As(err, &network), errors.As(err, &connect),
		// Neither package has a value for these.
		strings.Contains(err.Error(), "sql: database is closed"),
		strings.Contains(err.Error(), "conn closed"):
		return schema.CodeUnavailable
	}
	return schema.CodeInternal
}

// codeOfSQLite classifies a result code (https://www.sqlite.org/rescode.html).
// A failed write or flush is an IOERR.
func codeOfSQLite(code int) schema.Code {
	switch code & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY:
		return schema.CodeReadOnly
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_CANTOPEN:
		return schema.CodeUnavailable
	}
	return schema.CodeInternal
}

// codeOfPostgres classifies a SQLSTATE (PostgreSQL's manual, appendix A).
func codeOfPostgres(state string) schema.Code {
	switch state {
	case "53100", // disk_full
		"58030", // io_error
		"25006": // read_only_sql_transaction
		return schema.CodeReadOnly
	case "40001", "40P01", // serialization_failure, deadlock_detected
		"55P03",          // lock_not_available
		"25P02", "25P03", // in_failed_sql_transaction, idle_in_transaction_session_timeout
		"57014",                   // query_canceled
		"57P01", "57P02", "57P03": // admin_shutdown, crash_shutdown, cannot_connect_now
		return schema.CodeUnavailable
	}
	switch {
	case strings.HasPrefix(state, "08"), // connection exceptions
		strings.HasPrefix(state, "53"): // insufficient resources
		return schema.CodeUnavailable
	}
	return schema.CodeInternal
}

// violates reports whether a constraint of the tables refused a statement. The
// transaction can still be rolled back, on the same connection.
func violates(err error) bool {
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code()&0xff == sqlite3.SQLITE_CONSTRAINT
	}
	var pg *pgconn.PgError
	return errors.As(err, &pg) && strings.HasPrefix(pg.Code, "23") // integrity constraint violation
}

// into scans a column of exact length, an id or a hash.
func into(dst []byte) sql.Scanner { return fixed{dst} }

type fixed struct{ dst []byte }

func (f fixed) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok || len(b) != len(f.dst) {
		return fmt.Errorf("a column holds %T instead of %d octets", v, len(f.dst))
	}
	copy(f.dst, b)
	return nil
}

// octets is b for a column that may be empty but not NULL.
func octets(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// truth is 1 or 0, as both databases store it.
func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
