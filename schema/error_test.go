package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

type codeRow struct {
	Number int         `json:"number"`
	Code   schema.Code `json:"code"`
	Status int         `json:"status"`
	EN     string      `json:"en"`
	FR     string      `json:"fr"`
}

func readRows(t *testing.T, name string) []codeRow {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var rows []codeRow
	if err := dec.Decode(&rows); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return rows
}

func TestErrorCodesAreWellFormed(t *testing.T) {
	rows := readRows(t, "errors.json")
	numbers, codes := map[int]schema.Code{}, map[schema.Code]bool{}
	for i, r := range rows {
		if numbers[r.Number] != "" || codes[r.Code] {
			t.Errorf("%s (%d) stands twice", r.Code, r.Number)
		}
		numbers[r.Number], codes[r.Code] = r.Code, true
		if r.Number != i+1 {
			t.Errorf("%s has number %d in row %d: numbers are given in order, without gaps", r.Code, r.Number, i+1)
		}
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(string(r.Code)) {
			t.Errorf("%q is not lower-case words joined by underscores", r.Code)
		}
		if r.Status != 0 && (r.Status < 400 || http.StatusText(r.Status) == "") {
			t.Errorf("%s: %d is no HTTP status of an error", r.Code, r.Status)
		}
		for lang, sentence := range map[string]string{"en": r.EN, "fr": r.FR} {
			if sentence == "" || !strings.HasSuffix(sentence, ".") {
				t.Errorf("%s in %s: %q does not end like a sentence", r.Code, lang, sentence)
			}
			if strings.TrimSpace(sentence) != sentence || strings.ContainsAny(sentence, "\n\t!%") || strings.Contains(sentence, "  ") {
				t.Errorf("%s in %s: %q has stray spaces, an exclamation mark or a verb of fmt", r.Code, lang, sentence)
			}
			if strings.Contains(sentence, string(r.Code)) && strings.Contains(string(r.Code), "_") {
				t.Errorf("%s in %s: %q names the code", r.Code, lang, sentence)
			}
		}
		if r.EN == r.FR {
			t.Errorf("%s is not translated", r.Code)
		}
		// French typography: a space before the double marks, the curly apostrophe.
		if regexp.MustCompile(`\S[:;?]( |$)`).MatchString(r.FR) || strings.Contains(r.FR, "'") {
			t.Errorf("%s: %q is not French typography", r.Code, r.FR)
		}
	}
}

// TestErrorCodesAreFrozen compares with a copy that only ever grows: programs
// and logs of other years know these numbers.
func TestErrorCodesAreFrozen(t *testing.T) {
	now := readRows(t, "errors.json")
	frozen := readRows(t, filepath.Join("testdata", "codes.json"))
	if len(frozen) != len(now) {
		t.Errorf("errors.json has %d codes and testdata/codes.json %d: append the new ones there too", len(now), len(frozen))
	}
	for i, f := range frozen {
		if i >= len(now) || now[i].Number != f.Number || now[i].Code != f.Code {
			t.Errorf("code %d was %s and may never change or vanish", f.Number, f.Code)
		}
	}
}

func TestErrorCodesAnswerAsTheTableSays(t *testing.T) {
	rows := readRows(t, "errors.json")
	if len(schema.Codes()) != len(rows) {
		t.Errorf("Codes lists %d of %d", len(schema.Codes()), len(rows))
	}
	for _, r := range rows {
		want := r.Status
		if want == 0 {
			want = 500
		}
		if !r.Code.Known() || r.Code.Number() != r.Number || r.Code.Status() != want ||
			r.Code.Sentence("en") != r.EN || r.Code.Sentence("fr") != r.FR || r.Code.Sentence("de") != r.EN {
			t.Errorf("%s answers %v, %d, %d, %q", r.Code, r.Code.Known(), r.Code.Number(), r.Code.Status(), r.Code.Sentence("en"))
		}
	}
	// A peer may send anything as a code; nothing of it is repeated to people.
	hostile := schema.Code("<script>alert(1)</script>")
	if hostile.Known() || hostile.Number() != 0 || hostile.Status() != 500 || hostile.Sentence("fr") != schema.CodeInternal.Sentence("fr") {
		t.Errorf("an unknown code answers %v, %d, %d, %q", hostile.Known(), hostile.Number(), hostile.Status(), hostile.Sentence("fr"))
	}
}

func TestGeneratedCodesAreFresh(t *testing.T) {
	dir := t.TempDir()
	table, err := os.ReadFile("errors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "errors.json"), table, 0o600); err != nil {
		t.Fatal(err)
	}
	generator := filepath.Join(dir, "errorsgen")
	if out, err := exec.Command("go", "build", "-o", generator, "./errorsgen").CombinedOutput(); err != nil {
		t.Fatalf("build the generator: %v\n%s", err, out)
	}
	cmd := exec.Command(generator)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("run the generator: %v\n%s", err, out)
	}
	want, err := os.ReadFile(filepath.Join(dir, "errors.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("errors.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("errors.gen.go is not what errors.json gives: run go generate ./schema")
	}
}

func TestErrorChain(t *testing.T) {
	cause := errors.New("disk on fire")
	e := &schema.Error{Code: schema.CodeUnavailable, Detail: "append", RetryAfter: time.Second, Cause: cause}
	wrapped := fmt.Errorf("post: %w", e)
	if schema.CodeOf(wrapped) != schema.CodeUnavailable || !schema.HasCode(wrapped, schema.CodeUnavailable) || schema.HasCode(wrapped, schema.CodeInternal) {
		t.Error("the code is lost in the chain")
	}
	if !errors.Is(wrapped, cause) || !errors.Is(wrapped, &schema.Error{Code: schema.CodeUnavailable}) || errors.Is(wrapped, &schema.Error{Code: schema.CodeConflict}) {
		t.Error("errors.Is compares something else than the code")
	}
	if got, want := e.Error(), "unavailable: append: disk on fire"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if schema.CodeOf(nil) != "" || schema.CodeOf(cause) != schema.CodeInternal || schema.HasCode(nil, schema.CodeInternal) {
		t.Error("an error without a code has one")
	}
	if got := schema.Errorf(schema.CodeTooLarge, "%d octets", 7).Error(); got != "too_large: 7 octets" {
		t.Errorf("Errorf makes %q", got)
	}
}
