package api

import (
	"context"
	"slices"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
)

// waiting is what the user has written to a channel and the server has not
// acknowledged, as a page shows it: as if it were done, and marked.
type waiting struct {
	me    schema.UserID
	items []waitingItem
}

type waitingItem struct {
	id     schema.EventID
	at     int64
	target schema.EventID // of a change; zero for a message
	kind   schema.EventKind

	message chat.MessageBody
	edit    chat.EditBody
	emoji   string // of a reaction
}

// waiting reads the outbox of a channel. What cannot be read is left out: it was
// this program that wrote it, so it is from a newer one.
func (a *API) waiting(ctx context.Context, w *client.Workspace, ch client.Channel) (waiting, error) {
	e, err := a.engine()
	if err != nil {
		return waiting{}, err
	}
	pending, err := w.Pending(ctx, ch)
	out := waiting{me: e.User()}
	for _, p := range pending {
		if i, ok := readWaiting(p); ok {
			out.items = append(out.items, i)
		}
	}
	return out, err
}

func readWaiting(p client.Pending) (waitingItem, bool) {
	i := waitingItem{id: p.ID, at: p.At, kind: p.Kind}
	var remove chat.DeleteBody
	var react chat.ReactBody
	var unreact chat.UnreactBody
	var pin chat.PinBody
	var unpin chat.UnpinBody
	var err error
	switch p.Kind {
	case schema.KindMessage:
		err = schema.Unmarshal(p.Body, &i.message)
	case schema.KindEdit:
		err = schema.Unmarshal(p.Body, &i.edit)
		i.target = i.edit.Target
	case schema.KindDelete:
		err = schema.Unmarshal(p.Body, &remove)
		i.target = remove.Target
	case schema.KindReact:
		err = schema.Unmarshal(p.Body, &react)
		i.target, i.emoji = react.Target, react.Emoji
	case schema.KindUnreact:
		err = schema.Unmarshal(p.Body, &unreact)
		i.target, i.emoji = unreact.Target, unreact.Emoji
	case schema.KindPin:
		err = schema.Unmarshal(p.Body, &pin)
		i.target = pin.Target
	case schema.KindUnpin:
		err = schema.Unmarshal(p.Body, &unpin)
		i.target = unpin.Target
	default:
		return i, false
	}
	return i, err == nil
}

// messages are the new messages of the timeline, or of the thread under a root,
// with what waits to change them.
func (w waiting) messages(root *schema.EventID) []Message {
	out := []Message{}
	for _, i := range w.items {
		if i.kind != schema.KindMessage || !equal(i.message.Thread, root) {
			continue
		}
		m := Message{
			ID: i.id, Author: w.me, At: i.at, Pending: true, Text: i.message.Text, ReplyTo: i.message.ReplyTo, Thread: i.message.Thread,
			Mentions: list(i.message.Mentions), Everyone: i.message.Everyone, Versions: []Version{}, Reactions: []Reaction{}, Doubts: []client.FindingCode{},
		}
		w.change(&m)
		out = append(out, m)
	}
	return out
}

// changed are stored messages with what waits to change them.
func (w waiting) changed(stored []client.Message) []Message {
	out := make([]Message, 0, len(stored))
	for _, m := range stored {
		view := messageOf(m)
		w.change(&view)
		out = append(out, view)
	}
	return out
}

// change applies to a message what waits to change it.
func (w waiting) change(m *Message) {
	for _, i := range w.items {
		if i.target != m.ID {
			continue
		}
		m.Pending = true
		switch i.kind {
		case schema.KindEdit:
			if len(m.Versions) == 0 {
				m.Versions = append(m.Versions, Version{At: m.At, Text: m.Text})
			}
			m.Versions = append(m.Versions, Version{At: i.at, Text: i.edit.Text})
			m.Text, m.Mentions = i.edit.Text, list(i.edit.Mentions)
		case schema.KindDelete:
			m.DeletedBy = &w.me
			m.Text, m.Versions, m.Reactions, m.Pinned = "", []Version{}, []Reaction{}, false
		case schema.KindReact:
			m.react(w.me, i.emoji)
		case schema.KindUnreact:
			m.unreact(w.me, i.emoji)
		case schema.KindPin, schema.KindUnpin:
			m.Pinned = i.kind == schema.KindPin
		}
	}
}

func (m *Message) react(user schema.UserID, emoji string) {
	at := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Emoji == emoji })
	if at < 0 {
		m.Reactions = append(m.Reactions, Reaction{Emoji: emoji, Users: []schema.UserID{user}})
	} else if r := &m.Reactions[at]; !slices.Contains(r.Users, user) {
		r.Users = append(slices.Clone(r.Users), user)
	}
}

func (m *Message) unreact(user schema.UserID, emoji string) {
	for at := range m.Reactions {
		r := &m.Reactions[at]
		if r.Emoji == emoji {
			r.Users = slices.DeleteFunc(slices.Clone(r.Users), func(u schema.UserID) bool { return u == user })
		}
	}
	m.Reactions = slices.DeleteFunc(m.Reactions, func(r Reaction) bool { return len(r.Users) == 0 })
}
