package client

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// The outbox keeps what the user wrote until the server has acknowledged it. An
// item is written durably before anything is sent, sealed when it is its turn,
// and sent again under the same event id until an answer arrives, so that it
// ends up in its stream once.

// outboxItem is one event that waits.
type outboxItem struct {
	Order     uint64             `cbor:"1,keyasint"`
	Workspace schema.WorkspaceID `cbor:"2,keyasint"`
	Circle    schema.CircleID    `cbor:"3,keyasint"`
	Stream    schema.StreamID    `cbor:"4,keyasint"`
	ID        schema.EventID     `cbor:"5,keyasint"`
	Kind      schema.EventKind   `cbor:"6,keyasint"`
	Body      []byte             `cbor:"7,keyasint"`
	At        int64              `cbor:"8,keyasint"`
	// Counter and Prev are fixed when the item is first sealed. Sealed are all
	// forms in which it may have reached the server: after a new epoch it is
	// sealed again, and only the server knows whether an earlier form arrived.
	Counter uint64       `cbor:"9,keyasint"`
	Prev    schema.Hash  `cbor:"10,keyasint"`
	Sealed  []sealedForm `cbor:"11,keyasint"`
	// Erase, in a deletion, is the sequence of the event whose ciphertext the
	// server is asked to erase once the deletion is stored.
	Erase uint64 `cbor:"12,keyasint"`
}

type sealedForm struct {
	Epoch      uint64      `cbor:"1,keyasint"`
	Digest     schema.Hash `cbor:"2,keyasint"`
	Payload    schema.Hash `cbor:"3,keyasint"`
	Ciphertext []byte      `cbor:"4,keyasint"`
}

// ownState is what this device has written to a stream.
type ownState struct {
	Counter uint64      `cbor:"1,keyasint"`
	Prev    schema.Hash `cbor:"2,keyasint"`
	// Acks are acknowledgements that have not been seen in the stream yet.
	Acks []ack `cbor:"3,keyasint"`
}

// ack is the server's word that an event is stored at a place.
type ack struct {
	Seq  uint64         `cbor:"1,keyasint"`
	ID   schema.EventID `cbor:"2,keyasint"`
	Link schema.Hash    `cbor:"3,keyasint"`
}

// Sent says what became of a change.
type Sent struct {
	ID schema.EventID
	// Seq is the position at which the server stored it; 0 while it is queued.
	Seq uint64
}

// Queued reports whether the change waits in the outbox for the server.
func (s Sent) Queued() bool { return s.Seq == 0 }

// write queues one event and tries to send all that waits. If the server cannot
// take it now, it stays queued and the error is nil; if the server refuses it for
// good, it is dropped from the outbox and the error says why.
func (w *Workspace) write(ctx context.Context, c schema.CircleID, s schema.StreamID, kind schema.EventKind, body any, options ...func(*outboxItem)) (Sent, error) {
	if err := w.usable(); err != nil {
		return Sent{}, err
	}
	encoded, err := schema.Marshal(body)
	if err != nil {
		return Sent{}, err
	}
	if len(encoded) > schema.MaxBody {
		return Sent{}, schema.Errorf(schema.CodeTooLarge, "%d octets, at most %d", len(encoded), schema.MaxBody)
	}
	item := outboxItem{
		Workspace: w.id, Circle: c, Stream: s, ID: schema.NewEventID(), Kind: kind, Body: encoded,
		At: w.e.opt.Clock.Now().UnixMilli(),
	}
	for _, option := range options {
		option(&item)
	}
	if err := w.e.enqueue(ctx, &item); err != nil {
		return Sent{}, err
	}
	results, err := w.e.flush(ctx, w)
	if r, ok := results[item.ID]; ok {
		delete(results, item.ID)
		w.noteRefused(ctx, results)
		if r.err != nil {
			return Sent{ID: item.ID}, r.err
		}
		return Sent{ID: item.ID, Seq: r.seq}, nil
	}
	if err == nil || temporary(err) {
		// Another process, or what runs in the background, may have been faster.
		seq, findErr := w.sentElsewhere(ctx, &item)
		return Sent{ID: item.ID, Seq: seq}, findErr
	}
	// Told that it failed, people write it again: it must not go out later too.
	withdrawn, dropErr := w.e.withdraw(ctx, &item)
	if dropErr != nil {
		return Sent{ID: item.ID}, errors.Join(err, dropErr)
	}
	if !withdrawn && !errors.Is(err, ErrServerMisbehaved) {
		return Sent{ID: item.ID}, nil // it may have reached the server: it stays queued
	}
	return Sent{ID: item.ID}, err
}

// sentElsewhere returns the position of an item that another flush took out of
// the outbox and had acknowledged; 0 while the item waits.
func (w *Workspace) sentElsewhere(ctx context.Context, item *outboxItem) (seq uint64, err error) {
	err = w.e.cache.view(ctx, func(r cacheReader) error {
		var waiting outboxItem
		if found, err := r.get(keyOutbox(item.Order), &waiting); err != nil || found && waiting.ID == item.ID {
			return err
		}
		var own ownState
		if _, err := r.get(keyOwn(w.id, item.Stream), &own); err != nil {
			return err
		}
		for _, a := range own.Acks {
			if a.ID == item.ID {
				seq = a.Seq
				return nil
			}
		}
		looked := 0
		return r.scan(keyEventPrefix(w.id, item.Stream), nil, true, func(_, plain []byte) (bool, error) {
			var rec eventRecord
			if err := schema.Unmarshal(plain, &rec); err != nil {
				return false, errors.Join(errCorruptRecord, err)
			}
			if rec.Event.ID == item.ID {
				seq = rec.Event.Seq
			}
			looked++
			return seq == 0 && looked < maxLookBack, nil
		})
	})
	return seq, err
}

// maxLookBack bounds how many of the newest events are searched for one that was
// sent a moment ago.
const maxLookBack = 200

// withdrawPatience bounds how long the taking back of an item waits for another
// process that is sending.
const withdrawPatience = 10 * time.Second

// withdraw takes an item back that was never sealed, and so never sent; also when
// ctx has ended. It waits for whoever sends at this moment and may have listed the
// item already.
func (e *Engine) withdraw(ctx context.Context, item *outboxItem) (withdrawn bool, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), withdrawPatience)
	defer cancel()
	unlock, err := e.cache.store.Lock(ctx, "outbox")
	if err != nil {
		return false, err
	}
	defer unlock()
	err = e.cache.update(ctx, func(w cacheWriter) error {
		var waiting outboxItem
		found, err := w.get(keyOutbox(item.Order), &waiting)
		if err != nil || !found || waiting.ID != item.ID || len(waiting.Sealed) > 0 {
			return err
		}
		withdrawn = true
		return w.delete(keyOutbox(item.Order))
	})
	return withdrawn, err
}

// erasing asks the server to erase an event once this one is stored.
func erasing(seq uint64) func(*outboxItem) { return func(i *outboxItem) { i.Erase = seq } }

// waits reports whether an event of a kind already waits for a stream.
func (e *Engine) waits(ctx context.Context, w schema.WorkspaceID, s schema.StreamID, kind schema.EventKind) (bool, error) {
	items, err := e.outbox(ctx)
	return slices.ContainsFunc(items, func(i outboxItem) bool { return i.Workspace == w && i.Stream == s && i.Kind == kind }), err
}

func (e *Engine) enqueue(ctx context.Context, item *outboxItem) error {
	return e.cache.update(ctx, func(w cacheWriter) error {
		item.Order = 1
		err := w.scan(keyOutboxPrefix(), nil, true, func(_, plain []byte) (bool, error) {
			var last outboxItem
			if err := schema.Unmarshal(plain, &last); err != nil {
				return false, errors.Join(errCorruptRecord, err)
			}
			item.Order = last.Order + 1
			return false, nil
		})
		if err != nil {
			return err
		}
		return w.put(keyOutbox(item.Order), item)
	})
}

// outbox lists what waits, in order.
func (e *Engine) outbox(ctx context.Context) ([]outboxItem, error) {
	var items []outboxItem
	err := e.cache.view(ctx, func(r cacheReader) error {
		return r.scan(keyOutboxPrefix(), nil, false, func(_, plain []byte) (bool, error) {
			var item outboxItem
			if err := schema.Unmarshal(plain, &item); err != nil {
				return false, errors.Join(errCorruptRecord, err)
			}
			items = append(items, item)
			return true, nil
		})
	})
	return items, err
}

func (e *Engine) checkOutbox(ctx context.Context) error {
	_, err := e.outbox(ctx)
	return err
}

// sendResult is the final answer to one item.
type sendResult struct {
	seq    uint64
	err    error
	stream schema.StreamID
}

// empty sends what waits for a workspace while nobody waits for the answers: what
// is refused for good is remembered.
func (e *Engine) empty(ctx context.Context, w *Workspace) error {
	results, err := e.flush(ctx, w)
	w.noteRefused(ctx, results)
	return err
}

func (w *Workspace) noteRefused(ctx context.Context, results map[schema.EventID]sendResult) {
	for _, r := range results {
		if r.err != nil {
			w.flag(ctx, FoundQueuedRefused, r.stream, Facts{}.causedBy(r.err))
		}
	}
}

// flush sends what waits for a workspace, in order, under a lock that other
// processes of this profile respect too: numbers are never used twice. It
// returns the final answers and the error that stopped it, if any.
func (e *Engine) flush(ctx context.Context, w *Workspace) (map[schema.EventID]sendResult, error) {
	unlockOutbox, err := e.cache.store.Lock(ctx, "outbox")
	if err != nil {
		return nil, err
	}
	defer unlockOutbox()
	unlock, err := w.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	items, err := e.outbox(ctx)
	if err != nil {
		return nil, err
	}
	results := map[schema.EventID]sendResult{}
	// Within a circle the order is kept: what stops one item stops those behind
	// it, and no other circle's.
	stopped := map[schema.CircleID]error{}
	still := map[schema.StreamID]bool{} // for good, see misbehaviour.go
	var first error
	for i := range items {
		item := &items[i]
		if item.Workspace != w.id || stopped[item.Circle] != nil || still[item.Stream] {
			continue
		}
		seq, err := w.send(ctx, item)
		s := w.streams[item.Stream]
		switch {
		case err == nil || permanent(err):
			results[item.ID] = sendResult{seq, err, item.Stream}
		case endsConnection(err) || schema.HasCode(err, schema.CodeReadOnly):
			return results, err
		case s != nil && s.bad != nil && w.bad == nil:
			still[item.Stream] = true
			first = cmp.Or(first, err)
		default:
			stopped[item.Circle] = err
			first = cmp.Or(first, err)
		}
	}
	return results, first
}

// temporary reports failures after which an item is sent again later.
func temporary(err error) bool {
	switch schema.CodeOf(err) {
	case schema.CodeOffline, schema.CodeUnavailable, schema.CodeReadOnly, schema.CodeRateLimited, schema.CodeCircleStale,
		schema.CodeEpochStale, schema.CodeConflict, schema.CodeRosterConflict, schema.CodeCutMoved, schema.CodeUnauthenticated:
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// permanent reports refusals of one item that sending again cannot change.
func permanent(err error) bool {
	switch schema.CodeOf(err) {
	case schema.CodeTooLarge, schema.CodeNotFound, schema.CodeForbidden, schema.CodeQuotaExceeded, schema.CodeBadRequest, schema.CodeBadEncoding:
		return true
	}
	return false
}
