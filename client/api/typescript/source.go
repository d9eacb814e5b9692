package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// source is what reflection does not tell: comments, and the values of the
// enumerations.
type source struct {
	types  map[string]string   // comment by type name
	fields map[string]string   // comment by "Type.Field"
	values map[string][]string // constants by type name, in order
}

// readSource parses the packages in some folders, tests apart.
func readSource(folders ...string) (*source, error) {
	s := &source{types: map[string]string{}, fields: map[string]string{}, values: map[string][]string{}}
	for _, folder := range folders {
		names, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", folder, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
			if err != nil {
				return nil, fmt.Errorf("read %s: %w", name, err)
			}
			s.readFile(f)
		}
	}
	return s, nil
}

func (s *source) readFile(f *ast.File) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				doc := spec.Doc
				if doc == nil {
					doc = g.Doc
				}
				s.readType(spec, doc)
			case *ast.ValueSpec:
				s.readConst(spec)
			}
		}
	}
}

func (s *source) readType(spec *ast.TypeSpec, doc *ast.CommentGroup) {
	s.types[spec.Name.Name] = doc.Text()
	t, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range t.Fields.List {
		text := f.Doc.Text()
		if text == "" {
			text = f.Comment.Text()
		}
		for _, name := range f.Names {
			s.fields[spec.Name.Name+"."+name.Name] = text
		}
	}
}

// readConst takes constants of a named string type; those of other types are not
// enumerations of the contract.
func (s *source) readConst(spec *ast.ValueSpec) {
	t, ok := spec.Type.(*ast.Ident)
	if !ok {
		return
	}
	for _, v := range spec.Values {
		if lit, ok := v.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			if text, err := strconv.Unquote(lit.Value); err == nil {
				s.values[t.Name] = append(s.values[t.Name], text)
			}
		}
	}
}
