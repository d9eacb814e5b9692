package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The list must not rot: everything that it takes away is there.
func TestEveryCheckIsThere(t *testing.T) {
	all, err := checks()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no checks")
	}
	for _, c := range all {
		if len(c.Rows) == 0 || c.Check == "" || c.Tests == "" || len(c.Edits) == 0 {
			t.Errorf("%s (%v): incomplete", c.Check, c.Rows)
		}
		if _, err := regexp.Compile(c.Tests); err != nil {
			t.Errorf("%s (%v): %v", c.Check, c.Rows, err)
		}
		for _, e := range c.Edits {
			b, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(e.File)))
			if err != nil {
				t.Error(err)
				continue
			}
			if !strings.Contains(string(b), e.Old) {
				t.Errorf("%s (%v): %s does not contain %q any more", c.Check, c.Rows, e.File, e.Old)
			}
			if e.Old == e.New || e.Old == "" {
				t.Errorf("%s (%v): an edit of %s changes nothing", c.Check, c.Rows, e.File)
			}
		}
	}
}

// bitten are the groups of attacks of which every row has a check in the list.
var bitten = regexp.MustCompile(`^([KLIEP]\d+|O([1-4]|[7-9]|10))$`)

// A row of the threat model's tables that names its tests.
var modelRow = regexp.MustCompile("(?m)^\\| ([A-Z]\\d+) \\| .*`TestAttack_")

// No row of the threat model may go without a check that can be taken away, and no
// check may stand for a row that is not there.
func TestEveryRowHasACheck(t *testing.T) {
	all, err := checks()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join("..", "..", "docs", "threat-model.md"))
	if err != nil {
		t.Fatal(err)
	}
	var listed, rows []string
	for _, c := range all {
		listed = append(listed, c.Rows...)
	}
	for _, m := range modelRow.FindAllStringSubmatch(string(b), -1) {
		rows = append(rows, m[1])
		if bitten.MatchString(m[1]) && !slices.Contains(listed, m[1]) {
			t.Errorf("%s has no check that is taken away", m[1])
		}
	}
	if len(rows) == 0 {
		t.Fatal("no rows were found in the threat model")
	}
	for _, row := range listed {
		if !slices.Contains(rows, row) {
			t.Errorf("%s is no row of the threat model", row)
		}
	}
}

// A row is shown to bite by the failure of a test of its own, nothing less.
func TestNoticed(t *testing.T) {
	c := check{Rows: []string{"E1", "E14"}}
	for output, want := range map[string]string{
		"ok":                               "E1 E14",
		"--- FAIL: TestAttack_E1_Gap (1s)": "E14",
		"    --- FAIL: TestAttack_E1_Gap/sqlite (1s)":                   "E1 E14",
		"--- FAIL: TestAttack_E14_X (0s)\nx\n--- FAIL: TestAttack_E1_Y": "",
		"panic: test timed out after 5m0s":                              "E1 E14",
	} {
		if _, missed := c.noticed([]byte(output)); strings.Join(missed, " ") != want {
			t.Errorf("%q: missed are %v, want %q", output, missed, want)
		}
	}
}

func TestApplyAndUndo(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "a.go")
	if err := os.WriteFile(path, []byte("if bad { refuse() }"), 0o600); err != nil {
		t.Fatal(err)
	}
	undo, err := check{Edits: []edit{{"a.go", "if bad", "if false"}}}.apply(root)
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "if false { refuse() }" {
		t.Errorf("edited to %q", b)
	}
	if err := undo(); err != nil {
		t.Fatal(err)
	}
	if b, _ := os.ReadFile(path); string(b) != "if bad { refuse() }" {
		t.Errorf("undone to %q", b)
	}
	if _, err := (check{Edits: []edit{{"a.go", "nothing like it", ""}}}).apply(root); err == nil {
		t.Error("a check that is not there was taken away")
	}
	// Several edits, of one file and of another, are undone together.
	other := filepath.Join(root, "b.go")
	if err := os.WriteFile(other, []byte("return bad"), 0o600); err != nil {
		t.Fatal(err)
	}
	undo, err = check{Edits: []edit{{"a.go", "if bad", "if worse"}, {"b.go", "bad", "nil"}, {"a.go", "worse", "never"}}}.apply(root)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{path: "if never { refuse() }", other: "return nil"} {
		if b, _ := os.ReadFile(path); string(b) != want {
			t.Errorf("edited to %q", b)
		}
	}
	if err := undo(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{path: "if bad { refuse() }", other: "return bad"} {
		if b, _ := os.ReadFile(path); string(b) != want {
			t.Errorf("undone to %q", b)
		}
	}
}
