package client_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/index"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// admission is an entry that admits a user with the current key of everyone.
func (in *insider) admission(a *actor, role schema.Role) schema.SignedEntry {
	in.tm.t.Helper()
	return in.admissionAs(a.id, role)
}

// forgedAdmission is an entry that admits a user under a key of the insider's
// making. An honest server refuses it.
func (in *insider) forgedAdmission(a *actor) schema.SignedEntry {
	in.tm.t.Helper()
	id, _ := impostor(in.tm.t, a.Engine.User())
	return in.admissionAs(id, schema.RoleMember)
}

func (in *insider) admissionAs(id *identity.Identity, role schema.Role) schema.SignedEntry {
	in.tm.t.Helper()
	packet, err := seal.SealKey(in.secret, id.Certificate().Encryption())
	if err != nil {
		in.tm.t.Fatal(err)
	}
	return in.Entry(in.rs, schema.RosterAdmit, schema.AdmitBody{
		User: id.Certificate().User(), Certificate: id.Certificate().Bytes(), Role: role,
		Keys: []schema.CircleKey{{Circle: in.place.Circle, Epoch: in.place.Epoch, Packet: packet}},
	})
}

// remove lets Alice remove somebody.
func (tm *team) remove(a *actor) {
	tm.t.Helper()
	if err := tm.alice.In(tm.id).Remove(tm.ctx(), a.Engine.User()); err != nil {
		tm.t.Fatal(err)
	}
}

// The server adds a member, in the owner's name, with a device of its own or with
// a genuine entry altered.
func TestAttack_I1_ServerAddsAMember(t *testing.T) {
	tm := newTeam(t)
	evil := newActor(t, tm.c, "Evil")
	in := tm.insider(tm.alice)
	_, in.Device = impostor(t, tm.alice.Engine.User())
	tm.showRoster(tm.alice, in.rs, in.admission(evil, schema.RoleMember))
	tm.rejects(tm.alice, schema.CodeServerMisbehaved, client.MisbehaviourRoster, tm.sync(tm.alice))

	genuine := tm.insider(tm.alice).admission(evil, schema.RoleMember)
	genuine.Entry[len(genuine.Entry)-1] ^= 1
	tm.showRoster(tm.bob, in.rs, genuine)
	tm.rejects(tm.bob, schema.CodeServerMisbehaved, client.MisbehaviourRoster, tm.sync(tm.bob))
}

// The server shows no removal, or only its first half.
func TestAttack_I2_RemovalHidden(t *testing.T) {
	tm := newTeam(t)
	carol, dave := tm.join("Carol", client.InviteOptions{}), tm.join("Dave", client.InviteOptions{})
	tm.bob.Sync()
	old := tm.bob.net.ViewOf(tm.id)
	before := tm.insider(tm.bob).rs
	tm.remove(carol)
	tm.aliceSays("without Carol")
	tm.bob.net.FreezeRoster(old)
	tm.rejects(tm.bob, schema.CodeServerMisbehaved, client.MisbehaviourWithheld, tm.sync(tm.bob))

	half := tm.insider(tm.alice).entries[before.Head().Seq]
	tm.showRoster(dave, before, half)
	tm.rejects(dave, schema.CodeServerMisbehaved, client.MisbehaviourRoster, tm.sync(dave))
}

// A member is shown the state before a removal for ever; that others signal under
// newer keys tells.
func TestAttack_I2_FrozenRosterIsFlagged(t *testing.T) {
	tm := newTeam(t)
	carol := tm.join("Carol", client.InviteOptions{})
	tm.bob.net.Freeze(tm.bob.net.ViewOf(tm.id))
	tm.alice.Follow()
	tm.bob.Follow()
	online(t, tm.alice.User, tm.bob.User)
	tm.remove(carol)
	tm.gossip("the frozen roster is flagged", tm.alice, func() bool { return len(tm.status(tm.bob).Warnings) > 0 })
}

// The entry that once admitted somebody is shown again after the removal.
func TestAttack_I3_OldAdmissionReplayed(t *testing.T) {
	tm := newTeam(t)
	carol := newActor(t, tm.c, "Carol")
	if _, err := tm.alice.In(tm.id).Admit(tm.ctx(), carol.Handle, schema.RoleMember, nil); err != nil {
		t.Fatal(err)
	}
	admission := tm.insider(tm.alice).entries[tm.alice.In(tm.id).Roster().Seq-1]
	tm.remove(carol)
	tm.bob.Sync()
	tm.showRoster(tm.bob, tm.insider(tm.bob).rs, admission)
	tm.rejects(tm.bob, schema.CodeServerMisbehaved, client.MisbehaviourRoster, tm.sync(tm.bob))
}

// A member promotes itself; the honest server refuses, and clients refuse what a
// lying one lets through.
func TestAttack_I4_SelfPromotion(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	entry := in.Entry(in.rs, schema.RosterRole, schema.RoleBody{User: in.User, Role: schema.RoleOwner, Keys: []schema.CircleKey{}, Cuts: []schema.CircleCut{}})
	clienttest.ExpectCode(t, in.PostRoster(tm.ctx(), tm.id, entry), schema.CodeRosterInvalid)
	for _, a := range []*actor{tm.alice, tm.bob} {
		tm.showRoster(a, in.rs, entry)
		tm.rejects(a, schema.CodeServerMisbehaved, client.MisbehaviourRoster, tm.sync(a))
	}
	if got := tm.alice.In(tm.id).Role(); got != schema.RoleOwner {
		t.Errorf("Alice is %s", got)
	}
}

// departed is a team that Carol was removed from; her keys are turned against it,
// with the secret of the epoch after her removal from a member who helps her.
func departed(t *testing.T) (tm *team, carol *insider, next seal.EpochSecret) {
	t.Helper()
	tm = newTeam(t)
	c := tm.join("Carol", client.InviteOptions{})
	carol = tm.insider(c)
	tm.remove(c)
	tm.bob.Sync()
	return tm, carol, tm.insider(tm.bob).secret
}

// A removed member writes under the old keys, and under the new ones which
// somebody gave her.
func TestAttack_I5_RemovedAuthor(t *testing.T) {
	tm, carol, next := departed(t)
	old := carol.event(carol.message("under the old epoch"))
	carol.resume()
	carol.rs = tm.insider(tm.bob).rs
	carol.secret, carol.place.Epoch = next, 2
	young := carol.event(carol.message("under the new epoch"))
	carol.log.Add(old, young)
	tm.show(carol.log, tm.alice, tm.bob)
	tm.voids(2, tm.alice, tm.bob)
}

// A removed member dates her writing before the removal: by the clock, by the
// roster that she says she knew, and by what she says she had seen.
func TestAttack_I6_BackDated(t *testing.T) {
	tm, carol, next := departed(t)
	early := func(p *schema.Payload) {
		p.Header.At = time.Now().Add(-24 * time.Hour).UnixMilli()
		p.Header.SeenSeq, p.Header.SeenLink = 0, schema.FirstLink(tm.id, tm.general.Circle, tm.general.Stream)
	}
	old := carol.event(carol.message("long ago", early))
	carol.resume()
	carol.secret, carol.place.Epoch = next, 2
	young := carol.event(carol.message("long ago, under the new epoch", early))
	carol.log.Add(old, young)
	tm.show(carol.log, tm.alice, tm.bob)
	tm.voids(2, tm.alice, tm.bob)
}

// Content under the old epoch comes beyond the cut: from a member, into a quiet
// stream, and as a stream that did not exist.
func TestAttack_I7_BeyondTheCut(t *testing.T) {
	tm := newTeam(t)
	carol := tm.join("Carol", client.InviteOptions{})
	bob := tm.insider(tm.bob)
	tm.remove(carol)
	// Bob is still a member; what he seals under the old epoch Carol could read.
	log := tm.insider(tm.bob).log
	log.Add(bob.event(bob.message("for Carol too")))
	tm.show(log, tm.alice, tm.bob)

	fresh := *bob
	fresh.place.Stream = schema.NewStreamID()
	fresh.log = hostile.NewLog(tm.id, tm.general.Circle, fresh.place.Stream)
	fresh.counter, fresh.prev = 0, schema.Hash{}
	fresh.log.Add(fresh.event(fresh.message("in a new stream")))
	tm.show(fresh.log, tm.alice)
	index := *bob
	index.move(schema.IndexStream(tm.id, tm.general.Circle))
	index.log.Add(index.event(index.message("", announces(fresh.place.Stream, "trap"))))
	tm.show(index.log, tm.alice)
	tm.voids(3, tm.alice)
	if _, err := tm.alice.In(tm.id).FindChannel("trap"); !schema.HasCode(err, schema.CodeNotFound) {
		t.Errorf("a stream from beyond the cut is shown: %v", err)
	}
}

// announces turns an event into the creation of a chat stream.
func announces(s schema.StreamID, name string) func(*schema.Payload) {
	return func(p *schema.Payload) {
		p.Header.Kind = schema.KindStreamCreate
		p.Body = schema.MustMarshal(index.StreamCreateBody{Stream: s, Kind: schema.StreamChat, Name: name})
	}
}

// A cut that was signed is withheld, or another one is shown in its place, or the
// stream ends below it.
func TestAttack_I7_CutWithheldOrAltered(t *testing.T) {
	tm := newTeam(t)
	carol := tm.join("Carol", client.InviteOptions{})
	url := tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{Uses: 3})
	for _, c := range []struct {
		kind client.MisbehaviourKind
		lie  func(*actor)
	}{
		{client.MisbehaviourWithheld, func(a *actor) {
			hostile.Cuts.Instead(a.net, func(client.Request) (*schema.Cut, error) { return nil, schema.Errorf(schema.CodeNotFound, "no cut") })
		}},
		{client.MisbehaviourAltered, func(a *actor) {
			hostile.Cuts.Lie(a.net, func(_ client.Request, cut *schema.Cut) error { cut.Heads = cut.Heads[:1]; return nil })
		}},
	} {
		victim := newActor(t, tm.c, "Victim"+string(c.kind))
		victim.Join(url)
		c.lie(victim)
		if c.kind == client.MisbehaviourWithheld {
			tm.remove(carol)
			tm.aliceSays("after the cut")
		} else {
			tm.remove(tm.join("Dora", client.InviteOptions{}))
			tm.aliceSays("after another cut")
		}
		err := victim.In(tm.id).Sync(tm.ctx())
		clienttest.ExpectCode(t, err, schema.CodeServerMisbehaved)
		tm.quarantines(victim, c.kind)
	}
	// A newcomer is shown less than the cut names.
	late := newActor(t, tm.c, "Late")
	in := tm.insider(tm.alice)
	tm.show(hostile.NewLog(tm.id, tm.general.Circle, tm.general.Stream, in.log.Events()[:1]...), late)
	if _, err := late.TryJoin(url); err != nil {
		t.Fatal(err)
	}
	clienttest.ExpectCode(t, late.In(tm.id).Sync(tm.ctx()), schema.CodeServerMisbehaved)
	tm.quarantines(late, client.MisbehaviourRollback)
}

// A newcomer is not shown a stream at all that a signed cut names.
func TestAttack_I7_StreamOfTheCutHidden(t *testing.T) {
	tm := newTeam(t)
	tm.remove(tm.join("Carol", client.InviteOptions{}))
	late := newActor(t, tm.c, "Late")
	hostile.Heads.Lie(late.net, func(_ client.Request, h *schema.WorkspaceHeads) error {
		h.Streams = slices.DeleteFunc(h.Streams, func(i schema.StreamInfo) bool { return i.Head.Stream == tm.general.Stream })
		return nil
	})
	if _, err := late.TryJoin(tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{})); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		clienttest.ExpectCode(t, late.In(tm.id).Sync(tm.ctx()), schema.CodeServerMisbehaved)
		late.Restart()
	}
	if bad := tm.status(late).Misbehaviours; len(bad) != 1 || bad[0].Kind != client.MisbehaviourWithheld || len(bad[0].Proof) == 0 {
		t.Errorf("misbehaviour %v", bad)
	}
}

// quarantines checks what an actor has caught and that nothing newer is shown.
func (tm *team) quarantines(a *actor, kind client.MisbehaviourKind) {
	tm.t.Helper()
	bad := tm.status(a).Misbehaviours
	if len(bad) == 0 || bad[0].Kind != kind || len(bad[0].Proof) == 0 {
		tm.t.Errorf("%s has caught %v, want %s", a.Name, bad, kind)
	}
	for _, m := range a.Read(tm.id, "general") {
		if m.Text != "from Alice" && m.Text != "from Bob" && m.Text != "after the cut" {
			tm.t.Errorf("%s reads %q", a.Name, m.Text)
		}
	}
}

// A removed member opens what follows, with everything that the server holds.
func TestAttack_I8_RemovedMemberReads(t *testing.T) {
	tm := newTeam(t)
	c := tm.join("Carol", client.InviteOptions{})
	carol := tm.insider(c)
	tm.remove(c)
	tm.aliceSays("not for Carol")
	all := tm.insider(tm.alice)
	if _, err := carol.Secret(all.rs, all.place.Circle, 2); err == nil {
		t.Error("the removed member has a key packet of the new epoch")
	}
	for epoch := range uint64(3) {
		place := all.place
		place.Epoch = epoch
		if _, err := hostile.OpenPacket(place.StreamKey(carol.secret), last(all.log).Ciphertext); err == nil {
			t.Errorf("the removed member reads, as if in epoch %d", epoch)
		}
	}
	clienttest.ExpectCode(t, c.In(tm.id).Sync(tm.ctx()), schema.CodeRemoved)
	if _, err := c.In(tm.id).Post(tm.ctx(), tm.general, "still here", client.PostOptions{}); !schema.HasCode(err, schema.CodeRemoved) {
		t.Errorf("a removed member posts: %v", err)
	}
}

// Leave, come back, be removed, come back: each way out ends an epoch, and what is
// said in between opens with no key from before.
func TestAttack_I9_RejoinAndRemove(t *testing.T) {
	tm := newTeam(t)
	carol := tm.join("Carol", client.InviteOptions{})
	for i, leave := range []func() error{
		func() error { return carol.In(tm.id).Leave(tm.ctx()) },
		func() error { return tm.alice.In(tm.id).Remove(tm.ctx(), carol.Engine.User()) },
	} {
		knows := tm.insider(carol)
		if err := leave(); err != nil {
			t.Fatal(err)
		}
		tm.aliceSays("while Carol is away")
		now := tm.insider(tm.alice)
		if now.place.Epoch != uint64(i+2) {
			t.Errorf("epoch %d after the departure, want %d", now.place.Epoch, i+2)
		}
		if _, err := hostile.OpenPacket(now.place.StreamKey(knows.secret), last(now.log).Ciphertext); err == nil {
			t.Error("what was said in between opens with an old key")
		}
		if _, err := knows.Log(tm.ctx(), tm.id, tm.general.Circle, tm.general.Stream); !schema.HasCode(err, schema.CodeNotFound) {
			t.Errorf("the server hands out the stream: %v", err)
		}
		carol.Join(tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{}))
	}
}

// An administrator hands over the key of another place as the one of everyone.
func TestAttack_I10_KeyOfAnotherPlace(t *testing.T) {
	tm := newTeam(t)
	carol := newActor(t, tm.c, "Carol")
	in := tm.insider(tm.alice)
	in.secret = seal.NewEpochSecret()
	if err := in.PostRoster(tm.ctx(), tm.id, in.admission(carol, schema.RoleMember)); err != nil {
		t.Fatal(err)
	}
	carol.Sync()
	since := len(carol.net.Calls())
	clienttest.ExpectCode(t, carol.Accept(tm.ctx(), carol.In(tm.id)), schema.CodeUnreadable)
	for _, q := range carol.net.Calls()[since:] {
		if hostile.Append.Matches(q) && hostile.WorkspaceOf(q) == tm.id {
			t.Error("something was sealed under the wrong secret")
		}
	}
	if len(carol.In(tm.id).Channels()) != 0 {
		t.Error("something opens under the wrong secret")
	}
}

// Somebody who comes back is shown a membership log other than the one that the
// device knows, by an administrator who forks it and the server.
func TestAttack_I9_RejoinIntoAFork(t *testing.T) {
	tm := newTeam(t)
	carol := tm.join("Carol", client.InviteOptions{})
	if err := carol.In(tm.id).Leave(tm.ctx()); err != nil {
		t.Fatal(err)
	}
	in := tm.insider(tm.alice)
	known := carol.In(tm.id).Roster().Seq
	// The fork leaves from before Carol's leaving and pretends that she never was.
	in.rs = roster.New(tm.id)
	entries := in.entries[:known-2-1]
	for _, e := range entries {
		if err := in.rs.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	in.place.Epoch = 1
	var err error
	if in.secret, err = in.Secret(in.rs, in.place.Circle, 1); err != nil {
		t.Fatal(err)
	}
	entry, url := in.offer()
	page := hostile.Chain(in.rs, entry)
	page.Entries = append(entries[:len(entries):len(entries)], entry)
	hostile.InviteRoute.Instead(carol.net, func(q client.Request) (*schema.RosterPage, error) {
		after := min(hostile.AfterOf(q), uint64(len(page.Entries)))
		return &schema.RosterPage{Entries: page.Entries[after:], Head: page.Head}, nil
	})
	since := len(carol.net.Calls())
	_, err = carol.TryJoin(url)
	clienttest.ExpectCode(t, err, schema.CodeServerMisbehaved)
	quiet(t, carol.net, since)
}
