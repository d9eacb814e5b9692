package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/cenacle-team/cenacle/schema"
)

// NewAccount is what [Store.CreateAccount] stores. Handle is normalised by
// [Handle]; Now becomes the time of creation.
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
	Handle  string // in normal form
	Admin   bool
	Created time.Time
}

// Identity is an account's certificate with its revision.
type Identity struct {
	Handle      string
	Certificate []byte
	Revision    uint64
}

// Handle is the normal form of a sign-in handle: trimmed, lower-cased, Unicode
// normal form C. Two handles are the same account when these are equal.
func Handle(h string) string {
	return norm.NFC.String(strings.ToLower(norm.NFC.String(strings.TrimSpace(h))))
}

// CreateAccount makes an account. The first one of a server administers it.
// Inside the transaction, under a lock that lets sign-ups pass one by one, it
// asks allow, which is told whether this would be the first and must not call
// the store; what allow returns is returned. CodeHandleTaken when the handle is
// in use, CodeConflict when the user id is.
func (s *Store) CreateAccount(ctx context.Context, a NewAccount, allow func(first bool) error) (admin bool, err error) {
	handle := Handle(a.Handle)
	if handle == "" || len(handle) > schema.MaxHandle {
		return false, schema.Errorf(schema.CodeBadRequest, "a handle has 1 to %d octets", schema.MaxHandle)
	}
	err = s.write(ctx, "create account", func(tx *sql.Tx) error {
		var lock []byte
		if err := tx.QueryRowContext(ctx, "SELECT value FROM server_setting WHERE name = 'sign-up'"+s.dialect.lock).Scan(&lock); err != nil {
			return err
		}
		var some, sameHandle, sameUser bool
		if err := tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM account),
			EXISTS (SELECT 1 FROM account WHERE handle = $1), EXISTS (SELECT 1 FROM account WHERE user_id = $2)`,
			handle, a.User[:]).Scan(&some, &sameHandle, &sameUser); err != nil {
			return err
		}
		admin = !some
		if err := allow(admin); err != nil {
			return err
		}
		if sameHandle {
			return schema.Errorf(schema.CodeHandleTaken, "the handle is in use")
		}
		if sameUser {
			return schema.Errorf(schema.CodeConflict, "the user id is in use")
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO account (user_id, handle, admin, created) VALUES ($1, $2, $3, $4)",
			a.User[:], handle, truth(admin), a.Now.UnixMilli()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO account_usage (user_id, octets) VALUES ($1, 0)", a.User[:]); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO identity (user_id, certificate, revision) VALUES ($1, $2, 1)",
			a.User[:], octets(a.Certificate)); err != nil {
			return err
		}
		return putCredential(ctx, tx, a.User, a.Credential)
	})
	if err != nil {
		return false, err
	}
	return admin, nil
}

// putCredential makes a credential, or replaces the one of the same kind.
func putCredential(ctx context.Context, tx *sql.Tx, user schema.UserID, c schema.Credential) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO credential
		(user_id, kind, version, kdf_time, kdf_memory_kib, kdf_parallelism, login_key, locked)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (user_id, kind) DO UPDATE SET version = excluded.version, kdf_time = excluded.kdf_time,
		kdf_memory_kib = excluded.kdf_memory_kib, kdf_parallelism = excluded.kdf_parallelism,
		login_key = excluded.login_key, locked = excluded.locked`,
		user[:], int64(c.Kind), int64(c.Version), int64(c.KDF.Time), int64(c.KDF.MemoryKiB), int64(c.KDF.Parallelism),
		octets(c.LoginKey), octets(c.Locked))
	return err
}

const selectAccount = "SELECT user_id, handle, admin, created FROM account WHERE "

// AccountByHandle finds an account by its handle, normalised by [Handle].
func (s *Store) AccountByHandle(ctx context.Context, handle string) (Account, error) {
	return s.account(s.reader.QueryRowContext(ctx, selectAccount+"handle = $1", Handle(handle)))
}

// Account finds an account by its id.
func (s *Store) Account(ctx context.Context, user schema.UserID) (Account, error) {
	return s.account(s.reader.QueryRowContext(ctx, selectAccount+"user_id = $1", user[:]))
}

func (s *Store) account(row *sql.Row) (Account, error) {
	var a Account
	var created int64
	if err := row.Scan(into(a.User[:]), &a.Handle, &a.Admin, &created); err != nil {
		return Account{}, s.failed("account", err)
	}
	a.Created = time.UnixMilli(created)
	return a, nil
}

// AccountCount counts the accounts; its time grows with their number.
func (s *Store) AccountCount(ctx context.Context) (n int64, err error) {
	if err := s.reader.QueryRowContext(ctx, "SELECT count(*) FROM account").Scan(&n); err != nil {
		return 0, s.failed("count accounts", err)
	}
	return n, nil
}

// HasAccounts reports whether there is any account.
func (s *Store) HasAccounts(ctx context.Context) (some bool, err error) {
	if err := s.reader.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM account)").Scan(&some); err != nil {
		return false, s.failed("has accounts", err)
	}
	return some, nil
}

// Credential returns the user's credential of the kind.
func (s *Store) Credential(ctx context.Context, user schema.UserID, kind schema.CredentialKind) (schema.Credential, error) {
	c := schema.Credential{Kind: kind}
	err := s.reader.QueryRowContext(ctx, `SELECT version, kdf_time, kdf_memory_kib, kdf_parallelism, login_key, locked
		FROM credential WHERE user_id = $1 AND kind = $2`, user[:], int64(kind)).
		Scan(&c.Version, &c.KDF.Time, &c.KDF.MemoryKiB, &c.KDF.Parallelism, &c.LoginKey, &c.Locked)
	if err != nil {
		return schema.Credential{}, s.failed("credential", err)
	}
	return c, nil
}

// Identity returns the user's certificate.
func (s *Store) Identity(ctx context.Context, user schema.UserID) (Identity, error) {
	var i Identity
	var revision int64
	err := s.reader.QueryRowContext(ctx, `SELECT a.handle, i.certificate, i.revision
		FROM identity i JOIN account a ON a.user_id = i.user_id WHERE i.user_id = $1`, user[:]).
		Scan(&i.Handle, &i.Certificate, &revision)
	if err != nil {
		return Identity{}, s.failed("identity", err)
	}
	i.Revision = uint64(revision)
	return i, nil
}

// lockIdentity locks a user's identity and returns its revision.
func (s *Store) lockIdentity(ctx context.Context, tx *sql.Tx, user schema.UserID) (revision int64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT revision FROM identity WHERE user_id = $1"+s.dialect.lock, user[:]).Scan(&revision)
	return revision, err
}

// ReplaceIdentity replaces the certificate and the given credentials, ends the
// sessions of the revoked devices and keeps these from ever opening another, and
// ends, when a credential was replaced or removed, the sessions of login keys but
// the one of the token hash by: all in one step. CodeConflict when the revision is
// not the expected one, or when a credential's version is not the next;
// CodeNotFound when there is no recovery credential to remove.
func (s *Store) ReplaceIdentity(ctx context.Context, user schema.UserID, u schema.IdentityUpdate, revoked []schema.DeviceID, by schema.Hash) error {
	return s.write(ctx, "replace identity", func(tx *sql.Tx) error {
		revision, err := s.lockIdentity(ctx, tx, user)
		if err != nil {
			return err
		}
		if uint64(revision) != u.Expect {
			return schema.Errorf(schema.CodeConflict, "the identity is at revision %d", revision)
		}
		if _, err := tx.ExecContext(ctx, "UPDATE identity SET certificate = $2, revision = revision + 1 WHERE user_id = $1",
			user[:], octets(u.Certificate)); err != nil {
			return err
		}
		for _, c := range u.Credentials {
			version, _, err := credentialVersion(ctx, tx, user, c.Kind)
			if err != nil {
				return err
			}
			if int64(c.Version) != version+1 {
				return schema.Errorf(schema.CodeConflict, "the credential is at version %d", version)
			}
			if err := putCredential(ctx, tx, user, c); err != nil {
				return err
			}
		}
		if u.RemoveRecovery {
			if err := removeCredential(ctx, tx, user, schema.CredentialRecovery); err != nil {
				return err
			}
		}
		if len(u.Credentials) > 0 || u.RemoveRecovery {
			if _, err := tx.ExecContext(ctx, "DELETE FROM session WHERE user_id = $1 AND device IS NULL AND token_hash <> $2",
				user[:], by[:]); err != nil {
				return err
			}
		}
		for _, device := range revoked {
			if _, err := tx.ExecContext(ctx, "INSERT INTO device_revocation (user_id, device) VALUES ($1, $2) ON CONFLICT DO NOTHING",
				user[:], device[:]); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM session WHERE user_id = $1 AND device = $2", user[:], device[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Secret returns the server's own secret of that name: 32 random octets, made at
// the first call and the same ever after, on every node.
func (s *Store) Secret(ctx context.Context, name string) ([]byte, error) {
	var secret []byte
	err := s.write(ctx, "secret", func(tx *sql.Tx) error {
		fresh := make([]byte, 32)
		if _, err := rand.Read(fresh); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO server_setting (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
			"secret/"+name, fresh); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, "SELECT value FROM server_setting WHERE name = $1", "secret/"+name).Scan(&secret)
	})
	return secret, err
}
