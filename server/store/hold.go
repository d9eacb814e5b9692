package store

import (
	"bytes"
	"context"
	"database/sql"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// PlaceHold stops the appends to the circles until the given time, at most
// [schema.HoldLife] from now, and returns their cuts in the same order. Placing
// it again with the same token moves its end. A hold of an admin or owner, which
// the role tells, takes the place of one of anybody with a lower role: members
// could otherwise keep themselves from being removed. CodeConflict when another
// hold of one of the circles has not ended; CodeNotFound when there is no such
// circle.
//
// A hold is for progress only: that nothing is appended beyond a cut is ensured
// by the comparison in [Store.ApplyRoster], whether there is a hold or not.
func (s *Store) PlaceHold(ctx context.Context, ws schema.WorkspaceID, circles []schema.CircleID, role schema.Role, token []byte, until time.Time) ([]schema.Cut, error) {
	if len(token) == 0 || len(circles) == 0 || len(circles) > schema.MaxCircles {
		return nil, schema.Errorf(schema.CodeBadRequest, "a hold has a token and 1 to %d circles", schema.MaxCircles)
	}
	var cuts []schema.Cut
	err := s.write(ctx, "place hold", func(tx *sql.Tx) error {
		if err := s.lockWorkspace(ctx, tx, ws); err != nil {
			return err
		}
		now := s.opts.Now()
		until := min(until.UnixMilli(), now.Add(schema.HoldLife).UnixMilli())
		for _, circle := range circles {
			var heldUntil int64
			var holder []byte
			var holderRole schema.Role
			if err := tx.QueryRowContext(ctx, "SELECT held_until, hold_token, hold_role FROM circle WHERE workspace = $1 AND circle = $2",
				ws[:], circle[:]).Scan(&heldUntil, &holder, &holderRole); err != nil {
				return err
			}
			outranked := role >= schema.RoleAdmin && role > holderRole
			if heldUntil > now.UnixMilli() && !bytes.Equal(holder, token) && !outranked {
				return &schema.Error{Code: schema.CodeConflict, Detail: "another change of membership is under way",
					RetryAfter: time.UnixMilli(heldUntil).Sub(now)}
			}
			if _, err := tx.ExecContext(ctx, "UPDATE circle SET held_until = $3, hold_token = $4, hold_role = $5 WHERE workspace = $1 AND circle = $2",
				ws[:], circle[:], until, token, int64(role)); err != nil {
				return err
			}
		}
		var err error
		cuts, err = currentCuts(ctx, tx, ws, circles)
		return err
	})
	return cuts, err
}

// lockWorkspace locks the workspace's row and adds one to its revision.
func (s *Store) lockWorkspace(ctx context.Context, tx *sql.Tx, ws schema.WorkspaceID) error {
	return changedOne(tx.ExecContext(ctx, "UPDATE workspace SET revision = revision + 1 WHERE workspace = $1", ws[:]))
}

// ReleaseHold ends the hold of the token; it is no error when it has ended.
func (s *Store) ReleaseHold(ctx context.Context, ws schema.WorkspaceID, token []byte) error {
	return s.write(ctx, "release hold", func(tx *sql.Tx) error {
		if err := s.lockWorkspace(ctx, tx, ws); err != nil {
			return err
		}
		return releaseHold(ctx, tx, ws, token)
	})
}

// releaseHold ends a hold; the workspace is locked.
func releaseHold(ctx context.Context, tx *sql.Tx, ws schema.WorkspaceID, token []byte) error {
	if len(token) == 0 {
		return nil
	}
	_, err := tx.ExecContext(ctx, "UPDATE circle SET held_until = 0, hold_token = $3 WHERE workspace = $1 AND hold_token = $2",
		ws[:], token, []byte{})
	return err
}

// CurrentCuts returns the cuts that the circles have at this moment, in order;
// they may have moved by the time that they are used. CodeNotFound when there is
// no such circle.
func (s *Store) CurrentCuts(ctx context.Context, ws schema.WorkspaceID, circles []schema.CircleID) ([]schema.Cut, error) {
	var cuts []schema.Cut
	err := s.snapshot(ctx, "cuts", func(tx *sql.Tx) error {
		for _, c := range circles {
			if _, err := circle(ctx, tx, ws, c); err != nil {
				return err
			}
		}
		var err error
		cuts, err = currentCuts(ctx, tx, ws, circles)
		return err
	})
	return cuts, err
}

func currentCuts(ctx context.Context, tx *sql.Tx, ws schema.WorkspaceID, circles []schema.CircleID) ([]schema.Cut, error) {
	cuts := make([]schema.Cut, 0, len(circles))
	for _, c := range circles {
		cut, err := currentCut(ctx, tx, ws, c)
		if err != nil {
			return nil, err
		}
		cuts = append(cuts, cut)
	}
	return cuts, nil
}

// currentCut reads the heads of a circle's streams, ascending.
func currentCut(ctx context.Context, tx *sql.Tx, ws schema.WorkspaceID, circle schema.CircleID) (schema.Cut, error) {
	cut := schema.Cut{Workspace: ws, Circle: circle, Heads: []schema.StreamHead{}}
	rows, err := tx.QueryContext(ctx, "SELECT stream, head_seq, head_link FROM stream WHERE workspace = $1 AND circle = $2 ORDER BY stream",
		ws[:], circle[:])
	if err != nil {
		return schema.Cut{}, err
	}
	defer rows.Close()
	for rows.Next() {
		var h schema.StreamHead
		if err := rows.Scan(into(h.Stream[:]), &h.Seq, into(h.Link[:])); err != nil {
			return schema.Cut{}, err
		}
		cut.Heads = append(cut.Heads, h)
	}
	return cut, rows.Err()
}

// Cut returns a cut that a roster entry names, by its hash.
func (s *Store) Cut(ctx context.Context, ws schema.WorkspaceID, hash schema.Hash) (schema.Cut, schema.CircleID, error) {
	var encoding []byte
	err := s.reader.QueryRowContext(ctx, "SELECT encoding FROM cut WHERE workspace = $1 AND hash = $2", ws[:], hash[:]).Scan(&encoding)
	if err != nil {
		return schema.Cut{}, schema.CircleID{}, s.failed("cut", err)
	}
	var cut schema.Cut
	if err := schema.Unmarshal(encoding, &cut); err != nil {
		return schema.Cut{}, schema.CircleID{}, &schema.Error{Code: schema.CodeInternal, Detail: "a stored cut is damaged", Cause: err}
	}
	return cut, cut.Circle, nil
}
