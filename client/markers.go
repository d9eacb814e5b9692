package client

import (
	"context"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
	"github.com/cenacle-team/cenacle/workspace/personal"
)

// MarkRead records, on all devices of the user, that a channel was read up to a
// sequence.
func (w *Workspace) MarkRead(ctx context.Context, ch Channel, seq uint64) error {
	if seq == 0 || seq <= w.readMarker(ch) {
		return nil
	}
	return w.e.writePersonal(ctx, schema.KindReadMarker, personal.ReadMarkerBody{Workspace: w.id, Stream: ch.Stream, Seq: seq})
}

func (w *Workspace) readMarker(ch Channel) (seq uint64) {
	w.e.withPersonal(func(s *personal.State) { seq = s.ReadMarker(personal.Place{Workspace: w.id, Stream: ch.Stream}) })
	return seq
}

// Unread counts what the user has not read in a channel.
func (w *Workspace) Unread(ctx context.Context, ch Channel) (counts chat.Counts, err error) {
	marker := w.readMarker(ch)
	err = w.withChat(ctx, ch, 1, marker+1, func(s *chat.State) { counts = s.Counts(w.e.User(), marker) })
	return counts, err
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
		if d, ok := s.Draft(at); ok {
			text = d.Text
		}
	})
	return text
}
