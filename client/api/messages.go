package api

import (
	"context"
	"math"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
)

func messageMethods() []Method {
	return []Method{
		method("messages.window", (*API).messageWindow),
		method("messages.around", (*API).messagesAround),
		method("messages.thread", (*API).thread),
		method("messages.pinned", (*API).pinned),
	}
}

// Message is one message as it stands.
type Message struct {
	ID     schema.EventID `json:"id"`
	Seq    uint64         `json:"seq"` // 0 while the server has not acknowledged it
	Author schema.UserID  `json:"author"`
	At     int64          `json:"at"`
	// Doubtful tells that the author's clock and the server's differ too much to
	// believe At.
	Doubtful bool `json:"doubtful"`
	// Pending tells that the message, or a change to it, waits to be sent.
	Pending   bool            `json:"pending"`
	Text      string          `json:"text"` // Markdown
	ReplyTo   *schema.EventID `json:"replyTo"`
	Thread    *schema.EventID `json:"thread"` // the root, for a reply in a thread
	Mentions  []schema.UserID `json:"mentions"`
	Everyone  bool            `json:"everyone"` // @everyone was mentioned
	Versions  []Version       `json:"versions"` // texts it had, oldest first; empty if never edited
	Reactions []Reaction      `json:"reactions"`
	Pinned    bool            `json:"pinned"`
	// DeletedBy is who deleted the message; Erased that the server lost it
	// although nobody did.
	DeletedBy *schema.UserID `json:"deletedBy"`
	Erased    bool           `json:"erased"`
	// Replies counts the replies of its thread; LastReply is the time of the
	// newest, 0 without one.
	Replies   int   `json:"replies"`
	LastReply int64 `json:"lastReply"`
	// Doubts are reasons not to take the message at face value, gravest first:
	// findings of severity doubt. There are none for most messages.
	Doubts []client.FindingCode `json:"doubts"`
}

// Version is a text that a message had.
type Version struct {
	At   int64  `json:"at"`
	Text string `json:"text"`
}

// Reaction is an emoji with those who chose it, in order.
type Reaction struct {
	Emoji string          `json:"emoji"`
	Users []schema.UserID `json:"users"`
}

// WindowParams ask for a part of a channel's timeline.
type WindowParams struct {
	ChannelRef
	// Seq is the place; 0 stands for the end.
	Seq    uint64 `json:"seq"`
	Before int    `json:"before"` // messages below Seq
	After  int    `json:"after"`  // messages from Seq on
}

// Window is a part of a channel's timeline, oldest first, without the replies in
// threads.
type Window struct {
	Messages []Message `json:"messages"`
	AtStart  bool      `json:"atStart"`
	AtEnd    bool      `json:"atEnd"`
	// Pending are the user's messages that wait for the server; they belong at the
	// end.
	Pending []Message `json:"pending"`
	Head    uint64    `json:"head"`
	ReadUp  uint64    `json:"readUp"` // the user's read marker
}

func (a *API) messageWindow(ctx context.Context, p WindowParams) (Window, error) {
	w, ch, err := a.channel(p.ChannelRef)
	if err != nil {
		return Window{}, err
	}
	return a.windowAt(ctx, w, ch, p)
}

func (a *API) windowAt(ctx context.Context, w *client.Workspace, ch client.Channel, p WindowParams) (Window, error) {
	seq := p.Seq
	if seq == 0 {
		seq = math.MaxUint64
	}
	found, err := w.WindowAt(ctx, ch, seq, p.Before, p.After)
	if err != nil {
		return Window{}, err
	}
	waiting, err := a.waiting(ctx, w, ch)
	if err != nil {
		return Window{}, err
	}
	out := Window{
		Messages: []Message{}, AtStart: found.AtStart, AtEnd: found.AtEnd, Pending: waiting.messages(nil), Head: found.Head, ReadUp: w.ReadUp(ch),
	}
	viewed, err := w.View(ctx, found.Messages)
	if err != nil {
		return Window{}, err
	}
	for _, m := range viewed {
		view := messageOf(m)
		if t, ok := found.Threads[m.ID]; ok {
			view.Replies = t.Replies
			if t.Last != nil {
				view.LastReply = t.Last.At
			}
		}
		waiting.change(&view)
		out.Messages = append(out.Messages, view)
	}
	return out, nil
}

// AroundParams ask for the timeline around one message.
type AroundParams struct {
	MessageRef
	Before int `json:"before"`
	After  int `json:"after"`
}

// messagesAround finds the place of a message: for a reply in a thread, that of
// the thread's root.
func (a *API) messagesAround(ctx context.Context, p AroundParams) (Window, error) {
	w, ch, err := a.channel(p.ChannelRef)
	if err != nil {
		return Window{}, err
	}
	m, err := w.Locate(ctx, ch, p.Message)
	if err == nil && m.Thread != nil {
		m, err = w.Locate(ctx, ch, *m.Thread)
	}
	if err != nil {
		return Window{}, err
	}
	return a.windowAt(ctx, w, ch, WindowParams{ChannelRef: p.ChannelRef, Seq: m.Seq, Before: p.Before, After: p.After})
}

// Thread is a message with its replies, oldest first.
type Thread struct {
	Root    Message   `json:"root"`
	Replies []Message `json:"replies"`
	Pending []Message `json:"pending"`
}

func (a *API) thread(ctx context.Context, p MessageRef) (Thread, error) {
	w, ch, err := a.channel(p.ChannelRef)
	if err != nil {
		return Thread{}, err
	}
	root, replies, err := w.Thread(ctx, ch, p.Message)
	if err != nil {
		return Thread{}, err
	}
	waiting, err := a.waiting(ctx, w, ch)
	if err != nil {
		return Thread{}, err
	}
	viewed, err := w.View(ctx, append([]*chat.Message{root}, replies...))
	if err != nil {
		return Thread{}, err
	}
	all := waiting.changed(viewed)
	out := Thread{Root: all[0], Replies: all[1:], Pending: waiting.messages(&p.Message)}
	out.Root.Replies = len(replies)
	return out, nil
}

// MessageList is a list of messages.
type MessageList struct {
	Messages []Message `json:"messages"`
}

func (a *API) pinned(ctx context.Context, p ChannelRef) (MessageList, error) {
	w, ch, err := a.channel(p)
	if err != nil {
		return MessageList{}, err
	}
	pins, err := w.Pins(ctx, ch)
	if err != nil {
		return MessageList{}, err
	}
	viewed, err := w.View(ctx, pins)
	if err != nil {
		return MessageList{}, err
	}
	waiting, err := a.waiting(ctx, w, ch)
	return MessageList{Messages: waiting.changed(viewed)}, err
}

func messageOf(m client.Message) Message {
	out := Message{
		ID: m.ID, Seq: m.Seq, Author: m.Author, At: m.At, Doubtful: m.Doubtful, Text: m.Text, ReplyTo: m.ReplyTo, Thread: m.Thread,
		Mentions: list(m.Mentions), Everyone: m.Everyone, Versions: []Version{}, Reactions: []Reaction{}, Pinned: m.Pin != nil,
		Erased: m.ErasedByServer, Doubts: list(m.Doubts),
	}
	if m.Deletion != nil {
		out.DeletedBy = &m.Deletion.By
	}
	for _, v := range m.Versions {
		out.Versions = append(out.Versions, Version{At: v.At, Text: v.Text})
	}
	for _, r := range m.Reactions {
		out.Reactions = append(out.Reactions, Reaction{Emoji: r.Emoji, Users: list(r.Users)})
	}
	return out
}

// list makes an empty list of none: a page never meets a missing one.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}
