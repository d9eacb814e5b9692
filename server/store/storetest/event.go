package storetest

import (
	"crypto/sha256"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

func testEvents(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	stream := schema.NewStreamID()
	for range 5 {
		var items []schema.AppendItem
		for range 60 {
			items = append(items, w.Item(stream, 1000))
		}
		w.MustAppend(t, w.Users[0], items...)
	}
	all := w.Verify(t, w.Circle, stream)
	if len(all) != 300 {
		t.Fatalf("the stream has %d events", len(all))
	}
	for _, c := range []struct {
		after          uint64
		events, octets int
		from, to       int
	}{
		{0, 1000, 1 << 20, 0, 300},
		{0, 10, 1 << 20, 0, 10},
		{295, 10, 1 << 20, 295, 300},
		{0, 1000, 1, 0, 1},
		{7, 1000, 150_500, 7, 157},
		{300, 10, 1 << 20, 0, 0},
		{1 << 63, 10, 1 << 20, 0, 0},
		{0, 0, 1 << 20, 0, 0},
	} {
		got, head, err := s.EventsAfter(t.Context(), w.Workspace, stream, c.after, c.events, c.octets)
		must(t, err)
		if head.Seq != 300 || !slices.EqualFunc(got, all[c.from:c.to], sameEvent) {
			t.Errorf("after %d, at most %d events or %d octets: %d events, head %d", c.after, c.events, c.octets, len(got), head.Seq)
		}
	}
	for _, c := range []struct {
		first, last uint64
		from, to    int
	}{{0, 3, 0, 3}, {1, 1, 0, 1}, {10, 20, 9, 20}, {290, 1 << 63, 289, 300}, {20, 10, 0, 0}, {301, 310, 0, 0}} {
		got, err := s.EventsBetween(t.Context(), w.Workspace, stream, c.first, c.last, 1000, 1<<20)
		must(t, err)
		if !slices.EqualFunc(got, all[c.from:c.to], sameEvent) {
			t.Errorf("%d to %d: %d events", c.first, c.last, len(got))
		}
	}
}

func sameEvent(a, b schema.Event) bool {
	return a.Link(schema.Hash{}) == b.Link(schema.Hash{}) && slices.Equal(a.Ciphertext, b.Ciphertext)
}

// testHeads shows each user the circles of that user only.
func testHeads(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 2)
	private := w.AddCircle(t, w.Users[1])
	var want []schema.StreamInfo
	for i := range 6 {
		item := w.Item(schema.NewStreamID(), 10)
		if i%2 == 0 {
			item.Circle = private
		}
		r := w.MustAppend(t, w.Users[1], item)[0]
		want = append(want, schema.StreamInfo{Circle: item.Circle, Head: schema.StreamHead{Stream: item.Stream, Seq: 1, Link: r.Link}})
	}
	slices.SortFunc(want, func(a, b schema.StreamInfo) int { return slices.Compare(a.Head.Stream[:], b.Head.Stream[:]) })
	check := func(user schema.UserID, want []schema.StreamInfo) {
		t.Helper()
		h, err := s.Heads(t.Context(), w.Workspace, user)
		must(t, err)
		if h.Roster != w.Head || !slices.Equal(h.Streams, want) {
			t.Errorf("Heads = %+v, want %v and %v", h, w.Head, want)
		}
	}
	check(w.Users[1], want)
	check(schema.NewUserID(), nil)
	check(w.Users[0], slices.DeleteFunc(want, func(i schema.StreamInfo) bool { return i.Circle == private }))
}

func testErase(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	stream := schema.NewStreamID()
	w.MustAppend(t, w.Users[0], w.Item(stream, 100), w.Item(stream, 1000), w.Item(stream, 10))
	head := w.currentCut(t).Heads[0]
	for range 2 {
		must(t, s.EraseEvent(t.Context(), w.Workspace, stream, 2))
	}
	events := w.Verify(t, w.Circle, stream)
	if len(events) != 3 || len(events[1].Ciphertext) != 0 || len(events[0].Ciphertext) != 100 {
		t.Errorf("after erasing: %d events, the second has %d octets", len(events), len(events[1].Ciphertext))
	}
	if now := w.currentCut(t).Heads[0]; now != head {
		t.Errorf("erasing moved the head")
	}
	checkUsage(t, w, w.Users[0], 110)
	w.MustAppend(t, w.Users[0], w.Item(stream, 5))
	checkUsage(t, w, w.Users[0], 115)
	wantCode(t, s.EraseEvent(t.Context(), w.Workspace, stream, 5), schema.CodeNotFound)
	wantCode(t, s.EraseEvent(t.Context(), w.Workspace, stream, 1<<63), schema.CodeNotFound)
	w.Verify(t, w.Circle, stream)
}

// checkUsage checks what the world and its only author use.
func checkUsage(t testing.TB, w *World, author schema.UserID, want int64) {
	t.Helper()
	inWorkspace, err := w.Store.WorkspaceUsage(t.Context(), w.Workspace)
	must(t, err)
	ofAccount, err := w.Store.AccountUsage(t.Context(), author)
	must(t, err)
	if inWorkspace != want || ofAccount != want {
		t.Errorf("usage is %d and %d, want %d", inWorkspace, ofAccount, want)
	}
}

// genesisOctets is the size of a [World]'s roster.
const genesisOctets = 350

func testQuotas(t *testing.T, url string) {
	for name, opts := range map[string]store.Options{
		"workspace": {WorkspaceQuota: 1000 + genesisOctets},
		"account":   {AccountQuota: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			s := Open(t, url, opts)
			w := NewWorld(t, s, 1)
			user, stream := w.Users[0], schema.NewStreamID()
			first := w.Item(stream, 400)
			results, err := w.Append(t.Context(), user, first, w.Item(stream, 700), w.Item(stream, 600), w.Item(stream, 1))
			must(t, err)
			wantItem(t, results[1], schema.CodeQuotaExceeded)
			wantItem(t, results[3], schema.CodeQuotaExceeded)
			if results[0].Seq != 1 || results[2].Seq != 2 {
				t.Errorf("results = %+v", results)
			}
			checkUsage(t, w, user, 1000)
			// An acknowledged one is acknowledged again, quota or not.
			w.MustAppend(t, user, first)
			must(t, s.EraseEvent(t.Context(), w.Workspace, stream, 1))
			w.MustAppend(t, user, w.Item(stream, 400))
			checkUsage(t, w, user, 1000)
		})
	}
}

// testRosterQuota fills a roster: by those who manage up to the quota, by others
// up to half of it. What events take does not count, but they are refused when
// the roster has left them no room.
func testRosterQuota(t *testing.T, url string) {
	const quota = 20 * genesisOctets
	s := Open(t, url, store.Options{WorkspaceQuota: quota})
	w := NewWorld(t, s, 1)
	stream := schema.NewStreamID()
	w.MustAppend(t, w.Users[0], w.Item(stream, quota-genesisOctets))
	refused := func(entries int, role schema.Role) {
		t.Helper()
		c, before := w.Change(entries), w.Head
		c.Role = role
		wantCode(t, s.ApplyRoster(t.Context(), c), schema.CodeQuotaExceeded)
		if head, err := s.RosterHead(t.Context(), w.Workspace); err != nil || head != before {
			t.Errorf("the head is %v, %v", head, err)
		}
	}
	apply := func(entries int, role schema.Role) {
		t.Helper()
		c := w.Change(entries)
		c.Role = role
		w.Apply(t, c)
	}
	refused(10, schema.RoleMember)
	apply(9, schema.RoleMember)
	for _, role := range []schema.Role{0, schema.RoleGuest, schema.RoleMember} {
		refused(1, role)
	}
	must(t, s.EraseEvent(t.Context(), w.Workspace, stream, 1))
	results, err := w.Append(t.Context(), w.Users[0], w.Item(stream, quota/2+1), w.Item(stream, quota/2))
	must(t, err)
	wantItem(t, results[0], schema.CodeQuotaExceeded)
	if results[1].Error != nil {
		t.Errorf("beside half a roster: %+v", results[1])
	}

	// The cut of a new epoch counts too: nothing of it fits beside the last entry.
	apply(9, schema.RoleAdmin)
	c := w.nextEpoch(2, w.currentCut(t))
	c.Role = schema.RoleOwner
	wantCode(t, s.ApplyRoster(t.Context(), c), schema.CodeQuotaExceeded)
	refused(2, schema.RoleOwner)
	apply(1, schema.RoleOwner)
	refused(1, schema.RoleOwner)
	genesis := World{Store: Open(t, url, store.Options{WorkspaceQuota: genesisOctets - 1}), Workspace: schema.NewWorkspaceID()}
	c = genesis.Change(1)
	c.Role = schema.RoleOwner
	wantCode(t, genesis.Store.ApplyRoster(t.Context(), c), schema.CodeQuotaExceeded)
}

// testQuotaRace mounts 16 senders on two nodes against a quota: it is used up to
// the last event that fits, and never exceeded.
func testQuotaRace(t *testing.T, url string) {
	const quota, size = 5000, 100
	opts := store.Options{WorkspaceQuota: quota + genesisOctets}
	nodes := [2]*store.Store{Open(t, url, opts), Open(t, url, opts)}
	w := NewWorld(t, nodes[0], 16)
	var stored atomic.Int64
	var done sync.WaitGroup
	for i, user := range w.Users {
		done.Go(func() {
			there := *w
			there.Store = nodes[i%2]
			stream := schema.NewStreamID()
			for range quota/size + 1 {
				results, err := there.Append(t.Context(), user, w.Item(stream, size))
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				if results[0].Error != nil {
					wantItem(t, results[0], schema.CodeQuotaExceeded)
					return
				}
				stored.Add(1)
			}
			t.Error("a sender was never refused")
		})
	}
	done.Wait()
	used, err := nodes[0].WorkspaceUsage(t.Context(), w.Workspace)
	must(t, err)
	if used != quota || stored.Load() != quota/size {
		t.Errorf("%d events of %d octets were stored in %d octets, want %d", stored.Load(), size, used, quota)
	}
}

// testCommitted checks that the callback is told of every stored event once and
// in order.
func testCommitted(t *testing.T, url string) {
	told := make(chan []store.Committed, 1000)
	s := Open(t, url, store.Options{OnCommit: func(c []store.Committed) { told <- c }})
	w := NewWorld(t, s, 8)
	streams := [2]schema.StreamID{schema.NewStreamID(), schema.NewStreamID()}
	var done sync.WaitGroup
	for i, user := range w.Users {
		done.Go(func() {
			for range 10 {
				item := w.Item(streams[i%2], 30)
				for range 2 { // the second time is not told of
					if _, err := w.Append(t.Context(), user, item); err != nil {
						t.Errorf("append: %v", err)
					}
				}
			}
		})
	}
	done.Wait()
	must(t, s.Close()) // waits for the callback
	close(told)
	next := map[schema.StreamID]uint64{streams[0]: 1, streams[1]: 1}
	for batch := range told {
		for _, c := range batch {
			if c.Workspace != w.Workspace || c.Circle != w.Circle || c.Event.Seq != next[c.Event.Stream] ||
				sha256.Sum256(c.Event.Ciphertext) != c.Event.Digest {
				t.Errorf("told of %+v, want sequence %d", c, next[c.Event.Stream])
			}
			next[c.Event.Stream]++
		}
	}
	if next[streams[0]] != 41 || next[streams[1]] != 41 {
		t.Errorf("told of %v, want 40 each", next)
	}
}
