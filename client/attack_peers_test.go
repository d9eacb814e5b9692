package client_test

import (
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/schema"
)

// The attacks of this file need no help from the server: a member, or anybody
// with an account, mounts them against others.

// secretChannel makes a private channel of Alice and Bob in which Alice speaks.
func (tm *team) secretChannel() client.Channel {
	tm.t.Helper()
	ch, err := tm.alice.In(tm.id).CreateChannel(tm.ctx(), "secret", client.ChannelOptions{
		Private: true, Members: []schema.UserID{tm.bob.Engine.User()},
	})
	if err != nil {
		tm.t.Fatal(err)
	}
	if _, err := tm.alice.In(tm.id).Post(tm.ctx(), ch, "among us", client.PostOptions{}); err != nil {
		tm.t.Fatal(err)
	}
	tm.bob.Sync()
	return ch
}

// The index of everyone names the stream of a smaller circle: what is read there
// must not be shown as everyone's, nor what is written be sealed to everyone.
func TestAttack_E6_IndexNamesAnotherCirclesStream(t *testing.T) {
	tm := newTeam(t)
	ch := tm.secretChannel()
	in := tm.insider(tm.bob)
	in.move(schema.IndexStream(tm.id, tm.general.Circle))
	in.post(in.message("", announces(ch.Stream, "bait")))
	tm.alice.Sync()
	alice := tm.alice.In(tm.id)
	bait := tm.alice.Channel(tm.id, "bait")
	if got, err := alice.Messages(tm.ctx(), bait, 10); err != nil || len(got) != 0 {
		t.Errorf("everyone's channel shows %d messages of the smaller circle, %v", len(got), err)
	}
	since := len(tm.alice.net.Calls())
	_, err := alice.Post(tm.ctx(), bait, "for us alone", client.PostOptions{})
	clienttest.ExpectCode(t, err, schema.CodeForbidden)
	quiet(t, tm.alice.net, since)
	if _, err := alice.Post(tm.ctx(), ch, "go on", client.PostOptions{}); err != nil {
		t.Errorf("the genuine channel is closed: %v", err)
	}
}

// A member tells of a stream that does not exist yet as one of another circle,
// and makes it later: nobody loses the connection, and the server is not blamed.
func TestAttack_E5_GossipOfAStreamToCome(t *testing.T) {
	tm := newTeam(t)
	ch := tm.secretChannel()
	tm.alice.Follow()
	online(t, tm.alice.User)
	in := tm.insider(tm.bob)
	stream := schema.NewStreamID()
	payload := schema.MustMarshal(schema.Payload{
		Header: schema.Header{
			Purpose: schema.PurposeSignal, Version: schema.Version, Workspace: tm.id, Event: schema.NewEventID(),
			Author: in.User, Device: in.Device.ID(), Roster: in.rs.Head(), At: time.Now().UnixMilli(), Kind: schema.KindHeads,
		}, Body: schema.MustMarshal(client.HeadsBody{Streams: []schema.StreamHead{{Stream: stream, Seq: 1}}}),
	})
	if !tm.alice.net.Inject(tm.ctx(), schema.Frame{Signals: &schema.PushSignal{
		Workspace: tm.id, Circle: in.place.Circle, Author: in.User, Device: in.Device.ID(), Epoch: in.place.Epoch,
		Ciphertext: hostile.SealPacket(in.place.SignalKey(in.secret), hostile.Message(payload, in.Device.Sign(payload), in.Device.ID())),
	}}) {
		t.Fatal("no live connection")
	}
	clienttest.Eventually(t, "the hidden stream is flagged", func() bool { return len(tm.status(tm.alice).Warnings) > 0 })
	bob := tm.bob.In(tm.id)
	if _, err := bob.Post(tm.ctx(), client.Channel{Circle: ch.Circle, Stream: stream}, "in the other circle", client.PostOptions{}); err != nil {
		t.Fatal(err)
	}
	tm.alice.Sync()
	if found := tm.alice.In(tm.id).Misbehaviours(); len(found) != 0 {
		t.Errorf("the server is blamed: %v", found)
	}
	if s, err := tm.alice.Status(tm.ctx()); err != nil || !s.Online {
		t.Errorf("the connection is lost: %v", err)
	}
}

// Somebody puts a user into a workspace that is a lie: the user's own workspaces
// go on, on a device that begins with nothing too.
func TestAttack_I16_PoisonedOffer(t *testing.T) {
	tm := newTeam(t)
	mallory := newActor(t, tm.c, "Mallory")
	trap := &team{t: t, c: tm.c, alice: mallory, bob: tm.bob}
	w := mallory.Create("Trap")
	trap.id, trap.general = w.ID(), mallory.Channel(w.ID(), "general")
	mallory.Post(trap.id, "general", "come in")
	if _, err := w.Admit(tm.ctx(), tm.alice.Handle, schema.RoleMember, nil); err != nil {
		t.Fatal(err)
	}
	in := trap.insider(mallory)
	in.post(in.message("a lie", func(p *schema.Payload) { p.Header.SeenLink = schema.Hash{1} }))
	if err := tm.alice.Engine.Sync(tm.ctx()); err != nil {
		t.Errorf("Alice's synchronisation ends in %v", err)
	}
	tm.alice.Options.Store = memory.New()
	tm.alice.Restart()
	if err := tm.alice.Engine.Sync(tm.ctx()); err != nil {
		t.Errorf("with an empty store it ends in %v", err)
	}
	tm.alice.Expect(tm.id, "general", said)
}

// Somebody leaves, and the only one who is there has not verified the others: the
// keys that they get replace those that they have, and what was said is read.
func TestStrictReadersRenewAndRead(t *testing.T) {
	tm := newTeam(t)
	carol := tm.join("Carol", client.InviteOptions{})
	if err := tm.alice.SetStrict(tm.ctx(), true); err != nil {
		t.Fatal(err)
	}
	carol.Sync()
	carol.Post(tm.id, "general", "farewell")
	if err := carol.In(tm.id).Leave(tm.ctx()); err != nil {
		t.Fatal(err)
	}
	if err := tm.alice.In(tm.id).Sync(tm.ctx()); err != nil {
		t.Fatal(err)
	}
	if got := tm.alice.Texts(tm.id, "general"); got != said+" | farewell" {
		t.Errorf("Alice reads %q", got)
	}
}
