package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
)

// appendSQL is the committers' statements, prepared.
type appendSQL struct {
	lockWorkspaces, usage              *statement
	seen, circles, members             *statement
	streams, made                      *statement
	insertEvents, putStreams, addUsage *statement
	updateWorkspace                    *sql.Stmt
}

func (s *Store) prepareAppend(ctx context.Context) (*appendSQL, error) {
	q := &appendSQL{}
	var errs []error
	selects := func(head string, fixed int, tail string) *statement {
		p, err := s.prepareSelect(ctx, head, fixed, tail)
		errs = append(errs, err)
		return p
	}
	inserts := func(head string, width int, tail string) *statement {
		p, err := s.prepareInsert(ctx, head, width, tail)
		errs = append(errs, err)
		return p
	}
	one := func(text string) *sql.Stmt {
		p, err := s.writer.PrepareContext(ctx, text)
		errs = append(errs, err)
		return p
	}
	q.lockWorkspaces = selects("SELECT workspace, revision, octets, roster_octets, streams FROM workspace WHERE workspace IN ", 0, " ORDER BY workspace"+s.dialect.lock)
	q.usage = selects("SELECT user_id, octets FROM account_usage WHERE user_id IN ", 0, " ORDER BY user_id"+s.dialect.lock)
	q.seen = selects("SELECT workspace, event_id, stream, seq, author, arrived, digest, link FROM event WHERE event_id IN ", 0, "")
	q.circles = selects("SELECT circle, epoch, stale, held_until FROM circle WHERE workspace = $1 AND circle IN ", 1, "")
	q.members = selects("SELECT user_id FROM circle_member WHERE workspace = $1 AND circle = $2 AND user_id IN ", 2, "")
	q.streams = selects("SELECT stream, circle, head_seq, head_link, head_arrived FROM stream WHERE workspace = $1 AND stream IN ", 1, "")
	q.made = selects("SELECT creator, count(*) FROM stream WHERE workspace = $1 AND creator IN ", 1, " GROUP BY creator")
	q.insertEvents = inserts(`INSERT INTO event (workspace, stream, seq, event_id, author, device, epoch, arrived, digest, link, ciphertext) VALUES `, 11, "")
	q.putStreams = inserts("INSERT INTO stream (workspace, stream, circle, creator, head_seq, head_link, head_arrived) VALUES ", 7,
		` ON CONFLICT (workspace, stream) DO UPDATE
		SET head_seq = excluded.head_seq, head_link = excluded.head_link, head_arrived = excluded.head_arrived`)
	q.addUsage = inserts("INSERT INTO account_usage (user_id, octets) VALUES ", 2,
		" ON CONFLICT (user_id) DO UPDATE SET octets = account_usage.octets + excluded.octets")
	q.updateWorkspace = one("UPDATE workspace SET revision = $2, octets = $3, streams = $4 WHERE workspace = $1")
	return q, errors.Join(errs...)
}

// load reads what the requests of one workspace are checked against, as far as it
// is not known from earlier commits.
func (t *commitTx) load(facts *workspaceFacts, requests []*appendRequest) error {
	ws := requests[0].batch.Workspace
	var circles, streams [][]byte
	authors := make(map[schema.CircleID][][]byte)
	for _, r := range requests {
		for _, i := range r.items {
			item := &r.batch.Items[i]
			if facts.circles[item.Circle] == nil {
				circles = append(circles, item.Circle[:])
			}
			if facts.streams[item.Stream] == nil {
				streams = append(streams, item.Stream[:])
			}
			if !facts.members[CircleUser{item.Circle, r.batch.Author}] {
				authors[item.Circle] = append(authors[item.Circle], r.batch.Author[:])
			}
		}
	}
	if err := t.loadCircles(ws, facts, ascending(circles)); err != nil {
		return err
	}
	for circle, users := range authors {
		if err := t.loadMembers(ws, facts, circle, ascending(users)); err != nil {
			return err
		}
	}
	if err := t.loadStreams(ws, facts, ascending(streams)); err != nil {
		return err
	}
	return t.loadMade(ws, facts, requests)
}

// loadMade counts the streams that the authors have made whose items would make
// another.
func (t *commitTx) loadMade(ws schema.WorkspaceID, facts *workspaceFacts, requests []*appendRequest) error {
	var authors [][]byte
	for _, r := range requests {
		author := &r.batch.Author
		if _, known := facts.made[*author]; known {
			continue
		}
		if slices.ContainsFunc(r.items, func(i int) bool { return facts.streams[r.batch.Items[i].Stream] == nil }) {
			facts.made[*author] = 0
			authors = append(authors, author[:])
		}
	}
	return t.c.sql.made.query(t.ctx, t.tx, []any{ws[:]}, ascending(authors), func(rows *sql.Rows) error {
		var author schema.UserID
		var n int64
		if err := rows.Scan(into(author[:]), &n); err != nil {
			return err
		}
		facts.made[author] = n
		return nil
	})
}

// loadSeen finds the events that have the ids of the requests' items already.
func (t *commitTx) loadSeen(requests []*appendRequest) error {
	var events [][]byte
	for _, r := range requests {
		for _, i := range r.items {
			events = append(events, r.batch.Items[i].ID[:])
		}
	}
	return t.c.sql.seen.query(t.ctx, t.tx, nil, ascending(events), func(rows *sql.Rows) error {
		var k eventKey
		var e seenEvent
		if err := rows.Scan(into(k.workspace[:]), into(k.event[:]), into(e.stream[:]), &e.result.Seq, into(e.author[:]),
			&e.result.Arrived, into(e.result.Digest[:]), into(e.result.Link[:])); err != nil {
			return err
		}
		t.first[k] = e
		return nil
	})
}

func (t *commitTx) loadCircles(ws schema.WorkspaceID, facts *workspaceFacts, circles [][]byte) error {
	return t.c.sql.circles.query(t.ctx, t.tx, []any{ws[:]}, circles, func(rows *sql.Rows) error {
		var id schema.CircleID
		f := &circleFacts{}
		if err := rows.Scan(into(id[:]), &f.epoch, &f.stale, &f.heldUntil); err != nil {
			return err
		}
		facts.circles[id] = f
		return nil
	})
}

func (t *commitTx) loadMembers(ws schema.WorkspaceID, facts *workspaceFacts, circle schema.CircleID, users [][]byte) error {
	return t.c.sql.members.query(t.ctx, t.tx, []any{ws[:], circle[:]}, users, func(rows *sql.Rows) error {
		var user schema.UserID
		if err := rows.Scan(into(user[:])); err != nil {
			return err
		}
		facts.members[CircleUser{circle, user}] = true
		return nil
	})
}

func (t *commitTx) loadStreams(ws schema.WorkspaceID, facts *workspaceFacts, streams [][]byte) error {
	return t.c.sql.streams.query(t.ctx, t.tx, []any{ws[:]}, streams, func(rows *sql.Rows) error {
		var id schema.StreamID
		f := &streamFacts{}
		if err := rows.Scan(into(id[:]), into(f.circle[:]), &f.seq, into(f.link[:]), &f.arrived); err != nil {
			return err
		}
		facts.streams[id] = f
		return nil
	})
}

// insert writes what was accepted: the events, the heads of their streams, and
// the counters.
func (t *commitTx) insert() error {
	if len(t.committed) == 0 {
		return nil
	}
	args := make([]any, 0, len(t.committed)*t.c.sql.insertEvents.width)
	for i := range t.committed {
		c, link := &t.committed[i], &t.links[i]
		e := &c.Event
		args = append(args, c.Workspace[:], e.Stream[:], int64(e.Seq), e.ID[:], e.Author[:], e.Device[:],
			int64(e.Epoch), e.Arrived, e.Digest[:], link[:], e.Ciphertext)
	}
	if err := t.c.sql.insertEvents.insert(t.ctx, t.tx, args); err != nil {
		return err
	}
	args = args[:0]
	for i := range t.changed {
		s := &t.changed[i]
		s.facts.changed = false
		args = append(args, s.workspace[:], s.stream[:], s.facts.circle[:], s.facts.creator[:],
			int64(s.facts.seq), s.facts.link[:], s.facts.arrived)
	}
	if err := t.c.sql.putStreams.insert(t.ctx, t.tx, args); err != nil {
		return err
	}
	args = args[:0]
	for _, user := range slices.SortedFunc(maps.Keys(t.spent), func(a, b schema.UserID) int { return slices.Compare(a[:], b[:]) }) {
		args = append(args, user[:], t.spent[user])
	}
	if err := t.c.sql.addUsage.insert(t.ctx, t.tx, args); err != nil {
		return err
	}
	return t.advance()
}

// advance gives each workspace that has new events its next revision.
func (t *commitTx) advance() error {
	grown := make(map[schema.WorkspaceID]bool)
	for i := range t.committed {
		grown[t.committed[i].Workspace] = true
	}
	for _, ws := range slices.SortedFunc(maps.Keys(grown), func(a, b schema.WorkspaceID) int { return slices.Compare(a[:], b[:]) }) {
		facts := t.facts[ws]
		facts.revision++
		if _, err := t.tx.StmtContext(t.ctx, t.c.sql.updateWorkspace).
			ExecContext(t.ctx, ws[:], facts.revision, facts.octets, facts.streamed); err != nil {
			return err
		}
	}
	return nil
}
