package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

// Verify reads a whole stream, checks that it has no gap, that times do not
// decrease and that every link leads to the head, and returns its events.
func (w *World) Verify(t testing.TB, circle schema.CircleID, stream schema.StreamID) []schema.Event {
	t.Helper()
	var events []schema.Event
	link, arrived := schema.FirstLink(w.Workspace, circle, stream), int64(0)
	for {
		page, head, err := w.Store.EventsAfter(t.Context(), w.Workspace, stream, uint64(len(events)), schema.MaxPage, schema.MaxPageOctets)
		must(t, err)
		for _, e := range page {
			events = append(events, e)
			link = e.Link(link)
			if e.Seq != uint64(len(events)) || e.Stream != stream || e.Arrived < arrived {
				t.Fatalf("event %d of stream %v has number %d and arrived at %d after %d", len(events), stream, e.Seq, e.Arrived, arrived)
			}
			if len(e.Ciphertext) > 0 && sha256.Sum256(e.Ciphertext) != e.Digest {
				t.Fatalf("event %d has another digest", e.Seq)
			}
			arrived = e.Arrived
		}
		if uint64(len(events)) == head.Seq {
			if link != head.Link {
				t.Fatalf("the links of stream %v do not lead to its head", stream)
			}
			return events
		}
		if len(page) == 0 {
			t.Fatalf("stream %v ends at %d, its head is %d", stream, len(events), head.Seq)
		}
	}
}

// wantItem checks the code of one result.
func wantItem(t testing.TB, r schema.AppendResult, code schema.Code) {
	t.Helper()
	if r.Error == nil || r.Error.Code != code || r.Seq != 0 || r.Link != (schema.Hash{}) {
		t.Errorf("result is %+v (%+v), want %s", r, r.Error, code)
	}
}

func testAppend(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 2)
	one, two := schema.NewStreamID(), schema.NewStreamID()
	items := []schema.AppendItem{w.Item(one, 100), w.Item(two, 200), w.Item(one, schema.MaxCiphertext), w.Item(one, 1)}
	before := time.Now().UnixMilli()
	results := w.MustAppend(t, w.Users[1], items...)
	for i, want := range []uint64{1, 1, 2, 3} {
		r := results[i]
		if r.Seq != want || r.Digest != sha256.Sum256(items[i].Ciphertext) || r.Arrived < before {
			t.Errorf("result %d = %+v, want sequence %d", i, r, want)
		}
		e, err := s.Event(t.Context(), w.Workspace, items[i].Stream, r.Seq)
		must(t, err)
		if e.ID != items[i].ID || e.Author != w.Users[1] || e.Device != Device(w.Users[1]) || e.Epoch != 1 ||
			e.Arrived != r.Arrived || e.Digest != r.Digest || !bytes.Equal(e.Ciphertext, items[i].Ciphertext) {
			t.Errorf("event %d = %+v", i, e)
		}
	}
	if events := w.Verify(t, w.Circle, one); len(events) != 3 {
		t.Errorf("the stream has %d events", len(events))
	}
	if circle, err := s.StreamCircle(t.Context(), w.Workspace, one); err != nil || circle != w.Circle {
		t.Errorf("StreamCircle = %v, %v", circle, err)
	}
}

func testAppendBounds(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	stream := schema.NewStreamID()
	_, err := w.Append(t.Context(), w.Users[0])
	wantCode(t, err, schema.CodeBadRequest)
	var many []schema.AppendItem
	for range schema.MaxAppend + 1 {
		many = append(many, w.Item(stream, 1))
	}
	_, err = w.Append(t.Context(), w.Users[0], many...)
	wantCode(t, err, schema.CodeTooLarge)
	var large []schema.AppendItem
	for range 6 {
		large = append(large, w.Item(stream, schema.MaxCiphertext))
	}
	_, err = w.Append(t.Context(), w.Users[0], large...)
	wantCode(t, err, schema.CodeTooLarge)
	results, err := w.Append(t.Context(), w.Users[0], w.Item(stream, 0), w.Item(stream, 1), w.Item(stream, schema.MaxCiphertext+1), w.Item(stream, 2))
	must(t, err)
	wantItem(t, results[0], schema.CodeBadRequest)
	wantItem(t, results[2], schema.CodeTooLarge)
	if results[1].Seq != 1 || results[3].Seq != 2 {
		t.Errorf("results = %+v", results)
	}
}

// testStreamBounds lets members make streams of random ids, in whichever circle,
// until no more are allowed: the heads of all of them can still be read.
func testStreamBounds(t *testing.T, s *store.Store) {
	const authors = schema.MaxStreams / schema.MaxStreamsPerAuthor
	w := NewWorld(t, s, authors+1)
	reader := w.Users[authors]
	private := w.AddCircle(t, append([]schema.UserID{reader}, w.Users[:authors]...)...)
	old := schema.NewStreamID()
	fresh := func(n int) schema.AppendItem {
		item := w.Item(schema.NewStreamID(), 1)
		if n%2 == 1 {
			item.Circle = private
		}
		return item
	}
	refused := func(author schema.UserID) {
		t.Helper()
		results, err := w.Append(t.Context(), author, fresh(0), fresh(1), w.Item(old, 1))
		must(t, err)
		wantItem(t, results[0], schema.CodeTooLarge)
		wantItem(t, results[1], schema.CodeTooLarge)
		if results[2].Error != nil {
			t.Errorf("an old stream: %+v", results[2])
		}
	}
	w.MustAppend(t, w.Users[0], w.Item(old, 1))
	for i, author := range w.Users[:authors] {
		made := 0
		if i == 0 {
			made = 1
		}
		for made < schema.MaxStreamsPerAuthor {
			var items []schema.AppendItem
			for ; len(items) < schema.MaxAppend && made < schema.MaxStreamsPerAuthor; made++ {
				items = append(items, fresh(made))
			}
			w.MustAppend(t, author, items...)
		}
		refused(author)
	}
	// Whoever has made none is refused too, and what was counted is not only in
	// memory: a hold changes the revision.
	refused(reader)
	for _, token := range []string{"one", "two"} {
		_, err := s.PlaceHold(t.Context(), w.Workspace, []schema.CircleID{w.Circle}, schema.RoleMember, []byte(token), time.Now().Add(time.Minute))
		must(t, err)
		must(t, s.ReleaseHold(t.Context(), w.Workspace, []byte(token)))
		refused(w.Users[0])
	}
	heads, err := s.Heads(t.Context(), w.Workspace, reader)
	must(t, err)
	if len(heads.Streams) != schema.MaxStreams {
		t.Errorf("the reader has %d streams", len(heads.Streams))
	}
	if err := schema.Unmarshal(schema.MustMarshal(heads), &schema.WorkspaceHeads{}); err != nil {
		t.Errorf("the heads cannot be read: %v", err)
	}
}

// testStreamsOfAnAuthor counts in the database what an author has made.
func testStreamsOfAnAuthor(t *testing.T, url string) {
	w := NewWorld(t, Open(t, url, store.Options{}), 2)
	for made := 0; made < schema.MaxStreamsPerAuthor; {
		var items []schema.AppendItem
		for ; len(items) < schema.MaxAppend && made < schema.MaxStreamsPerAuthor; made++ {
			items = append(items, w.Item(schema.NewStreamID(), 1))
		}
		w.MustAppend(t, w.Users[0], items...)
	}
	there := *w
	there.Store = Open(t, url, store.Options{})
	results, err := there.Append(t.Context(), w.Users[0], w.Item(schema.NewStreamID(), 1))
	must(t, err)
	wantItem(t, results[0], schema.CodeTooLarge)
	there.MustAppend(t, w.Users[1], w.Item(schema.NewStreamID(), 1))
}

func testAppendOutsiders(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 2)
	member, outsider := w.Users[0], NewAccount(t, s)
	private := w.AddCircle(t, w.Users[1])
	stream := schema.NewStreamID()
	w.MustAppend(t, member, w.Item(stream, 10))
	try := func(user schema.UserID, spoil func(*schema.AppendItem)) {
		t.Helper()
		item := w.Item(stream, 10)
		spoil(&item)
		results, err := w.Append(t.Context(), user, item)
		must(t, err)
		wantItem(t, results[0], schema.CodeNotFound)
	}
	try(outsider, func(*schema.AppendItem) {})
	try(member, func(i *schema.AppendItem) { i.Circle = private })
	try(member, func(i *schema.AppendItem) { i.Circle = schema.NewCircleID() })
	try(w.Users[1], func(i *schema.AppendItem) { i.Circle = private }) // a stream of another circle

	// A member without an account, and an unknown workspace.
	ghost := schema.NewUserID()
	c := w.Change(1)
	c.CircleJoins = []store.CircleUser{{Circle: w.Circle, User: ghost}}
	w.Apply(t, c)
	try(ghost, func(*schema.AppendItem) {})
	nowhere := *w
	nowhere.Workspace = schema.NewWorkspaceID()
	results, err := nowhere.Append(t.Context(), member, w.Item(stream, 10))
	must(t, err)
	wantItem(t, results[0], schema.CodeNotFound)

	// A removed member, whose membership is known from the appends before.
	c = w.Change(1)
	c.MemberRemovals = []schema.UserID{member}
	w.Apply(t, c)
	try(member, func(*schema.AppendItem) {})
	if events := w.Verify(t, w.Circle, stream); len(events) != 1 {
		t.Errorf("the stream has %d events, want 1", len(events))
	}
}

func testAppendEpochs(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	stream := schema.NewStreamID()
	try := func(epoch uint64, code schema.Code) {
		t.Helper()
		item := w.Item(stream, 10)
		item.Epoch = epoch
		results, err := w.Append(t.Context(), w.Users[0], item)
		must(t, err)
		if code == "" {
			if results[0].Error != nil {
				t.Errorf("epoch %d: %+v", epoch, results[0].Error)
			}
			return
		}
		wantItem(t, results[0], code)
	}
	try(1, "")
	try(0, schema.CodeEpochStale)
	try(2, schema.CodeEpochStale)
	try(1<<63, schema.CodeEpochStale)
	c := w.nextEpoch(1, w.currentCut(t))
	c.Circles[0].Stale = true
	w.Apply(t, c)
	try(1, schema.CodeCircleStale)
	try(2, schema.CodeCircleStale)
	w.Apply(t, w.nextEpoch(2, w.currentCut(t)))
	try(1, schema.CodeEpochStale)
	try(2, "")

	// A circle whose first epoch is still to come takes nothing.
	fresh := schema.NewCircleID()
	c = w.Change(1)
	c.Circles = []store.CircleRow{{Circle: fresh}}
	c.CircleJoins = []store.CircleUser{{Circle: fresh, User: w.Users[0]}}
	w.Apply(t, c)
	results, err := w.Append(t.Context(), w.Users[0], schema.AppendItem{Circle: fresh, Stream: schema.NewStreamID(), ID: schema.NewEventID(), Ciphertext: Octets(1)})
	must(t, err)
	wantItem(t, results[0], schema.CodeCircleStale)
}

// testAppendAgain sends ids again: in the same batch, later, under another
// epoch and from someone else.
func testAppendAgain(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 2)
	stream := schema.NewStreamID()
	item := w.Item(stream, 100)
	results := w.MustAppend(t, w.Users[0], item, w.Item(stream, 10), item)
	first := results[0]
	if results[2] != first {
		t.Errorf("the same id in one batch gives %+v and %+v", first, results[2])
	}
	resealed := item
	resealed.Ciphertext = Octets(50)
	w.Apply(t, w.nextEpoch(2, w.currentCut(t)))
	for _, again := range []schema.AppendItem{item, resealed} {
		results := w.MustAppend(t, w.Users[0], again)
		if results[0] != first {
			t.Errorf("sent again gives %+v, want %+v", results[0], first)
		}
	}
	// Somebody else's use of the id, and another stream, are refused.
	other := item
	other.Epoch = 2
	results, err := w.Append(t.Context(), w.Users[1], other)
	must(t, err)
	wantItem(t, results[0], schema.CodeConflict)
	other.Stream = schema.NewStreamID()
	results, err = w.Append(t.Context(), w.Users[0], other)
	must(t, err)
	wantItem(t, results[0], schema.CodeConflict)
	// In another workspace the id is free.
	elsewhere := NewWorld(t, s, 1)
	other.Circle, other.Epoch = elsewhere.Circle, 1
	if r := elsewhere.MustAppend(t, elsewhere.Users[0], other); r[0].Seq != 1 {
		t.Errorf("an id of another workspace: %+v", r[0])
	}
	if events := w.Verify(t, w.Circle, stream); len(events) != 2 {
		t.Errorf("the stream has %d events, want 2", len(events))
	}
}

// testAppendClock turns the clock back: times of arrival do not decrease.
func testAppendClock(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	stream := schema.NewStreamID()
	for i, now := range []int64{5000, 4000, 6000, 1} {
		results, err := s.Append(t.Context(), store.AppendBatch{Workspace: w.Workspace, Author: w.Users[0], Device: Device(w.Users[0]),
			Items: []schema.AppendItem{w.Item(stream, 10)}, Now: func() time.Time { return time.UnixMilli(now) }})
		must(t, err)
		if want := []int64{5000, 5000, 6000, 6000}[i]; results[0].Arrived != want {
			t.Errorf("arrived at %d by a clock at %d, want %d", results[0].Arrived, now, want)
		}
	}
	w.Verify(t, w.Circle, stream)
}

func testAppendCancelled(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.Append(ended, w.Users[0], w.Item(schema.NewStreamID(), 10))
	wantCode(t, err, schema.CodeUnavailable)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v does not tell its cause", err)
	}
}

// testAppendConcurrently lets 32 senders write into 4 streams: every
// acknowledgement is true, each sender's order is kept, and no event is there
// twice although half of them are sent twice at the same time.
func testAppendConcurrently(t *testing.T, s *store.Store) {
	const senders, each = 32, 20
	w := NewWorld(t, s, senders)
	streams := [4]schema.StreamID{schema.NewStreamID(), schema.NewStreamID(), schema.NewStreamID(), schema.NewStreamID()}
	acks := make([][]schema.AppendResult, senders)
	ids := make([][]schema.EventID, senders)
	var done sync.WaitGroup
	for i := range senders {
		done.Go(func() {
			for j := range each {
				item := w.Item(streams[i%4], 50)
				results, err := w.appendTwice(t.Context(), w.Users[i], item, j%2 == 0)
				if err != nil || results[0].Error != nil {
					t.Errorf("append: %v %+v", err, results)
					return
				}
				acks[i], ids[i] = append(acks[i], results[0]), append(ids[i], item.ID)
			}
		})
	}
	done.Wait()
	total := 0
	var events [4][]schema.Event
	for i, stream := range streams {
		events[i] = w.Verify(t, w.Circle, stream)
		total += len(events[i])
	}
	if total != senders*each {
		t.Errorf("%d events were stored, want %d", total, senders*each)
	}
	for i := range acks {
		if !slices.IsSortedFunc(acks[i], func(a, b schema.AppendResult) int { return int(a.Seq) - int(b.Seq) }) {
			t.Errorf("the order of sender %d was not kept", i)
		}
		for j, ack := range acks[i] {
			if e := events[i%4][ack.Seq-1]; e.ID != ids[i][j] || e.Digest != ack.Digest || e.Arrived != ack.Arrived {
				t.Errorf("acknowledgement %d of sender %d is not what is stored", j, i)
			}
		}
	}
}

// appendTwice appends an item, perhaps twice at the same time, and fails when
// the answers differ.
func (w *World) appendTwice(ctx context.Context, user schema.UserID, item schema.AppendItem, twice bool) ([]schema.AppendResult, error) {
	type answer struct {
		results []schema.AppendResult
		err     error
	}
	second := make(chan answer, 1)
	if twice {
		go func() {
			r, err := w.Append(ctx, user, item)
			second <- answer{r, err}
		}()
	}
	results, err := w.Append(ctx, user, item)
	if twice {
		if other := <-second; err == nil && (other.err != nil || !slices.Equal(other.results, results)) {
			return nil, errors.Join(other.err, errors.New("two answers for one id"))
		}
	}
	return results, err
}
