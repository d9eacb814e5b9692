package client

import (
	"fmt"

	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
)

// Profile is what makes a device a device: where the account lives and the
// secrets of this device. It is kept outside of the [store.Store], sealed (see
// [Profile.Seal]), because everything in the store is sealed under its StoreKey.
type Profile struct {
	Origin string `cbor:"1,keyasint"`
	Handle string `cbor:"2,keyasint"`
	// Name is the display name that the user chose.
	Name string        `cbor:"3,keyasint"`
	User schema.UserID `cbor:"4,keyasint"`
	// Device and Keys are the private signing subkey of this device and the
	// private encryption subkeys of the identity, serialised by crypto/identity.
	Device []byte `cbor:"5,keyasint"`
	Keys   []byte `cbor:"6,keyasint"`
	// Certificate is the newest certificate of the identity that was seen.
	Certificate []byte `cbor:"7,keyasint"`
	// Revision and CredentialVersion are the highest that were seen: the server
	// cannot go below them.
	Revision          uint64 `cbor:"8,keyasint"`
	CredentialVersion uint32 `cbor:"9,keyasint"`
	AccountKey        string `cbor:"10,keyasint"`
	StoreKey          []byte `cbor:"11,keyasint"`
	// Pending is the profile as it will be once the server has taken a change of
	// the identity whose answer is awaited, or was lost.
	Pending []byte `cbor:"12,keyasint,omitempty"`
}

// String keeps secrets out of logs.
func (p Profile) String() string { return fmt.Sprintf("profile of %s [secret]", p.User) }

// GoString keeps secrets out of logs.
func (p Profile) GoString() string { return p.String() }

// Seal seals the profile under a passphrase as an OpenPGP message (Argon2id and
// AES-256-GCM, see crypto/login).
func (p *Profile) Seal(passphrase string) ([]byte, error) {
	plain, err := schema.Marshal(p)
	if err != nil {
		return nil, err
	}
	return login.SealLocal(passphrase, plain)
}

// OpenProfile opens what [Profile.Seal] made. A wrong passphrase and a damaged
// file are both CodeSignInFailed.
func OpenProfile(passphrase string, sealed []byte) (*Profile, error) {
	plain, err := login.OpenLocal(passphrase, sealed)
	if err != nil {
		return nil, err
	}
	p := new(Profile)
	if err := schema.Unmarshal(plain, p); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Profile) device() (*identity.Device, error) {
	d, err := identity.ParseDevice(p.Device)
	if err != nil {
		return nil, fmt.Errorf("read the device key: %w", err)
	}
	return d, nil
}
