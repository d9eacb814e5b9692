package personal

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
	"github.com/cenacle-team/cenacle/workspace/stream/streamtest"
)

func user(name string) (u schema.UserID) { copy(u[:], name); return u }

func key(b byte) schema.Fingerprint { return schema.Fingerprint{b, 1} }

var (
	me    = user("me")
	place = Place{Workspace: schema.WorkspaceID{1}, Stream: schema.StreamID{2}}
	stale = stream.Ignore(stream.ReasonStale)
)

type history struct {
	t     testing.TB
	state *State
	seq   uint64
}

func newHistory(t testing.TB) *history { return &history{t: t, state: New(me)} }

func kindOf(b any) schema.EventKind {
	switch b.(type) {
	case ReadMarkerBody:
		return schema.KindReadMarker
	case VerificationBody:
		return schema.KindVerification
	case DraftBody:
		return schema.KindDraft
	case KeyPinBody:
		return schema.KindKeyPin
	case SettingBody:
		return schema.KindSetting
	}
	panic(fmt.Sprintf("no kind for %T", b))
}

func (h *history) meta() stream.Meta {
	h.seq++
	var id schema.EventID
	binary.BigEndian.PutUint64(id[:], h.seq)
	return stream.Meta{Seq: h.seq, ID: id, Author: me, Role: schema.RoleOwner, Device: schema.DeviceID{7}}
}

func (h *history) want(b any, want stream.Outcome) {
	h.t.Helper()
	if got := h.state.Apply(h.meta(), kindOf(b), schema.MustMarshal(b)); got != want {
		h.t.Errorf("%+v: %v (%v), want %v (%v)", b, got.Status, got.Reason, want.Status, want.Reason)
	}
}

func TestReadMarkersMoveForward(t *testing.T) {
	h := newHistory(t)
	at := func(seq uint64) ReadMarkerBody { return ReadMarkerBody{place.Workspace, place.Stream, seq} }
	h.want(at(5), stream.OK)
	h.want(at(3), stale)
	h.want(at(5), stale)
	h.want(at(9), stream.OK)
	h.want(at(0), stream.Refuse(stream.ReasonMalformed))
	h.want(ReadMarkerBody{schema.WorkspaceID{9}, place.Stream, 2}, stream.OK)
	if got := h.state.ReadMarker(place); got != 9 {
		t.Errorf("marker: %d", got)
	}
	if got := h.state.ReadMarker(Place{}); got != 0 {
		t.Errorf("marker of nothing: %d", got)
	}
}

func TestAttack_K2_PinnedKeyIsNeverReplaced(t *testing.T) {
	conflict := stream.Refuse(stream.ReasonKeyConflict)
	h := newHistory(t)
	h.want(KeyPinBody{user("bob"), key(1), 1000}, stream.OK)
	h.want(KeyPinBody{user("bob"), key(1), 2000}, stale)
	h.want(KeyPinBody{user("bob"), key(2), 3000}, conflict)
	h.want(VerificationBody{User: user("bob"), Fingerprint: key(2), Method: MethodQR, At: 1}, conflict)
	p, ok := h.state.Pin(user("bob"))
	if !ok || p.Fingerprint != key(1) || p.FirstSeen != 1000 || p.Verified != nil {
		t.Errorf("pin: %+v", p)
	}
	c := h.state.Conflicts()
	if len(c) != 2 || c[0] != (Conflict{User: user("bob"), Pinned: key(1), Other: key(2), Device: schema.DeviceID{7}, Seq: 3}) {
		t.Errorf("conflicts: %+v", c)
	}
	if h.state.Verified(user("bob"), key(2)) || h.state.Verified(user("bob"), key(1)) {
		t.Error("a key is verified")
	}
	h.want(KeyPinBody{User: user("bob")}, stream.Refuse(stream.ReasonMalformed))
	h.want(KeyPinBody{Fingerprint: key(1)}, stream.Refuse(stream.ReasonMalformed))
}

func TestVerification(t *testing.T) {
	h := newHistory(t)
	yes := VerificationBody{User: user("bob"), Fingerprint: key(1), Method: MethodCode, At: 50}
	no := yes
	no.Withdrawn = true
	other := no
	other.Fingerprint = key(2)
	h.want(no, stale)
	h.want(yes, stream.OK) // pins, too
	if p, _ := h.state.Pin(user("bob")); p == nil || p.FirstSeen != 50 || p.Verified == nil || p.Verified.Method != MethodCode {
		t.Errorf("pin: %+v", p)
	}
	if !h.state.Verified(user("bob"), key(1)) || h.state.Verified(user("bob"), key(2)) || h.state.Verified(user("eve"), key(1)) {
		t.Error("Verified is wrong")
	}
	h.want(other, stale)
	h.want(no, stream.OK)
	h.want(no, stale)
	if h.state.Verified(user("bob"), key(1)) {
		t.Error("a withdrawn verification stands")
	}
	if p, _ := h.state.Pin(user("bob")); p == nil || p.Fingerprint != key(1) {
		t.Error("the pin is gone with the verification")
	}
	h.want(yes, stream.OK)
	if !h.state.Verified(user("bob"), key(1)) || len(h.state.Pins()) != 1 {
		t.Error("verifying again does nothing")
	}
	yes.Method = 3
	h.want(yes, stream.Refuse(stream.ReasonMalformed))
}

func TestDrafts(t *testing.T) {
	h := newHistory(t)
	draft := func(text string, thread *schema.EventID) DraftBody {
		return DraftBody{place.Workspace, place.Stream, thread, text}
	}
	h.want(draft("one", nil), stream.OK)
	h.want(draft("in a thread", &schema.EventID{3}), stream.OK)
	h.want(draft("two", nil), stream.OK)
	h.want(draft("a\x00", nil), stream.Refuse(stream.ReasonMalformed))
	h.want(draft(strings.Repeat("x", schema.MaxMessage+1), nil), stream.Refuse(stream.ReasonTooLarge))
	d := h.state.Drafts()
	if len(d) != 2 || d[0].Text != "two" || d[1].Text != "in a thread" {
		t.Errorf("drafts: %+v", d)
	}
	h.want(draft("", nil), stream.OK)
	if _, ok := h.state.Draft(Spot{Place: place}); ok {
		t.Error("an empty draft stands")
	}
	if d, ok := h.state.Draft(Spot{place, schema.EventID{3}}); !ok || d.Text != "in a thread" {
		t.Errorf("draft of the thread: %+v", d)
	}
}

func TestSettings(t *testing.T) {
	h := newHistory(t)
	h.want(SettingBody{SettingStrictVerification, []byte("1")}, stream.OK)
	if v, ok := h.state.Setting(SettingStrictVerification); !ok || string(v) != "1" || !h.state.StrictVerification() {
		t.Error("a setting is not set")
	}
	h.want(SettingBody{SettingStrictVerification, []byte("0")}, stream.OK)
	if h.state.StrictVerification() {
		t.Error("the last one does not count")
	}
	h.want(SettingBody{SettingStrictVerification, nil}, stream.OK)
	if _, ok := h.state.Setting(SettingStrictVerification); ok {
		t.Error("an empty setting stands")
	}
	for k, want := range map[string]stream.Reason{
		"": stream.ReasonMalformed, "A": stream.ReasonMalformed, "a b": stream.ReasonMalformed, "é": stream.ReasonMalformed,
		strings.Repeat("x", 65): stream.ReasonTooLarge,
	} {
		h.want(SettingBody{k, []byte("1")}, stream.Refuse(want))
	}
	h.want(SettingBody{"x", make([]byte, MaxSettingValue)}, stream.OK)
	h.want(SettingBody{"x", make([]byte, MaxSettingValue+1)}, stream.Refuse(stream.ReasonTooLarge))
	for i := range MaxSettings - 1 {
		h.want(SettingBody{fmt.Sprint("k", i), []byte("1")}, stream.OK)
	}
	h.want(SettingBody{"more", []byte("1")}, stream.Refuse(stream.ReasonLimit))
	h.want(SettingBody{"x", []byte("2")}, stream.OK)
}

func TestAttack_E10_OnlyTheOwnerWrites(t *testing.T) {
	h := newHistory(t)
	m := h.meta()
	m.Author = user("eve")
	if got := h.state.Apply(m, schema.KindKeyPin, schema.MustMarshal(KeyPinBody{user("bob"), key(6), 1})); got != stream.Refuse(stream.ReasonForbidden) {
		t.Errorf("somebody else: %v", got)
	}
	if len(h.state.Pins()) != 0 || len(h.state.Quarantined()) != 1 {
		t.Error("somebody else pinned a key")
	}
}

func TestAttack_E3_OneIDIsAppliedOnce(t *testing.T) {
	h := newHistory(t)
	first := h.meta()
	set := func(m stream.Meta, v string) stream.Outcome {
		return h.state.Apply(m, schema.KindSetting, schema.MustMarshal(SettingBody{"k", []byte(v)}))
	}
	set(first, "1")
	set(h.meta(), "2")
	if got := set(first, "1"); got != stream.Ignore(stream.ReasonOutOfOrder) {
		t.Errorf("an old sequence number: %v", got)
	}
	first.Seq = 9
	if got := set(first, "1"); got != stream.Refuse(stream.ReasonDuplicate) {
		t.Errorf("an old id: %v", got)
	}
	first.Seq = 10
	first.ID = schema.EventID{99}
	if got := h.state.ApplyErased(first); got != stream.OK {
		t.Errorf("erased: %v", got)
	}
	first.Seq = 11
	if got := set(first, "1"); got != stream.Refuse(stream.ReasonDuplicate) {
		t.Errorf("the id of an erased event: %v", got)
	}
	if v, _ := h.state.Setting("k"); string(v) != "2" {
		t.Errorf("setting: %q", v)
	}
}

func TestAttack_E7_KindsOfOtherStreams(t *testing.T) {
	body := schema.MustMarshal(SettingBody{"k", []byte("v")})
	for kind, want := range map[schema.EventKind]stream.Reason{
		0: stream.ReasonWrongKind, schema.KindMessage: stream.ReasonWrongKind, schema.KindProfile: stream.ReasonWrongKind,
		schema.KindTyping: stream.ReasonWrongKind, 300: stream.ReasonUnknownKind, 399: stream.ReasonUnknownKind,
		schema.KindDraft: stream.ReasonMalformed, schema.KindKeyPin: stream.ReasonMalformed,
	} {
		h := newHistory(t)
		if got := h.state.Apply(h.meta(), kind, body); got != stream.Refuse(want) {
			t.Errorf("kind %d: %v", kind, got)
		}
		if q := h.state.Quarantined(); len(q) != 1 || q[0].Kind != kind || q[0].Reason != want {
			t.Errorf("kind %d: %v", kind, q)
		}
	}
}

func TestFrozenBodies(t *testing.T) {
	streamtest.Golden(t, []streamtest.Body{
		{Kind: schema.KindReadMarker, Example: &ReadMarkerBody{Workspace: place.Workspace, Stream: place.Stream, Seq: 1000}},
		{Kind: schema.KindVerification, Example: &VerificationBody{User: user("bob"), Fingerprint: key(1), Method: MethodQR, At: 1767225600000, Withdrawn: true}},
		{Kind: schema.KindDraft, Example: &DraftBody{Workspace: place.Workspace, Stream: place.Stream, Thread: &schema.EventID{3}, Text: "à suivre"}},
		{Kind: schema.KindKeyPin, Example: &KeyPinBody{User: user("bob"), Fingerprint: key(1), FirstSeen: 1767225600000}},
		{Kind: schema.KindSetting, Example: &SettingBody{Key: SettingStrictVerification, Value: []byte("1")}},
	})
}

// observe writes out everything that a state answers, for comparison.
func observe(s *State) string {
	strict, _ := s.Setting(SettingStrictVerification)
	j, err := json.Marshal([]any{s.Head(), s.ReadMarker(place), s.Pins(), s.Conflicts(), s.Drafts(), strict, len(s.settings), len(s.markers), s.Quarantined()})
	if err != nil {
		panic(err)
	}
	return string(j)
}

// FuzzPersonalApply feeds two hostile events into a personal log: no panic, two
// replicas agree, a pin stays, and the next honest event is applied.
func FuzzPersonalApply(f *testing.F) {
	var kinds []uint16
	var bodies [][]byte
	streamtest.Seeds(f, func(kind uint16, octets []byte) { kinds, bodies = append(kinds, kind), append(bodies, octets) })
	for i := range kinds {
		f.Add(kinds[0], bodies[0], kinds[i], bodies[i])
	}
	f.Fuzz(func(t *testing.T, kind1 uint16, body1 []byte, kind2 uint16, body2 []byte) {
		var seen []string
		for range 2 {
			h := newHistory(t)
			h.want(KeyPinBody{user("bob"), key(9), 1}, stream.OK)
			for _, ev := range []stream.Event{{Kind: schema.EventKind(kind1), Body: body1}, {Kind: schema.EventKind(kind2), Body: body2}} {
				before := observe(h.state)
				if got := h.state.Apply(h.meta(), ev.Kind, ev.Body); got.Status == stream.Void {
					h.state.head-- // the position alone has changed
					if observe(h.state) != before {
						t.Fatalf("a void event changed the state: %v", got)
					}
					h.state.head++
				}
			}
			if p, ok := h.state.Pin(user("bob")); !ok || p.Fingerprint != key(9) {
				t.Fatal("a pin was replaced")
			}
			h.want(DraftBody{Text: "after"}, stream.OK)
			seen = append(seen, observe(h.state))
		}
		if seen[0] != seen[1] {
			t.Fatal("two replicas differ")
		}
	})
}

func BenchmarkApply(b *testing.B) {
	h := newHistory(b)
	b.ReportAllocs()
	for i := uint64(1); b.Loop(); i++ {
		h.state.Apply(h.meta(), schema.KindReadMarker, schema.MustMarshal(ReadMarkerBody{place.Workspace, place.Stream, i}))
	}
}
