// Command bite shows that the attack tests bite: it takes away one check after
// another in a copy of the tree and runs the tests that mount the attack, which
// must fail. The checks stand in checks.json. A check that is removed without a
// test failing is printed with NO, and the exit code is 1.
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
	"strings"
)

// check is one check (or several that stand behind one another) and how to take
// it away.
type check struct {
	Rows  []string `json:"rows"`  // of ATTACKS.md
	Check string   `json:"check"` // file and function
	Tests string   `json:"tests"` // for go test -run, in ./client
	Edits []edit   `json:"edits"`
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
	return out, json.Unmarshal(checksJSON, &out)
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

func main() {
	rows := flag.String("rows", "", "only rows that match")
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
	root, err := os.MkdirTemp("", "cenacle-bite")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(root)
	if out, err := exec.CommandContext(ctx, "git", "checkout-index", "--all", "--prefix="+root+"/").CombinedOutput(); err != nil {
		return 0, fmt.Errorf("copy the tree: %w: %s", err, out)
	}
	failed := regexp.MustCompile(`--- FAIL: (Test\w+)`)
	for _, c := range all {
		if !wanted.MatchString(strings.Join(c.Rows, " ")) {
			continue
		}
		undo, err := c.apply(root)
		if err != nil {
			return toothless, err
		}
		cmd := exec.CommandContext(ctx, "go", "test", "./client", "-count=1", "-timeout", "3m", "-run", c.Tests)
		cmd.Dir = root
		out, testErr := cmd.CombinedOutput()
		if err := undo(); err != nil {
			return toothless, err
		}
		if ctx.Err() != nil {
			return toothless, ctx.Err()
		}
		verdict := "NO"
		switch {
		case strings.Contains(string(out), "build failed"):
			return toothless, fmt.Errorf("%s: does not build without it:\n%s", c.Check, out)
		case testErr != nil:
			verdict = "bites"
			if m := failed.FindSubmatch(out); m != nil {
				verdict += " (" + string(m[1]) + ")"
			}
		default:
			toothless++
		}
		fmt.Printf("%-8s %s: %s\n", strings.Join(c.Rows, " "), c.Check, verdict)
	}
	return toothless, nil
}
