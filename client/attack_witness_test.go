package client_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/schema"
)

// Members are witnesses against the server. The attacks of this file lie as
// witnesses, to make others stop.

func lie(p *schema.Payload) { p.Header.SeenLink = schema.Hash{1} }

// Somebody who is not in a circle was told its secret, and a server that helps
// shows what they write there: it is void, and stops nothing.
func TestAttack_E5_WordOfSomebodyOutside(t *testing.T) {
	tm := newTeam(t)
	ch := tm.secretChannel()
	carol := tm.join("Carol", client.InviteOptions{})
	bob := tm.insider(tm.bob)
	info, _ := bob.rs.Circle(ch.Circle)
	secret, err := bob.Secret(bob.rs, ch.Circle, info.Epoch)
	if err != nil {
		t.Fatal(err)
	}
	log, err := bob.Log(tm.ctx(), tm.id, ch.Circle, ch.Stream)
	if err != nil {
		t.Fatal(err)
	}
	in := tm.insider(carol)
	in.place, in.secret, in.log, in.counter = hostile.Place{
		Workspace: tm.id, Circle: ch.Circle, Stream: ch.Stream, Epoch: info.Epoch,
	}, secret, log, 0
	log.Add(in.event(in.message("from outside", lie)))
	tm.show(log, tm.alice)
	tm.alice.Expect(tm.id, "secret", "among us")
	tm.blameless(tm.alice)
	tm.alice.Post(tm.id, "secret", "go on")
	tm.alice.Expect(tm.id, "secret", "among us | go on")
}

// A member signals that the roster is another one: what the signal's circle shares
// is in doubt, and nothing else of the workspace.
func TestAttack_E5_SignalAboutTheRoster(t *testing.T) {
	tm := newTeam(t)
	ch := tm.secretChannel()
	tm.alice.Follow()
	online(t, tm.alice.User)
	in := tm.insider(tm.bob)
	info, _ := in.rs.Circle(ch.Circle)
	in.place.Circle, in.place.Epoch = ch.Circle, info.Epoch
	secret, err := in.Secret(in.rs, ch.Circle, info.Epoch)
	if err != nil {
		t.Fatal(err)
	}
	header := schema.Header{
		Purpose: schema.PurposeSignal, Version: schema.Version, Workspace: tm.id, Event: schema.NewEventID(),
		Author: in.User, Device: in.Device.ID(), Roster: in.rs.Head(), At: time.Now().UnixMilli(), Kind: schema.KindPresence,
	}
	header.Roster.Hash = schema.Hash{1}
	payload := schema.MustMarshal(schema.Payload{Header: header, Body: schema.MustMarshal(client.PresenceBody{Presence: client.PresenceAway})})
	if !tm.alice.net.Inject(tm.ctx(), schema.Frame{Signals: &schema.PushSignal{
		Workspace: tm.id, Circle: ch.Circle, Author: in.User, Device: in.Device.ID(), Epoch: info.Epoch,
		Ciphertext: hostile.SealPacket(in.place.SignalKey(secret), hostile.Message(payload, in.Device.Sign(payload), in.Device.ID())),
	}}) {
		t.Fatal("no live connection")
	}
	clienttest.Eventually(t, "the contradiction is found", func() bool { return len(tm.status(tm.alice).Misbehaviours) == 1 })
	if m := tm.status(tm.alice).Misbehaviours[0]; m.Stream != schema.IndexStream(tm.id, ch.Circle) || m.Accuser != in.Device.ID() || m.Kind != client.MisbehaviourFork {
		t.Errorf("Alice has caught %v of %s in %s", m, m.Accuser, m.Stream)
	}
	tm.alice.Post(tm.id, "general", "onward")
	tm.alice.Post(tm.id, "secret", "here too")
	tm.bob.Expect(tm.id, "general", said+" | onward")
	if err := tm.alice.In(tm.id).Sync(tm.ctx()); !errors.Is(err, client.ErrServerMisbehaved) {
		t.Errorf("the contradiction is forgotten: %v", err)
	}
}

// A member stops a stream by a lie and is removed for it: everybody goes on, and
// what happened stays on record. Who leaves by the own will takes nothing back.
func TestAttack_E5_LiarIsRemoved(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(*team, *actor)
		ends bool
	}{
		"removed": {func(tm *team, a *actor) { tm.remove(a) }, true},
		"leaves": {func(tm *team, a *actor) {
			_ = a.In(tm.id).Sync(tm.ctx()) // the real client finds the lie too
			tm.must(nil, a.In(tm.id).Leave(tm.ctx()))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			carol := tm.join("Carol", client.InviteOptions{})
			carol.Sync()
			in := tm.insider(carol)
			in.post(in.message("a lie", lie))
			for _, a := range []*actor{tm.alice, tm.bob} {
				if err := a.In(tm.id).Sync(tm.ctx()); !errors.Is(err, client.ErrServerMisbehaved) {
					t.Fatalf("%s synchronises with %v", a.Name, err)
				}
			}
			late := tm.late("Dave") // has not read it before
			c.end(tm, carol)
			if !c.ends {
				if err := tm.bob.In(tm.id).Sync(tm.ctx()); !errors.Is(err, client.ErrServerMisbehaved) {
					t.Errorf("a witness who left is forgotten: %v", err)
				}
				return
			}
			for _, a := range []*actor{tm.alice, tm.bob, late} {
				a.Expect(tm.id, "general", said)
				tm.blameless(a)
				if !slices.ContainsFunc(a.Engine.Findings(tm.ctx()), func(f client.Finding) bool {
					return f.Code == client.FoundWordSetAside && f.Facts.Device == in.Device.ID()
				}) {
					t.Errorf("%s has no record of it", a.Name)
				}
			}
			tm.alice.Post(tm.id, "general", "onward")
			tm.bob.Restart()
			tm.bob.Expect(tm.id, "general", said+" | onward")
		})
	}
}

// late lets somebody join who has read nothing yet.
func (tm *team) late(name string) *actor {
	tm.t.Helper()
	a := newActor(tm.t, tm.c, name)
	if _, err := a.TryJoin(tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{})); err != nil {
		tm.t.Fatal(err)
	}
	return a
}
