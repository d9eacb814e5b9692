package api

import (
	"context"
	"errors"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
)

func channelMethods() []Method {
	return []Method{
		method("channels.list", (*API).channels),
		method("channels.create", (*API).createChannel),
		method("channels.direct", (*API).direct),
		method("channels.update", (*API).updateChannel),
		method("channels.archive", (*API).archiveChannel),
		method("channels.unarchive", (*API).unarchiveChannel),
		method("channels.addMember", (*API).addChannelMember),
		method("channels.removeMember", (*API).removeChannelMember),
	}
}

// ChannelKind is what a channel is to people. Append-only.
type ChannelKind string

const (
	ChannelOpen    ChannelKind = "open"    // for everybody but guests
	ChannelPrivate ChannelKind = "private" // for some
	ChannelDirect  ChannelKind = "direct"  // a direct conversation
)

// Channel is one channel as the user sees it.
type Channel struct {
	ID       schema.StreamID `json:"id"`
	Kind     ChannelKind     `json:"kind"`
	Name     string          `json:"name"` // of a direct conversation, the names of its other members
	Topic    string          `json:"topic"`
	Archived bool            `json:"archived"`
	// Members are who reads and writes here, the user included.
	Members  []schema.UserID `json:"members"`
	Unread   int             `json:"unread"`
	Mentions int             `json:"mentions"`
	Draft    bool            `json:"draft"`   // a text waits to be finished
	Last     int64           `json:"last"`    // time of the newest message, 0 for none
	Waiting  int             `json:"waiting"` // changes that the server has not acknowledged
	// Stopped tells that the server was caught and the channel stands still.
	Stopped bool `json:"stopped"`
	// MayChange tells that the user may rename and archive it.
	MayChange bool `json:"mayChange"`
}

// ChannelList is the channels of a workspace, by name, archived last.
type ChannelList struct {
	Channels []Channel `json:"channels"`
}

func (a *API) channels(ctx context.Context, p WorkspaceRef) (ChannelList, error) {
	out := ChannelList{Channels: []Channel{}}
	w, err := a.workspace(p.Workspace)
	if err != nil {
		return out, err
	}
	for _, ch := range w.Channels() {
		view, err := channelOf(ctx, w, ch)
		if err != nil {
			return out, err
		}
		out.Channels = append(out.Channels, view)
	}
	return out, nil
}

func channelOf(ctx context.Context, w *client.Workspace, ch client.Channel) (Channel, error) {
	out := Channel{ID: ch.Stream, Kind: ChannelOpen, Name: ch.Name, Topic: ch.Topic, Archived: ch.Archived, Members: list(w.ChannelMembers(ch)), Draft: w.Draft(ch, nil) != "", MayChange: w.MayChange(ch)}
	switch {
	case ch.Direct:
		out.Kind = ChannelDirect
	case ch.Private:
		out.Kind = ChannelPrivate
	}
	counts, err := unread(ctx, w, ch)
	if errors.Is(err, client.ErrServerMisbehaved) {
		out.Stopped = true
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Unread, out.Mentions = counts.Unread, counts.Mentions
	newest, err := w.Messages(ctx, ch, 1)
	if len(newest) > 0 {
		out.Last = newest[0].Arrived
	}
	if err != nil {
		return out, err
	}
	waiting, err := w.Pending(ctx, ch)
	out.Waiting = len(waiting)
	return out, err
}

// unread counts what the user has not read; nothing where the server was caught.
func unread(ctx context.Context, w *client.Workspace, ch client.Channel) (chat.Counts, error) {
	counts, err := w.Unread(ctx, ch)
	if errors.Is(err, client.ErrServerMisbehaved) {
		return chat.Counts{}, nil
	}
	return counts, err
}

// CreateChannelParams say what a new channel is.
type CreateChannelParams struct {
	Workspace schema.WorkspaceID `json:"workspace"`
	Name      string             `json:"name"`
	Topic     string             `json:"topic"`
	Private   bool               `json:"private"`
	// Members, of a private channel, beside the user.
	Members []schema.UserID `json:"members"`
}

func (a *API) createChannel(ctx context.Context, p CreateChannelParams) (ChannelRef, error) {
	w, err := a.workspace(p.Workspace)
	if err != nil {
		return ChannelRef{}, err
	}
	ch, err := w.CreateChannel(ctx, p.Name, client.ChannelOptions{Topic: p.Topic, Private: p.Private, Members: p.Members})
	a.changes.tell(Change{Kind: ChangeChannels, Workspace: &p.Workspace})
	return ChannelRef{Workspace: p.Workspace, Channel: ch.Stream}, err
}

// DirectParams name the others of a direct conversation.
type DirectParams struct {
	Workspace schema.WorkspaceID `json:"workspace"`
	Users     []schema.UserID    `json:"users"`
}

// direct finds the direct conversation of the user with others, or makes it.
func (a *API) direct(ctx context.Context, p DirectParams) (ChannelRef, error) {
	w, err := a.workspace(p.Workspace)
	if err != nil {
		return ChannelRef{}, err
	}
	ch, err := w.Direct(ctx, p.Users...)
	a.changes.tell(Change{Kind: ChangeChannels, Workspace: &p.Workspace})
	return ChannelRef{Workspace: p.Workspace, Channel: ch.Stream}, err
}

// UpdateChannelParams change what is not null.
type UpdateChannelParams struct {
	ChannelRef
	Name  *string `json:"name"`
	Topic *string `json:"topic"` // "" removes it
}

func (a *API) updateChannel(ctx context.Context, p UpdateChannelParams) (Empty, error) {
	w, ch, err := a.channel(p.ChannelRef)
	if err == nil {
		err = w.UpdateChannel(ctx, ch, client.ChannelUpdate{Name: p.Name, Topic: p.Topic})
	}
	a.changes.tell(Change{Kind: ChangeChannels, Workspace: &p.Workspace})
	return Empty{}, err
}

func (a *API) archiveChannel(ctx context.Context, p ChannelRef) (Empty, error) {
	return a.setArchived(ctx, p, true)
}

func (a *API) unarchiveChannel(ctx context.Context, p ChannelRef) (Empty, error) {
	return a.setArchived(ctx, p, false)
}

func (a *API) setArchived(ctx context.Context, p ChannelRef, archived bool) (Empty, error) {
	w, ch, err := a.channel(p)
	if err == nil {
		err = w.ArchiveChannel(ctx, ch, archived)
	}
	a.changes.tell(Change{Kind: ChangeChannels, Workspace: &p.Workspace})
	return Empty{}, err
}

// ChannelMemberParams name a person and a private channel.
type ChannelMemberParams struct {
	ChannelRef
	User schema.UserID `json:"user"`
	// WithoutHistory starts new keys, so that the newcomer reads what comes and not
	// what was.
	WithoutHistory bool `json:"withoutHistory"`
}

func (a *API) addChannelMember(ctx context.Context, p ChannelMemberParams) (Empty, error) {
	w, ch, err := a.channel(p.ChannelRef)
	if err == nil {
		err = w.AddToChannel(ctx, ch, p.User, p.WithoutHistory)
	}
	a.changes.tell(Change{Kind: ChangeChannels, Workspace: &p.Workspace})
	return Empty{}, err
}

// LeaveChannelParams name a person who is to leave a private channel, perhaps the
// user.
type LeaveChannelParams struct {
	ChannelRef
	User schema.UserID `json:"user"`
}

func (a *API) removeChannelMember(ctx context.Context, p LeaveChannelParams) (Empty, error) {
	w, ch, err := a.channel(p.ChannelRef)
	if err == nil {
		err = w.RemoveFromChannel(ctx, ch, p.User)
	}
	a.changes.tell(Change{Kind: ChangeChannels, Workspace: &p.Workspace})
	return Empty{}, err
}
