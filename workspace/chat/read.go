package chat

import (
	"cmp"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
)

// Message returns the message, or erased event, with the id.
func (s *State) Message(id schema.EventID) (*Message, bool) {
	r := s.byID[id]
	if r == nil || r.view == nil {
		return nil, false
	}
	return r.view, true
}

// Messages returns up to limit messages with sequence numbers of at least from,
// ascending. Replies in threads, deleted and erased ones are among them.
func (s *State) Messages(from uint64, limit int) []*Message {
	i := s.position(from)
	return views(s.slots[i : i+min(max(limit, 0), len(s.slots)-i)])
}

// Before returns the last limit messages with sequence numbers below seq,
// ascending.
func (s *State) Before(seq uint64, limit int) []*Message {
	i := s.position(seq)
	return views(s.slots[i-min(max(limit, 0), i) : i])
}

// Latest returns the last limit messages, ascending.
func (s *State) Latest(limit int) []*Message {
	n := len(s.slots)
	return views(s.slots[n-min(max(limit, 0), n):])
}

// Len is the number of messages and erased events in the window.
func (s *State) Len() int { return len(s.slots) }

func (s *State) position(seq uint64) int {
	i, _ := slices.BinarySearchFunc(s.slots, seq, bySeq)
	return i
}

func views(records []*record) []*Message {
	out := make([]*Message, len(records))
	for i, r := range records {
		out[i] = r.view
	}
	return out
}

// Thread sums up a thread, as far as it lies in the window.
type Thread struct {
	Root    schema.EventID
	Replies int
	Last    *Message // the newest reply; nil if there is none
}

// Thread returns the summary of the thread under a root.
func (s *State) Thread(root schema.EventID) (Thread, bool) {
	t := s.threads[root]
	if t == nil || t.count == 0 {
		return Thread{Root: root}, false
	}
	out := Thread{Root: root, Replies: t.count}
	for i := len(t.claims) - 1; i >= 0 && out.Last == nil; i-- {
		if t.claims[i].counted {
			out.Last = t.claims[i].view
		}
	}
	return out, true
}

// Replies returns up to limit replies of a thread with sequence numbers of at
// least from, ascending. Deleted ones are not among them.
func (s *State) Replies(root schema.EventID, from uint64, limit int) []*Message {
	t := s.threads[root]
	if t == nil {
		return nil
	}
	i, _ := slices.BinarySearchFunc(t.claims, from, bySeq)
	var out []*Message
	for ; i < len(t.claims) && len(out) < limit; i++ {
		if t.claims[i].counted {
			out = append(out, t.claims[i].view)
		}
	}
	return out
}

// Pins returns the pinned messages in the order in which they were pinned.
func (s *State) Pins() []*Message {
	out := make([]*Message, 0, len(s.pins))
	for _, r := range s.pins {
		out = append(out, r.view)
	}
	slices.SortFunc(out, func(a, b *Message) int { return cmp.Compare(a.Pin.Seq, b.Pin.Seq) })
	return out
}

// Counts are what a user has not read.
type Counts struct {
	// Unread counts other people's messages above the marker that are not gone.
	Unread int
	// Mentions counts those of them that notify the user.
	Mentions int
	// Partial tells that the marker lies below the window: there may be more.
	Partial bool
}

// Counts counts what lies above the read marker of a user. It takes time
// proportional to what is unread.
func (s *State) Counts(me schema.UserID, marker uint64) Counts {
	c := Counts{Partial: marker < s.floor-1}
	if marker == ^uint64(0) {
		return c
	}
	for _, r := range s.slots[s.position(marker+1):] {
		if v := r.view; v.Author != me && !v.Gone() {
			c.Unread++
			if v.MentionsUser(me) {
				c.Mentions++
			}
		}
	}
	return c
}
