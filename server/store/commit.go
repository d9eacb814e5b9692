package store

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
)

// commitTx is one transaction of a committer, of one of two kinds.
//
// An examined one asks first: it locks the workspaces in ascending order, then the
// accounts' usage in ascending order, looks for the items' ids, reads what it does
// not remember, decides, and writes. With the lock of its workspace nothing that an
// item is checked against can change.
//
// A presumed one decides on what is remembered alone and sends all that it writes
// at once, with its conditions: it locks the workspaces in the same order by moving
// their revisions on from the remembered ones, the accounts come last, and when
// anything is not as it was presumed (another revision, an id that was used, an
// account above its quota) a constraint of the tables is violated and nothing is
// committed. It is only tried when all that the items are checked against is
// remembered and all are accepted; otherwise, and after a violation, the requests
// are examined. So both kinds decide alike, and refusals are always examined.
type commitTx struct {
	c   *committer
	ctx context.Context
	// tx is nil until a presumed transaction writes.
	tx       transaction
	presumed bool

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

func (c *committer) newCommit(ctx context.Context) *commitTx {
	return &commitTx{c: c, ctx: ctx,
		facts: make(map[schema.WorkspaceID]*workspaceFacts),
		usage: make(map[schema.UserID]int64), spent: make(map[schema.UserID]int64),
		first:          make(map[eventKey]seenEvent),
		workspaceQuota: c.store.quotas.workspace.Load(), accountQuota: c.store.quotas.account.Load()}
}

// examine starts an examined transaction: it takes the locks, and finds the events
// that have the ids of the requests' items already.
func (c *committer) examine(ctx context.Context, requests []*appendRequest) (*commitTx, error) {
	t := c.newCommit(ctx)
	var err error
	if t.tx, err = c.store.newTransaction(ctx); err != nil {
		return nil, err
	}
	var workspaces, authors, events [][]byte
	for _, r := range requests {
		workspaces = append(workspaces, r.batch.Workspace[:])
		if author := &r.batch.Author; t.accountQuota == 0 && c.cache.accounts[*author] {
			t.usage[*author] = 0
		} else {
			authors = append(authors, author[:])
		}
		for _, i := range r.items {
			events = append(events, r.batch.Items[i].ID[:])
		}
	}
	calls := c.sql.lockWorkspaces.query(nil, nil, ascending(workspaces), t.readWorkspace)
	calls = c.sql.usage.query(calls, nil, ascending(authors), t.readUsage)
	calls = c.sql.seen.query(calls, nil, ascending(events), t.readSeen)
	if err := t.tx.run(ctx, calls); err != nil {
		return t, fmt.Errorf("lock: %w", err)
	}
	if err := t.load(requests); err != nil {
		return t, fmt.Errorf("load: %w", err)
	}
	return t, nil
}

// presume starts a presumed transaction, or returns nil when something is not
// remembered or has been unsteady.
func (c *committer) presume(ctx context.Context, requests []*appendRequest) *commitTx {
	t := c.newCommit(ctx)
	t.presumed = true
	for _, r := range requests {
		facts := c.cache.workspaces[r.batch.Workspace]
		if facts == nil || !facts.steady || !c.cache.accounts[r.batch.Author] {
			return nil
		}
		for _, i := range r.items {
			item := &r.batch.Items[i]
			if facts.streams[item.Stream] == nil || !facts.members[CircleUser{item.Circle, r.batch.Author}] {
				return nil
			}
		}
		t.facts[r.batch.Workspace] = facts
		t.usage[r.batch.Author] = 0 // what it uses is checked when it is written
	}
	return t
}

// ascending sorts keys and leaves one of each.
func ascending(keys [][]byte) [][]byte {
	slices.SortFunc(keys, bytes.Compare)
	return slices.CompactFunc(keys, bytes.Equal)
}

// run decides on every item, and says whether all were accepted.
func (t *commitTx) run(requests []*appendRequest) bool {
	all := true
	for _, r := range requests {
		facts := t.facts[r.batch.Workspace]
		now := r.batch.Now().UnixMilli()
		for i := range r.items {
			if facts == nil {
				all, r.results[i] = false, refusal(schema.CodeNotFound, "no such workspace")
				continue
			}
			r.held[i] = false
			t.decide(facts, r, i, now)
			if r.held[i] || r.results[i].Error != nil {
				all, facts.steady = false, false
			}
		}
	}
	return all
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
