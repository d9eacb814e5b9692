package chat

import (
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
	"github.com/cenacle-team/cenacle/workspace/stream/streamtest"
)

// FuzzChatBody feeds one hostile event into a conversation: no panic, the same
// outcome on two replicas, and nothing else is disturbed.
func FuzzChatBody(f *testing.F) {
	streamtest.Seeds(f, func(kind uint16, octets []byte) { f.Add(kind, octets, uint8(2)) })
	f.Fuzz(func(t *testing.T, kind uint16, body []byte, role uint8) {
		one, two := newHistory(t), newHistory(t)
		for _, h := range []*history{one, two} {
			h.do("target-event-id!", "alice", MessageBody{Text: "x"})
			ev := stream.Event{Meta: h.meta("fuzz", "alice"), Kind: schema.EventKind(kind), Body: body}
			ev.Meta.Role = schema.Role(role)
			h.raw(ev)
			h.want("after", "bob", MessageBody{Text: "y"}, stream.OK)
		}
		if dump(one.state) != dump(two.state) {
			t.Fatal("two replicas differ")
		}
		message, op, reason := decode(schema.EventKind(kind), body)
		if reason == 0 && (message == nil) == (op == nil) {
			t.Fatal("a body is neither or both")
		}
	})
}

// FuzzChatApply builds a history and its pages from octets: the window equals
// the replay.
func FuzzChatApply(f *testing.F) {
	f.Add([]byte("0123456789abcdefghijklmnopqrstuvwxyz"), uint8(8))
	f.Add([]byte{0, 1, 0, 0, 1, 1, 0, 2, 1, 3, 1, 0, 7, 0, 1, 1, 9, 4, 0, 13}, uint8(20))
	f.Add([]byte{}, uint8(3))
	f.Fuzz(func(t *testing.T, b []byte, n uint8) {
		if len(b) > 1<<10 {
			return
		}
		src := &octets{b}
		events := scramble(src, 1+int(n%48))
		want := dump(replay(events))
		if got := dump(piecewise(t, src, events)); got != want {
			t.Fatalf("window and replay differ\n--- replay\n%s--- window\n%s", want, got)
		}
	})
}
