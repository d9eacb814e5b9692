package search

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/text"
)

const (
	// MaxQuery bounds the text of a query in octets.
	MaxQuery = 1000
	// MaxTerms bounds the terms of a query.
	MaxTerms = 32
	// MaxResults bounds the results of one search.
	MaxResults = 200
)

// Query is what is looked for: messages that hold all terms and pass all filters.
type Query struct {
	Terms []Term
	// From and In, unless empty, list the authors and streams.
	From []schema.UserID
	In   []schema.StreamID
	// HasLink asks for links to the web.
	HasLink bool
	// Before and After, unless nil, bound the time: After ≤ time < Before, Unix
	// milliseconds.
	Before, After *int64
	// Unknown are filters that name nobody and nothing. If there are any, nothing
	// is found.
	Unknown []string
	// Limit is the number of results, at most [MaxResults]; 0 for that.
	Limit int
}

// Term is a word, or several that follow each other.
type Term struct {
	Words []string // folded
	// Prefix tells that the last word may go on.
	Prefix bool
}

// Names resolves what people write in filters.
type Names interface {
	// Users and Streams return those of the name or id; none if it is not known.
	Users(name string) []schema.UserID
	Streams(name string) []schema.StreamID
	// Time reads a date as people write it, in their time zone; Unix milliseconds.
	Time(date string) (int64, bool)
}

// Parse reads a query as people type it: words, "phrases in quotes", word* for
// beginnings, from:user, in:stream, has:link, before:date and after:date, where a
// date is for Names.Time or else a number of Unix milliseconds. The last word may
// go on unless a space, a quote or a filter follows. What is too long is refused with
// [schema.CodeTooLarge].
func Parse(s string, names Names) (Query, error) {
	var q Query
	if len(s) > MaxQuery {
		return q, schema.Errorf(schema.CodeTooLarge, "query: %d octets, at most %d are allowed", len(s), MaxQuery)
	}
	for rest := s; ; {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		if rest == "" {
			break
		}
		var word string
		var quoted bool
		name, isFilter := filterOf(rest)
		word, quoted, rest = cutWord(rest[len(name):])
		if isFilter {
			q.filter(name, word, names)
			continue
		}
		prefix := !quoted && (rest == "" || strings.HasSuffix(word, "*"))
		if t := newTerm(word, prefix); len(t.Words) > 0 {
			q.Terms = append(q.Terms, t)
		}
		if len(q.Terms) > MaxTerms {
			return Query{}, schema.Errorf(schema.CodeTooLarge, "query: more than %d terms", MaxTerms)
		}
	}
	return q, nil
}

// newTerm folds a piece of text into a term.
func newTerm(s string, prefix bool) Term {
	t := Term{Prefix: prefix}
	text.Tokens(s, func(tok text.Token) bool {
		t.Words = append(t.Words, string(tok.Folded))
		return true
	})
	return t
}

var filters = []string{"from:", "in:", "has:", "before:", "after:"}

// filterOf returns the name of the filter, colon included, that s begins with.
func filterOf(s string) (string, bool) {
	for _, f := range filters {
		if len(s) > len(f) && strings.EqualFold(s[:len(f)], f) && !strings.HasPrefix(s[len(f):], " ") {
			return s[:len(f)], true
		}
	}
	return "", false
}

// cutWord cuts a word, or a phrase in quotes, from the front of s.
func cutWord(s string) (word string, quoted bool, rest string) {
	if strings.HasPrefix(s, `"`) {
		word, rest, _ = strings.Cut(s[1:], `"`)
		return word, true, rest
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return r == '"' || unicode.IsSpace(r) }); i >= 0 {
		return s[:i], false, s[i:]
	}
	return s, false, ""
}

func (q *Query) filter(name, value string, names Names) {
	known := false
	switch strings.ToLower(name) {
	case "from:":
		users := names.Users(value)
		q.From, known = append(q.From, users...), len(users) > 0
	case "in:":
		streams := names.Streams(strings.TrimPrefix(value, "#"))
		q.In, known = append(q.In, streams...), len(streams) > 0
	case "has:":
		known = strings.EqualFold(value, "link") || strings.EqualFold(value, "lien")
		q.HasLink = q.HasLink || known
	case "before:":
		q.Before, known = parseTime(value, names)
	case "after:":
		q.After, known = parseTime(value, names)
	}
	if !known {
		q.Unknown = append(q.Unknown, name+value)
	}
}

func parseTime(s string, names Names) (*int64, bool) {
	at, ok := names.Time(s)
	if !ok {
		n, err := strconv.ParseInt(s, 10, 64)
		at, ok = n, err == nil
	}
	return &at, ok
}
