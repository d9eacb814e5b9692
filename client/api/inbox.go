package api

import (
	"context"

	"github.com/cenacle-team/cenacle/client"
)

func inboxMethods() []Method {
	return []Method{method("inbox.list", (*API).inbox)}
}

// InboxParams ask for what waits for the user.
type InboxParams struct {
	Limit int `json:"limit"`
}

// InboxItem is a message that nobody but the user is expected to see to.
type InboxItem struct {
	ChannelRef
	// Reason is mention or direct; a mention in a direct conversation is a mention.
	Reason  NotifyKind `json:"reason"`
	Message Message    `json:"message"`
}

// Inbox is the unread mentions and direct messages of all workspaces, newest first.
type Inbox struct {
	Items []InboxItem `json:"items"`
	More  bool        `json:"more"`
}

// maxInbox bounds one answer.
const maxInbox = 200

func (a *API) inbox(ctx context.Context, p InboxParams) (Inbox, error) {
	out := Inbox{Items: []InboxItem{}}
	e, err := a.engine()
	if err != nil {
		return out, err
	}
	limit := min(max(p.Limit, 1), maxInbox)
	items, err := e.Inbox(ctx, limit+1)
	if err != nil {
		return out, err
	}
	out.More = len(items) > limit
	for _, i := range items[:min(len(items), limit)] {
		waiting, err := a.waiting(ctx, i.Workspace, i.Channel)
		if err != nil {
			return out, err
		}
		view := InboxItem{
			ChannelRef: ChannelRef{Workspace: i.Workspace.ID(), Channel: i.Channel.Stream},
			Reason:     NotifyDirect, Message: waiting.changed([]client.Message{i.Message})[0],
		}
		if i.Mention {
			view.Reason = NotifyMention
		}
		out.Items = append(out.Items, view)
	}
	return out, nil
}
