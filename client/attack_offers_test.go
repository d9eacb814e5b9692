package client_test

import (
	"errors"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
)

// reads counts the requests for events of a workspace.
func reads(net *hostile.Transport, w schema.WorkspaceID) (n int) {
	for _, q := range net.Calls() {
		if hostile.Events.Matches(q) && hostile.WorkspaceOf(q) == w {
			n++
		}
	}
	return n
}

// Anybody can put a user into a workspace: before it is accepted, nothing but one
// page of its index is fetched, however much there is.
func TestAttack_I16_OfferIsNotDownloaded(t *testing.T) {
	tm := newTeam(t)
	mallory := newActor(t, tm.c, "Mallory")
	w := mallory.Create("Trap")
	if _, err := w.CreateChannel(tm.ctx(), "more", client.ChannelOptions{}); err != nil {
		t.Fatal(err)
	}
	mallory.Post(w.ID(), "general", "come in")
	mallory.Post(w.ID(), "more", "and read")
	if _, err := w.Admit(tm.ctx(), tm.alice.Handle, schema.RoleMember, nil); err != nil {
		t.Fatal(err)
	}
	tm.alice.Follow()
	online(t, tm.alice.User)
	tm.alice.Sync()
	tm.alice.Sync()
	if n := reads(tm.alice.net, w.ID()); n != 1 {
		t.Errorf("%d requests for events of an offer, want 1", n)
	}
	offers := tm.alice.Engine.Offers()
	if len(offers) != 1 || offers[0].Name() != "Trap" || len(offers[0].Channels()) != 2 {
		t.Fatalf("offered: %v", offers)
	}
	if err := tm.alice.Accept(tm.ctx(), offers[0]); err != nil {
		t.Fatal(err)
	}
	if got := tm.alice.Texts(w.ID(), "more"); got != "and read" {
		t.Errorf("after accepting, Alice reads %q", got)
	}
	mallory.Post(w.ID(), "more", "live")
	clienttest.Eventually(t, "what is said is pushed", func() bool { return tm.alice.Texts(w.ID(), "more") == "and read | live" })
}

// Offers beyond a bound are not kept.
func TestAttack_I16_ManyOffers(t *testing.T) {
	const bound = 16
	c := clienttest.Start(t, 1, server.Options{})
	alice, mallory := newActor(t, c, "Alice"), newActor(t, c, "Mallory")
	ctx := clienttest.Context(t)
	for range bound + 2 {
		if _, err := mallory.Create("Trap").Admit(ctx, alice.Handle, schema.RoleMember, nil); err != nil {
			t.Fatal(err)
		}
	}
	alice.Sync()
	alice.Sync()
	if n := len(alice.Engine.Offers()); n != bound {
		t.Errorf("%d offers are kept, want %d", n, bound)
	}
	if err := alice.Accept(ctx, alice.Engine.Offers()[0]); err != nil {
		t.Fatal(err)
	}
	alice.Sync()
	if n := len(alice.Engine.Offers()); n != bound {
		t.Errorf("after one was accepted, %d offers are kept, want %d", n, bound)
	}
	declined := alice.Engine.Offers()[0]
	if err := alice.Decline(ctx, declined); err != nil {
		t.Fatal(err)
	}
	alice.Sync()
	if n := len(alice.Engine.Offers()); n != bound {
		t.Errorf("after one was declined, %d offers are kept, want %d", n, bound)
	}
	mallory.Sync()
	if _, err := mallory.In(declined.ID()).FindPerson(alice.Engine.User().String()); !schema.HasCode(err, schema.CodeNotFound) {
		t.Errorf("Alice is still in the declined workspace: %v", err)
	}
}

// A reader is shown a newcomer's message before the entry that brought the
// newcomer in, so that it is void, and the entry afterwards.
func TestAttack_I2_NewcomerHiddenWhileSpeaking(t *testing.T) {
	tm := newTeam(t)
	tm.bob.net.FreezeRoster(tm.bob.net.ViewOf(tm.id))
	dave := tm.late("Dave")
	dave.Sync()
	dave.Post(tm.id, "general", "from Dave")
	tm.bob.Expect(tm.id, "general", said)
	tm.bob.net.Honest()
	err := tm.bob.In(tm.id).Sync(tm.ctx())
	var m *client.Misbehaviour
	if !errors.As(err, &m) || m.Kind != client.MisbehaviourWithheld || m.Accuser != dave.Engine.Device() {
		t.Fatalf("a message is kept from Bob: %v", err)
	}
}

// A device writes before its certificate is in the roster: that is void, and
// nobody's fault.
func TestAttack_K8_DeviceWritesTooEarly(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	known := in.Device
	early, err := tm.bob.id.AddDevice(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	in.Device, in.counter, in.prev = early, 0, schema.Hash{}
	in.log.Add(in.event(in.message("too early")))
	tm.show(in.log, tm.alice)
	tm.alice.Expect(tm.id, "general", said)
	in.Device = known
	entry := in.Entry(in.rs, schema.RosterCertificate, schema.CertificateBody{Certificate: tm.bob.id.Certificate().Bytes(), Cuts: []schema.CircleCut{}})
	if err := in.PostRoster(tm.ctx(), tm.id, entry); err != nil {
		t.Fatal(err)
	}
	tm.alice.Expect(tm.id, "general", said)
	tm.blameless(tm.alice)
}
