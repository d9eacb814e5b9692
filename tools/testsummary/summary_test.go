package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lastLine is what a reader of the log looks for.
func lastLine(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	return lines[len(lines)-1]
}

func TestSummarize(t *testing.T) {
	const pkg = `"Package":"example.org/p"`
	for _, c := range []struct {
		name, in, last string
		ok             bool
		shows          []string
		hides          []string
	}{
		{
			name: "a passing test", ok: true, last: "1 passed, 0 failed, 0 skipped",
			in: `{"Action":"start",` + pkg + `}
{"Action":"run",` + pkg + `,"Test":"TestA"}
{"Action":"output",` + pkg + `,"Test":"TestA","Output":"chatter\n"}
{"Action":"pass",` + pkg + `,"Test":"TestA"}
{"Action":"pass",` + pkg + `,"Elapsed":0.5}`,
			shows: []string{"ok    example.org/p  1 passed  0.5s"}, hides: []string{"chatter"},
		},
		{
			name: "a failing subtest", last: "1 passed, 2 failed, 0 skipped",
			in: `{"Action":"start",` + pkg + `}
{"Action":"run",` + pkg + `,"Test":"TestA"}
{"Action":"run",` + pkg + `,"Test":"TestA/one"}
{"Action":"output",` + pkg + `,"Test":"TestA/one","Output":"want 1\n"}
{"Action":"fail",` + pkg + `,"Test":"TestA/one"}
{"Action":"run",` + pkg + `,"Test":"TestA/two"}
{"Action":"pass",` + pkg + `,"Test":"TestA/two"}
{"Action":"fail",` + pkg + `,"Test":"TestA"}
{"Action":"fail",` + pkg + `}`,
			shows: []string{"--- FAIL example.org/p TestA/one\nwant 1", "FAIL  example.org/p TestA\n"},
		},
		{
			name: "nothing ran", last: "0 passed, 0 failed, 0 skipped",
			in:    `{"Action":"start",` + pkg + `}` + "\n" + `{"Action":"skip",` + pkg + `}`,
			shows: []string{"no test ran"},
		},
		{
			name: "only skipped tests", last: "0 passed, 0 failed, 1 skipped",
			in: `{"Action":"run",` + pkg + `,"Test":"TestA"}
{"Action":"skip",` + pkg + `,"Test":"TestA"}
{"Action":"pass",` + pkg + `}`,
			shows: []string{"no test ran", "SKIP  example.org/p TestA"},
		},
		{
			name: "a package that does not build", last: "0 passed, 1 failed, 0 skipped",
			in: `{"ImportPath":"example.org/p [example.org/p.test]","Action":"build-output","Output":"p.go:1: undefined: x\n"}
{"ImportPath":"example.org/p [example.org/p.test]","Action":"build-fail"}
{"Action":"start",` + pkg + `}
{"Action":"fail",` + pkg + `,"FailedBuild":"example.org/p [example.org/p.test]"}`,
			shows: []string{"p.go:1: undefined: x"},
		},
		{
			name: "a panic outside of a test", last: "0 passed, 1 failed, 0 skipped",
			in: `{"Action":"start",` + pkg + `}
{"Action":"output",` + pkg + `,"Output":"panic: in TestMain\n"}
{"Action":"fail",` + pkg + `}`,
			shows: []string{"panic: in TestMain"},
		},
		{
			name: "a test that was still running when the package died", last: "1 passed, 1 failed, 0 skipped",
			in: `{"Action":"start",` + pkg + `}
{"Action":"run",` + pkg + `,"Test":"TestA"}
{"Action":"pass",` + pkg + `,"Test":"TestA"}
{"Action":"run",` + pkg + `,"Test":"TestB"}
{"Action":"fail",` + pkg + `}`,
			shows: []string{"FAIL  example.org/p TestB"},
		},
		{
			name: "output cut off in the middle", last: "1 passed, 1 failed, 0 skipped",
			in: `{"Action":"start",` + pkg + `}
{"Action":"run",` + pkg + `,"Test":"TestA"}
{"Action":"pass",` + pkg + `,"Test":"TestA"}
{"Action":"pa`,
			shows: []string{`{"Action":"pa`},
		},
		{
			name: "no input at all", last: "0 passed, 0 failed, 0 skipped",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			ok, err := run(nil, strings.NewReader(c.in), &out)
			if err != nil {
				t.Fatal(err)
			}
			if ok != c.ok || lastLine(out.String()) != c.last {
				t.Errorf("ok %v, last line %q, want %v, %q; all of it:\n%s", ok, lastLine(out.String()), c.ok, c.last, &out)
			}
			for _, want := range c.shows {
				if !strings.Contains(out.String(), want) {
					t.Errorf("does not show %q:\n%s", want, &out)
				}
			}
			for _, not := range c.hides {
				if strings.Contains(out.String(), not) {
					t.Errorf("shows %q:\n%s", not, &out)
				}
			}
		})
	}
}

func TestTotalCountsATestOnceWithItsWorstOutcome(t *testing.T) {
	dir := t.TempDir()
	plain, race := filepath.Join(dir, "plain.json"), filepath.Join(dir, "race.json")
	for name, events := range map[string]string{
		plain: `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n" + `{"Action":"pass","Package":"p","Test":"TestB"}` + "\n" + `{"Action":"pass","Package":"p"}`,
		race:  `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n" + `{"Action":"fail","Package":"p","Test":"TestB"}` + "\n" + `{"Action":"fail","Package":"p"}`,
	} {
		if _, err := run([]string{"-o", name}, strings.NewReader(events), &strings.Builder{}); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	ok, err := run([]string{"-total", plain, race}, nil, &out)
	if err != nil || ok || lastLine(out.String()) != "1 passed, 1 failed, 0 skipped" {
		t.Errorf("ok %v, err %v, output:\n%s", ok, err, &out)
	}
	if ok, err = run([]string{"-total", plain}, nil, &out); !ok || err != nil || lastLine(out.String()) != "2 passed, 0 failed, 0 skipped" {
		t.Errorf("ok %v, err %v, output:\n%s", ok, err, &out)
	}
}

func TestTotalRefusesWhatItCannotRead(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"-total"}, {"-total", broken}, {"-total", broken + "-missing"}, {"-nonsense"}} {
		if ok, err := run(args, strings.NewReader(""), &strings.Builder{}); ok || err == nil {
			t.Errorf("%q: ok %v, err %v", args, ok, err)
		}
	}
}
