// Command testsummary reads the output of `go test -json`, prints failures in
// full and one line for each package, and ends with a line of the form
//
//	N passed, N failed, N skipped
//
// It exits with 1 when anything failed or when nothing ran, so that a run that
// tests nothing cannot look like a success.
//
//	go test -json ./... | testsummary [-o RESULTS]
//	testsummary -total RESULTS...
//
// With -o the outcomes are also written to a file; -total adds several such
// files up, counting a test once however often it ran, with its worst outcome.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	ok, err := run(os.Args[1:], os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsummary:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

// run reports whether something ran and nothing failed.
func run(args []string, stdin io.Reader, stdout io.Writer) (bool, error) {
	flags := flag.NewFlagSet("testsummary", flag.ContinueOnError)
	out := flags.String("o", "", "write the outcomes to this `file`")
	total := flags.Bool("total", false, "add up the named result files")
	if err := flags.Parse(args); err != nil {
		return false, err
	}
	if *total {
		sum := results{}
		if flags.NArg() == 0 {
			return false, errors.New("-total needs result files")
		}
		for _, name := range flags.Args() {
			one, err := load(name)
			if err != nil {
				return false, err
			}
			sum.merge(one)
		}
		return sum.report(stdout), nil
	}
	r, err := summarize(stdin, stdout)
	if err != nil {
		return false, err
	}
	if *out != "" {
		b, err := json.Marshal(r)
		if err != nil {
			return false, fmt.Errorf("encode results: %w", err)
		}
		if err := os.WriteFile(*out, b, 0o644); err != nil {
			return false, fmt.Errorf("write results: %w", err)
		}
	}
	return r.report(stdout), nil
}

func load(name string) (results, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	var r results
	if err := json.Unmarshal(b, &r); err != nil {
		return nil, fmt.Errorf("read results %s: %w", name, err)
	}
	return r, nil
}
