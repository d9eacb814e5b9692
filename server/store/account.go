package store

import (
	"context"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// NewAccount is what CreateAccount stores. Handle is normalised by [Handle].
type NewAccount struct {
	User        schema.UserID
	Handle      string
	Credential  schema.Credential
	Certificate []byte
	Now         time.Time
}

// Account is a login on this server.
type Account struct {
	User    schema.UserID
	Handle  string
	Admin   bool
	Created time.Time
}

// Identity is an account's certificate with its revision.
type Identity struct {
	Handle      string
	Certificate []byte
	Revision    uint64
}

func (s *Store) CreateAccount(ctx context.Context, a NewAccount, allow func(first bool) error) (admin bool, err error) {
	return false, errUnwritten
}
func (s *Store) AccountByHandle(ctx context.Context, handle string) (Account, error) {
	return Account{}, errUnwritten
}
func (s *Store) Account(ctx context.Context, user schema.UserID) (Account, error) {
	return Account{}, errUnwritten
}
func (s *Store) AccountCount(ctx context.Context) (int64, error) { return 0, errUnwritten }
func (s *Store) HasAccounts(ctx context.Context) (bool, error)   { return false, errUnwritten }
func (s *Store) Credential(ctx context.Context, user schema.UserID, kind schema.CredentialKind) (schema.Credential, error) {
	return schema.Credential{}, errUnwritten
}
func (s *Store) Identity(ctx context.Context, user schema.UserID) (Identity, error) {
	return Identity{}, errUnwritten
}
func (s *Store) ReplaceIdentity(ctx context.Context, user schema.UserID, u schema.IdentityUpdate, revoked []schema.DeviceID) error {
	return errUnwritten
}
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) { return nil, errUnwritten }
