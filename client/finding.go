package client

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"github.com/cenacle-team/cenacle/schema"
)

//go:generate go run ./findingsgen

// FindingCode says what was found. Its number, severity and sentences stand in
// findings.json, which is data for every UI; the constants are generated from it.
// Codes and numbers are append-only.
type FindingCode string

// Severity says how much a finding weighs. Append-only.
type Severity string

const (
	// SeverityMisbehaviour: the server, or a device that contradicts it, was caught.
	SeverityMisbehaviour Severity = "misbehaviour"
	// SeverityWarning: something doubtful that proves nothing by itself.
	SeverityWarning Severity = "warning"
	// SeverityNotice: something that happened to this device alone.
	SeverityNotice Severity = "notice"
	// SeverityDoubt: a reason not to take one message at face value, see
	// [Message]. It is never recorded.
	SeverityDoubt Severity = "doubt"
)

type findingInfo struct {
	number   int
	severity Severity
	kind     MisbehaviourKind
	en, fr   string
}

// Known reports whether the code stands in findings.json.
func (c FindingCode) Known() bool { _, ok := findingCodes[c]; return ok }

// Number is the code's stable number; 0 for a code that is not ours.
func (c FindingCode) Number() int { return findingCodes[c].number }

// Severity is how much a finding of this code weighs.
func (c FindingCode) Severity() Severity { return findingCodes[c].severity }

// Sentence is what a person reads, in French for "fr" and in English otherwise,
// with its places not filled in: see [Finding.Sentence].
func (c FindingCode) Sentence(lang string) string {
	info, ok := findingCodes[c]
	switch {
	case !ok:
		return schema.CodeInternal.Sentence(lang)
	case lang == "fr":
		return info.fr
	}
	return info.en
}

// FindingCodes lists every known code; the order is not defined.
func FindingCodes() []FindingCode {
	out := make([]FindingCode, 0, len(findingCodes))
	for c := range findingCodes {
		out = append(out, c)
	}
	return out
}

// Facts fill the places of a finding's sentence. What is not needed is zero.
type Facts struct {
	User   schema.UserID   `cbor:"1,keyasint" json:"user"`
	Device schema.DeviceID `cbor:"2,keyasint" json:"device"`
	Circle schema.CircleID `cbor:"3,keyasint" json:"circle"`
	// Seq is what was shown or claimed, Known what this device had before.
	Seq   uint64 `cbor:"4,keyasint" json:"seq"`
	Known uint64 `cbor:"5,keyasint" json:"known"`
	Epoch uint64 `cbor:"6,keyasint" json:"epoch"`
	// Cause is the code of the error behind the finding, if there is one.
	Cause schema.Code `cbor:"7,keyasint" json:"cause"`
	// Note is a technical detail in English for whoever examines the proof; at
	// most maxNote octets.
	Note string `cbor:"8,keyasint" json:"note"`
}

// causedBy adds what an error says.
func (f Facts) causedBy(err error) Facts {
	if err == nil {
		return f
	}
	f.Cause, f.Note = schema.CodeOf(err), err.Error()
	return f
}

// maxNote bounds Facts.Note, in octets.
const maxNote = 300

// Finding is something that this device has detected and remembers: misbehaviour
// with its proof, a warning, or a notice. It is kept, sealed, in the local store,
// whatever the server shows later; see [Engine.Findings].
type Finding struct {
	Code FindingCode `cbor:"1,keyasint" json:"code"`
	// Kind groups misbehaviour; it follows from Code and is empty for most else.
	Kind MisbehaviourKind `cbor:"2,keyasint" json:"kind"`
	// Workspace is zero when the account itself is concerned.
	Workspace schema.WorkspaceID `cbor:"3,keyasint" json:"workspace"`
	// Stream is zero when the whole workspace is concerned.
	Stream schema.StreamID `cbor:"4,keyasint" json:"stream"`
	Facts  Facts           `cbor:"5,keyasint" json:"facts"`
	// Accuser is the device whose signed word contradicts what the server shows
	// to this one: either the server or that device lies. It is zero where the
	// server's own words contradict each other. See [Workspace.Dismiss].
	Accuser schema.DeviceID `cbor:"6,keyasint" json:"accuser"`
	// At and Last are when it was found first and last, by this device's clock,
	// Unix milliseconds. Last is kept to about an hour.
	At   int64 `cbor:"7,keyasint" json:"at"`
	Last int64 `cbor:"8,keyasint" json:"last"`
	// Proof holds what contradicts itself, as it was first found: encodings of
	// schema.Event, schema.SignedEntry, schema.Cut and the like, each with what
	// it is.
	Proof []ProofItem `cbor:"9,keyasint" json:"proof"`
	// Stops tells that the stream, or the workspace, stands still because of it
	// until it is dismissed.
	Stops bool `cbor:"10,keyasint" json:"stops"`
	// Dismissed is when the user dismissed it, like At; 0 while it is open.
	Dismissed int64 `cbor:"11,keyasint" json:"dismissed"`
}

// ProofItem is one piece of a proof, as it was received.
type ProofItem struct {
	What  string `cbor:"1,keyasint" json:"what"`
	Bytes []byte `cbor:"2,keyasint" json:"bytes"`
}

// Open reports whether nobody has dismissed the finding.
func (f *Finding) Open() bool { return f.Dismissed == 0 }

// FindingID names a finding on this device. Finding the same again gives the same
// id: the numbers in it and its proof are not part of what it is.
type FindingID [16]byte

// String writes the id as 32 hexadecimal digits.
func (id FindingID) String() string { return hex.EncodeToString(id[:]) }

// MarshalText implements [encoding.TextMarshaler].
func (id FindingID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// ID names the finding.
func (f *Finding) ID() FindingID {
	sum := sha256.Sum256(schema.MustMarshal(struct {
		Code      FindingCode        `cbor:"1,keyasint"`
		Workspace schema.WorkspaceID `cbor:"2,keyasint"`
		Stream    schema.StreamID    `cbor:"3,keyasint"`
		Accuser   schema.DeviceID    `cbor:"4,keyasint"`
		User      schema.UserID      `cbor:"5,keyasint"`
		Device    schema.DeviceID    `cbor:"6,keyasint"`
		Circle    schema.CircleID    `cbor:"7,keyasint"`
	}{f.Code, f.Workspace, f.Stream, f.Accuser, f.Facts.User, f.Facts.Device, f.Facts.Circle}))
	return FindingID(sum[:16])
}

// Sentence is what a person reads of the finding, in French for "fr" and in
// English otherwise. People and devices stand in it by their ids.
func (f *Finding) Sentence(lang string) string {
	var cause string
	if f.Facts.Cause != "" {
		cause = f.Facts.Cause.Sentence(lang)
	}
	return strings.TrimSpace(strings.NewReplacer(
		"{user}", f.Facts.User.String(), "{device}", f.Facts.Device.String(), "{circle}", f.Facts.Circle.String(),
		"{seq}", strconv.FormatUint(f.Facts.Seq, 10), "{known}", strconv.FormatUint(f.Facts.Known, 10),
		"{epoch}", strconv.FormatUint(f.Facts.Epoch, 10), "{cause}", cause,
	).Replace(f.Code.Sentence(lang)))
}

// Bounds of a proof. A larger item is kept as its SHA-256 alone.
const (
	maxProofItems  = 16
	maxProofOctets = 1 << 20
)

// boundProof keeps what fits.
func boundProof(items []ProofItem) []ProofItem {
	out := make([]ProofItem, 0, min(len(items), maxProofItems))
	room := maxProofOctets
	for _, item := range items[:min(len(items), maxProofItems)] {
		if len(item.Bytes) > room {
			sum := sha256.Sum256(item.Bytes)
			item = ProofItem{What: fmt.Sprintf("SHA-256 of %d octets: %s", len(item.Bytes), item.What), Bytes: sum[:]}
		} else {
			room -= len(item.Bytes)
		}
		out = append(out, item)
	}
	return out
}

func proof(what string, v any) ProofItem {
	return ProofItem{What: what, Bytes: schema.MustMarshal(v)}
}
