package store

import (
	"context"
	"database/sql"
	"math"

	"github.com/cenacle-team/cenacle/schema"
)

const eventColumns = "stream, seq, event_id, author, device, epoch, arrived, digest, ciphertext"

// scanEvent reads eventColumns.
func scanEvent(row interface{ Scan(...any) error }, e *schema.Event) error {
	return row.Scan(into(e.Stream[:]), &e.Seq, into(e.ID[:]), into(e.Author[:]), into(e.Device[:]),
		&e.Epoch, &e.Arrived, into(e.Digest[:]), &e.Ciphertext)
}

// EventsAfter returns the events after a sequence number, ascending and without
// a gap: at most maxEvents of them and, from the second on, at most maxOctets of
// ciphertext. The head is the stream's; there is more when the last event is
// below it. CodeNotFound when there is no such stream.
func (s *Store) EventsAfter(ctx context.Context, ws schema.WorkspaceID, stream schema.StreamID, after uint64, maxEvents, maxOctets int) ([]schema.Event, schema.StreamHead, error) {
	head := schema.StreamHead{Stream: stream}
	err := s.reader.QueryRowContext(ctx, "SELECT head_seq, head_link FROM stream WHERE workspace = $1 AND stream = $2", ws[:], stream[:]).
		Scan(&head.Seq, into(head.Link[:]))
	if err != nil {
		return nil, schema.StreamHead{}, s.failed("events", err)
	}
	events, err := s.events(ctx, ws, stream, newPage(after, head.Seq, maxEvents, maxOctets))
	return events, head, err
}

// EventsBetween returns the events first to last, both included, as far as they
// exist and fit into maxEvents and maxOctets as in [Store.EventsAfter].
func (s *Store) EventsBetween(ctx context.Context, ws schema.WorkspaceID, stream schema.StreamID, first, last uint64, maxEvents, maxOctets int) ([]schema.Event, error) {
	_, head, err := s.EventsAfter(ctx, ws, stream, math.MaxInt64, 0, 0)
	if err != nil {
		return nil, err
	}
	return s.events(ctx, ws, stream, newPage(max(first, 1)-1, min(last, head.Seq), maxEvents, maxOctets))
}

func (s *Store) events(ctx context.Context, ws schema.WorkspaceID, stream schema.StreamID, p *page) ([]schema.Event, error) {
	var events []schema.Event
	for p.more() {
		rows, err := s.reader.QueryContext(ctx, "SELECT "+eventColumns+` FROM event
			WHERE workspace = $1 AND stream = $2 AND seq > $3 AND seq <= $4 ORDER BY seq LIMIT $5`,
			ws[:], stream[:], p.after, p.last, p.slice())
		if err == nil {
			err = p.read(rows, func() (int, error) {
				var e schema.Event
				if err := scanEvent(rows, &e); err != nil {
					return 0, err
				}
				if p.fits(len(e.Ciphertext)) {
					events = append(events, e)
				}
				return len(e.Ciphertext), nil
			})
		}
		if err != nil {
			return nil, s.failed("events", err)
		}
	}
	return events, nil
}

// Event returns one event.
func (s *Store) Event(ctx context.Context, ws schema.WorkspaceID, stream schema.StreamID, seq uint64) (schema.Event, error) {
	var e schema.Event
	err := scanEvent(s.reader.QueryRowContext(ctx, "SELECT "+eventColumns+" FROM event WHERE workspace = $1 AND stream = $2 AND seq = $3",
		ws[:], stream[:], int64(min(seq, math.MaxInt64))), &e)
	if err != nil {
		return schema.Event{}, s.failed("event", err)
	}
	return e, nil
}

// StreamCircle returns the circle that a stream belongs to.
func (s *Store) StreamCircle(ctx context.Context, ws schema.WorkspaceID, stream schema.StreamID) (schema.CircleID, error) {
	var c schema.CircleID
	err := s.reader.QueryRowContext(ctx, "SELECT circle FROM stream WHERE workspace = $1 AND stream = $2", ws[:], stream[:]).Scan(into(c[:]))
	if err != nil {
		return schema.CircleID{}, s.failed("stream", err)
	}
	return c, nil
}

// EraseEvent deletes the ciphertext of an event and gives its octets back to the
// quotas. Position, digest and link stay, so that the stream still verifies.
// Erasing again does nothing. CodeNotFound when there is no such event.
func (s *Store) EraseEvent(ctx context.Context, ws schema.WorkspaceID, stream schema.StreamID, seq uint64) error {
	at := int64(min(seq, math.MaxInt64))
	return s.write(ctx, "erase event", func(tx *sql.Tx) error {
		if err := s.lockWorkspace(ctx, tx, ws); err != nil {
			return err
		}
		var author schema.UserID
		var freed int64
		if err := tx.QueryRowContext(ctx, "SELECT author, length(ciphertext) FROM event WHERE workspace = $1 AND stream = $2 AND seq = $3",
			ws[:], stream[:], at).Scan(into(author[:]), &freed); err != nil {
			return err
		}
		if freed == 0 {
			return nil
		}
		if _, err := tx.ExecContext(ctx, "UPDATE event SET ciphertext = $4 WHERE workspace = $1 AND stream = $2 AND seq = $3",
			ws[:], stream[:], at, []byte{}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE workspace SET octets = octets - $2 WHERE workspace = $1", ws[:], freed); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "UPDATE account_usage SET octets = octets - $2 WHERE user_id = $1", author[:], freed)
		return err
	})
}

// WorkspaceUsage returns the octets of ciphertext that the workspace holds; those
// of its roster are not among them.
func (s *Store) WorkspaceUsage(ctx context.Context, ws schema.WorkspaceID) (octets int64, err error) {
	if err := s.reader.QueryRowContext(ctx, "SELECT octets FROM workspace WHERE workspace = $1", ws[:]).Scan(&octets); err != nil {
		return 0, s.failed("usage", err)
	}
	return octets, nil
}

// AccountUsage returns the octets of ciphertext that the account has written and
// that are still kept.
func (s *Store) AccountUsage(ctx context.Context, user schema.UserID) (octets int64, err error) {
	if err := s.reader.QueryRowContext(ctx, "SELECT octets FROM account_usage WHERE user_id = $1", user[:]).Scan(&octets); err != nil {
		return 0, s.failed("usage", err)
	}
	return octets, nil
}
