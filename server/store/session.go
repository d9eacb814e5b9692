package store

import (
	"context"
	"database/sql"
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

// deviceColumn is NULL for no device.
func deviceColumn(d *schema.DeviceID) any {
	if d == nil {
		return nil
	}
	return d[:]
}

// optionalDevice scans what deviceColumn made.
type optionalDevice struct{ dst **schema.DeviceID }

func (o optionalDevice) Scan(v any) error {
	if v == nil {
		*o.dst = nil
		return nil
	}
	var d schema.DeviceID
	if err := into(d[:]).Scan(v); err != nil {
		return err
	}
	*o.dst = &d
	return nil
}

// PutChallenge keeps a challenge until it is taken or has expired.
func (s *Store) PutChallenge(ctx context.Context, c Challenge) error {
	return s.write(ctx, "put challenge", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO challenge (nonce, user_id, kind, device, fake, expires) VALUES ($1, $2, $3, $4, $5, $6)",
			c.Nonce[:], c.User[:], int64(c.Kind), deviceColumn(c.Device), truth(c.Fake), c.Expires.UnixMilli())
		return err
	})
}

// TakeChallenge returns a challenge and deletes it: of any number of callers one
// gets it. CodeNotFound when there is none or when it has expired.
func (s *Store) TakeChallenge(ctx context.Context, nonce schema.Hash) (Challenge, error) {
	c := Challenge{Nonce: nonce}
	err := s.write(ctx, "take challenge", func(tx *sql.Tx) error {
		var expires int64
		if err := tx.QueryRowContext(ctx, "DELETE FROM challenge WHERE nonce = $1 RETURNING user_id, kind, device, fake, expires", nonce[:]).
			Scan(into(c.User[:]), &c.Kind, optionalDevice{&c.Device}, &c.Fake, &expires); err != nil {
			return err
		}
		c.Expires = time.UnixMilli(expires)
		return nil
	})
	if err != nil {
		return Challenge{}, err
	}
	if !s.opts.Now().Before(c.Expires) {
		return Challenge{}, schema.Errorf(schema.CodeNotFound, "the challenge has expired")
	}
	return c, nil
}

// CreateSession opens a session until the given time; device is nil for a
// session of the login key. CodeDeviceRevoked when the device has been revoked,
// also when that happens at the same moment; CodeAccountDisabled; CodeNotFound for
// an unknown user. A device that has many sessions loses the one that ends first.
func (s *Store) CreateSession(ctx context.Context, tokenHash schema.Hash, user schema.UserID, device *schema.DeviceID, until time.Time) error {
	return s.write(ctx, "create session", func(tx *sql.Tx) error {
		if _, err := s.lockIdentity(ctx, tx, user); err != nil {
			return err
		}
		if device != nil {
			var revoked bool
			if err := tx.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM device_revocation WHERE user_id = $1 AND device = $2)",
				user[:], device[:]).Scan(&revoked); err != nil {
				return err
			}
			if revoked {
				return schema.Errorf(schema.CodeDeviceRevoked, "the device was revoked")
			}
		}
		if err := admitSession(ctx, tx, user, device); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO session (token_hash, user_id, device, created, until) VALUES ($1, $2, $3, $4, $5)",
			tokenHash[:], user[:], deviceColumn(device), s.opts.Now().UnixMilli(), until.UnixMilli())
		return err
	})
}

// Session returns the open session of a token, by the token's hash. CodeNotFound
// when there is none or when it has expired.
func (s *Store) Session(ctx context.Context, tokenHash schema.Hash) (SessionInfo, error) {
	var i SessionInfo
	var created, until int64
	err := s.reader.QueryRowContext(ctx, `SELECT s.user_id, s.device, s.created, s.until, a.admin
		FROM session s JOIN account a ON a.user_id = s.user_id WHERE s.token_hash = $1`, tokenHash[:]).
		Scan(into(i.User[:]), optionalDevice{&i.Device}, &created, &until, &i.Admin)
	if err != nil {
		return SessionInfo{}, s.failed("session", err)
	}
	i.Created, i.Until = time.UnixMilli(created), time.UnixMilli(until)
	if !s.opts.Now().Before(i.Until) {
		return SessionInfo{}, schema.Errorf(schema.CodeNotFound, "the session has expired")
	}
	return i, nil
}

// ExtendSession moves the end of a session. CodeNotFound when there is none.
func (s *Store) ExtendSession(ctx context.Context, tokenHash schema.Hash, until time.Time) error {
	return s.write(ctx, "extend session", func(tx *sql.Tx) error {
		return changedOne(tx.ExecContext(ctx, "UPDATE session SET until = $2 WHERE token_hash = $1", tokenHash[:], until.UnixMilli()))
	})
}

// changedOne turns a statement that found no row into sql.ErrNoRows.
func changedOne(r sql.Result, err error) error {
	if err != nil {
		return err
	}
	n, err := r.RowsAffected()
	if err == nil && n == 0 {
		err = sql.ErrNoRows
	}
	return err
}

// DeleteSession ends a session; it is no error when there is none.
func (s *Store) DeleteSession(ctx context.Context, tokenHash schema.Hash) error {
	return s.exec(ctx, "delete session", "DELETE FROM session WHERE token_hash = $1", tokenHash[:])
}

// DeleteSessionsOfDevice ends all sessions of a device.
func (s *Store) DeleteSessionsOfDevice(ctx context.Context, user schema.UserID, device schema.DeviceID) error {
	return s.exec(ctx, "delete sessions", "DELETE FROM session WHERE user_id = $1 AND device = $2", user[:], device[:])
}

// DeleteSessionsOfUser ends all sessions of a user but the one of the token hash
// except, which may be nil.
func (s *Store) DeleteSessionsOfUser(ctx context.Context, user schema.UserID, except *schema.Hash) error {
	keep := []byte{}
	if except != nil {
		keep = except[:]
	}
	return s.exec(ctx, "delete sessions", "DELETE FROM session WHERE user_id = $1 AND token_hash <> $2", user[:], keep)
}

// SweepExpired deletes the challenges and sessions that have expired by now.
func (s *Store) SweepExpired(ctx context.Context, now time.Time) error {
	if err := s.exec(ctx, "sweep", "DELETE FROM challenge WHERE expires <= $1", now.UnixMilli()); err != nil {
		return err
	}
	return s.exec(ctx, "sweep", "DELETE FROM session WHERE until <= $1", now.UnixMilli())
}

// exec runs one statement as a transaction.
func (s *Store) exec(ctx context.Context, op, query string, args ...any) error {
	return s.write(ctx, op, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
}
