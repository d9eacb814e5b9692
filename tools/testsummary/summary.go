package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// An event is one line of `go test -json` (go doc test2json).
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build events, which have no Package
	Test        string
	Output      string
	Elapsed     float64 // seconds
	FailedBuild string
}

// An outcome is how a test ended; the order is from best to worst.
type outcome string

const (
	passed  outcome = "pass"
	skipped outcome = "skip"
	failed  outcome = "fail"
)

func (o outcome) worse(than outcome) bool {
	order := []outcome{"", passed, skipped, failed}
	return slices.Index(order, o) > slices.Index(order, than)
}

// results holds the outcome of each test: "package test", or "package" alone for
// a package that failed without a failing test (it did not build, it panicked).
type results map[string]outcome

func (r results) merge(other results) {
	for name, o := range other {
		if o.worse(r[name]) {
			r[name] = o
		}
	}
}

// report prints what failed and was skipped and then the one line of numbers,
// and reports whether something ran and nothing failed.
func (r results) report(w io.Writer) bool {
	count := map[outcome]int{}
	for _, name := range slices.Sorted(maps.Keys(r)) {
		o := r[name]
		count[o]++
		if o != passed {
			fmt.Fprintf(w, "%s  %s\n", strings.ToUpper(string(o)), name)
		}
	}
	if count[passed]+count[failed] == 0 {
		fmt.Fprintln(w, "no test ran")
	}
	fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", count[passed], count[failed], count[skipped])
	return count[failed] == 0 && count[passed] > 0
}

// A tally is what is known of the packages that are being tested.
type tally struct {
	w       io.Writer
	results results
	output  map[string]*strings.Builder // by result name; dropped when it passes
	open    map[string]map[string]bool  // tests that run, by package
	passed  map[string]int              // by package
	failed  map[string]int
}

// summarize reads events until the end of in and prints failures as they come.
// Lines that are not events are printed as they are.
func summarize(in io.Reader, w io.Writer) (results, error) {
	r := &tally{w: w, results: results{}, output: map[string]*strings.Builder{}, open: map[string]map[string]bool{},
		passed: map[string]int{}, failed: map[string]int{}}
	br := bufio.NewReader(in)
	for {
		line, err := br.ReadBytes('\n')
		if line = bytes.TrimSpace(line); len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) != nil || e.Action == "" {
				fmt.Fprintf(w, "%s\n", line)
			} else {
				r.take(e)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
	}
	// A package that never ended was cut off: its events must not count as success.
	for _, pkg := range slices.Sorted(maps.Keys(r.open)) {
		r.endPackage(event{Action: string(failed), Package: pkg})
	}
	return r.results, nil
}

func (r *tally) take(e event) {
	switch {
	case e.Action == "output" || e.Action == "build-output":
		r.keep(e)
	case e.Action == "start":
		r.open[e.Package] = map[string]bool{}
	case e.Action == "run":
		if r.open[e.Package] == nil {
			r.open[e.Package] = map[string]bool{}
		}
		r.open[e.Package][e.Test] = true
	case e.Test != "":
		switch o := outcome(e.Action); o {
		case passed, failed, skipped:
			r.endTest(e.Package, e.Test, o)
		}
	case e.Action == string(passed) || e.Action == string(failed) || e.Action == string(skipped):
		r.endPackage(e)
	}
}

func (r *tally) keep(e event) {
	name := key(e.Package, e.Test)
	if e.Action == "build-output" {
		name = e.ImportPath
	}
	if r.output[name] == nil {
		r.output[name] = &strings.Builder{}
	}
	r.output[name].WriteString(e.Output)
}

func (r *tally) endTest(pkg, test string, o outcome) {
	name := key(pkg, test)
	delete(r.open[pkg], test)
	r.results.merge(results{name: o})
	switch o {
	case passed:
		r.passed[pkg]++
	case failed:
		r.failed[pkg]++
		fmt.Fprintf(r.w, "--- FAIL %s\n", name)
		r.print(name)
	}
	delete(r.output, name)
}

func (r *tally) endPackage(e event) {
	if e.Action == string(failed) {
		for _, test := range slices.Sorted(maps.Keys(r.open[e.Package])) {
			r.endTest(e.Package, test, failed)
		}
		if r.failed[e.Package] == 0 {
			r.failed[e.Package]++
			r.results[e.Package] = failed
			fmt.Fprintf(r.w, "--- FAIL %s\n", e.Package)
			r.print(e.FailedBuild)
		}
		r.print(e.Package)
	}
	delete(r.open, e.Package)
	delete(r.output, e.Package)
	switch {
	case r.failed[e.Package] > 0:
		fmt.Fprintf(r.w, "FAIL  %s  %d failed, %d passed  %.1fs\n", e.Package, r.failed[e.Package], r.passed[e.Package], e.Elapsed)
	case r.passed[e.Package] > 0:
		fmt.Fprintf(r.w, "ok    %s  %d passed  %.1fs\n", e.Package, r.passed[e.Package], e.Elapsed)
	default:
		fmt.Fprintf(r.w, "-     %s  no tests\n", e.Package)
	}
}

func (r *tally) print(name string) {
	if b := r.output[name]; b != nil {
		fmt.Fprint(r.w, b.String())
	}
}

func key(pkg, test string) string {
	if test == "" {
		return pkg
	}
	return pkg + " " + test
}
