package store

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// AppendBatch is the events of one request of one device. The ciphertexts must
// not be changed after the call, not even when its context ended early.
type AppendBatch struct {
	Workspace schema.WorkspaceID
	Author    schema.UserID
	Device    schema.DeviceID
	Items     []schema.AppendItem // 1 to schema.MaxAppend
	// Now is the clock for the time of arrival; nil is the store's.
	Now func() time.Time
}

// How a sender waits for a hold to end: it asks again every holdPoll, because
// the hold may be released on another node, and gives up after holdPatience.
const (
	holdPoll     = 20 * time.Millisecond
	holdPatience = 2 * schema.HoldLife
)

// Append appends events, each by itself and in their order, and returns one
// result for each. A result without Error is durable; it has the position and
// link that the event will always have. An id that was seen before, by the same
// author in the same stream, gives the result of the first time, whatever has
// changed since.
//
// The errors of single items: CodeNotFound when the author has no account or is
// not in the circle, or when the stream belongs to another circle; CodeConflict when the
// id was used for something else; CodeEpochStale; CodeCircleStale; CodeTooLarge
// for a ciphertext above [schema.MaxCiphertext], and for the first event of a
// stream when the workspace has [schema.MaxStreams] or the author has made
// [schema.MaxStreamsPerAuthor] of them; CodeBadRequest for an empty ciphertext;
// CodeQuotaExceeded. An item of a circle that is held waits until the hold ends,
// at most twice [schema.HoldLife].
//
// When the error is not nil, there are no results and the outcome of each item
// is unknown: sending the whole batch again is safe.
func (s *Store) Append(ctx context.Context, b AppendBatch) ([]schema.AppendResult, error) {
	total := 0
	for _, item := range b.Items {
		total += len(item.Ciphertext)
	}
	if len(b.Items) == 0 {
		return nil, schema.Errorf(schema.CodeBadRequest, "nothing to append")
	}
	if len(b.Items) > schema.MaxAppend || total > schema.MaxAppendOctets {
		return nil, schema.Errorf(schema.CodeTooLarge, "one request appends at most %d events of %d octets together",
			schema.MaxAppend, schema.MaxAppendOctets)
	}
	if b.Now == nil {
		b.Now = s.opts.Now
	}
	results := make([]schema.AppendResult, len(b.Items))
	pending := make([]int, 0, len(b.Items))
	for i, item := range b.Items {
		switch {
		case len(item.Ciphertext) == 0:
			results[i] = refusal(schema.CodeBadRequest, "an event has a ciphertext")
		case len(item.Ciphertext) > schema.MaxCiphertext:
			results[i] = refusal(schema.CodeTooLarge, "an event has at most 192 KiB")
		default:
			results[i].Digest = sha256.Sum256(item.Ciphertext)
			pending = append(pending, i)
		}
	}
	giveUp := time.Now().Add(holdPatience)
	for len(pending) > 0 {
		held, err := s.submit(ctx, &b, pending, results)
		if err != nil {
			return nil, err
		}
		if len(held) == 0 {
			break
		}
		if time.Now().After(giveUp) {
			return nil, &schema.Error{Code: schema.CodeUnavailable, Detail: "the circle is held", RetryAfter: time.Second}
		}
		if err := s.pause(ctx, holdPoll); err != nil {
			return nil, err
		}
		pending = held
	}
	return results, nil
}

// refusal is the result of an item that was not stored.
func refusal(code schema.Code, detail string) schema.AppendResult {
	return schema.AppendResult{Error: &schema.WireError{Code: code, Detail: detail}}
}

// pause waits, unless the context or the store ends.
func (s *Store) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return s.failed("append", ctx.Err())
	case <-s.stop:
		return errClosed
	}
}

var errClosed = schema.Errorf(schema.CodeUnavailable, "the store is closed")

// appendRequest is what a sender hands to a committer. The committer owns it
// until it closes done; a sender that leaves early does not look at it again.
type appendRequest struct {
	ctx     context.Context
	batch   *AppendBatch
	items   []int         // which of the batch
	digests []schema.Hash // of the items
	done    chan struct{}

	results []schema.AppendResult // one for each item
	held    []bool                // items to try again later
	err     error                 // of all
}

// submit has a committer append the pending items, files their results and
// returns the items that are held.
func (s *Store) submit(ctx context.Context, b *AppendBatch, pending []int, results []schema.AppendResult) (held []int, err error) {
	r := &appendRequest{
		ctx: ctx, batch: b, items: pending, done: make(chan struct{}),
		digests: make([]schema.Hash, len(pending)),
		results: make([]schema.AppendResult, len(pending)),
		held:    make([]bool, len(pending)),
	}
	for i, item := range pending {
		r.digests[i] = results[item].Digest
	}
	select {
	case s.committerOf(b.Workspace).queue <- r:
	case <-ctx.Done():
		return nil, s.failed("append", ctx.Err())
	case <-s.stop:
		return nil, errClosed
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		return nil, s.failed("append", ctx.Err())
	}
	if r.err != nil {
		return nil, r.err
	}
	for i, item := range pending {
		if r.held[i] {
			held = append(held, item)
			continue
		}
		results[item] = r.results[i]
	}
	return held, nil
}

// committerOf gives all appends of a workspace to one committer, which keeps
// their order and keeps two committers from waiting for one lock.
func (s *Store) committerOf(ws schema.WorkspaceID) *committer {
	return s.committers[binary.BigEndian.Uint64(ws[:])%uint64(len(s.committers))]
}
