package schema_test

import (
	"math/bits"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// padme is the length that n octets are padded to (Padmé: the mantissa keeps as
// many bits as the exponent of the exponent has).
func padme(n int) int {
	e := bits.Len(uint(n)) - 1
	s := bits.Len(uint(e))
	mask := 1<<(e-s) - 1
	return (n + mask) &^ mask
}

// encodedList is how long a list of n items of the given size can be in CBOR.
func encodedList(n, item int) int { return 9 + n*(9+item) }

// TestLimitsFitTogether: a value that one bound allows must never be refused by
// another one further along.
func TestLimitsFitTogether(t *testing.T) {
	const (
		// What a payload adds to its body: the filled golden header is below it.
		headerOctets = 512
		// What sealing adds: packet headers, one-pass data, signature, salt, one
		// 16-octet tag for each AEAD chunk.
		sealOctets = 2 << 10
		// The fields of a roster entry beside its lists.
		entryOctets = 2 << 10
		// The outer fields of an event.
		outerOctets = 512
	)
	if n := len(schema.MustMarshal(filled(new(schema.Header)))); n > headerOctets {
		t.Fatalf("a header takes %d octets, more than %d", n, headerOctets)
	}
	if n := len(schema.MustMarshal(filled(new(schema.Event)))); n > outerOctets {
		t.Fatalf("the outside of an event takes %d octets, more than %d", n, outerOctets)
	}
	for _, c := range []struct {
		what       string
		need, room int
	}{
		{"a message with all its mentions in a body", schema.MaxMessage + encodedList(schema.MaxMentions, 16) + 256, schema.MaxBody},
		{"the largest body, padded and sealed", padme(schema.MaxBody+headerOctets) + sealOctets, schema.MaxCiphertext},
		{"the largest event in an append", schema.MaxCiphertext + outerOctets, schema.MaxAppendOctets},
		{"a full append of typical messages", schema.MaxAppend * 4 << 10, schema.MaxAppendOctets},
		{"the largest event in a page", schema.MaxCiphertext + outerOctets, schema.MaxPageOctets},
		{"a signal in a frame", schema.MaxSignal + outerOctets, schema.MaxFrame},
		{"an epoch for everybody", encodedList(schema.MaxMembers+schema.MaxOpenInvites, schema.MaxKeyPacket) + schema.MaxSignature + entryOctets, schema.MaxRosterEntry},
		{"an admission to every circle", encodedList(schema.MaxCircles, schema.MaxKeyPacket+32) + schema.MaxCertificate + entryOctets, schema.MaxRosterEntry},
		{"an invite to every circle", encodedList(schema.MaxCircles, schema.MaxKeyPacket+32+16) + schema.MaxCertificate + schema.MaxSealedInvite + entryOctets, schema.MaxRosterEntry},
		{"the removal of a member of every circle", encodedList(schema.MaxCircles, 64) + entryOctets, schema.MaxRosterEntry},
		{"the largest entry in a batch", schema.MaxRosterEntry + entryOctets, schema.MaxRosterBatchOctets},
		{"the recipients of an epoch in an array", schema.MaxMembers + schema.MaxOpenInvites, schema.MaxArray},
		{"the circles of an entry in an array", schema.MaxCircles, schema.MaxArray},
		{"the entries of a batch in an array", schema.MaxRosterBatch, schema.MaxArray},
		{"the streams of a cut, or of all heads, in an array", schema.MaxStreams + 1, schema.MaxArray},
		{"the streams of ten authors", 10 * schema.MaxStreamsPerAuthor, schema.MaxStreams},
		{"a page in an array", schema.MaxPage, schema.MaxArray},
		{"an append in an array", schema.MaxAppend, schema.MaxArray},
		{"a new epoch for each circle of a batch", 2 * schema.MaxCircles, schema.MaxRosterBatch},
		{"a key packet", 1200, schema.MaxKeyPacket},
		{"a detached signature", 138, schema.MaxSignature},
		{"the floor of the KDF's passes", schema.KDFTime, schema.KDFMaxTime},
		{"the floor of the KDF's memory", schema.KDFMemoryKiB, schema.KDFMaxMemoryKiB},
		{"the floor of the KDF's lanes", schema.KDFParallelism, schema.KDFMaxParallel},
		{"the KDF's lanes in their field", schema.KDFMaxParallel, 255},
		{"a hold within the life of a challenge", int(schema.HoldLife), int(schema.ChallengeLife)},
	} {
		if c.need > c.room {
			t.Errorf("%s: %d do not fit in %d", c.what, c.need, c.room)
		}
	}
	if schema.DefaultKDF != (schema.KDFParams{Time: 3, MemoryKiB: 64 << 10, Parallelism: 4}) {
		t.Errorf("the KDF's floor is %+v; it may be raised, and then here too", schema.DefaultKDF)
	}
}

// TestEveryWireTypeHasRoom: the deepest and widest wire types decode.
func TestEveryWireTypeHasRoom(t *testing.T) {
	for _, v := range wireTypes {
		if err := schema.Unmarshal(schema.MustMarshal(filled(v)), newValue(v)); err != nil {
			t.Errorf("%s: %v", typeName(v), err)
		}
	}
}

func TestRoles(t *testing.T) {
	for name, role := range map[string]schema.Role{"guest": 1, "member": 2, "admin": 3, "owner": 4} {
		got, err := schema.ParseRole(name)
		if err != nil || got != role || !role.Valid() || role.String() != name {
			t.Errorf("%s reads as %d, %v and prints as %s", name, got, err, role)
		}
	}
	for _, bad := range []string{"", "Owner", "unknown", "owner ", "4"} {
		if r, err := schema.ParseRole(bad); !schema.HasCode(err, schema.CodeBadRequest) || r.Valid() {
			t.Errorf("%q reads as %d, %v", bad, r, err)
		}
	}
	if r := schema.Role(5); r.Valid() || r.String() != "unknown" {
		t.Error("an unknown role passes for known")
	}
}
