package client_test

import (
	"os"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

func TestMain(m *testing.M) {
	clienttest.Child()
	os.Exit(pgtest.Main(m))
}

func TestTeamTalks(t *testing.T) { clienttest.OnEveryBackend(t, teamTalks) }

func teamTalks(t *testing.T, c *clienttest.Cluster) {
	alice := c.SignUp("Alice", c.Node(0))
	bob := c.SignUp("Bob", c.Node(1))
	carol := c.SignUp("Carol", c.Node(0))
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
	laptop := c.Device(alice, c.Node(1), nil)
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

func TestFollowersSeeAtOnce(t *testing.T) { clienttest.OnEveryBackend(t, followersSeeAtOnce) }

func followersSeeAtOnce(t *testing.T, c *clienttest.Cluster) {
	alice, bob := c.SignUp("Alice", c.Node(0)), c.SignUp("Bob", c.Node(1))
	w := alice.Create("Aurore")
	id := w.ID()
	bob.Join(alice.Invite(w, client.InviteOptions{}))
	alice.Follow()
	bob.Follow()
	online(t, alice, bob)
	alice.Post(id, "general", "ping")
	clienttest.Eventually(t, "Bob sees it", func() bool { return bob.Texts(id, "general") == "ping" })
	bob.Post(id, "general", "pong")
	clienttest.Eventually(t, "Alice sees it", func() bool { return alice.Texts(id, "general") == "ping | pong" })
}

// online waits until the users' live connections are open.
func online(t *testing.T, users ...*clienttest.User) {
	t.Helper()
	clienttest.Eventually(t, "everybody is connected", func() bool {
		for _, u := range users {
			s, err := u.Status(clienttest.Context(t))
			if err != nil || !s.Online {
				return false
			}
		}
		return true
	})
}
