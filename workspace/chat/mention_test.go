package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

func TestParseMentions(t *testing.T) {
	known := map[string]schema.UserID{}
	for _, n := range []string{"alice", "bob", "élise", "jean-luc", "a.b", "Alice Martin"} {
		known[n] = user(n)
	}
	resolve := func(name string) (schema.UserID, bool) { u, ok := known[name]; return u, ok }
	for in, want := range map[string]string{
		"":                                      "",
		"@alice and @bob, @alice":               "alice bob",
		"(@bob) @alice.":                        "alice bob",
		"@élise @jean-luc @a.b!":                "a.b jean-luc élise",
		"mail@bob.example @nobody":              "",
		"`@alice` @bob":                         "bob",
		"``@alice ` @alice`` @bob":              "bob",
		"` @alice":                              "alice",
		"`` @alice `":                           "alice",
		"```\n@alice\n```\n@bob":                "bob",
		"~~~go\n@alice\n```\n@alice\n~~~\n@bob": "bob",
		"```\n@alice":                           "",
		"```` `\n@alice":                        "alice",
		"   ```\n@alice\n   ```\n@bob":          "bob",
		"    ```\n@alice":                       "alice",
		"a `b\n\nc` @alice":                     "alice", // a span does not cross paragraphs
		"a `b\nc @bob` @alice":                  "alice",
		"\\@alice @bob":                         "bob",
		"\\`@alice\\`":                          "alice",
		"@everyone":                             "*",
		"@tous @bob":                            "bob *",
		"`@everyone`":                           "",
		"@":                                     "",
		`hello @"Alice Martin"!`:                "Alice Martin",
		`@"alice" @"bob`:                        "alice",
		"@\"Alice\nMartin\"":                    "",
		`@"" @"`:                                "",
		`x@"alice" \@"alice"`:                   "",
		"`@\"alice\"` @bob":                     "bob",
		`@"everyone"`:                           "*",
		`@"` + strings.Repeat("x", schema.MaxName+1) + `" @bob`: "bob",
		"@@alice":      "alice",
		"**@alice**'s": "alice",
		"@\xff@bob":    "bob",
	} {
		users, all := ParseMentions(in, resolve)
		var got []string
		for _, u := range users {
			got = append(got, strings.TrimRight(string(u[:]), "\x00"))
		}
		if all {
			got = append(got, "*")
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("ParseMentions(%q) = %q, want %q", in, s, want)
		}
	}
}

func TestParseMentionsIsBounded(t *testing.T) {
	asked := 0
	var b strings.Builder
	for i := range 10000 {
		fmt.Fprintf(&b, "@u%d ", i)
	}
	users, _ := ParseMentions(b.String(), func(name string) (u schema.UserID, ok bool) {
		asked++
		copy(u[:], name)
		return u, asked%2 == 0
	})
	if asked > 4*schema.MaxMentions || len(users) != schema.MaxMentions {
		t.Errorf("%d names were asked for, %d users found", asked, len(users))
	}
	if err := (&MessageBody{Text: "x", Mentions: users}).Check(); err != nil {
		t.Error(err)
	}
	// Runs of backticks of all lengths, none of which closes another: quadratic
	// for the naive reader.
	b.Reset()
	for i := 1; b.Len() < schema.MaxMessage; i++ {
		b.WriteString(strings.Repeat("`", i) + " ")
	}
	if got := withoutSpans(b.String()); len(got) != 1 {
		t.Errorf("%d pieces", len(got))
	}
}

func FuzzMentions(f *testing.F) {
	for _, s := range []string{"@alice `@bob` ```\n@x\n```", "\\`@a\\`", "~~~\n", "``@a`@b``", "@é.@b-", `@"a b" @"a`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		resolve := func(name string) (u schema.UserID, ok bool) {
			if !strings.Contains(s, "@"+name) && !strings.Contains(s, `@"`+name+`"`) {
				t.Fatalf("asked for %q", name)
			}
			copy(u[:], name)
			return u, true
		}
		users, all := ParseMentions(s, resolve)
		again, allAgain := ParseMentions(s, resolve)
		if !slices.Equal(users, again) || all != allAgain {
			t.Fatal("not a function")
		}
		if err := checkMentions(users); err != nil {
			t.Fatal(err)
		}
	})
}
