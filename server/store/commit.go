package store

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
)

// commitTx is one transaction of a committer. It locks the workspaces in
// ascending order, then the accounts' usage in ascending order; with the lock of
// its workspace nothing that an item is checked against can change.
type commitTx struct {
	c   *committer
	ctx context.Context
	tx  *sql.Tx

	facts map[schema.WorkspaceID]*workspaceFacts // of the workspaces that exist
	// usage has the accounts that exist; what they use only if there is a quota.
	usage map[schema.UserID]int64
	spent map[schema.UserID]int64 // by this transaction

	workspaceQuota, accountQuota int64 // as of the beginning

	first map[eventKey]seenEvent // the events that have the items' ids

	committed []Committed
	links     []schema.Hash // of committed
	changed   []changedStream
}

// changedStream is a stream with a new head.
type changedStream struct {
	workspace schema.WorkspaceID
	stream    schema.StreamID
	facts     *streamFacts
}

type eventKey struct {
	workspace schema.WorkspaceID
	event     schema.EventID
}

// seenEvent is where an event id was used first.
type seenEvent struct {
	stream schema.StreamID
	author schema.UserID
	result schema.AppendResult
}

// begin starts the transaction and takes the locks.
func (c *committer) begin(ctx context.Context, requests []*appendRequest) (*commitTx, error) {
	c.cache.trim()
	tx, err := c.store.writer.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	t := &commitTx{c: c, ctx: ctx, tx: tx,
		facts: make(map[schema.WorkspaceID]*workspaceFacts),
		usage: make(map[schema.UserID]int64), spent: make(map[schema.UserID]int64),
		first:          make(map[eventKey]seenEvent),
		workspaceQuota: c.store.quotas.workspace.Load(), accountQuota: c.store.quotas.account.Load()}
	var workspaces, authors [][]byte
	for _, r := range requests {
		workspaces = append(workspaces, r.batch.Workspace[:])
		if author := &r.batch.Author; t.accountQuota == 0 && c.cache.accounts[*author] {
			t.usage[*author] = 0
		} else {
			authors = append(authors, author[:])
		}
	}
	err = c.sql.lockWorkspaces.query(ctx, tx, nil, ascending(workspaces), func(rows *sql.Rows) error {
		var ws schema.WorkspaceID
		var revision, octets, rosterOctets, streams int64
		if err := rows.Scan(into(ws[:]), &revision, &octets, &rosterOctets, &streams); err != nil {
			return err
		}
		f := c.cache.at(ws, revision, octets)
		f.rosterOctets, f.streamed = rosterOctets, streams
		t.facts[ws] = f
		return nil
	})
	if err != nil {
		return t, fmt.Errorf("lock the workspaces: %w", err)
	}
	err = c.sql.usage.query(ctx, tx, nil, ascending(authors), func(rows *sql.Rows) error {
		var user schema.UserID
		var octets int64
		if err := rows.Scan(into(user[:]), &octets); err != nil {
			return err
		}
		t.usage[user] = octets
		c.cache.accounts[user] = true
		return nil
	})
	if err != nil {
		return t, fmt.Errorf("lock the accounts: %w", err)
	}
	return t, nil
}

// ascending sorts keys and leaves one of each.
func ascending(keys [][]byte) [][]byte {
	slices.SortFunc(keys, bytes.Compare)
	return slices.CompactFunc(keys, bytes.Equal)
}

// run decides on every item and writes what was accepted.
func (t *commitTx) run(requests []*appendRequest) error {
	if err := t.loadSeen(requests); err != nil {
		return fmt.Errorf("look for the ids: %w", err)
	}
	for len(requests) > 0 {
		n := 1
		for n < len(requests) && requests[n].batch.Workspace == requests[0].batch.Workspace {
			n++
		}
		if err := t.runWorkspace(requests[:n]); err != nil {
			return err
		}
		requests = requests[n:]
	}
	if err := t.insert(); err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	return nil
}

// runWorkspace decides on the items of one workspace.
func (t *commitTx) runWorkspace(requests []*appendRequest) error {
	facts := t.facts[requests[0].batch.Workspace]
	if facts != nil {
		if err := t.load(facts, requests); err != nil {
			return fmt.Errorf("load: %w", err)
		}
	}
	for _, r := range requests {
		now := r.batch.Now().UnixMilli()
		for i := range r.items {
			if facts == nil {
				r.results[i] = refusal(schema.CodeNotFound, "no such workspace")
				continue
			}
			t.decide(facts, r, i, now)
		}
	}
	return nil
}

// decide accepts or refuses one item. Whether its id was seen comes right after
// whether the author may write at all, so that a sender that does not know the
// outcome of its first try learns it whatever has changed since.
func (t *commitTx) decide(facts *workspaceFacts, r *appendRequest, i int, now int64) {
	b, item := r.batch, &r.batch.Items[r.items[i]]
	used, account := t.usage[b.Author]
	circle := facts.circles[item.Circle]
	if !account || circle == nil || !facts.members[CircleUser{item.Circle, b.Author}] {
		r.results[i] = refusal(schema.CodeNotFound, "no such circle")
		return
	}
	if first, seen := t.first[eventKey{b.Workspace, item.ID}]; seen {
		r.results[i] = first.result
		if first.author != b.Author || first.stream != item.Stream {
			r.results[i] = refusal(schema.CodeConflict, "the event id is in use")
		}
		return
	}
	stream := facts.streams[item.Stream]
	size := int64(len(item.Ciphertext))
	refuse := func(code schema.Code, detail string) { r.results[i] = refusal(code, detail) }
	switch {
	case stream != nil && stream.circle != item.Circle:
		refuse(schema.CodeNotFound, "no such stream")
	case circle.stale || circle.epoch == 0:
		refuse(schema.CodeCircleStale, "a new epoch is needed")
	case circle.epoch != item.Epoch:
		refuse(schema.CodeEpochStale, fmt.Sprintf("the circle is in epoch %d", circle.epoch))
	case circle.heldUntil > now:
		r.held[i] = true
	case stream == nil && facts.streamed >= schema.MaxStreams:
		refuse(schema.CodeTooLarge, "the workspace has too many streams")
	case stream == nil && facts.made[b.Author] >= schema.MaxStreamsPerAuthor:
		refuse(schema.CodeTooLarge, "the author has made too many streams")
	case over(t.workspaceQuota, facts.rosterOctets+facts.octets+size):
		refuse(schema.CodeQuotaExceeded, "of the workspace")
	case over(t.accountQuota, used+size):
		refuse(schema.CodeQuotaExceeded, "of the account")
	default:
		t.accept(facts, r, i, now)
	}
}

func over(quota, octets int64) bool { return quota > 0 && octets > quota }

// accept gives an item its place at the end of its stream.
func (t *commitTx) accept(facts *workspaceFacts, r *appendRequest, i int, now int64) {
	b, item := r.batch, &r.batch.Items[r.items[i]]
	stream := facts.streams[item.Stream]
	if stream == nil {
		stream = &streamFacts{circle: item.Circle, creator: b.Author, link: schema.FirstLink(b.Workspace, item.Circle, item.Stream)}
		facts.streams[item.Stream] = stream
		facts.streamed++
		facts.made[b.Author]++
	}
	size := int64(len(item.Ciphertext))
	facts.octets += size
	t.usage[b.Author] += size
	t.spent[b.Author] += size

	stream.seq++
	stream.arrived = max(stream.arrived, now)
	e := schema.Event{Stream: item.Stream, Seq: stream.seq, ID: item.ID, Author: b.Author, Device: b.Device,
		Epoch: item.Epoch, Arrived: stream.arrived, Digest: r.digests[i], Ciphertext: item.Ciphertext}
	stream.link = e.Link(stream.link)
	if !stream.changed {
		stream.changed = true
		t.changed = append(t.changed, changedStream{b.Workspace, item.Stream, stream})
	}
	r.results[i] = schema.AppendResult{Seq: e.Seq, Arrived: e.Arrived, Digest: e.Digest, Link: stream.link}
	t.first[eventKey{b.Workspace, item.ID}] = seenEvent{item.Stream, b.Author, r.results[i]}
	t.committed = append(t.committed, Committed{b.Workspace, item.Circle, e})
	t.links = append(t.links, stream.link)
}
