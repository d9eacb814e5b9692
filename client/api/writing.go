package api

import (
	"context"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

func writingMethods() []Method {
	return []Method{
		method("messages.post", (*API).post),
		method("messages.edit", (*API).edit),
		method("messages.delete", (*API).deleteMessage),
		method("messages.react", (*API).react),
		method("messages.pin", (*API).pin),
		method("channels.markRead", (*API).markRead),
		method("channels.draft", (*API).draft),
		method("channels.setDraft", (*API).setDraft),
		method("channels.typing", (*API).typing),
	}
}

// Sent says what became of a change. Seq is 0 while it waits in the outbox, from
// where it is sent as soon as the server can be reached.
type Sent struct {
	ID  schema.EventID `json:"id"`
	Seq uint64         `json:"seq"`
}

// PostParams are a new message.
type PostParams struct {
	ChannelRef
	Text    string          `json:"text"` // Markdown; @name mentions a member
	ReplyTo *schema.EventID `json:"replyTo"`
	Thread  *schema.EventID `json:"thread"`
	// Mentions are members to notify beside those whom the text names: whom the
	// completion of names put in, which knows them by their ids.
	Mentions []schema.UserID `json:"mentions,omitempty"`
}

func (a *API) post(ctx context.Context, p PostParams) (Sent, error) {
	return a.write(p.ChannelRef, func(w *client.Workspace, ch client.Channel) (client.Sent, error) {
		return w.Post(ctx, ch, p.Text, client.PostOptions{ReplyTo: p.ReplyTo, Thread: p.Thread, Mentions: p.Mentions})
	})
}

// EditParams are a new text of a message.
type EditParams struct {
	MessageRef
	Text string `json:"text"`
	// Mentions are as those of a new message. Who was mentioned before and is not
	// any more is left out.
	Mentions []schema.UserID `json:"mentions,omitempty"`
}

func (a *API) edit(ctx context.Context, p EditParams) (Sent, error) {
	return a.write(p.ChannelRef, func(w *client.Workspace, ch client.Channel) (client.Sent, error) {
		return w.Edit(ctx, ch, p.Message, p.Text, p.Mentions...)
	})
}

func (a *API) deleteMessage(ctx context.Context, p MessageRef) (Sent, error) {
	return a.write(p.ChannelRef, func(w *client.Workspace, ch client.Channel) (client.Sent, error) {
		return w.Delete(ctx, ch, p.Message)
	})
}

// ReactParams add an emoji to a message, or take it back.
type ReactParams struct {
	MessageRef
	Emoji string `json:"emoji"`
	On    bool   `json:"on"`
}

func (a *API) react(ctx context.Context, p ReactParams) (Sent, error) {
	return a.write(p.ChannelRef, func(w *client.Workspace, ch client.Channel) (client.Sent, error) {
		if p.On {
			return w.React(ctx, ch, p.Message, p.Emoji)
		}
		return w.Unreact(ctx, ch, p.Message, p.Emoji)
	})
}

// PinParams pin a message to its channel, or take the pin away.
type PinParams struct {
	MessageRef
	On bool `json:"on"`
}

func (a *API) pin(ctx context.Context, p PinParams) (Sent, error) {
	return a.write(p.ChannelRef, func(w *client.Workspace, ch client.Channel) (client.Sent, error) {
		return w.SetPinned(ctx, ch, p.Message, p.On)
	})
}

// write performs one change of a channel and tells the pages that it is there,
// sent or waiting.
func (a *API) write(at ChannelRef, do func(*client.Workspace, client.Channel) (client.Sent, error)) (Sent, error) {
	w, ch, err := a.channel(at)
	if err != nil {
		return Sent{}, err
	}
	sent, err := do(w, ch)
	a.changes.tell(
		Change{Kind: ChangeMessages, Workspace: &at.Workspace, Channel: &at.Channel},
		Change{Kind: ChangeSession},
	)
	return Sent{ID: sent.ID, Seq: sent.Seq}, err
}

// MarkReadParams record that a channel was read up to a sequence.
type MarkReadParams struct {
	ChannelRef
	Seq uint64 `json:"seq"`
}

func (a *API) markRead(ctx context.Context, p MarkReadParams) (Empty, error) {
	w, ch, err := a.channel(p.ChannelRef)
	if err == nil {
		err = w.MarkRead(ctx, ch, p.Seq)
	}
	a.changes.tell(Change{Kind: ChangeChannels, Workspace: &p.Workspace})
	return Empty{}, err
}

// DraftRef names the place of a draft: a channel, or a thread in it.
type DraftRef struct {
	ChannelRef
	Thread *schema.EventID `json:"thread"`
}

// Draft is a text that was not sent yet; "" for none.
type Draft struct {
	Text string `json:"text"`
}

func (a *API) draft(_ context.Context, p DraftRef) (Draft, error) {
	w, ch, err := a.channel(p.ChannelRef)
	if err != nil {
		return Draft{}, err
	}
	return Draft{Text: w.Draft(ch, p.Thread)}, nil
}

// SetDraftParams keep a text that was not sent yet, on all devices of the user.
type SetDraftParams struct {
	DraftRef
	Text string `json:"text"` // "" removes it
}

func (a *API) setDraft(ctx context.Context, p SetDraftParams) (Empty, error) {
	w, ch, err := a.channel(p.ChannelRef)
	if err == nil && w.Draft(ch, p.Thread) != p.Text {
		err = w.SetDraft(ctx, ch, p.Thread, p.Text)
		a.changes.tell(Change{Kind: ChangeChannels, Workspace: &p.Workspace})
	}
	return Empty{}, err
}

// TypingParams tell the members of a channel that the user writes, or stopped to.
type TypingParams struct {
	ChannelRef
	Typing bool `json:"typing"`
}

// typing is lost without a live connection: nobody needs it later.
func (a *API) typing(ctx context.Context, p TypingParams) (Empty, error) {
	w, ch, err := a.channel(p.ChannelRef)
	if err == nil {
		err = w.SendTyping(ctx, ch, p.Typing)
	}
	if schema.HasCode(err, schema.CodeOffline) {
		err = nil
	}
	return Empty{}, err
}
