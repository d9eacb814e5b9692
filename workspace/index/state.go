// Package index reduces a circle's index stream: which streams the circle has
// and what they are called, what the workspace and the circle are called, and
// its members' profiles. See package stream for what is expected of a reducer.
//
// An index is always reduced from its first event.
package index

import (
	"maps"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
)

// Stream is one stream of the circle. It is immutable: the state replaces it.
type Stream struct {
	ID       schema.StreamID
	Kind     schema.StreamKind
	Name     string // as signed; shown through [text.Display]
	Topic    string
	Archived bool
	Creator  schema.UserID
	Created  uint64 // sequence number of its creation
}

// Profile is how a user wants to be called.
type Profile struct {
	User                        schema.UserID
	Name, Title, Pronouns, Zone string
	Seq                         uint64
}

// Meta tells what the circle is.
type Meta struct {
	Kind CircleKind
	Name string
	By   schema.UserID
	Seq  uint64
}

// State is the state of one index stream. It must not be used by several
// goroutines at once; the values that it hands out may be.
type State struct {
	self schema.StreamID
	head uint64
	tables
	seen map[schema.EventID]bool
	// changes are what the last events replaced, for snapshots of the recent past.
	changes []change
	// checked is the sequence number of the last snapshot that was recomputed.
	checked     uint64
	erased      []stream.Meta
	contradicts []Contradiction
	quarantined []stream.QuarantinedEvent
}

// tables are what a snapshot speaks of.
type tables struct {
	streams  map[schema.StreamID]*Stream
	profiles map[schema.UserID]*Profile
	name     string
	meta     *Meta
}

func (t tables) clone() tables {
	t.streams, t.profiles = maps.Clone(t.streams), maps.Clone(t.profiles)
	return t
}

// New is the state before the first event of the index stream self.
func New(self schema.StreamID) *State {
	return &State{
		self:   self,
		tables: tables{streams: map[schema.StreamID]*Stream{}, profiles: map[schema.UserID]*Profile{}},
		seen:   map[schema.EventID]bool{},
	}
}

// Apply adds the next event. Sequence numbers ascend; they may skip events that
// the layer below refused. An event at or below the head changes nothing.
func (s *State) Apply(ev stream.Meta, kind schema.EventKind, octets []byte) stream.Outcome {
	if ev.Seq <= s.head {
		return stream.Ignore(stream.ReasonOutOfOrder)
	}
	s.head = ev.Seq
	outcome := s.judge(ev, kind, octets)
	if outcome.Status == stream.Quarantined {
		s.quarantined = append(s.quarantined, stream.QuarantinedEvent{Seq: ev.Seq, ID: ev.ID, Author: ev.Author, Kind: kind, Reason: outcome.Reason})
	}
	return outcome
}

// ApplyErased adds the next event, of which the ciphertext is gone. Nobody has
// the right to erase in an index: it is listed by [State.Erased], and snapshots
// cannot be checked from there on.
func (s *State) ApplyErased(ev stream.Meta) stream.Outcome {
	if ev.Seq <= s.head {
		return stream.Ignore(stream.ReasonOutOfOrder)
	}
	s.head = ev.Seq
	s.seen[ev.ID] = true
	s.erased = append(s.erased, ev)
	return stream.OK
}

func (s *State) judge(ev stream.Meta, kind schema.EventKind, octets []byte) stream.Outcome {
	if s.seen[ev.ID] {
		return stream.Refuse(stream.ReasonDuplicate)
	}
	s.seen[ev.ID] = true
	if !ev.Role.Valid() {
		return stream.Refuse(stream.ReasonForbidden)
	}
	switch kind {
	case schema.KindStreamCreate:
		return with(octets, &StreamCreateBody{}, func(b *StreamCreateBody) stream.Outcome { return s.create(ev, b) })
	case schema.KindStreamUpdate:
		return with(octets, &StreamUpdateBody{}, func(b *StreamUpdateBody) stream.Outcome {
			return s.change(ev, b.Stream, func(next *Stream) {
				if b.Name != nil {
					next.Name = *b.Name
				}
				if b.Topic != nil {
					next.Topic = *b.Topic
				}
			})
		})
	case schema.KindStreamArchive:
		return with(octets, &StreamArchiveBody{}, func(b *StreamArchiveBody) stream.Outcome {
			return s.change(ev, b.Stream, func(next *Stream) { next.Archived = b.Archived })
		})
	case schema.KindWorkspaceName:
		return with(octets, &WorkspaceNameBody{}, func(b *WorkspaceNameBody) stream.Outcome {
			if ev.Role < schema.RoleAdmin {
				return stream.Refuse(stream.ReasonForbidden)
			}
			s.note(change{seq: ev.Seq, table: tableName, name: s.name})
			s.name = b.Name
			return stream.OK
		})
	case schema.KindProfile:
		return with(octets, &ProfileBody{}, func(b *ProfileBody) stream.Outcome {
			s.note(change{seq: ev.Seq, table: tableProfiles, user: ev.Author, profile: s.profiles[ev.Author]})
			s.profiles[ev.Author] = &Profile{User: ev.Author, Name: b.Name, Title: b.Title, Pronouns: b.Pronouns, Zone: b.Zone, Seq: ev.Seq}
			return stream.OK
		})
	case schema.KindCircleMeta:
		return with(octets, &CircleMetaBody{}, func(b *CircleMetaBody) stream.Outcome {
			if !ev.Manager {
				return stream.Refuse(stream.ReasonForbidden)
			}
			s.note(change{seq: ev.Seq, table: tableMeta, meta: s.meta})
			s.meta = &Meta{Kind: b.Kind, Name: b.Name, By: ev.Author, Seq: ev.Seq}
			return stream.OK
		})
	case schema.KindSnapshot:
		return with(octets, &SnapshotBody{}, func(b *SnapshotBody) stream.Outcome { return s.verify(ev, b) })
	}
	return stream.Refuse(stream.Foreign(kind, 100))
}

// with decodes a body and judges it.
func with[B body](octets []byte, b B, judge func(B) stream.Outcome) stream.Outcome {
	if reason := decode(octets, b); reason != 0 {
		return stream.Refuse(reason)
	}
	return judge(b)
}

// create: the first creation of an id stands for ever, archived or not.
func (s *State) create(ev stream.Meta, b *StreamCreateBody) stream.Outcome {
	switch {
	case ev.Role < schema.RoleMember:
		return stream.Refuse(stream.ReasonForbidden)
	case b.Stream == s.self || s.streams[b.Stream] != nil:
		return stream.Refuse(stream.ReasonExists)
	case len(s.streams) >= schema.MaxStreams:
		return stream.Refuse(stream.ReasonLimit)
	}
	s.note(change{seq: ev.Seq, table: tableStreams, id: b.Stream})
	s.streams[b.Stream] = &Stream{ID: b.Stream, Kind: b.Kind, Name: b.Name, Topic: b.Topic, Creator: ev.Author, Created: ev.Seq}
	return stream.OK
}

// change lets the creator of a stream, unless a guest by now, and admins change it.
func (s *State) change(ev stream.Meta, id schema.StreamID, edit func(*Stream)) stream.Outcome {
	old := s.streams[id]
	if old == nil {
		return stream.Refuse(stream.ReasonUnknownTarget)
	}
	if ev.Role < schema.RoleMember || ev.Author != old.Creator && ev.Role < schema.RoleAdmin {
		return stream.Refuse(stream.ReasonForbidden)
	}
	next := *old
	edit(&next)
	s.note(change{seq: ev.Seq, table: tableStreams, id: id, stream: old})
	s.streams[id] = &next
	return stream.OK
}
