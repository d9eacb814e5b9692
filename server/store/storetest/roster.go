package storetest

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

func testRoster(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	c := w.Change(3)
	c.Entries[1].InviteSignature = Octets(150)
	w.Apply(t, c)
	head, err := s.RosterHead(t.Context(), w.Workspace)
	must(t, err)
	if head != c.NewHead || head.Seq != 4 {
		t.Errorf("RosterHead = %v, want %v", head, c.NewHead)
	}
	entries, head, err := s.RosterPage(t.Context(), w.Workspace, 1, 10, 1<<20)
	must(t, err)
	if len(entries) != 3 || head != c.NewHead {
		t.Fatalf("RosterPage has %d entries and head %v", len(entries), head)
	}
	for i, e := range entries {
		if e.Hash() != c.Entries[i].Hash() {
			t.Errorf("entry %d is not the one that was stored", i)
		}
	}
}

func testRosterPage(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	w.Apply(t, w.Change(299)) // of 350 octets each
	for _, c := range []struct {
		after             uint64
		entries, octets   int
		wantCount, wantAt int
	}{
		{0, 1000, 1 << 20, 300, 1},
		{0, 7, 1 << 20, 7, 1},
		{290, 1000, 1 << 20, 10, 291},
		{0, 1000, 1, 1, 1},
		{5, 1000, 350*100 + 1, 100, 6},
		{300, 10, 1 << 20, 0, 0},
		{1 << 63, 10, 1 << 20, 0, 0},
	} {
		entries, head, err := s.RosterPage(t.Context(), w.Workspace, c.after, c.entries, c.octets)
		must(t, err)
		if len(entries) != c.wantCount || head != w.Head {
			t.Errorf("after %d, at most %d entries or %d octets: %d entries, want %d", c.after, c.entries, c.octets, len(entries), c.wantCount)
		}
	}
}

func testRosterConflict(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	stale := w.Change(1)
	w.Apply(t, w.Change(1))
	wantCode(t, s.ApplyRoster(t.Context(), stale), schema.CodeRosterConflict)
	// A second genesis, and a head of the right number with another hash.
	genesis := (&World{Store: s, Workspace: w.Workspace}).Change(1)
	wantCode(t, s.ApplyRoster(t.Context(), genesis), schema.CodeRosterConflict)
	forked := *w
	forked.Head.Hash = schema.Hash(Octets(32))
	wantCode(t, s.ApplyRoster(t.Context(), forked.Change(1)), schema.CodeRosterConflict)
	unknown := World{Store: s, Workspace: schema.NewWorkspaceID(), Head: w.Head}
	wantCode(t, s.ApplyRoster(t.Context(), unknown.Change(1)), schema.CodeNotFound)
	if head, err := s.RosterHead(t.Context(), w.Workspace); err != nil || head != w.Head {
		t.Errorf("the head moved to %v, %v", head, err)
	}
}

func testRosterInconsistent(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	for name, spoil := range map[string]func(*store.RosterChange){
		"no entries":   func(c *store.RosterChange) { c.Entries, c.NewHead = nil, c.Expect },
		"other length": func(c *store.RosterChange) { c.NewHead.Seq++ },
		"other hash":   func(c *store.RosterChange) { c.NewHead.Hash = schema.Hash{1} },
	} {
		c := w.Change(2)
		spoil(&c)
		if err := s.ApplyRoster(t.Context(), c); !schema.HasCode(err, schema.CodeBadRequest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// testRosterRace makes eight changes upon one head at once: one is applied.
func testRosterRace(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	for range 5 {
		var won atomic.Int32
		var head schema.RosterHead
		var done sync.WaitGroup
		for range 8 {
			c := w.Change(2)
			done.Go(func() {
				if err := s.ApplyRoster(t.Context(), c); err != nil {
					wantCode(t, err, schema.CodeRosterConflict)
					return
				}
				won.Add(1)
				head = c.NewHead
			})
		}
		done.Wait()
		if won.Load() != 1 {
			t.Fatalf("%d changes of one head were applied", won.Load())
		}
		w.Head = head
	}
	entries, head, err := s.RosterPage(t.Context(), w.Workspace, 0, 100, 1<<20)
	must(t, err)
	if len(entries) != 11 || head != w.Head || entries[10].Hash() != head.Hash {
		t.Errorf("the roster has %d entries and head %v, want %v", len(entries), head, w.Head)
	}
}

func testMembers(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 2)
	gone, guest := w.Users[1], schema.NewUserID()
	private := w.AddCircle(t, gone, w.Users[0])
	c := w.Change(1)
	c.MemberUpserts = []store.Member{{User: guest, Role: schema.RoleGuest, Pending: true}}
	w.Apply(t, c)
	if m, err := s.MemberRole(t.Context(), w.Workspace, guest); err != nil || m != c.MemberUpserts[0] {
		t.Errorf("MemberRole = %+v, %v", m, err)
	}
	c = w.Change(1)
	c.MemberUpserts = []store.Member{{User: guest, Role: schema.RoleAdmin}}
	c.MemberRemovals = []schema.UserID{gone}
	w.Apply(t, c)
	if m, err := s.MemberRole(t.Context(), w.Workspace, guest); err != nil || m != c.MemberUpserts[0] {
		t.Errorf("MemberRole = %+v, %v", m, err)
	}
	_, err := s.MemberRole(t.Context(), w.Workspace, gone)
	wantCode(t, err, schema.CodeNotFound)
	for _, circle := range []schema.CircleID{w.Circle, private} {
		if in, err := s.InCircle(t.Context(), w.Workspace, circle, gone); err != nil || in {
			t.Errorf("a removed member is still in a circle: %v", err)
		}
	}
	// A former member still finds the workspace; a stranger never did.
	for user, want := range map[schema.UserID]bool{gone: true, guest: true, schema.NewUserID(): false} {
		list, err := s.WorkspacePage(t.Context(), user, schema.WorkspaceID{}, 100)
		must(t, err)
		was, err := s.WasMember(t.Context(), w.Workspace, user)
		must(t, err)
		if slices.Contains(list, w.Workspace) != want || was != want {
			t.Errorf("WorkspacePage = %v, WasMember = %v, want %v", list, was, want)
		}
	}
	// Coming back.
	c = w.Change(1)
	c.MemberUpserts = []store.Member{{User: gone, Role: schema.RoleMember}}
	w.Apply(t, c)
	if _, err := s.MemberRole(t.Context(), w.Workspace, gone); err != nil {
		t.Errorf("a member who came back: %v", err)
	}
}

func testCircles(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 3)
	private := w.AddCircle(t, w.Users[0], w.Users[1])
	members, err := s.CircleMembers(t.Context(), w.Workspace, private)
	must(t, err)
	want := []schema.UserID{w.Users[0], w.Users[1]}
	slices.SortFunc(want, func(a, b schema.UserID) int { return slices.Compare(a[:], b[:]) })
	if !slices.Equal(members, want) {
		t.Errorf("CircleMembers = %v, want %v", members, want)
	}
	c := w.Change(1)
	c.CircleLeaves = []store.CircleUser{{Circle: private, User: w.Users[1]}}
	c.CircleJoins = []store.CircleUser{{Circle: private, User: w.Users[2]}, {Circle: private, User: w.Users[0]}}
	c.Circles = []store.CircleRow{{Circle: private, Epoch: 2, Stale: true}}
	c.Cuts = []schema.Cut{{Workspace: w.Workspace, Circle: private}}
	w.Apply(t, c)
	if row, err := s.Circle(t.Context(), w.Workspace, private); err != nil || row != c.Circles[0] {
		t.Errorf("Circle = %+v, %v", row, err)
	}
	for i, want := range []int{2, 1, 2} {
		rows, err := s.CirclesOf(t.Context(), w.Workspace, w.Users[i])
		must(t, err)
		if len(rows) != want || want == 2 && !slices.Contains(rows, c.Circles[0]) {
			t.Errorf("user %d: CirclesOf = %+v, want %d", i, rows, want)
		}
	}
}

func testInvites(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	c := w.Change(1)
	c.Invites = []store.InviteRow{
		{Invite: schema.NewInviteID(), ProofHash: schema.Hash(Octets(32)), Expires: 12345, Open: true},
		{Invite: schema.NewInviteID(), ProofHash: schema.Hash(Octets(32)), Open: true},
	}
	w.Apply(t, c)
	closed := c.Invites[1]
	closed.Open = false
	next := w.Change(1)
	next.Invites = []store.InviteRow{closed}
	w.Apply(t, next)
	for _, want := range []store.InviteRow{c.Invites[0], closed} {
		if got, err := s.InviteByID(t.Context(), w.Workspace, want.Invite); err != nil || got != want {
			t.Errorf("InviteByID = %+v, %v, want %+v", got, err, want)
		}
	}
	_, err := s.InviteByID(t.Context(), w.Workspace, schema.NewInviteID())
	wantCode(t, err, schema.CodeNotFound)
}

func testNotFound(t *testing.T, s *store.Store) {
	ctx, w := t.Context(), NewWorld(t, s, 1)
	no := schema.NewWorkspaceID()
	stream, circle, user := schema.NewStreamID(), schema.NewCircleID(), schema.NewUserID()
	first := func(_ any, err error) error { return err }
	for name, err := range map[string]error{
		"account":         first(s.Account(ctx, user)),
		"handle":          first(s.AccountByHandle(ctx, user.String())),
		"identity":        first(s.Identity(ctx, user)),
		"account usage":   first(s.AccountUsage(ctx, user)),
		"session":         first(s.Session(ctx, schema.Hash(Octets(32)))),
		"head":            first(s.RosterHead(ctx, no)),
		"heads":           first(s.Heads(ctx, no, w.Users[0])),
		"member":          first(s.MemberRole(ctx, no, w.Users[0])),
		"circle":          first(s.Circle(ctx, w.Workspace, circle)),
		"stream":          first(s.StreamCircle(ctx, w.Workspace, stream)),
		"between":         first(s.EventsBetween(ctx, w.Workspace, stream, 1, 2, 10, 10)),
		"event":           first(s.Event(ctx, w.Workspace, stream, 1)),
		"last event":      first(s.Event(ctx, w.Workspace, stream, 1<<63)),
		"erase":           s.EraseEvent(ctx, w.Workspace, stream, 1),
		"erase nowhere":   s.EraseEvent(ctx, no, stream, 1),
		"usage":           first(s.WorkspaceUsage(ctx, no)),
		"hold":            first(s.PlaceHold(ctx, no, []schema.CircleID{w.Circle}, schema.RoleMember, []byte("token"), time.Now())),
		"hold circle":     first(s.PlaceHold(ctx, w.Workspace, []schema.CircleID{circle}, schema.RoleMember, []byte("token"), time.Now())),
		"release nowhere": s.ReleaseHold(ctx, no, []byte("token")),
		"cuts":            first(s.CurrentCuts(ctx, w.Workspace, []schema.CircleID{circle})),
	} {
		if !schema.HasCode(err, schema.CodeNotFound) {
			t.Errorf("%s: %v, want not_found", name, err)
		}
	}
	_, _, err := s.RosterPage(ctx, no, 0, 10, 10)
	wantCode(t, err, schema.CodeNotFound)
	_, _, err = s.EventsAfter(ctx, w.Workspace, stream, 0, 10, 10)
	wantCode(t, err, schema.CodeNotFound)
	_, _, err = s.Cut(ctx, w.Workspace, schema.Hash{})
	wantCode(t, err, schema.CodeNotFound)
}
