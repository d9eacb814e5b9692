package store

import (
	"bytes"
	"context"
	"errors"
	"runtime"
	"slices"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// Bounds of one commit: what is queued beyond them goes into the next.
const (
	maxCommitItems      = 512
	maxCommitOctets     = 8 << 20
	maxCommitWorkspaces = 16
)

// committer is a goroutine that appends events for many senders in one
// transaction: while one commit is flushed, the next senders queue up. It never
// waits for more of them, so a lone sender is served at once.
type committer struct {
	store *Store
	queue chan *appendRequest
	// next is a request that did not fit into the last commit.
	next  *appendRequest
	cache cache
	sql   *appendSQL
	// news are commits of which OnCommit is still to be told; one waits while it is
	// told of another, and the next commit is under way.
	news chan []Committed
}

// startCommitters prepares the committers' statements and starts them.
func (s *Store) startCommitters(ctx context.Context) error {
	statements := s.dialect.appendStatements()
	if !s.dialect.pipelines {
		if err := s.prepare(ctx, statements.all()); err != nil {
			return s.failed("prepare", err)
		}
	}
	for range s.dialect.committers {
		c := &committer{store: s, queue: make(chan *appendRequest), cache: newCache(), sql: statements, news: make(chan []Committed, 1)}
		s.committers = append(s.committers, c)
		s.running.Go(c.run)
		s.running.Go(c.tell)
	}
	return nil
}

// run commits until the store closes. A request is only ever received here, so
// that none is left without an answer.
func (c *committer) run() {
	defer close(c.news)
	for {
		first := c.next
		c.next = nil
		if first == nil {
			select {
			case first = <-c.queue:
			case <-c.store.stop:
				return
			}
		}
		requests := c.collect(first)
		if len(requests) == 0 {
			continue
		}
		committed, err := c.commit(requests)
		for _, r := range requests {
			r.err = err
			close(r.done)
		}
		if len(committed) > 0 && c.store.opts.OnCommit != nil {
			c.news <- committed
		}
	}
}

// tell tells OnCommit of the news until the committer has ended.
func (c *committer) tell() {
	for committed := range c.news {
		c.store.opts.OnCommit(committed)
	}
}

// collect takes what is queued at this moment, up to the bounds of a commit, in
// the order of the workspaces. Senders that have left are passed over.
func (c *committer) collect(first *appendRequest) []*appendRequest {
	// The senders that the last commit has answered are about to queue again.
	runtime.Gosched()
	var requests []*appendRequest
	workspaces := make(map[schema.WorkspaceID]bool)
	items, size := 0, 0
	for r := first; r != nil; r = c.poll() {
		if err := r.ctx.Err(); err != nil {
			r.err = c.store.failed("append", err)
			close(r.done)
			continue
		}
		items += len(r.items)
		for _, item := range r.items {
			size += len(r.batch.Items[item].Ciphertext)
		}
		workspaces[r.batch.Workspace] = true
		if len(requests) > 0 && (items > maxCommitItems || size > maxCommitOctets || len(workspaces) > maxCommitWorkspaces) {
			c.next = r
			break
		}
		requests = append(requests, r)
	}
	slices.SortStableFunc(requests, func(a, b *appendRequest) int {
		return bytes.Compare(a.batch.Workspace[:], b.batch.Workspace[:])
	})
	return requests
}

// poll returns a queued request, or nil.
func (c *committer) poll() *appendRequest {
	select {
	case r := <-c.queue:
		return r
	default:
		return nil
	}
}

// commit appends the items of the requests, which are sorted by workspace, in
// one transaction, and fills in their results.
func (c *committer) commit(requests []*appendRequest) ([]Committed, error) {
	ctx := context.Background()
	if d := c.store.dialect.commitTimeout; d > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d)
		defer cancel()
	}
	start := time.Now()
	c.cache.trim()
	committed, done, err := c.commitPresumed(ctx, requests)
	if !done {
		committed, err = c.commitExamined(ctx, requests)
	}
	if err != nil {
		// The cache holds what would have become true.
		c.cache.drop(requests)
		err := c.store.failed("append", err)
		c.store.opts.Logger.Warn("store: appends not committed", "code", schema.CodeOf(err),
			"requests", len(requests), "after", time.Since(start), "error", errors.Unwrap(err))
		return nil, err
	}
	return committed, nil
}

// commitPresumed commits the requests from memory. It is not done when they have
// to be examined, and then nothing was committed.
func (c *committer) commitPresumed(ctx context.Context, requests []*appendRequest) (committed []Committed, done bool, err error) {
	t := c.presume(ctx, requests)
	if t == nil {
		return nil, false, nil
	}
	if !t.run(requests) {
		c.cache.drop(requests)
		return nil, false, nil
	}
	if t.tx, err = c.store.newTransaction(ctx); err != nil {
		return nil, true, err
	}
	if err = t.commit(); err == nil {
		return t.committed, true, nil
	}
	t.rollback()
	if violates(err) {
		c.cache.drop(requests)
		return nil, false, nil
	}
	return nil, true, err
}

// commitExamined commits what can be accepted of the requests.
func (c *committer) commitExamined(ctx context.Context, requests []*appendRequest) ([]Committed, error) {
	t, err := c.examine(ctx, requests)
	if t == nil {
		return nil, err
	}
	if err == nil {
		t.run(requests)
		if len(t.committed) == 0 {
			t.rollback()
			return nil, nil
		}
		err = t.commit()
	}
	if err != nil {
		t.rollback()
		return nil, err
	}
	return t.committed, nil
}
