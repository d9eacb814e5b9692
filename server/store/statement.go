package store

import (
	"strconv"
	"strings"
)

// statement is one of the committers' statements, in all its sizes.
type statement struct {
	name  string
	width int // values in a row
	// One for each of sizes; one that has no rows or keys has only the first.
	texts []string
	names []string
}

// value is an octet string or a number, as a statement takes it.
type value struct {
	octets []byte // nil for a number
	number int64
}

func octetsValue(b []byte) value { return value{octets: octets(b)} }
func numberValue(n int64) value  { return value{number: n} }

// call is one run of a statement.
type call struct {
	statement *statement
	size      int // the index of its size
	values    []value
	row       func(scan) error // takes each row; nil when there are none
}

// scan copies the columns of a row into what dst points at: *int64, *uint64,
// *bool, or what [into] makes.
type scan func(dst ...any) error

// insertStatement is head ‖ rows of width values ‖ tail.
func (d dialect) insertStatement(name, head string, width int, tail string) *statement {
	return d.sizedStatement(name, width, func(b *strings.Builder, n int) {
		b.WriteString(head)
		values(b, width, n)
		b.WriteString(tail)
	})
}

// selectStatement is head ‖ "(keys)" ‖ tail, where head uses the first fixed
// placeholders.
func (d dialect) selectStatement(name, head string, fixed int, tail string) *statement {
	return d.sizedStatement(name, 1, func(b *strings.Builder, n int) {
		b.WriteString(head)
		b.WriteByte('(')
		placeholders(b, fixed+1, n)
		b.WriteByte(')')
		b.WriteString(tail)
	})
}

func (d dialect) sizedStatement(name string, width int, text func(b *strings.Builder, n int)) *statement {
	s := &statement{name: name, width: width}
	for _, size := range sizes {
		var b strings.Builder
		text(&b, size)
		s.texts = append(s.texts, d.placeholders(b.String()))
		s.names = append(s.names, name+"_"+strconv.Itoa(size))
	}
	return s
}

// plainStatement has one size.
func (d dialect) plainStatement(name, text string) *statement {
	return &statement{name: name, texts: []string{d.placeholders(text)}, names: []string{name}}
}

// insert returns the calls that run the statement over rows, whose values stand
// one after the other.
func (s *statement) insert(calls []call, values []value) []call {
	for len(values) > 0 {
		size := sizeAtMost(len(values) / s.width)
		n := s.width * sizes[size]
		calls = append(calls, call{statement: s, size: size, values: values[:n]})
		values = values[n:]
	}
	return calls
}

// query returns the calls that run the statement for keys, in groups; a group is
// filled up by its last key. row takes each row.
func (s *statement) query(calls []call, fixed []value, keys [][]byte, row func(scan) error) []call {
	for len(keys) > 0 {
		n := min(len(keys), maxRows)
		size := sizeAtLeast(n)
		values := append(make([]value, 0, len(fixed)+sizes[size]), fixed...)
		for i := range sizes[size] {
			values = append(values, octetsValue(keys[min(i, n-1)]))
		}
		calls = append(calls, call{statement: s, size: size, values: values, row: row})
		keys = keys[n:]
	}
	return calls
}
