package api

import (
	"context"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// watch turns the engine's changes into those of the pages until ctx ends.
func (a *API) watch(ctx context.Context, e *client.Engine) {
	l := e.Listen()
	defer l.Close()
	for {
		changes, err := l.Next(ctx)
		if err != nil {
			return
		}
		for _, c := range changes {
			a.changes.tell(a.translate(ctx, e, c)...)
		}
	}
}

func (a *API) translate(ctx context.Context, e *client.Engine, c client.Change) []Change {
	w, err := e.Workspace(c.Workspace)
	switch {
	case c.Lost:
		return []Change{{Kind: ChangeAll}}
	case c.Misbehaviour != nil:
		return []Change{{Kind: ChangeSecurity}, {Kind: ChangeWorkspaces}, {Kind: ChangeChannels, Workspace: &c.Workspace}}
	case c.Finding != nil:
		return []Change{{Kind: ChangeSecurity}}
	case c == client.Change{}:
		return []Change{{Kind: ChangeSession}}
	case err != nil:
		return []Change{{Kind: ChangeWorkspaces}}
	case c.Signal != nil:
		return signalChange(c)
	case c.Roster:
		return []Change{{Kind: ChangeWorkspaces}, {Kind: ChangePeople, Workspace: &c.Workspace}, {Kind: ChangeChannels, Workspace: &c.Workspace}, {Kind: ChangeSecurity}}
	case c.Stream.IsZero():
		return []Change{{Kind: ChangeSession}, {Kind: ChangeWorkspaces}}
	case w.Personal():
		// Read markers, drafts, pins of keys and settings of the user's other devices.
		return []Change{{Kind: ChangeSettings}, {Kind: ChangeWorkspaces}, {Kind: ChangeChannels}, {Kind: ChangeSecurity}}
	}
	ch, err := w.FindChannel(c.Stream.String())
	if err != nil { // an index: names, channels, profiles
		return []Change{{Kind: ChangeWorkspaces}, {Kind: ChangeChannels, Workspace: &c.Workspace}, {Kind: ChangePeople, Workspace: &c.Workspace}}
	}
	return []Change{
		{Kind: ChangeMessages, Workspace: &c.Workspace, Channel: &c.Stream, Notify: notifyOf(ctx, e, w, ch, c)},
		{Kind: ChangeChannels, Workspace: &c.Workspace},
	}
}

// maxNotify bounds how many new messages are looked at: who missed more is told
// by the counts.
const maxNotify = 20

// notifyOf tells whether new messages are such that the user wants to be told.
func notifyOf(ctx context.Context, e *client.Engine, w *client.Workspace, ch client.Channel, c client.Change) NotifyKind {
	messages, err := w.MessagesSince(ctx, ch, c.From, maxNotify)
	if err != nil {
		return NotifyNothing
	}
	out := NotifyNothing
	for _, m := range messages {
		switch {
		case m.Author == e.User() || m.Gone() || m.Seq > c.To || m.Seq <= w.ReadUp(ch):
		case m.MentionsUser(e.User()):
			return NotifyMention
		case ch.Direct:
			out = NotifyDirect
		case out == NotifyNothing:
			out = NotifyMessage
		}
	}
	return out
}

// signalChange says who types, or how reachable somebody is.
func signalChange(c client.Change) []Change {
	s := c.Signal
	out := Change{Workspace: &c.Workspace, User: &s.Author}
	switch s.Kind {
	case schema.KindTyping:
		var body client.TypingBody
		if schema.Unmarshal(s.Body, &body) != nil {
			return nil
		}
		out.Kind, out.Channel, out.Typing = ChangeTyping, &s.Stream, body.Typing
	case schema.KindPresence:
		var body client.PresenceBody
		if schema.Unmarshal(s.Body, &body) != nil {
			return nil
		}
		out.Kind, out.Presence = ChangePresence, presenceOf(body.Presence)
	default:
		return nil
	}
	return []Change{out}
}

// Presence is how reachable somebody is. Append-only.
type Presence string

const (
	PresenceUnknown Presence = ""
	PresenceOnline  Presence = "online"
	PresenceAway    Presence = "away"
	PresenceBusy    Presence = "busy"
	PresenceGone    Presence = "gone"
)

func presenceOf(p client.Presence) Presence {
	switch p {
	case client.PresenceOnline:
		return PresenceOnline
	case client.PresenceAway:
		return PresenceAway
	case client.PresenceBusy:
		return PresenceBusy
	case client.PresenceGone:
		return PresenceGone
	}
	return PresenceUnknown
}
