package client_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

type findingRow struct {
	Number   int                     `json:"number"`
	Code     client.FindingCode      `json:"code"`
	Severity client.Severity         `json:"severity"`
	Kind     client.MisbehaviourKind `json:"kind"`
	EN       string                  `json:"en"`
	FR       string                  `json:"fr"`
}

func findingRows(t *testing.T, name string) []findingRow {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	var rows []findingRow
	if err := dec.Decode(&rows); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return rows
}

func TestFindingCodesAreWellFormed(t *testing.T) {
	severities := []client.Severity{client.SeverityMisbehaviour, client.SeverityWarning, client.SeverityNotice, client.SeverityDoubt}
	kinds := []client.MisbehaviourKind{
		client.MisbehaviourGap, client.MisbehaviourRollback, client.MisbehaviourFork, client.MisbehaviourRoster,
		client.MisbehaviourWithheld, client.MisbehaviourAltered, client.MisbehaviourIdentity,
	}
	place := regexp.MustCompile(`\{[^}]*\}`)
	known := []string{"{user}", "{device}", "{circle}", "{seq}", "{known}", "{epoch}", "{cause}"}
	codes := map[client.FindingCode]bool{}
	for i, r := range findingRows(t, "findings.json") {
		if codes[r.Code] || r.Number != i+1 {
			t.Errorf("%s has number %d in row %d: each once, in order, without gaps", r.Code, r.Number, i+1)
		}
		codes[r.Code] = true
		if !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(string(r.Code)) {
			t.Errorf("%q is not lower-case words joined by underscores", r.Code)
		}
		if !slices.Contains(severities, r.Severity) {
			t.Errorf("%s has severity %q", r.Code, r.Severity)
		}
		if caught := r.Severity == client.SeverityMisbehaviour; caught && r.Kind == "" || r.Kind != "" && !slices.Contains(kinds, r.Kind) {
			t.Errorf("%s has kind %q", r.Code, r.Kind)
		}
		places := place.FindAllString(r.EN, -1)
		other := place.FindAllString(r.FR, -1)
		slices.Sort(places)
		slices.Sort(other)
		if !slices.Equal(places, other) {
			t.Errorf("%s has places %v in English and %v in French", r.Code, places, other)
		}
		for _, p := range places {
			if !slices.Contains(known, p) {
				t.Errorf("%s has a place %s that nothing fills", r.Code, p)
			}
		}
		for lang, sentence := range map[string]string{"en": r.EN, "fr": r.FR} {
			if !strings.HasSuffix(sentence, ".") && !strings.HasSuffix(sentence, "{cause}") {
				t.Errorf("%s in %s: %q does not end like a sentence", r.Code, lang, sentence)
			}
			if strings.TrimSpace(sentence) != sentence || strings.ContainsAny(sentence, "\n\t!%<>&'") || strings.Contains(sentence, "  ") {
				t.Errorf("%s in %s: %q has stray characters", r.Code, lang, sentence)
			}
			if r.Code.Sentence(lang) != sentence {
				t.Errorf("%s says %q in %s", r.Code, r.Code.Sentence(lang), lang)
			}
		}
		if r.EN == r.FR || r.Code.Sentence("de") != r.EN {
			t.Errorf("%s is not translated", r.Code)
		}
		if regexp.MustCompile(`\S[:;?]( |$)`).MatchString(r.FR) {
			t.Errorf("%s: %q is not French typography", r.Code, r.FR)
		}
		if !r.Code.Known() || r.Code.Number() != r.Number || r.Code.Severity() != r.Severity {
			t.Errorf("%s answers %v, %d, %q", r.Code, r.Code.Known(), r.Code.Number(), r.Code.Severity())
		}
	}
	if len(client.FindingCodes()) != len(codes) {
		t.Errorf("FindingCodes lists %d of %d", len(client.FindingCodes()), len(codes))
	}
	if other := client.FindingCode("<script>"); other.Known() || other.Sentence("fr") != schema.CodeInternal.Sentence("fr") {
		t.Errorf("an unknown code says %q", other.Sentence("fr"))
	}
}

// TestFindingCodesAreFrozen compares with a copy that only ever grows: local
// stores of other years hold these codes.
func TestFindingCodesAreFrozen(t *testing.T) {
	now, frozen := findingRows(t, "findings.json"), findingRows(t, filepath.Join("testdata", "findings.json"))
	if len(frozen) != len(now) {
		t.Errorf("findings.json has %d codes and testdata/findings.json %d: append the new ones there too", len(now), len(frozen))
	}
	for i, f := range frozen {
		if i >= len(now) || now[i].Number != f.Number || now[i].Code != f.Code {
			t.Errorf("code %d was %s and may never change or vanish", f.Number, f.Code)
		}
	}
}

func TestGeneratedFindingsAreFresh(t *testing.T) {
	dir := t.TempDir()
	table, err := os.ReadFile("findings.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "findings.json"), table, 0o600); err != nil {
		t.Fatal(err)
	}
	generator := filepath.Join(dir, "findingsgen")
	if out, err := exec.Command("go", "build", "-o", generator, "./findingsgen").CombinedOutput(); err != nil {
		t.Fatalf("build the generator: %v\n%s", err, out)
	}
	cmd := exec.Command(generator)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("run the generator: %v\n%s", err, out)
	}
	want, err := os.ReadFile(filepath.Join(dir, "findings.gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile("findings.gen.go"); err != nil || !bytes.Equal(got, want) {
		t.Errorf("findings.gen.go is not what findings.json gives: run go generate ./client (%v)", err)
	}
}

// A sentence has its places filled in; numbers and proof are not what a finding is.
func TestFindingSentence(t *testing.T) {
	f := client.Finding{Code: client.FoundStreamRolledBack, Facts: client.Facts{Seq: 3, Known: 5}}
	if got := f.Sentence("en"); got != "The server shows 3 events where this device had already seen 5." {
		t.Errorf("%q", got)
	}
	f = client.Finding{Code: client.FoundErasureRefused, Facts: client.Facts{Cause: schema.CodeForbidden}}
	if got := f.Sentence("fr"); !strings.HasSuffix(got, schema.CodeForbidden.Sentence("fr")) {
		t.Errorf("%q", got)
	}
	same := client.Finding{Code: f.Code, Facts: client.Facts{Seq: 9, Known: 1, Note: "x"}, Proof: []client.ProofItem{{What: "x"}}, At: 4}
	other := client.Finding{Code: f.Code, Facts: client.Facts{User: schema.UserID{1}}}
	if f.ID() != same.ID() || f.ID() == other.ID() {
		t.Error("numbers and proof are part of what a finding is, or its people are not")
	}
}
