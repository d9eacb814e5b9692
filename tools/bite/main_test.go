package main

import (
	"os"
	"path/filepath"
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
}
