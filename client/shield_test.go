package client_test

import (
	"errors"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
)

func (tm *team) shield(a *actor, ch client.Channel) client.Shield {
	tm.t.Helper()
	s, err := a.In(tm.id).Shield(tm.ctx(), ch)
	if err != nil {
		tm.t.Fatal(err)
	}
	return s
}

// reader is what a shield says of somebody.
func reader(t *testing.T, s client.Shield, a *actor) client.Reader {
	t.Helper()
	for _, r := range s.Readers {
		if r.User == a.Engine.User() {
			return r
		}
	}
	t.Fatalf("%s is not among the readers", a.Name)
	return client.Reader{}
}

// The shield names whoever can read, with which devices and since when, and keys
// that others may come in by.
func TestShieldNamesReaders(t *testing.T) {
	tm := newTeam(t)
	ch := tm.secretChannel()
	guest := tm.join("Guest", client.InviteOptions{Role: schema.RoleGuest, Circles: []schema.CircleID{ch.Circle}})
	begun := time.Now()
	s := tm.shield(tm.alice, tm.general)
	if len(s.Readers) != 2 || s.Invites != 0 || s.Epoch != 1 || s.Stale || s.Caught != nil {
		t.Errorf("%+v", s)
	}
	if s.Since.IsZero() || s.Since.After(begun) || s.Since.Before(begun.Add(-time.Hour)) {
		t.Errorf("the keys hold since %v", s.Since)
	}
	if r := reader(t, s, tm.bob); r.Verified || r.KeyChanged || len(r.Devices) != 1 || r.Person.Devices != 1 || r.FirstSeen == 0 || r.VerifiedAt != 0 {
		t.Errorf("Bob: %+v", r)
	}
	secret := tm.shield(tm.alice, ch)
	if r := reader(t, secret, guest); r.Role != schema.RoleGuest {
		t.Errorf("the guest: %+v", r)
	}

	v, err := tm.alice.In(tm.id).BeginVerification(tm.bob.Engine.User())
	tm.must(nil, err)
	tm.must(nil, tm.alice.ConfirmVerification(tm.ctx(), v))
	tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{})
	tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{Approval: true}) // lets nobody read
	s = tm.shield(tm.alice, tm.general)
	if r := reader(t, s, tm.bob); !r.Verified || r.VerifiedAt == 0 || s.Invites != 1 {
		t.Errorf("once verified: %+v, %d invites", r, s.Invites)
	}
	tm.must(nil, tm.alice.In(tm.id).Remove(tm.ctx(), tm.bob.Engine.User()))
	if s = tm.shield(tm.alice, tm.general); len(s.Readers) != 1 || s.Epoch != 2 {
		t.Errorf("without Bob: %+v", s)
	}
}

// What is dismissed stays on record, dismissed, also after a restart; what the
// server itself has proven cannot be dismissed.
func TestFindingsAreDismissedByID(t *testing.T) {
	tm := newTeam(t)
	ctx := tm.ctx()
	if err := tm.alice.DismissFinding(ctx, client.FindingID{}); !schema.HasCode(err, schema.CodeNotFound) {
		t.Errorf("an unknown finding: %v", err)
	}
	in := tm.insider(tm.bob)
	kept := *in
	first := in.message("the first")
	in.counter, in.prev = kept.counter, kept.prev
	in.post(first, in.message("the second"))
	tm.alice.Sync()
	warning := one(t, tm.alice.User, client.FoundNumberUsedTwice)
	tm.must(nil, tm.alice.DismissFinding(ctx, warning.ID()))
	tm.must(nil, tm.alice.DismissFinding(ctx, warning.ID()))
	tm.alice.Restart()
	if f, err := tm.alice.Finding(warning.ID()); err != nil || f.Open() {
		t.Errorf("dismissed, and now %+v, %v", f, err)
	}
	if yes := one(t, tm.alice.User, client.FoundNumberUsedTwice); yes.Open() {
		t.Error("the report shows it as open")
	}

	liar := tm.insider(tm.bob)
	liar.post(liar.message("a lie", func(p *schema.Payload) { p.Header.SeenLink = schema.Hash{1} }))
	var m *client.Misbehaviour
	if err := tm.alice.In(tm.id).Sync(ctx); !errors.As(err, &m) {
		t.Fatalf("Alice synchronises with %v", err)
	}
	if s := tm.shield(tm.alice, tm.general); s.Caught == nil || s.Caught.ID() != m.ID() {
		t.Errorf("the shield does not show it: %v", s.Caught)
	}
	tm.must(nil, tm.alice.DismissFinding(ctx, m.ID()))
	if s := tm.shield(tm.alice, tm.general); s.Caught != nil {
		t.Errorf("the shield still shows %v", s.Caught)
	}
	tm.alice.Sync()

	// What the server itself has proven.
	tm = newTeam(t)
	tm.lieInGeneral(tm.bob, func(p *schema.EventPage) {
		if len(p.Events) > 1 {
			p.Events = p.Events[1:]
		}
	})
	tm.aliceSays("four", "five")
	if err := tm.bob.In(tm.id).Sync(ctx); !errors.As(err, &m) {
		t.Fatalf("Bob synchronises with %v", err)
	}
	clienttest.ExpectCode(t, tm.bob.DismissFinding(ctx, m.ID()), schema.CodeForbidden)
	if f, _ := tm.bob.Finding(m.ID()); !f.Open() {
		t.Error("proven misbehaviour was dismissed")
	}
}
