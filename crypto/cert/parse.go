package cert

import (
	"bytes"
	"crypto/ed25519"
	"crypto/mlkem"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

func refuse(reason string) error {
	return schema.Errorf(schema.CodeBadCertificate, "%s", reason)
}

// Parse reads a certificate under the policy that the package's comment states
// and verifies each signature in it. Every deviation is refused with
// [schema.CodeBadCertificate]. It keeps no reference to b, and [Certificate.Bytes]
// returns the same octets.
//
// Its cost is one Ed25519 verification for the primary key and for each
// revocation, one for an encryption subkey and two for a device.
func Parse(b []byte) (*Certificate, error) {
	if len(b) > schema.MaxCertificate {
		return nil, refuse("too large")
	}
	c := &Certificate{raw: bytes.Clone(b), current: -1}
	rest, err := c.parsePrimary(c.raw)
	if err != nil {
		return nil, err
	}
	hashedPrimary := pgpsig.HashedKey(c.parts.Primary)
	var last schema.Fingerprint
	for len(rest) > 0 {
		var s Subkey
		if s, rest, err = nextSubkey(rest); err != nil {
			return nil, err
		}
		key, ok := pgpsig.ParseKey(s.Key)
		if !ok {
			return nil, refuse("unacceptable subkey")
		}
		if len(c.parts.Subkeys) > 0 && bytes.Compare(key.Fingerprint[:], last[:]) <= 0 {
			return nil, refuse("subkeys out of order")
		}
		last = key.Fingerprint
		if err := c.verifySubkey(key, s, hashedPrimary); err != nil {
			return nil, err
		}
		c.parts.Subkeys = append(c.parts.Subkeys, s)
	}
	if c.current < 0 {
		return nil, refuse("no encryption subkey")
	}
	return c, nil
}

// parsePrimary reads the primary key and its direct-key signature.
func (c *Certificate) parsePrimary(b []byte) (rest []byte, err error) {
	tag, body, rest, ok := pgpsig.NextPacket(b)
	if !ok || tag != pgpsig.TagPublicKey {
		return nil, refuse("a public key was expected")
	}
	key, ok := pgpsig.ParseKey(body)
	if !ok || key.Algorithm != pgpsig.Ed25519 || weakEd25519(key.Material) {
		return nil, refuse("unacceptable primary key")
	}
	c.primary, c.parts.Primary = key, body

	tag, body, rest, ok = pgpsig.NextPacket(rest)
	if !ok || tag != pgpsig.TagSignature {
		return nil, refuse("a direct-key signature was expected")
	}
	user, ok := pgpsig.DirectKeyUser(body)
	if !ok || user.IsZero() {
		return nil, refuse("no user id")
	}
	if pgpsig.VerifyBody(c.primary.Material, pgpsig.DirectKey, key.Fingerprint,
		pgpsig.DirectKeyExtra(user), body, pgpsig.HashedKey(c.parts.Primary)) != nil {
		return nil, refuse("unacceptable direct-key signature")
	}
	c.user, c.parts.Direct = user, body
	return rest, nil
}

// nextSubkey splits a subkey with its signatures off; nothing is verified.
func nextSubkey(b []byte) (s Subkey, rest []byte, err error) {
	tag, body, rest, ok := pgpsig.NextPacket(b)
	if !ok || tag != pgpsig.TagPublicSubkey {
		return s, nil, refuse("a subkey was expected")
	}
	s.Key = body
	tag, body, rest, ok = pgpsig.NextPacket(rest)
	if !ok || tag != pgpsig.TagSignature {
		return s, nil, refuse("a subkey without binding")
	}
	s.Binding = body
	if tag, body, after, ok := pgpsig.NextPacket(rest); ok && tag == pgpsig.TagSignature {
		s.Revocation, rest = body, after
	}
	return s, rest, nil
}

func (c *Certificate) verifySubkey(key pgpsig.Key, s Subkey, hashedPrimary []byte) error {
	hashed := pgpsig.HashedKey(s.Key)
	revoked := s.Revocation != nil
	if revoked && pgpsig.VerifyBody(c.primary.Material, pgpsig.SubkeyRevocation, c.primary.Fingerprint,
		pgpsig.RevocationExtra(key.Algorithm), s.Revocation, hashedPrimary, hashed) != nil {
		return refuse("unacceptable revocation")
	}
	if key.Algorithm == pgpsig.Ed25519 {
		return c.addDevice(key, s, revoked, hashedPrimary, hashed)
	}
	return c.addEncryption(key, s, revoked, hashedPrimary, hashed)
}

func (c *Certificate) addDevice(key pgpsig.Key, s Subkey, revoked bool, hashedPrimary, hashed []byte) error {
	if len(c.devices) == schema.MaxDevices {
		return refuse("too many devices")
	}
	if weakEd25519(key.Material) || bytes.Equal(key.Material, c.primary.Material) {
		return refuse("unacceptable device key")
	}
	for _, d := range c.devices {
		if bytes.Equal(d.Key, key.Material) {
			return refuse("two devices with one key")
		}
	}
	back, ok := pgpsig.DeviceBindingBack(s.Binding)
	if !ok || pgpsig.VerifyBody(c.primary.Material, pgpsig.SubkeyBinding, c.primary.Fingerprint,
		pgpsig.DeviceBindingExtra(back), s.Binding, hashedPrimary, hashed) != nil {
		return refuse("unacceptable binding of a device")
	}
	if pgpsig.VerifyBody(key.Material, pgpsig.PrimaryBinding, key.Fingerprint, nil, back, hashedPrimary, hashed) != nil {
		return refuse("unacceptable back signature of a device")
	}
	c.devices = append(c.devices, Device{
		ID: schema.DeviceID(key.Fingerprint), Key: ed25519.PublicKey(key.Material), Created: key.Created, Revoked: revoked,
	})
	return nil
}

func (c *Certificate) addEncryption(key pgpsig.Key, s Subkey, revoked bool, hashedPrimary, hashed []byte) error {
	if len(c.encryption) == schema.MaxEncryptionKeys {
		return refuse("too many encryption subkeys")
	}
	if pgpsig.VerifyBody(c.primary.Material, pgpsig.SubkeyBinding, c.primary.Fingerprint,
		pgpsig.EncryptionBindingExtra(), s.Binding, hashedPrimary, hashed) != nil {
		return refuse("unacceptable binding of an encryption subkey")
	}
	public, err := encryptionKey(s.Key, key.Material)
	if err != nil {
		return err
	}
	if !revoked {
		if c.current >= 0 {
			return refuse("two current encryption subkeys")
		}
		c.current = len(c.encryption)
	}
	c.encryption = append(c.encryption, EncryptionKey{
		Fingerprint: key.Fingerprint, Created: key.Created, Revoked: revoked, Key: public,
	})
	return nil
}

// encryptionKey makes the key object that secrets are sealed to. A key to which
// nothing can be sealed is refused here: one member with such a key would
// otherwise keep a circle from starting an epoch.
func encryptionKey(body, material []byte) (*packet.PublicKey, error) {
	if lowOrderX25519(material[:pgpsig.X25519Size]) {
		return nil, refuse("unacceptable X25519 key")
	}
	if _, err := mlkem.NewEncapsulationKey768(material[pgpsig.X25519Size:]); err != nil {
		return nil, refuse("unacceptable ML-KEM key")
	}
	p, err := packet.Read(bytes.NewReader(pgpsig.AppendPacket(nil, pgpsig.TagPublicSubkey, body)))
	if err != nil {
		return nil, refuse("unacceptable encryption key")
	}
	public, ok := p.(*packet.PublicKey)
	if !ok {
		return nil, refuse("unacceptable encryption key")
	}
	return public, nil
}
