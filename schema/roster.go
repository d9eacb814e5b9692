package schema

import (
	"crypto/sha256"
	"encoding/binary"
)

// Role is a member's role in a workspace. Append-only; the order is rank.
type Role uint8

const (
	RoleGuest  Role = 1
	RoleMember Role = 2
	RoleAdmin  Role = 3
	RoleOwner  Role = 4
)

var roleNames = map[Role]string{RoleGuest: "guest", RoleMember: "member", RoleAdmin: "admin", RoleOwner: "owner"}

func (r Role) String() string {
	if s, ok := roleNames[r]; ok {
		return s
	}
	return "unknown"
}

// Valid reports whether the role is known.
func (r Role) Valid() bool { _, ok := roleNames[r]; return ok }

// ParseRole reads the name of a role.
func ParseRole(s string) (Role, error) {
	for r, name := range roleNames {
		if name == s {
			return r, nil
		}
	}
	return 0, Errorf(CodeBadRequest, "unknown role %q: owner, admin, member or guest is expected", s)
}

// RosterKind is the kind of a roster entry. Append-only.
type RosterKind uint8

const (
	RosterGenesis      RosterKind = 1
	RosterAdmit        RosterKind = 2
	RosterJoin         RosterKind = 3
	RosterRemove       RosterKind = 4
	RosterLeave        RosterKind = 5
	RosterRole         RosterKind = 6
	RosterInvite       RosterKind = 7
	RosterCancel       RosterKind = 8
	RosterCircle       RosterKind = 9
	RosterCircleAdmit  RosterKind = 10
	RosterCircleRemove RosterKind = 11
	RosterCertificate  RosterKind = 12
	RosterEpoch        RosterKind = 13
)

// RosterEntry is one link of a workspace's membership log. Its encoding is what
// is signed and hashed.
type RosterEntry struct {
	Purpose   string      `cbor:"1,keyasint"` // PurposeRoster
	Workspace WorkspaceID `cbor:"2,keyasint"`
	Seq       uint64      `cbor:"3,keyasint"` // genesis is 1
	Prev      Hash        `cbor:"4,keyasint"` // zero in the genesis
	Author    UserID      `cbor:"5,keyasint"`
	Device    DeviceID    `cbor:"6,keyasint"`
	At        int64       `cbor:"7,keyasint"` // the author's clock, Unix milliseconds
	Kind      RosterKind  `cbor:"8,keyasint"`
	Body      []byte      `cbor:"9,keyasint"` // encoding of the kind's body type
}

// SignedEntry is a roster entry as it is stored and sent.
type SignedEntry struct {
	Entry     []byte `cbor:"1,keyasint"` // encoding of a RosterEntry
	Signature []byte `cbor:"2,keyasint"` // detached OpenPGP signature by Device over Entry
	// InviteSignature, in a join, is the invite key's signature over Entry.
	InviteSignature []byte `cbor:"3,keyasint,omitempty"`
}

// Hash is SHA-256(PurposeRosterHash ‖ for each of the three fields: its length
// as 4 octets, big endian, then the field). It is what the next entry names.
func (e SignedEntry) Hash() Hash {
	h := sha256.New()
	h.Write([]byte(PurposeRosterHash))
	var n [4]byte
	for _, f := range [][]byte{e.Entry, e.Signature, e.InviteSignature} {
		binary.BigEndian.PutUint32(n[:], uint32(len(f)))
		h.Write(n[:])
		h.Write(f)
	}
	var out Hash
	h.Sum(out[:0])
	return out
}

// RosterHead names a position in a roster.
type RosterHead struct {
	Seq  uint64 `cbor:"1,keyasint"`
	Hash Hash   `cbor:"2,keyasint"`
}

// CircleKey hands the secret of a circle's epoch to one recipient.
type CircleKey struct {
	Circle CircleID `cbor:"1,keyasint"`
	Epoch  uint64   `cbor:"2,keyasint"`
	// Packet is an OpenPGP PKESK version 6 (RFC 9580 section 5.1.2) whose
	// session key is the 32-octet epoch secret.
	Packet []byte `cbor:"3,keyasint"`
}

// CircleCut names the cut of a circle at the moment of an entry.
type CircleCut struct {
	Circle CircleID `cbor:"1,keyasint"`
	Cut    Hash     `cbor:"2,keyasint"`
}

// GenesisBody founds a workspace: its author becomes owner and the only member
// of the circle Everyone, whose first epoch must follow.
type GenesisBody struct {
	Certificate []byte   `cbor:"1,keyasint"`
	Everyone    CircleID `cbor:"2,keyasint"`
	// Personal marks a user's workspace of one; nobody else is ever admitted.
	Personal bool `cbor:"3,keyasint,omitempty"`
}

// AdmitBody admits a user whose certificate the author vouches for, or a user
// who joined by an invite that asks for approval.
type AdmitBody struct {
	User        UserID      `cbor:"1,keyasint"`
	Certificate []byte      `cbor:"2,keyasint"`
	Role        Role        `cbor:"3,keyasint"`
	Keys        []CircleKey `cbor:"4,keyasint"` // one for each circle, sealed to the user
}

// JoinBody is posted by the joiner. Role and circles are the invite's.
type JoinBody struct {
	Invite      InviteID    `cbor:"1,keyasint"`
	Certificate []byte      `cbor:"2,keyasint"`
	Keys        []CircleKey `cbor:"3,keyasint"` // sealed by the joiner to the joiner
}

// RemoveBody removes a user from the workspace and from every circle.
type RemoveBody struct {
	User UserID      `cbor:"1,keyasint"`
	Cuts []CircleCut `cbor:"2,keyasint"` // one for each circle of the user
}

// LeaveBody removes the author.
type LeaveBody struct {
	Cuts []CircleCut `cbor:"1,keyasint"`
}

// RoleBody changes a role. Crossing the line between guest and member also
// enters (Keys) or leaves (Cuts) the circle everyone.
type RoleBody struct {
	User UserID      `cbor:"1,keyasint"`
	Role Role        `cbor:"2,keyasint"`
	Keys []CircleKey `cbor:"3,keyasint"`
	Cuts []CircleCut `cbor:"4,keyasint"`
}

// InviteBody offers membership to whoever holds the URL.
type InviteBody struct {
	Invite InviteID `cbor:"1,keyasint"`
	// Certificate is the invite's own v6 certificate: a signing key and an
	// encryption subkey, of the same shape as a user's with one device.
	Certificate []byte `cbor:"2,keyasint"`
	Role        Role   `cbor:"3,keyasint"`
	// Circles the joiner enters, ascending; with role member and above the
	// circle everyone is among them, with role guest it is not.
	Circles []CircleID `cbor:"4,keyasint"`
	Expires int64      `cbor:"5,keyasint"` // Unix milliseconds; 0 for never
	Uses    uint32     `cbor:"6,keyasint"` // 1 to MaxInviteUses
	// ProofHash is SHA-256 of the [InviteProof.Proof].
	ProofHash Hash `cbor:"7,keyasint"`
	// Sealed is the invite's private half and the workspace's genesis hash
	// under the URL's secret.
	Sealed []byte `cbor:"8,keyasint"`
	// Keys are the current epochs of Circles, sealed to the invite. Empty when
	// Approval is set.
	Keys     []CircleKey `cbor:"9,keyasint"`
	Approval bool        `cbor:"10,keyasint,omitempty"`
}

// CancelBody withdraws an invite.
type CancelBody struct {
	Invite InviteID    `cbor:"1,keyasint"`
	Cuts   []CircleCut `cbor:"2,keyasint"` // one for each of its circles, if it was still open
}

// CircleBody makes a circle of the author and Members; its first epoch must follow.
type CircleBody struct {
	Circle  CircleID `cbor:"1,keyasint"`
	Members []UserID `cbor:"2,keyasint"` // ascending, without the author
}

// CircleAdmitBody adds a member of the workspace to a circle.
type CircleAdmitBody struct {
	User UserID    `cbor:"1,keyasint"`
	Key  CircleKey `cbor:"2,keyasint"`
}

// CircleRemoveBody removes a user, perhaps the author, from one circle.
type CircleRemoveBody struct {
	User UserID    `cbor:"1,keyasint"`
	Cut  CircleCut `cbor:"2,keyasint"`
}

// CertificateBody records the author's own certificate, which only grows. Cuts
// are given for every circle of the author when it revokes a device or replaces
// the encryption subkey, and are empty otherwise.
type CertificateBody struct {
	Certificate []byte      `cbor:"1,keyasint"`
	Cuts        []CircleCut `cbor:"2,keyasint"`
}

// EpochBody starts an epoch of a circle.
type EpochBody struct {
	Circle CircleID `cbor:"1,keyasint"`
	Epoch  uint64   `cbor:"2,keyasint"` // the first is 1
	// Commitment is SHA-256(PurposeEpochCommitment ‖ workspace ‖ circle ‖
	// epoch as 8 octets, big endian ‖ secret).
	Commitment Hash `cbor:"3,keyasint"`
	// Packets are PKESK packets for exactly the current encryption subkeys of
	// the circle's members and open invites, ascending by fingerprint.
	Packets [][]byte `cbor:"4,keyasint"`
	// Previous is the previous epoch's secret sealed under this one; empty in
	// the first epoch and when the history is not to be shared.
	Previous []byte `cbor:"5,keyasint"`
	// Cut is the hash of the circle's [Cut]; zero in the first epoch.
	Cut Hash `cbor:"6,keyasint"`
}

// StreamHead is the position of a stream.
type StreamHead struct {
	Stream StreamID `cbor:"1,keyasint"`
	Seq    uint64   `cbor:"2,keyasint"`
	Link   Hash     `cbor:"3,keyasint"`
}

// Cut lists a circle's streams with their heads, ascending by stream id, at the
// moment of a roster entry.
type Cut struct {
	Workspace WorkspaceID  `cbor:"1,keyasint"`
	Circle    CircleID     `cbor:"2,keyasint"`
	Heads     []StreamHead `cbor:"3,keyasint"`
}

// Hash is SHA-256(PurposeCut ‖ encoding).
func (c Cut) Hash() Hash {
	return sha256.Sum256(append([]byte(PurposeCut), MustMarshal(c)...))
}

// RosterBatch is applied whole or not at all. POST /v1/workspaces (genesis) and
// POST /v1/workspaces/{workspace}/roster. Hold is the token of the hold under
// which the cuts were taken, when the batch has any.
type RosterBatch struct {
	Entries []SignedEntry `cbor:"1,keyasint"`
	Hold    []byte        `cbor:"2,keyasint,omitempty"`
}

// RosterPage answers GET /v1/workspaces/{workspace}/roster?after=SEQ. Head is the
// server's head; there is more when the last entry is below it.
type RosterPage struct {
	Entries []SignedEntry `cbor:"1,keyasint"`
	Head    RosterHead    `cbor:"2,keyasint"`
}

// HoldRequest stops appends to the circles for at most [HoldLife] and returns
// their cuts. POST /v1/workspaces/{workspace}/holds.
type HoldRequest struct {
	Circles []CircleID `cbor:"1,keyasint"`
}

// Hold answers a HoldRequest. Cuts are in the order of the request.
type Hold struct {
	Token []byte `cbor:"1,keyasint"`
	Cuts  []Cut  `cbor:"2,keyasint"`
}
