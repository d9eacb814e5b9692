package client

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/index"
	"github.com/cenacle-team/cenacle/workspace/text"
)

// Channel is a chat stream as the index of its circle describes it.
type Channel struct {
	Stream   schema.StreamID
	Circle   schema.CircleID
	Name     string
	Topic    string
	Private  bool // a circle of its own
	Archived bool
	// Direct tells that it is a direct message, see [Workspace.Direct]; Name is then
	// made of the names of its other members.
	Direct bool
}

// ChannelOptions say what a new channel is.
type ChannelOptions struct {
	Topic string
	// Private makes a circle for the channel, of the user and Members.
	Private bool
	Members []schema.UserID
}

// replayStored hands what the local store holds of a stream to a reducer. It is
// called with mu held for writing.
func (w *Workspace) replayStored(ctx context.Context, c *circle, id schema.StreamID, r reducer) error {
	s := w.streams[id]
	if s == nil || s.cur.Seq == 0 {
		return nil
	}
	events, err := w.readRecords(ctx, s, c, 1, s.cur.Seq)
	if err == nil {
		replay(r, events)
	}
	return err
}

// Name is the workspace's name as the user's circles tell it.
func (w *Workspace) Name() string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.roster == nil {
		return ""
	}
	if c := w.circles[w.roster.Everyone()]; c != nil && c.index.WorkspaceName() != "" {
		return c.index.WorkspaceName()
	}
	for _, id := range w.roster.CirclesOf(w.e.User()) {
		// A circle that was entered a moment ago may not be there yet.
		if c := w.circles[id]; c != nil && c.index.WorkspaceName() != "" {
			return c.index.WorkspaceName()
		}
	}
	return ""
}

// Channels lists the channels that the user can read, by name, archived last.
func (w *Workspace) Channels() []Channel {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []Channel
	for _, c := range w.circles {
		for _, s := range c.index.Streams() {
			if s.Kind != schema.StreamChat {
				continue
			}
			ch := Channel{
				Stream: s.ID, Circle: c.id, Name: s.Name, Topic: s.Topic, Archived: s.Archived,
				Private: c.id != w.roster.Everyone(),
			}
			if ch.Private && c.isDirect() {
				ch.Direct, ch.Name = true, w.directName(c.id)
			}
			out = append(out, ch)
		}
	}
	slices.SortFunc(out, func(a, b Channel) int {
		if a.Archived != b.Archived {
			return boolRank(b.Archived) - boolRank(a.Archived)
		}
		if n := strings.Compare(text.Lookup(a.Name), text.Lookup(b.Name)); n != 0 {
			return n
		}
		return bytes.Compare(a.Stream[:], b.Stream[:])
	})
	return out
}

// FindChannel finds a channel by name, with or without #, or by id; a direct
// message by the names of its other members behind @. A name that several channels
// have is CodeAmbiguous.
func (w *Workspace) FindChannel(which string) (Channel, error) {
	var id schema.StreamID
	byID := id.UnmarshalText([]byte(which)) == nil
	name, direct := strings.CutPrefix(which, "@")
	want := text.Lookup(strings.TrimPrefix(name, "#"))
	var found []Channel
	for _, ch := range w.Channels() {
		if (byID && ch.Stream == id) || (!byID && ch.Direct == direct && text.Lookup(ch.Name) == want) {
			found = append(found, ch)
		}
	}
	switch len(found) {
	case 0:
		return Channel{}, schema.Errorf(schema.CodeNotFound, "no channel is called %q", which)
	case 1:
		return found[0], nil
	}
	return Channel{}, schema.Errorf(schema.CodeAmbiguous, "%d channels are called %q", len(found), which)
}

// CreateChannel makes a channel: for everybody but guests, or, when private, in a
// circle of its own.
func (w *Workspace) CreateChannel(ctx context.Context, name string, o ChannelOptions) (Channel, error) {
	name, err := text.CleanName(strings.TrimPrefix(name, "#"))
	if err != nil {
		return Channel{}, err
	}
	ch := Channel{Stream: schema.NewStreamID(), Circle: w.members().Everyone(), Name: name, Topic: o.Topic, Private: o.Private}
	if o.Private {
		if ch.Circle, err = w.createCircle(ctx, o.Members); err != nil {
			return Channel{}, err
		}
	}
	indexStream := schema.IndexStream(w.id, ch.Circle)
	if o.Private {
		if err := w.describeCircle(ctx, ch.Circle, index.CircleMetaBody{Kind: index.CircleChannel, Name: name}); err != nil {
			return Channel{}, err
		}
	}
	_, err = w.write(ctx, ch.Circle, indexStream, schema.KindStreamCreate, index.StreamCreateBody{
		Stream: ch.Stream, Kind: schema.StreamChat, Name: name, Topic: o.Topic,
	})
	return ch, err
}

func (w *Workspace) createCircle(ctx context.Context, members []schema.UserID) (schema.CircleID, error) {
	unlock, err := w.lock(ctx)
	if err != nil {
		return schema.CircleID{}, err
	}
	defer unlock()
	id := schema.NewCircleID()
	members = slices.DeleteFunc(slices.Clone(members), func(u schema.UserID) bool { return u == w.e.User() })
	slices.SortFunc(members, compareIDs)
	members = slices.Compact(members)
	return id, w.change(ctx, func(c *change) error {
		if err := c.add(schema.RosterCircle, schema.CircleBody{Circle: id, Members: members}); err != nil {
			return err
		}
		return c.settle()
	})
}

// describeCircle writes into a new circle's index what its members need to know,
// guests among them: the workspace's name, what the circle is, and who we are.
func (w *Workspace) describeCircle(ctx context.Context, c schema.CircleID, what index.CircleMetaBody) error {
	stream := schema.IndexStream(w.id, c)
	if _, err := w.write(ctx, c, stream, schema.KindCircleMeta, what); err != nil {
		return err
	}
	if ws := w.Name(); ws != "" && w.Role() >= schema.RoleAdmin {
		if _, err := w.write(ctx, c, stream, schema.KindWorkspaceName, index.WorkspaceNameBody{Name: ws}); err != nil {
			return err
		}
	}
	return w.publishProfile(ctx, c)
}

// AddToChannel adds a member of the workspace to a private channel, who reads its
// history, unless freshKeys starts an epoch whose past the newcomer is not given.
// The channel's description, which stands in that past, is then told again.
func (w *Workspace) AddToChannel(ctx context.Context, ch Channel, user schema.UserID, freshKeys bool) error {
	if err := w.admitToCircle(ctx, ch, user, freshKeys); err != nil || !freshKeys {
		return err
	}
	what := index.CircleMetaBody{Kind: index.CircleChannel, Name: ch.Name}
	if ch.Direct {
		what = index.CircleMetaBody{Kind: index.CircleDirect}
	}
	if err := w.describeCircle(ctx, ch.Circle, what); err != nil {
		return err
	}
	for _, other := range w.Channels() {
		if other.Circle != ch.Circle || other.Archived {
			continue
		}
		body := index.StreamCreateBody{Stream: other.Stream, Kind: schema.StreamChat, Name: other.Name, Topic: other.Topic}
		if other.Direct {
			body.Name = directStream
		}
		if _, err := w.write(ctx, ch.Circle, schema.IndexStream(w.id, ch.Circle), schema.KindStreamCreate, body); err != nil {
			return err
		}
	}
	return nil
}

func (w *Workspace) admitToCircle(ctx context.Context, ch Channel, user schema.UserID, freshKeys bool) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := w.renewIfStale(ctx, ch.Circle); err != nil {
		return err
	}
	return w.change(ctx, func(c *change) error {
		m, ok := c.next.Member(user)
		if !ok {
			return schema.Errorf(schema.CodeNotFound, "user %s is not a member", user)
		}
		if err := w.e.mayEncryptTo(c.next, user); err != nil {
			return err
		}
		if freshKeys {
			if _, err := c.takeCuts(ctx, []schema.CircleID{ch.Circle}); err != nil {
				return err
			}
			if err := c.epoch(ch.Circle, false); err != nil {
				return err
			}
		}
		keys, err := c.keys([]schema.CircleID{ch.Circle}, m.Certificate.Encryption())
		if err != nil {
			return err
		}
		return c.add(schema.RosterCircleAdmit, schema.CircleAdmitBody{User: user, Key: keys[0]})
	})
}

// RemoveFromChannel removes a member, perhaps oneself, from a private channel.
func (w *Workspace) RemoveFromChannel(ctx context.Context, ch Channel, user schema.UserID) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return w.change(ctx, func(c *change) error {
		cuts, err := c.takeCuts(ctx, []schema.CircleID{ch.Circle})
		if err != nil {
			return err
		}
		if err := c.add(schema.RosterCircleRemove, schema.CircleRemoveBody{User: user, Cut: cuts[0]}); err != nil {
			return err
		}
		return c.settle()
	})
}

// publishProfiles writes the user's profile into the indexes of circles that do
// not have it yet. It is called with op held.
func (w *Workspace) publishProfiles(ctx context.Context) error {
	if w.Personal() {
		return nil
	}
	name := w.displayName()
	if name == "" {
		return nil
	}
	for _, id := range w.roster.CirclesOf(w.e.User()) {
		unshared, err := w.unsharedUntil(ctx, id)
		if err != nil {
			return err
		}
		if p, ok := w.circles[id].index.Profile(w.e.User()); ok && p.Name == name && p.Seq > unshared {
			continue
		}
		if waiting, err := w.e.waits(ctx, w.id, schema.IndexStream(w.id, id), schema.KindProfile); err != nil || waiting {
			return err
		}
		item, err := w.profileItem(id, name)
		if err != nil {
			return err
		}
		if err := w.e.enqueue(ctx, &item); err != nil {
			return err
		}
	}
	return nil
}

// unsharedUntil is the last event of a circle's index that newcomers were not
// given the keys of; 0 when they read everything.
func (w *Workspace) unsharedUntil(ctx context.Context, id schema.CircleID) (seq uint64, err error) {
	info, _ := w.roster.Circle(id)
	var last uint64
	for _, epoch := range info.Epochs {
		if epoch.Epoch > 1 && !epoch.HasPrevious {
			last = epoch.Epoch
		}
	}
	if last == 0 {
		return 0, nil
	}
	bounds, err := w.boundaries(ctx, w.circles[id], schema.IndexStream(w.id, id))
	for _, b := range bounds {
		if b.epoch == last {
			seq = b.seq
		}
	}
	return seq, err
}

// displayName is the user's name, or, on a device that was given none, the name
// that the workspace knows.
func (w *Workspace) displayName() string {
	if name := w.e.Name(); name != "" {
		return name
	}
	for _, other := range w.e.allWorkspaces() {
		if name := other.NameOf(w.e.User()); name != "" {
			return name
		}
	}
	return ""
}

func (w *Workspace) profileItem(c schema.CircleID, name string) (outboxItem, error) {
	clean, err := text.CleanName(name)
	if err != nil {
		return outboxItem{}, err
	}
	return outboxItem{
		Workspace: w.id, Circle: c, Stream: schema.IndexStream(w.id, c), ID: schema.NewEventID(), Kind: schema.KindProfile,
		Body: schema.MustMarshal(index.ProfileBody{Name: clean}), At: w.e.opt.Clock.Now().UnixMilli(),
	}, nil
}

func (w *Workspace) publishProfile(ctx context.Context, c schema.CircleID) error {
	name := w.displayName()
	if name == "" {
		return nil
	}
	item, err := w.profileItem(c, name)
	if err != nil {
		return err
	}
	if err := w.e.enqueue(ctx, &item); err != nil {
		return err
	}
	err = w.e.empty(ctx, w)
	if temporary(err) {
		err = nil
	}
	return err
}
