// Package chat reduces the events of a chat stream to its messages, threads,
// reactions and pins. See package stream for what is expected of a reducer.
//
// A state covers a window of the stream: from its floor to its head. A long
// stream is opened on its newest page ([NewWindow]); operations on messages below the
// floor are then pending, and are decided when older pages are put in front
// ([State.ApplyOlder]). A state that reached sequence number 1 equals the state
// of a full replay, in whatever pages it was put together.
//
// What happens to a message is a fold over the operations that name it, in the
// order of their sequence numbers: the later one wins, clocks decide nothing.
package chat

import (
	"cmp"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
)

// State is the state of one chat stream. It must not be used by several
// goroutines at once; the messages that it hands out may be.
type State struct {
	floor, head uint64
	// byID holds the first event of each id, whatever became of it.
	byID map[schema.EventID]*record
	// slots are the messages and the erased events, ascending.
	slots []*record
	// ops are the operations by target, ascending, whether the target is known or not.
	ops map[schema.EventID][]*record
	// threads are the messages by the root that they claim, whether it is one or not.
	threads     map[schema.EventID]*thread
	pins        map[schema.EventID]*record
	quarantined map[uint64]*record
	pending     int
}

// record is one event: a message or an erased event (view is set), an operation
// (op is set), or neither when it is quarantined for its own sake.
type record struct {
	seq         uint64
	id          schema.EventID
	author      schema.UserID
	at, arrived int64
	role        schema.Role
	kind        schema.EventKind
	outcome     stream.Outcome
	message     *MessageBody // nil in an erased event
	view        *Message
	op          *operation
	counted     bool // among the replies of its thread
}

// operation is the body of an event that acts upon a message.
type operation struct {
	target   schema.EventID
	text     string
	mentions []schema.UserID
	emoji    string
}

// thread holds the messages that claim one root, ascending.
type thread struct {
	claims []*record
	count  int // of claims that hold and are not gone
}

// New is the state of a stream before its first event.
func New() *State { return NewWindow(1) }

// NewWindow is the state of a stream whose events below floor are not loaded.
// A floor of 0 is taken for 1.
func NewWindow(floor uint64) *State {
	return &State{
		floor: max(floor, 1), head: max(floor, 1) - 1,
		byID:        map[schema.EventID]*record{},
		ops:         map[schema.EventID][]*record{},
		threads:     map[schema.EventID]*thread{},
		pins:        map[schema.EventID]*record{},
		quarantined: map[uint64]*record{},
	}
}

// Apply adds the next event. Sequence numbers ascend; they may skip events that
// the layer below refused. An event at or below the head changes nothing.
func (s *State) Apply(ev stream.Meta, kind schema.EventKind, body []byte) stream.Outcome {
	return s.append(stream.Event{Meta: ev, Kind: kind, Body: body})
}

// ApplyErased adds the next event, of which the ciphertext is gone. If a
// deletion of it follows, it is a deleted message; otherwise the server erased
// it without right.
func (s *State) ApplyErased(ev stream.Meta) stream.Outcome {
	return s.append(stream.Event{Meta: ev, Erased: true})
}

func (s *State) append(ev stream.Event) stream.Outcome {
	if ev.Meta.Seq <= s.head {
		return stream.Ignore(stream.ReasonOutOfOrder)
	}
	s.head = ev.Meta.Seq
	r := read(ev)
	if s.byID[r.id] != nil {
		r.view, r.op = nil, nil
		s.decide(r, stream.Refuse(stream.ReasonDuplicate))
		return r.outcome
	}
	s.byID[r.id] = r
	s.decide(r, r.outcome)
	switch {
	case r.view != nil:
		s.slots = append(s.slots, r)
		if root, ok := r.claim(); ok {
			t := s.thread(root)
			t.claims = append(t.claims, r)
			s.join(r)
		}
	case r.op != nil:
		s.ops[r.op.target] = append(s.ops[r.op.target], r)
		s.step(s.byID[r.op.target], r)
	}
	if s.ops[r.id] != nil || s.threads[r.id] != nil {
		// Whoever named this id before it existed named nothing.
		s.settle(r.id)
	}
	return r.outcome
}

// read decodes an event and judges what can be judged by itself.
func read(ev stream.Event) *record {
	m := ev.Meta
	r := &record{
		seq: m.Seq, id: m.ID, author: m.Author, at: m.At, arrived: m.Arrived, role: m.Role,
		kind: ev.Kind, outcome: stream.OK,
	}
	if ev.Erased {
		r.kind = 0
		r.view = first(r)
		return r
	}
	message, op, reason := decode(ev.Kind, ev.Body)
	if reason == 0 && !m.Role.Valid() {
		reason = stream.ReasonForbidden
	}
	if reason != 0 {
		r.outcome = stream.Refuse(reason)
		return r
	}
	r.message, r.op = message, op
	if message != nil {
		r.view = first(r)
	}
	return r
}

// decode reads a body of any kind: a message, an operation, or a reason.
func decode(kind schema.EventKind, body []byte) (*MessageBody, *operation, stream.Reason) {
	switch kind {
	case schema.KindMessage:
		var b MessageBody
		reason := stream.Decode(body, &b)
		return &b, nil, reason
	case schema.KindEdit:
		var b EditBody
		reason := stream.Decode(body, &b)
		return nil, &operation{target: b.Target, text: b.Text, mentions: b.Mentions}, reason
	case schema.KindDelete:
		var b DeleteBody
		reason := stream.Decode(body, &b)
		return nil, &operation{target: b.Target}, reason
	case schema.KindReact:
		var b ReactBody
		reason := stream.Decode(body, &b)
		return nil, &operation{target: b.Target, emoji: b.Emoji}, reason
	case schema.KindUnreact:
		var b UnreactBody
		reason := stream.Decode(body, &b)
		return nil, &operation{target: b.Target, emoji: b.Emoji}, reason
	case schema.KindPin:
		var b PinBody
		reason := stream.Decode(body, &b)
		return nil, &operation{target: b.Target}, reason
	case schema.KindUnpin:
		var b UnpinBody
		reason := stream.Decode(body, &b)
		return nil, &operation{target: b.Target}, reason
	}
	return nil, nil, stream.Foreign(kind, 200)
}

// step applies an operation to its target, which is nil if it is not known.
func (s *State) step(target, op *record) {
	switch {
	case target == nil && s.floor > 1:
		s.decide(op, stream.Outcome{Status: stream.Pending, Reason: stream.ReasonBelowWindow})
	case target == nil || target.seq >= op.seq:
		s.decide(op, stream.Refuse(stream.ReasonUnknownTarget))
	case target.view == nil:
		s.decide(op, stream.Refuse(stream.ReasonWrongTarget))
	default:
		view, outcome := act(target.view, op)
		s.show(target, view)
		s.decide(op, outcome)
	}
}

// settle decides afresh everything that names the id: the fold over its
// operations, and the messages that claim it as their root.
func (s *State) settle(id schema.EventID) {
	target := s.byID[id]
	if target != nil && target.view != nil {
		s.show(target, first(target))
		s.join(target)
	}
	for _, op := range s.ops[id] {
		s.step(target, op)
	}
	if t := s.threads[id]; t != nil {
		for _, r := range t.claims {
			s.join(r)
		}
	}
}

// claim is the root that a message claims.
func (r *record) claim() (schema.EventID, bool) {
	if r.message == nil || r.message.Thread == nil {
		return schema.EventID{}, false
	}
	return *r.message.Thread, true
}

func (s *State) thread(root schema.EventID) *thread {
	t := s.threads[root]
	if t == nil {
		t = &thread{}
		s.threads[root] = t
	}
	return t
}

// join decides whether a message is in the thread that it claims: the root is an
// earlier message or erased event, or lies below the window.
func (s *State) join(r *record) {
	root, ok := r.claim()
	if !ok {
		return
	}
	target := s.byID[root]
	holds := target == nil && s.floor > 1 || target != nil && target.view != nil && target.seq < r.seq
	if !r.view.Gone() && holds != (r.view.Thread != nil) {
		next := *r.view
		next.Thread = nil
		if holds {
			next.Thread = r.message.Thread
		}
		r.view = &next
	}
	s.count(r)
}

// count keeps the number of replies of the thread that r claims.
func (s *State) count(r *record) {
	root, ok := r.claim()
	if in := r.view != nil && r.view.Thread != nil; ok && in != r.counted {
		r.counted = in
		if in {
			s.threads[root].count++
		} else {
			s.threads[root].count--
		}
	}
}

// show replaces what a message looks like.
func (s *State) show(r *record, view *Message) {
	r.view = view
	if view.Pin != nil {
		s.pins[r.id] = r
	} else {
		delete(s.pins, r.id)
	}
	s.count(r)
}

// decide notes what became of an event.
func (s *State) decide(r *record, o stream.Outcome) {
	if r.outcome.Status == stream.Pending {
		s.pending--
	}
	r.outcome = o
	if o.Status == stream.Pending {
		s.pending++
	}
	if o.Status == stream.Quarantined {
		s.quarantined[r.seq] = r
	} else {
		delete(s.quarantined, r.seq)
	}
}

func bySeq(r *record, seq uint64) int { return cmp.Compare(r.seq, seq) }

// remove takes a record out of an ascending list.
func remove(list []*record, r *record) []*record {
	if i, found := slices.BinarySearchFunc(list, r.seq, bySeq); found {
		return slices.Delete(list, i, i+1)
	}
	return list
}
