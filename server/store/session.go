package store

import (
	"context"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// Challenge is a sign-in challenge that waits for its answer.
type Challenge struct {
	Nonce schema.Hash
	User  schema.UserID
	Kind  schema.CredentialKind
	// Device is nil for a challenge of a credential.
	Device *schema.DeviceID
	// Fake marks a challenge made for an unknown handle: no answer is right.
	Fake    bool
	Expires time.Time
}

// SessionInfo is an open session. Device is nil for a session of the login key.
type SessionInfo struct {
	User    schema.UserID
	Device  *schema.DeviceID
	Created time.Time
	Until   time.Time
	Admin   bool
}

func (s *Store) PutChallenge(ctx context.Context, c Challenge) error { return errUnwritten }
func (s *Store) TakeChallenge(ctx context.Context, nonce schema.Hash) (Challenge, error) {
	return Challenge{}, errUnwritten
}
func (s *Store) CreateSession(ctx context.Context, tokenHash schema.Hash, user schema.UserID, device *schema.DeviceID, until time.Time) error {
	return errUnwritten
}
func (s *Store) Session(ctx context.Context, tokenHash schema.Hash) (SessionInfo, error) {
	return SessionInfo{}, errUnwritten
}
func (s *Store) ExtendSession(ctx context.Context, tokenHash schema.Hash, until time.Time) error {
	return errUnwritten
}
func (s *Store) DeleteSession(ctx context.Context, tokenHash schema.Hash) error { return errUnwritten }
func (s *Store) DeleteSessionsOfDevice(ctx context.Context, user schema.UserID, device schema.DeviceID) error {
	return errUnwritten
}

// except may be nil.
func (s *Store) DeleteSessionsOfUser(ctx context.Context, user schema.UserID, except *schema.Hash) error {
	return errUnwritten
}
func (s *Store) SweepExpired(ctx context.Context, now time.Time) error { return errUnwritten }
