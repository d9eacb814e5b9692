// Package stream holds what every reducer of a stream shares: what is known of
// an event from outside its body, and what may become of it.
//
// A reducer turns verified events into state. It is total: any octets give a
// state or a quarantined event. It is deterministic: every replica that was
// given the same events in the same order holds the same state and has
// quarantined the same events for the same reasons (ATTACKS E14). It does no
// I/O, reads no clock and starts no goroutine. Validity therefore never depends
// on Unicode tables, which differ between releases, but on the fixed lists of
// package text.
//
// Evolution. A body is a closed struct: an unknown field makes the event
// malformed for those who do not know it. So a new field of an existing body is
// not possible; a new event kind is, and is quarantined as unknown by those who
// do not know it. The recipe stands in docs/protocol.md, "Adding an event kind".
package stream

import (
	"github.com/cenacle-team/cenacle/schema"
)

// Meta is what the layer below has verified about an event: its place in the
// stream, its author by signature, and the author's rights by causal position.
type Meta struct {
	// Seq is the event's sequence number in the stream; the first is 1.
	Seq    uint64
	ID     schema.EventID
	Author schema.UserID
	Device schema.DeviceID
	// At is the author's clock and Arrived is the server's, Unix milliseconds.
	// Neither orders anything.
	At      int64
	Arrived int64
	// Role is the author's role at the event's causal position in the roster.
	Role schema.Role
	// Manager tells that the author may manage the circle of the stream: its
	// creator, an admin or an owner.
	Manager bool
}

// Doubtful reports whether the author's and the server's clock differ by
// [schema.DoubtfulClock] or more (ATTACKS E12). It is total: the clocks are
// whatever the two wrote.
func (m Meta) Doubtful() bool { return Doubtful(m.At, m.Arrived) }

// Doubtful is [Meta.Doubtful] for two clocks in Unix milliseconds.
func Doubtful(at, arrived int64) bool {
	low, high := at, arrived
	if low > high {
		low, high = high, low
	}
	// high-low may exceed an int64; as unsigned it is exact.
	return uint64(high)-uint64(low) >= uint64(schema.DoubtfulClock.Milliseconds())
}

// Event is one verified event as pages of a stream are handed to a reducer.
type Event struct {
	Meta Meta
	Kind schema.EventKind
	Body []byte
	// Erased tells that the ciphertext is gone; Kind and Body are then unknown
	// and not looked at.
	Erased bool
}

// Status is what became of an event. Append-only.
type Status uint8

const (
	// Applied events are part of the state.
	Applied Status = 1
	// Void events are well-formed and allowed, and came too late to matter: an
	// edit of a deleted message, a read marker that would move backward.
	Void Status = 2
	// Pending events refer to what lies below the window that is loaded. They
	// are decided when older pages are applied.
	Pending Status = 3
	// Quarantined events break a rule. They change nothing and are listed.
	Quarantined Status = 4
)

var statusNames = [...]string{Applied: "applied", Void: "void", Pending: "pending", Quarantined: "quarantined"}

func (s Status) String() string { return nameOf(statusNames[:], int(s)) }

// Reason is why an event is void, pending or quarantined. The numbers are
// stable and append-only.
type Reason uint8

const (
	// ReasonMalformed: the body is not the deterministic encoding of the kind's
	// type, or a field of it is out of range.
	ReasonMalformed Reason = 1
	// ReasonTooLarge: the body or a field of it is longer than its limit.
	ReasonTooLarge Reason = 2
	// ReasonWrongKind: the kind belongs to another kind of stream (ATTACKS E7).
	ReasonWrongKind Reason = 3
	// ReasonUnknownKind: the kind may belong here and is not known.
	ReasonUnknownKind Reason = 4
	// ReasonDuplicate: an earlier event has the same id (ATTACKS E3).
	ReasonDuplicate Reason = 5
	// ReasonForbidden: the author may not do this (ATTACKS E10).
	ReasonForbidden Reason = 6
	// ReasonUnknownTarget: no earlier event of the stream has the target's id.
	ReasonUnknownTarget Reason = 7
	// ReasonWrongTarget: the target is not of the kind that this acts upon.
	ReasonWrongTarget Reason = 8
	// ReasonBadName: a name holds a character that names may not hold (ATTACKS K14).
	ReasonBadName Reason = 9
	// ReasonExists: what would be created exists (ATTACKS I17).
	ReasonExists Reason = 10
	// ReasonLimit: there are as many of these as there may be.
	ReasonLimit Reason = 11
	// ReasonContradiction: a snapshot contradicts the log (ATTACKS E17).
	ReasonContradiction Reason = 12
	// ReasonKeyConflict: another key is pinned for the user (ATTACKS K2, K13).
	ReasonKeyConflict Reason = 13
	// ReasonTargetGone: the target was deleted or erased before.
	ReasonTargetGone Reason = 14
	// ReasonStale: what is there is newer.
	ReasonStale Reason = 15
	// ReasonOutOfOrder: the sequence number is not above the last one applied.
	// The state has not changed in any way.
	ReasonOutOfOrder Reason = 16
	// ReasonUnverifiable: a snapshot that this replica cannot check.
	ReasonUnverifiable Reason = 17
	// ReasonBelowWindow: the target lies below the window that is loaded.
	ReasonBelowWindow Reason = 18
)

var reasonNames = [...]string{
	0: "none", ReasonMalformed: "malformed", ReasonTooLarge: "too_large", ReasonWrongKind: "wrong_kind",
	ReasonUnknownKind: "unknown_kind", ReasonDuplicate: "duplicate", ReasonForbidden: "forbidden",
	ReasonUnknownTarget: "unknown_target", ReasonWrongTarget: "wrong_target", ReasonBadName: "bad_name",
	ReasonExists: "exists", ReasonLimit: "limit", ReasonContradiction: "contradiction",
	ReasonKeyConflict: "key_conflict", ReasonTargetGone: "target_gone", ReasonStale: "stale",
	ReasonOutOfOrder: "out_of_order", ReasonUnverifiable: "unverifiable", ReasonBelowWindow: "below_window",
}

func (r Reason) String() string { return nameOf(reasonNames[:], int(r)) }

func nameOf(names []string, i int) string {
	if i < len(names) && names[i] != "" {
		return names[i]
	}
	return "unknown"
}

// Outcome is what became of an event and why. Outcomes compare with ==.
type Outcome struct {
	Status Status
	Reason Reason // 0 when applied
}

// OK is the outcome of an event that was applied.
var OK = Outcome{Status: Applied}

// Refuse is the outcome of an event that breaks a rule.
func Refuse(r Reason) Outcome { return Outcome{Status: Quarantined, Reason: r} }

// Ignore is the outcome of a void event.
func Ignore(r Reason) Outcome { return Outcome{Status: Void, Reason: r} }

// QuarantinedEvent names an event that was not applied, and why. Its content is
// not kept.
type QuarantinedEvent struct {
	Seq    uint64
	ID     schema.EventID
	Author schema.UserID
	Kind   schema.EventKind
	Reason Reason
}

// Body is an event's body type. Check returns nil if every field is within its
// bounds, which decoding alone does not ensure; a [schema.Error] with
// [schema.CodeTooLarge] or [schema.CodeBadRequest] otherwise. Authors call it
// before they sign, reducers after they decode.
type Body interface{ Check() error }

// Decode reads an event's body strictly into the pointer b and checks it. It
// returns 0, or the reason to quarantine the event. It keeps no reference to
// octets.
func Decode(octets []byte, b Body) Reason {
	if len(octets) > schema.MaxBody {
		return ReasonTooLarge
	}
	if schema.Unmarshal(octets, b) != nil {
		return ReasonMalformed
	}
	return ReasonOf(b.Check())
}

// ReasonOf maps an error of [Body].Check to a reason; nil to 0.
func ReasonOf(err error) Reason {
	switch {
	case err == nil:
		return 0
	case schema.HasCode(err, schema.CodeTooLarge):
		return ReasonTooLarge
	default:
		return ReasonMalformed
	}
}

// Foreign returns why a kind that a reducer does not handle is quarantined:
// hundred is the first kind of the reducer's hundred.
func Foreign(kind, hundred schema.EventKind) Reason {
	if kind < hundred || kind >= hundred+100 {
		return ReasonWrongKind
	}
	return ReasonUnknownKind
}
