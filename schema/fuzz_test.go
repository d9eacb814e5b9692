package schema_test

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// FuzzUnmarshal reads octets as the wire type that the first argument selects.
// Whatever is accepted must encode to the very same octets, so that nothing has
// two encodings and hence two hashes, and must not depend on the input's memory.
func FuzzUnmarshal(f *testing.F) {
	selector := func(name string) byte {
		return byte(slices.IndexFunc(wireTypes, func(v any) bool { return typeName(v) == name }))
	}
	for _, v := range loadVectors[golden](f, "golden") {
		f.Add(selector(v.Type), unhex(f, v.CBOR))
	}
	for _, v := range loadVectors[hostile](f, "hostile") {
		f.Add(selector(v.Type), unhex(f, v.CBOR))
	}
	f.Fuzz(func(t *testing.T, which byte, data []byte) {
		v := newValue(wireTypes[int(which)%len(wireTypes)])
		input := bytes.Clone(data)
		if err := schema.Unmarshal(input, v); err != nil {
			if !schema.HasCode(err, schema.CodeBadEncoding) {
				t.Fatalf("refused with another code: %v", err)
			}
			return
		}
		clear(input)
		if again := schema.MustMarshal(v); !bytes.Equal(again, data) {
			t.Fatalf("%T: %x encodes as %x", v, data, again)
		}
	})
}

// FuzzIdentifierText reads a text as each kind of identifier: at most one kind
// accepts it, and prints it back unchanged.
func FuzzIdentifierText(f *testing.F) {
	for _, c := range identifiers {
		f.Add(text(f, filled(c.value)))
	}
	f.Add("u_")
	f.Add("u_aaaaaaaaaaaaaaaaaaaaaaaaab")
	f.Fuzz(func(t *testing.T, s string) {
		accepted := 0
		for _, c := range identifiers {
			v := newValue(c.value)
			if parseText(v, s) != nil {
				if !reflect.ValueOf(v).Elem().IsZero() {
					t.Fatalf("%T: %q changed the value and was refused", v, s)
				}
				continue
			}
			accepted++
			if again := text(t, v); again != s {
				t.Fatalf("%T: %q prints as %q", v, s, again)
			}
		}
		if accepted > 1 {
			t.Fatalf("%q is an identifier of %d kinds", s, accepted)
		}
	})
}
