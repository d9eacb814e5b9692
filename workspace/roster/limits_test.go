package roster

import (
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// denyAbout applies a step that must be refused by a rule about something.
func (w *world) denyAbout(about, step string) {
	w.t.Helper()
	err := w.try(step)
	if schema.CodeOf(err) != schema.CodeRosterInvalid || !strings.Contains(err.Error(), about) {
		w.t.Fatalf("%s: got %v, want a refusal about %q", step, err, about)
	}
}

func TestNumberOfMembersIsBounded(t *testing.T) {
	w := team(t)
	w.do("invite i1 role=member circles=everyone uses=3 by alice",
		"invite i2 role=member circles=everyone approval by alice", "join i2 by frank")
	real := w.state.members
	w.state.members = schema.MaxMembers
	w.denyAbout("5000 members", "admit erin role=member circles=everyone by alice")
	w.denyAbout("5000 members", "join i1 by erin")
	w.state.members = real
	w.do("join i1 by erin")
	// Approving a pending member adds nobody.
	e := w.build(mustStep(t, "admit frank role=member circles=everyone by alice"))
	w.state.members = schema.MaxMembers
	if err := w.state.Apply(e); err != nil {
		t.Error(err)
	}
}

func mustStep(t testing.TB, text string) step {
	t.Helper()
	st, err := parseStep(text)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestNumberOfOpenInvitesIsBounded(t *testing.T) {
	w := team(t)
	real := w.state.openInvites
	w.state.openInvites = schema.MaxOpenInvites
	w.denyAbout("200 open invites", "invite i1 role=member circles=everyone by alice")
	w.state.openInvites = real
	w.do("invite i1 role=member circles=everyone by alice")
}

func TestNumberOfCirclesIsBounded(t *testing.T) {
	w := team(t)
	full := w.state.Clone()
	for i := range schema.MaxCircles - len(full.circles) {
		full.circles[schema.CircleID{0xFF, byte(i >> 8), byte(i)}] = &circle{}
	}
	st := mustStep(t, "circle c2 by alice")
	if err := full.Apply(w.build(st)); schema.CodeOf(err) != schema.CodeRosterInvalid {
		t.Errorf("got %v", err)
	}
	w.do("circle c2 by alice")
}

func TestSizeOfAnEntryIsBounded(t *testing.T) {
	w := team(t)
	err := w.apply(schema.SignedEntry{Entry: make([]byte, schema.MaxRosterEntry+1)})
	if schema.CodeOf(err) != schema.CodeTooLarge {
		t.Errorf("got %v", err)
	}
	err = w.apply(schema.SignedEntry{Entry: []byte{0}, InviteSignature: make([]byte, schema.MaxSignature+1)})
	if schema.CodeOf(err) != schema.CodeTooLarge {
		t.Errorf("got %v", err)
	}
}

// A certificate may bind anybody's encryption subkey; two members with one would
// leave a circle without a possible epoch.
func TestEncryptionSubkeyOfSomebodyElse(t *testing.T) {
	w := team(t)
	w.do("invite i1 role=member circles=everyone uses=3 by alice")
	erin := w.actor("erin").id.Certificate().Encryption().Fingerprint
	for _, h := range []holder{{user: w.actor("bob").user}, {invite: schema.InviteID(name16("i1"))}} {
		w.state.sealedTo[erin] = h
		w.denyInPlace("join i1 by erin")
		w.denyInPlace("admit erin role=member circles=everyone by alice")
	}
	i2 := w.actor("i2").id.Certificate().Encryption().Fingerprint
	w.state.sealedTo[i2] = holder{user: w.actor("bob").user}
	w.denyInPlace("invite i2 role=member circles=everyone by alice")
	delete(w.state.sealedTo, erin)
	delete(w.state.sealedTo, i2)
	w.do("join i1 by erin")
}

func (w *world) denyInPlace(text string) {
	w.t.Helper()
	w.denyAbout("somebody else's", text)
}

func TestUserWithoutID(t *testing.T) {
	w := team(t)
	e := w.next(w.actor("alice"), w.actor("alice").device(t, ""), schema.RosterAdmit, schema.AdmitBody{Role: schema.RoleMember})
	err := w.apply(w.sign(e, w.actor("alice").device(t, "")))
	if schema.CodeOf(err) != schema.CodeRosterInvalid || !strings.Contains(err.Error(), "no id") {
		t.Errorf("got %v", err)
	}
}

// Every kind's body is decoded strictly: an otherwise good entry with one octet
// too many is refused.
func TestBodiesAreDecodedStrictly(t *testing.T) {
	w := newWorld(t)
	w.deny(schema.CodeBadEncoding, "genesis body=trailing by alice")
	w = team(t)
	w.do("invite i1 role=member circles=everyone uses=3 by alice", "renew carol add=phone")
	for _, s := range []string{
		"admit erin role=member circles=everyone by alice", "join i1 by erin", "remove carol by alice", "leave by carol",
		"role carol admin by alice", "invite i2 role=member circles=everyone by alice", "cancel i1 by alice",
		"circle c2 by alice", "circle-admit c1 carol by alice", "circle-remove c1 dave by alice", "certificate by carol",
		"epoch c1 by alice",
	} {
		w.deny(schema.CodeBadEncoding, s+" body=trailing")
	}
}
