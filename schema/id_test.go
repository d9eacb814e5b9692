package schema_test

import (
	"encoding"
	"reflect"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// identifiers pairs each named type with the letter of its text form.
var identifiers = []struct {
	letter string
	value  any // pointer to zero
}{
	{"u", new(schema.UserID)}, {"w", new(schema.WorkspaceID)}, {"c", new(schema.CircleID)}, {"s", new(schema.StreamID)},
	{"e", new(schema.EventID)}, {"i", new(schema.InviteID)}, {"d", new(schema.DeviceID)},
}

func text(t testing.TB, v any) string {
	t.Helper()
	b, err := v.(encoding.TextMarshaler).MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func parseText(v any, s string) error {
	return v.(encoding.TextUnmarshaler).UnmarshalText([]byte(s))
}

func TestIdentifierTextRoundTrip(t *testing.T) {
	letters := map[string]bool{}
	for _, c := range identifiers {
		if letters[c.letter] {
			t.Errorf("two kinds share the letter %s", c.letter)
		}
		letters[c.letter] = true
		want := filled(c.value)
		s := text(t, want)
		if !strings.HasPrefix(s, c.letter+"_") || strings.ToLower(s) != s {
			t.Errorf("%T prints as %q", c.value, s)
		}
		got := newValue(c.value)
		if err := parseText(got, s); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q reads as %v, %v", s, got, err)
		}
		if want.(interface{ IsZero() bool }).IsZero() || !newValue(c.value).(interface{ IsZero() bool }).IsZero() {
			t.Errorf("%T: IsZero is wrong", c.value)
		}
	}
}

func TestIdentifierTextIsFrozen(t *testing.T) {
	var u schema.UserID
	var d schema.DeviceID
	for i := range u {
		u[i] = byte(i)
	}
	for i := range d {
		d[i] = byte(255 - i)
	}
	if got, want := u.String(), "u_aaaqeayeaudaocajbifqydiob4"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := d.String(), "d_777p37h37l47r57w6x2ph4xr6dx653pm5pvot2hh43s6jy7c4hqa"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestHostileIdentifierText(t *testing.T) {
	for _, c := range identifiers {
		good := text(t, filled(c.value))
		body := good[2:]
		for name, s := range map[string]string{
			"empty":                      "",
			"letter alone":               c.letter,
			"no body":                    c.letter + "_",
			"no letter":                  body,
			"of another kind":            "x_" + body,
			"upper-case letter":          strings.ToUpper(c.letter) + "_" + body,
			"upper-case body":            c.letter + "_" + strings.ToUpper(body),
			"dash for the underscore":    c.letter + "-" + body,
			"one character less":         good[:len(good)-1],
			"one character more":         good + "a",
			"padding":                    good + "======",
			"padding inside":             good[:len(good)-1] + "=",
			"space before":               " " + good,
			"space after":                good + " ",
			"new line after":             good + "\n",
			"new line in place":          good[:10] + "\n" + good[11:],
			"carriage returns in place":  good[:10] + "\r\n" + good[12:],
			"NUL in place":               good[:10] + "\x00" + good[11:],
			"digit outside the alphabet": good[:10] + "1" + good[11:],
			"look-alike letter":          good[:10] + "а" + good[12:], // Cyrillic, two octets
			"full-width digit":           good[:10] + "２" + good[13:],
			"slash":                      good[:10] + "/" + good[11:],
			"very long":                  c.letter + "_" + strings.Repeat("a", 1<<20),
			"bits beyond the last octet": good[:len(good)-1] + "b",
		} {
			got := newValue(c.value)
			if err := parseText(got, s); !schema.HasCode(err, schema.CodeBadRequest) {
				t.Errorf("%T, %s: %v", c.value, name, err)
			} else if len(err.Error()) > 200 {
				t.Errorf("%T, %s: the error repeats what it was given", c.value, name)
			}
			if !reflect.ValueOf(got).Elem().IsZero() {
				t.Errorf("%T, %s: the value was changed in spite of the error", c.value, name)
			}
		}
	}
	// Each kind refuses the text of every other kind of its size.
	for _, from := range identifiers {
		for _, to := range identifiers {
			if from.letter != to.letter && parseText(newValue(to.value), text(t, filled(from.value))) == nil {
				t.Errorf("%T reads the text of %T", to.value, from.value)
			}
		}
	}
}

func TestHexText(t *testing.T) {
	for _, v := range []any{new(schema.Hash), new(schema.Fingerprint)} {
		want := filled(v)
		s := text(t, want)
		for _, form := range []string{s, strings.ToUpper(s), strings.ToLower(s)} { // people copy either
			got := newValue(v)
			if err := parseText(got, form); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%T: %q reads as %v, %v", v, form, got, err)
			}
		}
		for _, bad := range []string{"", s[:63], s + "0", s[:62], s + "00", s[:63] + "g", "0x" + s[2:], s[:62] + "é", " " + s[1:], strings.Repeat("0", 1<<20)} {
			got := newValue(v)
			if err := parseText(got, bad); !schema.HasCode(err, schema.CodeBadRequest) {
				t.Errorf("%T: %.70q: %v", v, bad, err)
			}
			if !reflect.ValueOf(got).Elem().IsZero() {
				t.Errorf("%T: %.70q changed the value in spite of the error", v, bad)
			}
		}
	}
	if h, f := new(schema.Hash), new(schema.Fingerprint); !h.IsZero() || !f.IsZero() {
		t.Error("zero is not zero")
	}
	if s := (schema.Fingerprint{0xab}).String(); !strings.HasPrefix(s, "AB00") {
		t.Errorf("a fingerprint prints as %s", s)
	}
	if s := (schema.Hash{0xab}).String(); !strings.HasPrefix(s, "ab00") {
		t.Errorf("a hash prints as %s", s)
	}
}

func TestNewIdentifiersDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		for _, s := range []string{
			schema.NewUserID().String(), schema.NewWorkspaceID().String(), schema.NewCircleID().String(),
			schema.NewStreamID().String(), schema.NewEventID().String(), schema.NewInviteID().String(),
		} {
			if seen[s[2:]] {
				t.Fatalf("%s came twice", s)
			}
			seen[s[2:]] = true
		}
	}
}
