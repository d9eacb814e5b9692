package client

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"

	"github.com/cenacle-team/cenacle/workspace/chat"
)

// InboxItem is a message that waits for the user: one that mentions the user, or is
// in a direct message.
type InboxItem struct {
	Workspace *Workspace
	Channel   Channel
	Message   Message
	Mention   bool
}

// Inbox lists what waits for the user in all workspaces, newest first, at most
// limit, looking no further than [Workspace.Unread] does. Where the server was
// caught nothing is listed.
func (e *Engine) Inbox(ctx context.Context, limit int) ([]InboxItem, error) {
	var out []InboxItem
	for _, w := range e.Workspaces() {
		for _, ch := range w.Channels() {
			if ch.Archived {
				continue
			}
			found, err := w.waitingFor(ctx, ch, limit)
			if errors.Is(err, ErrServerMisbehaved) {
				continue
			}
			if err != nil {
				return nil, err
			}
			out = append(out, found...)
		}
	}
	slices.SortStableFunc(out, func(a, b InboxItem) int { return cmp.Compare(b.Message.Arrived, a.Message.Arrived) })
	return out[:min(len(out), limit)], nil
}

// waitingFor lists what waits for the user in one channel, the newest of it.
func (w *Workspace) waitingFor(ctx context.Context, ch Channel, limit int) ([]InboxItem, error) {
	_, down, err := w.unreadFrom(ctx, ch)
	if err != nil || down > w.head(ch) {
		return nil, err
	}
	me := w.e.User()
	messages, err := w.viewed(ctx, ch, 1, down, func(s *chat.State) []*chat.Message {
		all := slices.DeleteFunc(s.Messages(down, math.MaxInt), func(m *chat.Message) bool {
			return m.Author == me || m.Gone() || !ch.Direct && !m.MentionsUser(me)
		})
		return all[max(0, len(all)-limit):]
	})
	out := make([]InboxItem, 0, len(messages))
	for _, m := range messages {
		out = append(out, InboxItem{Workspace: w, Channel: ch, Message: m, Mention: m.MentionsUser(me)})
	}
	return out, err
}
