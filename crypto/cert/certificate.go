package cert

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

// Certificate is a user's public keys as [Parse] accepted them. It is immutable
// and may be used by several goroutines.
type Certificate struct {
	raw        []byte
	parts      Parts
	user       schema.UserID
	primary    pgpsig.Key
	devices    []Device
	encryption []EncryptionKey
	current    int // index of the encryption subkey that is not revoked
}

// Device is a device subkey: one signed-in place of the user.
type Device struct {
	ID      schema.DeviceID
	Key     ed25519.PublicKey // 32 octets, not to be changed
	Created time.Time         // whole seconds, by the device's own clock
	// Revoked says that the device must not be trusted any more. What it signed
	// before its revocation, by causal position, stays valid.
	Revoked bool
}

// EncryptionKey is an encryption subkey (ML-KEM-768+X25519, RFC 9980).
type EncryptionKey struct {
	Fingerprint schema.Fingerprint
	Created     time.Time // whole seconds, by the user's own clock
	Revoked     bool
	body        []byte // of the public-subkey packet
}

// PublicKey makes the key object that secrets are sealed to. It is made anew each
// time, because a roster of thousands holds as many keys and seals to few. The
// error has [schema.CodeBadCertificate], for the zero value alone.
func (k EncryptionKey) PublicKey() (*packet.PublicKey, error) { return readKey(k.body) }

// Subkey is the bodies of a subkey's packets.
type Subkey struct {
	Key        []byte // public-subkey packet
	Binding    []byte // signature packet of type 0x18
	Revocation []byte // signature packet of type 0x28, empty when not revoked
}

// Parts is a certificate taken to pieces: the bodies of its packets.
type Parts struct {
	Primary []byte // public-key packet
	Direct  []byte // signature packet of type 0x1F
	Subkeys []Subkey
}

// Bytes returns the certificate's one encoding; the caller must not change it.
func (c *Certificate) Bytes() []byte { return c.raw }

// User returns the user id that the primary key signed for.
func (c *Certificate) User() schema.UserID { return c.user }

// Fingerprint returns the primary key's fingerprint: what rosters and people pin.
func (c *Certificate) Fingerprint() schema.Fingerprint { return c.primary.Fingerprint }

// Devices returns all devices, revoked ones included, ascending by id.
func (c *Certificate) Devices() []Device { return slices.Clone(c.devices) }

// Device returns the device with the id, revoked or not.
func (c *Certificate) Device(id schema.DeviceID) (Device, bool) {
	i, ok := slices.BinarySearchFunc(c.devices, id, func(d Device, id schema.DeviceID) int {
		return bytes.Compare(d.ID[:], id[:])
	})
	if !ok {
		return Device{}, false
	}
	return c.devices[i], true
}

// Encryption returns the one encryption subkey that is not revoked: new secrets
// are sealed to it.
func (c *Certificate) Encryption() EncryptionKey { return c.encryption[c.current] }

// EncryptionKeys returns all encryption subkeys, revoked ones included,
// ascending by fingerprint.
func (c *Certificate) EncryptionKeys() []EncryptionKey { return slices.Clone(c.encryption) }

// Parts returns the packets of the certificate, in canonical order. The octets
// belong to the certificate and must not be changed.
func (c *Certificate) Parts() Parts {
	return Parts{Primary: c.parts.Primary, Direct: c.parts.Direct, Subkeys: slices.Clone(c.parts.Subkeys)}
}

// Assemble writes packets in canonical order and parses the result; it neither
// trusts nor changes what it is given.
func Assemble(p Parts) (*Certificate, error) {
	return Parse(p.encode())
}

func (p Parts) encode() []byte {
	subkeys := slices.Clone(p.Subkeys)
	slices.SortFunc(subkeys, func(a, b Subkey) int {
		fa, fb := pgpsig.Fingerprint(a.Key), pgpsig.Fingerprint(b.Key)
		return bytes.Compare(fa[:], fb[:])
	})
	out := pgpsig.AppendPacket(nil, pgpsig.TagPublicKey, p.Primary)
	out = pgpsig.AppendPacket(out, pgpsig.TagSignature, p.Direct)
	for _, s := range subkeys {
		out = pgpsig.AppendPacket(out, pgpsig.TagPublicSubkey, s.Key)
		out = pgpsig.AppendPacket(out, pgpsig.TagSignature, s.Binding)
		if len(s.Revocation) > 0 {
			out = pgpsig.AppendPacket(out, pgpsig.TagSignature, s.Revocation)
		}
	}
	return out
}
