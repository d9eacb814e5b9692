package live

import (
	"context"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
)

// events pushes what was committed, after filling the gap before it. Events that
// were pushed already are left out.
func (t *topic) events(p *schema.PushEvents) {
	if t.streams == nil || !wellFormed(p) {
		return
	}
	stream := p.Events[0].Stream
	at := t.streams[stream]
	if at == nil {
		at = &cursor{circle: p.Circle}
		t.streams[stream] = at
	}
	if at.circle != p.Circle {
		return
	}
	if p.Events[0].Seq > at.seq+1 {
		t.fill(stream, at, p.Events[0].Seq-1)
	}
	t.advance(at, p.Events)
}

// wellFormed reports whether the events are of one stream and follow one
// another: a message of the bus is not taken on trust.
func wellFormed(p *schema.PushEvents) bool {
	if len(p.Events) == 0 {
		return false
	}
	for i := range p.Events {
		e, first := &p.Events[i], &p.Events[0]
		if e.Stream != first.Stream || e.Seq != first.Seq+uint64(i) {
			return false
		}
	}
	return true
}

// fill pushes the events after the cursor up to a position from the store. What
// fails is tried again by the next event or the next check.
func (t *topic) fill(stream schema.StreamID, at *cursor, upTo uint64) {
	for at.seq < upTo {
		var events []schema.Event
		err := t.read(func(ctx context.Context) (err error) {
			events, err = t.hub.source.EventsAfter(ctx, t.workspace, stream, at.seq)
			return err
		})
		if err != nil {
			t.hub.log.Warn("fill a gap", "workspace", t.workspace, "stream", stream, "error", err)
			return
		}
		before := at.seq
		t.advance(at, events)
		if at.seq == before {
			return
		}
		t.hub.stats.Filled.Add(1)
	}
}

// advance pushes the events that directly follow the cursor, in pushes of
// bounded size. An event of an epoch that is not known yet waits for the roster:
// whoever left before that epoch must not be sent it.
func (t *topic) advance(at *cursor, events []schema.Event) {
	for len(events) > 0 && events[0].Seq <= at.seq {
		events = events[1:]
	}
	for len(events) > 0 && events[0].Seq == at.seq+1 {
		n, octets := 0, 0
		for n < len(events) && (n == 0 || octets+len(events[n].Ciphertext) <= pushOctets) {
			if events[n].Epoch > t.members.Epochs[at.circle] {
				if n > 0 {
					break
				}
				if err := t.catchUp(); err != nil || events[n].Epoch > t.members.Epochs[at.circle] {
					return
				}
			}
			octets += len(events[n].Ciphertext)
			n++
		}
		f := &schema.Frame{Events: &schema.PushEvents{Workspace: t.workspace, Circle: at.circle, Events: events[:n]}}
		if !t.multicast(t.audiences[at.circle], nil, f) {
			return
		}
		at.seq = events[n-1].Seq
		events = events[n:]
	}
}

// catchUp brings the roster up to date and tells everybody who is still there.
func (t *topic) catchUp() error {
	before := t.members.Head
	if err := t.refresh(); err != nil {
		t.hub.log.Warn("refresh the members", "workspace", t.workspace, "error", err)
		return err
	}
	if t.members.Head != before {
		f := &schema.Frame{Roster: &schema.PushRoster{Workspace: t.workspace, Head: t.members.Head}}
		all := make([]*socket, 0, len(t.sockets))
		for s := range t.sockets {
			all = append(all, s)
		}
		t.multicast(all, nil, f)
	}
	return nil
}

// roster handles the news that the roster has grown.
func (t *topic) roster(head schema.RosterHead) {
	if t.members == nil || head.Seq <= t.members.Head.Seq {
		return
	}
	// What fails is tried again by the next check.
	_ = t.catchUp()
}

func (t *topic) erased(p *schema.PushErasure) {
	at := t.streams[p.Stream]
	if at == nil || p.Seq > at.seq {
		return
	}
	t.multicast(t.audiences[at.circle], nil, &schema.Frame{Erased: p})
}

// signal passes an ephemeral signal on. One from a client of this node goes to
// the other nodes too; one of another than the current epoch goes nowhere.
func (t *topic) signal(p *schema.PushSignal, from *socket) {
	if t.members == nil {
		return
	}
	if p.Epoch > t.members.Epochs[p.Circle] {
		if err := t.catchUp(); err != nil {
			return
		}
	}
	if from != nil && !t.maySignal(p, from) {
		return
	}
	if p.Epoch != t.members.Epochs[p.Circle] || p.Epoch == 0 {
		return
	}
	f := &schema.Frame{Signals: p}
	if from != nil {
		t.hub.publish(t.workspace, f)
	}
	t.multicast(t.audiences[p.Circle], from, f)
}

// maySignal answers a client that may not send this signal.
func (t *topic) maySignal(p *schema.PushSignal, from *socket) bool {
	refuse := func(code schema.Code) bool {
		from.sendError(schema.WireError{Code: code, Detail: p.Circle.String()})
		return false
	}
	_, joined := t.sockets[from]
	switch {
	case !joined || !slices.Contains(t.members.Circles[p.Author], p.Circle):
		return refuse(schema.CodeNotFound)
	case p.Epoch != t.members.Epochs[p.Circle]:
		return refuse(schema.CodeEpochStale)
	}
	return true
}

// multicast encodes a frame once and queues it for everybody but one. It
// reports false when the frame cannot be encoded.
func (t *topic) multicast(to []*socket, except *socket, f *schema.Frame) bool {
	if len(to) == 0 {
		return true
	}
	p, err := newPush(f)
	if err != nil {
		t.hub.log.Error("encode a push", "workspace", t.workspace, "error", err)
		return false
	}
	for _, s := range to {
		if s != except {
			s.send(p)
		}
	}
	t.hub.stats.Pushes.Add(uint64(len(to)))
	return true
}

// check compares the topic with the store and pushes what it has missed.
func (t *topic) check() {
	if t.streams == nil {
		return
	}
	if err := t.catchUp(); err != nil {
		return
	}
	heads, err := t.heads()
	if err != nil {
		t.hub.log.Warn("compare with the store", "workspace", t.workspace, "error", err)
		return
	}
	for _, info := range heads {
		at := t.streams[info.Head.Stream]
		if at == nil {
			at = &cursor{circle: info.Circle}
			t.streams[info.Head.Stream] = at
		}
		if at.seq > info.Head.Seq || at.circle != info.Circle {
			// Nothing real is above the store's head.
			*at = cursor{circle: info.Circle, seq: info.Head.Seq}
		}
		t.fill(info.Head.Stream, at, info.Head.Seq)
	}
}
