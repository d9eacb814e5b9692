package store

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"strings"
)

// Statements with many rows or keys exist in a few sizes only, the powers of two
// up to maxRows, so that each is prepared once per connection.
const (
	maxRows  = 64
	numSizes = 7 // 1, 2, 4 … maxRows
)

// sizeAtMost returns the index of the largest size that is not above n.
func sizeAtMost(n int) int {
	i := numSizes - 1
	for 1<<i > n {
		i--
	}
	return i
}

// sizeAtLeast returns the index of the smallest size that is not below n.
func sizeAtLeast(n int) int {
	i := 0
	for 1<<i < n {
		i++
	}
	return i
}

// placeholders writes "$from, $from+1, …" for n values.
func placeholders(b *strings.Builder, from, n int) {
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(from + i))
	}
}

// values writes n rows of width placeholders: "($1, $2), ($3, $4)".
func values(b *strings.Builder, width, n int) {
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		placeholders(b, i*width+1, width)
		b.WriteByte(')')
	}
}

// insertRows inserts rows of one width by statements of many rows; head ends in
// "VALUES ".
func insertRows(ctx context.Context, tx *sql.Tx, head, tail string, rows [][]any) error {
	for len(rows) > 0 {
		n := 1 << sizeAtMost(len(rows))
		var text strings.Builder
		text.WriteString(head)
		values(&text, len(rows[0]), n)
		text.WriteString(tail)
		var args []any
		for _, row := range rows[:n] {
			args = append(args, row...)
		}
		if _, err := tx.ExecContext(ctx, text.String(), args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// statement is one statement in all its sizes, prepared.
type statement struct {
	width int // values in a row
	sized [numSizes]*sql.Stmt
}

// prepareInsert prepares head ‖ rows of width values ‖ tail.
func prepareInsert(ctx context.Context, db *sql.DB, head string, width int, tail string) (*statement, error) {
	return prepareSizes(ctx, db, width, func(b *strings.Builder, n int) {
		b.WriteString(head)
		values(b, width, n)
		b.WriteString(tail)
	})
}

// prepareSelect prepares head ‖ "(keys)" ‖ tail, where head uses the first fixed
// placeholders.
func prepareSelect(ctx context.Context, db *sql.DB, head string, fixed int, tail string) (*statement, error) {
	return prepareSizes(ctx, db, 1, func(b *strings.Builder, n int) {
		b.WriteString(head)
		b.WriteByte('(')
		placeholders(b, fixed+1, n)
		b.WriteByte(')')
		b.WriteString(tail)
	})
}

func prepareSizes(ctx context.Context, db *sql.DB, width int, text func(b *strings.Builder, n int)) (*statement, error) {
	s := &statement{width: width}
	for i := range s.sized {
		var b strings.Builder
		text(&b, 1<<i)
		var err error
		if s.sized[i], err = db.PrepareContext(ctx, b.String()); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	return s, nil
}

func (s *statement) close() error {
	var errs []error
	for _, p := range s.sized {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	return errors.Join(errs...)
}

// insert runs the statement over rows, whose values stand in args one after the
// other.
func (s *statement) insert(ctx context.Context, tx *sql.Tx, args []any) error {
	for len(args) > 0 {
		i := sizeAtMost(len(args) / s.width)
		n := s.width << i
		if _, err := tx.StmtContext(ctx, s.sized[i]).ExecContext(ctx, args[:n]...); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
}

// query runs the statement for keys, in groups; a group is filled up by its last
// key. one scans a row.
func (s *statement) query(ctx context.Context, tx *sql.Tx, fixed []any, keys [][]byte, one func(*sql.Rows) error) error {
	for len(keys) > 0 {
		n := min(len(keys), maxRows)
		size := sizeAtLeast(n)
		args := append(make([]any, 0, len(fixed)+1<<size), fixed...)
		for i := range 1 << size {
			args = append(args, keys[min(i, n-1)])
		}
		if err := s.queryGroup(ctx, tx, size, args, one); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

func (s *statement) queryGroup(ctx context.Context, tx *sql.Tx, size int, args []any, one func(*sql.Rows) error) error {
	rows, err := tx.StmtContext(ctx, s.sized[size]).QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := one(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}
