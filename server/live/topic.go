package live

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/schema"
)

// item is one thing for a topic to do; exactly one of join, leave and frame is set.
type item struct {
	join  *socket
	leave *socket
	// frame holds Events, Roster, Erased or Signals, as the other nodes send it.
	frame *schema.Frame
	from  *socket // the sender of a signal on this node
	// octets is what a frame holds in memory, roughly.
	octets int
}

// cursor is how far a stream has been pushed.
type cursor struct {
	circle schema.CircleID
	seq    uint64
}

// topic is what this node knows of a workspace that its clients follow. Its
// inbox is worked off by one goroutine at a time; the fields below mu's group
// belong to that goroutine.
type topic struct {
	hub       *Hub
	workspace schema.WorkspaceID

	mu      sync.Mutex
	inbox   []item
	octets  int
	running bool
	behind  bool // a comparison with the store is due
	dead    bool // taken out of the hub

	unsubscribe func() // from the bus; nil until the first join succeeds
	members     *Members
	sockets     map[*socket]struct{}
	audiences   map[schema.CircleID][]*socket
	streams     map[schema.StreamID]*cursor
}

func newTopic(h *Hub, w schema.WorkspaceID) *topic {
	return &topic{hub: h, workspace: w, sockets: make(map[*socket]struct{})}
}

// post adds an item to the inbox and never waits. It reports false when the
// topic has been taken out of the hub.
func (t *topic) post(it item) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dead {
		return false
	}
	if it.frame != nil && (len(t.inbox) >= inboxItems || t.octets+it.octets > inboxOctets) {
		t.behind = true
	} else {
		t.inbox = append(t.inbox, it)
		t.octets += it.octets
	}
	t.start()
	return true
}

// compare makes the topic compare itself with the store soon.
func (t *topic) compare() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.dead {
		t.behind = true
		t.start()
	}
}

// start makes the goroutine run; the caller holds mu.
func (t *topic) start() {
	if !t.running {
		t.running = true
		t.hub.run(t.work)
	}
}

// work handles the inbox until it is empty.
func (t *topic) work() {
	defer t.hub.caught("topic", t.fail)
	for {
		t.mu.Lock()
		items, behind := t.inbox, t.behind
		if len(items) == 0 && !behind {
			t.running = false
			if len(t.sockets) == 0 {
				t.dead = true
			}
			dead := t.dead
			t.mu.Unlock()
			if dead {
				t.hub.forget(t)
				if t.unsubscribe != nil {
					t.unsubscribe()
				}
			}
			return
		}
		t.inbox, t.octets, t.behind = nil, 0, false
		t.mu.Unlock()
		t.handle(items)
		if behind {
			t.check()
		}
	}
}

// fail gives the topic up after a fault: its followers are cut, come back, and find
// another one. Their leaving finds nobody.
func (t *topic) fail() {
	t.mu.Lock()
	left := t.inbox
	t.dead, t.inbox = true, nil
	t.mu.Unlock()
	t.hub.forget(t)
	if t.unsubscribe != nil {
		t.unsubscribe()
	}
	for s := range t.sockets {
		s.close(websocket.CloseInternalServerErr, "")
	}
	for _, it := range left {
		if it.join != nil {
			it.join.close(websocket.CloseInternalServerErr, "")
		}
	}
}

// handle works off items in order. Neighbours that can share their work do:
// joins share the reading of heads, and events of one stream become one push.
func (t *topic) handle(items []item) {
	for len(items) > 0 {
		it := items[0]
		n := 1
		switch {
		case it.join != nil:
			for n < len(items) && items[n].join != nil {
				n++
			}
			t.join(items[:n])
		case it.leave != nil:
			for n < len(items) && items[n].leave != nil {
				n++
			}
			t.leave(items[:n])
		case it.frame.Events != nil:
			run := *it.frame.Events
			octets := it.octets
			for n < len(items) && octets < pushOctets && continues(&run, items[n].frame) {
				octets += items[n].octets
				run.Events = append(slices.Clip(run.Events), items[n].frame.Events.Events...)
				n++
			}
			t.events(&run)
		case it.frame.Roster != nil:
			t.roster(it.frame.Roster.Head)
		case it.frame.Erased != nil:
			t.erased(it.frame.Erased)
		case it.frame.Signals != nil:
			t.signal(it.frame.Signals, it.from)
		}
		items = items[n:]
	}
}

// continues reports whether f holds the events that follow p without a gap.
func continues(p *schema.PushEvents, f *schema.Frame) bool {
	if f == nil || f.Events == nil || len(f.Events.Events) == 0 || len(p.Events) == 0 {
		return false
	}
	last, next := &p.Events[len(p.Events)-1], &f.Events.Events[0]
	return f.Events.Circle == p.Circle && next.Stream == last.Stream && next.Seq == last.Seq+1
}

// read gives f a context in which to read the source. Few topics read at once,
// so that a reconnection of the bus is no storm for the database.
func (t *topic) read(f func(ctx context.Context) error) error {
	release, err := t.hub.acquire()
	if err != nil {
		return err
	}
	defer release()
	ctx, cancel := context.WithTimeout(t.hub.ctx, readTime)
	defer cancel()
	return f(ctx)
}

// join subscribes sockets and tells them the heads. A socket is in the
// audiences before the heads are read, and its pushes come after them, because
// only this goroutine sends either.
func (t *topic) join(items []item) {
	heads, err := t.open()
	for _, it := range items {
		s := it.join
		who, greeted := s.identity()
		if !greeted {
			continue
		}
		if err != nil {
			t.refuse(s, schema.CodeOf(err))
			continue
		}
		circles, member := t.members.Circles[who.User]
		if !member {
			t.refuse(s, schema.CodeNotFound)
			continue
		}
		if _, again := t.sockets[s]; !again {
			if !s.follow(t) {
				continue
			}
			t.sockets[s] = struct{}{}
			t.listen(s, circles)
		}
		answer := schema.WorkspaceHeads{Roster: t.members.Head}
		for _, info := range heads {
			if slices.Contains(circles, info.Circle) {
				answer.Streams = append(answer.Streams, info)
			}
		}
		s.sendFrame(&schema.Frame{Heads: &schema.Subscribed{Workspace: t.workspace, Heads: answer}})
	}
}

// refuse answers a Subscribe that failed, or says that it ended; the detail is
// the workspace's id.
func (t *topic) refuse(s *socket, code schema.Code) {
	s.sendError(schema.WireError{Code: code, Detail: t.workspace.String()})
}

// open brings the membership up to date and returns all heads, of which the
// first ones become the cursors.
func (t *topic) open() ([]schema.StreamInfo, error) {
	if t.unsubscribe == nil {
		// Before the first reading, so that nothing falls between.
		stop, err := t.hub.bus.Subscribe(subjectOf(t.workspace))
		if err != nil {
			return nil, &schema.Error{Code: schema.CodeUnavailable, Detail: "the bus", Cause: err}
		}
		t.unsubscribe = stop
	}
	if err := t.refresh(); err != nil {
		return nil, err
	}
	heads, err := t.heads()
	if err != nil {
		return nil, err
	}
	if t.streams == nil {
		t.streams = make(map[schema.StreamID]*cursor, len(heads))
		for _, info := range heads {
			t.streams[info.Head.Stream] = &cursor{circle: info.Circle, seq: info.Head.Seq}
		}
	}
	return heads, nil
}

func (t *topic) heads() (heads []schema.StreamInfo, err error) {
	circles := slices.SortedFunc(maps.Keys(t.members.Epochs), func(a, b schema.CircleID) int {
		return slices.Compare(a[:], b[:])
	})
	err = t.read(func(ctx context.Context) error {
		heads, err = t.hub.source.Heads(ctx, t.workspace, circles)
		return err
	})
	return heads, err
}

// refresh reads the membership and, if it changed, moves every socket to the
// audiences where it belongs now. Sockets whose user left are unsubscribed.
func (t *topic) refresh() error {
	var members *Members
	err := t.read(func(ctx context.Context) (err error) {
		members, err = t.hub.source.Members(ctx, t.workspace)
		return err
	})
	if err != nil {
		return err
	}
	if t.members != nil && t.members.Head == members.Head {
		return nil
	}
	t.members = members
	t.audiences = make(map[schema.CircleID][]*socket, len(members.Epochs))
	for s := range t.sockets {
		who, _ := s.identity()
		circles, member := members.Circles[who.User]
		if !member {
			delete(t.sockets, s)
			s.unfollow(t)
			t.refuse(s, schema.CodeNotFound)
			continue
		}
		t.listen(s, circles)
	}
	return nil
}

func (t *topic) listen(s *socket, circles []schema.CircleID) {
	for _, c := range circles {
		t.audiences[c] = append(t.audiences[c], s)
	}
}

func (t *topic) leave(items []item) {
	for _, it := range items {
		delete(t.sockets, it.leave)
	}
	for c, audience := range t.audiences {
		t.audiences[c] = slices.DeleteFunc(audience, func(s *socket) bool {
			_, in := t.sockets[s]
			return !in
		})
	}
}
