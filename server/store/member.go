package store

import (
	"context"
	"database/sql"

	"github.com/cenacle-team/cenacle/schema"
)

// querier is a pool or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// list collects what one scans from each row.
func list[T any](rows *sql.Rows, err error, one func(*T) error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := one(&v); err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, rows.Err()
}

// MemberRole returns a current member. CodeNotFound when the user is none.
func (s *Store) MemberRole(ctx context.Context, ws schema.WorkspaceID, user schema.UserID) (Member, error) {
	m := Member{User: user}
	err := s.reader.QueryRowContext(ctx, "SELECT role, pending FROM member WHERE workspace = $1 AND user_id = $2 AND former = 0",
		ws[:], user[:]).Scan(&m.Role, &m.Pending)
	if err != nil {
		return Member{}, s.failed("member", err)
	}
	return m, nil
}

// WasMember reports whether the user is or was a member of the workspace.
func (s *Store) WasMember(ctx context.Context, ws schema.WorkspaceID, user schema.UserID) (was bool, err error) {
	if err := s.reader.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM member WHERE workspace = $1 AND user_id = $2)",
		ws[:], user[:]).Scan(&was); err != nil {
		return false, s.failed("member", err)
	}
	return was, nil
}

// CirclesOf returns the circles that the user is in, ascending.
func (s *Store) CirclesOf(ctx context.Context, ws schema.WorkspaceID, user schema.UserID) ([]CircleRow, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT c.circle, c.epoch, c.stale FROM circle_member m
		JOIN circle c ON c.workspace = m.workspace AND c.circle = m.circle
		WHERE m.workspace = $1 AND m.user_id = $2 ORDER BY c.circle`, ws[:], user[:])
	out, err := list(rows, err, func(c *CircleRow) error { return rows.Scan(into(c.Circle[:]), &c.Epoch, &c.Stale) })
	if err != nil {
		return nil, s.failed("circles", err)
	}
	return out, nil
}

// CircleMembers returns who is in the circle, ascending.
func (s *Store) CircleMembers(ctx context.Context, ws schema.WorkspaceID, circle schema.CircleID) ([]schema.UserID, error) {
	rows, err := s.reader.QueryContext(ctx, "SELECT user_id FROM circle_member WHERE workspace = $1 AND circle = $2 ORDER BY user_id",
		ws[:], circle[:])
	out, err := list(rows, err, func(u *schema.UserID) error { return rows.Scan(into(u[:])) })
	if err != nil {
		return nil, s.failed("circle members", err)
	}
	return out, nil
}

// InCircle reports whether the user is in the circle.
func (s *Store) InCircle(ctx context.Context, ws schema.WorkspaceID, circle schema.CircleID, user schema.UserID) (in bool, err error) {
	if err := s.reader.QueryRowContext(ctx, "SELECT EXISTS (SELECT 1 FROM circle_member WHERE workspace = $1 AND circle = $2 AND user_id = $3)",
		ws[:], circle[:], user[:]).Scan(&in); err != nil {
		return false, s.failed("circle member", err)
	}
	return in, nil
}

// Circle returns the state of a circle.
func (s *Store) Circle(ctx context.Context, ws schema.WorkspaceID, id schema.CircleID) (CircleRow, error) {
	c, err := circle(ctx, s.reader, ws, id)
	if err != nil {
		return CircleRow{}, s.failed("circle", err)
	}
	return c, nil
}

func circle(ctx context.Context, q querier, ws schema.WorkspaceID, id schema.CircleID) (CircleRow, error) {
	c := CircleRow{Circle: id}
	err := q.QueryRowContext(ctx, "SELECT epoch, stale FROM circle WHERE workspace = $1 AND circle = $2", ws[:], id[:]).
		Scan(&c.Epoch, &c.Stale)
	return c, err
}

// InviteByID returns an invite, also one that is no longer open.
func (s *Store) InviteByID(ctx context.Context, ws schema.WorkspaceID, invite schema.InviteID) (InviteRow, error) {
	i := InviteRow{Invite: invite}
	err := s.reader.QueryRowContext(ctx, "SELECT proof_hash, expires, is_open FROM invite WHERE workspace = $1 AND invite = $2",
		ws[:], invite[:]).Scan(into(i.ProofHash[:]), &i.Expires, &i.Open)
	if err != nil {
		return InviteRow{}, s.failed("invite", err)
	}
	return i, nil
}

// Heads returns the roster's head and the streams of the circles that the user
// is in, ascending by stream, all of one moment. CodeNotFound when there is no
// such workspace.
func (s *Store) Heads(ctx context.Context, ws schema.WorkspaceID, user schema.UserID) (schema.WorkspaceHeads, error) {
	var h schema.WorkspaceHeads
	err := s.snapshot(ctx, "heads", func(tx *sql.Tx) (err error) {
		if h.Roster, err = rosterHead(tx.QueryRowContext(ctx, selectRosterHead, ws[:])); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT s.circle, s.stream, s.head_seq, s.head_link FROM circle_member m
			JOIN stream s ON s.workspace = m.workspace AND s.circle = m.circle
			WHERE m.workspace = $1 AND m.user_id = $2 ORDER BY s.stream`, ws[:], user[:])
		h.Streams, err = list(rows, err, func(i *schema.StreamInfo) error {
			return rows.Scan(into(i.Circle[:]), into(i.Head.Stream[:]), &i.Head.Seq, into(i.Head.Link[:]))
		})
		return err
	})
	return h, err
}
