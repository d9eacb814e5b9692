package storetest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

// testNodes has two stores on one database write into the same streams by turns
// and at once: neither trusts what it remembers.
func testNodes(t *testing.T, url string) {
	nodes := [2]*store.Store{Open(t, url, store.Options{}), Open(t, url, store.Options{})}
	w := NewWorld(t, nodes[0], 8)
	there := *w
	there.Store = nodes[1]
	worlds := [2]*World{w, &there}
	stream := schema.NewStreamID()
	for i := range 10 {
		if r := worlds[i%2].MustAppend(t, w.Users[0], w.Item(stream, 10)); r[0].Seq != uint64(i+1) {
			t.Fatalf("node %d gave sequence %d, want %d", i%2, r[0].Seq, i+1)
		}
	}
	// A membership that one node has cached ends on the other.
	gone := w.Users[7]
	worlds[1].MustAppend(t, gone, w.Item(stream, 10))
	c := w.Change(1)
	c.MemberRemovals = []schema.UserID{gone}
	w.Apply(t, c)
	results, err := worlds[1].Append(t.Context(), gone, w.Item(stream, 10))
	must(t, err)
	wantItem(t, results[0], schema.CodeNotFound)

	var done sync.WaitGroup
	for i, user := range w.Users[:7] {
		done.Go(func() {
			for range 20 {
				results, err := worlds[i%2].Append(t.Context(), user, w.Item(stream, 10))
				if err != nil || results[0].Error != nil {
					t.Errorf("append: %v %+v", err, results)
					return
				}
			}
		})
	}
	done.Wait()
	if events := w.Verify(t, w.Circle, stream); len(events) != 11+7*20 {
		t.Errorf("the stream has %d events, want %d", len(events), 11+7*20)
	}
}

// testCutRace starts epochs while eight senders on two nodes write, with holds
// and without. No event lies beyond the cut that ended its epoch, and all that
// was acknowledged is there.
func testCutRace(t *testing.T, url string) {
	const epochs, senders = 12, 8
	nodes := [2]*store.Store{Open(t, url, store.Options{}), Open(t, url, store.Options{})}
	w := NewWorld(t, nodes[0], senders)
	streams := [3]schema.StreamID{schema.NewStreamID(), schema.NewStreamID(), schema.NewStreamID()}
	var epoch, acknowledged atomic.Uint64
	epoch.Store(1)
	var done sync.WaitGroup
	defer done.Wait()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	for i, user := range w.Users {
		done.Go(func() {
			there := *w
			there.Store = nodes[i%2]
			for ctx.Err() == nil {
				item := there.Item(streams[i%3], 20)
				item.Epoch = epoch.Load()
				// An append that is under way is not cut off: each is counted.
				results, err := there.Append(context.WithoutCancel(ctx), user, item)
				switch {
				case err != nil:
					t.Errorf("append: %v", err)
					return
				case results[0].Error == nil:
					acknowledged.Add(1)
				case results[0].Error.Code != schema.CodeEpochStale:
					t.Errorf("append: %+v", results[0].Error)
					return
				}
			}
		})
	}
	cuts := w.rotate(t, nodes[1], epochs, &epoch)
	stop()
	done.Wait()

	var total uint64
	for _, stream := range streams {
		for _, e := range w.Verify(t, w.Circle, stream) {
			total++
			if cut, over := cuts[e.Epoch]; over && e.Seq > seqIn(cut, stream) {
				t.Errorf("event %d of epoch %d lies beyond the cut at %d", e.Seq, e.Epoch, seqIn(cut, stream))
			}
			if cut, begun := cuts[e.Epoch-1]; begun && e.Seq <= seqIn(cut, stream) {
				t.Errorf("event %d of epoch %d lies before the cut at %d", e.Seq, e.Epoch, seqIn(cut, stream))
			}
		}
	}
	if total != acknowledged.Load() || total == 0 {
		t.Errorf("%d events are stored, %d were acknowledged", total, acknowledged.Load())
	}
}

// rotate starts epochs up to last and returns the cut that ended each.
func (w *World) rotate(t *testing.T, s *store.Store, last uint64, epoch *atomic.Uint64) map[uint64]schema.Cut {
	t.Helper()
	cuts := make(map[uint64]schema.Cut)
	circles := []schema.CircleID{w.Circle}
	moved := 0
	for e := uint64(1); e < last; {
		var cut []schema.Cut
		var err error
		token := Octets(16)
		// The first tries of each epoch are without a hold, and may lose the race.
		held := moved >= 3
		if held {
			cut, err = s.PlaceHold(t.Context(), w.Workspace, circles, schema.RoleMember, token, time.Now().Add(schema.HoldLife))
		} else {
			cut, err = s.CurrentCuts(t.Context(), w.Workspace, circles)
		}
		must(t, err)
		c := w.nextEpoch(e+1, cut[0])
		c.Hold = token
		err = s.ApplyRoster(t.Context(), c)
		if schema.HasCode(err, schema.CodeCutMoved) && !held {
			moved++
			continue
		}
		must(t, err)
		w.Head, moved, cuts[e] = c.NewHead, 0, cut[0]
		e++
		epoch.Store(e)
	}
	return cuts
}

// seqIn is the sequence number of a stream in a cut; 0 when it is not there.
func seqIn(c schema.Cut, stream schema.StreamID) uint64 {
	for _, h := range c.Heads {
		if h.Stream == stream {
			return h.Seq
		}
	}
	return 0
}

// testRestart closes the store and opens it again: all is there.
func testRestart(t *testing.T, url string) {
	s, err := store.Open(t.Context(), url, store.Options{})
	must(t, err)
	w := NewWorld(t, s, 1)
	stream := schema.NewStreamID()
	item := w.Item(stream, 100)
	first := w.MustAppend(t, w.Users[0], item)[0]
	w.Apply(t, w.nextEpoch(2, w.currentCut(t)))
	must(t, s.Close())

	w.Store = Open(t, url, store.Options{})
	if head, err := w.Store.RosterHead(t.Context(), w.Workspace); err != nil || head != w.Head {
		t.Errorf("RosterHead = %v, %v, want %v", head, err, w.Head)
	}
	if again := w.MustAppend(t, w.Users[0], item)[0]; again != first {
		t.Errorf("sent again after a restart gives %+v, want %+v", again, first)
	}
	item = w.Item(stream, 10)
	item.Epoch = 2
	if r := w.MustAppend(t, w.Users[0], item)[0]; r.Seq != 2 {
		t.Errorf("the next event has sequence %d, want 2", r.Seq)
	}
	w.Verify(t, w.Circle, stream)
	must(t, w.Store.Ping(t.Context()))
}

// testClosed refuses everything after Close, which may be called twice and with
// senders under way.
func testClosed(t *testing.T, url string) {
	s, err := store.Open(t.Context(), url, store.Options{})
	must(t, err)
	w := NewWorld(t, s, 4)
	var done sync.WaitGroup
	begun := make(chan struct{}, len(w.Users))
	for _, user := range w.Users {
		done.Go(func() {
			for {
				_, err := w.Append(t.Context(), user, w.Item(schema.StreamID{1}, 10))
				select {
				case begun <- struct{}{}:
				default:
				}
				if err != nil {
					wantCode(t, err, schema.CodeUnavailable)
					return
				}
			}
		})
	}
	for range w.Users {
		<-begun
	}
	must(t, s.Close())
	must(t, s.Close())
	done.Wait()
	wantCode(t, s.Ping(t.Context()), schema.CodeUnavailable)
	_, err = s.RosterHead(t.Context(), w.Workspace)
	wantCode(t, err, schema.CodeUnavailable)
	wantCode(t, s.ApplyRoster(t.Context(), w.Change(1)), schema.CodeUnavailable)
}
