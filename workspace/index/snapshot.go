package index

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"maps"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
)

const (
	// Rules is the version of this package's rules and of the form that is
	// hashed. It grows when a release reduces some stream differently, a new
	// event kind included; snapshots by other rules are void.
	Rules = 1
	// PurposeState begins what [State.Hash] hashes.
	PurposeState = "cenacle/v1/index-state"
	// SnapshotReach is how many sequence numbers back a snapshot may speak of.
	SnapshotReach = 1000
	// SnapshotDistance is how many sequence numbers lie at least between two
	// snapshots that are recomputed: the work stays proportional to the log
	// whatever a member writes.
	SnapshotDistance = 100
)

// Contradiction is a snapshot whose author saw, or claims, another state than
// the log gives. It is shown to people: either the author lies or the two were
// given different histories.
type Contradiction struct {
	Seq     uint64 // of the snapshot event
	Author  schema.UserID
	Device  schema.DeviceID
	At      uint64 // the position that it speaks of
	Claimed schema.Hash
	Actual  schema.Hash
}

type table uint8

const (
	tableStreams table = iota + 1
	tableProfiles
	tableName
	tableMeta
)

// change is what one event replaced in one table; nil where nothing was.
type change struct {
	seq     uint64
	table   table
	id      schema.StreamID
	stream  *Stream
	user    schema.UserID
	profile *Profile
	name    string
	meta    *Meta
}

// note keeps what an event is about to replace, as far back as snapshots reach:
// the changes have a sequence number each, so those that are dropped lie more
// than SnapshotReach below any later event.
func (s *State) note(c change) {
	s.changes = append(s.changes, c)
	if len(s.changes) >= 2*SnapshotReach {
		s.changes = slices.Clone(s.changes[len(s.changes)-SnapshotReach:])
	}
}

// at is the content of the tables after the event seq.
func (s *State) at(seq uint64) tables {
	t := s.clone()
	for i := len(s.changes) - 1; i >= 0 && s.changes[i].seq > seq; i-- {
		switch c := s.changes[i]; c.table {
		case tableStreams:
			if t.streams[c.id] = c.stream; c.stream == nil {
				delete(t.streams, c.id)
			}
		case tableProfiles:
			if t.profiles[c.user] = c.profile; c.profile == nil {
				delete(t.profiles, c.user)
			}
		case tableName:
			t.name = c.name
		case tableMeta:
			t.meta = c.meta
		}
	}
	return t
}

// verify recomputes what a snapshot claims.
func (s *State) verify(ev stream.Meta, b *SnapshotBody) stream.Outcome {
	switch {
	case ev.Role < schema.RoleMember:
		return stream.Refuse(stream.ReasonForbidden)
	case b.Seq >= ev.Seq:
		return stream.Refuse(stream.ReasonMalformed) // it speaks of what its author cannot have seen
	case b.Rules != Rules || len(s.erased) > 0 || ev.Seq-b.Seq > SnapshotReach ||
		s.checked > 0 && ev.Seq-s.checked < SnapshotDistance:
		return stream.Ignore(stream.ReasonUnverifiable)
	}
	s.checked = ev.Seq
	if actual := s.at(b.Seq).hash(); actual != b.State {
		s.contradicts = append(s.contradicts, Contradiction{
			Seq: ev.Seq, Author: ev.Author, Device: ev.Device, At: b.Seq, Claimed: b.State, Actual: actual,
		})
		return stream.Refuse(stream.ReasonContradiction)
	}
	return stream.OK
}

// Hash is SHA-256([PurposeState] ‖ the deterministic CBOR of the state): streams
// ascending by id, profiles ascending by user, the workspace's name, the
// circle's meta. What was quarantined and when things happened by a clock is not
// part of it.
func (s *State) Hash() schema.Hash { return s.hash() }

// Snapshot is the body that a member writes to vouch for the present state.
func (s *State) Snapshot() SnapshotBody {
	return SnapshotBody{Seq: s.head, State: s.Hash(), Rules: Rules}
}

// The form that is hashed; see [Rules] before changing it.
type (
	dump struct {
		Streams  []dumpStream  `cbor:"1,keyasint"`
		Profiles []dumpProfile `cbor:"2,keyasint"`
		Name     string        `cbor:"3,keyasint"`
		Meta     *dumpMeta     `cbor:"4,keyasint,omitempty"`
	}
	dumpStream struct {
		ID       schema.StreamID   `cbor:"1,keyasint"`
		Kind     schema.StreamKind `cbor:"2,keyasint"`
		Name     string            `cbor:"3,keyasint"`
		Topic    string            `cbor:"4,keyasint"`
		Archived bool              `cbor:"5,keyasint"`
		Creator  schema.UserID     `cbor:"6,keyasint"`
		Created  uint64            `cbor:"7,keyasint"`
	}
	dumpProfile struct {
		User     schema.UserID `cbor:"1,keyasint"`
		Name     string        `cbor:"2,keyasint"`
		Title    string        `cbor:"3,keyasint"`
		Pronouns string        `cbor:"4,keyasint"`
		Zone     string        `cbor:"5,keyasint"`
		Seq      uint64        `cbor:"6,keyasint"`
	}
	dumpMeta struct {
		Kind CircleKind    `cbor:"1,keyasint"`
		Name string        `cbor:"2,keyasint"`
		By   schema.UserID `cbor:"3,keyasint"`
		Seq  uint64        `cbor:"4,keyasint"`
	}
)

func (t tables) hash() schema.Hash {
	d := dump{Name: t.name}
	for _, x := range byID(maps.Values(t.streams)) {
		d.Streams = append(d.Streams, dumpStream(*x))
	}
	profiles := slices.SortedFunc(maps.Values(t.profiles), func(a, b *Profile) int { return bytes.Compare(a.User[:], b.User[:]) })
	for _, x := range profiles {
		d.Profiles = append(d.Profiles, dumpProfile{User: x.User, Name: x.Name, Title: x.Title, Pronouns: x.Pronouns, Zone: x.Zone, Seq: x.Seq})
	}
	if t.meta != nil {
		m := dumpMeta(*t.meta)
		d.Meta = &m
	}
	return sha256.Sum256(append([]byte(PurposeState), schema.MustMarshal(d)...))
}

func byID(seq func(func(*Stream) bool)) []*Stream {
	return slices.SortedFunc(seq, func(a, b *Stream) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}

func byCreation(a, b *Stream) int { return cmp.Compare(a.Created, b.Created) }
