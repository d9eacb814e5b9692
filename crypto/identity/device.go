package identity

import (
	"crypto/ed25519"
	"sync"
	"time"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

// Device is the signing key of this device. It may be used by several goroutines,
// beside Wipe too.
type Device struct {
	redact.Secret
	id      schema.DeviceID
	created time.Time

	mu     sync.RWMutex
	secret secretKey
	key    redact.Octets // an ed25519.PrivateKey
}

func newDevice(k secretKey) *Device {
	key, _ := pgpsig.ParseKey(k.body)
	return &Device{
		id:      schema.DeviceID(key.Fingerprint),
		created: key.Created,
		secret:  k,
		key:     redact.Hide(ed25519.NewKeyFromSeed(k.secret.Reveal())),
	}
}

// ID returns the device's id: the fingerprint of its subkey.
func (d *Device) ID() schema.DeviceID { return d.id }

// Sign returns a detached signature packet over message (RFC 9580 section 5.2.3;
// the layout is in docs/protocol.md, "Detached signatures"). The message must
// start with the purpose of what is signed. The packet holds the time of the
// device's clock for other OpenPGP programs; nobody here looks at it. It is nil
// once the key is wiped, which no reader takes for a signature.
func (d *Device) Sign(message []byte) []byte {
	d.mu.RLock()
	defer d.mu.RUnlock()
	key := d.key.Reveal()
	if key == nil {
		return nil
	}
	now := time.Now()
	if now.Before(d.created) {
		now = d.created
	}
	return pgpsig.Sign(key, schema.Fingerprint(d.id), now, message)
}

// Created returns the time in the key packet, whole seconds.
func (d *Device) Created() time.Time { return d.created }

// Marshal returns the device as an OpenPGP secret-subkey packet without a
// passphrase (RFC 9580 section 5.5.1.4): a secret of 77 octets. It is nil once the
// key is wiped.
func (d *Device) Marshal() []byte {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if d.key.Reveal() == nil {
		return nil
	}
	return d.secret.packet(pgpsig.TagSecretSubkey)
}

// Wipe zeroes the key; the device signs nothing any more. The package's comment
// says what this cannot reach.
func (d *Device) Wipe() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.secret.wipe()
	d.key.Wipe()
}

// ParseDevice reads what [Device.Marshal] wrote and computes the public half
// anew. The error has [schema.CodeBadEncoding].
func ParseDevice(b []byte) (*Device, error) {
	k, rest, ok := parseSecret(b, pgpsig.TagSecretSubkey, pgpsig.Ed25519)
	if !ok || len(rest) != 0 {
		return nil, schema.Errorf(schema.CodeBadEncoding, "not a device")
	}
	return newDevice(k), nil
}
