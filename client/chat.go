package client

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
	domain "github.com/cenacle-team/cenacle/workspace/stream"
)

// readRecords reads verified events of a stream from the local store and opens
// them for the reducers. Only the decryption is done again: what was verified
// stands authenticated in the store. It is called with mu held for writing.
func (w *Workspace) readRecords(ctx context.Context, s *stream, c *circle, from, to uint64) ([]domain.Event, error) {
	var records []eventRecord
	err := w.e.cache.view(ctx, func(r cacheReader) error {
		records = records[:0]
		return r.scan(keyEventPrefix(w.id, s.id), keyEvent(w.id, s.id, from), false, func(_, plain []byte) (bool, error) {
			var rec eventRecord
			if err := schema.Unmarshal(plain, &rec); err != nil {
				return false, errors.Join(errCorruptRecord, err)
			}
			if rec.Event.Seq > to {
				return false, nil
			}
			records = append(records, rec)
			return rec.Event.Seq < to, nil
		})
	})
	if err != nil {
		return nil, err
	}
	if uint64(len(records)) != to-from+1 {
		return nil, errCorruptRecord
	}
	payloads, err := w.reopen(c, s.id, records)
	if err != nil {
		return nil, err
	}
	out := make([]domain.Event, 0, len(records))
	for i := range records {
		switch records[i].Verdict {
		case VerdictAccepted:
			p := payloads[i]
			out = append(out, domain.Event{Meta: records[i].meta(p), Kind: p.Header.Kind, Body: p.Body})
		case VerdictErased:
			out = append(out, domain.Event{Meta: records[i].meta(nil), Erased: true})
		}
	}
	return out, nil
}

// reopen decrypts accepted records on all processors.
func (w *Workspace) reopen(c *circle, id schema.StreamID, records []eventRecord) ([]*schema.Payload, error) {
	keys := map[uint64]*seal.StreamKey{}
	devices := make([]cert.Device, len(records))
	for i := range records {
		if records[i].Verdict != VerdictAccepted {
			continue
		}
		ev := &records[i].Event
		if keys[ev.Epoch] == nil {
			key, err := w.streamKey(c, id, ev.Epoch)
			if err != nil {
				return nil, err
			}
			keys[ev.Epoch] = key
		}
		d, ok := w.roster.Device(ev.Author, ev.Device)
		if !ok {
			return nil, errCorruptRecord
		}
		devices[i] = d
	}
	out, failures := make([]*schema.Payload, len(records)), make([]error, len(records))
	workers := min(runtime.GOMAXPROCS(0), (len(records)+31)/32)
	var wg sync.WaitGroup
	for n := range workers {
		wg.Go(func() {
			for i := n; i < len(records); i += workers {
				if records[i].Verdict == VerdictAccepted {
					ev := &records[i].Event
					out[i], failures[i] = keys[ev.Epoch].Reopen(ev.Ciphertext, devices[i].ID)
				}
			}
		})
	}
	wg.Wait()
	return out, errors.Join(failures...)
}

// windowStep is how many events are loaded at once when a window grows.
const windowStep = 200

// window makes sure that the newest messages of a channel are loaded: at least
// want of them, and everything from the sequence down. It is called with mu held
// for writing.
func (w *Workspace) window(ctx context.Context, s *stream, want int, down uint64) error {
	c := w.circles[s.cur.Circle]
	if c == nil {
		return schema.Errorf(schema.CodeNotFound, "circle %s", s.cur.Circle)
	}
	if s.chat == nil {
		step := uint64(max(want+want/4, 16))
		from := uint64(1)
		if s.cur.Seq > step {
			from = s.cur.Seq - step + 1
		}
		state := chat.NewWindow(from)
		if s.cur.Seq > 0 {
			events, err := w.readRecords(ctx, s, c, from, s.cur.Seq)
			if err != nil {
				return err
			}
			replay(state, events)
		}
		if err := w.forgetDeleted(ctx, s, state.Messages(from, state.Len())); err != nil {
			return err
		}
		s.chat = state
	}
	for s.chat.Floor() > max(down, 1) || (s.chat.Len() < want && s.chat.Floor() > 1) {
		to := s.chat.Floor() - 1
		from := uint64(1)
		if to > windowStep {
			from = to - windowStep + 1
		}
		if s.chat.Floor() > down {
			from = min(from, max(down, 1))
		}
		events, err := w.readRecords(ctx, s, c, from, to)
		if err != nil {
			return err
		}
		if err := s.chat.ApplyOlder(from, events); err != nil {
			return err
		}
		down := s.chat.Floor()
		if err := w.forgetDeleted(ctx, s, s.chat.Messages(down, int(to-down+1))); err != nil {
			return err
		}
	}
	return nil
}

// forgetDeleted drops the ciphertext of deleted messages from the local store.
func (w *Workspace) forgetDeleted(ctx context.Context, s *stream, messages []*chat.Message) error {
	var erase []uint64
	err := w.e.cache.view(ctx, func(r cacheReader) error {
		erase = erase[:0]
		for _, m := range messages {
			if m.Deletion == nil {
				continue
			}
			var rec eventRecord
			found, err := r.get(keyEvent(w.id, s.id, m.Seq), &rec)
			if err != nil {
				return err
			}
			if found && len(rec.Event.Ciphertext) > 0 {
				erase = append(erase, m.Seq)
			}
		}
		return nil
	})
	if err != nil || len(erase) == 0 {
		return err
	}
	return w.eraseLocal(ctx, s.id, erase...)
}

// withChat runs fn on a channel's state with at least want messages loaded, and
// everything from the sequence down (math.MaxUint64 for no more than want). A
// damaged local copy is dropped and fetched again.
func (w *Workspace) withChat(ctx context.Context, ch Channel, want int, down uint64, fn func(*chat.State)) error {
	try := func() (corrupt bool, err error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		s := w.streams[ch.Stream]
		if s != nil && s.bad != nil && s.cur.Circle.IsZero() {
			return false, s.bad
		}
		if s == nil || s.cur.Circle != ch.Circle {
			// An index cannot show another circle's stream as its own.
			fn(chat.New())
			return false, nil
		}
		if err := w.window(ctx, s, want, down); err != nil {
			return isCorrupt(err), err
		}
		fn(s.chat)
		return false, nil
	}
	corrupt, err := try()
	if !corrupt {
		return err
	}
	if err := w.rebuildStream(ctx, ch); err != nil {
		return err
	}
	_, err = try()
	return err
}

// rebuildStream drops the damaged local copy of a stream and fetches it again.
// What was verified is not forgotten: the rebuilt stream must contain it.
func (w *Workspace) rebuildStream(ctx context.Context, ch Channel) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s := w.streams[ch.Stream]
	seen := schema.StreamHead{Stream: s.id, Seq: s.cur.Seq, Link: s.cur.Link}
	if err := w.e.rebuild(ctx, w.id, s.id); err != nil {
		return err
	}
	w.mu.Lock()
	s.cur, s.chat, s.recent = cursor{Circle: ch.Circle, Link: schema.FirstLink(w.id, ch.Circle, s.id)}, nil, linkRing{}
	w.mu.Unlock()
	if err := w.syncStream(ctx, s); err != nil {
		return err
	}
	x := &examiner{w: w, s: s, c: w.circles[ch.Circle], next: s.cur}
	if seen.Seq > s.cur.Seq {
		return w.checkHead(ctx, s, seen)
	}
	link, err := x.linkAt(ctx, seen.Seq)
	if err == nil && link != seen.Link {
		err = w.caught(ctx, FoundRebuiltHistoryDiffers, s.id, Facts{Seq: seen.Seq}, proof("seen before", seen), ProofItem{What: "shown link", Bytes: link[:]})
	}
	return err
}

// PostOptions say what a message answers and whom it notifies.
type PostOptions struct {
	ReplyTo *schema.EventID
	Thread  *schema.EventID
	// Mentions are members to notify beside those whom the text names. A UI that
	// completes names gives them here: a name may be ambiguous, an id is not.
	Mentions []schema.UserID
}

// Post sends a message in Markdown. @name and @"name with spaces" mention a
// member, @everyone all; what is stored is the member's id.
func (w *Workspace) Post(ctx context.Context, ch Channel, text string, o PostOptions) (Sent, error) {
	body := chat.MessageBody{Text: text, ReplyTo: o.ReplyTo, Thread: o.Thread}
	body.Mentions, body.Everyone = chat.ParseMentions(text, w.resolveMention)
	var err error
	if body.Mentions, err = w.mention(body.Mentions, o.Mentions); err != nil {
		return Sent{}, err
	}
	if err := body.Check(); err != nil {
		return Sent{}, err
	}
	return w.write(ctx, ch.Circle, ch.Stream, schema.KindMessage, body)
}

// Edit replaces the text of one of the user's messages. Mentions are as in
// [PostOptions].
func (w *Workspace) Edit(ctx context.Context, ch Channel, id schema.EventID, text string, mentions ...schema.UserID) (Sent, error) {
	m, err := w.message(ctx, ch, id)
	if err != nil {
		return Sent{}, err
	}
	if m.Author != w.e.User() {
		return Sent{}, schema.Errorf(schema.CodeForbidden, "only its author may edit a message")
	}
	if m.Gone() {
		return Sent{}, schema.Errorf(schema.CodeNotFound, "the message is deleted")
	}
	body := chat.EditBody{Target: id, Text: text}
	body.Mentions, _ = chat.ParseMentions(text, w.resolveMention)
	if body.Mentions, err = w.mention(body.Mentions, mentions); err != nil {
		return Sent{}, err
	}
	if err := body.Check(); err != nil {
		return Sent{}, err
	}
	return w.write(ctx, ch.Circle, ch.Stream, schema.KindEdit, body)
}

// Delete deletes a message: the user's own, or, for an admin, anybody's. The
// server is asked to erase its ciphertext once the deletion is stored.
func (w *Workspace) Delete(ctx context.Context, ch Channel, id schema.EventID) (Sent, error) {
	m, err := w.message(ctx, ch, id)
	if err != nil {
		return Sent{}, err
	}
	if m.Author != w.e.User() && w.Role() < schema.RoleAdmin {
		return Sent{}, schema.Errorf(schema.CodeForbidden, "only its author or an admin may delete a message")
	}
	if m.Gone() {
		return Sent{}, schema.Errorf(schema.CodeNotFound, "the message is deleted")
	}
	return w.write(ctx, ch.Circle, ch.Stream, schema.KindDelete, chat.DeleteBody{Target: id}, erasing(m.Seq))
}

// React adds an emoji to a message, Unreact takes it back.
func (w *Workspace) React(ctx context.Context, ch Channel, id schema.EventID, emoji string) (Sent, error) {
	if _, err := w.message(ctx, ch, id); err != nil {
		return Sent{}, err
	}
	body := chat.ReactBody{Target: id, Emoji: emoji}
	if err := body.Check(); err != nil {
		return Sent{}, err
	}
	return w.write(ctx, ch.Circle, ch.Stream, schema.KindReact, body)
}

// Unreact takes an emoji of the user's back.
func (w *Workspace) Unreact(ctx context.Context, ch Channel, id schema.EventID, emoji string) (Sent, error) {
	body := chat.UnreactBody{Target: id, Emoji: emoji}
	if err := body.Check(); err != nil {
		return Sent{}, err
	}
	return w.write(ctx, ch.Circle, ch.Stream, schema.KindUnreact, body)
}

// SetPinned pins a message to its channel, or takes the pin away.
func (w *Workspace) SetPinned(ctx context.Context, ch Channel, id schema.EventID, pinned bool) (Sent, error) {
	if _, err := w.message(ctx, ch, id); err != nil {
		return Sent{}, err
	}
	if pinned {
		return w.write(ctx, ch.Circle, ch.Stream, schema.KindPin, chat.PinBody{Target: id})
	}
	return w.write(ctx, ch.Circle, ch.Stream, schema.KindUnpin, chat.UnpinBody{Target: id})
}

// Messages returns the newest messages of a channel, oldest first, at most limit.
func (w *Workspace) Messages(ctx context.Context, ch Channel, limit int) ([]Message, error) {
	return w.viewed(ctx, ch, limit, noFloor, func(s *chat.State) []*chat.Message { return s.Latest(limit) })
}

// MessagesSince returns the messages from a sequence on, oldest first.
func (w *Workspace) MessagesSince(ctx context.Context, ch Channel, seq uint64, limit int) ([]Message, error) {
	return w.viewed(ctx, ch, 1, seq, func(s *chat.State) []*chat.Message { return s.Messages(seq, limit) })
}

// Pins returns the pinned messages of a channel; see [Workspace.View] to show them.
func (w *Workspace) Pins(ctx context.Context, ch Channel) (out []*chat.Message, err error) {
	err = w.withChat(ctx, ch, 1, 1, func(s *chat.State) { out = s.Pins() })
	return out, err
}

// viewed runs get on a channel's state, see withChat, and adds the doubts.
func (w *Workspace) viewed(ctx context.Context, ch Channel, want int, down uint64, get func(*chat.State) []*chat.Message) ([]Message, error) {
	var found []*chat.Message
	if err := w.withChat(ctx, ch, want, down, func(s *chat.State) { found = get(s) }); err != nil {
		return nil, err
	}
	return w.View(ctx, found)
}

// noFloor asks for no more than a number of messages.
const noFloor = ^uint64(0)

// message finds one message, loading older pages as needed.
func (w *Workspace) message(ctx context.Context, ch Channel, id schema.EventID) (*chat.Message, error) {
	var found *chat.Message
	look := func(s *chat.State) { found, _ = s.Message(id) }
	for _, down := range []uint64{noFloor, 1} {
		if err := w.withChat(ctx, ch, 50, down, look); err != nil {
			return nil, err
		}
		if found != nil {
			return found, nil
		}
	}
	return nil, schema.Errorf(schema.CodeNotFound, "message %s", id)
}
