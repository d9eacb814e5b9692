package client_test

import (
	"sync"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
)

// What a screen asks for and what the server sends meet at any moment: neither
// waits for the other for ever, and both may need a key for the first time.
func TestReadingWhileReceiving(t *testing.T) {
	tm := newTeam(t)
	leavers := []*actor{tm.join("Carol", client.InviteOptions{}), tm.join("Dave", client.InviteOptions{})}
	bob := tm.bob.In(tm.id)
	done, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
					}
					bob.People()
					if _, err := bob.Messages(tm.ctx(), tm.general, 50); err != nil {
						t.Error(err)
					}
					// It is not sent, as Bob is not online, but sealed.
					if err := bob.SendTyping(tm.ctx(), tm.general, true); !schema.HasCode(err, schema.CodeOffline) {
						t.Error(err)
					}
				}
			})
		}
		wg.Go(func() {
			defer close(stop)
			for _, l := range leavers {
				tm.remove(l) // which begins an epoch
				for range 10 {
					tm.alice.Post(tm.id, "general", "next")
					if err := bob.Sync(tm.ctx()); err != nil {
						t.Error(err)
					}
				}
			}
		})
		wg.Wait()
	}()
	select {
	case <-done:
	case <-clienttest.Context(t).Done():
	case <-time.After(time.Minute):
		t.Fatal("reading and receiving wait for each other")
	}
}
