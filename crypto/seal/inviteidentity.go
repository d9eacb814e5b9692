package seal

import (
	"time"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

// InviteIdentity is the pseudo-member that an invite is: keys of the same kinds as
// a user's, of which the joiner gets the device (to sign the join) and the
// encryption keys (to read the epochs). The primary key is forgotten at once, so
// that nobody can add anything to the certificate. It prints as [secret].
type InviteIdentity struct {
	redact.Secret
	// Certificate is what the roster's invite entry carries.
	Certificate *cert.Certificate
	Device      *identity.Device
	Keys        *identity.Keys
}

// invitePrivate is the CBOR of an invite's private half.
type invitePrivate struct {
	Device []byte `cbor:"1,keyasint"`
	Keys   []byte `cbor:"2,keyasint"`
}

// NewInviteIdentity makes the keys of an invite, whose id takes the place of the
// user id in the certificate.
func NewInviteIdentity(invite schema.InviteID, now time.Time) (*InviteIdentity, error) {
	id, err := identity.New(schema.UserID(invite), now)
	if err != nil {
		return nil, err
	}
	device, err := id.AddDevice(now)
	if err != nil {
		return nil, err
	}
	return &InviteIdentity{Certificate: id.Certificate(), Device: device, Keys: id.Keys()}, nil
}

// Private encodes the private half: CBOR {1: device, 2: keys}, both as OpenPGP
// secret-subkey packets without a passphrase (RFC 9580 section 5.5.1.4). It is a
// secret; [SealInvite] closes it.
func (i *InviteIdentity) Private() []byte {
	return schema.MustMarshal(invitePrivate{Device: i.Device.Marshal(), Keys: i.Keys.Marshal()})
}

// ParseInviteIdentity reads what Private returned. The device must be the one of
// the certificate that the roster's invite entry carries, or the invite is not the
// one whose secret the joiner has. The error is [schema.CodeBadEncoding].
func ParseInviteIdentity(private []byte, certificate *cert.Certificate) (*InviteIdentity, error) {
	var p invitePrivate
	if err := schema.Unmarshal(private, &p); err != nil {
		return nil, err
	}
	device, err := identity.ParseDevice(p.Device)
	if err != nil {
		return nil, err
	}
	keys, err := identity.ParseKeys(p.Keys)
	if err != nil {
		return nil, err
	}
	if _, ok := certificate.Device(device.ID()); !ok {
		return nil, schema.Errorf(schema.CodeBadEncoding, "an invite's private half belongs to another certificate")
	}
	return &InviteIdentity{Certificate: certificate, Device: device, Keys: keys}, nil
}
