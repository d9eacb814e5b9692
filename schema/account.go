package schema

// KDFParams are the Argon2id parameters (RFC 9106) of a credential. The salt is
// not among them: it is derived from the account (docs/protocol.md, "Signing
// in"), so that a server cannot choose it.
type KDFParams struct {
	Time        uint32 `cbor:"1,keyasint"` // passes
	MemoryKiB   uint32 `cbor:"2,keyasint"`
	Parallelism uint8  `cbor:"3,keyasint"`
}

// DefaultKDF is what new credentials use, and the floor of what clients accept.
var DefaultKDF = KDFParams{Time: KDFTime, MemoryKiB: KDFMemoryKiB, Parallelism: KDFParallelism}

// CredentialKind tells what a credential is derived from. Append-only.
type CredentialKind uint8

const (
	// CredentialPassphrase is passphrase and account key.
	CredentialPassphrase CredentialKind = 1
	// CredentialRecovery is the recovery phrase.
	CredentialRecovery CredentialKind = 2
)

// Credential is one way to sign in and to unlock the identity.
type Credential struct {
	Kind CredentialKind `cbor:"1,keyasint"`
	// Version grows by one with each replacement; it is part of the salt and of
	// what the lock authenticates, so an old one cannot be replayed as current.
	Version uint32    `cbor:"2,keyasint"`
	KDF     KDFParams `cbor:"3,keyasint"`
	// LoginKey is the Ed25519 public key (32 octets, RFC 8032) that verifies
	// answers to challenges.
	LoginKey []byte `cbor:"4,keyasint"`
	// Locked is the identity as an OpenPGP Transferable Secret Key whose secret
	// material is locked with S2K usage 253 (RFC 9580 section 3.7.2.1). The
	// device subkeys in it are public.
	Locked []byte `cbor:"5,keyasint"`
}

// SignUpRequest creates an account. POST /v1/accounts.
type SignUpRequest struct {
	User        UserID     `cbor:"1,keyasint"`
	Handle      string     `cbor:"2,keyasint"`
	Credential  Credential `cbor:"3,keyasint"`
	Certificate []byte     `cbor:"4,keyasint"`
	// Invite, on a server whose registration is "invite", is the right to register.
	Invite *InviteProof `cbor:"5,keyasint,omitempty"`
}

// InviteProof shows that its sender holds an invite's URL.
type InviteProof struct {
	Workspace WorkspaceID `cbor:"1,keyasint"`
	Invite    InviteID    `cbor:"2,keyasint"`
	// Proof is derived from the URL's secret; its SHA-256 is in the roster.
	Proof Hash `cbor:"3,keyasint"`
}

// ChallengeRequest asks for a challenge. POST /v1/challenges. Exactly one of
// Handle (to sign in with a credential) and Device (to open a session of a known
// device) is set.
type ChallengeRequest struct {
	Handle string         `cbor:"1,keyasint,omitempty"`
	Kind   CredentialKind `cbor:"2,keyasint,omitempty"`
	User   *UserID        `cbor:"3,keyasint,omitempty"`
	Device *DeviceID      `cbor:"4,keyasint,omitempty"`
}

// Challenge is answered within [ChallengeLife], once. For an unknown handle the
// server invents a user id and parameters that stay the same for that handle.
type Challenge struct {
	Nonce   Hash      `cbor:"1,keyasint"`
	User    UserID    `cbor:"2,keyasint"`
	KDF     KDFParams `cbor:"3,keyasint"`
	Version uint32    `cbor:"4,keyasint"` // of the credential
}

// SignInStatement is what is signed to answer a challenge: by the login key as a
// plain Ed25519 signature over the encoded statement (Purpose [PurposeSignIn],
// Device zero), or by a device's key as a detached OpenPGP signature (Purpose
// [PurposeDevice]).
type SignInStatement struct {
	Purpose string   `cbor:"1,keyasint"`
	Nonce   Hash     `cbor:"2,keyasint"`
	User    UserID   `cbor:"3,keyasint"`
	Device  DeviceID `cbor:"4,keyasint"`
	// Origin is the server's origin as the client was given it, for example
	// https://chat.example.org; it stops one server from relaying to another.
	Origin string `cbor:"5,keyasint"`
}

// SessionRequest answers a challenge. POST /v1/sessions. Statement is the
// encoded [SignInStatement].
type SessionRequest struct {
	Statement []byte         `cbor:"1,keyasint"`
	Signature []byte         `cbor:"2,keyasint"`
	Kind      CredentialKind `cbor:"3,keyasint,omitempty"`
}

// Session is a bearer token. A session opened by the login key has no device: it
// may read and replace the account's identity, and nothing else.
type Session struct {
	Token string   `cbor:"1,keyasint"`
	User  UserID   `cbor:"2,keyasint"`
	Until int64    `cbor:"3,keyasint"` // Unix milliseconds
	Admin bool     `cbor:"4,keyasint,omitempty"`
	Bound DeviceID `cbor:"5,keyasint"` // zero for a session of the login key
}

// IdentityRecord is the account's own identity. GET /v1/identity (session of the
// login key or of a device; Credential only for the former).
type IdentityRecord struct {
	User        UserID      `cbor:"1,keyasint"`
	Handle      string      `cbor:"2,keyasint"`
	Certificate []byte      `cbor:"3,keyasint"`
	Credential  *Credential `cbor:"4,keyasint,omitempty"`
	// Revision grows with each replacement of certificate or credential.
	Revision uint64 `cbor:"5,keyasint"`
	// Recovery is true while the account has a recovery credential.
	// RecoveryVersion is the highest version that one ever had, 0 when there never
	// was one: the next one has the version after it.
	Recovery        bool   `cbor:"6,keyasint,omitempty"`
	RecoveryVersion uint32 `cbor:"7,keyasint,omitempty"`
}

// IdentityUpdate replaces certificate and credentials together. PUT /v1/identity
// (session of the login key). The server checks that the certificate only grew,
// ends the sessions of devices that it revokes, and when a credential was
// replaced or removed ends all other sessions of login keys.
type IdentityUpdate struct {
	Expect      uint64       `cbor:"1,keyasint"` // the revision it replaces
	Certificate []byte       `cbor:"2,keyasint"`
	Credentials []Credential `cbor:"3,keyasint,omitempty"`
	// RemoveRecovery deletes the recovery credential.
	RemoveRecovery bool `cbor:"4,keyasint,omitempty"`
}

// DirectoryEntry is what the certificate directory answers. It is a hint: a
// pinned or rostered key always wins. GET /v1/users/{user}, GET /v1/users?handle=.
type DirectoryEntry struct {
	User        UserID `cbor:"1,keyasint"`
	Handle      string `cbor:"2,keyasint,omitempty"`
	Certificate []byte `cbor:"3,keyasint"`
}

// ServerInfo describes a server to anybody. GET /v1/server.
type ServerInfo struct {
	Version      uint16 `cbor:"1,keyasint"`
	Registration string `cbor:"2,keyasint"` // open, invite or closed
	Name         string `cbor:"3,keyasint,omitempty"`
	// Now is the server's clock, Unix milliseconds.
	Now int64 `cbor:"4,keyasint"`
	// Empty is true while the server has no account.
	Empty bool `cbor:"5,keyasint,omitempty"`
	// Branding is absent while an administrator has set none.
	Branding *Branding `cbor:"6,keyasint,omitempty"`
}
