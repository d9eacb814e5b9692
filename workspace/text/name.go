package text

import (
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"github.com/cenacle-team/cenacle/schema"
)

// CheckName returns nil if s can be the name of a person, a channel, a circle or
// a workspace: 1 to [schema.MaxName] octets of UTF-8, no control, no
// bidirectional control, no invisible character, no space but U+0020, and that
// neither first nor last. The error has [schema.CodeTooLarge] or
// [schema.CodeBadRequest]. It does not ask for a normal form, which depends on
// the release of Unicode: names are shown through [Display].
func CheckName(s string) error { return CheckLabel("name", s, 1, schema.MaxName) }

// CheckLabel is [CheckName] for a line of text with other bounds in octets.
func CheckLabel(what, s string, least, limit int) error {
	if err := CheckText(what, s, limit); err != nil {
		return err
	}
	if len(s) < least {
		return schema.Errorf(schema.CodeBadRequest, "%s: is empty", what)
	}
	for _, r := range s {
		if isControl(r) || isInvisible(r) || isSpace(r) && r != ' ' {
			return schema.Errorf(schema.CodeBadRequest, "%s: holds %U", what, r)
		}
	}
	if strings.HasPrefix(s, " ") || strings.HasSuffix(s, " ") {
		return schema.Errorf(schema.CodeBadRequest, "%s: begins or ends with a space", what)
	}
	return nil
}

// CleanName turns what a person typed into a name to sign: normal form C, each
// run of spaces one U+0020, none at the ends, then checked by [CheckName].
// Controls are refused and not removed: somebody pasted something else than they
// saw.
func CleanName(s string) (string, error) {
	if len(s) > 4*schema.MaxName {
		return "", schema.Errorf(schema.CodeTooLarge, "name: %d octets, at most %d are allowed", len(s), schema.MaxName)
	}
	clean := norm.NFC.String(strings.Join(strings.FieldsFunc(s, isSpace), " "))
	if err := CheckName(clean); err != nil {
		return "", err
	}
	return clean, nil
}

// Display is a name as it is shown: normal form C.
func Display(s string) string { return norm.NFC.String(s) }

// Lookup is the form by which a name is found: normal form KC of the case fold
// of normal form KC. Names with one lookup form are duplicates of each other.
func Lookup(s string) string {
	return norm.NFKC.String(cases.Fold().String(norm.NFKC.String(s)))
}
