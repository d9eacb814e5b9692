package roster

import (
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// The rows of the list of attacks that the roster's rules answer. Client and
// server mount them again through the whole stack.

// The server adds a member: it has no member's key to sign with.
func TestAttack_I1_ServerAddsAMember(t *testing.T) {
	w := team(t)
	w.deny(schema.CodeRosterInvalid, "admit mallory role=member circles=everyone by mallory")
	w.deny(schema.CodeBadSignature, "admit mallory role=member circles=everyone by alice sign-as=mallory")
	w.deny(schema.CodeRosterInvalid, "admit mallory role=member circles=everyone author=alice by mallory")
	w.deny(schema.CodeRosterInvalid, "join i1 by mallory")
	w.deny(schema.CodeRosterInvalid, "epoch everyone extra-packet=mallory by alice")
	w.deny(schema.CodeRosterInvalid, "epoch everyone instead-of=carol extra-packet=mallory by alice")
}

// A removed member's old admit, or join, comes again.
func TestAttack_I3_ReplayOfAnOldAdmit(t *testing.T) {
	w := team(t)
	w.do("admit erin role=member circles=everyone by alice")
	admit := w.entries[len(w.entries)-1]
	w.do("invite i1 role=member circles=everyone uses=9 by alice", "join i1 by frank")
	join := w.entries[len(w.entries)-1]
	w.do("remove erin by alice", "epoch everyone by alice", "remove frank by alice", "epoch everyone by alice")
	for _, old := range append(w.entries[:len(w.entries):len(w.entries)], admit, join) {
		if err := w.apply(old); schema.CodeOf(err) != schema.CodeRosterInvalid {
			t.Fatalf("an old entry was accepted: %v", err)
		}
	}
	// A join made anew for the head does not bring the removed member back either.
	w.deny(schema.CodeRosterInvalid, "join i1 by frank")
	for _, a := range []string{"erin", "frank"} {
		if _, ok := w.state.Member(w.actor(a).user); ok {
			t.Errorf("%s is a member", a)
		}
	}
}

// Promotion by oneself, or by somebody whose role does not suffice.
func TestAttack_I4_PromotionWithoutTheRole(t *testing.T) {
	w := team(t)
	for _, s := range []string{
		"role bob owner by bob", "role carol admin by carol", "role dave member by dave",
		"role carol admin by bob", "role alice member by bob", "role dave member by carol",
		"remove alice by bob", "remove bob by carol", "remove carol by dave",
		"admit mallory role=admin circles=everyone by bob", "invite i1 role=owner circles=everyone by bob",
		"invite i1 role=guest circles=c1 by carol",
	} {
		w.deny(schema.CodeRosterInvalid, s)
	}
}

// Entries by a removed author or a revoked device are void from then on, and so
// is every event that they sign later.
func TestAttack_I5_RemovedAuthorAndRevokedDevice(t *testing.T) {
	w := team(t)
	w.do("certificate add=phone by bob", "certificate revoke=phone by bob", "epoch c1 by bob", "epoch everyone by bob")
	w.deny(schema.CodeRosterInvalid, "remove carol device=phone by bob")
	bob := w.actor("bob")
	if w.state.DeviceValidAt(bob.user, bob.device(t, "phone").ID(), w.state.head()) {
		t.Error("the revoked device counts")
	}
	w.do("remove bob by alice")
	w.deny(schema.CodeRosterInvalid, "epoch everyone by bob")
	w.do("epoch c1 by alice", "epoch everyone by alice")
	for _, s := range []string{
		"circle c2 by bob", "epoch c1 by bob", "certificate add=tablet by bob", "leave by bob",
		"admit mallory role=member circles=everyone by bob",
	} {
		w.deny(schema.CodeRosterInvalid, s)
	}
	if w.state.DeviceValidAt(bob.user, bob.device(t, "d1").ID(), w.state.head()) {
		t.Error("the removed member's device counts")
	}
}

// A clock set back to before the removal changes nothing: the position counts.
func TestAttack_I6_BackDating(t *testing.T) {
	w := team(t)
	w.do("remove bob by alice", "epoch c1 by alice", "epoch everyone by alice")
	w.deny(schema.CodeRosterInvalid, "circle c2 at=1 by bob")
	w.deny(schema.CodeRosterInvalid, "circle c2 at=1 seq=8 by bob")
	w.deny(schema.CodeRosterInvalid, "circle c2 prev=wrong at=1 by bob")
	// A clock that is off does not hurt a member either.
	w.do("circle c2 at=1 by carol", "epoch c2 at=99999999999999 by carol")
}

// Leaving, being invited, being removed and rejoining: each way out makes every
// circle stale, and nothing is sealed to the outsider or to an invite that the
// outsider knows (see circleInvariants, which every step of these tests checks).
func TestAttack_I9_LeaveRejoinAndBeRemoved(t *testing.T) {
	w := team(t)
	w.do("invite i1 role=member circles=c1,everyone uses=9 by alice", "join i1 by erin")
	w.do("leave by erin")
	for _, c := range []string{"c1", "everyone"} {
		if k, _ := w.state.Circle(circleID(c)); !k.Stale {
			t.Errorf("%s is not stale", c)
		}
	}
	w.do("epoch c1 by dave", "epoch everyone by carol")
	w.deny(schema.CodeRosterInvalid, "join i1 by erin") // the invite that erin knows was closed
	w.do("invite i2 role=member circles=everyone uses=9 by alice", "join i2 by erin")
	w.do("remove erin by bob", "epoch everyone by bob")
	w.deny(schema.CodeRosterInvalid, "join i2 by erin")
	w.do("invite i3 role=guest circles=c1 uses=9 by alice", "join i3 by erin")
	w.do("circle-remove c1 erin by alice", "epoch c1 by alice")
	key := w.actor("erin").id.Certificate().Encryption().Fingerprint
	for c, n := range map[string]uint64{"everyone": 3, "c1": 3} {
		if _, ok := w.state.KeyFor(circleID(c), n, key); ok {
			t.Errorf("erin has a key of %s, epoch %d", c, n)
		}
	}
}

// Key packets of another recipient, epoch or circle, and entries of another
// workspace, position or author.
func TestAttack_I10_MisplacedKeyPacket(t *testing.T) {
	w := team(t)
	for _, s := range []string{
		"admit erin role=member circles=everyone key-to=mallory by alice",
		"admit erin role=member circles=everyone key-epoch=2 by alice",
		"admit erin role=member circles=everyone key=broken by alice",
		"circle-admit c1 carol key-to=dave by alice",
		"role dave member key-to=carol by alice",
		"invite i1 role=member circles=everyone key-to=mallory by alice",
		"epoch c1 packet=broken by alice", "epoch c1 packet=twice by alice", "epoch c1 epoch=1 by alice",
		"epoch c1 workspace=other by alice", "epoch c1 seq=3 by alice", "epoch c1 device-of=carol sign-as=carol by alice",
	} {
		w.deny(schema.CodeRosterInvalid, s)
	}
	w.deny(schema.CodeBadSignature, "epoch c1 sign-as=mallory by alice")
	other := newWorld(t)
	other.ws = schema.WorkspaceID(name16("another"))
	other.state = New(other.ws)
	other.actors = w.actors
	other.do("genesis by alice")
	if err := w.apply(other.build(mustStep(t, "epoch everyone by alice"))); schema.CodeOf(err) != schema.CodeRosterInvalid {
		t.Errorf("an epoch of another workspace: %v", err)
	}
}

// An invite replayed, expired, cancelled, or accepted twice at once.
func TestAttack_I15_InviteBeyondItsUses(t *testing.T) {
	w := team(t)
	w.do("invite i1 role=member circles=everyone uses=2 expires=1000 by alice")
	w.deny(schema.CodeRosterInvalid, "join i1 at=1001 by erin")
	first := w.build(mustStep(t, "join i1 at=999 by erin"))
	second := w.build(mustStep(t, "join i1 at=999 by frank"))
	if err := w.apply(first); err != nil {
		t.Fatal(err)
	}
	for _, e := range []schema.SignedEntry{first, second} { // made for the same place
		if err := w.apply(e); schema.CodeOf(err) != schema.CodeRosterInvalid {
			t.Errorf("got %v", err)
		}
	}
	w.do("join i1 at=999 by frank")
	w.deny(schema.CodeRosterInvalid, "join i1 at=999 by grace")
	if i, _ := w.state.Invite(schema.InviteID(name16("i1"))); i.Used != 2 || i.Open {
		t.Errorf("used %d, open %t", i.Used, i.Open)
	}
}

// A guest who widens the own scope.
func TestAttack_I16_GuestWidensScope(t *testing.T) {
	w := team(t)
	w.do("circle c2 by carol", "epoch c2 by carol", "invite i1 role=guest circles=c1 by alice")
	for _, s := range []string{
		"role dave member by dave", "circle-admit c2 dave by dave", "circle-admit c1 carol by dave",
		"circle-admit everyone dave by dave", "circle c3 members=alice by dave", "invite i2 role=guest circles=c1 by dave",
		"admit mallory role=guest circles=c1 by dave", "epoch c1 by dave", "epoch everyone by dave", "cancel i1 by dave",
		"circle-remove c1 bob by dave", "join i1 circles=c1,c2 by erin", "join i1 circles=c1,everyone by erin",
		"join i1 circles=everyone by erin", "join i1 by dave",
	} {
		w.deny(schema.CodeRosterInvalid, s)
	}
}

// The primary key of a user who is known is never replaced, whoever says so.
func TestAttack_K2_KnownPrimaryKeyIsReplaced(t *testing.T) {
	w := team(t)
	w.do("invite i1 role=member circles=everyone uses=9 approval by alice", "join i1 by erin")
	pinned, _ := w.state.Certificate(w.actor("carol").user)
	w.do("leave by carol", "epoch everyone by alice", "renew carol replace", "renew bob replace", "renew erin replace")
	w.do("invite i2 role=member circles=everyone uses=9 by alice")
	w.deny(schema.CodeBadCertificate, "join i2 by carol")
	w.deny(schema.CodeBadCertificate, "admit carol role=member circles=everyone by alice")
	w.deny(schema.CodeBadCertificate, "admit erin role=member circles=everyone by alice")
	w.deny(schema.CodeBadCertificate, "certificate by bob")
	if c, _ := w.state.Certificate(w.actor("carol").user); c.Fingerprint() != pinned.Fingerprint() {
		t.Error("the key was replaced")
	}
}

// An older certificate, from before a revocation, is not accepted anywhere.
func TestAttack_K6_RevocationIsStripped(t *testing.T) {
	w := team(t)
	w.do("certificate add=phone by carol", "certificate revoke=phone by carol", "epoch everyone by carol")
	w.deny(schema.CodeBadCertificate, "certificate certificate=old by carol")
	w.do("leave by carol", "epoch everyone by alice", "invite i1 role=member circles=everyone uses=9 by alice")
	w.deny(schema.CodeBadCertificate, "join i1 certificate=old by carol")
	w.deny(schema.CodeBadCertificate, "admit carol role=member circles=everyone certificate=old by alice")
	w.do("join i1 by carol")
	carol := w.actor("carol")
	if w.state.DeviceValidAt(carol.user, carol.device(t, "phone").ID(), w.state.head()) {
		t.Error("the revoked device counts again")
	}
}

// A device that the user's primary key did not sign.
func TestAttack_K8_UnsignedDevice(t *testing.T) {
	w := team(t)
	w.deny(schema.CodeRosterInvalid, "circle c2 device-of=mallory sign-as=mallory by carol")
	w.do("renew carol add=phone") // bound, but not announced
	w.deny(schema.CodeRosterInvalid, "circle c2 device=phone by carol")
	phone := w.actor("carol").device(t, "phone").ID()
	if _, ok := w.state.Device(w.actor("carol").user, phone); ok || w.state.DeviceValidAt(w.actor("carol").user, phone, w.state.head()) {
		t.Error("the device is known")
	}
}

// The author named is not the one whose key signed.
func TestAttack_K12_AuthorIsNotTheSigner(t *testing.T) {
	w := team(t)
	w.deny(schema.CodeRosterInvalid, "remove carol author=alice by bob")
	w.deny(schema.CodeRosterInvalid, "remove carol device-of=bob sign-as=bob by alice")
	w.deny(schema.CodeBadSignature, "remove carol sign-as=bob by alice")
	w.do("invite i1 role=member circles=everyone uses=9 by alice")
	w.deny(schema.CodeBadCertificate, "join i1 author=erin by mallory")
	w.deny(schema.CodeBadCertificate, "join i1 certificate=erin by mallory")
	w.deny(schema.CodeBadSignature, "join i1 sign-as=mallory by erin")
}

// A member vouches for a wrong key of somebody whom the roster knows.
func TestAttack_K13_WrongKeyIntroduced(t *testing.T) {
	w := team(t)
	w.deny(schema.CodeBadCertificate, "admit erin role=member circles=everyone certificate=mallory by alice")
	w.deny(schema.CodeBadCertificate, "certificate certificate=carol by bob")
	w.do("remove carol by alice", "epoch everyone by alice", "renew carol replace")
	w.deny(schema.CodeBadCertificate, "admit carol role=member circles=everyone by bob")
	w.do("invite i1 role=member circles=everyone approval by alice", "join i1 by erin", "renew erin replace")
	w.deny(schema.CodeBadCertificate, "admit erin role=member circles=everyone by bob")
}

// What a member signed for another purpose is presented as a roster entry.
func TestAttack_E7_OtherSignedThingAsEntry(t *testing.T) {
	w := team(t)
	alice := w.actor("alice")
	d := alice.device(t, "")
	chat := schema.Payload{Header: schema.Header{
		Purpose: schema.PurposeEvent, Version: schema.Version, Workspace: w.ws, Author: alice.user, Device: d.ID(),
	}, Body: []byte("hello")}
	signIn := schema.SignInStatement{Purpose: schema.PurposeDevice, User: alice.user, Device: d.ID(), Origin: "https://example.org"}
	good := w.next(alice, d, schema.RosterLeave, schema.LeaveBody{})
	for _, v := range []any{chat, chat.Header, signIn, good.Body} {
		b := schema.MustMarshal(v)
		err := w.apply(schema.SignedEntry{Entry: b, Signature: d.Sign(b)})
		if schema.CodeOf(err) != schema.CodeBadEncoding {
			t.Errorf("%T was read as an entry: %v", v, err)
		}
	}
	for _, purpose := range []string{schema.PurposeEvent, schema.PurposeDevice, schema.PurposeSignal, ""} {
		e := good
		e.Purpose = purpose
		if err := w.apply(w.sign(e, d)); schema.CodeOf(err) != schema.CodeRosterInvalid {
			t.Errorf("an entry with purpose %q: %v", purpose, err)
		}
	}
	// Each kind's body is read as its own type only.
	for kind := schema.RosterAdmit; kind <= schema.RosterEpoch; kind++ {
		for _, other := range []any{schema.GenesisBody{Certificate: []byte{1}}, schema.JoinBody{}, schema.EpochBody{}, schema.RoleBody{}} {
			e := w.next(alice, d, kind, other)
			if err := w.apply(w.sign(e, d)); err == nil {
				t.Errorf("a %T was accepted as kind %d", other, kind)
			}
		}
	}
}

// Nesting beyond the bound, in the frame and in the body.
func TestAttack_P8_Nesting(t *testing.T) {
	w := team(t)
	w.deny(schema.CodeBadEncoding, "circle c2 encoding=deep by alice")
	alice := w.actor("alice")
	for _, open := range []byte{0x81, 0xA1, 0x9F, 0xC1} { // array, map, indefinite array, tag
		e := w.next(alice, alice.device(t, ""), schema.RosterCircle, schema.CircleBody{})
		e.Body = make([]byte, 1<<16)
		for i := range e.Body {
			e.Body[i] = open
		}
		if err := w.apply(w.sign(e, alice.device(t, ""))); schema.CodeOf(err) != schema.CodeBadEncoding {
			t.Errorf("nesting by %#x: %v", open, err)
		}
	}
}
