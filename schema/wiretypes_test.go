package schema_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// wireTypes are all types that travel or are stored, as pointers to zero values.
// Append new ones at the end: the fuzzer's seeds name a type by its place.
var wireTypes = []any{
	new(schema.KDFParams), new(schema.Credential), new(schema.SignUpRequest), new(schema.InviteProof),
	new(schema.ChallengeRequest), new(schema.Challenge), new(schema.SignInStatement), new(schema.SessionRequest),
	new(schema.Session), new(schema.IdentityRecord), new(schema.IdentityUpdate), new(schema.DirectoryEntry),
	new(schema.ServerInfo), new(schema.WireError), new(schema.Event), new(schema.Header), new(schema.Payload),
	new(schema.AppendItem), new(schema.AppendRequest), new(schema.AppendResult), new(schema.AppendResponse),
	new(schema.EventPage), new(schema.StreamInfo), new(schema.WorkspaceHeads), new(schema.WorkspaceList),
	new(schema.Frame), new(schema.Hello), new(schema.Welcome), new(schema.Subscribe), new(schema.Subscribed),
	new(schema.PushEvents), new(schema.PushRoster), new(schema.PushErasure), new(schema.SendSignal),
	new(schema.PushSignal), new(schema.Ping), new(schema.RosterEntry), new(schema.SignedEntry), new(schema.RosterHead),
	new(schema.CircleKey), new(schema.CircleCut), new(schema.GenesisBody), new(schema.AdmitBody), new(schema.JoinBody),
	new(schema.RemoveBody), new(schema.LeaveBody), new(schema.RoleBody), new(schema.InviteBody), new(schema.CancelBody),
	new(schema.CircleBody), new(schema.CircleAdmitBody), new(schema.CircleRemoveBody), new(schema.CertificateBody),
	new(schema.EpochBody), new(schema.StreamHead), new(schema.Cut), new(schema.RosterBatch), new(schema.RosterPage),
	new(schema.HoldRequest), new(schema.Hold),
	new(schema.LocalText), new(schema.Branding), new(schema.ServerSettings), new(schema.ServerState),
	new(schema.ServerAdmin), new(schema.ServerUpdate), new(schema.AccountInfo), new(schema.AccountPage),
	new(schema.AccountUpdate),
}

func typeName(v any) string { return reflect.TypeOf(v).Elem().Name() }

// newValue returns a pointer to a fresh zero value of the type that v points to.
func newValue(v any) any { return reflect.New(reflect.TypeOf(v).Elem()).Interface() }

func wireType(t *testing.T, name string) any {
	t.Helper()
	i := slices.IndexFunc(wireTypes, func(v any) bool { return typeName(v) == name })
	if i < 0 {
		t.Fatalf("%s is no wire type", name)
	}
	return newValue(wireTypes[i])
}

// fill sets every field of a value, recursively, to something that is not zero
// and that differs from field to field, the same in every run.
func fill(v reflect.Value, n *uint64) {
	*n++
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Array:
		for i := range v.Len() {
			v.Index(i).SetUint((*n*31 + uint64(i)) & 0xff)
		}
	case reflect.String:
		v.SetString("value " + string(rune('a'+*n%26)) + " é")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int64:
		// Of the size of a time in milliseconds; below 2^53 for JavaScript's sake.
		v.SetInt(1_700_000_000_000 + int64(*n))
	case reflect.Uint64:
		v.SetUint(1<<32 + *n)
	case reflect.Uint32:
		v.SetUint(1<<16 + *n)
	case reflect.Uint16:
		v.SetUint(1<<8 + *n%256)
	case reflect.Uint8:
		v.SetUint(1 + *n%200)
	default:
		panic("fill: a kind that no wire type had so far: " + v.Kind().String())
	}
}

func filled(v any) any {
	out := newValue(v)
	var n uint64
	fill(reflect.ValueOf(out).Elem(), &n)
	return out
}

// parseSchema returns the package's hand-written files.
func parseSchema(t *testing.T) []*ast.File {
	t.Helper()
	names, err := fs.Glob(dirFS, "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, f)
	}
	return out
}

// TestWireTypesAreComplete finds wire types by their tags, so that none can be
// added without vectors and fuzzing, and checks what holds for each tag.
func TestWireTypesAreComplete(t *testing.T) {
	listed := map[string]bool{}
	for _, v := range wireTypes {
		if listed[typeName(v)] {
			t.Errorf("%s is listed twice", typeName(v))
		}
		listed[typeName(v)] = true
	}
	for _, f := range parseSchema(t) {
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			body, ok := spec.Type.(*ast.StructType)
			if !ok {
				return false
			}
			for _, field := range body.Fields.List {
				if field.Tag != nil && strings.Contains(field.Tag.Value, "cbor:") && !listed[spec.Name.Name] {
					t.Errorf("%s has cbor tags and is not in wireTypes", spec.Name.Name)
					break
				}
			}
			return false
		})
	}
	for _, v := range wireTypes {
		kind := reflect.TypeOf(v).Elem()
		seen := map[string]string{}
		for i := range kind.NumField() {
			field := kind.Field(i)
			tag := strings.Split(field.Tag.Get("cbor"), ",")
			if len(tag) < 2 || tag[1] != "keyasint" {
				t.Errorf("%s.%s: the tag %q does not give a number", kind.Name(), field.Name, field.Tag)
				continue
			}
			if other := seen[tag[0]]; other != "" {
				t.Errorf("%s: %s and %s share the number %s", kind.Name(), other, field.Name, tag[0])
			}
			seen[tag[0]] = field.Name
			// An absent pointer has no other encoding than being absent.
			if field.Type.Kind() == reflect.Pointer && !slices.Contains(tag, "omitempty") {
				t.Errorf("%s.%s: a pointer without omitempty would travel as null, which is refused", kind.Name(), field.Name)
			}
		}
	}
}
