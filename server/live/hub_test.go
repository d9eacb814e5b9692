package live

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/live/bus"
)

// fakeBus is the bus of one node; what the node publishes is kept, and the test
// plays the other nodes.
type fakeBus struct {
	mu        sync.Mutex
	deliver   func(string, []byte)
	lost      func()
	down      bool
	published []string
	following map[string]int
}

func (b *fakeBus) Publish(subject string, _ []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.published = append(b.published, subject)
	return nil
}

func (b *fakeBus) Subscribe(subject string) (func(), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.following[subject]++
	return sync.OnceFunc(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.following[subject]--
	}), nil
}

func (b *fakeBus) Ready() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.down
}

func (b *fakeBus) Close() {}

func (b *fakeBus) followed(w schema.WorkspaceID) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.following[subjectOf(w)]
}

// fakeLog is a workspace of one circle in memory: the source.
type fakeLog struct {
	mu      sync.Mutex
	ws      schema.WorkspaceID
	circle  schema.CircleID
	head    uint64
	epoch   uint64
	members []schema.UserID
	streams map[schema.StreamID][]schema.Event
	ended   map[schema.Hash]bool
	fail    error
	reads   int // of members
	looks   int // at heads
}

func (l *fakeLog) Authenticate(_ context.Context, token string) (Who, error) {
	var w Who
	if len(token) != 1 {
		return w, schema.Errorf(schema.CodeUnauthenticated, "")
	}
	w.User[0], w.Device[0], w.Session[0] = token[0], token[0], token[0]
	return w, l.StillValid(context.Background(), w)
}

func (l *fakeLog) StillValid(_ context.Context, who Who) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended[who.Session] {
		return schema.Errorf(schema.CodeUnauthenticated, "")
	}
	return l.fail
}

func (l *fakeLog) Members(_ context.Context, w schema.WorkspaceID) (*Members, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reads++
	if l.fail != nil {
		return nil, l.fail
	}
	if w != l.ws {
		return nil, schema.Errorf(schema.CodeNotFound, "")
	}
	m := &Members{
		Head: schema.RosterHead{Seq: l.head}, Epochs: map[schema.CircleID]uint64{l.circle: l.epoch},
		Circles: make(map[schema.UserID][]schema.CircleID),
	}
	for _, u := range l.members {
		m.Circles[u] = []schema.CircleID{l.circle}
	}
	return m, nil
}

func (l *fakeLog) Heads(_ context.Context, _ schema.WorkspaceID, circles []schema.CircleID) (out []schema.StreamInfo, _ error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.looks++
	if l.fail != nil {
		return nil, l.fail
	}
	for s, events := range l.streams {
		if slices.Contains(circles, l.circle) {
			out = append(out, schema.StreamInfo{Circle: l.circle, Head: schema.StreamHead{Stream: s, Seq: uint64(len(events))}})
		}
	}
	return out, nil
}

func (l *fakeLog) EventsAfter(_ context.Context, _ schema.WorkspaceID, s schema.StreamID, after uint64) ([]schema.Event, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail != nil {
		return nil, l.fail
	}
	events := l.streams[s]
	return slices.Clone(events[min(after, uint64(len(events))):min(after+3, uint64(len(events)))]), nil
}

// commit appends n events and returns them.
func (l *fakeLog) commit(s schema.StreamID, n int) []schema.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []schema.Event
	for range n {
		e := schema.Event{Stream: s, Seq: uint64(len(l.streams[s])) + 1, Epoch: l.epoch, Ciphertext: []byte("x")}
		l.streams[s] = append(l.streams[s], e)
		out = append(out, e)
	}
	return out
}

func (l *fakeLog) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// node is a hub with its fakes behind a real listener.
type node struct {
	t   *testing.T
	hub *Hub
	bus *fakeBus
	log *fakeLog
	url string
}

func newNode(t *testing.T, limits Limits) *node {
	t.Helper()
	n := &node{t: t, bus: &fakeBus{following: make(map[string]int)}, log: &fakeLog{
		ws: schema.NewWorkspaceID(), circle: schema.NewCircleID(), head: 1, epoch: 1,
		members: []schema.UserID{{'a'}, {'b'}}, streams: make(map[schema.StreamID][]schema.Event), ended: make(map[schema.Hash]bool),
	}}
	hub, err := New(Options{
		Source: n.log, Limits: limits, Logger: slog.New(slog.DiscardHandler),
		Bus: func(deliver func(string, []byte), lost func()) (bus.Bus, error) {
			n.bus.deliver, n.bus.lost = deliver, lost
			return n.bus, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	n.hub = hub
	// The first comparison in its turn comes after 15 s: what a test sees before
	// came by the way that it tests.
	n.log.ws[0] = byte(checkEvery/time.Second) - 1
	up := websocket.Upgrader{ReadBufferSize: 512, WriteBufferPool: &sync.Pool{}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		place, err := hub.Admit("here")
		if err != nil {
			w.WriteHeader(429)
			return
		}
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			place.Release()
			return
		}
		place.Serve(conn)
	}))
	n.url = "ws" + srv.URL[len("http"):]
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := hub.Close(ctx); err != nil {
			t.Error(err)
		}
		srv.Close()
	})
	return n
}

type client struct {
	t  *testing.T
	ws *websocket.Conn
}

func (n *node) dial() *client {
	n.t.Helper()
	c, _, err := websocket.DefaultDialer.Dial(n.url, nil)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { c.Close() })
	return &client{n.t, c}
}

// follow connects as a user and subscribes.
func (n *node) follow(user string) *client {
	n.t.Helper()
	c := n.dial()
	c.send(schema.Frame{Hello: &schema.Hello{Version: schema.Version, Token: user}})
	if f := c.next(); f.Welcome == nil {
		n.t.Fatalf("answered %+v", f)
	}
	c.send(schema.Frame{Subscribe: &schema.Subscribe{Workspace: n.log.ws}})
	if f := c.next(); f.Heads == nil {
		n.t.Fatalf("answered %+v", f)
	}
	return c
}

func (c *client) send(f schema.Frame) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.BinaryMessage, schema.MustMarshal(f)); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) read() (f schema.Frame, err error) {
	c.t.Helper()
	if err := c.ws.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		c.t.Fatal(err)
	}
	_, b, err := c.ws.ReadMessage()
	if err == nil {
		err = schema.Unmarshal(b, &f)
	}
	return f, err
}

func (c *client) next() schema.Frame {
	c.t.Helper()
	f, err := c.read()
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}

// events reads pushes until so many events of a stream have come, and checks
// that they follow one another.
func (c *client) events(s schema.StreamID, first, last uint64) {
	c.t.Helper()
	for want := first; want <= last; {
		f := c.next()
		if f.Events == nil {
			c.t.Fatalf("pushed %+v, want event %d", f, want)
		}
		for _, e := range f.Events.Events {
			if e.Stream != s || e.Seq != want {
				c.t.Fatalf("event %d, want %d", e.Seq, want)
			}
			want++
		}
	}
}

func (c *client) endsWith(code int) {
	c.t.Helper()
	for {
		_, err := c.read()
		if err == nil {
			continue
		}
		var closed *websocket.CloseError
		if !errors.As(err, &closed) || closed.Code != code {
			c.t.Fatalf("ended with %v, want %d", err, code)
		}
		return
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("timed out waiting until %s", what)
		case <-tick.C:
		}
	}
}

// fromOther plays a message of another node.
func (n *node) fromOther(f schema.Frame) {
	n.bus.deliver(subjectOf(n.log.ws), schema.MustMarshal(f))
}

func (n *node) push(events []schema.Event) schema.Frame {
	return schema.Frame{Events: &schema.PushEvents{Workspace: n.log.ws, Circle: n.log.circle, Events: events}}
}

func TestGapsAreFilledAndDoublesDropped(t *testing.T) {
	n := newNode(t, Limits{})
	s := schema.NewStreamID()
	n.log.commit(s, 4)
	c := n.follow("a")
	n.hub.Committed(n.log.ws, n.log.circle, n.log.commit(s, 1))
	c.events(s, 5, 5)
	lost := n.log.commit(s, 10)
	next := n.log.commit(s, 1)
	n.fromOther(n.push(next)) // 16, and 6 to 15 never came
	c.events(s, 6, 16)
	n.fromOther(n.push(lost))
	n.fromOther(n.push(next))
	n.hub.Committed(n.log.ws, n.log.circle, append(next, n.log.commit(s, 2)...))
	c.events(s, 17, 18)
	if n.hub.Stats().Filled.Load() == 0 {
		t.Fatal("no gap was counted")
	}
}

func TestNewStreamsBeginAtOne(t *testing.T) {
	n := newNode(t, Limits{})
	c := n.follow("a")
	s := schema.NewStreamID()
	n.log.commit(s, 2)
	n.fromOther(n.push(n.log.commit(s, 1))) // the first two never came
	c.events(s, 1, 3)
}

func TestComparingFindsWhatTheBusLost(t *testing.T) {
	n := newNode(t, Limits{})
	s, silent := schema.NewStreamID(), schema.NewStreamID()
	n.log.commit(s, 1)
	c := n.follow("a")
	n.log.commit(s, 5)
	n.bus.lost()
	c.events(s, 2, 6)
	n.log.commit(silent, 2)
	n.bus.lost()
	c.events(silent, 1, 2)
	// While the bus is down nobody needs to say so.
	n.bus.mu.Lock()
	n.bus.down = true
	n.bus.mu.Unlock()
	n.log.commit(s, 1)
	c.events(s, 7, 7)
}

// An event of an epoch that this node has not heard of waits for the roster:
// whoever was removed before it is unsubscribed first.
func TestAnUnknownEpochRefreshesTheMembersFirst(t *testing.T) {
	n := newNode(t, Limits{})
	s := schema.NewStreamID()
	a, b := n.follow("a"), n.follow("b")
	n.log.set(func() { n.log.members, n.log.epoch, n.log.head = []schema.UserID{{'a'}}, 2, 3 })
	n.fromOther(n.push(n.log.commit(s, 1))) // the message about the roster was lost
	if f := b.next(); f.Error == nil || f.Error.Code != schema.CodeNotFound {
		t.Fatalf("the removed member is pushed %+v", f)
	}
	if f := a.next(); f.Roster == nil || f.Roster.Head.Seq != 3 {
		t.Fatalf("pushed %+v", f)
	}
	a.events(s, 1, 1)
	// When the members cannot be read, nothing is pushed; later it is.
	n.log.set(func() { n.log.epoch, n.log.head, n.log.fail = 3, 5, errors.New("down") })
	n.log.set(func() { n.log.reads = 0 })
	n.fromOther(n.push(n.log.commit(s, 1)))
	until(t, "the members were asked for", func() (asked bool) {
		n.log.set(func() { asked = n.log.reads > 0 })
		return asked
	})
	n.log.set(func() { n.log.fail = nil })
	n.bus.lost()
	if f := a.next(); f.Roster == nil || f.Roster.Head.Seq != 5 {
		t.Fatalf("pushed %+v", f)
	}
	a.events(s, 2, 2)
}

// The bus is not trusted with the order, the form or the place of messages.
func TestForgedBusMessagesAreIgnored(t *testing.T) {
	n := newNode(t, Limits{})
	s := schema.NewStreamID()
	c := n.follow("a")
	event := func(seq uint64) schema.Event {
		return schema.Event{Stream: s, Seq: seq, Epoch: 1, Ciphertext: []byte("x")}
	}
	other := schema.Event{Stream: schema.NewStreamID(), Seq: 2, Epoch: 1}
	for _, f := range []schema.Frame{
		n.push(nil),
		n.push([]schema.Event{event(0)}),
		n.push([]schema.Event{event(1), event(3)}),
		n.push([]schema.Event{event(1), other}),
		{Events: &schema.PushEvents{Workspace: schema.NewWorkspaceID(), Circle: n.log.circle, Events: []schema.Event{event(1)}}},
		{Heads: &schema.Subscribed{Workspace: n.log.ws}},
		{Ping: &schema.Ping{}},
		{Erased: &schema.PushErasure{Workspace: n.log.ws, Stream: s, Seq: 1}},
		{Roster: &schema.PushRoster{Workspace: n.log.ws, Head: schema.RosterHead{Seq: 9}}},
		{Signals: &schema.PushSignal{Workspace: n.log.ws, Circle: n.log.circle, Epoch: 9, Ciphertext: []byte("x")}},
		{Signals: &schema.PushSignal{Workspace: n.log.ws, Circle: schema.NewCircleID(), Epoch: 1, Ciphertext: []byte("x")}},
	} {
		n.fromOther(f)
	}
	n.bus.deliver(subjectOf(n.log.ws), []byte{0xFF})
	n.bus.deliver("w.nonsense", []byte{0xFF})
	n.bus.deliver(subjectSessions, []byte{0xFF})
	n.bus.deliver(subjectOf(n.log.ws), make([]byte, bus.MaxMessage+1))
	n.fromOther(n.push([]schema.Event{event(900)})) // above the store's head
	n.hub.Committed(n.log.ws, n.log.circle, n.log.commit(s, 1))
	c.events(s, 1, 1)
	// One that follows is passed on: readers find the forgery. The comparison
	// with the store takes it back, so that it hides nothing for long.
	n.fromOther(n.push([]schema.Event{event(2)}))
	c.events(s, 2, 2)
	looks := 0
	n.log.set(func() { looks = n.log.looks })
	n.bus.lost()
	until(t, "the heads were compared", func() (done bool) {
		n.log.set(func() { done = n.log.looks > looks })
		return done
	})
	n.hub.Committed(n.log.ws, n.log.circle, n.log.commit(s, 1))
	c.events(s, 2, 2)
}

func TestSessionsThatEndSilentlyAreFound(t *testing.T) {
	n := newNode(t, Limits{})
	a, b := n.follow("a"), n.follow("b")
	n.log.set(func() { n.log.ended[schema.Hash{'a'}] = true })
	n.bus.lost() // all sessions are looked up
	a.endsWith(CloseUnauthenticated)
	// Trouble in the database ends nobody's session.
	n.log.set(func() { n.log.fail = schema.Errorf(schema.CodeUnavailable, "down") })
	n.bus.lost()
	b.send(schema.Frame{Ping: &schema.Ping{Value: 1}})
	if f := b.next(); f.Pong == nil {
		t.Fatalf("answered %+v", f)
	}
	// Another node says so.
	n.bus.deliver(subjectSessions, schema.MustMarshal(SessionEnd{User: schema.UserID{'b'}, Device: schema.DeviceID{'b'}}))
	b.endsWith(CloseUnauthenticated)
}

func TestSilentConnectionsEnd(t *testing.T) {
	n := newNode(t, Limits{})
	n.dial()
	c := n.follow("a")
	n.hub.hurry(time.Now().Add(greetingTime + time.Second))
	until(t, "the one without Hello is gone", func() bool { return n.hub.Stats().Sockets.Load() == 1 })
	pinged := make(chan struct{}, 1)
	c.ws.SetPingHandler(func(string) error {
		select {
		case pinged <- struct{}{}:
		default:
		}
		return nil
	})
	for slot := range slots {
		for _, s := range n.hub.socketsOf(slot) {
			s.ping(time.Now())
		}
	}
	go func() { _, _, _ = c.ws.ReadMessage() }() // ends with the connection
	select {
	case <-pinged:
	case <-time.After(10 * time.Second):
		t.Fatal("no ping came")
	}
	for slot := range slots {
		for _, s := range n.hub.socketsOf(slot) {
			s.ping(time.Now().Add(deadAfter + 2*time.Second))
		}
	}
	until(t, "the silent one is gone", func() bool { return n.hub.Stats().Sockets.Load() == 0 })
}

func TestTopicsEndWithTheirLastFollower(t *testing.T) {
	n := newNode(t, Limits{})
	a, b := n.follow("a"), n.follow("b")
	if n.bus.followed(n.log.ws) != 1 {
		t.Fatalf("subscribed %d times", n.bus.followed(n.log.ws))
	}
	a.ws.Close()
	until(t, "one is left", func() bool { return n.hub.Stats().Sockets.Load() == 1 })
	s := schema.NewStreamID()
	n.hub.Committed(n.log.ws, n.log.circle, n.log.commit(s, 1))
	b.events(s, 1, 1)
	b.ws.Close()
	until(t, "the topic is gone", func() bool { return n.hub.topic(n.log.ws) == nil && n.bus.followed(n.log.ws) == 0 })
	n.hub.Committed(n.log.ws, n.log.circle, n.log.commit(s, 1)) // nobody is there
	c := n.follow("a")
	n.hub.Committed(n.log.ws, n.log.circle, n.log.commit(s, 1))
	c.events(s, 3, 3)
	// Workspaces of others leave nothing behind.
	c.send(schema.Frame{Subscribe: &schema.Subscribe{Workspace: schema.NewWorkspaceID()}})
	if f := c.next(); f.Error == nil || f.Error.Code != schema.CodeNotFound {
		t.Fatalf("answered %+v", f)
	}
	until(t, "only one topic is left", func() bool { return len(n.hub.allTopics()) == 1 })
}

func TestAFullInboxIsCaughtUpFromTheStore(t *testing.T) {
	n := newNode(t, Limits{})
	s := schema.NewStreamID()
	c := n.follow("a")
	topic := n.hub.topic(n.log.ws)
	topic.mu.Lock()
	topic.inbox = make([]item, inboxItems) // as if nobody had worked it off
	for i := range topic.inbox {
		topic.inbox[i] = item{frame: &schema.Frame{Erased: &schema.PushErasure{}}}
	}
	topic.mu.Unlock()
	n.hub.Committed(n.log.ws, n.log.circle, n.log.commit(s, 2))
	c.events(s, 1, 2)
}

// A queue is bounded in frames and octets, and its end is the connection's.
func TestAttack_O4_QueuesAreBounded(t *testing.T) {
	for name, octets := range map[string]int{"frames": 1, "octets": queueOctets / 8} {
		n := newNode(t, Limits{})
		n.follow("a")
		var s *socket
		for slot := range slots {
			for _, found := range n.hub.socketsOf(slot) {
				s = found
			}
		}
		s.mu.Lock()
		s.writing = true // as if a write did not end
		s.mu.Unlock()
		sent := 0
		for s.following() != nil && sent < 10*queueFrames {
			s.mu.Lock()
			closed, frames, held := s.closed, s.frameN, s.octets
			s.mu.Unlock()
			if closed {
				break
			}
			if frames > queueFrames || held > queueOctets {
				t.Fatalf("%s: %d frames of %d octets wait", name, frames, held)
			}
			s.enqueue(outgoing{own: make([]byte, octets), octets: octets})
			sent++
		}
		if sent > queueFrames+1 {
			t.Fatalf("%s: %d frames were taken", name, sent)
		}
		if n.hub.Stats().Dropped.Load() != 1 {
			t.Fatalf("%s: %d counted", name, n.hub.Stats().Dropped.Load())
		}
	}
}

func TestPushesOfSeveralEventsAreBounded(t *testing.T) {
	n := newNode(t, Limits{})
	s := schema.NewStreamID()
	c := n.follow("a")
	events := n.log.commit(s, 20)
	for i := range events {
		events[i].Ciphertext = make([]byte, 50<<10)
	}
	n.hub.Committed(n.log.ws, n.log.circle, events)
	for seen := 0; seen < len(events); {
		f := c.next()
		octets := 0
		for _, e := range f.Events.Events {
			octets += len(e.Ciphertext)
		}
		if octets > pushOctets {
			t.Fatalf("one push has %d octets", octets)
		}
		seen += len(f.Events.Events)
	}
}

func FuzzFrame(f *testing.F) {
	for _, frame := range []schema.Frame{
		{Hello: &schema.Hello{Version: 1, Token: "token"}},
		{Subscribe: &schema.Subscribe{}},
		{Signal: &schema.SendSignal{Epoch: 1, Ciphertext: []byte("x")}},
		{Ping: &schema.Ping{Value: 1}},
		{Pong: &schema.Ping{Value: 1}},
		{},
	} {
		f.Add(schema.MustMarshal(frame))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := parseClientFrame(b)
		if err != nil {
			return
		}
		if frame.Welcome != nil || frame.Heads != nil || frame.Events != nil || frame.Roster != nil ||
			frame.Signals != nil || frame.Erased != nil || frame.Pong != nil || frame.Error != nil {
			t.Fatal("a frame of the server was taken from a client")
		}
		if !slices.Equal(schema.MustMarshal(frame), b) {
			t.Fatal("a frame has two encodings")
		}
	})
}

func FuzzBusMessage(f *testing.F) {
	w := schema.WorkspaceID{1}
	f.Add(schema.MustMarshal(schema.Frame{Roster: &schema.PushRoster{Workspace: w}}))
	f.Add(schema.MustMarshal(schema.Frame{Events: &schema.PushEvents{Workspace: w, Events: []schema.Event{{Seq: 1}}}}))
	f.Add(schema.MustMarshal(schema.Frame{Ping: &schema.Ping{}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		frame := new(schema.Frame)
		if schema.Unmarshal(b, frame) != nil || !fromNode(frame, w) {
			return
		}
		if frame.Events != nil && wellFormed(frame.Events) {
			for i := range frame.Events.Events {
				if frame.Events.Events[i].Stream != frame.Events.Events[0].Stream {
					t.Fatal("events of two streams in one push")
				}
			}
		}
	})
}
