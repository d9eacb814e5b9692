package client_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

// twoFollow makes a workspace of two users on different nodes who both follow.
func twoFollow(t *testing.T, c *clienttest.Cluster) (alice, bob *clienttest.User, w *client.Workspace) {
	alice, bob = c.SignUp("Alice", c.Node(0)), c.SignUp("Bob", c.Node(1))
	w = alice.Create("Aurore")
	bob.Join(alice.Invite(w, client.InviteOptions{}))
	alice.Follow()
	bob.Follow()
	online(t, alice, bob)
	return alice, bob, w
}

// A bus that is cut off for a while delays what is on other nodes and loses
// nothing: the log is the truth.
func TestAttack_O9_BusCutOff(t *testing.T) {
	bus := clienttest.StartBus(t)
	c := clienttest.Start(t, 2, server.Options{Database: pgtest.Database(t), NATS: bus.URL})
	alice, bob, w := twoFollow(t, c)
	id := w.ID()
	alice.Post(id, "general", "before")
	clienttest.Eventually(t, "Bob sees the first message", func() bool { return bob.Texts(id, "general") == "before" })
	bus.Cut()
	for i := range 3 {
		if sent := alice.Post(id, "general", fmt.Sprintf("during %d", i)); sent.Queued() {
			t.Fatal("a message was not acknowledged while the bus was cut off")
		}
	}
	want := "before | during 0 | during 1 | during 2"
	clienttest.Eventually(t, "Bob catches up without the bus", func() bool { return bob.Texts(id, "general") == want })
	bus.Resume()
	alice.Post(id, "general", "after")
	clienttest.Eventually(t, "Bob sees what follows", func() bool { return bob.Texts(id, "general") == want+" | after" })
}

// A node that stops takes nothing with it: its users go on, elsewhere or after it
// is back, and what they wrote meanwhile arrives once.
func TestNodeStopsAndReturns(t *testing.T) {
	clienttest.OnEveryBackend(t, func(t *testing.T, c *clienttest.Cluster) {
		alice, bob, w := twoFollow(t, c)
		id := w.ID()
		alice.Post(id, "general", "before")
		clienttest.Eventually(t, "Bob sees the first message", func() bool { return bob.Texts(id, "general") == "before" })
		node := c.Nodes[c.Node(1)]
		node.Stop()
		if sent := bob.Post(id, "general", "written offline"); !sent.Queued() {
			t.Fatal("a message was acknowledged by a node that is down")
		}
		if got := bob.Texts(id, "general"); !strings.HasPrefix(got, "before") {
			t.Fatalf("Bob cannot read offline: %q", got)
		}
		node.Run()
		clienttest.Eventually(t, "Alice sees what Bob wrote offline", func() bool {
			return alice.Texts(id, "general") == "before | written offline"
		})
	})
}
