package seal

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"io"

	"github.com/cenacle-team/cenacle/schema"
)

// EpochSecret is the 32 random octets that the members of a circle share for one
// epoch. Every key of the epoch is derived from it. It prints as [secret].
type EpochSecret struct{ secret }

// NewEpochSecret draws a secret.
func NewEpochSecret() EpochSecret { return EpochSecret{newSecret()} }

// ParseEpochSecret reads what Bytes returned. A length other than 32 octets and
// octets that are all the same, zero among them, are [schema.CodeBadEncoding].
func ParseEpochSecret(b []byte) (EpochSecret, error) {
	s, err := parseSecret(b)
	return EpochSecret{s}, err
}

// Equal compares in constant time. No secret is equal to nothing.
func (s EpochSecret) Equal(t EpochSecret) bool { return s.equal(t.secret) }

// Commitment is SHA-256(PurposeEpochCommitment ‖ workspace ‖ circle ‖ epoch ‖
// secret), the epoch as 8 octets, big endian. It stands in the signed roster: all
// members provably got the same secret, and one that was made for another place
// is recognised. It is zero if there is no secret, or none that is random.
func (s EpochSecret) Commitment(ws schema.WorkspaceID, circle schema.CircleID, epoch uint64) (sum schema.Hash) {
	_ = s.use(func(octets []byte) error {
		b := append(make([]byte, 0, 128), schema.PurposeEpochCommitment...)
		b = append(b, epochInfo(ws, circle, epoch)...)
		b = append(b, octets...)
		sum = sha256.Sum256(b)
		clear(b)
		return nil
	})
	return sum
}

// CheckCommitment compares a secret with the commitment in the roster, in constant
// time. A secret of another workspace, circle or epoch, and one that is not random,
// is [schema.CodeUnreadable].
func CheckCommitment(s EpochSecret, ws schema.WorkspaceID, circle schema.CircleID, epoch uint64, want schema.Hash) error {
	got := s.Commitment(ws, circle, epoch)
	if s.check() != nil || subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
		return unreadable()
	}
	return nil
}

// SealPrevious seals the secret of the previous epoch under the current one, so
// that whoever is given the latest secret reads the history. Epoch is the current
// one. The result is a SEIPD version 2 packet (RFC 9580 section 5.13.2) of 110
// octets around a Literal Data packet with the 32 octets.
func SealPrevious(current, previous EpochSecret, ws schema.WorkspaceID, circle schema.CircleID, epoch uint64) ([]byte, error) {
	return sealPrevious(current, previous, ws, circle, epoch, rand.Reader)
}

func sealPrevious(current, previous EpochSecret, ws schema.WorkspaceID, circle schema.CircleID, epoch uint64, random io.Reader) ([]byte, error) {
	key, err := derive(current.secret, schema.PurposeEpochChain, epochInfo(ws, circle, epoch))
	if err != nil {
		return nil, err
	}
	defer key.Zero()
	w, err := newSEIPD(literalLength(secretLength), random)
	if err != nil {
		return nil, err
	}
	err = previous.use(func(octets []byte) error { w.buf = appendLiteral(w.buf, octets); return nil })
	if err != nil {
		return nil, err
	}
	return key.seal(w)
}

// OpenPrevious opens what [SealPrevious] made for the same place. Everything else,
// and a previous secret that is not random, is [schema.CodeUnreadable]. The caller
// compares the result with the previous epoch's commitment ([CheckCommitment]).
func OpenPrevious(current EpochSecret, sealed []byte, ws schema.WorkspaceID, circle schema.CircleID, epoch uint64) (EpochSecret, error) {
	n := seipdOverhead + literalLength(secretLength)
	if len(sealed) != headerLength(n)+n {
		return EpochSecret{}, unreadable()
	}
	key, err := derive(current.secret, schema.PurposeEpochChain, epochInfo(ws, circle, epoch))
	if err != nil {
		return EpochSecret{}, unreadable()
	}
	defer key.Zero()
	plain, err := key.open(sealed)
	if err != nil {
		return EpochSecret{}, err
	}
	defer clear(plain)
	content, rest, ok := cutLiteral(plain)
	if !ok || len(rest) > 0 {
		return EpochSecret{}, unreadable()
	}
	s, err := parseSecret(content)
	if err != nil {
		return EpochSecret{}, unreadable()
	}
	return EpochSecret{s}, nil
}
