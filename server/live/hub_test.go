package live

import (
	"errors"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/live/bus"
)

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
		until(t, "what was sent so far is written", func() bool {
			s.mu.Lock()
			defer s.mu.Unlock()
			idle := !s.writing
			s.writing = true // as if a write did not end
			return idle
		})
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
