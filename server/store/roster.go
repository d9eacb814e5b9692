package store

import (
	"context"
	"time"

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
// epoch is still to come.
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
	// Expect is the head that the batch was checked against; zero for the genesis.
	Expect  schema.RosterHead
	Entries []schema.SignedEntry
	NewHead schema.RosterHead

	MemberUpserts  []Member
	MemberRemovals []schema.UserID // also leave every circle
	Circles        []CircleRow     // made or changed
	CircleJoins    []CircleUser
	CircleLeaves   []CircleUser
	Invites        []InviteRow // made or changed
	// Cuts must equal the current heads of their circles. Every circle that
	// exists and whose epoch or staleness changes needs one.
	Cuts []schema.Cut
	// Hold is the token of the hold to release; empty for none.
	Hold []byte
}

func (s *Store) RosterHead(ctx context.Context, ws schema.WorkspaceID) (schema.RosterHead, error) {
	return schema.RosterHead{}, errUnwritten
}
func (s *Store) RosterPage(ctx context.Context, ws schema.WorkspaceID, after uint64, maxEntries, maxOctets int) ([]schema.SignedEntry, schema.RosterHead, error) {
	return nil, schema.RosterHead{}, errUnwritten
}
func (s *Store) ApplyRoster(ctx context.Context, c RosterChange) error { return errUnwritten }
func (s *Store) WorkspacesOf(ctx context.Context, user schema.UserID) ([]schema.WorkspaceID, error) {
	return nil, errUnwritten
}

// CodeNotFound when the user is not a current member.
func (s *Store) MemberRole(ctx context.Context, ws schema.WorkspaceID, user schema.UserID) (Member, error) {
	return Member{}, errUnwritten
}
func (s *Store) CirclesOf(ctx context.Context, ws schema.WorkspaceID, user schema.UserID) ([]CircleRow, error) {
	return nil, errUnwritten
}
func (s *Store) CircleMembers(ctx context.Context, ws schema.WorkspaceID, circle schema.CircleID) ([]schema.UserID, error) {
	return nil, errUnwritten
}
func (s *Store) InCircle(ctx context.Context, ws schema.WorkspaceID, circle schema.CircleID, user schema.UserID) (bool, error) {
	return false, errUnwritten
}
func (s *Store) Circle(ctx context.Context, ws schema.WorkspaceID, circle schema.CircleID) (CircleRow, error) {
	return CircleRow{}, errUnwritten
}
func (s *Store) InviteByID(ctx context.Context, ws schema.WorkspaceID, invite schema.InviteID) (InviteRow, error) {
	return InviteRow{}, errUnwritten
}
func (s *Store) PlaceHold(ctx context.Context, ws schema.WorkspaceID, circles []schema.CircleID, token []byte, until time.Time) ([]schema.Cut, error) {
	return nil, errUnwritten
}
func (s *Store) ReleaseHold(ctx context.Context, ws schema.WorkspaceID, token []byte) error {
	return errUnwritten
}

// CurrentCuts returns the cuts that the circles have at this moment, in order.
func (s *Store) CurrentCuts(ctx context.Context, ws schema.WorkspaceID, circles []schema.CircleID) ([]schema.Cut, error) {
	return nil, errUnwritten
}
func (s *Store) Cut(ctx context.Context, ws schema.WorkspaceID, hash schema.Hash) (schema.Cut, schema.CircleID, error) {
	return schema.Cut{}, schema.CircleID{}, errUnwritten
}
func (s *Store) Heads(ctx context.Context, ws schema.WorkspaceID, user schema.UserID) (schema.WorkspaceHeads, error) {
	return schema.WorkspaceHeads{}, errUnwritten
}
