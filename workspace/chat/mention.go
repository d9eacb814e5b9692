package chat

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cenacle-team/cenacle/schema"
)

// everyone are the words that mention all who read the stream.
var everyone = map[string]bool{"everyone": true, "tous": true}

// ParseMentions finds the @names in Markdown outside of code and gives them as
// [MessageBody] wants them. A name begins after an @, is made of letters, digits, marks
// and . _ -, and does not end with a . or a -; or it is what stands between two "
// after the @, on one line. Neither such a character nor a backslash precedes the
// @. @everyone and @tous set all. Code is what stands in
// backticks (CommonMark 0.31, section 6.1) and in fences (section 4.5).
// resolve gives the user of a name; it is asked once for each different name,
// for at most 4 times [schema.MaxMentions] names. Users beyond
// [schema.MaxMentions] are left out. It takes time linear in the text.
func ParseMentions(markdown string, resolve func(name string) (schema.UserID, bool)) (users []schema.UserID, all bool) {
	asked := map[string]bool{}
	for _, prose := range proses(markdown) {
		for name := range names(prose) {
			if everyone[name] {
				all = true
				continue
			}
			if asked[name] || len(asked) >= 4*schema.MaxMentions || len(users) >= schema.MaxMentions {
				continue
			}
			asked[name] = true
			if u, ok := resolve(name); ok && !slices.Contains(users, u) {
				users = append(users, u)
			}
		}
	}
	slices.SortFunc(users, func(a, b schema.UserID) int { return bytes.Compare(a[:], b[:]) })
	return users, all
}

// names yields the @names of a piece of prose.
func names(s string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := 0; i < len(s); i++ {
			if s[i] != '@' {
				continue
			}
			if before, _ := utf8.DecodeLastRuneInString(s[:i]); i > 0 && (before == '\\' || isNameRune(before)) {
				continue
			}
			if name, ok := quoted(s[i+1:]); ok {
				i += len(name) + 2
				if !yield(name) {
					return
				}
				continue
			}
			end := i + 1
			for end < len(s) {
				r, size := utf8.DecodeRuneInString(s[end:])
				if !isNameRune(r) || r == utf8.RuneError {
					break
				}
				end += size
			}
			name := strings.TrimRight(s[i+1:end], ".-")
			i = end - 1
			if name != "" && len(name) <= schema.MaxName && !yield(name) {
				return
			}
		}
	}
}

// quoted returns what stands between two " at the beginning of s, if that may be
// a name: 1 to [schema.MaxName] octets on one line.
func quoted(s string) (name string, ok bool) {
	rest, ok := strings.CutPrefix(s, `"`)
	if !ok {
		return "", false
	}
	rest = rest[:min(len(rest), schema.MaxName+1)]
	end := strings.IndexAny(rest, "\"\r\n")
	if end <= 0 || rest[end] != '"' {
		return "", false
	}
	return rest[:end], true
}

func isNameRune(r rune) bool {
	return r == '.' || r == '_' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// proses cuts code out of Markdown and returns what is left, in order.
func proses(markdown string) []string {
	var out []string
	var paragraph strings.Builder
	flush := func() {
		out = append(out, withoutSpans(paragraph.String())...)
		paragraph.Reset()
	}
	fence := ""
	for line := range strings.Lines(markdown) {
		mark := fenceOf(line)
		switch {
		case fence != "":
			if closes(line, mark, fence) {
				fence = ""
			}
		case mark != "":
			flush()
			fence = mark
		case strings.TrimSpace(line) == "":
			flush() // a code span does not cross paragraphs
		default:
			paragraph.WriteString(line)
		}
	}
	flush()
	return out
}

// fenceOf returns the run of three or more ` or ~ that begins a line after at
// most three spaces; empty if there is none or if it cannot open a fence.
func fenceOf(line string) string {
	rest := strings.TrimLeft(line, " ")
	if len(line)-len(rest) > 3 || rest == "" || rest[0] != '`' && rest[0] != '~' {
		return ""
	}
	info := strings.TrimLeft(rest, rest[:1])
	n := len(rest) - len(info)
	if n < 3 || rest[0] == '`' && strings.IndexByte(info, '`') >= 0 {
		return ""
	}
	return rest[:n]
}

// closes reports whether a line with the mark ends the fence.
func closes(line, mark, fence string) bool {
	return mark != "" && mark[0] == fence[0] && len(mark) >= len(fence) &&
		strings.Trim(line, " \t\r\n"+fence[:1]) == ""
}

// withoutSpans cuts the code spans out of a paragraph: a run of backticks is
// closed by the next run of the same length, and is text if there is none.
func withoutSpans(s string) []string {
	type run struct{ start, end, next int }
	var runs []run
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && s[i+1] == '`' && (i == 0 || s[i-1] != '\\') {
			// An escaped backtick is text where it would open a span. Inside one it
			// would close it; then more is taken for code, which mentions nobody.
			i++
			continue
		}
		if s[i] == '`' {
			start := i
			for i < len(s) && s[i] == '`' {
				i++
			}
			runs = append(runs, run{start: start, end: i})
			i--
		}
	}
	later := map[int]int{}
	for i := len(runs) - 1; i >= 0; i-- {
		n := runs[i].end - runs[i].start
		runs[i].next = later[n] // 0 is never the index of a closing run
		later[n] = i
	}
	var out []string
	from := 0
	for i := 0; i < len(runs); i++ {
		if runs[i].next == 0 {
			continue
		}
		out = append(out, s[from:runs[i].start])
		i = runs[i].next
		from = runs[i].end
	}
	return append(out, s[from:])
}
