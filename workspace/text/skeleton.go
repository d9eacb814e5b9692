package text

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// homoglyphs maps letters that look like another to that other, after
// compatibility decomposition and before case folding. It covers the letters of
// Cyrillic, Greek, Armenian and extended Latin that common fonts draw like basic
// Latin ones (after UTS #39, confusables.txt). i, I, l, 1 and | are one, and so
// are 0 and o.
var homoglyphs = map[rune]rune{
	// Within basic Latin.
	'I': 'l', 'i': 'l', '1': 'l', '|': 'l', '0': 'o',
	// Extended Latin.
	'ı': 'l', 'ƚ': 'l', 'ɩ': 'l', 'ɪ': 'l', 'ǀ': 'l', 'ɑ': 'a', 'ɡ': 'g', 'ȷ': 'j', 'ɴ': 'n', 'ʀ': 'r', 'ʏ': 'y', 'ʋ': 'u',
	'ᴀ': 'a', 'ᴄ': 'c', 'ᴅ': 'd', 'ᴇ': 'e', 'ᴋ': 'k', 'ᴍ': 'm', 'ᴏ': 'o', 'ᴘ': 'p', 'ᴛ': 't', 'ᴜ': 'u', 'ᴠ': 'v', 'ᴡ': 'w', 'ᴢ': 'z',
	'ø': 'o', 'Ø': 'o', 'ł': 'l', 'Ł': 'l', 'đ': 'd', 'Đ': 'd',
	// Cyrillic.
	'А': 'a', 'а': 'a', 'В': 'b', 'в': 'b', 'Е': 'e', 'е': 'e', 'Ё': 'e', 'ё': 'e', 'Ѕ': 's', 'ѕ': 's', 'І': 'l', 'і': 'l', 'Ӏ': 'l', 'ӏ': 'l',
	'Ј': 'j', 'ј': 'j', 'К': 'k', 'к': 'k', 'М': 'm', 'м': 'm', 'Н': 'h', 'н': 'h', 'О': 'o', 'о': 'o', 'Р': 'p', 'р': 'p',
	'С': 'c', 'с': 'c', 'Т': 't', 'т': 't', 'У': 'y', 'у': 'y', 'Ү': 'y', 'ү': 'y', 'Х': 'x', 'х': 'x', 'Ь': 'b', 'ь': 'b',
	'Һ': 'h', 'һ': 'h', 'Ԁ': 'd', 'ԁ': 'd', 'Ԛ': 'q', 'ԛ': 'q', 'Ԝ': 'w', 'ԝ': 'w', 'Ѵ': 'v', 'ѵ': 'v', 'Ԍ': 'g', 'ԍ': 'g', 'г': 'r', 'п': 'n',
	// Greek.
	'Α': 'a', 'α': 'a', 'Β': 'b', 'β': 'b', 'Ε': 'e', 'ε': 'e', 'Ζ': 'z', 'Η': 'h', 'η': 'n', 'Ι': 'l', 'ι': 'l', 'Κ': 'k', 'κ': 'k',
	'Μ': 'm', 'Ν': 'n', 'ν': 'v', 'Ο': 'o', 'ο': 'o', 'Ρ': 'p', 'ρ': 'p', 'Σ': 'e', 'σ': 'o', 'Τ': 't', 'τ': 't', 'Υ': 'y', 'υ': 'u',
	'Χ': 'x', 'χ': 'x', 'γ': 'y', 'ω': 'w', 'ϲ': 'c', 'Ϲ': 'c', 'ϳ': 'j', 'Ϳ': 'j',
	// Armenian.
	'ա': 'w', 'օ': 'o', 'Օ': 'o', 'ս': 'u', 'Ս': 'u', 'հ': 'h', 'ց': 'g', 'ո': 'n', 'զ': 'q', 'Լ': 'l', 'ք': 'p',
}

// pairs are sequences that are drawn like one letter.
var pairs = strings.NewReplacer("rn", "m", "vv", "w", "cl", "d")

// Skeleton is a form that names share when they are easily taken for each other:
// compatibility forms and widths, homoglyphs of other scripts, invisible and
// bidirectional characters, spaces, marks and case are all set aside. It is for
// comparing, never for showing. It may change between releases and must not be
// stored or signed.
func Skeleton(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFKD.String(s) {
		switch {
		case isInvisible(r), isControl(r), isSpace(r), unicode.Is(unicode.Mn, r):
		default:
			if to, ok := homoglyphs[r]; ok {
				r = to
			}
			b.WriteRune(r)
		}
	}
	folded := norm.NFKD.String(cases.Fold().String(b.String()))
	// A second pass for letters that reach a homoglyph by folding, as ℐ and İ do.
	folded = strings.Map(func(r rune) rune {
		if to, ok := homoglyphs[r]; ok {
			return to
		}
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, folded)
	return pairs.Replace(folded)
}

// Confusable reports whether two different names are easily taken for each
// other: they have one skeleton, or one lookup form. Equal names are not
// confusable but equal.
func Confusable(a, b string) bool {
	return a != b && (Skeleton(a) == Skeleton(b) || Lookup(a) == Lookup(b))
}

// MixedScripts reports whether a word of the name mixes letters of Latin,
// Cyrillic, Greek or Armenian, which no honest name does.
func MixedScripts(s string) bool {
	const latin, cyrillic, greek, armenian = 1, 2, 4, 8
	seen := 0
	for _, r := range s {
		switch {
		case unicode.Is(unicode.Latin, r):
			seen |= latin
		case unicode.Is(unicode.Cyrillic, r):
			seen |= cyrillic
		case unicode.Is(unicode.Greek, r):
			seen |= greek
		case unicode.Is(unicode.Armenian, r):
			seen |= armenian
		case isSpace(r):
			seen = 0
		}
		if seen&(seen-1) != 0 {
			return true
		}
	}
	return false
}
