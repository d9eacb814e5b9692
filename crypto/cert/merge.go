package cert

import (
	"bytes"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

// Extends reports whether a certificate may replace an older one: nil when new
// has the same primary key and holds every subkey and every revocation that old
// holds. The error has [schema.CodeKeyChanged] for another primary key and
// [schema.CodeBadCertificate] when something is missing or differs.
func Extends(old, new *Certificate) error {
	if old.Fingerprint() != new.Fingerprint() {
		return schema.Errorf(schema.CodeKeyChanged, "another primary key")
	}
	if !bytes.Equal(old.parts.Direct, new.parts.Direct) {
		return refuse("another direct-key signature")
	}
	later := new.parts.Subkeys
	for _, was := range old.parts.Subkeys {
		for len(later) > 0 && !bytes.Equal(later[0].Key, was.Key) {
			later = later[1:] // both lists ascend by fingerprint
		}
		switch {
		case len(later) == 0:
			return refuse("a subkey is missing")
		case !bytes.Equal(later[0].Binding, was.Binding):
			return refuse("another binding of a subkey")
		case len(was.Revocation) > 0 && len(later[0].Revocation) == 0:
			return refuse("a revocation is missing")
		}
	}
	return nil
}

// Merge returns the union of two versions of one certificate, in whichever order
// they are given: each subkey that either holds, revoked when either says so.
// The error has [schema.CodeKeyChanged] for different primary keys,
// [schema.CodeBadCertificate] when the versions contradict each other or their
// union exceeds a limit, and [schema.CodeConflict] when two encryption subkeys
// would be current because the user replaced it in two places at once.
func Merge(old, new *Certificate) (*Certificate, error) {
	if old.Fingerprint() != new.Fingerprint() {
		return nil, schema.Errorf(schema.CodeKeyChanged, "another primary key")
	}
	if !bytes.Equal(old.parts.Direct, new.parts.Direct) {
		return nil, refuse("another direct-key signature")
	}
	union := Parts{Primary: old.parts.Primary, Direct: old.parts.Direct}
	byKey := map[schema.Fingerprint]int{}
	current := 0
	for _, s := range append(old.Parts().Subkeys, new.parts.Subkeys...) {
		fingerprint := pgpsig.Fingerprint(s.Key)
		i, known := byKey[fingerprint]
		if !known {
			byKey[fingerprint] = len(union.Subkeys)
			union.Subkeys = append(union.Subkeys, s)
			continue
		}
		have := &union.Subkeys[i]
		if !bytes.Equal(have.Binding, s.Binding) {
			return nil, refuse("another binding of a subkey")
		}
		have.Revocation = eitherRevocation(have.Revocation, s.Revocation)
	}
	for _, s := range union.Subkeys {
		if key, ok := pgpsig.ParseKey(s.Key); ok && key.Algorithm == pgpsig.MLKEM768X25519 && len(s.Revocation) == 0 {
			current++
		}
	}
	if current != 1 {
		return nil, schema.Errorf(schema.CodeConflict, "%d current encryption subkeys", current)
	}
	return Assemble(union)
}

// eitherRevocation picks a revocation; of two the smaller, so that merging does
// not depend on the order.
func eitherRevocation(a, b []byte) []byte {
	if len(a) == 0 || (len(b) > 0 && bytes.Compare(b, a) < 0) {
		return b
	}
	return a
}
