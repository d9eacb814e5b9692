package chat

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
)

var (
	forbidden = stream.Refuse(stream.ReasonForbidden)
	gone      = stream.Ignore(stream.ReasonTargetGone)
	noTarget  = stream.Refuse(stream.ReasonUnknownTarget)
	notMsg    = stream.Refuse(stream.ReasonWrongTarget)
)

func TestEdits(t *testing.T) {
	h := newHistory(t)
	h.want("m", "alice", MessageBody{Text: "one", Mentions: []schema.UserID{user("bob")}}, stream.OK)
	h.want("e1", "alice", EditBody{Target: event("m"), Text: "two"}, stream.OK)
	before := h.get("m")
	h.want("e2", "alice", EditBody{Target: event("m"), Text: "three", Mentions: []schema.UserID{user("olga")}}, stream.OK)
	m := h.get("m")
	if m.Text != "three" || !m.Edited() || len(m.Versions) != 3 || m.Versions[0].Text != "one" || m.Versions[1].Text != "two" || m.Versions[2].Seq != 3 {
		t.Errorf("after two edits: %+v", m)
	}
	if m.MentionsUser(user("bob")) || !m.MentionsUser(user("olga")) {
		t.Error("an edit replaces the mentions")
	}
	if before.Text != "two" || len(before.Versions) != 2 {
		t.Error("a message that was handed out has changed")
	}
	h.want("e3", "alice", EditBody{Target: event("nothing"), Text: "x"}, noTarget)
	h.want("e4", "alice", EditBody{Target: event("e1"), Text: "x"}, notMsg)
	h.want("e5", "alice", EditBody{Target: event("e5"), Text: "x"}, noTarget)
}

func TestAttack_E10_ActingAsSomebodyElse(t *testing.T) {
	h := newHistory(t)
	h.do("m", "alice", MessageBody{Text: "mine"})
	for i, who := range []string{"bob", "adam", "olga", "gus"} {
		h.want("e"+who, who, EditBody{Target: event("m"), Text: "forged"}, forbidden)
		if i == 0 || who == "gus" {
			h.want("d"+who, who, DeleteBody{Target: event("m")}, forbidden)
		}
	}
	h.do("r", "alice", ReactBody{Target: event("m"), Emoji: "👍"})
	h.want("u", "bob", UnreactBody{Target: event("m"), Emoji: "👍"}, stream.OK) // takes back its own, of which there is none
	if m := h.get("m"); m.Text != "mine" || len(m.Reactions) != 1 || !slices.Equal(m.Reactions[0].Users, []schema.UserID{user("alice")}) {
		t.Errorf("somebody else changed the message: %+v", m)
	}
	if n := len(h.state.Quarantined()); n != 6 {
		t.Errorf("%d events are quarantined, want 6", n)
	}
	h.want("nobody", "stranger", MessageBody{Text: "no role"}, forbidden)
}

func TestDeletion(t *testing.T) {
	h := newHistory(t)
	h.do("m1", "alice", MessageBody{Text: "one"})
	h.do("m2", "alice", MessageBody{Text: "two", ReplyTo: ptr(event("m1"))})
	h.do("p", "bob", PinBody{Target: event("m1")})
	h.do("r", "bob", ReactBody{Target: event("m1"), Emoji: "👍"})
	h.do("e", "alice", EditBody{Target: event("m1"), Text: "uno"})
	h.want("d1", "alice", DeleteBody{Target: event("m1")}, stream.OK)
	h.want("d2", "adam", DeleteBody{Target: event("m2")}, stream.OK)
	m1, m2 := h.get("m1"), h.get("m2")
	if m1.Deletion == nil || m1.Deletion.Moderated || m1.Deletion.By != user("alice") || m1.Text != "" || m1.Versions != nil || m1.Reactions != nil || m1.Pin != nil {
		t.Errorf("deleted by the author: %+v", m1)
	}
	if m2.Deletion == nil || !m2.Deletion.Moderated || m2.Deletion.By != user("adam") || m2.ReplyTo != nil {
		t.Errorf("deleted by an admin: %+v", m2)
	}
	if len(h.state.Pins()) != 0 {
		t.Error("a deleted message is pinned")
	}
	h.want("v1", "alice", EditBody{Target: event("m1"), Text: "back"}, gone)
	h.want("v2", "bob", ReactBody{Target: event("m1"), Emoji: "👍"}, gone)
	h.want("v3", "bob", UnreactBody{Target: event("m1"), Emoji: "👍"}, gone)
	h.want("v4", "bob", PinBody{Target: event("m1")}, gone)
	h.want("v5", "adam", DeleteBody{Target: event("m1")}, gone)
	h.want("v6", "bob", EditBody{Target: event("m1"), Text: "x"}, forbidden)
	if h.get("m1").Deletion.By != user("alice") {
		t.Error("the second deletion took over")
	}
	if c := h.state.Counts(user("bob"), 0); c.Unread != 0 {
		t.Errorf("deleted messages are unread: %+v", c)
	}
}

func TestErasure(t *testing.T) {
	h := newHistory(t)
	if got := h.erased("m1", "alice"); got != stream.OK {
		t.Errorf("erased: %v", got)
	}
	h.erased("m2", "alice")
	h.want("d0", "bob", DeleteBody{Target: event("m1")}, forbidden)
	h.want("d1", "alice", DeleteBody{Target: event("m1")}, stream.OK)
	h.want("e", "alice", EditBody{Target: event("m2"), Text: "x"}, gone)
	m1, m2 := h.get("m1"), h.get("m2")
	if m1.ErasedByServer || m1.Deletion == nil {
		t.Errorf("erased after a deletion: %+v", m1)
	}
	if !m2.ErasedByServer || m2.Deletion != nil || m2.Text != "" {
		t.Errorf("erased by the server: %+v", m2)
	}
	h.do("reply", "bob", MessageBody{Text: "x", Thread: ptr(event("m2"))})
	if h.get("reply").Thread == nil {
		t.Error("a reply lost its thread when the server erased the root")
	}
}

// A replica that read a message before it was deleted and erased agrees with one
// that did not.
func TestErasureConverges(t *testing.T) {
	h := newHistory(t)
	h.do("root", "bob", MessageBody{Text: "root"})
	h.do("m", "alice", MessageBody{Text: "x", Thread: ptr(event("root"))})
	h.do("r", "bob", ReactBody{Target: event("m"), Emoji: "👍"})
	h.do("p", "bob", PinBody{Target: event("m")})
	h.do("in", "bob", MessageBody{Text: "x", Thread: ptr(event("m"))})
	h.do("e", "alice", EditBody{Target: event("m"), Text: "y"})
	h.do("f", "bob", EditBody{Target: event("m"), Text: "y"})
	h.do("d", "adam", DeleteBody{Target: event("m")})
	late := slices.Clone(h.events)
	late[1] = stream.Event{Meta: late[1].Meta, Erased: true}
	late[1].Meta.At = 77 // the author's clock was inside
	if a, b := dump(h.state), dump(replay(late)); a != b {
		t.Errorf("replicas differ:\n%s\n%s", a, b)
	}
}

func TestReactions(t *testing.T) {
	h := newHistory(t)
	h.do("m", "alice", MessageBody{Text: "x"})
	h.want("r1", "bob", ReactBody{Target: event("m"), Emoji: "👍"}, stream.OK)
	h.want("r2", "alice", ReactBody{Target: event("m"), Emoji: "👍"}, stream.OK)
	h.want("r3", "bob", ReactBody{Target: event("m"), Emoji: "👍"}, stream.OK)
	h.want("r4", "gus", ReactBody{Target: event("m"), Emoji: "🎉"}, stream.OK)
	handed := h.get("m")
	if r := handed.Reactions; len(r) != 2 || !slices.Equal(r[0].Users, []schema.UserID{user("alice"), user("bob")}) || r[1].Emoji != "🎉" {
		t.Errorf("reactions: %+v", r)
	}
	h.want("u1", "bob", UnreactBody{Target: event("m"), Emoji: "👍"}, stream.OK)
	h.want("u2", "bob", UnreactBody{Target: event("m"), Emoji: "👍"}, stream.OK)
	h.want("u3", "gus", UnreactBody{Target: event("m"), Emoji: "🎉"}, stream.OK)
	if r := h.get("m").Reactions; len(r) != 1 || !slices.Equal(r[0].Users, []schema.UserID{user("alice")}) {
		t.Errorf("reactions: %+v", r)
	}
	if len(handed.Reactions) != 2 || len(handed.Reactions[0].Users) != 2 {
		t.Error("a message that was handed out has changed")
	}
	h.want("bad", "bob", ReactBody{Target: event("m"), Emoji: "a b"}, stream.Refuse(stream.ReasonMalformed))
	h.want("big", "bob", ReactBody{Target: event("m"), Emoji: strings.Repeat("x", 65)}, stream.Refuse(stream.ReasonTooLarge))
	for i := range MaxReactionKinds - 1 {
		h.want("k"+string(rune('0'+i)), "bob", ReactBody{Target: event("m"), Emoji: string(rune(0x1F300 + i))}, stream.OK)
	}
	h.want("many", "bob", ReactBody{Target: event("m"), Emoji: "👎"}, stream.Ignore(stream.ReasonLimit))
	h.want("same", "bob", ReactBody{Target: event("m"), Emoji: "👍"}, stream.OK)
}

func TestPins(t *testing.T) {
	h := newHistory(t)
	for _, id := range []string{"m1", "m2"} {
		h.do(id, "alice", MessageBody{Text: id})
	}
	h.want("g1", "gus", PinBody{Target: event("m1")}, forbidden)
	h.want("p2", "bob", PinBody{Target: event("m2")}, stream.OK)
	h.want("p1", "alice", PinBody{Target: event("m1")}, stream.OK)
	if p := h.state.Pins(); len(p) != 2 || p[0].ID != event("m2") || p[0].Pin.By != user("bob") {
		t.Errorf("pins: %v", p)
	}
	h.want("g2", "gus", UnpinBody{Target: event("m2")}, forbidden)
	h.want("u2", "alice", UnpinBody{Target: event("m2")}, stream.OK)
	if p := h.state.Pins(); len(p) != 1 || p[0].ID != event("m1") {
		t.Errorf("pins: %v", p)
	}
}

func TestThreads(t *testing.T) {
	h := newHistory(t)
	h.do("fwd", "bob", MessageBody{Text: "x", Thread: ptr(event("root"))}) // before its root: not a reply
	h.do("root", "alice", MessageBody{Text: "root"})
	h.do("r1", "bob", MessageBody{Text: "1", Thread: ptr(event("root"))})
	h.do("r2", "bob", MessageBody{Text: "2", Thread: ptr(event("root")), ReplyTo: ptr(event("r1"))})
	h.do("re", "bob", ReactBody{Target: event("root"), Emoji: "👍"})
	h.do("odd", "bob", MessageBody{Text: "x", Thread: ptr(event("re"))})
	h.do("none", "bob", MessageBody{Text: "x", Thread: ptr(event("nothing"))})
	th, ok := h.state.Thread(event("root"))
	if !ok || th.Replies != 2 || th.Last.ID != event("r2") {
		t.Errorf("thread: %+v", th)
	}
	for _, id := range []string{"fwd", "odd", "none"} {
		if h.get(id).Thread != nil {
			t.Errorf("%s is in a thread", id)
		}
	}
	h.do("d2", "bob", DeleteBody{Target: event("r2")})
	if th, _ = h.state.Thread(event("root")); th.Replies != 1 || th.Last.ID != event("r1") {
		t.Errorf("thread after a deletion: %+v", th)
	}
	if r := h.state.Replies(event("root"), 0, 10); len(r) != 1 || r[0].ID != event("r1") {
		t.Errorf("replies: %v", r)
	}
	h.do("d1", "bob", DeleteBody{Target: event("r1")})
	if th, ok = h.state.Thread(event("root")); ok || th.Replies != 0 || th.Last != nil {
		t.Errorf("empty thread: %+v", th)
	}
}

func TestCounts(t *testing.T) {
	h := newHistory(t)
	h.do("m1", "alice", MessageBody{Text: "1", Mentions: []schema.UserID{user("bob")}})
	h.do("m2", "bob", MessageBody{Text: "2", Everyone: true})
	h.do("m3", "alice", MessageBody{Text: "3", Everyone: true})
	h.do("m4", "gus", MessageBody{Text: "4", Everyone: true}) // not a guest's to do
	h.do("r", "alice", ReactBody{Target: event("m4"), Emoji: "👍"})
	for _, c := range []struct {
		who    string
		marker uint64
		want   Counts
	}{
		{"bob", 0, Counts{Unread: 3, Mentions: 2}},
		{"bob", 1, Counts{Unread: 2, Mentions: 1}},
		{"bob", 4, Counts{}},
		{"bob", 1 << 60, Counts{}},
		{"bob", ^uint64(0), Counts{}},
		{"alice", 0, Counts{Unread: 2, Mentions: 1}},
	} {
		if got := h.state.Counts(user(c.who), c.marker); got != c.want {
			t.Errorf("%s above %d: %+v, want %+v", c.who, c.marker, got, c.want)
		}
	}
	w := NewWindow(10)
	if !w.Counts(user("bob"), 3).Partial || w.Counts(user("bob"), 9).Partial {
		t.Error("Partial is wrong")
	}
}

func TestReading(t *testing.T) {
	h := newHistory(t)
	for _, id := range []string{"1", "2", "3", "4", "5"} {
		h.do("m"+id, "alice", MessageBody{Text: id})
		h.do("r"+id, "bob", ReactBody{Target: event("m" + id), Emoji: "👍"})
	}
	ids := func(list []*Message) (s string) {
		for _, m := range list {
			s += m.Text
		}
		return s
	}
	for want, got := range map[string]string{
		"345":   ids(h.state.Messages(4, 10)),
		"34":    ids(h.state.Messages(5, 2)),
		"":      ids(h.state.Messages(100, 2)) + ids(h.state.Messages(0, -1)) + ids(h.state.Before(0, 3)) + ids(h.state.Latest(0)),
		"45":    ids(h.state.Latest(2)),
		"12":    ids(h.state.Before(5, 9)),
		"2":     ids(h.state.Before(5, 1)),
		"12345": ids(h.state.Latest(100)),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAttack_E3_OneIDIsAppliedOnce(t *testing.T) {
	h := newHistory(t)
	dup := stream.Refuse(stream.ReasonDuplicate)
	h.do("m", "alice", MessageBody{Text: "first"})
	h.want("m", "alice", MessageBody{Text: "again"}, dup)
	h.want("m", "alice", DeleteBody{Target: event("m")}, dup)
	if got := h.erased("m", "alice"); got != dup {
		t.Errorf("erased again: %v", got)
	}
	if h.get("m").Text != "first" || h.state.Len() != 1 {
		t.Error("an id was applied twice")
	}
	if got := h.state.Apply(stream.Meta{Seq: 2, ID: event("x"), Author: user("alice"), Role: schema.RoleMember}, schema.KindMessage,
		schema.MustMarshal(MessageBody{Text: "late"})); got != stream.Ignore(stream.ReasonOutOfOrder) {
		t.Errorf("an old sequence number: %v", got)
	}
	if _, ok := h.state.Message(event("x")); ok {
		t.Error("an old sequence number was applied")
	}
}

func TestAttack_E7_KindsOfOtherStreams(t *testing.T) {
	body := schema.MustMarshal(MessageBody{Text: "x"})
	for _, c := range []struct {
		kind schema.EventKind
		want stream.Reason
	}{
		{0, stream.ReasonWrongKind}, {schema.KindStreamCreate, stream.ReasonWrongKind}, {schema.KindSnapshot, stream.ReasonWrongKind},
		{schema.KindReadMarker, stream.ReasonWrongKind}, {schema.KindTyping, stream.ReasonWrongKind},
		{200, stream.ReasonUnknownKind}, {299, stream.ReasonUnknownKind},
		{schema.KindEdit, stream.ReasonMalformed}, {schema.KindReact, stream.ReasonMalformed}, {schema.KindDelete, stream.ReasonMalformed},
	} {
		h := newHistory(t)
		h.do("m", "alice", MessageBody{Text: "x"})
		if got := h.raw(stream.Event{Meta: h.meta("x", "alice"), Kind: c.kind, Body: body}); got != stream.Refuse(c.want) {
			t.Errorf("kind %d: %v", c.kind, got)
		}
		if q := h.state.Quarantined(); len(q) != 1 || q[0].Reason != c.want || q[0].Kind != c.kind {
			t.Errorf("kind %d: %v", c.kind, q)
		}
	}
}

func TestAttack_E14_MalformedEventsAreQuarantined(t *testing.T) {
	many := make([]schema.UserID, schema.MaxMentions+1)
	for i := range many {
		many[i] = schema.UserID{byte(i >> 8), byte(i), 1}
	}
	good := schema.MustMarshal(MessageBody{Text: "x"})
	for name, c := range map[string]struct {
		body []byte
		want stream.Reason
	}{
		"empty":             {nil, stream.ReasonMalformed},
		"garbage":           {[]byte{0xff, 0x00}, stream.ReasonMalformed},
		"trailing":          {append(slices.Clone(good), 0), stream.ReasonMalformed},
		"long form":         {append([]byte{0xb8, 0x01}, good[1:]...), stream.ReasonMalformed},
		"unknown field":     {[]byte{0xa2, 0x01, 0x61, 'x', 0x18, 0x63, 0x01}, stream.ReasonMalformed},
		"duplicate field":   {[]byte{0xa2, 0x01, 0x61, 'x', 0x01, 0x61, 'x'}, stream.ReasonMalformed},
		"null thread":       {[]byte{0xa2, 0x01, 0x61, 'x', 0x03, 0xf6}, stream.ReasonMalformed},
		"short id":          {[]byte{0xa2, 0x01, 0x61, 'x', 0x03, 0x41, 0x00}, stream.ReasonMalformed},
		"no text":           {schema.MustMarshal(MessageBody{}), stream.ReasonMalformed},
		"NUL":               {schema.MustMarshal(MessageBody{Text: "a\x00b"}), stream.ReasonMalformed},
		"not UTF-8":         {[]byte{0xa1, 0x01, 0x61, 0xff}, stream.ReasonMalformed},
		"long text":         {schema.MustMarshal(MessageBody{Text: strings.Repeat("x", schema.MaxMessage+1)}), stream.ReasonTooLarge},
		"long body":         {make([]byte, schema.MaxBody+1), stream.ReasonTooLarge},
		"mentions disorder": {schema.MustMarshal(MessageBody{Text: "x", Mentions: []schema.UserID{user("b"), user("a")}}), stream.ReasonMalformed},
		"mentions twice":    {schema.MustMarshal(MessageBody{Text: "x", Mentions: []schema.UserID{user("a"), user("a")}}), stream.ReasonMalformed},
		"many mentions":     {schema.MustMarshal(MessageBody{Text: "x", Mentions: many}), stream.ReasonTooLarge},
	} {
		h := newHistory(t)
		h.do("m1", "alice", MessageBody{Text: "before"})
		if got := h.raw(stream.Event{Meta: h.meta("bad", "bob"), Kind: schema.KindMessage, Body: c.body}); got != stream.Refuse(c.want) {
			t.Errorf("%s: %v", name, got)
		}
		h.want("m2", "alice", MessageBody{Text: "after"}, stream.OK)
		q := h.state.Quarantined()
		if h.state.Len() != 2 || len(q) != 1 || q[0].ID != event("bad") || q[0].Reason != c.want {
			t.Errorf("%s: %d messages, quarantined %v", name, h.state.Len(), q)
		}
		if dump(h.state) != dump(replay(h.events)) {
			t.Errorf("%s: replicas differ", name)
		}
	}
	if !bytes.Equal(good, schema.MustMarshal(MessageBody{Text: "x"})) {
		t.Error("the fixture has changed")
	}
}

func TestAttack_E12_DoubtfulClocksDoNotOrder(t *testing.T) {
	h := newHistory(t)
	far := h.meta("m1", "alice")
	far.At = 1 << 60
	h.raw(stream.Event{Meta: far, Kind: schema.KindMessage, Body: schema.MustMarshal(MessageBody{Text: "future"})})
	h.do("m2", "alice", MessageBody{Text: "now"})
	past := h.meta("e", "alice")
	past.At = -1 << 62
	h.raw(stream.Event{Meta: past, Kind: schema.KindEdit, Body: schema.MustMarshal(EditBody{Target: event("m2"), Text: "past"})})
	list := h.state.Latest(2)
	if list[0].Text != "future" || !list[0].Doubtful || list[1].Text != "past" || list[1].Doubtful || !list[1].Versions[1].Doubtful {
		t.Errorf("%+v\n%+v", list[0], list[1])
	}
}
