package store

import (
	"context"
	"database/sql"
	"errors"

	"github.com/cenacle-team/cenacle/schema"
)

// Member is a user's place in a workspace. Pending members joined by an invite
// that asks for approval and are in no circle yet.
type Member struct {
	User    schema.UserID
	Role    schema.Role
	Pending bool
}

// CircleRow is what appends are checked against. Epoch 0 means that the first
// epoch is still to come: like a stale circle, it takes no events.
type CircleRow struct {
	Circle schema.CircleID
	Epoch  uint64
	Stale  bool
}

// CircleUser is a user's membership of a circle.
type CircleUser struct {
	Circle schema.CircleID
	User   schema.UserID
}

// InviteRow is what the server needs of an invite. Expires is in Unix
// milliseconds, 0 for never.
type InviteRow struct {
	Invite    schema.InviteID
	ProofHash schema.Hash
	Expires   int64
	Open      bool
}

// RosterChange is a batch of entries that was checked against the roster's
// rules, with all that it changes.
type RosterChange struct {
	Workspace schema.WorkspaceID
	// Role is that of the author before the change; zero for who joins.
	Role schema.Role
	// Expect is the head that the batch was checked against; zero for the genesis.
	Expect schema.RosterHead
	// Entries follow Expect without a gap and end at NewHead.
	Entries []schema.SignedEntry
	NewHead schema.RosterHead

	MemberUpserts  []Member
	MemberRemovals []schema.UserID // they also leave every circle
	Circles        []CircleRow     // made or changed
	CircleJoins    []CircleUser
	CircleLeaves   []CircleUser
	Invites        []InviteRow // made or changed
	// Cuts must equal the current heads of their circles. Every circle with an
	// epoch whose epoch or staleness changes needs one.
	Cuts []schema.Cut
	// Hold is the token of the hold to release; empty for none.
	Hold []byte
}

// RosterHead returns the workspace's roster head.
func (s *Store) RosterHead(ctx context.Context, ws schema.WorkspaceID) (schema.RosterHead, error) {
	head, err := rosterHead(s.reader.QueryRowContext(ctx, selectRosterHead, ws[:]))
	if err != nil {
		return head, s.failed("roster head", err)
	}
	return head, nil
}

const selectRosterHead = "SELECT roster_seq, roster_hash FROM workspace WHERE workspace = $1"

func rosterHead(row *sql.Row) (h schema.RosterHead, err error) {
	var seq int64
	if err := row.Scan(&seq, into(h.Hash[:])); err != nil {
		return schema.RosterHead{}, err
	}
	h.Seq = uint64(seq)
	return h, nil
}

// ApplyRoster stores the entries and all that they change, or nothing. It locks
// the workspace, so that no event is appended and no other change is made
// between the checks and the commit; afterwards no event can be appended under
// an epoch that the change ended.
//
// CodeRosterConflict when the head is not Expect (for the genesis: when the
// workspace exists); CodeCutMoved when a cut is not exactly the current heads of
// its circle; CodeBadRequest when the change is not consistent in itself;
// CodeQuotaExceeded when the roster's entries and cuts would take more of the
// workspace's quota than the author may use up. The room that events take does
// not count: a workspace that is full of them can still remove whoever filled it.
// For the same reason authors below admin may use up no more than half.
// Holds of the circles that get another epoch end, and so does Hold.
func (s *Store) ApplyRoster(ctx context.Context, c RosterChange) error {
	if len(c.Entries) == 0 || c.NewHead.Seq != c.Expect.Seq+uint64(len(c.Entries)) ||
		c.Entries[len(c.Entries)-1].Hash() != c.NewHead.Hash {
		return schema.Errorf(schema.CodeBadRequest, "the entries do not lead from one head to the other")
	}
	return s.write(ctx, "apply roster", func(tx *sql.Tx) error {
		if err := s.advanceRoster(ctx, tx, c); err != nil {
			return err
		}
		cuts, err := s.checkCuts(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := s.meterRoster(ctx, tx, c, cuts); err != nil {
			return err
		}
		if err := insertEntries(ctx, tx, c); err != nil {
			return err
		}
		if err := applyMembers(ctx, tx, c); err != nil {
			return err
		}
		if err := applyCircles(ctx, tx, c); err != nil {
			return err
		}
		if err := applyInvites(ctx, tx, c); err != nil {
			return err
		}
		return releaseHold(ctx, tx, c.Workspace, c.Hold)
	})
}

// advanceRoster locks the workspace, or makes it, and moves its head.
func (s *Store) advanceRoster(ctx context.Context, tx *sql.Tx, c RosterChange) error {
	if c.Expect == (schema.RosterHead{}) {
		err := changedOne(tx.ExecContext(ctx, `INSERT INTO workspace (workspace, roster_seq, roster_hash, roster_octets, revision, octets, streams)
			VALUES ($1, $2, $3, 0, 1, 0, 0) ON CONFLICT DO NOTHING`, c.Workspace[:], int64(c.NewHead.Seq), c.NewHead.Hash[:]))
		if errors.Is(err, sql.ErrNoRows) {
			return schema.Errorf(schema.CodeRosterConflict, "the workspace exists")
		}
		return err
	}
	head, err := rosterHead(tx.QueryRowContext(ctx, selectRosterHead+s.dialect.lock, c.Workspace[:]))
	if err != nil {
		return err
	}
	if head != c.Expect {
		return schema.Errorf(schema.CodeRosterConflict, "the roster is at entry %d", head.Seq)
	}
	_, err = tx.ExecContext(ctx, "UPDATE workspace SET roster_seq = $2, roster_hash = $3, revision = revision + 1 WHERE workspace = $1",
		c.Workspace[:], int64(c.NewHead.Seq), c.NewHead.Hash[:])
	return err
}

// meterRoster counts the entries, and the octets of the cuts that are kept for
// them, and checks the quota. The workspace is locked.
func (s *Store) meterRoster(ctx context.Context, tx *sql.Tx, c RosterChange, cuts int64) error {
	size := cuts
	for _, e := range c.Entries {
		size += int64(len(e.Entry) + len(e.Signature) + len(e.InviteSignature))
	}
	var used int64
	if err := tx.QueryRowContext(ctx, "UPDATE workspace SET roster_octets = roster_octets + $2 WHERE workspace = $1 RETURNING roster_octets",
		c.Workspace[:], size).Scan(&used); err != nil {
		return err
	}
	quota := s.quotas.workspace.Load()
	if quota > 0 && c.Role < schema.RoleAdmin {
		quota = max(quota/2, 1)
	}
	if over(quota, used) {
		return schema.Errorf(schema.CodeQuotaExceeded, "of the workspace, by its roster")
	}
	return nil
}

// checkCuts compares every cut with the circle's streams, requires one for every
// circle that leaves an epoch, and keeps them. It returns how many octets it has
// added. The workspace is locked.
func (s *Store) checkCuts(ctx context.Context, tx *sql.Tx, c RosterChange) (added int64, err error) {
	cut := make(map[schema.CircleID]bool, len(c.Cuts))
	for _, given := range c.Cuts {
		now, err := currentCut(ctx, tx, c.Workspace, given.Circle)
		if err != nil {
			return 0, err
		}
		if given.Workspace != c.Workspace || given.Hash() != now.Hash() {
			return 0, schema.Errorf(schema.CodeCutMoved, "circle %v has other heads", given.Circle)
		}
		hash := now.Hash()
		encoding := schema.MustMarshal(now)
		stored, err := tx.ExecContext(ctx, "INSERT INTO cut (workspace, hash, circle, encoding) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
			c.Workspace[:], hash[:], given.Circle[:], encoding)
		if err != nil {
			return 0, err
		}
		rows, err := stored.RowsAffected()
		if err != nil {
			return 0, err
		}
		added += rows * int64(len(encoding))
		cut[given.Circle] = true
	}
	for _, row := range c.Circles {
		if cut[row.Circle] {
			continue
		}
		old, err := circle(ctx, tx, c.Workspace, row.Circle)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return 0, err
		}
		if old.Epoch > 0 && (row.Epoch != old.Epoch || row.Stale && !old.Stale) {
			return 0, schema.Errorf(schema.CodeBadRequest, "circle %v leaves epoch %d without a cut", row.Circle, old.Epoch)
		}
	}
	return added, nil
}

func insertEntries(ctx context.Context, tx *sql.Tx, c RosterChange) error {
	rows := make([][]any, len(c.Entries))
	for i, e := range c.Entries {
		hash := e.Hash()
		rows[i] = []any{c.Workspace[:], int64(c.Expect.Seq) + int64(i) + 1, hash[:],
			octets(e.Entry), octets(e.Signature), octets(e.InviteSignature)}
	}
	return insertRows(ctx, tx, "INSERT INTO roster_entry (workspace, seq, hash, entry, signature, invite_signature) VALUES ", "", rows)
}

func applyMembers(ctx context.Context, tx *sql.Tx, c RosterChange) error {
	var rows [][]any
	for _, m := range c.MemberUpserts {
		rows = append(rows, []any{c.Workspace[:], m.User[:], int64(m.Role), truth(m.Pending), int64(0)})
	}
	if err := insertRows(ctx, tx, "INSERT INTO member (workspace, user_id, role, pending, former) VALUES ",
		` ON CONFLICT (workspace, user_id) DO UPDATE
		SET role = excluded.role, pending = excluded.pending, former = excluded.former`, rows); err != nil {
		return err
	}
	for _, user := range c.MemberRemovals {
		if _, err := tx.ExecContext(ctx, "UPDATE member SET former = 1 WHERE workspace = $1 AND user_id = $2",
			c.Workspace[:], user[:]); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM circle_member WHERE workspace = $1 AND user_id = $2",
			c.Workspace[:], user[:]); err != nil {
			return err
		}
	}
	return nil
}

// applyCircles writes the circles, which ends their holds, and who is in them.
func applyCircles(ctx context.Context, tx *sql.Tx, c RosterChange) error {
	var rows [][]any
	for _, row := range c.Circles {
		rows = append(rows, []any{c.Workspace[:], row.Circle[:], int64(row.Epoch), truth(row.Stale), int64(0), []byte{}, int64(0)})
	}
	if err := insertRows(ctx, tx, "INSERT INTO circle (workspace, circle, epoch, stale, held_until, hold_token, hold_role) VALUES ",
		` ON CONFLICT (workspace, circle) DO UPDATE SET epoch = excluded.epoch, stale = excluded.stale,
		held_until = excluded.held_until, hold_token = excluded.hold_token`, rows); err != nil {
		return err
	}
	for _, l := range c.CircleLeaves {
		if _, err := tx.ExecContext(ctx, "DELETE FROM circle_member WHERE workspace = $1 AND circle = $2 AND user_id = $3",
			c.Workspace[:], l.Circle[:], l.User[:]); err != nil {
			return err
		}
	}
	rows = nil
	for _, j := range c.CircleJoins {
		rows = append(rows, []any{c.Workspace[:], j.Circle[:], j.User[:]})
	}
	return insertRows(ctx, tx, "INSERT INTO circle_member (workspace, circle, user_id) VALUES ", " ON CONFLICT DO NOTHING", rows)
}

func applyInvites(ctx context.Context, tx *sql.Tx, c RosterChange) error {
	var rows [][]any
	for _, i := range c.Invites {
		rows = append(rows, []any{c.Workspace[:], i.Invite[:], i.ProofHash[:], i.Expires, truth(i.Open)})
	}
	return insertRows(ctx, tx, "INSERT INTO invite (workspace, invite, proof_hash, expires, is_open) VALUES ",
		` ON CONFLICT (workspace, invite) DO UPDATE
		SET proof_hash = excluded.proof_hash, expires = excluded.expires, is_open = excluded.is_open`, rows)
}

// RosterPage returns the entries after a sequence number, at most maxEntries of
// them and, from the second on, at most maxOctets, and the current head.
func (s *Store) RosterPage(ctx context.Context, ws schema.WorkspaceID, after uint64, maxEntries, maxOctets int) ([]schema.SignedEntry, schema.RosterHead, error) {
	head, err := s.RosterHead(ctx, ws)
	if err != nil {
		return nil, schema.RosterHead{}, err
	}
	var entries []schema.SignedEntry
	p := newPage(after, head.Seq, maxEntries, maxOctets)
	for p.more() {
		rows, err := s.reader.QueryContext(ctx, `SELECT entry, signature, invite_signature FROM roster_entry
			WHERE workspace = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4`, ws[:], p.after, p.last, p.slice())
		if err == nil {
			err = p.read(rows, func() (int, error) {
				var e schema.SignedEntry
				if err := rows.Scan(&e.Entry, &e.Signature, &e.InviteSignature); err != nil {
					return 0, err
				}
				size := len(e.Entry) + len(e.Signature) + len(e.InviteSignature)
				if p.fits(size) {
					entries = append(entries, e)
				}
				return size, nil
			})
		}
		if err != nil {
			return nil, schema.RosterHead{}, s.failed("roster page", err)
		}
	}
	return entries, head, nil
}
