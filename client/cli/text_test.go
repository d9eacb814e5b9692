package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// places are the verbs of a format, in order.
func places(s string) []string {
	return regexp.MustCompile(`%[a-z%]`).FindAllString(s, -1)
}

func TestCataloguesHaveTheSameKeys(t *testing.T) {
	for key, en := range english {
		fr, ok := french[key]
		switch {
		case !ok:
			t.Errorf("%s is missing in French", key)
		case !slices.Equal(places(en), places(fr)):
			t.Errorf("%s: places %v in English, %v in French", key, places(en), places(fr))
		case strings.TrimSpace(en) == "" || strings.TrimSpace(fr) == "":
			t.Errorf("%s is empty", key)
		}
		if strings.ContainsAny(fr, "'") && key != "template" && !strings.Contains(fr, "\"") {
			t.Errorf("%s: a typewriter's apostrophe in French", key)
		}
	}
	for key := range french {
		if _, ok := english[key]; !ok {
			t.Errorf("%s is missing in English", key)
		}
	}
}

// Every key that the code names exists, and every key is named or belongs to a
// command, a role or a code.
func TestCatalogueIsComplete(t *testing.T) {
	used := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`"([a-z]+(?:\.[a-z]+)+)"`)
	for _, name := range files {
		if strings.HasPrefix(name, "text_") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(b), -1) {
			used[m[1]] = m[1] != "profile.pgp"
		}
	}
	commands := map[string]bool{}
	for key := range english {
		for _, suffix := range []string{".short", ".long", ".args"} {
			if command, ok := strings.CutSuffix(key, suffix); ok {
				commands[command] = true
				used[key] = true
			}
		}
		if strings.HasPrefix(key, "role.") || strings.HasPrefix(key, "hint.") || strings.HasPrefix(key, "severity.") || key == "template" {
			used[key] = true
		}
		if !used[key] {
			t.Errorf("%s is not used", key)
		}
	}
	for key, text := range used {
		if _, ok := english[key]; text && !ok && !commands[key] {
			t.Errorf("%s is not in the catalogue", key)
		}
	}
}

func TestLanguageOf(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{}, "en"},
		{map[string]string{"LANG": "fr_FR.UTF-8"}, "fr"},
		{map[string]string{"LANG": "fr"}, "fr"},
		{map[string]string{"LANG": "frr_DE.UTF-8"}, "en"},
		{map[string]string{"LC_MESSAGES": "fr_CA.UTF-8", "LANG": "de_DE.UTF-8"}, "fr"},
		{map[string]string{"LC_ALL": "C", "LANG": "fr_FR.UTF-8"}, "en"},
	} {
		if got := languageOf(func(k string) string { return c.env[k] }); got.code != c.want {
			t.Errorf("%v: %s, want %s", c.env, got.code, c.want)
		}
	}
}
