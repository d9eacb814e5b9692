package client_test

import (
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
)

func TestTeamTalks(t *testing.T) {
	c := clienttest.Start(t, 1, server.Options{})
	alice := c.SignUp("Alice", 0)
	bob := c.SignUp("Bob", 0)
	carol := c.SignUp("Carol", 0)
	w := alice.Create("Projet Aurore")
	id := w.ID()
	if got := w.Name(); got != "Projet Aurore" {
		t.Fatalf("workspace name %q", got)
	}
	alice.Post(id, "general", "first")
	bob.Join(alice.Invite(w, client.InviteOptions{}))
	bob.Expect(id, "general", "first")
	bob.Post(id, "general", "hello from Bob")
	alice.Expect(id, "general", "first | hello from Bob")
	if got := alice.In(id).NameOf(bob.User()); got != "Bob" {
		t.Fatalf("Bob's name is %q", got)
	}

	// A guest in one private channel.
	if _, err := alice.In(id).CreateChannel(clienttest.Context(t), "partners", client.ChannelOptions{Private: true}); err != nil {
		t.Fatal(err)
	}
	partners := alice.Channel(id, "partners")
	carol.Join(alice.Invite(w, client.InviteOptions{Role: schema.RoleGuest, Circles: []schema.CircleID{partners.Circle}}))
	alice.Post(id, "partners", "welcome @Carol")
	carol.Expect(id, "partners", "welcome @Carol")
	if _, err := carol.In(id).FindChannel("general"); !schema.HasCode(err, schema.CodeNotFound) {
		t.Fatalf("a guest sees general: %v", err)
	}

	// Edit, react, delete.
	sent := bob.Post(id, "general", "tpyo")
	ctx := clienttest.Context(t)
	if _, err := bob.In(id).Edit(ctx, bob.Channel(id, "general"), sent.ID, "typo"); err != nil {
		t.Fatal(err)
	}
	alice.Sync()
	if _, err := alice.In(id).React(ctx, alice.Channel(id, "general"), sent.ID, "👍"); err != nil {
		t.Fatal(err)
	}
	first := alice.Read(id, "general")[0]
	if _, err := alice.In(id).Delete(ctx, alice.Channel(id, "general"), first.ID); err != nil {
		t.Fatal(err)
	}
	bob.Expect(id, "general", "(deleted) | hello from Bob | typo")

	// A second device reads the history.
	laptop := c.Device(alice, 0, nil)
	laptop.Expect(id, "general", "(deleted) | hello from Bob | typo")
	laptop.Post(id, "general", "from the laptop")
	bob.Expect(id, "general", "(deleted) | hello from Bob | typo | from the laptop")

	// Removing somebody, and revoking a device.
	if err := alice.In(id).Remove(ctx, bob.User()); err != nil {
		t.Fatal(err)
	}
	alice.Post(id, "general", "without Bob")
	if err := bob.In(id).Sync(ctx); !schema.HasCode(err, schema.CodeRemoved) {
		t.Fatalf("a removed member synchronises: %v", err)
	}
	if _, err := alice.RevokeDevice(ctx, clienttest.Passphrase, laptop.Device()); err != nil {
		t.Fatal(err)
	}
	alice.Post(id, "general", "without the laptop")
	clienttest.ExpectCode(t, laptop.Engine.Sync(ctx), schema.CodeDeviceRevoked)
	alice.Expect(id, "general", "(deleted) | hello from Bob | typo | from the laptop | without Bob | without the laptop")
}

func TestFollowersSeeAtOnce(t *testing.T) {
	c := clienttest.Start(t, 1, server.Options{})
	alice, bob := c.SignUp("Alice", 0), c.SignUp("Bob", 0)
	w := alice.Create("Aurore")
	id := w.ID()
	bob.Join(alice.Invite(w, client.InviteOptions{}))
	alice.Follow()
	bob.Follow()
	clienttest.Eventually(t, "both are connected", func() bool {
		a, _ := alice.Status(clienttest.Context(t))
		b, _ := bob.Status(clienttest.Context(t))
		return a.Online && b.Online
	})
	alice.Post(id, "general", "ping")
	clienttest.Eventually(t, "Bob sees it", func() bool { return bob.Texts(id, "general") == "ping" })
	bob.Post(id, "general", "pong")
	clienttest.Eventually(t, "Alice sees it", func() bool { return alice.Texts(id, "general") == "ping | pong" })
}
