package storetest

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

// nextEpoch is a change to the circle's epoch, upon a cut.
func (w *World) nextEpoch(epoch uint64, cut schema.Cut) store.RosterChange {
	c := w.Change(1)
	c.Circles = []store.CircleRow{{Circle: cut.Circle, Epoch: epoch}}
	c.Cuts = []schema.Cut{cut}
	return c
}

// currentCut is the cut of the world's circle.
func (w *World) currentCut(t testing.TB) schema.Cut {
	t.Helper()
	cuts, err := w.Store.CurrentCuts(t.Context(), w.Workspace, []schema.CircleID{w.Circle})
	must(t, err)
	return cuts[0]
}

func testCut(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	other := w.AddCircle(t, w.Users[0])
	var want []schema.StreamHead
	for i := range 5 {
		stream := schema.NewStreamID()
		var last schema.AppendResult
		for range i + 1 {
			last = w.MustAppend(t, w.Users[0], w.Item(stream, 100))[0]
		}
		want = append(want, schema.StreamHead{Stream: stream, Seq: last.Seq, Link: last.Link})
	}
	slices.SortFunc(want, func(a, b schema.StreamHead) int { return slices.Compare(a.Stream[:], b.Stream[:]) })
	cuts, err := s.CurrentCuts(t.Context(), w.Workspace, []schema.CircleID{other, w.Circle})
	must(t, err)
	if len(cuts[0].Heads) != 0 || cuts[0].Circle != other || !slices.Equal(cuts[1].Heads, want) {
		t.Fatalf("CurrentCuts = %+v, want %v", cuts, want)
	}

	for name, spoil := range map[string]func(*schema.Cut){
		"a head too low":    func(c *schema.Cut) { c.Heads[4].Seq-- },
		"a head too high":   func(c *schema.Cut) { c.Heads[0].Seq++ },
		"another link":      func(c *schema.Cut) { c.Heads[0].Link[0] ^= 1 },
		"a stream missing":  func(c *schema.Cut) { c.Heads = c.Heads[1:] },
		"a stream too many": func(c *schema.Cut) { c.Heads = append(c.Heads, schema.StreamHead{Stream: schema.NewStreamID()}) },
		"another order":     func(c *schema.Cut) { slices.Reverse(c.Heads) },
		"another circle":    func(c *schema.Cut) { c.Circle = other },
		"another workspace": func(c *schema.Cut) { c.Workspace = schema.NewWorkspaceID() },
	} {
		bad := cuts[1]
		bad.Heads = slices.Clone(bad.Heads)
		spoil(&bad)
		c := w.nextEpoch(2, bad)
		c.Circles[0].Circle = w.Circle
		if err := s.ApplyRoster(t.Context(), c); !schema.HasCode(err, schema.CodeCutMoved) {
			t.Errorf("%s: %v, want cut_moved", name, err)
		}
	}
	w.Apply(t, w.nextEpoch(2, cuts[1]))
	got, circle, err := s.Cut(t.Context(), w.Workspace, cuts[1].Hash())
	must(t, err)
	if got.Hash() != cuts[1].Hash() || circle != w.Circle {
		t.Errorf("Cut = %+v in %v", got, circle)
	}
}

// testCutRequired refuses to leave an epoch without a cut.
func testCutRequired(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	for _, row := range []store.CircleRow{{Circle: w.Circle, Epoch: 2}, {Circle: w.Circle, Epoch: 1, Stale: true}, {Circle: w.Circle}} {
		c := w.Change(1)
		c.Circles = []store.CircleRow{row}
		wantCode(t, s.ApplyRoster(t.Context(), c), schema.CodeBadRequest)
	}
	// A circle that has no epoch yet has nothing to cut.
	fresh := schema.NewCircleID()
	for _, epoch := range []uint64{0, 1} {
		c := w.Change(1)
		c.Circles = []store.CircleRow{{Circle: fresh, Epoch: epoch}}
		w.Apply(t, c)
	}
}

func testHold(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	stream := schema.NewStreamID()
	w.MustAppend(t, w.Users[0], w.Item(stream, 100))
	free := w.AddCircle(t, w.Users[0])
	cuts, err := s.PlaceHold(t.Context(), w.Workspace, []schema.CircleID{w.Circle}, schema.RoleMember, []byte("token"), time.Now().Add(time.Hour))
	must(t, err)
	if len(cuts) != 1 || len(cuts[0].Heads) != 1 || cuts[0].Heads[0].Seq != 1 {
		t.Fatalf("PlaceHold = %+v", cuts)
	}

	// A held circle makes senders wait; others do not, nor do refusals.
	item := w.Item(schema.NewStreamID(), 10)
	item.Circle = free
	w.MustAppend(t, w.Users[0], item)
	item = w.Item(stream, 10)
	item.Epoch = 7
	results, err := w.Append(t.Context(), w.Users[0], item)
	must(t, err)
	if results[0].Error == nil || results[0].Error.Code != schema.CodeEpochStale {
		t.Errorf("a stale epoch under a hold: %+v", results[0])
	}
	short, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
	defer cancel()
	_, err = w.Append(short, w.Users[0], w.Item(stream, 10))
	wantCode(t, err, schema.CodeUnavailable)
	if got := w.currentCut(t); got.Hash() != cuts[0].Hash() {
		t.Errorf("the cut moved under a hold")
	}

	// The change ends the hold.
	c := w.nextEpoch(2, cuts[0])
	c.Hold = []byte("token")
	w.Apply(t, c)
	item = w.Item(stream, 10)
	item.Epoch = 2
	w.MustAppend(t, w.Users[0], item)
}

func testHoldConflict(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	other := w.AddCircle(t, w.Users[0])
	hold := func(token string, until time.Time, circles ...schema.CircleID) error {
		_, err := s.PlaceHold(t.Context(), w.Workspace, circles, schema.RoleMember, []byte(token), until)
		return err
	}
	soon := time.Now().Add(time.Minute)
	must(t, hold("mine", soon, w.Circle))
	must(t, hold("mine", soon, w.Circle))
	wantCode(t, hold("yours", soon, other, w.Circle), schema.CodeConflict)
	must(t, hold("theirs", soon, other)) // the refused one left nothing behind
	must(t, s.ReleaseHold(t.Context(), w.Workspace, []byte("mine")))
	must(t, s.ReleaseHold(t.Context(), w.Workspace, []byte("mine")))
	must(t, hold("yours", time.Now().Add(-time.Second), w.Circle))
	must(t, hold("hers", soon, w.Circle)) // yours had ended
	wantCode(t, hold("", soon, w.Circle), schema.CodeBadRequest)
	wantCode(t, hold("none", soon), schema.CodeBadRequest)

	// A hold does not keep others from changing the membership with a right cut,
	// and ends for the circles that get another epoch.
	w.Apply(t, w.nextEpoch(2, w.currentCut(t)))
	item := w.Item(schema.NewStreamID(), 10)
	item.Epoch = 2
	soonEnough, cancel := context.WithTimeout(t.Context(), schema.HoldLife/2)
	defer cancel()
	if _, err := w.Append(soonEnough, w.Users[0], item); err != nil {
		t.Errorf("append after a change that ended the hold: %v", err)
	}
}

// testHoldOutranked lets those who manage take the place of a hold that is not
// theirs, and nobody else.
func testHoldOutranked(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	hold := func(role schema.Role, token string) error {
		_, err := s.PlaceHold(t.Context(), w.Workspace, []schema.CircleID{w.Circle}, role, []byte(token), time.Now().Add(time.Minute))
		return err
	}
	must(t, hold(schema.RoleGuest, "guest"))
	wantCode(t, hold(schema.RoleMember, "member"), schema.CodeConflict)
	must(t, hold(schema.RoleAdmin, "admin"))
	wantCode(t, hold(schema.RoleGuest, "guest"), schema.CodeConflict)
	wantCode(t, hold(schema.RoleAdmin, "another admin"), schema.CodeConflict)
	// The end of the hold that had to give way does not end the new one.
	must(t, s.ReleaseHold(t.Context(), w.Workspace, []byte("guest")))
	must(t, hold(schema.RoleOwner, "owner"))
	wantCode(t, hold(schema.RoleOwner, "another owner"), schema.CodeConflict)
	wantCode(t, hold(schema.RoleAdmin, "admin"), schema.CodeConflict)
	must(t, s.ReleaseHold(t.Context(), w.Workspace, []byte("owner")))
	must(t, hold(schema.RoleGuest, "guest"))
}

// testHoldEnds asks for a hold of an hour: it ends after [schema.HoldLife].
func testHoldEnds(t *testing.T, url string) {
	var ahead atomic.Int64
	s := Open(t, url, store.Options{Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	w := NewWorld(t, s, 1)
	if _, err := s.PlaceHold(t.Context(), w.Workspace, []schema.CircleID{w.Circle}, schema.RoleMember, []byte("token"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	ahead.Store(int64(schema.HoldLife + time.Second))
	soonEnough, cancel := context.WithTimeout(t.Context(), schema.HoldLife/2)
	defer cancel()
	if _, err := w.Append(soonEnough, w.Users[0], w.Item(schema.NewStreamID(), 10)); err != nil {
		t.Errorf("append after a hold: %v", err)
	}
}

// testHoldDelays lets a sender wait for the end of a hold: by release, and by
// itself.
func testHoldDelays(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	stream := schema.NewStreamID()
	for _, release := range []bool{true, false} {
		until := time.Now().Add(time.Hour)
		if !release {
			until = time.Now().Add(150 * time.Millisecond)
		}
		_, err := s.PlaceHold(t.Context(), w.Workspace, []schema.CircleID{w.Circle}, schema.RoleMember, []byte("token"), until)
		must(t, err)
		items := []schema.AppendItem{w.Item(stream, 10), w.Item(stream, 10), w.Item(stream, 10)}
		done := make(chan []schema.AppendResult)
		go func() {
			defer close(done)
			results, err := w.Append(t.Context(), w.Users[0], items...)
			if err != nil {
				t.Errorf("append under a hold: %v", err)
			}
			done <- results
		}()
		if release {
			must(t, s.ReleaseHold(t.Context(), w.Workspace, []byte("token")))
		}
		results := <-done
		for i, r := range results {
			if r.Error != nil || r.Seq != results[0].Seq+uint64(i) {
				t.Errorf("item %d of a delayed batch: %+v", i, r)
			}
		}
		if !release && time.Now().Before(until.Truncate(time.Millisecond)) {
			t.Errorf("appended before the hold ended")
		}
	}
}
