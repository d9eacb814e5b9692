package store

import (
	"context"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// AppendBatch is the events of one request of one device. The ciphertexts must
// not be changed after the call, not even after its context has ended.
type AppendBatch struct {
	Workspace schema.WorkspaceID
	Author    schema.UserID
	Device    schema.DeviceID
	Items     []schema.AppendItem // 1 to schema.MaxAppend
	// Now is the clock for the time of arrival; nil is the store's.
	Now func() time.Time
}

func (s *Store) Append(ctx context.Context, b AppendBatch) ([]schema.AppendResult, error) {
	return nil, errUnwritten
}
func (s *Store) EventsAfter(ctx context.Context, ws schema.WorkspaceID, stream schema.StreamID, after uint64, maxEvents, maxOctets int) ([]schema.Event, schema.StreamHead, error) {
	return nil, schema.StreamHead{}, errUnwritten
}

// EventsBetween returns the events first to last, both included, as far as they
// exist and fit.
func (s *Store) EventsBetween(ctx context.Context, ws schema.WorkspaceID, stream schema.StreamID, first, last uint64, maxEvents, maxOctets int) ([]schema.Event, error) {
	return nil, errUnwritten
}
func (s *Store) Event(ctx context.Context, ws schema.WorkspaceID, stream schema.StreamID, seq uint64) (schema.Event, error) {
	return schema.Event{}, errUnwritten
}
func (s *Store) StreamCircle(ctx context.Context, ws schema.WorkspaceID, stream schema.StreamID) (schema.CircleID, error) {
	return schema.CircleID{}, errUnwritten
}
func (s *Store) EraseEvent(ctx context.Context, ws schema.WorkspaceID, stream schema.StreamID, seq uint64) error {
	return errUnwritten
}
func (s *Store) WorkspaceUsage(ctx context.Context, ws schema.WorkspaceID) (int64, error) {
	return 0, errUnwritten
}
func (s *Store) AccountUsage(ctx context.Context, user schema.UserID) (int64, error) {
	return 0, errUnwritten
}
