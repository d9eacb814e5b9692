package client_test

import (
	"context"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/schema"
)

// A stolen device is revoked at once: neither the strict setting, nor a workspace
// that somebody offered, nor one that stands still keeps it in the others.
func TestAttack_I8_RevocationWaitsForNothing(t *testing.T) {
	c, id, alice, bob, _ := trio(t)
	ctx := clienttest.Context(t)
	tablet := c.Device(bob, 0, nil)
	tablet.Post(id, "general", "from the tablet")
	bob.Sync()
	stolen := keysOf(t, tablet)
	if err := bob.SetStrict(ctx, true); err != nil {
		t.Fatal(err)
	}
	for range 4 { // their ids stand before and behind the other's
		trap := alice.Create("Trap")
		if _, err := trap.Admit(ctx, bob.Handle, schema.RoleMember, nil); err != nil {
			t.Fatal(err)
		}
	}
	bob.Sync()
	if len(bob.Engine.Offers()) == 0 {
		t.Fatal("nothing is offered")
	}
	if _, err := bob.RevokeDevice(ctx, clienttest.Passphrase, tablet.Device()); err != nil {
		t.Fatalf("Bob revokes the tablet: %v", err)
	}
	alice.Sync()
	before := map[schema.EventID]bool{}
	for _, ev := range fetchEverything(t, alice, id).events {
		before[ev.ID] = true
	}
	alice.Post(id, "general", "without the tablet")
	everything := fetchEverything(t, alice, id)
	opened := everything.openWith(t, stolen)
	for _, ev := range everything.events {
		if !before[ev.ID] && opened[ev.ID] {
			t.Errorf("the tablet opens event %d", ev.Seq)
		}
	}
	bob.Expect(id, "general", "from the tablet | without the tablet")
}

// Under the strict setting nobody who is not verified is given anything new; who
// has a circle's secret gets the next one, which takes it from somebody else.
func TestStrictRemovesAndAddsNobody(t *testing.T) {
	tm := newTeam(t)
	carol, dave := tm.join("Carol", client.InviteOptions{}), newActor(t, tm.c, "Dave")
	if err := tm.alice.SetStrict(tm.ctx(), true); err != nil {
		t.Fatal(err)
	}
	tm.remove(carol)
	tm.alice.Post(tm.id, "general", "without Carol")
	tm.bob.Expect(tm.id, "general", said+" | without Carol")
	_, err := tm.alice.In(tm.id).Admit(tm.ctx(), dave.Handle, schema.RoleMember, nil)
	clienttest.ExpectCode(t, err, schema.CodeUnverified)
	_, err = tm.alice.In(tm.id).CreateChannel(tm.ctx(), "secret", client.ChannelOptions{Private: true, Members: []schema.UserID{tm.bob.Engine.User()}})
	clienttest.ExpectCode(t, err, schema.CodeUnverified)
}

// hurried is a clock on which no wait takes long.
type hurried struct{ client.SystemClock }

func (c hurried) After(ctx context.Context, _ time.Duration) <-chan time.Time {
	return c.SystemClock.After(ctx, 0)
}

// Somebody holds the circles again and again, so that a revocation cannot be
// published: reading goes on, and the next synchronisation makes up for it.
func TestReadingGoesOnWhileCirclesAreHeld(t *testing.T) {
	c, id, alice, bob, _ := trio(t)
	ctx := clienttest.Context(t)
	tablet := c.Device(bob, 0, nil)
	bob.Sync()
	stolen := keysOf(t, tablet)
	net := hostile.New(bob.Options.Transport)
	bob.Options.Transport, bob.Options.Clock = net, hurried{}
	bob.Restart()
	hostile.Holds.Instead(net, func(client.Request) (*schema.Hold, error) {
		return nil, schema.Errorf(schema.CodeConflict, "another change of membership is under way")
	})
	key, err := bob.RevokeDevice(ctx, clienttest.Passphrase, tablet.Device())
	clienttest.ExpectCode(t, err, schema.CodeConflict)
	if key == "" {
		t.Error("the new account key is lost")
	}
	alice.Post(id, "general", "meanwhile")
	clienttest.ExpectCode(t, bob.In(id).Sync(ctx), schema.CodeConflict)
	if got := bob.Texts(id, "general"); got != "meanwhile" {
		t.Errorf("Bob reads %q", got)
	}
	net.Honest()
	bob.Sync()
	alice.Sync()
	sent := alice.Post(id, "general", "without the tablet")
	everything := fetchEverything(t, alice, id)
	if everything.openWith(t, stolen)[sent.ID] {
		t.Error("the tablet opens what was said after its revocation")
	}
}
