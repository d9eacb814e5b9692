package redact

import (
	"fmt"
	"strings"
	"testing"
)

type hidden struct {
	Secret
	octets Octets
}

// holders keep a secret in private fields, by value, behind a pointer and in
// another struct.
type holders struct {
	value   hidden
	pointer *hidden
	nested  struct{ deep hidden }
	list    []hidden
}

func TestOctetsNeverPrint(t *testing.T) {
	h := hidden{octets: Hide([]byte("LEAK"))}
	all := holders{value: h, pointer: &h, nested: struct{ deep hidden }{h}, list: []hidden{h}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%q", "%d", "%t", "%p", "%!"} {
		for _, v := range []any{all, &all, []any{all}, map[string]any{"a": &all}} {
			got := strings.ToLower(fmt.Sprintf(verb, v))
			for _, leak := range []string{"leak", "4c45", "0x4c", "76 69"} {
				if strings.Contains(got, leak) {
					t.Errorf("%s of %T: %s", verb, v, got)
				}
			}
		}
	}
}

func TestOctetsWipe(t *testing.T) {
	b := []byte("secret")
	o := Hide(b)
	same := o
	if string(same.Reveal()) != "secret" {
		t.Fatal("other octets")
	}
	o.Wipe()
	if string(b) != strings.Repeat("\x00", 6) || same.Reveal() != nil {
		t.Error("a copy survives")
	}
	o.Wipe()
	Octets{}.Wipe()
	if (Octets{}).Reveal() != nil {
		t.Error("nothing is something")
	}
}
