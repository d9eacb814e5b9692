package client_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
)

// A member who may start epochs gives one of the others a key that is not the one
// that everybody else has. That one is told who did it, and, managing the circle,
// writes under new keys all the same.
func TestBadKeyPacketIsRepaired(t *testing.T) {
	tm := newTeam(t)
	if err := tm.alice.In(tm.id).SetRole(tm.ctx(), tm.bob.Engine.User(), schema.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	tm.bob.Sync()
	in := tm.insider(tm.bob)
	index, err := in.Log(tm.ctx(), tm.id, in.place.Circle, schema.IndexStream(tm.id, in.place.Circle))
	if err != nil {
		t.Fatal(err)
	}
	cut := schema.Cut{Workspace: tm.id, Circle: in.place.Circle, Heads: []schema.StreamHead{in.log.Head(), index.Head()}}
	slices.SortFunc(cut.Heads, func(a, b schema.StreamHead) int { return bytes.Compare(a.Stream[:], b.Stream[:]) })
	fresh, epoch := seal.NewEpochSecret(), in.place.Epoch+1
	body := schema.EpochBody{Circle: cut.Circle, Epoch: epoch, Commitment: fresh.Commitment(tm.id, cut.Circle, epoch), Cut: cut.Hash()}
	if body.Previous, err = seal.SealPrevious(fresh, in.secret, tm.id, cut.Circle, epoch); err != nil {
		t.Fatal(err)
	}
	victim, _ := in.rs.Certificate(tm.alice.Engine.User())
	for _, k := range in.rs.Recipients(cut.Circle) {
		secret := fresh
		if isKeyOf(victim, k) {
			secret = seal.NewEpochSecret()
		}
		packet, err := seal.SealKey(secret, k)
		if err != nil {
			t.Fatal(err)
		}
		body.Packets = append(body.Packets, packet)
	}
	if err := in.PostRoster(tm.ctx(), tm.id, in.Entry(in.rs, schema.RosterEpoch, body)); err != nil {
		t.Fatal(err)
	}
	tm.bob.Sync()
	tm.bob.Post(tm.id, "general", "not for Alice")
	tm.alice.Expect(tm.id, "general", said)
	warnings := tm.status(tm.alice).Warnings
	if len(warnings) != 1 || !strings.Contains(warnings[0].Sentence("en"), tm.bob.Engine.User().String()) || len(warnings[0].Proof) == 0 {
		t.Errorf("Alice is warned of %v, want Bob's name in it, and a proof", warnings)
	}
	tm.alice.Post(tm.id, "general", "under new keys")
	tm.alice.Expect(tm.id, "general", said+" | under new keys")
	tm.bob.Expect(tm.id, "general", said+" | not for Alice | under new keys")
}

func isKeyOf(c *cert.Certificate, k cert.EncryptionKey) bool {
	return c.Encryption().Fingerprint == k.Fingerprint
}
