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
	panics  bool
	reads   int // of members
	looks   int // at heads
}

func (l *fakeLog) Authenticate(_ context.Context, token string) (Who, error) {
	var w Who
	if len(token) != 1 {
		return w, schema.Errorf(schema.CodeUnauthenticated, "")
	}
	l.set(l.mayPanic)
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
	l.mayPanic()
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

func (l *fakeLog) mayPanic() {
	if l.panics {
		panic("a fault")
	}
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
