package chat

import (
	"slices"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
)

// ApplyOlder puts a page in front of the window: all events with sequence
// numbers from floor to just below the current floor, ascending; those that the
// layer below refused are left out. The new floor is floor. A page that does not
// fit is refused with [schema.CodeBadRequest] and changes nothing.
//
// Its work is that of the page and of what the page decides. What names a target
// that is still below the window waits as it is, or a member who writes a great
// many of those would make each further page cost as much as all before it.
func (s *State) ApplyOlder(floor uint64, page []stream.Event) error {
	if err := s.fits(floor, page); err != nil {
		return err
	}
	s.floor = floor
	var slots []*record
	ops := map[schema.EventID][]*record{}
	claims := map[schema.EventID][]*record{}
	touched := map[schema.EventID]bool{}
	for _, ev := range page {
		r := read(ev)
		if prev := s.byID[r.id]; prev != nil {
			if prev.seq < r.seq { // an earlier event of this page
				r.view, r.op = nil, nil
				s.decide(r, stream.Refuse(stream.ReasonDuplicate))
				continue
			}
			s.demote(prev, touched)
		}
		s.byID[r.id] = r
		s.decide(r, r.outcome)
		touched[r.id] = true
		switch {
		case r.view != nil:
			slots = append(slots, r)
			if root, ok := r.claim(); ok {
				claims[root] = append(claims[root], r)
			}
		case r.op != nil:
			ops[r.op.target] = append(ops[r.op.target], r)
		}
	}
	s.slots = append(slots, s.slots...)
	for target, list := range ops {
		s.ops[target] = append(list, s.ops[target]...)
		if !touched[target] {
			// The target is not in this page: these wait, or come before it, and
			// either way nothing changes for those that were here.
			for _, op := range list {
				s.step(s.byID[target], op)
			}
		}
	}
	for root, list := range claims {
		t := s.thread(root)
		t.claims = append(list, t.claims...) // settling each of the list lets it join
	}
	if s.floor == 1 {
		// What is still not known does not exist.
		for id := range s.ops {
			touched[id] = true
		}
		for id := range s.threads {
			touched[id] = true
		}
	}
	// Each id is settled from the records alone, so their order does not matter.
	for id := range touched {
		s.settle(id)
	}
	return nil
}

func (s *State) fits(floor uint64, page []stream.Event) error {
	if floor == 0 || floor >= s.floor {
		return schema.Errorf(schema.CodeBadRequest, "page from %d does not lie below the window from %d", floor, s.floor)
	}
	at := floor
	for _, ev := range page {
		if ev.Meta.Seq < at || ev.Meta.Seq >= s.floor {
			return schema.Errorf(schema.CodeBadRequest, "event %d is out of place in the page from %d to %d", ev.Meta.Seq, floor, s.floor-1)
		}
		at = ev.Meta.Seq + 1
	}
	return nil
}

// demote makes an event void that was taken for the first with its id, until an
// older page showed an earlier one.
func (s *State) demote(r *record, touched map[schema.EventID]bool) {
	if r.view != nil {
		s.slots = remove(s.slots, r)
		delete(s.pins, r.id)
		if root, ok := r.claim(); ok {
			t := s.thread(root)
			t.claims = remove(t.claims, r)
		}
		r.view = nil
		s.count(r)
	}
	if r.op != nil {
		s.ops[r.op.target] = remove(s.ops[r.op.target], r)
		touched[r.op.target] = true
		r.op = nil
	}
	s.decide(r, stream.Refuse(stream.ReasonDuplicate))
}

// Floor is the lowest sequence number that the state covers.
func (s *State) Floor() uint64 { return s.floor }

// Head is the highest sequence number that was applied; one below the floor if none was.
func (s *State) Head() uint64 { return s.head }

// Complete reports whether the state covers the stream from its first event.
func (s *State) Complete() bool { return s.floor == 1 }

// Pending is the number of operations whose target lies below the window.
func (s *State) Pending() int { return s.pending }

// Quarantined lists the events that break a rule, ascending.
func (s *State) Quarantined() []stream.QuarantinedEvent {
	out := make([]stream.QuarantinedEvent, 0, len(s.quarantined))
	for _, r := range s.quarantined {
		out = append(out, stream.QuarantinedEvent{Seq: r.seq, ID: r.id, Author: r.author, Kind: r.kind, Reason: r.outcome.Reason})
	}
	slices.SortFunc(out, func(a, b stream.QuarantinedEvent) int {
		if a.Seq < b.Seq {
			return -1
		}
		return 1
	})
	return out
}
