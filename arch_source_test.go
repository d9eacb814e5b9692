package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// maxFileLines is where a hand-written file has certainly missed its seam.
const maxFileLines = 800

// A source is one parsed Go file of the module.
type source struct {
	path  string // relative to the module, with slashes
	lines int
	fset  *token.FileSet
	file  *ast.File
}

func (s source) test() bool { return strings.HasSuffix(s.path, "_test.go") }

func (s source) pkg() string { return path.Dir(s.path) }

func (s source) generated() bool { return ast.IsGenerated(s.file) }

func (s source) at(n ast.Node) string {
	return fmt.Sprintf("%s:%d", s.path, s.fset.Position(n.Pos()).Line)
}

func (s source) imports() []string {
	var out []string
	for _, spec := range s.file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err == nil {
			out = append(out, inModule(name))
		}
	}
	return out
}

// localName is the name by which a file calls an imported package, or "".
func (s source) localName(importPath string) string {
	for _, spec := range s.file.Imports {
		if name, err := strconv.Unquote(spec.Path.Value); err != nil || name != importPath {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}

// inModule names a package of the module by its folder and leaves others alone.
func inModule(importPath string) string {
	if importPath == modulePath {
		return "."
	}
	return strings.TrimPrefix(importPath, modulePath+"/")
}

func parse(name string, src []byte) (source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return source{}, fmt.Errorf("parse: %w", err)
	}
	return source{path: name, lines: bytes.Count(src, []byte("\n")), fset: fset, file: file}, nil
}

// goFiles parses every Go file of the module, whatever its build tags.
func goFiles(t *testing.T) []source {
	t.Helper()
	var out []source
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			base := entry.Name()
			if name != "." && (strings.HasPrefix(base, ".") || base == "testdata" || base == "node_modules" || base == "data" || base == "build") {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s, err := parse(filepath.ToSlash(name), src)
		if err != nil {
			return err
		}
		out = append(out, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// calls visits each selector of the form name.Sel in a file.
func (s source) selectors(visit func(name string, sel *ast.SelectorExpr)) {
	ast.Inspect(s.file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				visit(id.Name, sel)
			}
		}
		return true
	})
}

// testers are the names that a file gives to values of the types of package
// testing: t, b, f, tb and whatever else.
func (s source) testers() map[string]bool {
	local := s.localName("testing")
	out := map[string]bool{}
	if local == "" {
		return out
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		field, ok := n.(*ast.Field)
		if !ok {
			return true
		}
		kind := field.Type
		if star, ok := kind.(*ast.StarExpr); ok {
			kind = star.X
		}
		if sel, ok := kind.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == local {
				for _, name := range field.Names {
					out[name.Name] = true
				}
			}
		}
		return true
	})
	return out
}

// habits applies the rules that concern one file's text.
func habits(s source) []string {
	var found []string
	report := func(n ast.Node, format string, args ...any) {
		found = append(found, s.at(n)+": "+fmt.Sprintf(format, args...))
	}
	if s.lines > maxFileLines && !s.generated() {
		found = append(found, fmt.Sprintf("%s: %d lines; a file reads as one idea, so find the seam before %d", s.path, s.lines, maxFileLines))
	}
	product := !s.test() && !isSupport(s.pkg())
	pure := product && within(s.pkg(), "workspace")

	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				report(n, "func init; main builds what is needed and hands it on, so that reading main tells what runs")
			}
		case *ast.GoStmt:
			if product && withinAny(s.pkg(), []string{"schema", "workspace", "crypto"}) {
				report(n, "a goroutine; this code is called, computes and returns, and leaves concurrency to its caller")
			}
		}
		return true
	})

	clock, ids := s.localName("time"), s.localName(modulePath+"/schema")
	testers := s.testers()
	s.selectors(func(name string, sel *ast.SelectorExpr) {
		switch member := sel.Sel.Name; {
		case pure && name == clock && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Local", "LoadLocation"}, member):
			report(sel, "time.%s; a rule that asks the machine for its clock or zone decides differently on another machine: take the time as an argument", member)
		case pure && name == ids && strings.HasPrefix(member, "New") && strings.HasSuffix(member, "ID"):
			report(sel, "schema.%s draws randomness; rules and reducers are deterministic", member)
		case s.test() && name == clock && member == "Sleep":
			report(sel, "time.Sleep in a test; wait for the condition, with a deadline")
		case testers[name] && slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, member):
			report(sel, "a skipped test; it has to run or to fail, and make test brings what it needs")
		}
	})
	return found
}

func TestArchitecture_Habits(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range goFiles(t) {
		for _, v := range habits(s) {
			t.Error(v)
		}
		if !s.test() {
			documented[s.pkg()] = documented[s.pkg()] || s.file.Doc != nil
		}
	}
	for pkg, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment that a newcomer can start from", pkg)
		}
	}
}

func TestArchitecture_HabitRulesBite(t *testing.T) {
	const imports = "import (\n\"testing\"\nclock \"time\"\n\"github.com/cenacle-team/cenacle/schema\"\n)\nvar _ = clock.Second\nvar _ schema.UserID\nvar _ testing.TB\n"
	for _, c := range []struct {
		path, src, want string // want is "" for what is allowed
	}{
		{"server/a.go", "func init() {}", "func init"},
		{"server/a_test.go", "func init() {}", "func init"},
		{"server/a.go", "type x struct{}\nfunc (x) init() {}", ""},
		{"workspace/chat/a.go", "func f() { go f() }", "goroutine"},
		{"crypto/seal/a.go", "func f() { go f() }", "goroutine"},
		{"crypto/seal/a_test.go", "func f() { go f() }", ""},
		{"server/a.go", "func f() { go f() }", ""},
		{"workspace/chat/a.go", "func f() { _ = clock.Now() }", "time.Now"},
		{"workspace/chat/a.go", "func f() { g := clock.Now; _ = g }", "time.Now"},
		{"workspace/chat/a.go", "func f() { _ = clock.UnixMilli(0) }", ""},
		{"workspace/chat/a_test.go", "func f() { _ = clock.Now() }", ""},
		{"client/a.go", "func f() { _ = clock.Now() }", ""},
		{"workspace/chat/a.go", "func f() { _ = schema.NewEventID() }", "schema.NewEventID"},
		{"server/a_test.go", "func f() { clock.Sleep(1) }", "time.Sleep"},
		{"server/a.go", "func f() { clock.Sleep(1) }", ""},
		{"server/a_test.go", "func TestA(t *testing.T) { t.Skip() }", "skipped"},
		{"server/a_test.go", "func TestA(x *testing.T) { x.Skipf(\"\") }", "skipped"},
		{"server/a_test.go", "func FuzzA(f *testing.F) { f.Fuzz(func(q *testing.T, b []byte) { q.SkipNow() }) }", "skipped"},
		{"client/clienttest/a.go", "func need(tb testing.TB) { tb.Skip() }", "skipped"},
		{"server/a_test.go", "type r struct{}\nfunc (r) Skip() {}\nfunc f(d r) { d.Skip() }", ""},
		{"server/a.go", strings.Repeat("\n", maxFileLines), "lines"},
		{"server/a.gen.go", "//" + strings.Repeat("\n", maxFileLines), "lines"},
	} {
		s, err := parse(c.path, []byte("package p\n"+imports+c.src))
		if err != nil {
			t.Fatal(err)
		}
		found := strings.Join(habits(s), "\n")
		if c.want == "" && found != "" || !strings.Contains(found, c.want) {
			t.Errorf("%s: %q: want %q, found %q", c.path, strings.TrimSpace(c.src), c.want, found)
		}
	}
	long := "// Code generated by x. DO NOT EDIT.\n\npackage p\n" + strings.Repeat("\n", maxFileLines)
	if s, err := parse("server/a.gen.go", []byte(long)); err != nil || len(habits(s)) > 0 {
		t.Errorf("generated code is bound by the length of files: %v, %v", err, habits(s))
	}
}

// packageHosts asks the tools of this machine where they fetch packages from;
// writing the names here would break the very rule.
func packageHosts(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOPROXY").Output()
	if err != nil {
		t.Fatalf("go env: %v", err)
	}
	urls := strings.FieldsFunc(strings.TrimSpace(string(out)), func(r rune) bool { return r == ',' || r == '|' })
	// Node is needed for the web app only, so its absence is no failure.
	if _, err := exec.LookPath("npm"); err == nil {
		out, err := exec.Command("npm", "config", "get", "registry").Output()
		if err != nil {
			t.Fatalf("npm config: %v", err)
		}
		urls = append(urls, strings.TrimSpace(string(out)))
	}
	var hosts []string
	for _, u := range urls {
		if parsed, err := url.Parse(u); err == nil && strings.Contains(parsed.Hostname(), ".") {
			hosts = append(hosts, parsed.Hostname())
		}
	}
	return hosts
}

// mentions returns the first line of b that holds one of the hosts, or 0.
func mentions(b []byte, hosts []string) int {
	for i, line := range bytes.Split(b, []byte("\n")) {
		for _, host := range hosts {
			if bytes.Contains(bytes.ToLower(line), []byte(host)) {
				return i + 1
			}
		}
	}
	return 0
}

func TestArchitecture_NoPackageHosts(t *testing.T) {
	hosts := packageHosts(t)
	if mentions([]byte("a\nhttps://packages.example.org/x"), append(hosts, "packages.example.org")) != 2 {
		t.Fatal("the scan does not find what it looks for")
	}
	out, err := exec.Command("git", "ls-files", "-z").Output()
	if err != nil {
		t.Fatalf("git ls-files: %v", err)
	}
	for _, name := range strings.Split(strings.TrimRight(string(out), "\x00"), "\x00") {
		b, err := os.ReadFile(name)
		if os.IsNotExist(err) { // removed and not yet committed
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if line := mentions(b, hosts); line > 0 {
			t.Errorf("%s:%d names a host of packages: a build uses the registries that its machine is set up for", name, line)
		}
	}
}
