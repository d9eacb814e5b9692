package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

// steady appends until the store has no more reason to ask before it commits.
func (w *World) steady(t *testing.T, user schema.UserID, stream schema.StreamID) (last schema.AppendResult) {
	t.Helper()
	for range 4 {
		last = w.MustAppend(t, user, w.Item(stream, 10))[0]
	}
	return last
}

// testPresumed changes what a store remembers of a workspace, on another node or
// by what is appended: a commit from memory must be refused or decide as one that
// asks.
func testPresumed(t *testing.T, url string) {
	w := NewWorld(t, Open(t, url, store.Options{}), 3)
	there := *w
	there.Store = Open(t, url, store.Options{})
	stream, user, other := schema.NewStreamID(), w.Users[0], w.Users[1]
	refused := func(author schema.UserID, item schema.AppendItem, code schema.Code) {
		t.Helper()
		results, err := w.Append(t.Context(), author, w.Item(stream, 10), item)
		must(t, err)
		wantItem(t, results[1], code)
		if results[0].Error != nil && code != schema.CodeNotFound {
			t.Errorf("the item before it: %+v", results[0].Error)
		}
	}
	item := w.Item(stream, 10)
	first := w.MustAppend(t, user, item)[0]

	w.steady(t, user, stream)
	if again := w.MustAppend(t, user, w.Item(stream, 10), item)[1]; again != first {
		t.Errorf("sent again gives %+v, want %+v", again, first)
	}
	w.steady(t, other, stream)
	refused(other, item, schema.CodeConflict)

	seq := w.steady(t, user, stream).Seq
	there.MustAppend(t, other, w.Item(stream, 10))
	if next := w.MustAppend(t, user, w.Item(stream, 10))[0]; next.Seq != seq+2 {
		t.Errorf("the sequence is %d after one of another node, want %d", next.Seq, seq+2)
	}

	w.steady(t, user, stream)
	must(t, there.Store.EraseEvent(t.Context(), w.Workspace, stream, first.Seq))
	w.steady(t, user, stream)
	events := w.Verify(t, w.Circle, stream)
	if used, err := w.Store.WorkspaceUsage(t.Context(), w.Workspace); err != nil || used != 10*int64(len(events)-1) {
		t.Errorf("usage is %d, %v, with %d events of 10 octets of which one is erased", used, err, len(events))
	}

	w.steady(t, user, stream)
	_, err := there.Store.PlaceHold(t.Context(), w.Workspace, []schema.CircleID{w.Circle}, schema.RoleOwner, []byte("token"), time.Now().Add(time.Minute))
	must(t, err)
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if results, err := w.Append(short, user, w.Item(stream, 10)); err == nil {
		t.Errorf("an append to a held circle gives %+v", results)
	}
	must(t, there.Store.ReleaseHold(t.Context(), w.Workspace, []byte("token")))

	w.steady(t, other, stream)
	c := w.Change(1)
	c.MemberRemovals = []schema.UserID{other}
	there.Apply(t, c)
	w.Head = there.Head
	refused(other, w.Item(stream, 10), schema.CodeNotFound)

	w.steady(t, user, stream)
	there.Apply(t, there.nextEpoch(2, there.currentCut(t)))
	results, err := w.Append(t.Context(), user, w.Item(stream, 10))
	must(t, err)
	wantItem(t, results[0], schema.CodeEpochStale)
	w.Verify(t, w.Circle, stream)
}

// testPresumedQuota lets an account reach its quota in one workspace and goes on
// from memory in another.
func testPresumedQuota(t *testing.T, url string) {
	s := Open(t, url, store.Options{AccountQuota: 200})
	w := NewWorld(t, s, 1)
	user := w.Users[0]
	second := NewWorld(t, s, 1)
	c := second.Change(1)
	c.MemberUpserts = []store.Member{{User: user, Role: schema.RoleMember}}
	c.CircleJoins = []store.CircleUser{{Circle: second.Circle, User: user}}
	second.Apply(t, c)
	one, two := schema.NewStreamID(), schema.NewStreamID()
	w.steady(t, user, one)
	second.steady(t, user, two)
	w.MustAppend(t, user, w.Item(one, 115))
	for _, try := range []struct {
		octets int
		code   schema.Code
	}{{6, schema.CodeQuotaExceeded}, {5, ""}, {1, schema.CodeQuotaExceeded}} {
		results, err := second.Append(t.Context(), user, second.Item(two, try.octets))
		must(t, err)
		if e := results[0].Error; e == nil && try.code != "" || e != nil && e.Code != try.code {
			t.Errorf("%d octets: %+v, want %q", try.octets, e, try.code)
		}
	}
	if used, err := s.AccountUsage(t.Context(), user); err != nil || used != 200 {
		t.Errorf("usage is %d, %v, want 200", used, err)
	}
}
