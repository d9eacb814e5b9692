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

// Policy is the version of what [Parse] and [VerifyDetached] accept. It grows
// with every release that refuses anything more, so that nothing that was
// verified by an older program and kept is taken for verified by a newer one.
// History: 1 (first).
const Policy = 1

// checks are the two parts of [Parse] that cost time and depend on nothing but
// the octets of the certificate.
type checks struct {
	// signature verifies a signature's body over data.
	signature func(key ed25519.PublicKey, t pgpsig.Type, issuer schema.Fingerprint, extra, body []byte, data ...[]byte) error
	// sealable makes sure that secrets can be sealed to an encryption key.
	sealable func(body, material []byte) error
}

// Parse reads a certificate under the policy that the package's comment states
// and verifies each signature in it. Every deviation is refused with
// [schema.CodeBadCertificate]. It keeps no reference to b, and [Certificate.Bytes]
// returns the same octets.
//
// Its cost is one Ed25519 verification for the primary key and for each
// revocation, one for an encryption subkey and two for a device.
func Parse(b []byte) (*Certificate, error) {
	return parse(b, checks{signature: pgpsig.VerifyBody, sealable: sealable})
}

// ParseVerified is [Parse] without its cryptography: form, order and limits are
// checked, and no signature and no encryption key is. It may be used for exactly
// one thing: octets that [Parse] accepted on this device under the same [Policy]
// and that were kept since where nobody else can change them, under a MAC whose
// key the device has. It must never see anything that came from a server, a
// member or a file that is not authenticated: what it returns looks verified and
// is not. A test in the module's root keeps the list of its callers.
func ParseVerified(b []byte) (*Certificate, error) {
	return parse(b, checks{
		signature: func(_ ed25519.PublicKey, t pgpsig.Type, issuer schema.Fingerprint, extra, body []byte, _ ...[]byte) error {
			return pgpsig.CheckForm(t, issuer, extra, body)
		},
		sealable: func(_, _ []byte) error { return nil },
	})
}

func parse(b []byte, check checks) (*Certificate, error) {
	if len(b) > schema.MaxCertificate {
		return nil, refuse("too large")
	}
	c := &Certificate{raw: bytes.Clone(b), current: -1}
	rest, err := c.parsePrimary(c.raw, check)
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
		key, known := pgpsig.ParseKey(s.Key)
		if !known {
			return nil, refuse("unacceptable subkey")
		}
		if len(c.parts.Subkeys) > 0 && bytes.Compare(key.Fingerprint[:], last[:]) <= 0 {
			return nil, refuse("subkeys out of order")
		}
		last = key.Fingerprint
		if err := c.verifySubkey(key, s, hashedPrimary, check); err != nil {
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
func (c *Certificate) parsePrimary(b []byte, check checks) (rest []byte, err error) {
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
	if check.signature(c.primary.Material, pgpsig.DirectKey, key.Fingerprint,
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

func (c *Certificate) verifySubkey(key pgpsig.Key, s Subkey, hashedPrimary []byte, check checks) error {
	hashed := pgpsig.HashedKey(s.Key)
	revoked := s.Revocation != nil
	if revoked && check.signature(c.primary.Material, pgpsig.SubkeyRevocation, c.primary.Fingerprint,
		pgpsig.RevocationExtra(key.Algorithm), s.Revocation, hashedPrimary, hashed) != nil {
		return refuse("unacceptable revocation")
	}
	if key.Algorithm == pgpsig.Ed25519 {
		return c.addDevice(key, s, revoked, hashedPrimary, hashed, check)
	}
	return c.addEncryption(key, s, revoked, hashedPrimary, hashed, check)
}

func (c *Certificate) addDevice(key pgpsig.Key, s Subkey, revoked bool, hashedPrimary, hashed []byte, check checks) error {
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
	if !ok || check.signature(c.primary.Material, pgpsig.SubkeyBinding, c.primary.Fingerprint,
		pgpsig.DeviceBindingExtra(back), s.Binding, hashedPrimary, hashed) != nil {
		return refuse("unacceptable binding of a device")
	}
	if check.signature(key.Material, pgpsig.PrimaryBinding, key.Fingerprint, nil, back, hashedPrimary, hashed) != nil {
		return refuse("unacceptable back signature of a device")
	}
	c.devices = append(c.devices, Device{
		ID: schema.DeviceID(key.Fingerprint), Key: ed25519.PublicKey(key.Material), Created: key.Created, Revoked: revoked,
	})
	return nil
}

func (c *Certificate) addEncryption(key pgpsig.Key, s Subkey, revoked bool, hashedPrimary, hashed []byte, check checks) error {
	if len(c.encryption) == schema.MaxEncryptionKeys {
		return refuse("too many encryption subkeys")
	}
	if check.signature(c.primary.Material, pgpsig.SubkeyBinding, c.primary.Fingerprint,
		pgpsig.EncryptionBindingExtra(), s.Binding, hashedPrimary, hashed) != nil {
		return refuse("unacceptable binding of an encryption subkey")
	}
	if err := check.sealable(s.Key, key.Material); err != nil {
		return err
	}
	if !revoked {
		if c.current >= 0 {
			return refuse("two current encryption subkeys")
		}
		c.current = len(c.encryption)
	}
	c.encryption = append(c.encryption, EncryptionKey{
		Fingerprint: key.Fingerprint, Created: key.Created, Revoked: revoked, body: s.Key,
	})
	return nil
}

// sealable refuses a key to which nothing can be sealed: one member with such a
// key would otherwise keep a circle from starting an epoch.
func sealable(body, material []byte) error {
	if lowOrderX25519(material[:pgpsig.X25519Size]) {
		return refuse("unacceptable X25519 key")
	}
	if _, err := mlkem.NewEncapsulationKey768(material[pgpsig.X25519Size:]); err != nil {
		return refuse("unacceptable ML-KEM key")
	}
	_, err := readKey(body)
	return err
}

// readKey makes the key object that secrets are sealed to.
func readKey(body []byte) (*packet.PublicKey, error) {
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
