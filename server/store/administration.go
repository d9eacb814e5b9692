package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/cenacle-team/cenacle/schema"
)

// States of an account.
const (
	accountActive   = 0
	accountDisabled = 1
	accountDeleted  = 2
)

// Bounds of the open sessions: of one device, and of an account's login key. The
// ones that end first make room.
const (
	maxDeviceSessions = 256
	maxLoginSessions  = 64
)

// Accounts returns accounts ascending by handle, those after a handle in normal
// form, at most limit; and whether there are more.
func (s *Store) Accounts(ctx context.Context, after string, limit int) (page []schema.AccountInfo, more bool, err error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT a.user_id, a.handle, a.created, u.octets, a.admin, a.state
		FROM account a JOIN account_usage u ON u.user_id = a.user_id
		WHERE a.handle > $1 AND a.state < $2 ORDER BY a.handle LIMIT $3`, after, accountDeleted, limit+1)
	page, err = list(rows, err, func(i *schema.AccountInfo) error {
		var state int
		err := rows.Scan(into(i.User[:]), &i.Handle, &i.Created, &i.Octets, &i.Admin, &state)
		i.Disabled = state == accountDisabled
		return err
	})
	if err != nil {
		return nil, false, s.failed("accounts", err)
	}
	if len(page) > limit {
		return page[:limit], true, nil
	}
	return page, false, nil
}

// ActiveAccounts counts the accounts that are not deleted; its time grows with
// their number.
func (s *Store) ActiveAccounts(ctx context.Context) (n int64, err error) {
	if err := s.reader.QueryRowContext(ctx, "SELECT count(*) FROM account WHERE state < $1", accountDeleted).Scan(&n); err != nil {
		return 0, s.failed("count accounts", err)
	}
	return n, nil
}

// lockAccount locks an account's identity, as every change of its sessions does.
// CodeNotFound when there is no such account, or no more.
func (s *Store) lockAccount(ctx context.Context, tx *sql.Tx, user schema.UserID) (admin bool, err error) {
	if _, err := s.lockIdentity(ctx, tx, user); err != nil {
		return false, err
	}
	err = tx.QueryRowContext(ctx, "SELECT admin FROM account WHERE user_id = $1", user[:]).Scan(&admin)
	return admin, err
}

// SetDisabled disables an account, which ends all of its sessions and keeps it
// from opening others, or enables it again. CodeNotFound when there is no such
// account; CodeForbidden for one that administers the server.
func (s *Store) SetDisabled(ctx context.Context, user schema.UserID, disabled bool) error {
	return s.write(ctx, "disable account", func(tx *sql.Tx) error {
		admin, err := s.lockAccount(ctx, tx, user)
		if err != nil {
			return err
		}
		if admin {
			return schema.Errorf(schema.CodeForbidden, "the account administers the server")
		}
		state := accountActive
		if disabled {
			state = accountDisabled
			if _, err := tx.ExecContext(ctx, "DELETE FROM session WHERE user_id = $1", user[:]); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "UPDATE account SET state = $2 WHERE user_id = $1", user[:], state)
		return err
	})
}

// DeleteAccount deletes an account's handle, certificate, credentials (with the
// locked keys) and sessions. Its user id can never be used again. What it wrote
// stays, and so do its memberships, which only rosters can end. CodeNotFound when
// there is no such account; CodeForbidden for one that administers the server.
func (s *Store) DeleteAccount(ctx context.Context, user schema.UserID) error {
	return s.write(ctx, "delete account", func(tx *sql.Tx) error {
		admin, err := s.lockAccount(ctx, tx, user)
		if err != nil {
			return err
		}
		if admin {
			return schema.Errorf(schema.CodeForbidden, "the account administers the server")
		}
		for _, table := range []string{"session", "challenge", "credential", "credential_removed", "device_revocation", "identity"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE user_id = $1", user[:]); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, "UPDATE account SET state = $2, handle = $3 WHERE user_id = $1", user[:], accountDeleted, user.String())
		return err
	})
}

// admitSession decides whether a session may be opened, and makes room for it.
// The account's identity is locked.
func admitSession(ctx context.Context, tx *sql.Tx, user schema.UserID, device *schema.DeviceID) error {
	var state int
	if err := tx.QueryRowContext(ctx, "SELECT state FROM account WHERE user_id = $1", user[:]).Scan(&state); err != nil {
		return err
	}
	if state != accountActive {
		return schema.Errorf(schema.CodeAccountDisabled, "the account was disabled")
	}
	which, args, most := "device IS NULL", []any{user[:]}, maxLoginSessions
	if device != nil {
		which, args, most = "device = $2", append(args, device[:]), maxDeviceSessions
	}
	var open int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM session WHERE user_id = $1 AND "+which, args...).Scan(&open); err != nil {
		return err
	}
	if open < most {
		return nil
	}
	// Both databases take a bound number for LIMIT.
	args = append(args, open-most+1)
	limit := "$2"
	if device != nil {
		limit = "$3"
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM session WHERE token_hash IN (SELECT token_hash FROM session WHERE user_id = $1 AND "+
		which+" ORDER BY until, token_hash LIMIT "+limit+")", args...)
	return err
}

// Foundings counts the workspaces that an account has founded.
func (s *Store) Foundings(ctx context.Context, user schema.UserID) (n int64, err error) {
	if err := s.reader.QueryRowContext(ctx, "SELECT count(*) FROM founding WHERE user_id = $1", user[:]).Scan(&n); err != nil {
		return 0, s.failed("count foundings", err)
	}
	return n, nil
}

// NoteFounding notes that an account has founded a workspace.
func (s *Store) NoteFounding(ctx context.Context, user schema.UserID, ws schema.WorkspaceID) error {
	return s.exec(ctx, "note a founding", "INSERT INTO founding (user_id, workspace) VALUES ($1, $2) ON CONFLICT DO NOTHING", user[:], ws[:])
}

// WorkspacePage returns the workspaces that have or had the user as a member,
// ascending, those after an id, at most limit.
func (s *Store) WorkspacePage(ctx context.Context, user schema.UserID, after schema.WorkspaceID, limit int) ([]schema.WorkspaceID, error) {
	rows, err := s.reader.QueryContext(ctx, "SELECT workspace FROM member WHERE user_id = $1 AND workspace > $2 ORDER BY workspace LIMIT $3",
		user[:], after[:], limit)
	out, err := list(rows, err, func(w *schema.WorkspaceID) error { return rows.Scan(into(w[:])) })
	if err != nil {
		return nil, s.failed("workspaces", err)
	}
	return out, nil
}

// RecoveryVersion returns the highest version that a recovery credential of the
// account ever had, 0 for none, and whether there is one now.
func (s *Store) RecoveryVersion(ctx context.Context, user schema.UserID) (version uint32, present bool, err error) {
	last, present, err := credentialVersion(ctx, s.reader, user, schema.CredentialRecovery)
	if err != nil {
		return 0, false, s.failed("recovery", err)
	}
	return uint32(last), present, nil
}

// credentialVersion returns the version of a credential, or the last one that was
// removed, or 0.
func credentialVersion(ctx context.Context, q querier, user schema.UserID, kind schema.CredentialKind) (version int64, present bool, err error) {
	err = q.QueryRowContext(ctx, "SELECT version FROM credential WHERE user_id = $1 AND kind = $2", user[:], int64(kind)).Scan(&version)
	if !errors.Is(err, sql.ErrNoRows) {
		return version, err == nil, err
	}
	err = q.QueryRowContext(ctx, "SELECT version FROM credential_removed WHERE user_id = $1 AND kind = $2", user[:], int64(kind)).Scan(&version)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return version, false, err
}

// removeCredential deletes a credential and remembers its version. CodeNotFound
// when there is none.
func removeCredential(ctx context.Context, tx *sql.Tx, user schema.UserID, kind schema.CredentialKind) error {
	version, present, err := credentialVersion(ctx, tx, user, kind)
	if err != nil {
		return err
	}
	if !present {
		return schema.Errorf(schema.CodeNotFound, "no such credential")
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO credential_removed (user_id, kind, version) VALUES ($1, $2, $3)
		ON CONFLICT (user_id, kind) DO UPDATE SET version = excluded.version`, user[:], int64(kind), version); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "DELETE FROM credential WHERE user_id = $1 AND kind = $2", user[:], int64(kind))
	return err
}
