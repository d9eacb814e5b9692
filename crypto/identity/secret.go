package identity

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/mlkem"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"time"

	pgped25519 "github.com/ProtonMail/go-crypto/openpgp/ed25519"
	"github.com/ProtonMail/go-crypto/openpgp/mlkem_ecdh"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

// Sizes of secret key material in packets (RFC 9580 section 5.5.5.9, RFC 9980).
const (
	ed25519Secret = ed25519.SeedSize
	x25519Secret  = 32
	mlkemSeed     = mlkem.SeedSize
	kemSecret     = x25519Secret + mlkemSeed
)

// secretKey is a key packet's public body and its secret material as packets
// hold it. Its owners embed redact.Secret.
type secretKey struct {
	body   []byte
	secret redact.Octets
}

// newSecret makes a key. The time is kept in whole seconds.
func newSecret(a pgpsig.Algorithm, created time.Time) (secretKey, error) {
	secret := make([]byte, secretSize(a))
	rand.Read(secret) // never fails
	public, err := publicOf(a, secret)
	if err != nil {
		return secretKey{}, fmt.Errorf("make key: %w", err)
	}
	return secretKey{body: pgpsig.KeyBody(a, created, public), secret: redact.Hide(secret)}, nil
}

// secretSize is the length of the secret material of an algorithm's keys.
func secretSize(a pgpsig.Algorithm) int {
	if a == pgpsig.MLKEM768X25519 {
		return kemSecret
	}
	return ed25519Secret
}

// publicOf computes the public key material of a secret.
func publicOf(a pgpsig.Algorithm, secret []byte) ([]byte, error) {
	switch {
	case a == pgpsig.Ed25519 && len(secret) == ed25519Secret:
		private := ed25519.NewKeyFromSeed(secret)
		defer clear(private)
		return bytes.Clone(private[ed25519.SeedSize:]), nil
	case a == pgpsig.MLKEM768X25519 && len(secret) == kemSecret:
		point, err := ecdh.X25519().NewPrivateKey(secret[:x25519Secret])
		if err != nil {
			return nil, err
		}
		kem, err := mlkem.NewDecapsulationKey768(secret[x25519Secret:])
		if err != nil {
			return nil, err
		}
		return append(point.PublicKey().Bytes(), kem.EncapsulationKey().Bytes()...), nil
	}
	return nil, errors.New("wrong length of secret key material")
}

// consistent reports whether the public half is the one that belongs to the
// secret. A public key that somebody else put beside a private key is found here.
func (k secretKey) consistent() bool {
	key, ok := pgpsig.ParseKey(k.body)
	if !ok {
		return false
	}
	public, err := publicOf(key.Algorithm, k.secret.Reveal())
	return err == nil && subtle.ConstantTimeCompare(public, key.Material) == 1
}

// packet returns the unlocked secret-key packet (RFC 9580 section 5.5.3): the
// public body, S2K usage 0, the material; version 6 has no checksum.
func (k secretKey) packet(tag pgpsig.Tag) []byte {
	secret := k.secret.Reveal()
	n := len(k.body) + 1 + len(secret)
	b := pgpsig.AppendHeader(make([]byte, 0, 6+n), tag, n)
	return append(append(append(b, k.body...), 0), secret...)
}

func (k secretKey) clone() secretKey {
	return secretKey{body: k.body, secret: redact.Hide(bytes.Clone(k.secret.Reveal()))}
}

// wipe zeroes the secret in every copy of the value.
func (k secretKey) wipe() { k.secret.Wipe() }

func wipeAll(keys []secretKey) {
	for _, k := range keys {
		k.wipe()
	}
}

// object makes go-crypto's form of a key.
func (k secretKey) object(tag pgpsig.Tag) (*packet.PrivateKey, error) {
	b := k.packet(tag)
	defer clear(b)
	return readPrivate(b)
}

// wipeObject zeroes what can be reached of go-crypto's form of a key: the seed of
// Ed25519, the X25519 scalar and the ML-KEM seed. The expanded ML-KEM key that is
// kept beside the seed cannot be reached; it is let go for the garbage collector.
func wipeObject(private any) {
	switch k := private.(type) {
	case *pgped25519.PrivateKey:
		clear(k.Key)
	case *mlkem_ecdh.PrivateKey:
		clear(k.SecretEc)
		clear(k.SecretMlkemSeed)
		k.SecretMlkem = nil
	}
}

// readPrivate reads a secret-key packet as go-crypto's type, which checks an
// unlocked one once more.
func readPrivate(b []byte) (*packet.PrivateKey, error) {
	p, err := packet.Read(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	private, ok := p.(*packet.PrivateKey)
	if !ok {
		return nil, errors.New("not a secret key packet")
	}
	return private, nil
}

// parseSecret reads the first packet of b, which must be an unlocked secret key
// of the tag and algorithm whose halves belong together.
func parseSecret(b []byte, tag pgpsig.Tag, a pgpsig.Algorithm) (k secretKey, rest []byte, ok bool) {
	got, body, rest, ok := pgpsig.NextPacket(b)
	if !ok || got != tag {
		return k, nil, false
	}
	n := pgpsig.KeySize(body)
	if n == 0 || len(body) <= n || body[n] != 0 || pgpsig.Algorithm(body[5]) != a {
		return k, nil, false
	}
	k = secretKey{body: bytes.Clone(body[:n]), secret: redact.Hide(bytes.Clone(body[n+1:]))}
	return k, rest, k.consistent()
}

func (k secretKey) fingerprint() schema.Fingerprint { return pgpsig.Fingerprint(k.body) }
