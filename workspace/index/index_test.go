package index

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
	"github.com/cenacle-team/cenacle/workspace/stream/streamtest"
)

func user(name string) (u schema.UserID) { copy(u[:], name); return u }

func sid(name string) (s schema.StreamID) { copy(s[:], name); return s }

func ptr[T any](v T) *T { return &v }

var self = sid("the index")

var roles = map[string]schema.Role{
	"alice": schema.RoleMember, "bob": schema.RoleMember, "adam": schema.RoleAdmin, "olga": schema.RoleOwner, "gus": schema.RoleGuest,
}

var (
	forbidden = stream.Refuse(stream.ReasonForbidden)
	malformed = stream.Refuse(stream.ReasonMalformed)
	tooLarge  = stream.Refuse(stream.ReasonTooLarge)
	badName   = stream.Refuse(stream.ReasonBadName)
	exists    = stream.Refuse(stream.ReasonExists)
)

type history struct {
	t     testing.TB
	state *State
	seq   uint64
}

func newHistory(t testing.TB) *history { return &history{t: t, state: New(self)} }

func kindOf(b any) schema.EventKind {
	switch b.(type) {
	case StreamCreateBody:
		return schema.KindStreamCreate
	case StreamUpdateBody:
		return schema.KindStreamUpdate
	case StreamArchiveBody:
		return schema.KindStreamArchive
	case WorkspaceNameBody:
		return schema.KindWorkspaceName
	case ProfileBody:
		return schema.KindProfile
	case CircleMetaBody:
		return schema.KindCircleMeta
	case SnapshotBody:
		return schema.KindSnapshot
	}
	panic(fmt.Sprintf("no kind for %T", b))
}

func (h *history) meta(author string) stream.Meta {
	h.seq++
	m := stream.Meta{Seq: h.seq, Author: user(author), Role: roles[author], Manager: roles[author] >= schema.RoleAdmin}
	binary.BigEndian.PutUint64(m.ID[:], h.seq)
	return m
}

func (h *history) want(author string, b any, want stream.Outcome) {
	h.t.Helper()
	if got := h.state.Apply(h.meta(author), kindOf(b), schema.MustMarshal(b)); got != want {
		h.t.Errorf("%+v by %s: %v (%v), want %v (%v)", b, author, got.Status, got.Reason, want.Status, want.Reason)
	}
}

func channel(id, name string) StreamCreateBody {
	return StreamCreateBody{Stream: sid(id), Kind: schema.StreamChat, Name: name}
}

func TestStreams(t *testing.T) {
	h := newHistory(t)
	h.want("alice", channel("a", "general"), stream.OK)
	h.want("gus", channel("g", "guests"), forbidden)
	h.want("bob", StreamCreateBody{Stream: sid("b"), Kind: 77, Name: "boards", Topic: "later"}, stream.OK) // a kind of a later release
	h.want("alice", StreamUpdateBody{Stream: sid("a"), Topic: ptr("all")}, stream.OK)
	h.want("adam", StreamUpdateBody{Stream: sid("a"), Name: ptr("Général")}, stream.OK)
	h.want("bob", StreamUpdateBody{Stream: sid("a"), Name: ptr("mine")}, forbidden)
	h.want("bob", StreamArchiveBody{Stream: sid("a"), Archived: true}, forbidden)
	h.want("olga", StreamArchiveBody{Stream: sid("a"), Archived: true}, stream.OK)
	h.want("alice", StreamUpdateBody{Stream: sid("x"), Name: ptr("n")}, stream.Refuse(stream.ReasonUnknownTarget))
	h.want("alice", StreamUpdateBody{Stream: sid("a")}, malformed)
	h.want("adam", channel("c", "GE\u0301NE\u0301RAL"), stream.OK)
	got := h.state.Streams()
	if len(got) != 3 || got[0].Name != "Général" || got[0].Topic != "all" || !got[0].Archived || got[0].Creator != user("alice") ||
		!got[0].Duplicate || !got[2].Duplicate || got[1].Duplicate || got[1].Supported || !got[0].Supported {
		t.Errorf("streams: %+v", got)
	}
	if n := h.state.Named("général"); len(n) != 2 || n[0].ID != sid("a") {
		t.Errorf("found by name: %v", n)
	}
	if x, ok := h.state.Stream(sid("b")); !ok || x.Kind != 77 || x.Topic != "later" {
		t.Errorf("stream b: %+v", x)
	}
	before, _ := h.state.Stream(sid("a"))
	h.want("alice", StreamArchiveBody{Stream: sid("a")}, stream.OK)
	if after, _ := h.state.Stream(sid("a")); after.Archived || !before.Archived {
		t.Error("a stream that was handed out has changed, or the archive holds it")
	}
	roles["alice"] = schema.RoleGuest
	defer func() { roles["alice"] = schema.RoleMember }()
	h.want("alice", StreamArchiveBody{Stream: sid("a"), Archived: true}, forbidden)
}

func TestAttack_I17_ArchivedStreamIsNotReplaced(t *testing.T) {
	h := newHistory(t)
	h.want("alice", channel("a", "plans"), stream.OK)
	h.want("alice", StreamArchiveBody{Stream: sid("a"), Archived: true}, stream.OK)
	for _, who := range []string{"bob", "adam", "olga", "alice"} {
		h.want(who, channel("a", "plans"), exists)
	}
	h.want("bob", channel("the index", "index"), exists)
	x, _ := h.state.Stream(sid("a"))
	if x.Creator != user("alice") || !x.Archived || len(h.state.Streams()) != 1 || len(h.state.Quarantined()) != 5 {
		t.Errorf("the archived stream was replaced: %+v", x)
	}
	// A new stream of the old name is possible, and both are flagged.
	h.want("bob", channel("b", "Plans"), stream.OK)
	for _, x := range h.state.Streams() {
		if !x.Duplicate {
			t.Errorf("%+v is not flagged", x)
		}
	}
}

func TestNames(t *testing.T) {
	long := strings.Repeat("x", schema.MaxName+1)
	h := newHistory(t)
	h.want("adam", channel("s", "ok"), stream.OK)
	for name, want := range map[string]stream.Outcome{
		"": badName, " x": badName, "x\n": badName, "a\u202eb": badName, "a\u200bb": badName, "a\u2066": badName, long: tooLarge, "x\x00": badName,
	} {
		h.want("adam", channel("n", name), want)
		h.want("adam", StreamUpdateBody{Stream: sid("s"), Name: &name}, want)
		h.want("adam", WorkspaceNameBody{Name: name}, want)
		h.want("adam", ProfileBody{Name: name}, want)
		h.want("adam", CircleMetaBody{Kind: CircleGroup, Name: name}, want)
		if name != "" {
			h.want("adam", ProfileBody{Name: "ok", Title: name}, want)
			h.want("adam", ProfileBody{Name: "ok", Pronouns: name}, want)
			h.want("adam", ProfileBody{Name: "ok", Zone: name}, want)
			h.want("adam", CircleMetaBody{Kind: CircleDirect, Name: name}, want)
		}
	}
	h.want("adam", StreamCreateBody{Stream: sid("t"), Kind: schema.StreamChat, Name: "t", Topic: strings.Repeat("x", schema.MaxTopic+1)}, tooLarge)
	h.want("adam", StreamUpdateBody{Stream: sid("s"), Topic: ptr("a\u202e")}, badName)
	h.want("adam", StreamCreateBody{Kind: schema.StreamChat, Name: "zero id"}, malformed)
	for _, kind := range []schema.StreamKind{0, schema.StreamIndex, schema.StreamPersonal} {
		h.want("adam", StreamCreateBody{Stream: sid("k"), Kind: kind, Name: "k"}, malformed)
	}
	h.want("adam", CircleMetaBody{Name: "x"}, malformed)
	h.want("adam", CircleMetaBody{Kind: CircleDirect}, stream.OK)
}

func TestWorkspaceProfileAndCircle(t *testing.T) {
	h := newHistory(t)
	h.want("alice", WorkspaceNameBody{Name: "Mine"}, forbidden)
	h.want("adam", WorkspaceNameBody{Name: "Aurore"}, stream.OK)
	h.want("olga", WorkspaceNameBody{Name: "Aurore II"}, stream.OK)
	h.want("gus", ProfileBody{Name: "Gustave", Title: "notaire", Pronouns: "il", Zone: "Europe/Paris"}, stream.OK)
	h.want("alice", ProfileBody{Name: "Alice"}, stream.OK)
	h.want("alice", CircleMetaBody{Kind: CircleChannel, Name: "mine"}, forbidden)
	h.want("adam", CircleMetaBody{Kind: CircleChannel, Name: "direction"}, stream.OK)
	if h.state.WorkspaceName() != "Aurore II" {
		t.Errorf("workspace name: %q", h.state.WorkspaceName())
	}
	if p, ok := h.state.Profile(user("gus")); !ok || p.Name != "Gustave" || p.Title != "notaire" || p.User != user("gus") {
		t.Errorf("profile: %+v", p)
	}
	if _, ok := h.state.Profile(user("bob")); ok {
		t.Error("a profile came from nowhere")
	}
	if m, ok := h.state.CircleMeta(); !ok || m.Name != "direction" || m.By != user("adam") || m.Kind != CircleChannel {
		t.Errorf("circle: %+v", m)
	}
	h.want("stranger", ProfileBody{Name: "x"}, forbidden)
}

func TestAttack_K14_Lookalikes(t *testing.T) {
	h := newHistory(t)
	h.want("alice", ProfileBody{Name: "Alice Martin"}, stream.OK)
	h.want("bob", ProfileBody{Name: "Bob"}, stream.OK)
	if l := h.state.Lookalikes(); l != nil {
		t.Errorf("honest names are flagged: %v", l)
	}
	h.want("gus", ProfileBody{Name: "Аlice Mаrtin"}, stream.OK) // Cyrillic А and а
	h.want("olga", ProfileBody{Name: "BOB"}, stream.OK)
	h.want("adam", ProfileBody{Name: "AIice Martin"}, stream.OK)
	want := [][]schema.UserID{{user("adam"), user("alice"), user("gus")}, {user("bob"), user("olga")}}
	if got := h.state.Lookalikes(); !reflect.DeepEqual(got, want) {
		t.Errorf("lookalikes: %v", got)
	}
	h.want("gus", ProfileBody{Name: "Alice\u202e Martin"}, badName)
}

func TestAttack_E3_OneIDIsAppliedOnce(t *testing.T) {
	h := newHistory(t)
	m := h.meta("adam")
	body := schema.MustMarshal(WorkspaceNameBody{Name: "one"})
	if got := h.state.Apply(m, schema.KindWorkspaceName, body); got != stream.OK {
		t.Fatal(got)
	}
	if got := h.state.Apply(m, schema.KindWorkspaceName, body); got != stream.Ignore(stream.ReasonOutOfOrder) {
		t.Errorf("an old sequence number: %v", got)
	}
	h.want("olga", WorkspaceNameBody{Name: "two"}, stream.OK)
	m.Seq = 3
	if got := h.state.Apply(m, schema.KindWorkspaceName, body); got != stream.Refuse(stream.ReasonDuplicate) {
		t.Errorf("an old event id: %v", got)
	}
	if h.state.WorkspaceName() != "two" {
		t.Error("an event was applied twice")
	}
}

func TestAttack_E7_KindsOfOtherStreams(t *testing.T) {
	body := schema.MustMarshal(WorkspaceNameBody{Name: "x"})
	for kind, want := range map[schema.EventKind]stream.Reason{
		0: stream.ReasonWrongKind, schema.KindMessage: stream.ReasonWrongKind, schema.KindSetting: stream.ReasonWrongKind,
		schema.KindPresence: stream.ReasonWrongKind, 100: stream.ReasonUnknownKind, 198: stream.ReasonUnknownKind,
		schema.KindStreamCreate: stream.ReasonMalformed, schema.KindSnapshot: stream.ReasonMalformed,
	} {
		h := newHistory(t)
		if got := h.state.Apply(h.meta("olga"), kind, body); got != stream.Refuse(want) {
			t.Errorf("kind %d: %v", kind, got)
		}
		if q := h.state.Quarantined(); len(q) != 1 || q[0].Kind != kind || q[0].Reason != want {
			t.Errorf("kind %d: %v", kind, q)
		}
	}
}

// scramble applies n random events and returns the hash after each.
func scramble(h *history, rng interface{ IntN(int) int }, n int) []schema.Hash {
	names := []string{"alice", "bob", "adam", "olga", "gus"}
	hashes := []schema.Hash{h.state.Hash()}
	for i := range n {
		who, id, name := names[rng.IntN(5)], fmt.Sprint("s", rng.IntN(6)), fmt.Sprint("name ", i)
		var b any
		switch rng.IntN(7) {
		case 0, 1:
			b = channel(id, name)
		case 2:
			b = StreamUpdateBody{Stream: sid(id), Name: &name}
		case 3:
			b = StreamArchiveBody{Stream: sid(id), Archived: rng.IntN(2) == 0}
		case 4:
			b = WorkspaceNameBody{Name: name}
		case 5:
			b = ProfileBody{Name: name}
		case 6:
			b = CircleMetaBody{Kind: CircleGroup, Name: name}
		}
		h.state.Apply(h.meta(who), kindOf(b), schema.MustMarshal(b))
		hashes = append(hashes, h.state.Hash())
	}
	return hashes
}

// The state of any recent position can be recomputed from the present one.
func TestStateOfThePast(t *testing.T) {
	for seed := range uint64(100) {
		h := newHistory(t)
		for seq, want := range scramble(h, rand.New(rand.NewPCG(seed, 2)), 60) {
			if got := h.state.at(uint64(seq)).hash(); got != want {
				t.Fatalf("seed %d: the state after event %d is not what it was", seed, seq)
			}
		}
	}
}

func TestAttack_E17_SnapshotAgainstTheLog(t *testing.T) {
	unverifiable := stream.Ignore(stream.ReasonUnverifiable)
	h := newHistory(t)
	hashes := scramble(h, rand.New(rand.NewPCG(1, 2)), 300)
	h.want("gus", SnapshotBody{Seq: 299, State: hashes[299], Rules: Rules}, forbidden)
	h.want("bob", SnapshotBody{Seq: h.seq + 1, State: hashes[300], Rules: Rules}, malformed)
	h.want("bob", SnapshotBody{Seq: 290, State: schema.Hash{1}, Rules: Rules + 1}, unverifiable)
	h.want("alice", SnapshotBody{Seq: 250, State: hashes[250], Rules: Rules}, stream.OK)
	h.want("bob", SnapshotBody{Seq: 251, State: schema.Hash{1}, Rules: Rules}, unverifiable) // too near to the last
	before := h.state.Hash()
	scramble(h, rand.New(rand.NewPCG(2, 2)), 100)
	if before == h.state.Hash() {
		t.Fatal("nothing has changed")
	}
	before = h.state.Hash()
	lie := SnapshotBody{Seq: 300, State: schema.Hash{1}, Rules: Rules}
	h.want("bob", lie, stream.Refuse(stream.ReasonContradiction))
	c := h.state.Contradictions()
	if len(c) != 1 || c[0].Author != user("bob") || c[0].Claimed != lie.State || c[0].Actual != hashes[300] || c[0].At != 300 || c[0].Seq != h.seq {
		t.Errorf("contradictions: %+v", c)
	}
	if q := h.state.Quarantined(); q[len(q)-1].Reason != stream.ReasonContradiction {
		t.Errorf("quarantined: %+v", q[len(q)-1])
	}
	if h.state.Hash() != before {
		t.Error("a snapshot changed the state")
	}
	// An honest one after it, of this state.
	scramble(h, rand.New(rand.NewPCG(3, 2)), SnapshotDistance)
	h.want("alice", h.state.Snapshot(), stream.OK)
	// Out of reach.
	scramble(h, rand.New(rand.NewPCG(4, 2)), SnapshotReach)
	h.want("alice", SnapshotBody{Seq: h.seq - SnapshotReach, Rules: Rules}, unverifiable)
	h.want("alice", SnapshotBody{Seq: h.seq + 1 - SnapshotReach, State: h.state.at(h.seq + 1 - SnapshotReach).hash(), Rules: Rules}, stream.OK)
	// After an erasure nothing can be recomputed.
	scramble(h, rand.New(rand.NewPCG(5, 2)), SnapshotDistance)
	if got := h.state.ApplyErased(h.meta("alice")); got != stream.OK || len(h.state.Erased()) != 1 {
		t.Errorf("erased: %v", got)
	}
	h.want("alice", h.state.Snapshot(), unverifiable)
}

// Long journals are cut and still reach far enough.
func TestSnapshotReach(t *testing.T) {
	h := newHistory(t)
	hashes := map[uint64]schema.Hash{}
	for h.seq < 5*SnapshotReach {
		h.want("alice", ProfileBody{Name: fmt.Sprint("n", h.seq)}, stream.OK)
		hashes[h.seq] = h.state.Hash()
		if past, ok := hashes[h.seq+1-SnapshotReach]; ok && h.state.at(h.seq+1-SnapshotReach).hash() != past {
			t.Fatalf("at %d the past is lost", h.seq)
		}
		if len(h.state.changes) >= 2*SnapshotReach {
			t.Fatalf("%d changes are kept", len(h.state.changes))
		}
	}
}

func TestStreamLimit(t *testing.T) {
	h := newHistory(t)
	for i := range schema.MaxStreams {
		h.state.streams[schema.StreamID{byte(i >> 8), byte(i), 9}] = &Stream{}
	}
	h.want("alice", channel("more", "more"), stream.Refuse(stream.ReasonLimit))
}

// The form that is hashed is frozen: a change of it needs a new Rules.
func TestFrozenHash(t *testing.T) {
	h := newHistory(t)
	h.want("alice", StreamCreateBody{Stream: sid("a"), Kind: schema.StreamChat, Name: "general", Topic: "t"}, stream.OK)
	h.want("adam", WorkspaceNameBody{Name: "Aurore"}, stream.OK)
	h.want("gus", ProfileBody{Name: "Gus", Title: "t", Pronouns: "p", Zone: "z"}, stream.OK)
	h.want("adam", CircleMetaBody{Kind: CircleGroup, Name: "g"}, stream.OK)
	const want = "982daf1ffb8e25a9004a7d76f06657e0610b09214c4d8803c83cb5381a1f8b09"
	if got := h.state.Hash().String(); got != want {
		t.Errorf("hash of the state: %s", got)
	}
}

func TestFrozenBodies(t *testing.T) {
	streamtest.Golden(t, []streamtest.Body{
		{Kind: schema.KindStreamCreate, Example: &StreamCreateBody{Stream: sid("stream"), Kind: schema.StreamChat, Name: "général", Topic: "Pour tous"}},
		{Kind: schema.KindStreamUpdate, Example: &StreamUpdateBody{Stream: sid("stream"), Name: ptr("projet"), Topic: ptr("")}},
		{Kind: schema.KindStreamArchive, Example: &StreamArchiveBody{Stream: sid("stream"), Archived: true}},
		{Kind: schema.KindWorkspaceName, Example: &WorkspaceNameBody{Name: "Projet Aurore"}},
		{Kind: schema.KindProfile, Example: &ProfileBody{Name: "Élise", Title: "notaire", Pronouns: "elle", Zone: "Europe/Paris"}},
		{Kind: schema.KindCircleMeta, Example: &CircleMetaBody{Kind: CircleGroup, Name: "direction"}},
		{Kind: schema.KindSnapshot, Example: &SnapshotBody{Seq: 1000, State: schema.Hash{1, 2, 3}, Rules: 1}},
	})
}

// observe writes out everything that a state answers, for comparison.
func observe(s *State) string {
	meta, _ := s.CircleMeta()
	j, err := json.Marshal([]any{s.Head(), s.Streams(), s.Profiles(), s.WorkspaceName(), meta, s.Lookalikes(), s.Quarantined(), s.Contradictions(), s.Erased(), s.Hash()})
	if err != nil {
		panic(err)
	}
	return string(j)
}

// FuzzIndexApply feeds two hostile events into an index: no panic, two replicas
// agree, and the next honest event is applied.
func FuzzIndexApply(f *testing.F) {
	var kinds []uint16
	var bodies [][]byte
	streamtest.Seeds(f, func(kind uint16, octets []byte) { kinds, bodies = append(kinds, kind), append(bodies, octets) })
	for i := range kinds {
		f.Add(kinds[0], bodies[0], kinds[i], bodies[i], uint8(3))
	}
	f.Fuzz(func(t *testing.T, kind1 uint16, body1 []byte, kind2 uint16, body2 []byte, role uint8) {
		var seen []string
		for range 2 {
			h := newHistory(t)
			for _, ev := range []stream.Event{{Kind: schema.EventKind(kind1), Body: slices.Clone(body1)}, {Kind: schema.EventKind(kind2), Body: slices.Clone(body2)}} {
				m := h.meta("alice")
				m.Role, m.Manager = schema.Role(role), role%2 == 0
				before := h.state.Hash()
				outcome := h.state.Apply(m, ev.Kind, ev.Body)
				if outcome.Status != stream.Applied && h.state.Hash() != before {
					t.Fatalf("%v (%v) changed the state", outcome.Status, outcome.Reason)
				}
				if h.state.at(m.Seq-1).hash() != before {
					t.Fatal("the past cannot be recomputed")
				}
			}
			h.want("adam", WorkspaceNameBody{Name: "after"}, stream.OK)
			seen = append(seen, observe(h.state))
		}
		if seen[0] != seen[1] {
			t.Fatal("two replicas differ")
		}
	})
}

func BenchmarkApply(b *testing.B) {
	h := newHistory(b)
	body := schema.MustMarshal(ProfileBody{Name: "Alice Martin", Title: "notaire"})
	b.ReportAllocs()
	for b.Loop() {
		h.state.Apply(h.meta("alice"), schema.KindProfile, body)
	}
}

func BenchmarkHash5000Profiles(b *testing.B) {
	h := newHistory(b)
	body := schema.MustMarshal(ProfileBody{Name: "Alice Martin", Title: "notaire"})
	for i := range 5000 {
		m := h.meta("alice")
		m.Author = schema.UserID{byte(i), byte(i >> 8)}
		h.state.Apply(m, schema.KindProfile, body)
	}
	for b.Loop() {
		h.state.Hash()
	}
}
