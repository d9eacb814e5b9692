package seal

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/schema"
)

// SealKey seals an epoch's secret to one recipient: a PKESK version 6 (RFC 9580
// section 5.1.2) of [cert.KeyPacketSize] octets for ML-KEM-768+X25519 (RFC 9980
// section 4.3) that names the recipient's subkey; its session key is the secret. A
// secret that is not random is [schema.CodeBadEncoding], a revoked or mismatched
// encryption key [schema.CodeBadCertificate].
func SealKey(s EpochSecret, to cert.EncryptionKey) ([]byte, error) {
	return sealKey(s, to, rand.Reader)
}

func sealKey(s EpochSecret, to cert.EncryptionKey, random io.Reader) ([]byte, error) {
	if to.Revoked {
		return nil, schema.Errorf(schema.CodeBadCertificate, "nothing may be sealed to this encryption key")
	}
	public, err := to.PublicKey()
	if err != nil {
		return nil, err
	}
	out := bytes.NewBuffer(make([]byte, 0, cert.KeyPacketSize))
	config := &packet.Config{Rand: random}
	err = s.use(func(octets []byte) error {
		if err := packet.SerializeEncryptedKeyAEAD(out, public, packet.CipherAES256, true, octets, config); err != nil {
			return fmt.Errorf("seal to an encryption key: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if got, err := cert.KeyPacketRecipient(out.Bytes()); err != nil || got != to.Fingerprint {
		return nil, schema.Errorf(schema.CodeBadCertificate, "an encryption key is not what it is said to be")
	}
	return out.Bytes(), nil
}

// OpenKey opens a key packet that names one of the keys. Everything else, and a
// secret that is not random, is [schema.CodeUnreadable]. Nothing in a key packet
// says what it is for: the caller compares the secret with the commitment in the
// roster ([CheckCommitment]).
func OpenKey(pkesk []byte, keys *identity.Keys) (EpochSecret, error) {
	b, err := keys.Open(pkesk)
	if err != nil {
		return EpochSecret{}, unreadable()
	}
	s, err := parseSecret(b)
	clear(b)
	if err != nil {
		return EpochSecret{}, unreadable()
	}
	return EpochSecret{s}, nil
}
