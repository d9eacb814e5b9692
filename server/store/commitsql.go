package store

import (
	"maps"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
)

// appendSQL is the committers' statements.
type appendSQL struct {
	lockWorkspaces, usage, seen     *statement
	circles, members, streams, made *statement
	moveWorkspace                   *statement
	insertEvents, putStreams        *statement
	addUsage, limitUsage            *statement
}

// appendStatements writes the statements.
func (d dialect) appendStatements() *appendSQL {
	return &appendSQL{
		lockWorkspaces: d.selectStatement("lock_workspaces", "SELECT workspace, revision, octets, roster_octets, streams FROM workspace WHERE workspace IN ", 0, " ORDER BY workspace"+d.lock),
		usage:          d.selectStatement("usage", "SELECT user_id, octets FROM account_usage WHERE user_id IN ", 0, " ORDER BY user_id"+d.lock),
		seen:           d.selectStatement("seen", "SELECT workspace, event_id, stream, seq, author, arrived, digest, link FROM event WHERE event_id IN ", 0, ""),
		circles:        d.selectStatement("circles", "SELECT circle, epoch, stale, held_until FROM circle WHERE workspace = $1 AND circle IN ", 1, ""),
		members:        d.selectStatement("members", "SELECT user_id FROM circle_member WHERE workspace = $1 AND circle = $2 AND user_id IN ", 2, ""),
		streams:        d.selectStatement("streams", "SELECT stream, circle, head_seq, head_link, head_arrived FROM stream WHERE workspace = $1 AND stream IN ", 1, ""),
		made:           d.selectStatement("made", "SELECT creator, count(*) FROM stream WHERE workspace = $1 AND creator IN ", 1, " GROUP BY creator"),
		// The revision may not be NULL, nor may the octets of limitUsage.
		moveWorkspace: d.plainStatement("move_workspace", `UPDATE workspace
			SET revision = CASE WHEN revision = $1 THEN revision + 1 END, octets = $2, streams = $3 WHERE workspace = $4`),
		insertEvents: d.insertStatement("insert_events", "INSERT INTO event (workspace, stream, seq, event_id, author, device, epoch, arrived, digest, link, ciphertext) VALUES ", 11, ""),
		putStreams: d.insertStatement("put_streams", "INSERT INTO stream (workspace, stream, circle, creator, head_seq, head_link, head_arrived) VALUES ", 7,
			` ON CONFLICT (workspace, stream) DO UPDATE
			SET head_seq = excluded.head_seq, head_link = excluded.head_link, head_arrived = excluded.head_arrived`),
		addUsage: d.insertStatement("add_usage", "INSERT INTO account_usage (user_id, octets) VALUES ", 2,
			" ON CONFLICT (user_id) DO UPDATE SET octets = account_usage.octets + excluded.octets"),
		limitUsage: d.selectStatement("limit_usage", "UPDATE account_usage SET octets = NULL WHERE octets > $1 AND user_id IN ", 1, ""),
	}
}

// all lists the statements.
func (q *appendSQL) all() []*statement {
	return []*statement{q.lockWorkspaces, q.usage, q.seen, q.circles, q.members, q.streams, q.made,
		q.moveWorkspace, q.insertEvents, q.putStreams, q.addUsage, q.limitUsage}
}

func (t *commitTx) readWorkspace(row scan) error {
	var ws schema.WorkspaceID
	var revision, octets, rosterOctets, streams int64
	if err := row(into(ws[:]), &revision, &octets, &rosterOctets, &streams); err != nil {
		return err
	}
	f := t.c.cache.at(ws, revision, octets)
	f.rosterOctets, f.streamed = rosterOctets, streams
	t.facts[ws] = f
	return nil
}

func (t *commitTx) readUsage(row scan) error {
	var user schema.UserID
	var octets int64
	if err := row(into(user[:]), &octets); err != nil {
		return err
	}
	t.usage[user] = octets
	t.c.cache.accounts[user] = true
	return nil
}

func (t *commitTx) readSeen(row scan) error {
	var k eventKey
	var e seenEvent
	if err := row(into(k.workspace[:]), into(k.event[:]), into(e.stream[:]), &e.result.Seq, into(e.author[:]),
		&e.result.Arrived, into(e.result.Digest[:]), into(e.result.Link[:])); err != nil {
		return err
	}
	t.first[k] = e
	if facts := t.facts[k.workspace]; facts != nil {
		facts.steady = false
	}
	return nil
}

// load reads what the requests are checked against, as far as it is not known from
// earlier commits.
func (t *commitTx) load(requests []*appendRequest) error {
	for _, load := range []func([]call, *workspaceFacts, []*appendRequest) []call{t.loadPlaces, t.loadMade} {
		var calls []call
		for rest := requests; len(rest) > 0; {
			ws, n := rest[0].batch.Workspace, 1
			for n < len(rest) && rest[n].batch.Workspace == ws {
				n++
			}
			if facts := t.facts[ws]; facts != nil {
				calls = load(calls, facts, rest[:n])
			}
			rest = rest[n:]
		}
		if err := t.tx.run(t.ctx, calls); err != nil {
			return err
		}
	}
	return nil
}

// loadPlaces reads the circles and streams of the requests of one workspace, and
// whether the authors are in the circles.
func (t *commitTx) loadPlaces(calls []call, facts *workspaceFacts, requests []*appendRequest) []call {
	ws := octetsValue(requests[0].batch.Workspace[:])
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
	calls = t.c.sql.circles.query(calls, []value{ws}, ascending(circles), facts.readCircle)
	for circle, users := range authors {
		calls = t.c.sql.members.query(calls, []value{ws, octetsValue(circle[:])}, ascending(users), func(row scan) error {
			var user schema.UserID
			if err := row(into(user[:])); err != nil {
				return err
			}
			facts.members[CircleUser{circle, user}] = true
			return nil
		})
	}
	return t.c.sql.streams.query(calls, []value{ws}, ascending(streams), facts.readStream)
}

func (f *workspaceFacts) readCircle(row scan) error {
	var id schema.CircleID
	c := &circleFacts{}
	if err := row(into(id[:]), &c.epoch, &c.stale, &c.heldUntil); err != nil {
		return err
	}
	f.circles[id] = c
	return nil
}

func (f *workspaceFacts) readStream(row scan) error {
	var id schema.StreamID
	s := &streamFacts{}
	if err := row(into(id[:]), into(s.circle[:]), &s.seq, into(s.link[:]), &s.arrived); err != nil {
		return err
	}
	f.streams[id] = s
	return nil
}

// loadMade counts the streams that the authors of one workspace have made whose
// items would make another.
func (t *commitTx) loadMade(calls []call, facts *workspaceFacts, requests []*appendRequest) []call {
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
	return t.c.sql.made.query(calls, []value{octetsValue(requests[0].batch.Workspace[:])}, ascending(authors), func(row scan) error {
		var author schema.UserID
		var n int64
		if err := row(into(author[:]), &n); err != nil {
			return err
		}
		facts.made[author] = n
		return nil
	})
}

// commit writes what was accepted: the workspaces' counters, the events, the heads
// of their streams, and what the accounts use.
func (t *commitTx) commit() error {
	calls := t.putEvents(t.moveWorkspaces(nil))
	users := slices.SortedFunc(maps.Keys(t.spent), func(a, b schema.UserID) int { return slices.Compare(a[:], b[:]) })
	var usage []value
	var keys [][]byte
	for i := range users {
		usage = append(usage, octetsValue(users[i][:]), numberValue(t.spent[users[i]]))
		keys = append(keys, users[i][:])
	}
	calls = t.c.sql.addUsage.insert(calls, usage)
	if t.presumed && t.accountQuota > 0 {
		calls = t.c.sql.limitUsage.query(calls, []value{numberValue(t.accountQuota)}, keys, nil)
	}
	return t.tx.commit(t.ctx, calls)
}

// moveWorkspaces gives each workspace that has new events its next revision.
func (t *commitTx) moveWorkspaces(calls []call) []call {
	grown := make(map[schema.WorkspaceID]bool)
	for i := range t.committed {
		grown[t.committed[i].Workspace] = true
	}
	for _, ws := range slices.SortedFunc(maps.Keys(grown), func(a, b schema.WorkspaceID) int { return slices.Compare(a[:], b[:]) }) {
		f := t.facts[ws]
		calls = append(calls, call{statement: t.c.sql.moveWorkspace, values: []value{numberValue(f.revision),
			numberValue(f.octets), numberValue(f.streamed), octetsValue(ws[:])}})
		f.revision++
	}
	return calls
}

func (t *commitTx) putEvents(calls []call) []call {
	events := make([]value, 0, len(t.committed)*t.c.sql.insertEvents.width)
	for i := range t.committed {
		c, link := &t.committed[i], &t.links[i]
		e := &c.Event
		events = append(events, octetsValue(c.Workspace[:]), octetsValue(e.Stream[:]), numberValue(int64(e.Seq)),
			octetsValue(e.ID[:]), octetsValue(e.Author[:]), octetsValue(e.Device[:]), numberValue(int64(e.Epoch)),
			numberValue(e.Arrived), octetsValue(e.Digest[:]), octetsValue(link[:]), octetsValue(e.Ciphertext))
	}
	calls = t.c.sql.insertEvents.insert(calls, events)
	var streams []value
	for i := range t.changed {
		s := &t.changed[i]
		s.facts.changed = false
		streams = append(streams, octetsValue(s.workspace[:]), octetsValue(s.stream[:]), octetsValue(s.facts.circle[:]),
			octetsValue(s.facts.creator[:]), numberValue(int64(s.facts.seq)), octetsValue(s.facts.link[:]), numberValue(s.facts.arrived))
	}
	return t.c.sql.putStreams.insert(calls, streams)
}

// rollback ends a transaction that was not committed. The database may have ended
// it by itself already, which is no error.
func (t *commitTx) rollback() {
	if err := t.tx.rollback(); err != nil {
		t.c.store.opts.Logger.Debug("store: rollback", "op", "append", "error", err)
	}
}
