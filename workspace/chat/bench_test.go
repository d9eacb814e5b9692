package chat

import (
	"fmt"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
)

// talk is a long ordinary conversation.
func talk(n int) []stream.Event {
	h := &history{state: New()}
	for i := range n {
		id := fmt.Sprintf("event%09d", i)
		target := event(fmt.Sprintf("event%09d", i-i%8))
		var body any = MessageBody{Text: "Did the notary send the second version of the contract to everybody in the team?"}
		switch i % 8 {
		case 5:
			body = ReactBody{Target: target, Emoji: "👍"}
		case 6:
			body = EditBody{Target: target, Text: "Did the notary send the third version?"}
		case 7:
			body = MessageBody{Text: "Yes, this morning.", Thread: &target}
		}
		h.events = append(h.events, stream.Event{Meta: h.meta(id, "alice"), Kind: kindOf(body), Body: schema.MustMarshal(body)})
	}
	return h.events
}

func BenchmarkApply(b *testing.B) {
	events := talk(10000)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; {
		s := New()
		for _, ev := range events {
			if s.Apply(ev.Meta, ev.Kind, ev.Body); i == b.N {
				break
			}
			i++
		}
	}
}

// BenchmarkOpen20Windows is the reducer's part of opening a workspace of 100,000
// events in 20 channels to the last 50 of each.
func BenchmarkOpen20Windows(b *testing.B) {
	events := talk(5000)
	last := events[len(events)-50:]
	for b.Loop() {
		for range 20 {
			s := NewWindow(last[0].Meta.Seq)
			for _, ev := range last {
				s.Apply(ev.Meta, ev.Kind, ev.Body)
			}
			if len(s.Latest(50)) == 0 {
				b.Fatal("nothing to show")
			}
		}
	}
}

func BenchmarkApplyOlder(b *testing.B) {
	events := talk(20000)
	b.ReportAllocs()
	for b.Loop() {
		s := NewWindow(uint64(len(events) + 1))
		for high := len(events); high > 0; high -= 1000 {
			if err := s.ApplyOlder(events[high-1000].Meta.Seq, events[high-1000:high]); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(events)), "ns/event")
}
