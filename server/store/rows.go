package store

import (
	"context"
	"database/sql"
	"regexp"
	"strconv"
	"strings"
)

// Statements with many rows or keys exist in a few sizes only, so that each is
// prepared once per connection. Up to maxRows every number is one size or the sum
// of two: each statement more is a round trip to PostgreSQL more.
const maxRows = 64

var sizes = [...]int{1, 2, 3, 4, 5, 6, 7, 8, 16, 24, 32, 40, 48, 56, maxRows}

// sizeAtMost returns the index of the largest size that is not above n.
func sizeAtMost(n int) int {
	i := len(sizes) - 1
	for sizes[i] > n {
		i--
	}
	return i
}

// sizeAtLeast returns the index of the smallest size that is not below n.
func sizeAtLeast(n int) int {
	i := 0
	for sizes[i] < n {
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

// numbered matches a placeholder.
var numbered = regexp.MustCompile(`\$[0-9]+`)

// placeholders gives a statement whose placeholders stand in ascending order,
// each once, the form that the database reads fastest: SQLite looks a numbered
// one up by its name for every value.
func (d dialect) placeholders(text string) string {
	if d.unnumbered {
		return numbered.ReplaceAllString(text, "?")
	}
	return text
}

// insertRows inserts rows of one width by statements of many rows; head ends in
// "VALUES ".
func insertRows(ctx context.Context, tx *sql.Tx, head, tail string, rows [][]any) error {
	for len(rows) > 0 {
		n := sizes[sizeAtMost(len(rows))]
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
	sized [len(sizes)]*sql.Stmt
}

// prepareInsert prepares head ‖ rows of width values ‖ tail.
func (s *Store) prepareInsert(ctx context.Context, head string, width int, tail string) (*statement, error) {
	return s.prepareSizes(ctx, width, func(b *strings.Builder, n int) {
		b.WriteString(head)
		values(b, width, n)
		b.WriteString(tail)
	})
}

// prepareSelect prepares head ‖ "(keys)" ‖ tail, where head uses the first fixed
// placeholders.
func (s *Store) prepareSelect(ctx context.Context, head string, fixed int, tail string) (*statement, error) {
	return s.prepareSizes(ctx, 1, func(b *strings.Builder, n int) {
		b.WriteString(head)
		b.WriteByte('(')
		placeholders(b, fixed+1, n)
		b.WriteByte(')')
		b.WriteString(tail)
	})
}

func (s *Store) prepareSizes(ctx context.Context, width int, text func(b *strings.Builder, n int)) (*statement, error) {
	p := &statement{width: width}
	for i := range p.sized {
		var b strings.Builder
		text(&b, sizes[i])
		var err error
		if p.sized[i], err = s.writer.PrepareContext(ctx, s.dialect.placeholders(b.String())); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// insert runs the statement over rows, whose values stand in args one after the
// other.
func (s *statement) insert(ctx context.Context, tx *sql.Tx, args []any) error {
	for len(args) > 0 {
		i := sizeAtMost(len(args) / s.width)
		n := s.width * sizes[i]
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
		args := append(make([]any, 0, len(fixed)+sizes[size]), fixed...)
		for i := range sizes[size] {
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
