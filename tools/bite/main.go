// Command bite shows that the attack tests bite: it takes away one check after
// another in a copy of the tree and runs the tests that mount the attack, which
// must fail. The checks stand in checks.json: the rows of the threat model that
// they belong to, the package (./client if there is none) and the names of the
// tests, and the edits that take the check away. Where several checks stand behind
// one another, or none stands there because there is nothing to check, one entry
// has several edits, which are made together, or puts in what must not be there.
//
// A check whose absence no test of one of its rows notices is printed with NO, and
// the exit code is 1; a tree whose tests fail as it is, or an edit that does not
// fit it any more, is an error, and the exit code is 2.
//
//	go run ./tools/bite [-rows REGEXP]
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// check is one check (or several that stand behind one another) and how to take
// it away.
type check struct {
	Rows    []string `json:"rows"`    // of the threat model
	Check   string   `json:"check"`   // file and function
	Package string   `json:"package"` // of the tests; ./client if empty
	Tests   string   `json:"tests"`   // for go test -run
	Edits   []edit   `json:"edits"`   // made together
}

type edit struct {
	File string `json:"file"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

//go:embed checks.json
var checksJSON []byte

func checks() ([]check, error) {
	var out []check
	if err := json.Unmarshal(checksJSON, &out); err != nil {
		return nil, err
	}
	for i := range out {
		if out[i].Package == "" {
			out[i].Package = "./client"
		}
	}
	return out, nil
}

// apply makes the edits below root and returns how to undo them.
func (c check) apply(root string) (undo func() error, err error) {
	before := map[string][]byte{}
	undo = func() error {
		for path, b := range before {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				return err
			}
		}
		return nil
	}
	for _, e := range c.Edits {
		path := filepath.Join(root, filepath.FromSlash(e.File))
		b, err := os.ReadFile(path)
		if err != nil {
			return undo, err
		}
		if !strings.Contains(string(b), e.Old) {
			return undo, fmt.Errorf("%s does not contain %q any more", e.File, e.Old)
		}
		if _, ok := before[path]; !ok {
			before[path] = b
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(b), e.Old, e.New)), 0o600); err != nil {
			return undo, err
		}
	}
	return undo, nil
}

var failure = regexp.MustCompile(`(?m)^--- FAIL: (TestAttack_([A-Z]\d+)_\w+)`)

// noticed returns the tests that failed in the output of go test, and the rows of
// the check of which none did.
func (c check) noticed(output []byte) (tests, missed []string) {
	missed = slices.Clone(c.Rows)
	for _, m := range failure.FindAllSubmatch(output, -1) {
		tests = append(tests, string(m[1]))
		missed = slices.DeleteFunc(missed, func(row string) bool { return row == string(m[2]) })
	}
	return tests, missed
}

func main() {
	rows := flag.String("rows", "", "only checks of rows that match")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	toothless, err := run(ctx, *rows)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bite:", err)
		os.Exit(2)
	}
	if toothless > 0 {
		os.Exit(1)
	}
}

func run(ctx context.Context, rows string) (toothless int, err error) {
	all, err := checks()
	if err != nil {
		return 0, err
	}
	wanted, err := regexp.Compile(rows)
	if err != nil {
		return 0, err
	}
	chosen := slices.DeleteFunc(all, func(c check) bool { return !slices.ContainsFunc(c.Rows, wanted.MatchString) })
	root, err := os.MkdirTemp("", "cenacle-bite")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(root)
	if out, err := exec.CommandContext(ctx, "git", "checkout-index", "--all", "--prefix="+root+"/").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("copy the tree: %w: %s", err, out)
	}
	if err := untouched(ctx, root, chosen); err != nil {
		return 0, err
	}
	for _, c := range chosen {
		bites, line, err := c.bites(ctx, root)
		if err != nil {
			return toothless, fmt.Errorf("%s: %w", c.Check, err)
		}
		if !bites {
			toothless++
		}
		fmt.Printf("%-8s %s: %s\n", strings.Join(c.Rows, " "), c.Check, line)
	}
	return toothless, nil
}

// untouched runs the tests before anything is taken away: what fails anyway shows
// nothing.
func untouched(ctx context.Context, root string, chosen []check) error {
	tests := map[string][]string{}
	for _, c := range chosen {
		tests[c.Package] = append(tests[c.Package], c.Tests)
	}
	for folder, names := range tests {
		if out, err := test(ctx, root, folder, strings.Join(names, "|")); err != nil {
			return fmt.Errorf("with every check in place: %w\n%s", err, out)
		}
	}
	return nil
}

// bites takes the check away, runs its tests and puts it back.
func (c check) bites(ctx context.Context, root string) (bites bool, line string, err error) {
	undo, err := c.apply(root)
	if err != nil {
		return false, "", err
	}
	out, testErr := test(ctx, root, c.Package, c.Tests)
	if err := undo(); err != nil {
		return false, "", err
	}
	if ctx.Err() != nil {
		return false, "", ctx.Err()
	}
	failed, missed := c.noticed(out)
	switch {
	case strings.Contains(string(out), "build failed"):
		return false, fmt.Sprintf("NO, it does not build without it:\n%s", out), nil
	case testErr == nil:
		return false, "NO", nil
	case len(missed) > 0:
		return false, fmt.Sprintf("NO test of %s fails (%s)", strings.Join(missed, " "), strings.Join(failed, " ")), nil
	}
	return true, "bites (" + strings.Join(failed, " ") + ")", nil
}

// test runs tests of the tree at root. Paths are trimmed, so that what is not
// changed is compiled once for all copies.
func test(ctx context.Context, root, folder, names string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "go", "test", folder, "-trimpath", "-vet=off", "-count=1", "-timeout", "5m", "-run", names)
	cmd.Dir = root
	return cmd.CombinedOutput()
}
