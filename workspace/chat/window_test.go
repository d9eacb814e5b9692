package chat

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
)

// source gives small numbers, from a seed or from a fuzzer's octets.
type source interface{ IntN(n int) int }

type octets struct{ b []byte }

func (o *octets) IntN(n int) int {
	if len(o.b) == 0 {
		return 0
	}
	v := int(o.b[0]) % n
	o.b = o.b[1:]
	return v
}

// scramble makes a history of n events in which everything happens: few ids, so
// that they repeat and point forward, backward and at themselves; all kinds;
// all roles; erased and malformed events; gaps in the sequence.
func scramble(src source, n int) []stream.Event {
	names := []string{"alice", "bob", "adam", "olga", "gus", "stranger"}
	emoji := []string{"👍", "🎉", "a b"}
	id := func() schema.EventID { return schema.EventID{1, byte(src.IntN(2 + n))} }
	maybe := func() *schema.EventID {
		if src.IntN(2) == 0 {
			return nil
		}
		return ptr(id())
	}
	var out []stream.Event
	seq := uint64(0)
	for range n {
		seq += 1 + uint64(src.IntN(8))/7
		who := names[src.IntN(len(names))]
		ev := stream.Event{Meta: stream.Meta{
			Seq: seq, ID: id(), Author: user(who), Role: roles[who], At: int64(seq) * 1000, Arrived: int64(seq)*1000 + int64(src.IntN(2))*3600_000,
		}}
		set := func(body any) { ev.Kind, ev.Body = kindOf(body), schema.MustMarshal(body) }
		switch text := fmt.Sprint("text ", seq); src.IntN(14) {
		case 0, 1, 2, 3:
			set(MessageBody{Text: text, ReplyTo: maybe(), Thread: maybe(), Everyone: src.IntN(2) == 0})
		case 4, 5:
			set(EditBody{Target: id(), Text: text, Mentions: []schema.UserID{user("alice")}})
		case 6:
			set(DeleteBody{Target: id()})
		case 7, 8:
			set(ReactBody{Target: id(), Emoji: emoji[src.IntN(3)]})
		case 9:
			set(UnreactBody{Target: id(), Emoji: emoji[src.IntN(3)]})
		case 10:
			set(PinBody{Target: id()})
		case 11:
			set(UnpinBody{Target: id()})
		case 12:
			ev.Erased = true
		case 13:
			ev.Kind, ev.Body = schema.EventKind(100*src.IntN(4)+src.IntN(9)), []byte{0xa1, byte(src.IntN(256))}
		}
		out = append(out, ev)
	}
	return out
}

// piecewise opens the newest events in a window, then puts older pages in front
// and newer events behind, in random turns. After each page the window equals
// one that was opened there.
func piecewise(t testing.TB, src source, events []stream.Event) *State {
	if len(events) == 0 {
		return New()
	}
	low := src.IntN(len(events) + 1)
	high := low
	floor := events[len(events)-1].Meta.Seq + 1
	if low < len(events) {
		floor = events[low].Meta.Seq
	}
	s := NewWindow(floor)
	for s.Floor() > 1 || high < len(events) {
		if high < len(events) && (s.Floor() == 1 || src.IntN(2) == 0) {
			ev := events[high]
			if ev.Erased {
				s.ApplyErased(ev.Meta)
			} else {
				s.Apply(ev.Meta, ev.Kind, ev.Body)
			}
			high++
			continue
		}
		from := max(low-1-src.IntN(5), 0)
		floor := uint64(1)
		if from > 0 {
			floor = events[from].Meta.Seq
		}
		if low == 0 { // only a gap is left below
			from = 0
		}
		if err := s.ApplyOlder(floor, events[from:low]); err != nil {
			t.Fatal(err)
		}
		low = from
		one := window(floor, events[low:high])
		one.head = max(one.head, s.head) // a window opened above a gap begins there
		if got, want := dump(s), dump(one); got != want {
			t.Fatalf("window from %d, put together and in one\n--- in one\n%s--- together\n%s", floor, want, got)
		}
	}
	return s
}

// window opens a window on events in one.
func window(floor uint64, events []stream.Event) *State {
	s := NewWindow(floor)
	for _, ev := range events {
		s.append(ev)
	}
	return s
}

// TestWindowEqualsReplay is the property that windows rest upon.
func TestWindowEqualsReplay(t *testing.T) {
	for seed := range uint64(800) {
		rng := rand.New(rand.NewPCG(seed, 1))
		events := scramble(rng, 1+rng.IntN(40))
		want := dump(replay(events))
		if again := dump(replay(events)); again != want {
			t.Fatalf("seed %d: two replays differ", seed)
		}
		if got := dump(piecewise(t, rng, events)); got != want {
			t.Fatalf("seed %d: window and replay differ\n--- replay\n%s--- window\n%s", seed, want, got)
		}
	}
}

// The scrambled histories reach every outcome, or the property would say little.
func TestScrambleReachesEverything(t *testing.T) {
	seen := map[stream.Outcome]int{}
	for seed := range uint64(500) {
		s := NewWindow(1)
		for i, ev := range scramble(rand.New(rand.NewPCG(seed, 1)), 40) {
			if i == 0 {
				s = NewWindow(ev.Meta.Seq + uint64(seed%2))
			}
			seen[s.append(ev)]++
		}
	}
	for _, o := range []stream.Outcome{
		stream.OK, gone, forbidden, noTarget, notMsg, stream.Refuse(stream.ReasonDuplicate), stream.Refuse(stream.ReasonMalformed),
		stream.Refuse(stream.ReasonWrongKind), stream.Refuse(stream.ReasonUnknownKind), {Status: stream.Pending, Reason: stream.ReasonBelowWindow},
	} {
		if seen[o] == 0 {
			t.Errorf("no event is %v (%v)", o.Status, o.Reason)
		}
	}
}

func TestPendingUntilOlderPagesCome(t *testing.T) {
	h := newHistory(t)
	h.do("m", "alice", MessageBody{Text: "one"})
	h.do("e", "alice", EditBody{Target: event("m"), Text: "two"})
	h.do("forged", "bob", EditBody{Target: event("m"), Text: "three"})
	h.do("reply", "bob", MessageBody{Text: "re", Thread: ptr(event("m"))})
	h.do("lost", "bob", MessageBody{Text: "re", Thread: ptr(event("nothing"))})
	h.do("stray", "bob", DeleteBody{Target: event("nothing")})
	s := NewWindow(2)
	for _, ev := range h.events[1:] {
		s.append(ev)
	}
	if s.Pending() != 3 || len(s.Quarantined()) != 0 || s.Complete() {
		t.Errorf("window: %d pending, quarantined %v", s.Pending(), s.Quarantined())
	}
	for _, id := range []string{"reply", "lost"} {
		if m, _ := s.Message(event(id)); m.Thread == nil {
			t.Errorf("%s: a thread below the window is believed for now", id)
		}
	}
	if err := s.ApplyOlder(1, h.events[:1]); err != nil {
		t.Fatal(err)
	}
	if s.Pending() != 0 || len(s.Quarantined()) != 2 || dump(s) != dump(h.state) {
		t.Errorf("after the older page: %s", dump(s))
	}
}

func TestApplyOlderRefusesPagesThatDoNotFit(t *testing.T) {
	ev := func(seq uint64) stream.Event {
		return stream.Event{Meta: stream.Meta{Seq: seq, ID: schema.EventID{byte(seq)}, Author: user("alice"), Role: schema.RoleMember}, Erased: true}
	}
	for name, c := range map[string]struct {
		floor uint64
		page  []stream.Event
	}{
		"floor 0":       {0, nil},
		"floor same":    {10, nil},
		"floor above":   {11, nil},
		"below floor":   {5, []stream.Event{ev(4)}},
		"in the window": {5, []stream.Event{ev(10)}},
		"descending":    {5, []stream.Event{ev(7), ev(6)}},
		"twice":         {5, []stream.Event{ev(7), ev(7)}},
	} {
		s := NewWindow(10)
		s.append(ev(10))
		before := dump(s)
		if err := s.ApplyOlder(c.floor, c.page); schema.CodeOf(err) != schema.CodeBadRequest {
			t.Errorf("%s: %v", name, err)
		}
		if dump(s) != before {
			t.Errorf("%s: the state has changed", name)
		}
	}
	if s := NewWindow(0); s.Floor() != 1 || s.Head() != 0 {
		t.Error("floor 0 is not taken for 1")
	}
}
