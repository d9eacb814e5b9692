package cli

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// commands reports whether a terminal may take a character as a command, or show
// what follows it in another order or place: the control characters C0, DEL and C1
// (C1 holds the eight-bit CSI), the separators of lines and paragraphs, and the
// bidirectional embeddings, overrides and isolates (UAX #9).
func commands(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7F && r < 0xA0, r == 0x2028, r == 0x2029:
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0xFEFF:
		return true
	}
	return false
}

// safe makes a text of other people's printable on one line of a terminal: what
// would command it is shown by its number, and what is not UTF-8 as U+FFFD.
func safe(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\t':
			b.WriteByte(' ')
		case commands(r):
			fmt.Fprintf(&b, "<U+%04X>", r)
		default:
			b.WriteRune(r) // utf8.RuneError for an octet that is not UTF-8
		}
	}
	return b.String()
}

// safeLines is [safe] for a text of several lines. Every line but the first is
// indented, so that none can pass for the beginning of another message.
func safeLines(s, indent string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = safe(lines[i])
	}
	return strings.Join(lines, "\n"+indent)
}

// safeJSON escapes, in a valid JSON text, what commands a terminal and
// encoding/json leaves as it is. The value stays the same.
func safeJSON(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if commands(r) {
			out = fmt.Appendf(out, "\\u%04x", r)
		} else {
			out = append(out, b[:size]...)
		}
		b = b[size:]
	}
	return out
}
