package roster

import (
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// invariants holds what must be true of every state, whatever its history.
func invariants(t testing.TB, s *State) {
	t.Helper()
	if s.head() == 0 {
		return
	}
	members, owners, open := 0, 0, 0
	sealedTo := map[schema.Fingerprint]holder{}
	for u, p := range s.people {
		for c, stays := range p.circles {
			if in := stays[len(stays)-1].to == 0; in != s.InCircle(c, u) {
				t.Fatalf("%s and circle %s disagree", u, c)
			}
		}
		if p.role == 0 {
			if len(s.CirclesOf(u)) > 0 || inAny(s, u) {
				t.Fatalf("the former member %s is in a circle", u)
			}
			continue
		}
		members++
		sealedTo[p.cert.Encryption().Fingerprint] = holder{user: u}
		r, ok := s.RoleAt(u, s.head())
		if ok == p.pending || ok && r != p.role {
			t.Fatalf("the role of %s and its history disagree", u)
		}
		if p.pending && inAny(s, u) {
			t.Fatalf("the pending member %s is in a circle", u)
		}
		if everyone := s.InCircle(s.everyone, u); !p.pending && everyone != (p.role >= schema.RoleMember) {
			t.Fatalf("%s is %s and in everyone: %t", u, p.role, everyone)
		}
		if p.role == schema.RoleOwner && !p.pending {
			owners++
		}
	}
	for id, i := range s.invites {
		if !i.open {
			continue
		}
		open++
		sealedTo[i.cert.Encryption().Fingerprint] = holder{invite: id}
		author := s.current(i.author)
		if author == nil || !MayGrant(author.role, i.body.Role) {
			t.Fatalf("invite %s outlives its author's right to it", id)
		}
	}
	if members != s.members || owners != s.owners || open != s.openInvites {
		t.Fatalf("%d members, %d owners, %d open invites are counted as %d, %d, %d",
			members, owners, open, s.members, s.owners, s.openInvites)
	}
	if owners == 0 {
		t.Fatal("no owner is left")
	}
	if len(sealedTo) != len(s.sealedTo) {
		t.Fatalf("%d encryption subkeys are in use, %d are known", len(sealedTo), len(s.sealedTo))
	}
	for f, h := range sealedTo {
		if s.sealedTo[f] != h {
			t.Fatalf("encryption subkey %s is not known as that of %v", f, h)
		}
	}
	for _, id := range s.due {
		if !s.circles[id].stale || !s.InCircle(id, s.dueBy) {
			t.Fatalf("the epoch of circle %s cannot be due", id)
		}
	}
	for id, c := range s.circles {
		circleInvariants(t, s, id, c)
	}
}

func inAny(s *State, u schema.UserID) bool {
	for _, c := range s.circles {
		if _, ok := c.members[u]; ok {
			return true
		}
	}
	return false
}

func circleInvariants(t testing.TB, s *State, id schema.CircleID, c *circle) {
	t.Helper()
	last := uint64(0)
	for i, e := range c.epochs {
		if e.info.Epoch != uint64(i+1) || e.info.Seq <= last {
			t.Fatalf("the epochs of circle %s do not ascend", id)
		}
		last = e.info.Seq
	}
	if c.epoch() == 0 && !slices.Contains(s.due, id) {
		t.Fatalf("circle %s has no epoch and none is due", id)
	}
	if c.stale != (c.epoch() == 0 || !c.staleCut.IsZero()) {
		t.Fatalf("circle %s is stale (%t) without a cut, or the reverse", id, c.stale)
	}
	// Nobody outside knows the secret of an invite that new epochs are sealed to.
	for _, i := range s.invites {
		if i.holdsKeyOf(id) && !s.InCircle(id, i.author) {
			t.Fatalf("the author of an open invite is not in its circle %s", id)
		}
	}
	for u, p := range s.people {
		for _, i := range p.joinedBy {
			if s.invites[i].holdsKeyOf(id) && !s.InCircle(id, u) {
				t.Fatalf("%s joined by an open invite to circle %s and is not in it", u, id)
			}
		}
	}
	if c.stale || s.keep != nil {
		return
	}
	for _, k := range s.Recipients(id) {
		if _, ok := s.KeyFor(id, c.epoch(), k.Fingerprint); !ok {
			t.Fatalf("a recipient of circle %s has no key of epoch %d", id, c.epoch())
		}
	}
	for u, p := range s.people {
		if s.InCircle(id, u) {
			continue
		}
		for _, k := range p.cert.EncryptionKeys() {
			if _, ok := s.KeyFor(id, c.epoch(), k.Fingerprint); ok {
				t.Fatalf("%s is outside circle %s and has a key of its epoch %d", u, id, c.epoch())
			}
		}
	}
}
