package main

import (
	"fmt"
	"go/ast"
	"slices"
	"testing"
)

// fastPaths are the functions that trust their caller to have verified before,
// and the only files of the product that may name them. Whoever calls one of them
// with what came from a server takes a forgery for the truth, so a new caller is
// a decision and not a convenience.
var fastPaths = []struct {
	name    string
	callers []string
	why     string
}{
	{"ParseVerified", []string{"workspace/roster/apply.go"}, "it reads a certificate without verifying it"},
	{"ApplyVerified", []string{"client/rosterkept.go"}, "it applies a roster entry without verifying its signatures"},
	{"Reopen", []string{"client/chat.go"}, "it opens an event without verifying its signature"},
}

// trusting lists where a file names a fast path that is not its to name.
func trusting(s source) []string {
	var found []string
	if s.test() {
		return nil
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		for _, f := range fastPaths {
			if sel.Sel.Name == f.name && !slices.Contains(f.callers, s.path) {
				found = append(found, fmt.Sprintf("%s: %s; %s, and is for what this device verified and kept under a MAC", s.at(sel), f.name, f.why))
			}
		}
		return true
	})
	return found
}

func TestArchitecture_FastPaths(t *testing.T) {
	used := map[string]bool{}
	for _, s := range goFiles(t) {
		for _, v := range trusting(s) {
			t.Error(v)
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && !s.test() {
				used[s.path+" "+sel.Sel.Name] = true
			}
			return true
		})
	}
	for _, f := range fastPaths {
		for _, caller := range f.callers {
			if !used[caller+" "+f.name] {
				t.Errorf("%s does not call %s any more; take it off the list", caller, f.name)
			}
		}
	}
}

func TestArchitecture_FastPathRuleBites(t *testing.T) {
	for _, c := range []struct {
		path, src string
		refused   bool
	}{
		{"client/remote.go", "func f() { cert.ParseVerified(nil) }", true},
		{"client/remote.go", "func f() { g := cert.ParseVerified; g(nil) }", true},
		{"server/rosters/a.go", "func f(s *roster.State) { s.ApplyVerified(e) }", true},
		{"client/clienttest/a.go", "func f(k *seal.StreamKey) { k.Reopen(nil, d) }", true},
		{"workspace/roster/apply.go", "func f() { cert.ParseVerified(nil) }", false},
		{"client/remote.go", "func f() { cert.Parse(nil) }", false},
		{"crypto/cert/a_test.go", "func f() { cert.ParseVerified(nil) }", false},
	} {
		s, err := parse(c.path, []byte("package p\n"+c.src))
		if err != nil {
			t.Fatal(err)
		}
		if found := trusting(s); (len(found) > 0) != c.refused {
			t.Errorf("%s: %s: found %v", c.path, c.src, found)
		}
	}
}
