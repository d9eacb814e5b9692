// Package text holds the rules for text that people write: which names and
// messages are acceptable, which names look alike, and how text is folded for
// searching.
//
// There are two kinds of rule. What decides whether an event is accepted
// ([CheckName], [CheckText], [CheckEmoji]) depends on fixed lists of code
// points in this package and on nothing else, so that all replicas agree for
// ever. What only helps to show and to find ([CleanName], [Lookup], [Skeleton],
// [MixedScripts], [Tokens]) uses the Unicode tables of the release and may
// improve.
package text

import (
	"strings"
	"unicode/utf8"

	"github.com/cenacle-team/cenacle/schema"
)

// CheckText returns nil if s is UTF-8 without U+0000 of at most limit octets;
// otherwise an error with [schema.CodeTooLarge] or [schema.CodeBadRequest].
// what names the text in the error.
func CheckText(what, s string, limit int) error {
	if len(s) > limit {
		return schema.Errorf(schema.CodeTooLarge, "%s: %d octets, at most %d are allowed", what, len(s), limit)
	}
	if !utf8.ValidString(s) {
		return schema.Errorf(schema.CodeBadRequest, "%s: not valid UTF-8", what)
	}
	if strings.IndexByte(s, 0) >= 0 {
		return schema.Errorf(schema.CodeBadRequest, "%s: holds U+0000", what)
	}
	return nil
}

// CheckEmoji returns nil if s can be a reaction: 1 to [schema.MaxEmoji] octets of
// UTF-8 without spaces, controls or invisible characters, except the joiner
// (U+200D), variation selectors and tags that emoji are built with, and not
// made of these alone.
func CheckEmoji(s string) error {
	if err := CheckText("reaction", s, schema.MaxEmoji); err != nil {
		return err
	}
	visible := false
	for _, r := range s {
		switch {
		case isEmojiGlue(r):
		case isSpace(r) || isControl(r) || isInvisible(r):
			return schema.Errorf(schema.CodeBadRequest, "reaction: holds %U", r)
		default:
			visible = true
		}
	}
	if !visible {
		return schema.Errorf(schema.CodeBadRequest, "reaction: nothing visible")
	}
	return nil
}

// isEmojiGlue: zero-width joiner, variation selectors, tags of subdivision flags.
func isEmojiGlue(r rune) bool {
	return r == 0x200D || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0020 && r <= 0xE007F
}

// isSpace lists the code points of Unicode's White_Space property. The list is
// frozen here because the property may grow.
func isSpace(r rune) bool {
	switch r {
	case ' ', 0x85, 0xA0, 0x1680, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
		return true
	}
	return r >= '\t' && r <= '\r' || r >= 0x2000 && r <= 0x200A
}

// isControl lists C0, DEL, C1, the line and paragraph separators and the
// noncharacters.
func isControl(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7F && r < 0xA0, r == 0x2028, r == 0x2029:
		return true
	case r >= 0xFDD0 && r <= 0xFDEF, r&0xFFFE == 0xFFFE:
		return true
	}
	return false
}

// isBidi lists the code points that change the direction of the text around
// them (UAX #9, section 2).
func isBidi(r rune) bool {
	switch r {
	case 0x061C, 0x200E, 0x200F:
		return true
	}
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
}

// isInvisible lists code points that show nothing, besides the bidirectional
// controls: they make two names differ that look the same. The joiners U+200C
// and U+200D are among them; Persian and Indic names that need them are written
// without.
func isInvisible(r rune) bool {
	switch r {
	case 0x00AD, 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0x2800, 0x3164, 0xFEFF, 0xFFA0, 0xFFFC:
		return true
	}
	return isBidi(r) || r >= 0x180B && r <= 0x180F || r >= 0x200B && r <= 0x200D || r >= 0x2060 && r <= 0x206F ||
		r >= 0xFE00 && r <= 0xFE0F || r >= 0xFFF0 && r <= 0xFFFB || r >= 0xE0000 && r <= 0xE0FFF
}
