package client

import (
	"context"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
	"github.com/cenacle-team/cenacle/workspace/personal"
)

// MarkRead records, on all devices of the user, that a channel was read up to a
// sequence. It writes nothing when that is known, and replaces a marker that
// waits to be sent: reading without the server fills no outbox. A marker that
// cannot be sent now waits, and the error is nil.
func (w *Workspace) MarkRead(ctx context.Context, ch Channel, seq uint64) error {
	if seq = min(seq, w.head(ch)); seq == 0 || seq <= w.readMarker(ch) {
		return nil
	}
	waiting, err := w.waitingMarkers(ctx, ch)
	if err != nil {
		return err
	}
	for _, m := range waiting {
		if m.seq >= seq {
			return nil
		}
		if _, err := w.e.withdraw(ctx, &m.item); err != nil {
			return err
		}
	}
	return w.e.writePersonal(ctx, schema.KindReadMarker, personal.ReadMarkerBody{Workspace: w.id, Stream: ch.Stream, Seq: seq})
}

// head is the sequence of the newest verified event of a channel.
func (w *Workspace) head(ch Channel) uint64 {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if s := w.streams[ch.Stream]; s != nil {
		return s.cur.Seq
	}
	return 0
}

func (w *Workspace) readMarker(ch Channel) (seq uint64) {
	w.e.withPersonal(func(s *personal.State) {
		seq = max(seq, s.ReadMarker(personal.Place{Workspace: w.id, Stream: ch.Stream}))
	})
	return seq
}

// waitingMarker is a read marker in the outbox.
type waitingMarker struct {
	item outboxItem
	seq  uint64
}

func (w *Workspace) waitingMarkers(ctx context.Context, ch Channel) ([]waitingMarker, error) {
	items, err := w.e.outbox(ctx)
	if err != nil {
		return nil, err
	}
	var out []waitingMarker
	for _, item := range items {
		var b personal.ReadMarkerBody
		if item.Kind != schema.KindReadMarker || schema.Unmarshal(item.Body, &b) != nil {
			continue
		}
		if b.Workspace == w.id && b.Stream == ch.Stream {
			out = append(out, waitingMarker{item, b.Seq})
		}
	}
	return out, nil
}

// MaxUnread bounds how many of the newest events of a channel are looked at to
// count what is unread.
const MaxUnread = 1000

// Unread counts what the user has not read in a channel, on any device. Counts is
// Partial where more may be unread than among the newest [MaxUnread] events.
func (w *Workspace) Unread(ctx context.Context, ch Channel) (counts chat.Counts, err error) {
	marker, down, err := w.unreadFrom(ctx, ch)
	if err != nil {
		return counts, err
	}
	err = w.withChat(ctx, ch, 1, down, func(s *chat.State) {
		counts = s.Counts(w.e.User(), max(marker, down-1))
		counts.Partial = down > marker+1
	})
	return counts, err
}

// unreadFrom is the user's read marker, one that waits to be sent included, and the
// first event above it that is looked at.
func (w *Workspace) unreadFrom(ctx context.Context, ch Channel) (marker, down uint64, err error) {
	marker = w.readMarker(ch)
	waiting, err := w.waitingMarkers(ctx, ch)
	for _, m := range waiting {
		marker = max(marker, m.seq)
	}
	down = marker + 1
	if head := w.head(ch); head > MaxUnread {
		down = max(down, head-MaxUnread+1)
	}
	return marker, down, err
}

// SetDraft keeps a text that was not sent yet on all devices; an empty one
// removes it.
func (w *Workspace) SetDraft(ctx context.Context, ch Channel, thread *schema.EventID, text string) error {
	return w.e.writePersonal(ctx, schema.KindDraft, personal.DraftBody{Workspace: w.id, Stream: ch.Stream, Thread: thread, Text: text})
}

// Draft returns the text that was not sent yet, empty if there is none.
func (w *Workspace) Draft(ch Channel, thread *schema.EventID) (text string) {
	at := personal.Spot{Place: personal.Place{Workspace: w.id, Stream: ch.Stream}}
	if thread != nil {
		at.Thread = *thread
	}
	w.e.withPersonal(func(s *personal.State) {
		if d, ok := s.Draft(at); ok && text == "" {
			text = d.Text
		}
	})
	return text
}
