package client

import (
	"context"
	"math"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
)

// Window is a part of a channel as its timeline shows it: without the replies in
// threads, oldest first.
type Window struct {
	Messages []*chat.Message
	// Threads sums up the threads under the messages, by root.
	Threads map[schema.EventID]chat.Thread
	// AtStart and AtEnd tell that nothing comes before, or after.
	AtStart, AtEnd bool
	// Head is the sequence of the newest event of the channel.
	Head uint64
}

// MaxWindow bounds what one window shows before and after its place.
const MaxWindow = 500

// WindowAt returns up to before messages below a sequence and up to after from it
// on. math.MaxUint64 stands for the end of the channel.
func (w *Workspace) WindowAt(ctx context.Context, ch Channel, seq uint64, before, after int) (Window, error) {
	before, after = min(max(before, 0), MaxWindow), min(max(after, 0), MaxWindow)
	var out Window
	down := seq
	for {
		done := false
		err := w.withChat(ctx, ch, before, down, func(s *chat.State) {
			out, done = windowOf(s, seq, before, after)
			down = s.Floor() - min(s.Floor(), windowStep)
		})
		if err != nil || done {
			return out, err
		}
	}
}

// windowOf cuts a window out of what is loaded; it is not done while older
// messages are missing that are not loaded yet.
func windowOf(s *chat.State, seq uint64, before, after int) (out Window, done bool) {
	out = Window{Head: s.Head(), Threads: map[schema.EventID]chat.Thread{}}
	older := timeline(s.Before(seq, math.MaxInt))
	if len(older) < before && s.Floor() > 1 {
		return out, false
	}
	newer := timeline(s.Messages(seq, math.MaxInt))
	out.AtStart, out.AtEnd = s.Floor() <= 1 && len(older) <= before, len(newer) <= after
	out.Messages = slices.Concat(older[len(older)-min(before, len(older)):], newer[:min(after, len(newer))])
	for _, m := range out.Messages {
		if t, ok := s.Thread(m.ID); ok {
			out.Threads[m.ID] = t
		}
	}
	return out, true
}

// timeline leaves out the replies in threads, and threads' deleted replies.
func timeline(all []*chat.Message) []*chat.Message {
	return slices.DeleteFunc(all, func(m *chat.Message) bool { return m.Thread != nil })
}

// Locate returns the message with an id, loading older pages as needed.
func (w *Workspace) Locate(ctx context.Context, ch Channel, id schema.EventID) (*chat.Message, error) {
	return w.message(ctx, ch, id)
}

// Thread returns the replies under a message, oldest first, and the message.
func (w *Workspace) Thread(ctx context.Context, ch Channel, root schema.EventID) (first *chat.Message, replies []*chat.Message, err error) {
	if first, err = w.message(ctx, ch, root); err != nil {
		return nil, nil, err
	}
	err = w.withChat(ctx, ch, 1, first.Seq, func(s *chat.State) { replies = s.Replies(root, 0, math.MaxInt) })
	return first, replies, err
}

// Pending is a change to a channel that waits for the server.
type Pending struct {
	ID   schema.EventID
	Kind schema.EventKind
	At   int64 // the user's clock, Unix milliseconds
	// Body is the change as it was written, of Kind.
	Body []byte
}

// Pending lists what the user wrote to a channel and the server has not
// acknowledged, oldest first.
func (w *Workspace) Pending(ctx context.Context, ch Channel) ([]Pending, error) {
	items, err := w.e.outbox(ctx)
	if err != nil {
		return nil, err
	}
	var out []Pending
	for _, i := range items {
		if i.Workspace == w.id && i.Stream == ch.Stream {
			out = append(out, Pending{ID: i.ID, Kind: i.Kind, At: i.At, Body: i.Body})
		}
	}
	return out, nil
}

// ReadUp is the sequence up to which the user has read a channel, on any device.
func (w *Workspace) ReadUp(ch Channel) uint64 { return w.readMarker(ch) }

// ChannelMembers are the members who read and write in a channel, ascending by
// id.
func (w *Workspace) ChannelMembers(ch Channel) []schema.UserID {
	w.mu.RLock()
	defer w.mu.RUnlock()
	info, ok := w.roster.Circle(ch.Circle)
	if !ok {
		return nil
	}
	return slices.Clone(info.Members)
}
