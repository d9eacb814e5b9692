package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
)

// maxAttempts bounds how often an item is sealed again because keys changed
// under it in one flush.
const maxAttempts = 5

// send seals and sends one item. It is called with the outbox's lock and op held.
func (w *Workspace) send(ctx context.Context, item *outboxItem) (uint64, error) {
	if err := w.usable(); err != nil {
		return 0, err
	}
	var last error
	// The answer to an earlier attempt may have been lost.
	unsure := len(item.Sealed) > 0
	for range maxAttempts {
		c := w.circles[item.Circle]
		if c == nil {
			return 0, w.drop(ctx, item, unsure, schema.Errorf(schema.CodeNotFound, "circle %s", item.Circle))
		}
		if err := w.renewIfStale(ctx, c.id); err != nil {
			return 0, err
		}
		form, err := w.sealItem(ctx, c, item)
		if errors.Is(err, errBadPacket) && w.roster.MayManage(c.id, w.e.User()) {
			if err := w.rekey(ctx, c.id); err != nil {
				return 0, err
			}
			form, err = w.sealItem(ctx, c, item)
		}
		if err != nil {
			return 0, err
		}
		results, err := w.e.postEvents(ctx, w.id, []schema.AppendItem{{
			Circle: item.Circle, Stream: item.Stream, ID: item.ID, Epoch: form.Epoch, Ciphertext: form.Ciphertext,
		}})
		if err != nil {
			return 0, err
		}
		r := results[0]
		if r.Error == nil {
			return w.acknowledged(ctx, c, item, r)
		}
		last = &schema.Error{Code: r.Error.Code, Detail: r.Error.Detail}
		switch {
		case r.Error.Code == schema.CodeEpochStale || r.Error.Code == schema.CodeCircleStale:
			if err := w.syncRoster(ctx); err != nil {
				return 0, err
			}
		case permanent(last):
			return 0, w.drop(ctx, item, unsure, last)
		default:
			return 0, last
		}
	}
	return 0, last
}

// sealItem returns the item sealed under the circle's current epoch.
func (w *Workspace) sealItem(ctx context.Context, c *circle, item *outboxItem) (sealedForm, error) {
	info, _ := w.roster.Circle(c.id)
	if n := len(item.Sealed); n > 0 && item.Sealed[n-1].Epoch == info.Epoch {
		return item.Sealed[n-1], nil
	}
	s, err := w.target(ctx, c.id, item.Stream)
	if err != nil {
		return sealedForm{}, err
	}
	if s.bad != nil {
		return sealedForm{}, s.bad
	}
	if s.cur.Circle != c.id {
		// An index that names another circle's stream must not have what is
		// written there sealed to its own members.
		return sealedForm{}, w.drop(ctx, item, len(item.Sealed) > 0, schema.Errorf(schema.CodeForbidden, "stream %s is not of circle %s", s.id, c.id))
	}
	var own ownState
	var kept bool
	err = w.e.cache.view(ctx, func(r cacheReader) (err error) {
		kept, err = r.get(keyOwn(w.id, s.id), &own)
		return err
	})
	if err != nil {
		return sealedForm{}, err
	}
	if !kept {
		// A rebuilt local store does not know what this device wrote before.
		if s.cur.Seq > 0 {
			if err := w.syncStream(ctx, s); err != nil {
				return sealedForm{}, err
			}
		}
		d := s.cur.device(w.e.Device())
		own.Counter, own.Prev = d.Counter+d.Unseen, d.Prev
	}
	// What the stream itself shows of this device counts too: the server may have
	// stored what it said that it refused.
	if d := s.cur.device(w.e.Device()); d.Counter > own.Counter {
		own.Counter, own.Prev = d.Counter, d.Prev
	}
	if item.Counter == 0 {
		item.Counter, item.Prev = own.Counter+1, own.Prev
	}
	key, err := w.streamKey(c, s.id, info.Epoch)
	if err != nil {
		if w.keysReplaced() {
			return sealedForm{}, schema.Errorf(schema.CodeKeysReplaced, "workspace %s", w.id)
		}
		return sealedForm{}, err
	}
	ciphertext, hash, err := key.Seal(w.e.device, &schema.Payload{
		Header: schema.Header{
			Purpose: schema.PurposeEvent, Version: schema.Version, Workspace: w.id, Stream: s.id, Event: item.ID,
			Author: w.e.User(), Device: w.e.Device(), Counter: item.Counter, Prev: item.Prev,
			SeenSeq: s.cur.Seq, SeenLink: s.cur.Link, Roster: w.roster.Head(), At: item.At, Kind: item.Kind,
		},
		Body: item.Body,
	})
	if err != nil {
		return sealedForm{}, fmt.Errorf("seal event: %w", err)
	}
	form := sealedForm{Epoch: info.Epoch, Digest: sha256.Sum256(ciphertext), Payload: hash, Ciphertext: ciphertext}
	for i := range item.Sealed {
		item.Sealed[i].Ciphertext = nil
	}
	item.Sealed = append(item.Sealed, form)
	own.Counter, own.Prev = item.Counter, hash
	return form, w.e.cache.update(ctx, func(cw cacheWriter) error {
		if err := cw.put(keyOwn(w.id, s.id), &own); err != nil {
			return err
		}
		return cw.put(keyOutbox(item.Order), item)
	})
}

// target is the stream that an item is written to. One of which nothing is known
// is looked for first: an index may name what is another circle's, or is made
// there at this moment. It becomes this circle's by the server's acknowledgement.
func (w *Workspace) target(ctx context.Context, c schema.CircleID, id schema.StreamID) (*stream, error) {
	if s := w.streams[id]; s != nil && (s.bad != nil || s.cur.Seq > 0) {
		return s, nil
	}
	heads, err := w.e.fetchHeads(ctx, w.id)
	if err != nil {
		return nil, w.gone(err)
	}
	for _, info := range heads.Streams {
		if info.Head.Stream == id && w.circles[info.Circle] != nil {
			s := w.stream(info.Circle, id)
			return s, w.followStream(ctx, s, info)
		}
	}
	return &stream{id: id, cur: cursor{Circle: c, Link: schema.FirstLink(w.id, c, id)}}, nil
}

// acknowledged takes an item out of the outbox and into the stream.
func (w *Workspace) acknowledged(ctx context.Context, c *circle, item *outboxItem, r schema.AppendResult) (uint64, error) {
	i := slices.IndexFunc(item.Sealed, func(f sealedForm) bool { return f.Digest == r.Digest })
	if i < 0 {
		return 0, w.caught(ctx, FoundUnsentEventAcknowledged, item.Stream, Facts{Seq: r.Seq}, proof("acknowledgement", r))
	}
	form := item.Sealed[i]
	a := ack{Seq: r.Seq, ID: item.ID, Link: r.Link}
	s := w.stream(c.id, item.Stream)
	if a.Seq <= s.cur.Seq {
		var rec eventRecord
		err := w.e.cache.view(ctx, func(cr cacheReader) error { _, err := cr.get(keyEvent(w.id, s.id, a.Seq), &rec); return err })
		if err != nil {
			return 0, err
		}
		if rec.Event.ID != a.ID || rec.Link != a.Link {
			return 0, w.caught(ctx, FoundAcknowledgedOverOther, s.id, Facts{Seq: a.Seq}, proof("acknowledgement", r), proof("event", rec.Event))
		}
	}
	if item.Erase != 0 {
		// Until this has succeeded the item stays, and is answered as before.
		if err := w.e.eraseEvent(ctx, w.id, s.id, item.Erase); err != nil && !permanent(err) {
			return 0, err
		} else if err != nil {
			w.flag(ctx, FoundErasureRefused, s.id, Facts{Seq: item.Erase}.causedBy(err))
		}
	}
	err := w.e.cache.update(ctx, func(cw cacheWriter) error {
		var own ownState
		if _, err := cw.get(keyOwn(w.id, item.Stream), &own); err != nil {
			return err
		}
		if own.Counter == item.Counter {
			own.Prev = form.Payload
		}
		if a.Seq > s.cur.Seq {
			own.Acks = append(own.Acks, a)
		}
		if err := cw.put(keyOwn(w.id, item.Stream), &own); err != nil {
			return err
		}
		return cw.delete(keyOutbox(item.Order))
	})
	if err != nil {
		return 0, err
	}
	if a.Seq == s.cur.Seq+1 && len(form.Ciphertext) > 0 {
		err := w.accept(ctx, s, []schema.Event{{
			Stream: s.id, Seq: a.Seq, ID: item.ID, Author: w.e.User(), Device: w.e.Device(), Epoch: form.Epoch,
			Arrived: r.Arrived, Digest: form.Digest, Ciphertext: form.Ciphertext,
		}})
		if err != nil {
			return 0, err
		}
	}
	return a.Seq, nil
}

// drop removes an item that was refused for good and gives its number back, so
// that readers do not miss an event that never was; unless an earlier attempt may
// have been stored, whose number must not be used again.
func (w *Workspace) drop(ctx context.Context, item *outboxItem, unsure bool, why error) error {
	err := w.e.cache.update(ctx, func(cw cacheWriter) error {
		var own ownState
		found, err := cw.get(keyOwn(w.id, item.Stream), &own)
		if err != nil {
			return err
		}
		if found && !unsure && item.Counter != 0 && own.Counter == item.Counter {
			own.Counter, own.Prev = item.Counter-1, item.Prev
			if err := cw.put(keyOwn(w.id, item.Stream), &own); err != nil {
				return err
			}
		}
		return cw.delete(keyOutbox(item.Order))
	})
	return errors.Join(why, err)
}
