package client_test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

// A server that is killed at any moment under load loses nothing that it has
// acknowledged, starts again without repair, and nothing arrives twice.
func TestAttack_O7_ServerKilledUnderLoad(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		p := clienttest.StartProcess(t, t.TempDir(), "", "")
		killUnderLoad(t, clienttest.Processes(t, p), p)
	})
	t.Run("one node of two", func(t *testing.T) {
		database, bus := pgtest.Database(t), clienttest.StartBus(t)
		first := clienttest.StartProcess(t, t.TempDir(), database, bus.URL)
		second := clienttest.StartProcess(t, t.TempDir(), database, bus.URL)
		killUnderLoad(t, clienttest.Processes(t, first, second), second)
	})
}

func killUnderLoad(t *testing.T, c *clienttest.Cluster, victim *clienttest.Process) {
	const kills, each = 3, 20
	alice, bob := c.SignUp("Alice", c.Node(0)), c.SignUp("Bob", c.Node(1))
	w := alice.Create("Aurore")
	id := w.ID()
	bob.Join(alice.Invite(w, client.InviteOptions{}))
	written := map[string]bool{}
	acknowledged := map[string]uint64{}
	for round := range kills {
		var mu sync.Mutex
		var senders sync.WaitGroup
		half := make(chan struct{})
		var once sync.Once
		for _, u := range []*clienttest.User{alice, bob} {
			senders.Go(func() {
				ch := u.Channel(id, "general")
				for i := range each {
					text := fmt.Sprintf("%s %d.%d", u.Name, round, i)
					sent, err := u.In(id).Post(clienttest.Context(t), ch, text, client.PostOptions{})
					if err != nil {
						t.Errorf("%s posts: %v", u.Name, err)
						return
					}
					mu.Lock()
					written[text] = true
					if !sent.Queued() {
						acknowledged[text] = sent.Seq
					}
					mu.Unlock()
					if i == each/2+round {
						once.Do(func() { close(half) })
					}
				}
			})
		}
		<-half
		victim.Kill()
		senders.Wait()
		victim.Run()
	}
	alice.Sync()
	bob.Sync()
	alice.Sync()
	for _, reader := range []*clienttest.User{alice, bob, c.Device(alice, c.Node(1), nil)} {
		seen := map[string]uint64{}
		for _, m := range reader.Read(id, "general") {
			if seen[m.Text] != 0 {
				t.Errorf("%s reads %q twice", reader.Name, m.Text)
			}
			seen[m.Text] = m.Seq
		}
		for text, seq := range acknowledged {
			if seen[text] != seq {
				t.Errorf("%s reads %q at %d, and %d was acknowledged", reader.Name, text, seen[text], seq)
			}
		}
		if got, want := slices.Sorted(maps.Keys(seen)), slices.Sorted(maps.Keys(written)); !slices.Equal(got, want) {
			t.Errorf("%s reads %d messages of %d that were written", reader.Name, len(got), len(want))
		}
	}
	if len(acknowledged) == len(written) {
		t.Log("every message was acknowledged before its server died")
	}
}
