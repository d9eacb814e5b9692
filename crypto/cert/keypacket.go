package cert

import (
	"bytes"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

// Layout of a key packet's body (RFC 9580 section 5.1.2, RFC 9980): version,
// length and version of the recipient's fingerprint, fingerprint, algorithm;
// then the X25519 ephemeral key, the ML-KEM-768 ciphertext, one octet of length
// and the 32-octet session key wrapped by AES key wrap (RFC 3394).
const (
	mlkemCiphertext = 1088
	wrappedKey      = 32 + 8
	keyPacketHead   = 1 + 1 + 1 + 32 + 1
	keyPacketBody   = keyPacketHead + pgpsig.X25519Size + mlkemCiphertext + 1 + wrappedKey

	// KeyPacketSize is the exact length of a key packet, 1,200 octets.
	KeyPacketSize = 3 + keyPacketBody
)

// KeyPacketRecipient checks the structure of a key packet (PKESK): version 6, a
// named recipient with a version 6 fingerprint, ML-KEM-768+X25519 and a wrapped
// key of 32 octets, nothing after it. It returns the recipient's fingerprint.
// Nothing is decrypted, so a server can check that the right people were sealed
// to. The error has [schema.CodeUnreadable].
func KeyPacketRecipient(pkesk []byte) (schema.Fingerprint, error) {
	var recipient schema.Fingerprint
	tag, body, rest, ok := pgpsig.NextPacket(pkesk)
	if !ok || tag != pgpsig.TagKeyPacket || len(rest) != 0 || len(body) != keyPacketBody ||
		!bytes.Equal(body[:3], []byte{6, 1 + 32, 6}) ||
		body[keyPacketHead-1] != byte(pgpsig.MLKEM768X25519) ||
		body[keyPacketBody-wrappedKey-1] != wrappedKey {
		return recipient, schema.Errorf(schema.CodeUnreadable, "not an acceptable key packet")
	}
	copy(recipient[:], body[3:])
	return recipient, nil
}
