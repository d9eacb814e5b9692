package store

import (
	"context"
	"database/sql"
	"sync/atomic"

	"github.com/cenacle-team/cenacle/schema"
)

// ServerState returns what the administrator has set; the zero value, revision 0,
// before the first time.
func (s *Store) ServerState(ctx context.Context) (schema.ServerState, error) {
	state, err := serverState(s.reader.QueryRowContext(ctx, selectState))
	if err != nil {
		return schema.ServerState{}, s.failed("server state", err)
	}
	return state, nil
}

const selectState = "SELECT value FROM server_setting WHERE name = 'state'"

func serverState(row *sql.Row) (state schema.ServerState, err error) {
	var value []byte
	if err := row.Scan(&value); err != nil || len(value) == 0 {
		return state, err
	}
	if err := schema.Unmarshal(value, &state); err != nil {
		return state, &schema.Error{Code: schema.CodeInternal, Detail: "the stored server state is damaged", Cause: err}
	}
	return state, nil
}

// PutServerState replaces the state whose revision the new one names, and with it
// the logo: a logo that is not empty is stored, and the stored one is deleted when
// the state names none. It returns the new revision. CodeConflict when the
// revision is another, or when the state names another logo than the stored one
// and none is given.
func (s *Store) PutServerState(ctx context.Context, state schema.ServerState, logo []byte) (revision uint64, err error) {
	err = s.write(ctx, "put server state", func(tx *sql.Tx) error {
		before, err := serverState(tx.QueryRowContext(ctx, selectState+s.dialect.lock))
		if err != nil {
			return err
		}
		if before.Revision != state.Revision {
			return schema.Errorf(schema.CodeConflict, "the state is at revision %d", before.Revision)
		}
		state.Revision++
		was, now := before.Branding.Logo, state.Branding.Logo
		switch same := was != nil && now != nil && *was == *now; {
		case len(logo) > 0 || now == nil:
			if err := setSetting(ctx, tx, "logo", octets(logo)); err != nil {
				return err
			}
		case !same:
			return schema.Errorf(schema.CodeConflict, "the logo is not the stored one")
		}
		return setSetting(ctx, tx, "state", schema.MustMarshal(state))
	})
	return state.Revision, err
}

func setSetting(ctx context.Context, tx *sql.Tx, name string, value []byte) error {
	return changedOne(tx.ExecContext(ctx, "UPDATE server_setting SET value = $2 WHERE name = $1", name, value))
}

// Logo returns the picture of the logo. CodeNotFound when there is none.
func (s *Store) Logo(ctx context.Context) ([]byte, error) {
	var value []byte
	err := s.reader.QueryRowContext(ctx, "SELECT value FROM server_setting WHERE name = 'logo'").Scan(&value)
	if err == nil && len(value) == 0 {
		err = sql.ErrNoRows
	}
	if err != nil {
		return nil, s.failed("logo", err)
	}
	return value, nil
}

// quotas are the quotas in force, in octets; 0 is unlimited.
type quotas struct{ workspace, account atomic.Int64 }

// SetQuotas changes the quotas of [Options] while the store is open.
func (s *Store) SetQuotas(workspace, account int64) {
	s.quotas.workspace.Store(workspace)
	s.quotas.account.Store(account)
}
