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
