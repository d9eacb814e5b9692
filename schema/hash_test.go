package schema_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"go/ast"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// Fixed inputs of the hash vectors: octet i of an id is its letter plus i.
func id16(letter byte) (out [16]byte) {
	for i := range out {
		out[i] = letter + byte(i)
	}
	return out
}

func id32(letter byte) (out [32]byte) {
	for i := range out {
		out[i] = letter + byte(i)
	}
	return out
}

func vectorEvent() schema.Event {
	return schema.Event{
		Stream: id16('s'), Seq: 7, ID: id16('e'), Author: id16('u'), Device: id32('d'),
		Epoch: 3, Arrived: 1_700_000_000_123, Digest: sha256.Sum256([]byte("ciphertext")), Ciphertext: []byte("ciphertext"),
	}
}

// concat joins parts given in the words of docs/protocol.md: texts, octets and
// integers of 8 octets, big endian.
func concat(parts ...any) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		switch p := p.(type) {
		case string:
			b.WriteString(p)
		case []byte:
			b.Write(p)
		case uint64:
			var n [8]byte
			binary.BigEndian.PutUint64(n[:], p)
			b.Write(n[:])
		default: // an identifier or a hash
			v := reflect.ValueOf(p)
			for i := range v.Len() {
				b.WriteByte(byte(v.Index(i).Uint()))
			}
		}
	}
	return b.Bytes()
}

// A hashVector gives the octets that are hashed and the result, for whoever
// writes a second implementation. The file is frozen.
type hashVector struct {
	Name  string `json:"name"`
	Input string `json:"input"`  // hexadecimal
	SHA   string `json:"sha256"` // hexadecimal; the index stream's id is its first 16 octets
}

// TestHashVectors compares each hash of the protocol with its frozen vector and
// with a second computation from its description.
func TestHashVectors(t *testing.T) {
	w, c, s := schema.WorkspaceID(id16('w')), schema.CircleID(id16('c')), schema.StreamID(id16('s'))
	first := schema.FirstLink(w, c, s)
	e := vectorEvent()
	negative := vectorEvent()
	negative.Arrived = -1
	index := schema.IndexStream(w, c)
	entry := schema.SignedEntry{Entry: []byte("entry"), Signature: []byte("signature")}
	join := schema.SignedEntry{Entry: []byte("entry"), Signature: []byte("signature"), InviteSignature: []byte("invite")}
	head := schema.StreamHead{Stream: s, Seq: 7, Link: id32('l')}
	cut := schema.Cut{Workspace: w, Circle: c, Heads: []schema.StreamHead{head}}
	// The deterministic encoding of the cut, written by hand.
	cutOctets := slices.Concat([]byte{0xa3, 0x01, 0x50}, w[:], []byte{0x02, 0x50}, c[:],
		[]byte{0x03, 0x81, 0xa3, 0x01, 0x50}, s[:], []byte{0x02, 0x07, 0x03, 0x58, 0x20}, head.Link[:])

	link, cutHash, entryHash, joinHash, negativeLink := e.Link(first), cut.Hash(), entry.Hash(), join.Hash(), negative.Link(first)
	got := map[string]struct{ hash, input []byte }{
		"first_link": {first[:], concat("cenacle/v1/stream-link", w, c, s)},
		"link": {link[:], concat("cenacle/v1/stream-link", first, s, uint64(7), e.ID, e.Author, e.Device, uint64(3),
			uint64(1_700_000_000_123), e.Digest)},
		"link_before_1970": {negativeLink[:], concat("cenacle/v1/stream-link", first, s, uint64(7), e.ID, e.Author, e.Device, uint64(3),
			^uint64(0), e.Digest)},
		"signed_entry": {entryHash[:], concat("cenacle/v1/roster-hash", []byte{0, 0, 0, 5}, "entry", []byte{0, 0, 0, 9}, "signature", []byte{0, 0, 0, 0})},
		"signed_join":  {joinHash[:], concat("cenacle/v1/roster-hash", []byte{0, 0, 0, 5}, "entry", []byte{0, 0, 0, 9}, "signature", []byte{0, 0, 0, 6}, "invite")},
		"cut":          {cutHash[:], concat("cenacle/v1/cut", cutOctets)},
		"index_stream": {index[:], concat("cenacle/v1/index-stream", w, c)},
	}
	b, err := os.ReadFile("testdata/hashes.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []hashVector
	if err := json.Unmarshal(b, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) != len(got) {
		t.Errorf("%d frozen vectors, %d computed", len(vectors), len(got))
	}
	for _, v := range vectors {
		g, ok := got[v.Name]
		if !ok {
			t.Errorf("%s is not computed", v.Name)
			continue
		}
		frozen := unhex(t, v.SHA)
		if len(frozen) != sha256.Size || len(g.hash) < 16 || !bytes.HasPrefix(frozen, g.hash) {
			t.Errorf("%s is %x, frozen as %s", v.Name, g.hash, v.SHA)
		}
		if again := sha256.Sum256(g.input); !bytes.Equal(again[:], frozen) || hex.EncodeToString(g.input) != v.Input {
			t.Errorf("%s: its description hashes %x to %x", v.Name, g.input, again)
		}
	}
}

// TestLinkBindsEveryOuterField changes one field at a time: the link must follow.
// The ciphertext itself may go, which is how an event is erased.
func TestLinkBindsEveryOuterField(t *testing.T) {
	prev := schema.Hash(id32('p'))
	base := vectorEvent()
	want := base.Link(prev)
	kind := reflect.TypeOf(base)
	for i := range kind.NumField() {
		e := vectorEvent()
		field := reflect.ValueOf(&e).Elem().Field(i)
		switch field.Kind() {
		case reflect.Array:
			field.Index(field.Len() - 1).SetUint(field.Index(field.Len()-1).Uint() ^ 1)
		case reflect.Uint64:
			field.SetUint(field.Uint() + 1)
		case reflect.Int64:
			field.SetInt(field.Int() + 1)
		case reflect.Slice:
			field.SetZero()
		}
		if kind.Field(i).Name == "Ciphertext" {
			if e.Link(prev) != want {
				t.Error("erasing the ciphertext changes the link")
			}
		} else if e.Link(prev) == want {
			t.Errorf("the link does not bind %s", kind.Field(i).Name)
		}
	}
	if base.Link(schema.Hash(id32('q'))) == want {
		t.Error("the link does not bind its predecessor")
	}
	w, c, s := schema.WorkspaceID(id16('w')), schema.CircleID(id16('c')), schema.StreamID(id16('s'))
	for name, other := range map[string]schema.Hash{
		"workspace": schema.FirstLink(schema.WorkspaceID(id16('x')), c, s),
		"circle":    schema.FirstLink(w, schema.CircleID(id16('x')), s),
		"stream":    schema.FirstLink(w, c, schema.StreamID(id16('x'))),
	} {
		if other == schema.FirstLink(w, c, s) {
			t.Errorf("the first link does not bind the %s", name)
		}
	}
}

// TestSignedEntryHashHasNoSeams moves octets from one field to the next.
func TestSignedEntryHashHasNoSeams(t *testing.T) {
	seen := map[schema.Hash]string{}
	all := "abcdef"
	for i := range len(all) + 1 {
		for j := i; j <= len(all); j++ {
			e := schema.SignedEntry{Entry: []byte(all[:i]), Signature: []byte(all[i:j]), InviteSignature: []byte(all[j:])}
			name := all[:i] + "|" + all[i:j] + "|" + all[j:]
			if other := seen[e.Hash()]; other != "" {
				t.Errorf("%s and %s have one hash", name, other)
			}
			seen[e.Hash()] = name
		}
	}
}

// TestPurposesSeparate: a purpose that begins another would let one use's input
// be taken for the other's.
func TestPurposesSeparate(t *testing.T) {
	purposes := map[string]string{}
	for _, f := range parseSchema(t) {
		collectPurposes(f, purposes)
	}
	if len(purposes) < 20 {
		t.Fatalf("only %d purposes were found", len(purposes))
	}
	for name, p := range purposes {
		if !strings.HasPrefix(p, "cenacle/v1/") {
			t.Errorf("%s is %q", name, p)
		}
		for other, q := range purposes {
			// What is signed holds its purpose in a CBOR field of known length, which
			// cannot run on into the next.
			if name != other && strings.HasPrefix(q, p) && name != "PurposeRoster" && name != "PurposeSignal" {
				t.Errorf("%s (%q) begins %s (%q)", name, p, other, q)
			}
		}
	}
}

// collectPurposes adds the constants named Purpose... and their values.
func collectPurposes(f *ast.File, into map[string]string) {
	ast.Inspect(f, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Purpose") {
			return true
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
			if value, err := strconv.Unquote(lit.Value); err == nil {
				into[spec.Names[0].Name] = value
			}
		}
		return true
	})
}
