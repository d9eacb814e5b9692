package schema_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"github.com/cenacle-team/cenacle/schema"
)

// causeIs reports whether a refusal was made by the given check of the decoder,
// and not by a later one that would also have seen it.
func causeIs[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

func TestUnmarshalRefusesByTheFirstCheck(t *testing.T) {
	hash := strings.Repeat("11", 32)
	for _, c := range []struct {
		name, cbor string
		into       any
		by         func(error) bool // nil: only the comparison with the deterministic form
	}{
		{"trailing octets", "a1010100", new(schema.Ping), causeIs[*cbor.ExtraneousDataError]},
		{"unknown key", "a201010200", new(schema.Ping), causeIs[*cbor.UnknownFieldError]},
		{"duplicate key", "a201010101", new(schema.Ping), causeIs[*cbor.DupMapKeyError]},
		{"indefinite length", "bf0101ff", new(schema.Ping), causeIs[*cbor.IndefiniteLengthError]},
		{"tag", "a101c101", new(schema.Ping), causeIs[*cbor.TagsMdError]},
		{"depth", "a101" + strings.Repeat("81", schema.MaxDepth) + "00", new(schema.Ping), causeIs[*cbor.MaxNestedLevelError]},
		{"pairs", "b9ffff", new(schema.Ping), causeIs[*cbor.MaxMapPairsError]},
		{"elements", "a1019a00ffffff", new(schema.WorkspaceList), causeIs[*cbor.MaxArrayElementsError]},
		{"UTF-8", "a201010261ff", new(schema.Hello), func(err error) bool { return strings.Contains(err.Error(), "UTF-8") }},
		{"wrong kind", "a1016131", new(schema.Ping), causeIs[*cbor.UnmarshalTypeError]},
		{"shortest form", "a1011801", new(schema.Ping), nil},
		{"order of keys", "a2025820" + hash + "0105", new(schema.RosterHead), nil},
		{"length of an id", "a10151" + strings.Repeat("22", 17), new(schema.Subscribe), nil},
		{"missing key", "a0", new(schema.Ping), nil},
		{"null for a list", "a101f6", new(schema.WorkspaceList), nil},
	} {
		err := schema.Unmarshal(unhex(t, c.cbor), c.into)
		if !schema.HasCode(err, schema.CodeBadEncoding) {
			t.Errorf("%s: %v, want %s", c.name, err, schema.CodeBadEncoding)
			continue
		}
		if c.by != nil && !c.by(err) {
			t.Errorf("%s: refused by another check: %v", c.name, err)
		}
		if c.by == nil && !strings.Contains(err.Error(), "deterministic") {
			t.Errorf("%s: refused by another check: %v", c.name, err)
		}
	}
}

// TestUnmarshalAcceptsTheNeighbours shows that the hostile vectors differ from
// something valid by the one thing that they name.
func TestUnmarshalAcceptsTheNeighbours(t *testing.T) {
	hash, id := strings.Repeat("11", 32), strings.Repeat("22", 16)
	for cborHex, into := range map[string]any{
		"a10101":                         new(schema.Ping),
		"a1011818":                       new(schema.Ping),
		"a1011bffffffffffffffff":         new(schema.Ping),
		"a20105025820" + hash:            new(schema.RosterHead),
		"a10150" + id:                    new(schema.Subscribe),
		"a10180":                         new(schema.WorkspaceList),
		"a1018150" + id:                  new(schema.WorkspaceList),
		"a20141aa0241bb":                 new(schema.SignedEntry),
		"a30141aa0241bb0341cc":           new(schema.SignedEntry),
		"a20101026161":                   new(schema.Hello),
		"a20119ffff026161":               new(schema.Hello),
		"a20101023b7fffffffffffffff":     new(schema.Welcome),
		"a20101021b7fffffffffffffff":     new(schema.Welcome),
		"a20141aa0250" + id:              new(schema.GenesisBody),
		"a30141aa0250" + id + "03f5":     new(schema.GenesisBody),
		"a40150" + id + "0218ff03800480": new(schema.RoleBody),
	} {
		if err := schema.Unmarshal(unhex(t, cborHex), into); err != nil {
			t.Errorf("%T %s: %v", into, cborHex, err)
		}
	}
}

// list encodes a WorkspaceList of n ids by hand.
func list(n int) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0xa1, 0x01, 0x99}, uint16(n))
	for range n {
		b = append(append(b, 0x50), make([]byte, 16)...)
	}
	return b
}

func TestUnmarshalBoundsArrays(t *testing.T) {
	var v schema.WorkspaceList
	if err := schema.Unmarshal(list(schema.MaxArray), &v); err != nil || len(v.Workspaces) != schema.MaxArray {
		t.Errorf("MaxArray elements: %v", err)
	}
	if err := schema.Unmarshal(list(schema.MaxArray+1), &v); !causeIs[*cbor.MaxArrayElementsError](err) {
		t.Errorf("MaxArray+1 elements: %v", err)
	}
}

// TestAnnouncedSizesAllocateNothing measures what a few hostile octets cost.
func TestAnnouncedSizesAllocateNothing(t *testing.T) {
	for _, s := range []string{
		"a1019927e8",             // 10,216 ids, which would be allowed
		"a1015b000000003fffffff", // 1 GiB of octets
		"a1017b000000003fffffff",
		"b840",
	} {
		b := unhex(t, s)
		const rounds = 100
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			if schema.Unmarshal(b, new(schema.WorkspaceList)) == nil {
				t.Fatalf("%s is accepted", s)
			}
		}
		runtime.ReadMemStats(&after)
		if size := (after.TotalAlloc - before.TotalAlloc) / rounds; size > 4096 {
			t.Errorf("%s: %d octets were allocated for %d", s, size, len(b))
		}
	}
}

func TestUnmarshalKeepsNoReference(t *testing.T) {
	want := filled(new(schema.SignedEntry)).(*schema.SignedEntry)
	b := schema.MustMarshal(want)
	var got schema.SignedEntry
	if err := schema.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	clear(b)
	if !bytes.Equal(got.Entry, want.Entry) || !bytes.Equal(got.Signature, want.Signature) {
		t.Error("the value changed with the buffer it was read from")
	}
}

// TestEveryTruncationAndExtensionIsRefused cuts each golden vector at each octet.
func TestEveryTruncationAndExtensionIsRefused(t *testing.T) {
	for name, vector := range loadVectors[golden](t, "golden") {
		b := unhex(t, vector.CBOR)
		for n := range b {
			if schema.Unmarshal(b[:n], wireType(t, vector.Type)) == nil {
				t.Errorf("%s: the first %d of %d octets are accepted", name, n, len(b))
			}
		}
		if schema.Unmarshal(append(slices.Clone(b), 0), wireType(t, vector.Type)) == nil {
			t.Errorf("%s: one more octet is accepted", name)
		}
	}
}

func TestMarshalRefusesWhatIsNoWireType(t *testing.T) {
	for _, v := range []any{func() {}, make(chan int), cbor.Tag{Number: 1, Content: 0}} {
		if b, err := schema.Marshal(v); err == nil {
			t.Errorf("%T encodes as %x", v, b)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("MustMarshal hides an error")
		}
	}()
	schema.MustMarshal(func() {})
}
