package schema

import (
	"crypto/sha256"
	"encoding/binary"
)

// Event is one entry of a stream as the server stores and serves it: the outside.
type Event struct {
	Stream  StreamID `cbor:"1,keyasint"`
	Seq     uint64   `cbor:"2,keyasint"` // the first is 1, without gaps
	ID      EventID  `cbor:"3,keyasint"`
	Author  UserID   `cbor:"4,keyasint"`
	Device  DeviceID `cbor:"5,keyasint"`
	Epoch   uint64   `cbor:"6,keyasint"`
	Arrived int64    `cbor:"7,keyasint"` // the server's clock, Unix milliseconds
	Digest  Hash     `cbor:"8,keyasint"` // SHA-256 of the ciphertext
	// Ciphertext is one SEIPD version 2 packet; empty once erased.
	Ciphertext []byte `cbor:"9,keyasint"`
}

const linkInput = len(PurposeStreamLink) + 32 + 16 + 8 + 16 + 16 + 32 + 8 + 8 + 32

// Link is link(n) = SHA-256(PurposeStreamLink ‖ link(n-1) ‖ stream ‖ seq ‖ event
// id ‖ author ‖ device ‖ epoch ‖ arrived ‖ digest), integers as 8 octets, big
// endian. An erased event keeps its digest and so its link.
func (e *Event) Link(prev Hash) Hash {
	var buf [linkInput]byte
	b := append(buf[:0], PurposeStreamLink...)
	b = append(b, prev[:]...)
	b = append(b, e.Stream[:]...)
	b = binary.BigEndian.AppendUint64(b, e.Seq)
	b = append(b, e.ID[:]...)
	b = append(b, e.Author[:]...)
	b = append(b, e.Device[:]...)
	b = binary.BigEndian.AppendUint64(b, e.Epoch)
	b = binary.BigEndian.AppendUint64(b, uint64(e.Arrived))
	b = append(b, e.Digest[:]...)
	return sha256.Sum256(b)
}

// FirstLink is link(0) of a stream: SHA-256(PurposeStreamLink ‖ workspace ‖
// circle ‖ stream).
func FirstLink(w WorkspaceID, c CircleID, s StreamID) Hash {
	b := append([]byte(PurposeStreamLink), w[:]...)
	b = append(b, c[:]...)
	b = append(b, s[:]...)
	return sha256.Sum256(b)
}

// IndexStream is the id of a circle's index stream: the first 16 octets of
// SHA-256(PurposeIndexStream ‖ workspace ‖ circle).
func IndexStream(w WorkspaceID, c CircleID) (s StreamID) {
	b := append([]byte(PurposeIndexStream), w[:]...)
	b = append(b, c[:]...)
	h := sha256.Sum256(b)
	copy(s[:], h[:])
	return s
}

// EventKind is what an event's body is. It is signed; each kind of stream accepts
// its own kinds only. Append-only. Hundreds are the kind of stream.
type EventKind uint16

const (
	// Index streams: 100 to 199.
	KindStreamCreate  EventKind = 101
	KindStreamUpdate  EventKind = 102
	KindStreamArchive EventKind = 103
	KindWorkspaceName EventKind = 104
	KindProfile       EventKind = 105
	KindCircleMeta    EventKind = 106
	KindSnapshot      EventKind = 199

	// Chat streams: 200 to 299.
	KindMessage EventKind = 201
	KindEdit    EventKind = 202
	KindDelete  EventKind = 203
	KindReact   EventKind = 204
	KindUnreact EventKind = 205
	KindPin     EventKind = 206
	KindUnpin   EventKind = 207

	// Personal streams: 300 to 399.
	KindReadMarker   EventKind = 301
	KindVerification EventKind = 302
	KindDraft        EventKind = 303
	KindKeyPin       EventKind = 304
	KindSetting      EventKind = 305

	// Ephemeral signals: 900 to 999.
	KindTyping   EventKind = 901
	KindPresence EventKind = 902
	KindHeads    EventKind = 903
)

// StreamKind is the kind of a stream, told by the index alone. Append-only.
type StreamKind uint8

const (
	StreamIndex    StreamKind = 1
	StreamChat     StreamKind = 2
	StreamPersonal StreamKind = 3
)

// Header begins the signed payload of every event and signal. All of it is
// checked against the outside and against what the reader knows.
type Header struct {
	Purpose   string      `cbor:"1,keyasint"` // PurposeEvent or PurposeSignal
	Version   uint16      `cbor:"2,keyasint"`
	Workspace WorkspaceID `cbor:"3,keyasint"`
	Stream    StreamID    `cbor:"4,keyasint"`
	Event     EventID     `cbor:"5,keyasint"`
	Author    UserID      `cbor:"6,keyasint"`
	Device    DeviceID    `cbor:"7,keyasint"`
	// Counter counts the device's events in this stream from 1; Prev is the
	// SHA-256 of the payload of its previous one, zero in the first. Both are
	// zero in signals.
	Counter uint64 `cbor:"8,keyasint"`
	Prev    Hash   `cbor:"9,keyasint"`
	// SeenSeq and SeenLink are the highest position of this stream that the
	// author had verified; 0 and link(0) for none.
	SeenSeq  uint64 `cbor:"10,keyasint"`
	SeenLink Hash   `cbor:"11,keyasint"`
	// Roster is the roster head that the author knew.
	Roster RosterHead `cbor:"12,keyasint"`
	At     int64      `cbor:"13,keyasint"` // the author's clock, Unix milliseconds
	Kind   EventKind  `cbor:"14,keyasint"`
}

// Payload is the signed content of an event or a signal.
type Payload struct {
	Header Header `cbor:"1,keyasint"`
	Body   []byte `cbor:"2,keyasint"` // encoding of the kind's body type
}

// AppendItem is an event on its way in. The stream is made by its first event.
type AppendItem struct {
	Circle     CircleID `cbor:"1,keyasint"`
	Stream     StreamID `cbor:"2,keyasint"`
	ID         EventID  `cbor:"3,keyasint"`
	Epoch      uint64   `cbor:"4,keyasint"`
	Ciphertext []byte   `cbor:"5,keyasint"`
}

// AppendRequest appends events, in order, each by itself: one may be refused and
// the next accepted. POST /v1/workspaces/{workspace}/events.
type AppendRequest struct {
	Items []AppendItem `cbor:"1,keyasint"`
}

// AppendResult acknowledges one item: it is durable. Sending an id again gives
// the result of the first time.
type AppendResult struct {
	Seq     uint64     `cbor:"1,keyasint,omitempty"`
	Arrived int64      `cbor:"2,keyasint,omitempty"`
	Digest  Hash       `cbor:"3,keyasint"` // of the ciphertext that is stored
	Link    Hash       `cbor:"4,keyasint"`
	Error   *WireError `cbor:"5,keyasint,omitempty"`
}

// AppendResponse has one result for each item.
type AppendResponse struct {
	Results []AppendResult `cbor:"1,keyasint"`
}

// EventPage answers GET /v1/workspaces/{workspace}/streams/{stream}/events, with
// ?after=SEQ (ascending from there). Head is the stream's head at that moment.
type EventPage struct {
	Events []Event    `cbor:"1,keyasint"`
	Head   StreamHead `cbor:"2,keyasint"`
}

// StreamInfo is what the server tells of a stream.
type StreamInfo struct {
	Circle CircleID   `cbor:"1,keyasint"`
	Head   StreamHead `cbor:"2,keyasint"`
}

// WorkspaceHeads is the state of everything that a member may read. GET
// /v1/workspaces/{workspace}/heads. Streams are ascending by id.
type WorkspaceHeads struct {
	Roster  RosterHead   `cbor:"1,keyasint"`
	Streams []StreamInfo `cbor:"2,keyasint"`
}

// WorkspaceList answers GET /v1/workspaces: the workspaces whose roster has or had
// the user as a member.
type WorkspaceList struct {
	Workspaces []WorkspaceID `cbor:"1,keyasint"`
}

// PersonalStream is the id of the stream of a personal workspace that holds the
// user's verifications, read markers, drafts and settings: the first 16 octets
// of SHA-256(PurposePersonalStream ‖ workspace).
func PersonalStream(w WorkspaceID) (s StreamID) {
	h := sha256.Sum256(append([]byte(PurposePersonalStream), w[:]...))
	copy(s[:], h[:])
	return s
}
