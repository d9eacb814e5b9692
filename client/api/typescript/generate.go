package main

import (
	"bytes"
	"encoding"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/cenacle-team/cenacle/client/api"
)

const header = `// Code generated from package client/api by ` + "`go generate ./client/api`" + `. DO NOT EDIT.

`

// generate writes the whole contract. Root is the module's folder: comments come
// from the source, the package's own before those of client and schema.
func generate(root string) ([]byte, error) {
	src, err := readSource(filepath.Join(root, "schema"), filepath.Join(root, "client"), filepath.Join(root, "client/api"))
	if err != nil {
		return nil, err
	}
	g := &generator{src: src, types: map[string]reflect.Type{}}
	methods := api.Methods()
	slices.SortFunc(methods, func(a, b api.Method) int { return strings.Compare(a.Name, b.Name) })
	var calls bytes.Buffer
	for _, m := range methods {
		params, err := g.name(m.Params)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		answer, err := g.name(m.Answer)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		fmt.Fprintf(&calls, "  %s: { params: %s; answer: %s }\n", strconv.Quote(m.Name), params, answer)
	}
	for _, t := range []reflect.Type{reflect.TypeFor[api.Change](), reflect.TypeFor[api.Failure]()} {
		if _, err := g.name(t); err != nil {
			return nil, err
		}
	}

	var out bytes.Buffer
	out.WriteString(header)
	for _, name := range sortedKeys(g.types) {
		if err := g.declare(&out, name, g.types[name]); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	out.WriteString("/** Every call, with what it takes and what it answers. */\nexport interface Calls {\n")
	out.Write(calls.Bytes())
	out.WriteString("}\n")
	return out.Bytes(), nil
}

type generator struct {
	src   *source
	types map[string]reflect.Type // those met so far, all to be declared
}

var textType = reflect.TypeFor[encoding.TextMarshaler]()

// name is how a type is written where it is used; named ones are declared once.
func (g *generator) name(t reflect.Type) (string, error) {
	switch {
	case t.Name() != "" && t.PkgPath() != "":
		if known, ok := g.types[t.Name()]; ok && known != t {
			return "", fmt.Errorf("two types are called %s", t.Name())
		}
		if _, ok := g.types[t.Name()]; !ok {
			g.types[t.Name()] = t
			return t.Name(), g.visit(t)
		}
		return t.Name(), nil
	case t.Kind() == reflect.Pointer:
		inner, err := g.name(t.Elem())
		return inner + " | null", err
	case t == reflect.TypeFor[[]byte]():
		return "string", nil // base64 (RFC 4648 section 4), as encoding/json has it
	case t.Kind() == reflect.Slice:
		inner, err := g.name(t.Elem())
		return inner + "[]", err
	case t.Kind() == reflect.Map && t.Key().Kind() == reflect.String:
		inner, err := g.name(t.Elem())
		return "Record<string, " + inner + ">", err
	}
	return basic(t)
}

func basic(t reflect.Type) (string, error) {
	switch t.Kind() {
	case reflect.String:
		return "string", nil
	case reflect.Bool:
		return "boolean", nil
	case reflect.Int, reflect.Int64, reflect.Uint32, reflect.Uint64, reflect.Uint16, reflect.Uint8:
		return "number", nil
	}
	return "", fmt.Errorf("%s has no form in the contract", t)
}

// visit meets the types of a struct's fields.
func (g *generator) visit(t reflect.Type) error {
	if t.Kind() != reflect.Struct || t.Implements(textType) {
		return nil
	}
	for _, f := range fields(t) {
		if _, err := g.name(f.Type); err != nil {
			return fmt.Errorf("field %s: %w", f.Name, err)
		}
	}
	return nil
}

// fields are those of a struct and of the structs embedded in it.
func fields(t reflect.Type) (out []reflect.StructField) {
	for _, f := range reflect.VisibleFields(t) {
		if !f.Anonymous && f.IsExported() {
			out = append(out, f)
		}
	}
	return out
}

func (g *generator) declare(out *bytes.Buffer, name string, t reflect.Type) error {
	comment(out, "", g.src.types[name])
	switch {
	case t.Implements(textType):
		fmt.Fprintf(out, "export type %s = string\n\n", name)
		return nil
	case t.Kind() != reflect.Struct:
		form, err := basic(t)
		if values := g.src.values[name]; len(values) > 0 {
			quoted := make([]string, len(values))
			for i, v := range values {
				quoted[i] = strconv.Quote(v)
			}
			form = strings.Join(quoted, " | ")
		}
		fmt.Fprintf(out, "export type %s = %s\n\n", name, form)
		return err
	}
	all := fields(t)
	if len(all) == 0 {
		fmt.Fprintf(out, "export type %s = Record<string, never>\n\n", name)
		return nil
	}
	fmt.Fprintf(out, "export interface %s {\n", name)
	for _, f := range all {
		// What may be left out of parameters is a zero value to the engine.
		tag, optional := strings.CutSuffix(f.Tag.Get("json"), ",omitempty")
		if tag == "" || strings.Contains(tag, ",") {
			return fmt.Errorf("field %s needs a plain json name", f.Name)
		}
		form, err := g.name(f.Type)
		if err != nil {
			return err
		}
		owner := t
		for _, i := range f.Index[:len(f.Index)-1] {
			owner = owner.Field(i).Type
		}
		comment(out, "  ", g.src.fields[owner.Name()+"."+f.Name])
		if optional {
			tag += "?"
		}
		fmt.Fprintf(out, "  %s: %s\n", tag, form)
	}
	out.WriteString("}\n\n")
	return nil
}

// comment writes a documentation comment, if there is one.
func comment(out *bytes.Buffer, indent, text string) {
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(text, "*/", "*\u200b/")), "\n")
	switch {
	case lines[0] == "":
	case len(lines) == 1:
		fmt.Fprintf(out, "%s/** %s */\n", indent, lines[0])
	default:
		fmt.Fprintf(out, "%s/**\n", indent)
		for _, l := range lines {
			fmt.Fprintf(out, "%s\n", strings.TrimRight(indent+" * "+l, " "))
		}
		fmt.Fprintf(out, "%s */\n", indent)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
