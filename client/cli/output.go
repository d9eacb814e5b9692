package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// object prints one JSON object on a line of its own.
func (a *app) object(v any) error {
	b, err := encode(v)
	if err != nil {
		return err
	}
	_, err = a.Stdout.Write(append(b, '\n'))
	return err
}

func encode(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode the result: %w", err)
	}
	return safeJSON(bytes.TrimRight(buf.Bytes(), "\n")), nil
}

// line prints a line of a result for people.
func (a *app) line(s string) error {
	_, err := io.WriteString(a.Stdout, s+"\n")
	return err
}

// result prints v with --json and the text of the key otherwise.
func (a *app) result(v any, key string, args ...any) error {
	if a.json {
		return a.object(v)
	}
	return a.line(a.t(key, args...))
}

// note tells people something beside the result.
func (a *app) note(key string, args ...any) {
	fmt.Fprintln(a.Stderr, a.t(key, args...))
}

// table prints rows in aligned columns of printable text.
func (a *app) table(rows [][]string) error {
	var width []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		if err := a.line(strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}

// list prints each item as an object with --json, and as a row of a table
// otherwise.
func list[T any](a *app, items []T, row func(T) []string) error {
	if !a.json {
		rows := make([][]string, 0, len(items))
		for _, item := range items {
			rows = append(rows, row(item))
		}
		return a.table(rows)
	}
	for _, item := range items {
		if err := a.object(item); err != nil {
			return err
		}
	}
	return nil
}

// Years that RFC 3339 can write.
var (
	firstTime = time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	lastTime  = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC).UnixMilli()
)

// moment is a time in Unix milliseconds that anybody may have written, brought
// into the years that RFC 3339 can write.
func moment(ms int64) time.Time {
	return time.UnixMilli(min(max(ms, firstTime), lastTime))
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
