package schema

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"
)

// Identifiers are opaque random octets with a type each, so that the compiler
// keeps a circle from being taken for a stream. As text they are a letter, an
// underscore and lower-case base32 (RFC 4648 section 6, no padding); in CBOR
// they are byte strings of the exact length.
type (
	// UserID names an account; it is chosen by the client at sign-up.
	UserID [16]byte
	// WorkspaceID names a workspace; it is chosen by the creator.
	WorkspaceID [16]byte
	// CircleID names a circle of a workspace.
	CircleID [16]byte
	// StreamID names a stream of a circle.
	StreamID [16]byte
	// EventID names an event or a signal; it is chosen by the author, which
	// makes sending again idempotent.
	EventID [16]byte
	// InviteID names an invite of a workspace.
	InviteID [16]byte
	// DeviceID names a device: it is the OpenPGP v6 fingerprint (RFC 9580
	// section 5.5.4.3) of the device's Ed25519 signing subkey.
	DeviceID [32]byte
)

// Fingerprint is an OpenPGP v6 fingerprint: 32 octets (RFC 9580 section 5.5.4.3).
type Fingerprint [32]byte

// Hash is a SHA-256 value: 32 octets.
type Hash [32]byte

var idEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

func idText(prefix byte, b []byte) string {
	return string(prefix) + "_" + idEncoding.EncodeToString(b)
}

func parseID(prefix byte, s string, out []byte) error {
	body, ok := strings.CutPrefix(s, string(prefix)+"_")
	if !ok || len(body) != idEncoding.EncodedLen(len(out)) {
		return Errorf(CodeBadRequest, "an id of kind %q was expected", string(prefix))
	}
	var buf [32]byte
	n, err := idEncoding.Decode(buf[:], []byte(body))
	if err != nil || n != len(out) || idEncoding.EncodeToString(buf[:n]) != body {
		return Errorf(CodeBadRequest, "an id of kind %q was expected", string(prefix))
	}
	copy(out, buf[:n])
	return nil
}

func mustRandom(b []byte) {
	if _, err := rand.Read(b); err != nil {
		panic(fmt.Sprintf("schema: the system's random source failed: %v", err))
	}
}

// NewUserID returns a random id.
func NewUserID() (id UserID) { mustRandom(id[:]); return id }

// NewWorkspaceID returns a random id.
func NewWorkspaceID() (id WorkspaceID) { mustRandom(id[:]); return id }

// NewCircleID returns a random id.
func NewCircleID() (id CircleID) { mustRandom(id[:]); return id }

// NewStreamID returns a random id.
func NewStreamID() (id StreamID) { mustRandom(id[:]); return id }

// NewEventID returns a random id.
func NewEventID() (id EventID) { mustRandom(id[:]); return id }

// NewInviteID returns a random id.
func NewInviteID() (id InviteID) { mustRandom(id[:]); return id }

func (id UserID) String() string      { return idText('u', id[:]) }
func (id WorkspaceID) String() string { return idText('w', id[:]) }
func (id CircleID) String() string    { return idText('c', id[:]) }
func (id StreamID) String() string    { return idText('s', id[:]) }
func (id EventID) String() string     { return idText('e', id[:]) }
func (id InviteID) String() string    { return idText('i', id[:]) }
func (id DeviceID) String() string    { return idText('d', id[:]) }

func (id UserID) MarshalText() ([]byte, error)      { return []byte(id.String()), nil }
func (id WorkspaceID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }
func (id CircleID) MarshalText() ([]byte, error)    { return []byte(id.String()), nil }
func (id StreamID) MarshalText() ([]byte, error)    { return []byte(id.String()), nil }
func (id EventID) MarshalText() ([]byte, error)     { return []byte(id.String()), nil }
func (id InviteID) MarshalText() ([]byte, error)    { return []byte(id.String()), nil }
func (id DeviceID) MarshalText() ([]byte, error)    { return []byte(id.String()), nil }

func (id *UserID) UnmarshalText(b []byte) error      { return parseID('u', string(b), id[:]) }
func (id *WorkspaceID) UnmarshalText(b []byte) error { return parseID('w', string(b), id[:]) }
func (id *CircleID) UnmarshalText(b []byte) error    { return parseID('c', string(b), id[:]) }
func (id *StreamID) UnmarshalText(b []byte) error    { return parseID('s', string(b), id[:]) }
func (id *EventID) UnmarshalText(b []byte) error     { return parseID('e', string(b), id[:]) }
func (id *InviteID) UnmarshalText(b []byte) error    { return parseID('i', string(b), id[:]) }
func (id *DeviceID) UnmarshalText(b []byte) error    { return parseID('d', string(b), id[:]) }

// IsZero reports whether the id was never set.
func (id UserID) IsZero() bool      { return id == UserID{} }
func (id WorkspaceID) IsZero() bool { return id == WorkspaceID{} }
func (id CircleID) IsZero() bool    { return id == CircleID{} }
func (id StreamID) IsZero() bool    { return id == StreamID{} }
func (id EventID) IsZero() bool     { return id == EventID{} }
func (id InviteID) IsZero() bool    { return id == InviteID{} }
func (id DeviceID) IsZero() bool    { return id == DeviceID{} }

// String is upper-case hexadecimal, as OpenPGP tools print fingerprints.
func (f Fingerprint) String() string { return strings.ToUpper(hex.EncodeToString(f[:])) }

// MarshalText implements encoding.TextMarshaler.
func (f Fingerprint) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *Fingerprint) UnmarshalText(b []byte) error { return parseHex(string(b), f[:]) }

// IsZero reports whether the fingerprint was never set.
func (f Fingerprint) IsZero() bool { return f == Fingerprint{} }

// String is lower-case hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText implements encoding.TextMarshaler.
func (h Hash) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *Hash) UnmarshalText(b []byte) error { return parseHex(string(b), h[:]) }

// IsZero reports whether the hash was never set.
func (h Hash) IsZero() bool { return h == Hash{} }

func parseHex(s string, out []byte) error {
	if len(s) != 2*len(out) {
		return Errorf(CodeBadRequest, "%d hexadecimal digits were expected", 2*len(out))
	}
	b, err := hex.DecodeString(s)
	if err != nil {
		return Errorf(CodeBadRequest, "%d hexadecimal digits were expected", 2*len(out))
	}
	copy(out, b)
	return nil
}
