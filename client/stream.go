package client

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
	domain "github.com/cenacle-team/cenacle/workspace/stream"
)

var errCorruptRecord = fmt.Errorf("kept record does not fit: %w", store.ErrCorrupt)

// cursor is how far a stream has been verified. It is kept with the events.
type cursor struct {
	Circle schema.CircleID `cbor:"1,keyasint"`
	Seq    uint64          `cbor:"2,keyasint"`
	Link   schema.Hash     `cbor:"3,keyasint"`
	// Roster is the causal position: the highest roster sequence that any event
	// so far was made under. Authority is judged there, never by a clock.
	Roster  uint64         `cbor:"4,keyasint"`
	Devices []deviceCursor `cbor:"5,keyasint"` // ascending by device
	// Compared is the last epoch whose cut was compared with the stream.
	Compared uint64 `cbor:"6,keyasint,omitempty"`
	// Stranger is the first event by a device that the roster did not know, 0 for
	// none; Looked is the roster sequence at which that was last looked into, see
	// strangers.go.
	Stranger uint64 `cbor:"7,keyasint,omitempty"`
	Looked   uint64 `cbor:"8,keyasint,omitempty"`
}

// deviceCursor is how far one device has counted in a stream.
type deviceCursor struct {
	Device  schema.DeviceID `cbor:"1,keyasint"`
	Counter uint64          `cbor:"2,keyasint"`
	Prev    schema.Hash     `cbor:"3,keyasint"` // hash of the payload that had Counter
	// Unseen counts later events of the device whose content this device could
	// not see (erased, or sealed before it entered).
	Unseen uint64 `cbor:"4,keyasint"`
}

func (c *cursor) device(id schema.DeviceID) *deviceCursor {
	i, ok := slices.BinarySearchFunc(c.Devices, id, func(d deviceCursor, id schema.DeviceID) int {
		return slices.Compare(d.Device[:], id[:])
	})
	if !ok {
		c.Devices = slices.Insert(c.Devices, i, deviceCursor{Device: id})
	}
	return &c.Devices[i]
}

func (c cursor) clone() cursor {
	c.Devices = slices.Clone(c.Devices)
	return c
}

// Verdict is what this device found about an event. Append-only.
type Verdict uint8

const (
	// VerdictAccepted: everything was checked; the reducer sees it.
	VerdictAccepted Verdict = 1
	// VerdictErased: the ciphertext is gone; its place in the chain is intact.
	VerdictErased Verdict = 2
	// VerdictUnshared: sealed before the user entered, without the history.
	VerdictUnshared Verdict = 3
	// VerdictUnreadable: it does not open, or its signature or form is wrong.
	VerdictUnreadable Verdict = 4
	// VerdictVoid: it opens, and its author had no right to make it there.
	VerdictVoid Verdict = 5
	// VerdictReplayed: the same content stood earlier in the stream.
	VerdictReplayed Verdict = 6
	// VerdictEquivocal: its device used one counter for two contents.
	VerdictEquivocal Verdict = 7
)

// eventRecord is a verified event as it is kept.
type eventRecord struct {
	Event   schema.Event `cbor:"1,keyasint"`
	Link    schema.Hash  `cbor:"2,keyasint"`
	Verdict Verdict      `cbor:"3,keyasint"`
	Reason  string       `cbor:"4,keyasint"`
	// Role and Manager are the author's at the event's causal position.
	Role    schema.Role `cbor:"5,keyasint"`
	Manager bool        `cbor:"6,keyasint"`
}

// stream is one stream of a circle. Its fields are guarded like the workspace's.
type stream struct {
	id     schema.StreamID
	cur    cursor
	bad    *Misbehaviour
	recent linkRing
	// chat is the loaded window of a chat stream, nil until somebody reads it.
	chat *chat.State
}

// linkRing remembers the last links, to answer what authors say they have seen.
type linkRing struct {
	first uint64
	links []schema.Hash
}

const linkRingSize = 512

func (r *linkRing) add(seq uint64, link schema.Hash) {
	if len(r.links) == 0 || r.first+uint64(len(r.links)) != seq {
		r.first, r.links = seq, r.links[:0]
	}
	r.links = append(r.links, link)
	if len(r.links) > linkRingSize {
		n := len(r.links) - linkRingSize/2
		r.links = append(r.links[:0], r.links[n:]...)
		r.first += uint64(n)
	}
}

func (r *linkRing) at(seq uint64) (schema.Hash, bool) {
	if seq < r.first || seq >= r.first+uint64(len(r.links)) {
		return schema.Hash{}, false
	}
	return r.links[seq-r.first], true
}

// loadCursors reads how far every stream was verified.
func (w *Workspace) loadCursors(ctx context.Context) error {
	prefix := keyCursorPrefix(w.id)
	return w.e.cache.view(ctx, func(r cacheReader) error {
		return r.scan(prefix, nil, false, func(key, plain []byte) (bool, error) {
			var s schema.StreamID
			if len(key) != len(prefix)+len(s) {
				return false, errCorruptRecord
			}
			copy(s[:], key[len(prefix):])
			var cur cursor
			if err := schema.Unmarshal(plain, &cur); err != nil {
				return false, errors.Join(errCorruptRecord, err)
			}
			w.mu.Lock()
			defer w.mu.Unlock()
			if w.streams[s] == nil {
				w.streams[s] = &stream{id: s}
			}
			w.streams[s].cur = cur
			return true, nil
		})
	})
}

// stream returns the stream of a circle, new ones with their first link.
func (w *Workspace) stream(c schema.CircleID, id schema.StreamID) *stream {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.streams[id]
	if s == nil {
		s = &stream{id: id}
		w.streams[id] = s
	}
	if s.cur.Circle.IsZero() {
		s.cur = cursor{Circle: c, Link: schema.FirstLink(w.id, c, id)}
	}
	return s
}

// syncStream fetches, verifies and keeps what is new in a stream. It is called
// with op held and the roster synchronised.
func (w *Workspace) syncStream(ctx context.Context, s *stream) error {
	for {
		before, err := w.lastCut(ctx, s)
		if err != nil {
			return err
		}
		if err := w.fetchStream(ctx, s); err != nil {
			return err
		}
		after, err := w.lastCut(ctx, s)
		if err != nil {
			return err
		}
		// Verifying may have brought a newer roster: a cut that became known only
		// after the events were asked for may rightly name later ones.
		if after <= s.cur.Seq || before > s.cur.Seq {
			return w.checkCuts(ctx, s)
		}
	}
}

// fetchStream is syncStream without the signed cuts.
func (w *Workspace) fetchStream(ctx context.Context, s *stream) error {
	if s.bad != nil {
		return s.bad
	}
	// Before asking: what another process of this profile is acknowledged
	// meanwhile need not be in the answer.
	acks, err := w.openAcks(ctx, s)
	if err != nil {
		return err
	}
	for {
		page, err := w.e.fetchEvents(ctx, w.id, s.id, s.cur.Seq)
		if err != nil {
			return err
		}
		if page.Head.Stream != s.id {
			return w.caught(ctx, FoundPageOfOtherStream, s.id, Facts{}, proof("head", page.Head))
		}
		if err := w.checkHead(ctx, s, page.Head); err != nil {
			return err
		}
		if len(page.Events) == 0 && page.Head.Seq > s.cur.Seq {
			return w.caught(ctx, FoundEventsWithheld, s.id, Facts{Seq: page.Head.Seq, Known: s.cur.Seq}, proof("head", page.Head))
		}
		if err := w.accept(ctx, s, page.Events); err != nil {
			return err
		}
		if s.cur.Seq >= page.Head.Seq {
			if s.cur.Seq == page.Head.Seq && s.cur.Link != page.Head.Link {
				return w.caught(ctx, FoundHeadContradictsEvents, s.id, Facts{Seq: s.cur.Seq}, proof("head", page.Head), ProofItem{What: "own link", Bytes: s.cur.Link[:]})
			}
			break
		}
	}
	for _, a := range acks {
		if a.Seq > s.cur.Seq {
			return w.caught(ctx, FoundAcknowledgedEventMissing, s.id, Facts{Seq: a.Seq, Known: s.cur.Seq},
				proof("acknowledgement", a), proof("verified head", schema.StreamHead{Stream: s.id, Seq: s.cur.Seq, Link: s.cur.Link}))
		}
	}
	return nil
}

// openAcks are the acknowledgements to this device that lie beyond what was
// verified of a stream.
func (w *Workspace) openAcks(ctx context.Context, s *stream) ([]ack, error) {
	var own ownState
	err := w.e.cache.view(ctx, func(r cacheReader) error { _, err := r.get(keyOwn(w.id, s.id), &own); return err })
	return slices.DeleteFunc(own.Acks, func(a ack) bool { return a.Seq <= s.cur.Seq }), err
}

// checkHead compares a head that the server claims with what was verified.
func (w *Workspace) checkHead(ctx context.Context, s *stream, claimed schema.StreamHead) error {
	if claimed.Seq < s.cur.Seq {
		return w.caught(ctx, FoundStreamRolledBack, s.id, Facts{Seq: claimed.Seq, Known: s.cur.Seq},
			proof("claimed head", claimed), proof("verified head", schema.StreamHead{Stream: s.id, Seq: s.cur.Seq, Link: s.cur.Link}))
	}
	if claimed.Seq == s.cur.Seq && claimed.Link != s.cur.Link {
		return w.caught(ctx, FoundStreamForked, s.id, Facts{Seq: claimed.Seq},
			proof("claimed head", claimed), proof("verified head", schema.StreamHead{Stream: s.id, Seq: s.cur.Seq, Link: s.cur.Link}))
	}
	return nil
}

// accept verifies events that follow the cursor, keeps them durably, and then
// shows them to the reducers. When one proves misbehaviour, those before it are
// kept and it is not.
func (w *Workspace) accept(ctx context.Context, s *stream, events []schema.Event) error {
	if len(events) == 0 {
		return nil
	}
	c := w.circles[s.cur.Circle]
	if c == nil {
		return schema.Errorf(schema.CodeNotFound, "circle %s", s.cur.Circle)
	}
	if w.keysReplaced() {
		// What cannot be opened now will open after signing in again: a verdict
		// that is kept must not be given before.
		return schema.Errorf(schema.CodeKeysReplaced, "workspace %s", w.id)
	}
	x := &examiner{w: w, s: s, c: c, next: s.cur.clone()}
	if err := x.prepare(ctx, events); err != nil {
		return err
	}
	var records []eventRecord
	var payloads []*schema.Payload
	var failure error
	for i := range events {
		rec, payload, err := x.examine(ctx, &events[i])
		if err != nil {
			failure = err
			break
		}
		records, payloads = append(records, rec), append(payloads, payload)
	}
	if len(records) > 0 {
		if err := w.keep(ctx, s, x, records); err != nil {
			return err
		}
		if err := w.show(ctx, s, c, x.next, records, payloads); err != nil {
			return err
		}
	}
	return failure
}

// keep writes verified events and the cursor in one transaction. Another process
// of this profile may have been faster; then its cursor stands.
func (w *Workspace) keep(ctx context.Context, s *stream, x *examiner, records []eventRecord) error {
	var caught func() error
	err := w.e.cache.update(ctx, func(cw cacheWriter) error {
		caught = nil
		var kept cursor
		if _, err := cw.get(keyCursor(w.id, s.id), &kept); err != nil {
			return err
		}
		for i := range records {
			key, seq := keyEvent(w.id, s.id, records[i].Event.Seq), records[i].Event.Seq
			if seq <= kept.Seq {
				var rec eventRecord
				found, err := cw.get(key, &rec)
				switch {
				case err != nil:
					return err
				case found && rec.Link != records[i].Link:
					caught = func() error {
						return w.caught(ctx, FoundProcessesShownOtherEvents, s.id, Facts{Seq: seq},
							proof("event", rec.Event), proof("other event", records[i].Event))
					}
					return errContradicted
				case found && len(rec.Event.Ciphertext) == 0:
					continue // what was forgotten stays so
				}
			}
			if err := cw.put(key, &records[i]); err != nil {
				return err
			}
		}
		a, rec, err := pruneAcks(cw, w.id, s.id, x.next.Seq)
		switch {
		case err != nil:
			return err
		case a != nil:
			caught = func() error { return w.unborne(ctx, s.id, *a, rec) }
			return errContradicted
		case kept.Seq >= x.next.Seq:
			return nil
		}
		return cw.put(keyCursor(w.id, s.id), &x.next)
	})
	if caught != nil {
		return caught()
	}
	return err
}

// errContradicted ends a transaction in which something contradicts itself.
var errContradicted = errors.New("what is to be kept contradicts what is there")

// pruneAcks forgets acknowledgements that the verified stream bears out. It
// compares them itself, because another process of this profile may have been
// given one since the events were examined, and returns one that the stream does
// not bear out, with what stands there.
func pruneAcks(cw cacheWriter, ws schema.WorkspaceID, s schema.StreamID, seq uint64) (*ack, eventRecord, error) {
	var own ownState
	found, err := cw.get(keyOwn(ws, s), &own)
	if err != nil || !found {
		return nil, eventRecord{}, err
	}
	var open []ack
	for _, a := range own.Acks {
		if a.Seq > seq {
			open = append(open, a)
			continue
		}
		var rec eventRecord
		if _, err := cw.get(keyEvent(ws, s, a.Seq), &rec); err != nil {
			return nil, rec, err
		}
		if rec.Event.ID != a.ID || rec.Link != a.Link || refused(rec.Verdict) {
			return &a, rec, nil
		}
	}
	if len(open) == len(own.Acks) {
		return nil, eventRecord{}, nil
	}
	own.Acks = open
	return nil, eventRecord{}, cw.put(keyOwn(ws, s), &own)
}

// unborne reports an acknowledgement to this device that a verified stream does
// not bear out.
func (w *Workspace) unborne(ctx context.Context, s schema.StreamID, a ack, rec eventRecord) error {
	if rec.Event.ID != a.ID || rec.Link != a.Link {
		return w.caught(ctx, FoundEventNotAcknowledged, s, Facts{Seq: a.Seq}, proof("event", rec.Event), proof("acknowledgement", a))
	}
	return w.caught(ctx, FoundOwnEventVoid, s, Facts{Seq: a.Seq, Note: rec.Reason}, proof("event", rec.Event), proof("acknowledgement", a))
}

// show makes verified events visible.
func (w *Workspace) show(ctx context.Context, s *stream, c *circle, next cursor, records []eventRecord, payloads []*schema.Payload) error {
	isIndex := s.id == schema.IndexStream(w.id, c.id)
	var deleted []*chat.Message
	w.mu.Lock()
	s.cur = next
	for i, rec := range records {
		s.recent.add(rec.Event.Seq, rec.Link)
		switch {
		case isIndex:
			reduce(c.index, rec, payloads[i])
		case w.settings != nil && s.id == w.personalStream():
			reduce(w.settings, rec, payloads[i])
		case s.chat != nil:
			reduce(s.chat, rec, payloads[i])
			if p := payloads[i]; p != nil && p.Header.Kind == schema.KindDelete {
				deleted = append(deleted, deletedBy(s.chat, p.Body)...)
			}
		}
	}
	w.mu.Unlock()
	w.e.listeners.notify(Change{Workspace: w.id, Stream: s.id, From: records[0].Event.Seq, To: next.Seq})
	return w.forgetDeleted(ctx, s, deleted)
}

// deletedBy returns the message that a deletion names, if it is loaded.
func deletedBy(state *chat.State, body []byte) []*chat.Message {
	var b chat.DeleteBody
	if domain.Decode(body, &b) != 0 {
		return nil
	}
	m, ok := state.Message(b.Target)
	if !ok {
		return nil
	}
	return []*chat.Message{m}
}

// reducer is what every domain offers, see package workspace/stream.
type reducer interface {
	Apply(ev domain.Meta, kind schema.EventKind, body []byte) domain.Outcome
	ApplyErased(ev domain.Meta) domain.Outcome
}

// reduce hands one verified event to a reducer; refused ones it never sees.
func reduce(r reducer, rec eventRecord, p *schema.Payload) {
	switch rec.Verdict {
	case VerdictAccepted:
		r.Apply(rec.meta(p), p.Header.Kind, p.Body)
	case VerdictErased:
		r.ApplyErased(rec.meta(nil))
	}
}

// replay hands events that were read from the local store to a reducer.
func replay(r reducer, events []domain.Event) {
	for _, ev := range events {
		if ev.Erased {
			r.ApplyErased(ev.Meta)
		} else {
			r.Apply(ev.Meta, ev.Kind, ev.Body)
		}
	}
}

// meta is what reducers are told about an event from outside of its body.
func (r *eventRecord) meta(p *schema.Payload) domain.Meta {
	m := domain.Meta{
		Seq: r.Event.Seq, ID: r.Event.ID, Author: r.Event.Author, Device: r.Event.Device,
		At: r.Event.Arrived, Arrived: r.Event.Arrived, Role: r.Role, Manager: r.Manager,
	}
	if p != nil {
		m.At = p.Header.At
	}
	return m
}
