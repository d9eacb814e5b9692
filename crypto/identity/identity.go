package identity

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

// Identity is a certificate with its primary key and all its encryption subkeys.
// It is not safe for concurrent use. A method that returns an error has changed
// nothing. Once it is wiped, what needs a secret fails with [schema.CodeInternal].
type Identity struct {
	redact.Secret
	cert    *cert.Certificate
	primary secretKey
	// keys are the secrets of exactly the certificate's encryption subkeys, in
	// the certificate's order.
	keys []secretKey
}

// New makes the identity of a user: a primary key and an encryption subkey, no
// device yet. now is kept in whole seconds.
func New(user schema.UserID, now time.Time) (*Identity, error) {
	if user.IsZero() {
		return nil, schema.Errorf(schema.CodeBadRequest, "no user id")
	}
	primary, err := newSecret(pgpsig.Ed25519, now)
	if err != nil {
		return nil, err
	}
	kem, err := newSecret(pgpsig.MLKEM768X25519, now)
	if err != nil {
		return nil, err
	}
	id := &Identity{primary: primary}
	parts := cert.Parts{
		Primary: primary.body,
		Direct:  id.sign(pgpsig.DirectKey, pgpsig.DirectKeyExtra(user), now, nil),
		Subkeys: []cert.Subkey{id.bindEncryption(kem, now)},
	}
	if err := id.replace(parts, kem); err != nil {
		return nil, err
	}
	return id, nil
}

// Certificate returns the public half.
func (id *Identity) Certificate() *cert.Certificate { return id.cert }

// Wipe zeroes the private keys, those of [Identity.Keys] and of devices excepted.
// The package's comment says what this cannot reach.
func (id *Identity) Wipe() {
	id.primary.wipe()
	wipeAll(id.keys)
	id.keys = nil
}

func (id *Identity) wiped() bool { return id.primary.secret.Reveal() == nil }

func errWiped() error { return schema.Errorf(schema.CodeInternal, "the identity was wiped") }

// AddDevice makes a device and adds it to the certificate. The error has
// [schema.CodeTooLarge] when a limit is reached.
func (id *Identity) AddDevice(now time.Time) (*Device, error) {
	if id.wiped() {
		return nil, errWiped()
	}
	secret, err := newSecret(pgpsig.Ed25519, now)
	if err != nil {
		return nil, err
	}
	d := newDevice(secret)
	back := pgpsig.SignBody(d.key.Reveal(), pgpsig.PrimaryBinding, schema.Fingerprint(d.id), now, nil,
		pgpsig.HashedKey(id.primary.body), pgpsig.HashedKey(secret.body))
	parts := id.cert.Parts()
	parts.Subkeys = append(parts.Subkeys, cert.Subkey{
		Key:     secret.body,
		Binding: id.sign(pgpsig.SubkeyBinding, pgpsig.DeviceBindingExtra(back), now, secret.body),
	})
	if err := id.replace(parts); err != nil {
		return nil, err
	}
	return d, nil
}

// RevokeDevice revokes a device for good; doing so again changes nothing. The
// error has [schema.CodeNotFound] for a device that the certificate does not
// hold. Call [Identity.ReplaceEncryption] as well: the device knew the key.
func (id *Identity) RevokeDevice(device schema.DeviceID, now time.Time) error {
	if id.wiped() {
		return errWiped()
	}
	d, ok := id.cert.Device(device)
	if !ok {
		return schema.Errorf(schema.CodeNotFound, "no device %s", device)
	}
	if d.Revoked {
		return nil
	}
	parts := id.cert.Parts()
	id.revoke(parts.Subkeys, schema.Fingerprint(device), now)
	return id.replace(parts)
}

// ReplaceEncryption revokes the current encryption subkey and makes a new one.
// The old secret stays in the identity, because old epochs are sealed to it. The
// error has [schema.CodeTooLarge] when a limit is reached.
func (id *Identity) ReplaceEncryption(now time.Time) error {
	if id.wiped() {
		return errWiped()
	}
	kem, err := newSecret(pgpsig.MLKEM768X25519, now)
	if err != nil {
		return err
	}
	parts := id.cert.Parts()
	id.revoke(parts.Subkeys, id.cert.Encryption().Fingerprint, now)
	parts.Subkeys = append(parts.Subkeys, id.bindEncryption(kem, now))
	return id.replace(parts, kem)
}

// MergeCertificate takes over what another version of the certificate has more,
// for example devices that were added elsewhere. The errors are those of
// [cert.Merge]; it has [schema.CodeKeysReplaced] when the other version holds an
// encryption subkey whose secret is not here: this identity was unlocked from an
// outdated copy.
func (id *Identity) MergeCertificate(other *cert.Certificate) error {
	merged, err := cert.Merge(id.cert, other)
	if err != nil {
		return err
	}
	if len(merged.EncryptionKeys()) != len(id.keys) {
		return schema.Errorf(schema.CodeKeysReplaced, "the secret of an encryption subkey is missing")
	}
	id.cert = merged
	return nil
}

// Export returns the identity as an armored Transferable Secret Key (RFC 9580
// section 10.1.2) without any passphrase, for other OpenPGP programs. Devices'
// signing keys are in it as public subkeys only: each stays on its device.
func (id *Identity) Export() ([]byte, error) {
	if id.wiped() {
		return nil, errWiped()
	}
	var out bytes.Buffer
	// RFC 9580 section 6.1: no CRC24 with version 6.
	w, err := armor.EncodeWithChecksumOption(&out, "PGP PRIVATE KEY BLOCK", nil, false)
	if err != nil {
		return nil, fmt.Errorf("export identity: %w", err)
	}
	if _, err := w.Write(id.encode(secretKey.packet)); err != nil {
		return nil, fmt.Errorf("export identity: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("export identity: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// encode writes the Transferable Secret Key: the certificate with the packets of
// the keys whose secrets are here replaced by what write makes of them.
func (id *Identity) encode(write func(secretKey, pgpsig.Tag) []byte) []byte {
	parts, keys := id.cert.Parts(), id.keys
	out := write(id.primary, pgpsig.TagSecretKey)
	out = pgpsig.AppendPacket(out, pgpsig.TagSignature, parts.Direct)
	for _, s := range parts.Subkeys {
		if len(keys) > 0 && bytes.Equal(keys[0].body, s.Key) {
			out = append(out, write(keys[0], pgpsig.TagSecretSubkey)...)
			keys = keys[1:]
		} else {
			out = pgpsig.AppendPacket(out, pgpsig.TagPublicSubkey, s.Key)
		}
		out = pgpsig.AppendPacket(out, pgpsig.TagSignature, s.Binding)
		if len(s.Revocation) > 0 {
			out = pgpsig.AppendPacket(out, pgpsig.TagSignature, s.Revocation)
		}
	}
	return out
}

// replace makes parts the certificate, with the secrets of its new encryption
// subkeys, if every limit allows it.
func (id *Identity) replace(parts cert.Parts, more ...secretKey) error {
	c, err := cert.Assemble(parts)
	if err != nil {
		return &schema.Error{Code: schema.CodeTooLarge, Detail: "the certificate cannot grow", Cause: err}
	}
	keys := slices.SortedFunc(slices.Values(append(slices.Clone(id.keys), more...)), func(a, b secretKey) int {
		fa, fb := a.fingerprint(), b.fingerprint()
		return bytes.Compare(fa[:], fb[:])
	})
	id.cert, id.keys = c, keys
	return nil
}

// sign makes a signature's body with the primary key, over the primary key and,
// if there is one, a subkey.
func (id *Identity) sign(t pgpsig.Type, extra []byte, now time.Time, subkey []byte) []byte {
	hashed := pgpsig.HashedKey(id.primary.body)
	if subkey != nil {
		hashed = append(hashed, pgpsig.HashedKey(subkey)...)
	}
	key := ed25519.NewKeyFromSeed(id.primary.secret.Reveal())
	defer clear(key)
	return pgpsig.SignBody(key, t, id.primary.fingerprint(), now, extra, hashed)
}

func (id *Identity) bindEncryption(k secretKey, now time.Time) cert.Subkey {
	return cert.Subkey{Key: k.body, Binding: id.sign(pgpsig.SubkeyBinding, pgpsig.EncryptionBindingExtra(), now, k.body)}
}

// revoke puts a revocation beside the subkey. Its time is not before the key's
// own, even if the clock went back, because other OpenPGP programs compare them.
func (id *Identity) revoke(subkeys []cert.Subkey, fingerprint schema.Fingerprint, now time.Time) {
	for i := range subkeys {
		key, ok := pgpsig.ParseKey(subkeys[i].Key)
		if !ok || key.Fingerprint != fingerprint {
			continue
		}
		if now.Before(key.Created) {
			now = key.Created
		}
		subkeys[i].Revocation = id.sign(pgpsig.SubkeyRevocation, pgpsig.RevocationExtra(key.Algorithm), now, subkeys[i].Key)
	}
}
