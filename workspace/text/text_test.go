package text

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/cenacle-team/cenacle/schema"
)

func TestCheckName(t *testing.T) {
	for name, want := range map[string]schema.Code{
		"general":                     "",
		"Équipe d'été":                "",
		"日本":                          "",
		"دانیال":                      "",
		"":                            schema.CodeBadRequest,
		" a":                          schema.CodeBadRequest,
		"a ":                          schema.CodeBadRequest,
		"a\u00a0b":                    schema.CodeBadRequest,
		"a\nb":                        schema.CodeBadRequest,
		"a\x00b":                      schema.CodeBadRequest,
		"a\x7f":                       schema.CodeBadRequest,
		"a\u0085":                     schema.CodeBadRequest,
		"a\xff":                       schema.CodeBadRequest,
		"a\u202eb":                    schema.CodeBadRequest, // right-to-left override
		"a\u2066b":                    schema.CodeBadRequest,
		"a\u200fb":                    schema.CodeBadRequest,
		"a\u200bb":                    schema.CodeBadRequest, // zero width
		"a\u200db":                    schema.CodeBadRequest,
		"a\u00adb":                    schema.CodeBadRequest,
		"a\u2028b":                    schema.CodeBadRequest,
		"a\U000e0041":                 schema.CodeBadRequest, // tag
		"a\ufffe":                     schema.CodeBadRequest, // noncharacter
		strings.Repeat("a", 200):      "",
		strings.Repeat("a", 201):      schema.CodeTooLarge,
		strings.Repeat("é", 100):      "",
		strings.Repeat("é", 101):      schema.CodeTooLarge,
		"e\u0301quipe":                "", // any normal form is accepted, one is shown
		"a\u3164":                     schema.CodeBadRequest,
		"a\u3000b":                    schema.CodeBadRequest,
		strings.Repeat("a ", 3) + "b": "",
	} {
		if got := schema.CodeOf(CheckName(name)); got != want {
			t.Errorf("CheckName(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestCleanName(t *testing.T) {
	for in, want := range map[string]string{
		"  a \t b\u00a0c ": "a b c",
		"e\u0301":          "é",
	} {
		if got, err := CleanName(in); err != nil || got != want {
			t.Errorf("CleanName(%q) = %q, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "  ", "a\u202eb", "a\x01", strings.Repeat("a", 5000)} {
		if got, err := CleanName(in); err == nil {
			t.Errorf("CleanName(%q) = %q", in, got)
		}
	}
}

func TestLookup(t *testing.T) {
	for _, pair := range [][2]string{{"Général", "ge\u0301ne\u0301RAL"}, {"STRASSE", "straße"}, {"ＡＢＣ", "abc"}, {"ﬁn", "FIN"}} {
		if Lookup(pair[0]) != Lookup(pair[1]) {
			t.Errorf("%q and %q are found differently", pair[0], pair[1])
		}
	}
	if Lookup("general") == Lookup("général") {
		t.Error("accents distinguish names")
	}
}

func TestAttack_K14_Confusable(t *testing.T) {
	for _, pair := range [][2]string{
		{"Alice", "Аlice"}, // Cyrillic А
		{"Alice", "Alіce"}, // Cyrillic і
		{"Alice", "AIice"}, // capital i for l
		{"Alice", "A1ice"},
		{"Alice", "ALICE"},
		{"Alice", "Ａｌｉｃｅ"},
		{"Alice", "Al\u200bice"},
		{"Alice", "\u202eAlice"},
		{"Alice", "Alice\u202c"},
		{"Alice", "𝐀𝓁𝗂𝒸𝖊"},
		{"Alice", "Alíce"},
		{"Alice", "Ali ce"},
		{"Bob", "Вob"}, // Cyrillic В
		{"Bob", "Вοb"}, // and Greek ο
		{"Bob", "B0b"},
		{"Marie", "rnarie"},
		{"Paul", "Ρaul"}, // Greek Ρ
		{"Хavier", "Xavier"},
		{"Jose", "José"},
		{"АННА", "анна"},
		{"ΗΛΙΑΣ", "ηλιας"}, // by the lookup form
		{"Soren", "Søren"},
	} {
		if !Confusable(pair[0], pair[1]) || !Confusable(pair[1], pair[0]) {
			t.Errorf("%q and %q are not confusable: %q %q", pair[0], pair[1], Skeleton(pair[0]), Skeleton(pair[1]))
		}
	}
	for _, pair := range [][2]string{{"Alice", "Bob"}, {"Alice", "Alice"}, {"Anna", "Ana"}, {"Marie", "Maria"}} {
		if Confusable(pair[0], pair[1]) {
			t.Errorf("%q and %q are confusable", pair[0], pair[1])
		}
	}
}

func TestAttack_K14_MixedScripts(t *testing.T) {
	for name, want := range map[string]bool{
		"Alice": false, "Аlice": true, "Анна Smith": false, "Анна": false, "Βob": true, "日本 Bob": false, "Bob日本": false, "": false, "Élise": false,
	} {
		if got := MixedScripts(name); got != want {
			t.Errorf("MixedScripts(%q) = %v", name, got)
		}
	}
}

func TestCheckEmoji(t *testing.T) {
	for emoji, want := range map[string]schema.Code{
		"👍": "", "❤\ufe0f": "", "👩\u200d🚀": "", "🏴\U000e0067\U000e0062\U000e007f": "", "+1": "", "🇫🇷": "",
		"": schema.CodeBadRequest, " ": schema.CodeBadRequest, "a b": schema.CodeBadRequest, "\u200d": schema.CodeBadRequest,
		"\ufe0f": schema.CodeBadRequest, "👍\n": schema.CodeBadRequest, "\x00": schema.CodeBadRequest, "\xff": schema.CodeBadRequest,
		"👍\u202e": schema.CodeBadRequest, "\u200b👍": schema.CodeBadRequest, strings.Repeat("x", 65): schema.CodeTooLarge,
	} {
		if got := schema.CodeOf(CheckEmoji(emoji)); got != want {
			t.Errorf("CheckEmoji(%q) = %q, want %q", emoji, got, want)
		}
	}
}

func tokens(s string) (out []string) {
	Tokens(s, func(t Token) bool {
		out = append(out, string(t.Folded))
		return true
	})
	return out
}

func TestTokens(t *testing.T) {
	for in, want := range map[string][]string{
		"":                             nil,
		"L'équipe d’été":               {"l", "equipe", "d", "ete"},
		"Cœur ÆON Straße GROẞ":         {"coeur", "aeon", "strasse", "gross"},
		"e\u0301te\u0301":              {"ete"},
		"ﬁn ２０２６":                      {"fin", "2026"},
		"v1.2 e-mail_x":                {"v1", "2", "e", "mail", "x"},
		"東京 tower":                     {"東", "京", "tower"},
		"Ελλάς ΣΟΦΟΣ":                  {"ελλασ", "σοφοσ"},
		"a\xffb":                       {"a", "b"},
		"\u0301":                       nil,
		"👍 ok":                         {"ok"},
		strings.Repeat("x", 100) + "y": {strings.Repeat("x", 64)},
		strings.Repeat("a", 63) + "я":  {strings.Repeat("a", 63)},
		"ISTANBUL İstanbul":            {"istanbul", "istanbul"},
	} {
		if got := tokens(in); !slices.Equal(got, want) {
			t.Errorf("Tokens(%q) = %q, want %q", in, got, want)
		}
	}
	n := 0
	Tokens("a b c", func(Token) bool { n++; return n < 2 })
	if n != 2 {
		t.Error("Tokens does not stop")
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"Alice", "Аlice\u202e", "L'équipe", "a\xff\x00", "ﷺ", "𝐀rn", "e\u0301", strings.Repeat("ﷺ", 30)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1<<12 {
			return
		}
		if clean, err := CleanName(s); err == nil {
			if CheckName(clean) != nil {
				t.Fatalf("CleanName made %q, which CheckName refuses", clean)
			}
			again, err := CleanName(clean)
			if err != nil || again != clean {
				t.Fatalf("CleanName is not idempotent: %q, %q, %v", clean, again, err)
			}
		}
		if one, two := Skeleton(s), Skeleton(s); one != two || Confusable(s, s) {
			t.Fatal("Skeleton is not a function")
		}
		if CheckName(s) == nil && (!utf8.ValidString(s) || len(s) > schema.MaxName) {
			t.Fatalf("CheckName accepts %q", s)
		}
		end := 0
		Tokens(s, func(tok Token) bool {
			if tok.Start < end || tok.End <= tok.Start || tok.End > len(s) || len(tok.Folded) == 0 || len(tok.Folded) > MaxToken || !utf8.Valid(tok.Folded) {
				t.Fatalf("token %q [%d,%d) of %q", tok.Folded, tok.Start, tok.End, s)
			}
			end = tok.End
			return true
		})
		_ = CheckEmoji(s)
		_ = MixedScripts(s)
	})
}
