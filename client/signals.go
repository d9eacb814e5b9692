package client

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
)

// Signal is an ephemeral, signed and sealed message of a circle's member.
type Signal struct {
	Kind   schema.EventKind
	Circle schema.CircleID
	// Stream is where somebody types; zero for signals of the whole circle.
	Stream schema.StreamID
	Author schema.UserID
	Device schema.DeviceID
	At     time.Time
	Body   []byte
}

// TypingBody says that its author writes, or has stopped to.
type TypingBody struct {
	Typing bool `cbor:"1,keyasint"`
}

// PresenceBody says how reachable its author is. Append-only.
type PresenceBody struct {
	Presence Presence `cbor:"1,keyasint"`
}

// Presence is how reachable somebody is.
type Presence uint8

const (
	PresenceOnline Presence = 1
	PresenceAway   Presence = 2
	PresenceBusy   Presence = 3
	PresenceGone   Presence = 4
)

// HeadsBody tells other members what their author has verified of the circle's
// streams and of the roster, so that a frozen or forked view is found without
// waiting for the next message. Streams are ascending by id.
type HeadsBody struct {
	Streams []schema.StreamHead `cbor:"1,keyasint"`
}

// maxGossip bounds the streams named in one HeadsBody.
const maxGossip = 64

// SendTyping tells the members of a channel that the user writes.
func (w *Workspace) SendTyping(ctx context.Context, ch Channel, typing bool) error {
	return w.signal(ctx, ch.Circle, ch.Stream, schema.KindTyping, TypingBody{Typing: typing})
}

// SendPresence tells the members of every circle how reachable the user is.
func (w *Workspace) SendPresence(ctx context.Context, p Presence) error {
	for _, id := range w.circleIDs() {
		if err := w.signal(ctx, id, schema.StreamID{}, schema.KindPresence, PresenceBody{Presence: p}); err != nil {
			return err
		}
	}
	return nil
}

// SendHeads tells the members of every circle what this device has verified.
func (w *Workspace) SendHeads(ctx context.Context) error {
	for _, id := range w.circleIDs() {
		w.mu.RLock()
		body := HeadsBody{Streams: []schema.StreamHead{}}
		for _, s := range w.streams {
			if s.cur.Circle == id && s.bad == nil && s.cur.Seq > 0 {
				body.Streams = append(body.Streams, schema.StreamHead{Stream: s.id, Seq: s.cur.Seq, Link: s.cur.Link})
			}
		}
		w.mu.RUnlock()
		// In a circle of many streams each has its turn sooner or later.
		rand.Shuffle(len(body.Streams), func(i, j int) { body.Streams[i], body.Streams[j] = body.Streams[j], body.Streams[i] })
		body.Streams = body.Streams[:min(len(body.Streams), maxGossip)]
		slices.SortFunc(body.Streams, func(a, b schema.StreamHead) int { return bytes.Compare(a.Stream[:], b.Stream[:]) })
		if err := w.signal(ctx, id, schema.StreamID{}, schema.KindHeads, body); err != nil {
			return err
		}
	}
	return nil
}

func (w *Workspace) circleIDs() []schema.CircleID {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.roster.CirclesOf(w.e.User())
}

// signal seals and sends one signal on the live connection.
func (w *Workspace) signal(ctx context.Context, id schema.CircleID, stream schema.StreamID, kind schema.EventKind, body any) error {
	if err := w.usable(); err != nil {
		return err
	}
	encoded, err := schema.Marshal(body)
	if err != nil {
		return err
	}
	w.mu.Lock()
	c := w.circles[id]
	if c == nil {
		w.mu.Unlock()
		return schema.Errorf(schema.CodeNotFound, "circle %s", id)
	}
	info, _ := w.roster.Circle(id)
	head := w.roster.Head()
	secret, err := w.secret(c, info.Epoch)
	w.mu.Unlock()
	if err != nil {
		return err
	}
	key, err := seal.NewSignalKey(secret, w.id, id, info.Epoch)
	if err != nil {
		return err
	}
	ciphertext, _, err := key.Seal(w.e.device, &schema.Payload{
		Header: schema.Header{
			Purpose: schema.PurposeSignal, Version: schema.Version, Workspace: w.id, Stream: stream, Event: schema.NewEventID(),
			Author: w.e.User(), Device: w.e.Device(), Roster: head, At: w.e.opt.Clock.Now().UnixMilli(), Kind: kind,
		},
		Body: encoded,
	})
	if err != nil {
		return fmt.Errorf("seal signal: %w", err)
	}
	return w.e.live.send(ctx, schema.Frame{Signal: &schema.SendSignal{Workspace: w.id, Circle: id, Epoch: info.Epoch, Ciphertext: ciphertext}})
}

// pushedSignal verifies a signal. Whatever is wrong with one drops it silently:
// it was never going to be stored.
func (w *Workspace) pushedSignal(ctx context.Context, p *schema.PushSignal) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	c := w.circles[p.Circle]
	if c == nil || w.bad != nil || p.Author == w.e.User() && p.Device == w.e.Device() {
		return nil
	}
	info, _ := w.roster.Circle(c.id)
	if p.Epoch > info.Epoch {
		if err := w.syncRoster(ctx); err != nil {
			return err
		}
		info, _ = w.roster.Circle(c.id)
		if p.Epoch > info.Epoch {
			w.flag(ctx, FoundKeysFrozen, schema.StreamID{}, Facts{Circle: c.id, Epoch: p.Epoch, Known: info.Epoch}, proof("signal", p), proof("own head", w.roster.Head()))
		}
	}
	device, ok := w.roster.Device(p.Author, p.Device)
	if !ok || p.Epoch != info.Epoch || info.Stale {
		return nil
	}
	head := w.roster.Head()
	if !w.roster.InCircle(c.id, p.Author) || !w.roster.DeviceValidAt(p.Author, p.Device, head.Seq) {
		return nil
	}
	secret, err := w.secret(c, p.Epoch)
	if err != nil {
		return nil
	}
	key, err := seal.NewSignalKey(secret, w.id, c.id, p.Epoch)
	if err != nil {
		return nil
	}
	payload, _, err := key.Open(p.Ciphertext, device)
	if err != nil {
		return nil
	}
	h := payload.Header
	now := w.e.opt.Clock.Now()
	at := time.UnixMilli(h.At)
	if h.Workspace != w.id || h.Author != p.Author || h.Device != p.Device || at.Before(now.Add(-schema.SignalLife)) || at.After(now.Add(schema.SignalLife)) {
		return nil
	}
	if !w.e.seenSignals.first(h.Event, now) {
		return nil
	}
	if h.Roster.Seq > head.Seq {
		if err := w.syncRoster(ctx); err != nil {
			return err
		}
		if h.Roster.Seq > w.roster.Head().Seq {
			w.flag(ctx, FoundMembershipFrozen, schema.StreamID{}, Facts{User: h.Author, Device: h.Device, Seq: h.Roster.Seq, Known: head.Seq}, proof("signal", p), proof("own head", head))
		}
	}
	if hash, ok := w.roster.HashAt(h.Roster.Seq); ok && hash != h.Roster.Hash {
		// One member's word, perhaps a guest's, must not stop the whole workspace:
		// the circle's index stands for what they share.
		index := w.stream(c.id, schema.IndexStream(w.id, c.id))
		return w.accused(ctx, FoundAuthorKnowsOtherRoster, index.id, p, Facts{Seq: h.Roster.Seq, Known: head.Seq}, proof("own head", head))
	}
	if h.Kind == schema.KindHeads {
		return w.compareHeads(ctx, c, payload, p)
	}
	if h.Kind == schema.KindPresence {
		w.presences.note(h.Author, h.Device, payload.Body, now)
	}
	w.e.listeners.notify(Change{Workspace: w.id, Signal: &Signal{
		Kind: h.Kind, Circle: c.id, Stream: h.Stream, Author: h.Author, Device: h.Device, At: at, Body: payload.Body,
	}})
	return nil
}

// compareHeads holds what another member has verified against the own view. Both
// had it from the same server, so they must agree; a view that is behind and
// stays behind after asking again is frozen.
func (w *Workspace) compareHeads(ctx context.Context, c *circle, payload *schema.Payload, p *schema.PushSignal) error {
	var body HeadsBody
	if err := schema.Unmarshal(payload.Body, &body); err != nil || len(body.Streams) > maxGossip {
		return nil
	}
	for _, h := range body.Streams {
		s := w.streams[h.Stream]
		if s == nil || s.cur.Seq == 0 {
			// A member's word does not make a stream, or one of this circle. What
			// the server names is followed; what it goes on to hide is flagged.
			if err := w.look(ctx); err != nil {
				return err
			}
			if s = w.streams[h.Stream]; s == nil || s.cur.Seq == 0 {
				w.flag(ctx, FoundStreamLooksHidden, schema.StreamID{}, Facts{User: p.Author, Device: p.Device, Circle: c.id, Seq: h.Seq, Note: h.Stream.String()}, proof("signal", p))
				return nil
			}
		}
		if s.bad != nil || s.cur.Circle != c.id || h.Seq == 0 {
			continue
		}
		if h.Seq > s.cur.Seq {
			if err := w.syncStream(ctx, s); err != nil {
				return err
			}
		}
		if h.Seq > s.cur.Seq {
			w.flag(ctx, FoundStreamLooksFrozen, s.id, Facts{User: p.Author, Device: p.Device, Seq: h.Seq, Known: s.cur.Seq},
				proof("signal", p), proof("verified head", schema.StreamHead{Stream: s.id, Seq: s.cur.Seq, Link: s.cur.Link}))
			continue
		}
		x := &examiner{w: w, s: s, c: c, next: s.cur}
		link, err := x.linkAt(ctx, h.Seq)
		if err != nil {
			return err
		}
		if link != h.Link {
			err := w.accused(ctx, FoundWitnessSawOther, s.id, p, Facts{Seq: h.Seq}, ProofItem{What: "own link", Bytes: link[:]})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// seenSignals remembers the ids of recent signals, so that one is shown once.
type seenSignals struct {
	mu  sync.Mutex
	ids map[schema.EventID]time.Time
}

// maxSeenSignals bounds the memory; beyond it, signals are dropped until old ones
// have expired.
const maxSeenSignals = 10000

func (s *seenSignals) first(id schema.EventID, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ids == nil {
		s.ids = map[schema.EventID]time.Time{}
	}
	if _, ok := s.ids[id]; ok {
		return false
	}
	if len(s.ids) >= maxSeenSignals {
		for old, at := range s.ids {
			if at.Before(now.Add(-2 * schema.SignalLife)) {
				delete(s.ids, old)
			}
		}
		if len(s.ids) >= maxSeenSignals {
			return false
		}
	}
	s.ids[id] = now
	return true
}
