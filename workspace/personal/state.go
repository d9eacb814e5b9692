// Package personal reduces the log that a user keeps in a workspace of one: read
// markers, verifications and pins of other people's keys, drafts and settings,
// for all of the user's devices. See package stream for what is expected of a
// reducer.
//
// A personal log is always reduced from its first event.
package personal

import (
	"bytes"
	"maps"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
)

// SettingStrictVerification, if its value is "1", refuses to write to people
// whose key is not verified.
const SettingStrictVerification = "security.strict-verification"

// Place is a stream of a workspace.
type Place struct {
	Workspace schema.WorkspaceID
	Stream    schema.StreamID
}

// Spot is where a draft is written: a stream, or one of its threads.
type Spot struct {
	Place
	Thread schema.EventID // zero outside of threads
}

// Draft is a text that was not sent yet.
type Draft struct {
	Spot
	Text string
	At   int64 // the device's clock, Unix milliseconds
	Seq  uint64
}

// Pin is the key by which the user knows somebody.
type Pin struct {
	User        schema.UserID
	Fingerprint schema.Fingerprint
	FirstSeen   int64 // Unix milliseconds
	Seq         uint64
	// Verified is set while a verification of the key stands.
	Verified *Verification
}

// Verification is how and when a pinned key was compared with its owner.
type Verification struct {
	Method Method
	At     int64 // Unix milliseconds
	Seq    uint64
}

// Conflict is a different key that one of the user's devices was shown for a
// user whose key is pinned (ATTACKS K2, K9, K13). The pin stands.
type Conflict struct {
	User   schema.UserID
	Pinned schema.Fingerprint
	Other  schema.Fingerprint
	Device schema.DeviceID // that was shown it
	Seq    uint64
}

// State is the state of one personal log. It must not be used by several
// goroutines at once.
type State struct {
	owner       schema.UserID
	head        uint64
	seen        map[schema.EventID]bool
	markers     map[Place]uint64
	pins        map[schema.UserID]*Pin
	conflicts   []Conflict
	drafts      map[Spot]*Draft
	settings    map[string]string
	quarantined []stream.QuarantinedEvent
}

// New is the state before the first event of the owner's log.
func New(owner schema.UserID) *State {
	return &State{
		owner:    owner,
		seen:     map[schema.EventID]bool{},
		markers:  map[Place]uint64{},
		pins:     map[schema.UserID]*Pin{},
		drafts:   map[Spot]*Draft{},
		settings: map[string]string{},
	}
}

// Apply adds the next event. Sequence numbers ascend; they may skip events that
// the layer below refused. An event at or below the head changes nothing. Only
// the owner writes here.
func (s *State) Apply(ev stream.Meta, kind schema.EventKind, body []byte) stream.Outcome {
	if ev.Seq <= s.head {
		return stream.Ignore(stream.ReasonOutOfOrder)
	}
	s.head = ev.Seq
	outcome := s.judge(ev, kind, body)
	if outcome.Status == stream.Quarantined {
		s.quarantined = append(s.quarantined, stream.QuarantinedEvent{Seq: ev.Seq, ID: ev.ID, Author: ev.Author, Kind: kind, Reason: outcome.Reason})
	}
	return outcome
}

// ApplyErased adds the next event, of which the ciphertext is gone. What it said
// is lost; nothing else changes.
func (s *State) ApplyErased(ev stream.Meta) stream.Outcome {
	if ev.Seq <= s.head {
		return stream.Ignore(stream.ReasonOutOfOrder)
	}
	s.head = ev.Seq
	s.seen[ev.ID] = true
	return stream.OK
}

func (s *State) judge(ev stream.Meta, kind schema.EventKind, octets []byte) stream.Outcome {
	if s.seen[ev.ID] {
		return stream.Refuse(stream.ReasonDuplicate)
	}
	s.seen[ev.ID] = true
	if ev.Author != s.owner {
		return stream.Refuse(stream.ReasonForbidden)
	}
	switch kind {
	case schema.KindReadMarker:
		return with(octets, &ReadMarkerBody{}, s.mark)
	case schema.KindVerification:
		return with(octets, &VerificationBody{}, func(b *VerificationBody) stream.Outcome { return s.verify(ev, b) })
	case schema.KindDraft:
		return with(octets, &DraftBody{}, func(b *DraftBody) stream.Outcome { return s.draft(ev, b) })
	case schema.KindKeyPin:
		return with(octets, &KeyPinBody{}, func(b *KeyPinBody) stream.Outcome {
			return s.pin(ev, b.User, b.Fingerprint, b.FirstSeen)
		})
	case schema.KindSetting:
		return with(octets, &SettingBody{}, s.set)
	}
	return stream.Refuse(stream.Foreign(kind, 300))
}

// with decodes a body and judges it.
func with[B stream.Body](octets []byte, b B, judge func(B) stream.Outcome) stream.Outcome {
	if reason := stream.Decode(octets, b); reason != 0 {
		return stream.Refuse(reason)
	}
	return judge(b)
}

func (s *State) mark(b *ReadMarkerBody) stream.Outcome {
	at := Place{b.Workspace, b.Stream}
	if b.Seq <= s.markers[at] {
		return stream.Ignore(stream.ReasonStale)
	}
	s.markers[at] = b.Seq
	return stream.OK
}

// pin notes a key if it is the first for its user. The same key again is void,
// another one is a conflict.
func (s *State) pin(ev stream.Meta, user schema.UserID, f schema.Fingerprint, firstSeen int64) stream.Outcome {
	p := s.pins[user]
	switch {
	case p == nil:
		s.pins[user] = &Pin{User: user, Fingerprint: f, FirstSeen: firstSeen, Seq: ev.Seq}
		return stream.OK
	case p.Fingerprint == f:
		return stream.Ignore(stream.ReasonStale)
	}
	s.conflicts = append(s.conflicts, Conflict{User: user, Pinned: p.Fingerprint, Other: f, Device: ev.Device, Seq: ev.Seq})
	return stream.Refuse(stream.ReasonKeyConflict)
}

// verify pins a key that was not pinned, and never another than the pinned one.
func (s *State) verify(ev stream.Meta, b *VerificationBody) stream.Outcome {
	if b.Withdrawn {
		if p := s.pins[b.User]; p == nil || p.Fingerprint != b.Fingerprint || p.Verified == nil {
			return stream.Ignore(stream.ReasonStale)
		}
	} else if outcome := s.pin(ev, b.User, b.Fingerprint, b.At); outcome.Status == stream.Quarantined {
		return outcome
	}
	next := *s.pins[b.User]
	next.Verified = nil
	if !b.Withdrawn {
		next.Verified = &Verification{Method: b.Method, At: b.At, Seq: ev.Seq}
	}
	s.pins[b.User] = &next
	return stream.OK
}

func (s *State) draft(ev stream.Meta, b *DraftBody) stream.Outcome {
	at := Spot{Place: Place{b.Workspace, b.Stream}}
	if b.Thread != nil {
		at.Thread = *b.Thread
	}
	if b.Text == "" {
		delete(s.drafts, at)
		return stream.OK
	}
	s.drafts[at] = &Draft{Spot: at, Text: b.Text, At: ev.At, Seq: ev.Seq}
	return stream.OK
}

func (s *State) set(b *SettingBody) stream.Outcome {
	if len(b.Value) == 0 {
		delete(s.settings, b.Key)
		return stream.OK
	}
	if _, ok := s.settings[b.Key]; !ok && len(s.settings) >= MaxSettings {
		return stream.Refuse(stream.ReasonLimit)
	}
	s.settings[b.Key] = string(b.Value)
	return stream.OK
}

// Head is the sequence number of the last event.
func (s *State) Head() uint64 { return s.head }

// ReadMarker is the sequence number up to which a stream is read; 0 for nothing.
func (s *State) ReadMarker(at Place) uint64 { return s.markers[at] }

// Pin is the key by which the user knows somebody.
func (s *State) Pin(user schema.UserID) (*Pin, bool) {
	p, ok := s.pins[user]
	return p, ok
}

// Pins lists all pins, ascending by user.
func (s *State) Pins() []*Pin {
	return slices.SortedFunc(maps.Values(s.pins), func(a, b *Pin) int { return bytes.Compare(a.User[:], b.User[:]) })
}

// Verified reports whether a verification of exactly this key of the user stands.
func (s *State) Verified(user schema.UserID, f schema.Fingerprint) bool {
	p := s.pins[user]
	return p != nil && p.Fingerprint == f && p.Verified != nil
}

// Conflicts lists the keys that contradict a pin, in the order they were reported.
func (s *State) Conflicts() []Conflict { return slices.Clone(s.conflicts) }

// Draft is the draft at a spot.
func (s *State) Draft(at Spot) (*Draft, bool) {
	d, ok := s.drafts[at]
	return d, ok
}

// Drafts lists all drafts, newest first.
func (s *State) Drafts() []*Draft {
	return slices.SortedFunc(maps.Values(s.drafts), func(a, b *Draft) int {
		if a.Seq > b.Seq {
			return -1
		}
		return 1
	})
}

// Setting is the value of a setting; false if it is not set.
func (s *State) Setting(key string) ([]byte, bool) {
	v, ok := s.settings[key]
	return []byte(v), ok
}

// StrictVerification reports whether [SettingStrictVerification] is on.
func (s *State) StrictVerification() bool { return s.settings[SettingStrictVerification] == "1" }

// Quarantined lists the events that break a rule, ascending.
func (s *State) Quarantined() []stream.QuarantinedEvent { return slices.Clone(s.quarantined) }
