// Package schema is the leaf of the module: everything that two parties must
// agree on, and nothing that does work. It holds the named identifiers, the
// CBOR wire types, every limit, the error codes, the protocol version and the
// database's tables (folder sql).
//
// Rules of evolution. Bytes that exist can never change their meaning: roster
// entries, event headers and chat bodies are kept for years and are verified
// again by every new device. Therefore
//
//   - field numbers (`cbor:"N,keyasint"`) are never reused or retyped;
//   - enumerations are append-only, and an unknown value is refused by the
//     rules that need to understand it and quarantined by the reducers;
//   - golden bytes are frozen in testdata and must decode for ever;
//   - an incompatible change is a new purpose string and a new [Version].
//
// The prose that goes with these types, precise enough for a second
// implementation, is docs/protocol.md.
package schema

// Version is the protocol version spoken on the wire and written into every
// signed header. History: 1 (first).
const Version = 1

// Purposes separate signatures and keys of different uses from one another:
// the string is the first field of everything that is signed and the prefix of
// everything that is hashed or derived.
const (
	PurposeRoster       = "cenacle/v1/roster"
	PurposeEvent        = "cenacle/v1/event"
	PurposeSignal       = "cenacle/v1/signal"
	PurposeVerification = "cenacle/v1/verification"
	PurposeSignIn       = "cenacle/v1/sign-in"
	PurposeDevice       = "cenacle/v1/device-session"

	PurposeRoot             = "cenacle/v1/root"
	PurposeLogin            = "cenacle/v1/login"
	PurposeLock             = "cenacle/v1/lock"
	PurposeSalt             = "cenacle/v1/salt"
	PurposeStreamKey        = "cenacle/v1/stream-key"
	PurposeSignalKey        = "cenacle/v1/signal-key"
	PurposeEpochChain       = "cenacle/v1/epoch-chain"
	PurposeEpochCommitment  = "cenacle/v1/epoch-commitment"
	PurposeInviteSeal       = "cenacle/v1/invite-seal"
	PurposeInviteProof      = "cenacle/v1/invite-proof"
	PurposeRosterHash       = "cenacle/v1/roster-hash"
	PurposeStreamLink       = "cenacle/v1/stream-link"
	PurposeCut              = "cenacle/v1/cut"
	PurposeIndexStream      = "cenacle/v1/index-stream"
	PurposeSafetyNumber     = "cenacle/v1/safety-number"
	PurposeLocalStore       = "cenacle/v1/local-store"
	PurposePersonalStream   = "cenacle/v1/personal-stream"
	PurposePersonalSettings = "cenacle/v1/personal-settings"
)
