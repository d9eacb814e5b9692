// Package docs_test keeps the documents true: tables that mirror the code, and
// links.
package docs_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/constant"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

const schemaFolder = "../schema"

// TestWireTypesAreDocumented compares protocol/types.md with the structs of
// package schema: every type, every field, its number and whether it is optional.
func TestWireTypesAreDocumented(t *testing.T) {
	doc := squeeze(read(t, "protocol/types.md"))
	found := 0
	for _, file := range schemaFiles(t) {
		for _, decl := range file.Decls {
			d, ok := decl.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, spec := range d.Specs {
				if line := wireType(spec); line != "" {
					found++
					if !strings.Contains(doc, squeeze(line)) {
						t.Errorf("protocol/types.md has no line\n%s", line)
					}
				}
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d wire types were found", found)
	}
}

// wireType writes a struct with CBOR tags in the notation of protocol/types.md,
// and returns "" for any other declaration.
func wireType(spec ast.Spec) string {
	ts, ok := spec.(*ast.TypeSpec)
	if !ok {
		return ""
	}
	st, ok := ts.Type.(*ast.StructType)
	if !ok {
		return ""
	}
	var fields []string
	for _, f := range st.Fields.List {
		if f.Tag == nil || len(f.Names) != 1 {
			continue
		}
		tag, ok := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Lookup("cbor")
		if !ok {
			continue
		}
		number, _, _ := strings.Cut(tag, ",")
		optional := ""
		if strings.HasSuffix(tag, ",omitempty") {
			optional = "?"
		}
		fields = append(fields, fmt.Sprintf("%s: %s %s%s", number, f.Names[0].Name, fieldType(f.Type), optional))
	}
	if len(fields) == 0 {
		return ""
	}
	return ts.Name.Name + " = { " + strings.Join(fields, ", ") + " }"
}

func fieldType(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.StarExpr:
		return fieldType(x.X)
	case *ast.ArrayType:
		if id, ok := x.Elt.(*ast.Ident); ok && id.Name == "byte" {
			return "bytes"
		}
		return "[" + fieldType(x.Elt) + "]"
	case *ast.Ident:
		switch x.Name {
		case "string", "Code":
			return "text"
		}
		return x.Name
	}
	return "?"
}

// TestErrorsAreDocumented compares the table of error codes with the data.
func TestErrorsAreDocumented(t *testing.T) {
	var codes []struct {
		Number, Status int
		Code, EN       string
	}
	if err := json.Unmarshal([]byte(read(t, filepath.Join(schemaFolder, "errors.json"))), &codes); err != nil {
		t.Fatal(err)
	}
	doc := read(t, "protocol/types.md")
	for _, c := range codes {
		status := "–" // it never travels
		if c.Status != 0 {
			status = fmt.Sprint(c.Status)
		}
		if row := fmt.Sprintf("| %d | `%s` | %s | %s |", c.Number, c.Code, status, c.EN); !strings.Contains(doc, row) {
			t.Errorf("protocol/types.md has no row\n%s", row)
		}
	}
	if len(codes) == 0 {
		t.Error("no codes were found")
	}
}

// TestLimitsAreDocumented compares the table of limits with the constants.
func TestLimitsAreDocumented(t *testing.T) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, filepath.Join(schemaFolder, "limits.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	config := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
	pkg, err := config.Check("schema", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	doc := read(t, "protocol/types.md")
	for _, name := range pkg.Scope().Names() {
		c, ok := pkg.Scope().Lookup(name).(*types.Const)
		if !ok {
			continue
		}
		n, exact := constant.Int64Val(c.Val())
		if !exact {
			t.Fatalf("%s is no integer", name)
		}
		value := thousands(n)
		if c.Type().String() == "time.Duration" {
			value = duration(time.Duration(n))
		}
		if row := fmt.Sprintf("| `%s` | %s |", name, value); !strings.Contains(doc, row) {
			t.Errorf("protocol/types.md has no row that begins with\n%s", row)
		}
	}
}

func thousands(n int64) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func duration(d time.Duration) string {
	switch {
	case d >= 24*time.Hour:
		return fmt.Sprintf("%d days", d/(24*time.Hour))
	case d >= time.Hour:
		return fmt.Sprintf("%d h", d/time.Hour)
	default:
		return fmt.Sprintf("%d s", d/time.Second)
	}
}

// TestPurposesAreDocumented looks for every purpose string.
func TestPurposesAreDocumented(t *testing.T) {
	doc := read(t, "protocol/encoding.md")
	purpose := regexp.MustCompile(`"(cenacle/v1/[a-z-]+)"`)
	found := 0
	for _, m := range purpose.FindAllStringSubmatch(read(t, filepath.Join(schemaFolder, "doc.go")), -1) {
		found++
		if !strings.Contains(doc, "`"+m[1]+"`") {
			t.Errorf("protocol/encoding.md does not name %s", m[1])
		}
	}
	if found < 20 {
		t.Errorf("only %d purposes were found", found)
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	fence   = regexp.MustCompile("(?s)```.*?```")
	span    = regexp.MustCompile("`[^`\n]*`")
)

// TestLinks follows every link from one document to another, to its heading.
func TestLinks(t *testing.T) {
	anchors := map[string]map[string]bool{}
	for _, file := range documents(t) {
		anchors[file] = map[string]bool{}
		for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(read(t, file), ""), -1) {
			anchors[file][anchor(m[1])] = true
		}
	}
	for file := range anchors {
		text := span.ReplaceAllString(fence.ReplaceAllString(read(t, file), ""), "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			target, fragment, _ := strings.Cut(m[1], "#")
			to := file
			if target != "" {
				to = filepath.Join(filepath.Dir(file), target)
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: the link %s leads nowhere", file, m[1])
			} else if known, ours := anchors[to]; ours && fragment != "" && !known[fragment] {
				t.Errorf("%s: the link %s names no heading", file, m[1])
			}
		}
	}
}

// path is what a document calls a file or a folder of this module.
var path = regexp.MustCompile("`((?:schema|crypto|workspace|server|client|docs|scripts|tools)/[\\w./-]+)`")

// TestPaths looks for every file that a document names.
func TestPaths(t *testing.T) {
	found := 0
	for _, file := range documents(t) {
		for _, m := range path.FindAllStringSubmatch(read(t, file), -1) {
			found++
			if _, err := os.Stat(filepath.Join("..", m[1])); err != nil {
				t.Errorf("%s names %s, which does not exist", file, m[1])
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d paths were found", found)
	}
}

// anchor is the fragment that GitHub gives to a heading.
func anchor(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case r == ' ' || r == '-':
			b.WriteByte('-')
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r > 127 || r == '_':
			b.WriteRune(r)
		}
	}
	return b.String()
}

func documents(t *testing.T) []string {
	t.Helper()
	out := []string{"../README.md", "../CONTRIBUTING.md", "../SECURITY.md"}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func schemaFiles(t *testing.T) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(schemaFolder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var out []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }
