package schema

// The live connection (GET /v1/live, RFC 6455) carries binary frames, one Frame
// each. The client's first frame is Hello; the server answers Welcome and from
// then on pushes what is new in the workspaces that the client subscribed to.
// A push may be lost when a client is slow or a bus is partitioned: sequence
// numbers show the gap and the log fills it.

// Frame is one message of the live connection; exactly one field is set.
type Frame struct {
	// From the client.
	Hello     *Hello      `cbor:"1,keyasint,omitempty"`
	Subscribe *Subscribe  `cbor:"2,keyasint,omitempty"`
	Signal    *SendSignal `cbor:"3,keyasint,omitempty"`
	Ping      *Ping       `cbor:"4,keyasint,omitempty"`

	// From the server.
	Welcome *Welcome     `cbor:"16,keyasint,omitempty"`
	Heads   *Subscribed  `cbor:"17,keyasint,omitempty"`
	Events  *PushEvents  `cbor:"18,keyasint,omitempty"`
	Roster  *PushRoster  `cbor:"19,keyasint,omitempty"`
	Signals *PushSignal  `cbor:"20,keyasint,omitempty"`
	Erased  *PushErasure `cbor:"21,keyasint,omitempty"`
	Pong    *Ping        `cbor:"22,keyasint,omitempty"`
	Error   *WireError   `cbor:"23,keyasint,omitempty"`
}

// Hello authenticates the connection.
type Hello struct {
	Version uint16 `cbor:"1,keyasint"`
	Token   string `cbor:"2,keyasint"`
}

// Welcome accepts a connection.
type Welcome struct {
	Version uint16 `cbor:"1,keyasint"`
	Now     int64  `cbor:"2,keyasint"`
}

// Subscribe asks for everything new in a workspace. The server answers with
// Heads: whatever lies at or below them is fetched, whatever lies above is pushed.
type Subscribe struct {
	Workspace WorkspaceID `cbor:"1,keyasint"`
}

// Subscribed answers Subscribe.
type Subscribed struct {
	Workspace WorkspaceID    `cbor:"1,keyasint"`
	Heads     WorkspaceHeads `cbor:"2,keyasint"`
}

// PushEvents carries new events of one stream, ascending and without gaps.
type PushEvents struct {
	Workspace WorkspaceID `cbor:"1,keyasint"`
	Circle    CircleID    `cbor:"2,keyasint"`
	Events    []Event     `cbor:"3,keyasint"`
}

// PushRoster says that the roster has grown to Head.
type PushRoster struct {
	Workspace WorkspaceID `cbor:"1,keyasint"`
	Head      RosterHead  `cbor:"2,keyasint"`
}

// PushErasure says that the ciphertext of an event was erased.
type PushErasure struct {
	Workspace WorkspaceID `cbor:"1,keyasint"`
	Stream    StreamID    `cbor:"2,keyasint"`
	Seq       uint64      `cbor:"3,keyasint"`
}

// SendSignal sends an ephemeral signal to a circle's connected members.
type SendSignal struct {
	Workspace  WorkspaceID `cbor:"1,keyasint"`
	Circle     CircleID    `cbor:"2,keyasint"`
	Epoch      uint64      `cbor:"3,keyasint"`
	Ciphertext []byte      `cbor:"4,keyasint"`
}

// PushSignal delivers an ephemeral signal. Author and Device are the server's
// claim; the reader checks them against the signed header.
type PushSignal struct {
	Workspace  WorkspaceID `cbor:"1,keyasint"`
	Circle     CircleID    `cbor:"2,keyasint"`
	Author     UserID      `cbor:"3,keyasint"`
	Device     DeviceID    `cbor:"4,keyasint"`
	Epoch      uint64      `cbor:"5,keyasint"`
	Ciphertext []byte      `cbor:"6,keyasint"`
}

// Ping is answered by Pong with the same value.
type Ping struct {
	Value uint64 `cbor:"1,keyasint"`
}
