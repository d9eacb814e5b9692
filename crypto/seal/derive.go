package seal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/cenacle-team/cenacle/schema"
)

// derive is HKDF-SHA256 (RFC 5869): the salt is the purpose, the input the
// secret, the info where the result belongs; 32 octets come out. Different
// purposes give independent keys of one secret.
func derive(s secret, purpose string, info []byte) (secret, error) {
	var derived secret
	err := s.use(func(octets []byte) error {
		b, err := hkdf.Key(sha256.New, octets, []byte(purpose), string(info), secretLength)
		if err != nil {
			return fmt.Errorf("derive key: %w", err)
		}
		derived = hold(b)
		return nil
	})
	return derived, err
}

// streamInfo is workspace ‖ circle ‖ stream ‖ epoch, the epoch as 8 octets, big endian.
func streamInfo(ws schema.WorkspaceID, circle schema.CircleID, stream schema.StreamID, epoch uint64) []byte {
	b := append(make([]byte, 0, 56), ws[:]...)
	b = append(b, circle[:]...)
	b = append(b, stream[:]...)
	return binary.BigEndian.AppendUint64(b, epoch)
}

// epochInfo is workspace ‖ circle ‖ epoch, the epoch as 8 octets, big endian.
func epochInfo(ws schema.WorkspaceID, circle schema.CircleID, epoch uint64) []byte {
	b := append(make([]byte, 0, 40), ws[:]...)
	b = append(b, circle[:]...)
	return binary.BigEndian.AppendUint64(b, epoch)
}

// inviteInfo is workspace ‖ invite.
func inviteInfo(ws schema.WorkspaceID, invite schema.InviteID) []byte {
	return append(append(make([]byte, 0, 32), ws[:]...), invite[:]...)
}
