package chat

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
)

func user(name string) (u schema.UserID) { copy(u[:], name); return u }

func event(name string) (e schema.EventID) { copy(e[:], name); return e }

func ptr[T any](v T) *T { return &v }

// roles of the people in the tests.
var roles = map[string]schema.Role{
	"alice": schema.RoleMember, "bob": schema.RoleMember, "adam": schema.RoleAdmin, "olga": schema.RoleOwner, "gus": schema.RoleGuest,
}

// history applies events by name: h.do("e1", "alice", body).
type history struct {
	t      testing.TB
	state  *State
	events []stream.Event
}

func newHistory(t testing.TB) *history { return &history{t: t, state: New()} }

func kindOf(body any) schema.EventKind {
	switch body.(type) {
	case MessageBody:
		return schema.KindMessage
	case EditBody:
		return schema.KindEdit
	case DeleteBody:
		return schema.KindDelete
	case ReactBody:
		return schema.KindReact
	case UnreactBody:
		return schema.KindUnreact
	case PinBody:
		return schema.KindPin
	case UnpinBody:
		return schema.KindUnpin
	}
	panic(fmt.Sprintf("no kind for %T", body))
}

func (h *history) meta(id, author string) stream.Meta {
	seq := uint64(len(h.events) + 1)
	return stream.Meta{Seq: seq, ID: event(id), Author: user(author), Role: roles[author], At: int64(1000 * seq), Arrived: int64(1000*seq + 1)}
}

func (h *history) raw(ev stream.Event) stream.Outcome {
	h.events = append(h.events, ev)
	if ev.Erased {
		return h.state.ApplyErased(ev.Meta)
	}
	return h.state.Apply(ev.Meta, ev.Kind, ev.Body)
}

func (h *history) do(id, author string, body any) stream.Outcome {
	return h.raw(stream.Event{Meta: h.meta(id, author), Kind: kindOf(body), Body: schema.MustMarshal(body)})
}

func (h *history) erased(id, author string) stream.Outcome {
	return h.raw(stream.Event{Meta: h.meta(id, author), Erased: true})
}

// want applies an event and expects an outcome.
func (h *history) want(id, author string, body any, want stream.Outcome) {
	h.t.Helper()
	if got := h.do(id, author, body); got != want {
		h.t.Errorf("%s: %T %s by %s: %v (%v), want %v (%v)", id, body, id, author, got.Status, got.Reason, want.Status, want.Reason)
	}
}

func (h *history) get(id string) *Message {
	h.t.Helper()
	m, ok := h.state.Message(event(id))
	if !ok {
		h.t.Fatalf("no message %s", id)
	}
	return m
}

// dump writes out everything that a state answers, for comparison.
func dump(s *State) string {
	var b strings.Builder
	line := func(what string, v any) {
		j, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "%s %s\n", what, j)
	}
	line("window", []any{s.Floor(), s.Head(), s.Complete(), s.Pending(), s.Len()})
	for _, m := range s.Messages(0, s.Len()) {
		line("message", m)
		if got, ok := s.Message(m.ID); !ok || got != m {
			panic("a message is listed and not found")
		}
		t, _ := s.Thread(m.ID)
		line("thread", t)
		line("replies", s.Replies(m.ID, 0, 1000))
		if t.Replies != len(s.Replies(m.ID, 0, s.Len())) {
			panic("a thread is miscounted")
		}
	}
	line("pins", s.Pins())
	line("quarantined", s.Quarantined())
	for name := range roles {
		for marker := uint64(0); marker < s.Head(); marker += 7 {
			s.Counts(user(name), marker)
		}
	}
	line("counts", s.Counts(user("alice"), s.Head()/2))
	return b.String()
}

func replay(events []stream.Event) *State {
	s := New()
	for _, ev := range events {
		if ev.Erased {
			s.ApplyErased(ev.Meta)
		} else {
			s.Apply(ev.Meta, ev.Kind, ev.Body)
		}
	}
	return s
}
