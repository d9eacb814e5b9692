package identity

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/ProtonMail/go-crypto/openpgp/s2k"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
)

// A locked secret-key packet is the public body followed by exactly this (RFC
// 9580 section 5.5.3): usage 253 (AEAD), 26 octets of parameters, AES-256, GCM,
// 11 octets of S2K specifier, iterated and salted S2K with SHA-256, 8 octets of
// salt, the smallest usable count; then 12 octets of nonce, the ciphertext and
// 16 octets of tag.
//
// The string that goes into the S2K contains 256 random-looking bits that
// Argon2id has already protected (package login), so nothing is gained by
// stretching it again, and a second Argon2 would let a server ask for memory.
// Iterated and salted S2K is the form that every OpenPGP program can open.
const (
	lockSaltAt = 7 // of the salt in the lock's parameters
	lockSalt   = 8
	lockCount  = 0x60 // 65,536 octets
	lockParams = 2 + 26
	lockTag    = 16
)

var lockHead = [lockSaltAt]byte{253, 26, 9, 3, 11, 3, 8}

// passphrase is the string that locks an identity. It names the credential's
// version and the hash of the certificate, so that an old copy cannot be passed
// off as the current one and no signature or device can be added to, or taken
// from, the public packets between the locked ones.
func passphrase(key login.LockKey, version uint32, c *cert.Certificate) []byte {
	secret, public := key.Reveal(), sha256.Sum256(c.Bytes())
	defer clear(secret[:])
	b := fmt.Appendf(make([]byte, 0, 256), "%s:%d:%s:", schema.PurposeLock, version, hex.EncodeToString(public[:]))
	return hex.AppendEncode(b, secret[:])
}

// Lock returns the identity as a Transferable Secret Key (RFC 9580 section
// 10.1.2) whose primary key and encryption subkeys, old ones included, are
// locked with AES-256/GCM (S2K usage 253) under key. Devices are public subkeys
// in it. version is the credential's, see [schema.Credential]. Without a key, or
// once key or identity are wiped, it has [schema.CodeInternal].
func (id *Identity) Lock(key login.LockKey, version uint32) ([]byte, error) {
	if id.wiped() || key.Reveal() == [32]byte{} {
		return nil, schema.Errorf(schema.CodeInternal, "an identity is not locked without a key")
	}
	objects := make([]*packet.PrivateKey, 0, 1+len(id.keys))
	object, err := id.primary.object(pgpsig.TagSecretKey)
	if err != nil {
		return nil, fmt.Errorf("lock identity: %w", err)
	}
	objects = append(objects, object)
	defer wipeObject(object.PrivateKey)
	for _, k := range id.keys {
		if object, err = k.object(pgpsig.TagSecretSubkey); err != nil {
			return nil, fmt.Errorf("lock identity: %w", err)
		}
		objects = append(objects, object)
		defer wipeObject(object.PrivateKey)
	}
	secret := passphrase(key, version, id.cert)
	defer clear(secret)
	if err := packet.EncryptPrivateKeys(objects, secret, lockConfig()); err != nil {
		return nil, fmt.Errorf("lock identity: %w", err)
	}
	packets := make([][]byte, len(objects))
	for i, object := range objects {
		var b bytes.Buffer
		if err := object.Serialize(&b); err != nil {
			return nil, fmt.Errorf("lock identity: %w", err)
		}
		packets[i] = b.Bytes()
	}
	return id.encode(func(secretKey, pgpsig.Tag) []byte {
		next := packets[0] // encode asks in the order of objects
		packets = packets[1:]
		return next
	}), nil
}

func lockConfig() *packet.Config {
	return &packet.Config{
		DefaultCipher: packet.CipherAES256,
		AEADConfig:    &packet.AEADConfig{DefaultMode: packet.AEADModeGCM},
		S2KConfig:     &s2k.Config{S2KMode: s2k.IteratedSaltedS2K, Hash: crypto.SHA256, S2KCount: 65536},
	}
}

// Unlock opens what [Identity.Lock] made. The order matters: first the shape of
// each packet, the parameters of the lock and the whole policy of the
// certificate, which derive nothing and allocate no more than the input; then
// the secrets; then the public keys are computed from the secrets and compared
// with those that the server supplied. Whatever is wrong (the key, the version,
// one bit anywhere), the error is the same and has [schema.CodeSignInFailed].
//
// The caller should merge a certificate that it has seen before into the result
// (see [Identity.MergeCertificate]).
func Unlock(locked []byte, key login.LockKey, version uint32) (*Identity, error) {
	t, ok := splitLocked(locked)
	if !ok {
		return nil, refused()
	}
	c, err := cert.Parse(t.certificate)
	if err != nil || !t.covers(c) {
		return nil, refused()
	}
	if key.Reveal() == [32]byte{} {
		return nil, refused() // nobody locks with no key
	}
	secret := passphrase(key, version, c)
	defer clear(secret)
	secrets, err := t.unlock(secret)
	if err != nil {
		return nil, refused()
	}
	// go-crypto compares the halves when it decrypts; that the public keys are
	// the user's own is too important to rest on another program's habit.
	for _, s := range secrets {
		if !s.consistent() {
			wipeAll(secrets)
			return nil, refused()
		}
	}
	return &Identity{cert: c, primary: secrets[0], keys: secrets[1:]}, nil
}

func refused() error {
	return schema.Errorf(schema.CodeSignInFailed, "the identity cannot be unlocked")
}

// lockedIdentity is a locked identity whose secret packets have the right shape.
type lockedIdentity struct {
	certificate []byte   // with the secret parts taken out; not yet parsed
	packets     [][]byte // the secret packets
	bodies      [][]byte // their public bodies
}

// splitLocked checks the form of the lock in each secret packet and separates
// public from secret.
func splitLocked(b []byte) (t lockedIdentity, ok bool) {
	if len(b) > schema.MaxLockedIdentity {
		return t, false
	}
	var salt []byte
	for rest := b; len(rest) > 0; {
		tag, body, after, ok := pgpsig.NextPacket(rest)
		if !ok {
			return t, false
		}
		if tag == pgpsig.TagSecretKey || tag == pgpsig.TagSecretSubkey {
			n := lockedShape(body)
			if n == 0 {
				return t, false
			}
			// One salt for all: one derivation, however many packets there are.
			here := body[n+lockSaltAt:][:lockSalt]
			if salt != nil && !bytes.Equal(salt, here) {
				return t, false
			}
			salt = here
			t.packets = append(t.packets, rest[:len(rest)-len(after)])
			t.bodies = append(t.bodies, body[:n])
			body = body[:n]
			if tag == pgpsig.TagSecretKey {
				tag = pgpsig.TagPublicKey
			} else {
				tag = pgpsig.TagPublicSubkey
			}
		}
		t.certificate = pgpsig.AppendPacket(t.certificate, tag, body)
		rest = after
	}
	return t, true
}

// lockedShape returns the length of the public body that a locked secret-key
// packet starts with, 0 unless the packet has the one form of the lock.
func lockedShape(body []byte) int {
	n := pgpsig.KeySize(body)
	if n == 0 || len(body) != n+lockParams+secretSize(pgpsig.Algorithm(body[5]))+lockTag ||
		!bytes.Equal(body[n:n+len(lockHead)], lockHead[:]) || body[n+lockSaltAt+lockSalt] != lockCount {
		return 0
	}
	return n
}

// covers reports whether the secret packets are those of the primary key and of
// each encryption subkey of c, in its order, and no other.
func (t lockedIdentity) covers(c *cert.Certificate) bool {
	parts := c.Parts()
	want := [][]byte{parts.Primary}
	for _, s := range parts.Subkeys {
		if key, ok := pgpsig.ParseKey(s.Key); ok && key.Algorithm == pgpsig.MLKEM768X25519 {
			want = append(want, s.Key)
		}
	}
	return slices.EqualFunc(want, t.bodies, bytes.Equal)
}

// unlock opens the secret packets.
func (t lockedIdentity) unlock(passphrase []byte) ([]secretKey, error) {
	objects := make([]*packet.PrivateKey, len(t.packets))
	for i, b := range t.packets {
		var err error
		if objects[i], err = readPrivate(b); err != nil {
			return nil, err
		}
	}
	if err := packet.DecryptPrivateKeys(objects, passphrase); err != nil {
		return nil, err
	}
	secrets := make([]secretKey, len(objects))
	for i, object := range objects {
		defer wipeObject(object.PrivateKey)
		b := bytes.NewBuffer(make([]byte, 0, 2048)) // which never grows: growing would leave copies
		if err := object.Serialize(b); err != nil {
			return nil, err
		}
		_, body, _, ok := pgpsig.NextPacket(b.Bytes())
		if !ok || len(body) <= len(t.bodies[i]) {
			return nil, errors.New("unexpected form of an unlocked key")
		}
		// The public half is the one that cert.Parse saw; what follows it is
		// the S2K usage 0 and the material.
		secrets[i] = secretKey{body: t.bodies[i], secret: redact.Hide(body[len(t.bodies[i])+1:])}
	}
	return secrets, nil
}
