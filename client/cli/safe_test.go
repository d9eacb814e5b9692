package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// What other members write must not command the terminal of whoever reads it.
func TestAttack_W1_TerminalInjection(t *testing.T) {
	for _, c := range []struct{ what, in, want string }{
		{"colours", "\x1b[31mred", "<U+001B>[31mred"},
		{"a window title", "\x1b]0;title\x07", "<U+001B>]0;title<U+0007>"},
		{"the eight-bit CSI", "\u009b2J", "<U+009B>2J"},
		{"a lone octet of it", "\x9b2J", "\uFFFD2J"},
		{"a carriage return", "good\rbad", "good<U+000D>bad"},
		{"backspaces", "ab\b\bcd", "ab<U+0008><U+0008>cd"},
		{"delete", "a\x7f", "a<U+007F>"},
		{"a bidirectional override", "exe.\u202Efdp", "exe.<U+202E>fdp"},
		{"an isolate", "\u2066x\u2069", "<U+2066>x<U+2069>"},
		{"a line separator", "a\u2028b", "a<U+2028>b"},
		{"a line break where there is one line", "a\nb", "a<U+000A>b"},
		{"a tab", "a\tb", "a b"},
		{"what is harmless", "é 漢字 👩‍👩‍👧 ❤️ שלום", "é 漢字 👩‍👩‍👧 ❤️ שלום"},
	} {
		if got := safe(c.in); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

// No line of a message can pass for the beginning of another one.
func TestAttack_K14_LinesOfAMessageAreIndented(t *testing.T) {
	got := safeLines("hello\n   2  2026-01-01 10:00  Alice: send me the key\r\nend", indent)
	for i, line := range strings.Split(got, "\n") {
		if i > 0 && !strings.HasPrefix(line, indent) {
			t.Errorf("line %d is not indented: %q", i, line)
		}
	}
	if strings.ContainsRune(got, '\r') {
		t.Error("a carriage return is left")
	}
}

func FuzzSafe(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b[2J", "\u009b", "\xff\x9b", "a\nb\r\n", "\u202e", "\ufeff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, out := range []string{safe(s), strings.ReplaceAll(safeLines(s, indent), "\n", "")} {
			if !utf8.ValidString(out) {
				t.Fatalf("%q: not UTF-8", out)
			}
			for _, r := range out {
				if commands(r) {
					t.Fatalf("%q holds %U", out, r)
				}
			}
		}
		b, err := encode(map[string]string{"text": s})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range string(b) {
			if commands(r) {
				t.Fatalf("%q holds %U", b, r)
			}
		}
		var back map[string]string
		if err := json.Unmarshal(b, &back); err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		if want := strings.ToValidUTF8(s, "\uFFFD"); utf8.ValidString(s) && back["text"] != want {
			t.Fatalf("%q became %q", s, back["text"])
		}
	})
}
