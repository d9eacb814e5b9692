// Package streamtest helps to test reducers. Only tests import it.
package streamtest

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
)

// golden is the form of a file that freezes one body: its octets, and what they say.
type golden struct {
	Type  string           `json:"type"`
	Kind  schema.EventKind `json:"kind"`
	Octet string           `json:"octets"` // hexadecimal
	Value json.RawMessage  `json:"value"`
}

var update = flag.Bool("golden", false, "write golden files that do not exist; existing ones are never written")

// Body is one body type of a domain with an example of which each field is set.
type Body struct {
	Kind    schema.EventKind
	Example stream.Body // a pointer
}

// Golden checks each body against its frozen file, testdata/<Type>.json: the
// octets decode to the value, and the value encodes to the octets.
func Golden(t *testing.T, bodies []Body) {
	for _, b := range bodies {
		typ := reflect.TypeOf(b.Example).Elem()
		t.Run(typ.Name(), func(t *testing.T) {
			path := filepath.Join("testdata", typ.Name()+".json")
			if _, err := os.Stat(path); *update && errors.Is(err, fs.ErrNotExist) {
				write(t, path, b, typ.Name())
			}
			g, octets := load(t, path)
			if g.Type != typ.Name() || g.Kind != b.Kind {
				t.Fatalf("%s is of type %s and kind %d", path, g.Type, g.Kind)
			}
			got := reflect.New(typ).Interface().(stream.Body)
			if reason := stream.Decode(octets, got); reason != 0 {
				t.Fatalf("frozen octets are refused: %v", reason)
			}
			if !reflect.DeepEqual(got, b.Example) {
				t.Errorf("frozen octets decode to %+v, want %+v", got, b.Example)
			}
			if again := schema.MustMarshal(b.Example); !bytes.Equal(again, octets) {
				t.Errorf("the example encodes to %x, frozen is %x", again, octets)
			}
			value, err := json.Marshal(got)
			if err != nil {
				t.Fatal(err)
			}
			var frozen bytes.Buffer
			if err := json.Compact(&frozen, g.Value); err != nil || frozen.String() != string(value) {
				t.Errorf("the value is %s, described is %s (%v)", value, frozen.String(), err)
			}
			for i := range typ.NumField() {
				if reflect.ValueOf(b.Example).Elem().Field(i).IsZero() {
					t.Errorf("field %s is not set in the example", typ.Field(i).Name)
				}
			}
		})
	}
}

func write(t *testing.T, path string, b Body, name string) {
	value, err := json.Marshal(b.Example)
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(golden{name, b.Kind, hex.EncodeToString(schema.MustMarshal(b.Example)), value}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(out, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func load(t testing.TB, path string) (g golden, octets []byte) {
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if octets, err = hex.DecodeString(g.Octet); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return g, octets
}

// Seeds gives the kind and octets of every frozen body of the package under test
// to add, and fails if there is none.
func Seeds(t testing.TB, add func(kind uint16, octets []byte)) {
	paths, err := filepath.Glob("testdata/*Body.json")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no seeds in testdata: %v", err)
	}
	for _, path := range paths {
		g, octets := load(t, path)
		add(uint16(g.Kind), octets)
	}
}
