package login

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

func TestAccountKeyText(t *testing.T) {
	k := accountKey(0xAB)
	const want = "NC00-0000-0000-0000-0000-0000-0053-41ZP"
	if got := k.Text(); got != want {
		t.Errorf("the text of an account key changed: %s", got)
	}
	for range 20 {
		k := NewAccountKey()
		text := k.Text()
		messy := " " + strings.ToLower(strings.ReplaceAll(text, "-", " ")) + "\n"
		messy = strings.NewReplacer("0", "o", "1", "l").Replace(messy)
		for _, s := range []string{text, messy, strings.ReplaceAll(text, "-", "")} {
			if got, err := ParseAccountKey(s); err != nil || got.Text() != k.Text() {
				t.Fatalf("%q: %v", s, err)
			}
		}
	}
}

func TestRecoveryPhraseText(t *testing.T) {
	for range 20 {
		p := NewRecoveryPhrase()
		if got, err := ParseRecoveryPhrase(p.Text()); err != nil || got.Text() != p.Text() || len(p.Text()) != 47 {
			t.Fatalf("%q: %v", p.Text(), err)
		}
	}
}

// Each single slip of the pen, and each swap of neighbours, is found.
func TestTextFindsSlips(t *testing.T) {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	text := strings.ReplaceAll(NewAccountKey().Text(), "-", "")
	for i := range text {
		for _, c := range alphabet {
			bad := text[:i] + string(c) + text[i+1:]
			if _, err := ParseAccountKey(bad); bad != text && !schema.HasCode(err, schema.CodeBadRequest) {
				t.Errorf("%s for %s: %v", bad, text, err)
			}
		}
		if i > 0 && text[i] != text[i-1] {
			bad := text[:i-1] + text[i:i+1] + text[i-1:i] + text[i+1:]
			if _, err := ParseAccountKey(bad); err == nil {
				t.Errorf("%s for %s", bad, text)
			}
		}
	}
	for name, bad := range map[string]string{
		"empty":           "",
		"too short":       text[1:],
		"too long":        text + "0",
		"U":               "U" + text[1:],
		"not ASCII":       "é" + text[1:],
		"far too long":    text + strings.Repeat(" ", maxText),
		"recovery phrase": NewRecoveryPhrase().Text(),
	} {
		if _, err := ParseAccountKey(bad); !schema.HasCode(err, schema.CodeBadRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseRecoveryPhrase(NewAccountKey().Text()); !schema.HasCode(err, schema.CodeBadRequest) {
		t.Error("an account key as recovery phrase")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	c := known()
	for _, v := range []any{NewAccountKey(), NewRecoveryPhrase(), c.lock, *c.login, c.login} {
		if got := fmt.Sprintf("%v|%+v|%#v|%s|%x", v, v, v, v, v); got != "[secret]|[secret]|[secret]|[secret]|[secret]" {
			t.Errorf("%T prints %.80s", v, got)
		}
	}
	if _, err := ParseAccountKey("my account key"); strings.Contains(err.Error(), "my account key") {
		t.Error("the error repeats what was typed")
	}
}

func FuzzParseAccountKey(f *testing.F) {
	seeded(f)
	f.Fuzz(func(t *testing.T, s string) {
		k, err := ParseAccountKey(s)
		if err != nil {
			return
		}
		if again, err := ParseAccountKey(k.Text()); err != nil || again.Text() != k.Text() {
			t.Fatal("not the same key", err)
		}
	})
}
