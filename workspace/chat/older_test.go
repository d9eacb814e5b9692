package chat

import (
	"fmt"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
)

// A page in front of the window decides what it can, and does not go again
// through what waits for a message further below: otherwise one member with a
// great many replies or reactions makes scrolling cost the square of them.
func TestAttack_O4_OlderPagesLeaveAloneWhatWaits(t *testing.T) {
	h := &history{state: New()}
	root := event("root")
	add := func(id string, kind schema.EventKind, body any) {
		h.events = append(h.events, stream.Event{Meta: h.meta(id, "alice"), Kind: kind, Body: schema.MustMarshal(body)})
	}
	add("root", schema.KindMessage, MessageBody{Text: "root"})
	for i := range 40 {
		add(fmt.Sprint("reply", i), schema.KindMessage, MessageBody{Text: "reply", Thread: &root})
		add(fmt.Sprint("react", i), schema.KindReact, ReactBody{Target: root, Emoji: "👍"})
	}
	page := func(from, to int) []stream.Event { return h.events[from-1 : to] }

	s := NewWindow(61)
	for _, ev := range page(61, 81) {
		s.Apply(ev.Meta, ev.Kind, ev.Body)
	}
	// Marks that deciding again would remove.
	waiting, reply := s.ops[root][0], s.threads[root].claims[0]
	if waiting.outcome.Status != stream.Pending || reply.view.Thread == nil {
		t.Fatal("nothing waits for the root")
	}
	marked := stream.Outcome{Status: stream.Pending, Reason: 200}
	plain := *reply.view
	plain.Thread = nil
	waiting.outcome, reply.view = marked, &plain

	for from := 41; from > 1; from -= 20 {
		if err := s.ApplyOlder(uint64(from), page(from, from+19)); err != nil {
			t.Fatal(err)
		}
		if waiting.outcome != marked || reply.view != &plain {
			t.Fatalf("the page from %d decided again on what waits", from)
		}
		if got := s.ops[root][0].outcome; got.Status != stream.Pending {
			t.Errorf("an operation of the page: %v, want pending", got)
		}
	}
	if err := s.ApplyOlder(1, page(1, 20)); err != nil {
		t.Fatal(err)
	}
	if waiting.outcome != stream.OK || reply.view.Thread == nil || s.Pending() != 0 {
		t.Errorf("with the root in the window: %v, thread %v, %d pending", waiting.outcome, reply.view.Thread, s.Pending())
	}
	if thread, _ := s.Thread(root); thread.Replies != 40 {
		t.Errorf("%d replies, want 40", thread.Replies)
	}
}
