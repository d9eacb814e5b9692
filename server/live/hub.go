package live

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/limit"
	"github.com/cenacle-team/cenacle/server/live/bus"
)

// Limits bound the connections of one node. Zero means the default.
type Limits struct {
	Sockets           int // of the node; default 50,000
	SocketsPerAddress int // default 2,000: a whole office behind one address
	SocketsPerUser    int // default 64
	// FramesPerSecond and SignalsPerSecond bound what one client sends; defaults
	// 50 and 20, with ten seconds' worth at once. All clients of an account together
	// send at most accountSignals times as many signals.
	FramesPerSecond, SignalsPerSecond float64
	// SubscribesPerSecond bounds the subscriptions of an account; default 20, with
	// 200 seconds' worth at once, for all of its clients that start together. Each
	// costs a reading of all heads.
	SubscribesPerSecond float64
}

// accountSignals is how many connections of one account may send signals at their
// full rate: each signal goes to everybody in the circle.
const accountSignals = 4

// manyAccounts is how many accounts the limits remember.
const manyAccounts = 64 << 10

func (l Limits) withDefaults() Limits {
	pick := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	pick(&l.Sockets, 50000)
	pick(&l.SocketsPerAddress, 2000)
	pick(&l.SocketsPerUser, 64)
	if l.FramesPerSecond <= 0 {
		l.FramesPerSecond = 50
	}
	if l.SignalsPerSecond <= 0 {
		l.SignalsPerSecond = 20
	}
	if l.SubscribesPerSecond <= 0 {
		l.SubscribesPerSecond = 20
	}
	return l
}

// Options configure [New].
type Options struct {
	Source Source
	// Bus opens the bus with the hub's callbacks.
	Bus    func(deliver func(subject string, data []byte), lost func()) (bus.Bus, error)
	Limits Limits
	Logger *slog.Logger
	// SessionEnded, when not nil, is told of every session that ends, on this
	// node or another. It must return quickly.
	SessionEnded func(SessionEnd)
}

// Stats are the hub's counters and gauges, for metrics.
type Stats struct {
	// Sockets is how many connections are open now.
	Sockets atomic.Int64
	// Pushes counts frames queued for connections, Dropped the connections that
	// were cut for being slow, Filled the pages read to close gaps, and Panics the
	// faults that ended a connection or a topic.
	Pushes, Dropped, Filled, Panics atomic.Uint64
}

// slots divide the connections for the keepalive: each tick sees one slot.
const slots = int(recheckEvery / time.Second)

// Hub holds the connections of one node. Make it with [New].
type Hub struct {
	source Source
	bus    bus.Bus
	limits Limits
	// signals and subscribes are per account.
	signals, subscribes *limit.Keyed

	log    *slog.Logger
	ended  func(SessionEnd)
	stats  Stats
	reads  chan struct{}
	missed [2]chan struct{} // one for each loop: messages of the bus were lost

	ctx    context.Context // ends when the hub closes
	cancel context.CancelFunc
	people sync.WaitGroup // the reading goroutines

	life    sync.RWMutex
	stopped bool           // no further work
	work    sync.WaitGroup // everything that run started

	mu        sync.Mutex
	closing   bool // no further connections
	topics    map[schema.WorkspaceID]*topic
	sockets   [slots]map[*socket]struct{}
	greeting  map[*socket]struct{}
	users     map[schema.UserID][]*socket
	addresses map[string]int
	count     int
	next      int // the slot of the next connection; slots are dealt out in turn
}

// New makes a hub and opens its bus. The caller closes it.
func New(o Options) (*Hub, error) {
	h := &Hub{
		source:    o.Source,
		limits:    o.Limits.withDefaults(),
		log:       o.Logger,
		ended:     o.SessionEnded,
		reads:     make(chan struct{}, concurrentReads),
		missed:    [2]chan struct{}{make(chan struct{}, 1), make(chan struct{}, 1)},
		topics:    make(map[schema.WorkspaceID]*topic),
		greeting:  make(map[*socket]struct{}),
		users:     make(map[schema.UserID][]*socket),
		addresses: make(map[string]int),
	}
	perAccount := func(perSecond, burst float64) *limit.Keyed {
		return limit.New(limit.Rate{PerSecond: perSecond, Burst: int(burst)}, manyAccounts, time.Now)
	}
	signals := accountSignals * h.limits.SignalsPerSecond
	h.signals = perAccount(signals, 10*signals)
	h.subscribes = perAccount(h.limits.SubscribesPerSecond, 200*h.limits.SubscribesPerSecond)
	h.ctx, h.cancel = context.WithCancel(context.Background())
	for i := range h.sockets {
		h.sockets[i] = make(map[*socket]struct{})
	}
	// The bus may deliver before Open returns; nothing here needs it then.
	b, err := o.Bus(h.deliver, h.lost)
	if err != nil {
		h.cancel()
		return nil, err
	}
	h.bus = b
	if _, err := b.Subscribe(subjectSessions); err != nil {
		b.Close()
		h.cancel()
		return nil, err
	}
	h.run(h.keepalive)
	h.run(h.recheck)
	return h, nil
}

// Stats returns the counters.
func (h *Hub) Stats() *Stats { return &h.stats }

// Ready reports whether the bus is connected.
func (h *Hub) Ready() bool { return h.bus.Ready() }

// run starts f on a goroutine that [Hub.Close] waits for; after Close it does nothing.
func (h *Hub) run(f func()) {
	h.life.RLock()
	defer h.life.RUnlock()
	if h.stopped {
		return
	}
	h.work.Add(1)
	go func() {
		defer h.work.Done()
		f()
	}()
}

// caught is deferred where a fault may concern one connection or one topic: it
// must not end the node. It logs the fault, but not its value, which may hold what
// a client sent, and calls after.
func (h *Hub) caught(what string, after func()) {
	if p := recover(); p != nil {
		h.stats.Panics.Add(1)
		text := fmt.Sprintf("%T", p)
		if e, ok := p.(runtime.Error); ok {
			text = e.Error()
		}
		h.log.Error("panic in the hub", "where", what, "panic", text, "stack", string(debug.Stack()))
		after()
	}
}

// acquire waits for the right to read from the source.
func (h *Hub) acquire() (release func(), err error) {
	select {
	case h.reads <- struct{}{}:
		return func() { <-h.reads }, nil
	case <-h.ctx.Done():
		return nil, schema.Errorf(schema.CodeUnavailable, "the server is stopping")
	}
}

// Place is the right to open one connection; see [Hub.Admit].
type Place struct {
	hub     *Hub
	address string
}

// Admit reserves a place for a connection from an address (any key that tells
// addresses apart), or answers CodeRateLimited when there are too many and
// CodeUnavailable while the hub closes. The caller must end the reservation with
// Serve or Release.
func (h *Hub) Admit(address string) (*Place, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.closing:
		return nil, schema.Errorf(schema.CodeUnavailable, "the server is stopping")
	case h.count >= h.limits.Sockets, h.addresses[address] >= h.limits.SocketsPerAddress:
		return nil, &schema.Error{Code: schema.CodeRateLimited, Detail: "too many connections", RetryAfter: 10 * time.Second}
	}
	h.count++
	h.addresses[address]++
	return &Place{hub: h, address: address}, nil
}

// Release gives the place back.
func (p *Place) Release() {
	h := p.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	h.count--
	if h.addresses[p.address]--; h.addresses[p.address] == 0 {
		delete(h.addresses, p.address)
	}
}

// Serve takes over an upgraded connection and returns at once.
func (p *Place) Serve(conn *websocket.Conn) {
	h := p.hub
	s := &socket{
		hub:     h,
		conn:    conn,
		place:   p,
		opened:  time.Now(),
		frames:  *rate.NewLimiter(rate.Limit(h.limits.FramesPerSecond), int(10*h.limits.FramesPerSecond)),
		signals: *rate.NewLimiter(rate.Limit(h.limits.SignalsPerSecond), int(10*h.limits.SignalsPerSecond)),
	}
	s.heard.Store(s.opened.Unix())
	h.mu.Lock()
	if h.closing {
		h.mu.Unlock()
		p.Release()
		// The client sees the end of the connection and comes back.
		_ = conn.Close()
		return
	}
	h.people.Add(1)
	s.slot = h.next
	h.next = (h.next + 1) % slots
	h.sockets[s.slot][s] = struct{}{}
	h.greeting[s] = struct{}{}
	h.mu.Unlock()
	h.stats.Sockets.Add(1)
	s.serve()
}

// enter registers a socket that said Hello under its user. It reports false when
// the user has too many.
func (h *Hub) enter(s *socket, who Who) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.greeting, s)
	if len(h.users[who.User]) >= h.limits.SocketsPerUser {
		return false
	}
	h.users[who.User] = append(h.users[who.User], s)
	s.mu.Lock()
	s.who, s.greeted = who, true
	s.mu.Unlock()
	return true
}

// remove takes a closed socket out of the hub and of its topics.
func (h *Hub) remove(s *socket) {
	h.mu.Lock()
	delete(h.sockets[s.slot], s)
	delete(h.greeting, s)
	if who, greeted := s.identity(); greeted {
		rest := slices.DeleteFunc(h.users[who.User], func(o *socket) bool { return o == s })
		if len(rest) == 0 {
			delete(h.users, who.User)
		} else {
			h.users[who.User] = rest
		}
	}
	h.mu.Unlock()
	s.place.Release()
	h.stats.Sockets.Add(-1)
	for _, t := range s.following() {
		t.post(item{leave: s})
	}
}

// topic returns the topic of a workspace that has followers on this node, or nil.
func (h *Hub) topic(w schema.WorkspaceID) *topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.topics[w]
}

// subscribe makes a socket join the topic of a workspace, which comes into being
// with its first follower.
func (h *Hub) subscribe(s *socket, w schema.WorkspaceID) {
	for {
		h.mu.Lock()
		t := h.topics[w]
		if t == nil {
			t = newTopic(h, w)
			h.topics[w] = t
		}
		h.mu.Unlock()
		if t.post(item{join: s}) {
			return
		}
		h.forget(t)
	}
}

func (h *Hub) forget(t *topic) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.topics[t.workspace] == t {
		delete(h.topics, t.workspace)
	}
}

func (h *Hub) allTopics() []*topic {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*topic, 0, len(h.topics))
	for _, t := range h.topics {
		all = append(all, t)
	}
	return all
}

func (h *Hub) socketsOf(slot int) []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*socket, 0, len(h.sockets[slot]))
	for s := range h.sockets[slot] {
		all = append(all, s)
	}
	return all
}

// Close tells all clients that the server stops, waits until they are gone or
// the context ends, and closes the bus.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	again := h.closing
	h.closing = true
	h.mu.Unlock()
	if again {
		return nil
	}
	for i := range slots {
		for _, s := range h.socketsOf(i) {
			s.close(websocket.CloseGoingAway, "the server is stopping")
		}
	}
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		h.people.Wait()
		h.cancel()
		h.life.Lock()
		h.stopped = true
		h.life.Unlock()
		h.work.Wait()
		h.bus.Close()
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		h.cancel()
		return errors.New("close the hub: connections did not end in time")
	}
}
