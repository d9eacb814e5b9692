package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxToken bounds a folded token in octets; what is longer is cut. Both what is
// indexed and what is asked for are cut alike.
const MaxToken = 64

// Token is one word of a text: Folded is its searchable form, Start and End are
// its octets in the text.
type Token struct {
	Folded     []byte
	Start, End int
}

// Tokens calls yield for each word of s, in order, until it returns false. A
// word is a run of letters, digits and marks; everything else, apostrophes
// included, separates; of scripts written without spaces each character is a
// word. Folding is per character: compatibility decomposition, marks removed,
// lower case, and ligatures and special letters spelled out (œ oe, æ ae, ß ss).
// Folded is only valid until the next call. Invalid UTF-8 separates.
func Tokens(s string, yield func(Token) bool) {
	var buf [MaxToken + 4*utf8.UTFMax]byte
	for i := 0; i < len(s); {
		r, size := decode(s, i)
		if !isWord(r) {
			i += size
			continue
		}
		start, out := i, buf[:0]
		single := isSingle(r)
		for i < len(s) {
			r, size = decode(s, i)
			if !isWord(r) || i > start && (single && !unicode.Is(unicode.Mn, r) || isSingle(r)) {
				break
			}
			if len(out) < MaxToken {
				out = appendFolded(out, r)
			}
			i += size
		}
		if len(out) == 0 {
			continue
		}
		if !yield(Token{Folded: cut(out), Start: start, End: i}) {
			return
		}
	}
}

func decode(s string, i int) (rune, int) {
	if c := s[i]; c < utf8.RuneSelf {
		return rune(c), 1
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	if r == utf8.RuneError && size <= 1 {
		return ' ', 1
	}
	return r, size
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

// isSingle tells the scripts that put no space between words.
func isSingle(r rune) bool {
	return r >= 0x0E00 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar))
}

// spelled are the letters that decomposition leaves alone.
var spelled = map[rune]string{
	'œ': "oe", 'Œ': "oe", 'æ': "ae", 'Æ': "ae", 'ß': "ss", 'ẞ': "ss", 'ø': "o", 'Ø': "o", 'ł': "l", 'Ł': "l",
	'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th", 'ı': "i", 'ς': "σ", 'ħ': "h", 'Ħ': "h",
}

func appendFolded(out []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return append(out, byte(r))
	}
	if s, ok := spelled[r]; ok {
		return append(out, s...)
	}
	var enc [utf8.UTFMax]byte
	n := utf8.EncodeRune(enc[:], r)
	decomposed := norm.NFKD.Properties(enc[:n]).Decomposition()
	if decomposed == nil {
		decomposed = enc[:n]
	}
	for len(decomposed) > 0 {
		c, size := utf8.DecodeRune(decomposed)
		decomposed = decomposed[size:]
		if isWord(c) && !unicode.Is(unicode.Mn, c) {
			if s, ok := spelled[c]; ok {
				out = append(out, s...)
			} else {
				out = utf8.AppendRune(out, unicode.ToLower(c))
			}
		}
	}
	return out
}

// cut shortens a folded token to MaxToken octets at a character's boundary.
func cut(b []byte) []byte {
	if len(b) <= MaxToken {
		return b
	}
	n := MaxToken
	for n > 0 && !utf8.RuneStart(b[n]) {
		n--
	}
	return b[:n]
}
