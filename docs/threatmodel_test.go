package docs_test

import (
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// -update writes the tests that the tree holds into the table of threat-model.md.
var update = flag.Bool("update", false, "write the names of the attacks' tests into threat-model.md")

const threatModel = "threat-model.md"

// attacks are the rows that the threat model answers for. The list is here, and
// not taken from the document, so that no row can be lost there.
var attacks = strings.Fields(`
	K1 K2 K3 K4 K6 K8 K9 K12 K13 K14
	L1 L2 L3 L4 L5 L7 L8 L9 L10 L12 L13 L14 L15
	I1 I2 I3 I4 I5 I6 I7 I8 I9 I10 I13 I14 I15 I16 I17 I18 I19
	E1 E2 E3 E4 E5 E6 E7 E8 E10 E11 E12 E14 E15 E16 E17
	F1 F2 F3 F4 F5 F6 F7 F8 F11 F12 F13 F14 F15 F16
	A1 A2 A3 A4 A5 A6 A7
	M1 M2 M3 M5 M6 M8 M9 M10 M11 M12 M13
	P1 P2 P4 P5 P7 P8 P9 P11 P12
	W1 W2 W4 W5 W6 W7
	O1 O2 O3 O4 O5 O6 O7 O8 O9 O10 O11`)

var (
	// A row has an id, the attack, where it is defended, and the tests. A row of
	// what is not built yet has no tests and two cells.
	fullRow  = regexp.MustCompile(`^\| ([A-Z]\d+) \| (.+) \| (.+) \| (.*) \|$`)
	laterRow = regexp.MustCompile(`^\| ([A-Z]\d+) \| ([^|]+) \|$`)
	named    = regexp.MustCompile("`(TestAttack_([A-Z]\\d+)_\\w+)`")
	testFunc = regexp.MustCompile(`(?m)^func (TestAttack_([A-Z]\d+)_\w+)\(t \*testing\.T\)`)
)

// mounted finds the tests that mount attacks: for each row the names, and for
// each name the folders.
func mounted(t *testing.T) map[string]map[string][]string {
	t.Helper()
	out := map[string]map[string][]string{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || len(d.Name()) > 2 && d.Name()[0] == '.'):
			return fs.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, m := range testFunc.FindAllStringSubmatch(string(b), -1) {
			if out[m[2]] == nil {
				out[m[2]] = map[string][]string{}
			}
			folder := filepath.ToSlash(strings.TrimPrefix(filepath.Dir(path), "../"))
			out[m[2]][m[1]] = append(out[m[2]][m[1]], folder)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestThreatModel fails when a row of the table is missing or stands there twice,
// when it names a test that does not exist, or no test at all.
func TestThreatModel(t *testing.T) {
	tests := mounted(t)
	if *update {
		rewrite(t, tests)
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(read(t, threatModel), "\n") {
		id := ""
		if m := fullRow.FindStringSubmatch(line); m != nil {
			id = m[1]
			own := 0
			for _, n := range named.FindAllStringSubmatch(m[4], -1) {
				if tests[n[2]][n[1]] == nil {
					t.Errorf("%s: the test %s does not exist", id, n[1])
				}
				if n[2] == id {
					own++
				}
			}
			if own == 0 {
				t.Errorf("%s: no test", id)
			}
		} else if m := laterRow.FindStringSubmatch(line); m != nil {
			id = m[1]
		} else {
			continue
		}
		if seen[id] {
			t.Errorf("%s stands there twice", id)
		}
		if !slices.Contains(attacks, id) {
			t.Errorf("%s is no known attack", id)
		}
		seen[id] = true
	}
	for _, id := range attacks {
		if !seen[id] {
			t.Errorf("%s has no row", id)
		}
	}
}

// rewrite fills the last cell of each row.
func rewrite(t *testing.T, tests map[string]map[string][]string) {
	t.Helper()
	lines := strings.Split(read(t, threatModel), "\n")
	for i, line := range lines {
		m := fullRow.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		var cells []string
		for _, name := range slices.Sorted(maps.Keys(tests[m[1]])) {
			folders := slices.Compact(slices.Sorted(slices.Values(tests[m[1]][name])))
			cells = append(cells, fmt.Sprintf("`%s` (%s)", name, strings.Join(folders, ", ")))
		}
		lines[i] = fmt.Sprintf("| %s | %s | %s | %s |", m[1], m[2], m[3], strings.Join(cells, "; "))
	}
	if err := os.WriteFile(threatModel, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
}
