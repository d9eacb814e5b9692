package client

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/index"
	"github.com/cenacle-team/cenacle/workspace/text"
)

// A direct message is a circle of two or more members whose index calls it one,
// with one chat stream. Who is in it is what the roster says, never what the index
// says: it is named by its members, and found by them, so that talking to the same
// people again goes on where it ended. Two devices may make one at the same time;
// everybody then goes by the one that was made first.

// directStream is the name of the stream of a direct message, which nobody is
// shown.
const directStream = "direct"

// Direct returns the direct message of the user with others, and makes one if
// there is none.
func (w *Workspace) Direct(ctx context.Context, others ...schema.UserID) (Channel, error) {
	if err := w.usable(); err != nil {
		return Channel{}, err
	}
	people, err := w.directPeople(others)
	if err != nil {
		return Channel{}, err
	}
	if ch, ok := w.findDirect(people); ok {
		return ch, nil
	}
	// Another process of this profile, or another device, may have been faster.
	unlock, err := w.e.cache.store.Lock(ctx, "direct")
	if err != nil {
		return Channel{}, err
	}
	defer unlock()
	if err := w.Sync(ctx); err != nil {
		return Channel{}, err
	}
	if ch, ok := w.findDirect(people); ok {
		return ch, nil
	}
	return w.createDirect(ctx, people)
}

// FindDirect returns the direct message of the user with others, and CodeNotFound
// if there is none.
func (w *Workspace) FindDirect(others ...schema.UserID) (Channel, error) {
	people, err := w.directPeople(others)
	if err != nil {
		return Channel{}, err
	}
	if ch, ok := w.findDirect(people); ok {
		return ch, nil
	}
	return Channel{}, schema.Errorf(schema.CodeNotFound, "there is no direct message with them")
}

// directPeople is the user and the others, ascending, each once.
func (w *Workspace) directPeople(others []schema.UserID) ([]schema.UserID, error) {
	rs := w.members()
	people := append(slices.Clone(others), w.e.User())
	slices.SortFunc(people, compareIDs)
	people = slices.Compact(people)
	if len(people) < 2 {
		return nil, schema.Errorf(schema.CodeBadRequest, "a direct message is with somebody else")
	}
	for _, u := range people {
		if m, ok := rs.Member(u); !ok || m.Pending {
			return nil, schema.Errorf(schema.CodeNotFound, "user %s is not a member", u)
		}
	}
	return people, nil
}

// findDirect finds the oldest direct message of exactly these people. One that an
// open invite leads to is not theirs alone.
func (w *Workspace) findDirect(people []schema.UserID) (found Channel, ok bool) {
	invited := map[schema.CircleID]bool{}
	for _, inv := range w.Invites() {
		for _, id := range inv.Circles {
			invited[id] = invited[id] || inv.Open
		}
	}
	var made uint64
	for _, ch := range w.Channels() {
		if !ch.Direct || ch.Archived || invited[ch.Circle] || !slices.Equal(w.ChannelMembers(ch), people) {
			continue
		}
		info, known := w.members().Circle(ch.Circle)
		if !known || info.Epoch == 0 {
			continue
		}
		at := info.Epochs[0].Seq
		if !ok || at < made || at == made && bytes.Compare(ch.Stream[:], found.Stream[:]) < 0 {
			found, made, ok = ch, at, true
		}
	}
	return found, ok
}

func (w *Workspace) createDirect(ctx context.Context, people []schema.UserID) (Channel, error) {
	if w.Role() < schema.RoleMember {
		return Channel{}, schema.Errorf(schema.CodeForbidden, "a guest answers in direct messages and does not begin them")
	}
	circle, err := w.createCircle(ctx, people)
	if err != nil {
		return Channel{}, err
	}
	if err := w.describeCircle(ctx, circle, index.CircleMetaBody{Kind: index.CircleDirect}); err != nil {
		return Channel{}, err
	}
	ch := Channel{Stream: schema.NewStreamID(), Circle: circle, Private: true, Direct: true}
	_, err = w.write(ctx, circle, schema.IndexStream(w.id, circle), schema.KindStreamCreate, index.StreamCreateBody{
		Stream: ch.Stream, Kind: schema.StreamChat, Name: directStream,
	})
	w.mu.RLock()
	defer w.mu.RUnlock()
	ch.Name = w.directName(circle)
	return ch, err
}

// isDirect reports whether a circle is a direct message. It is called with mu held.
func (c *circle) isDirect() bool {
	meta, ok := c.index.CircleMeta()
	return ok && meta.Kind == index.CircleDirect
}

// directName names a direct message by the others who are in it now, or, when they
// have all left, by those who were. It is called with mu held.
func (w *Workspace) directName(id schema.CircleID) string {
	info, _ := w.roster.Circle(id)
	var names []string
	for _, u := range info.Members {
		if u != w.e.User() {
			names = append(names, cmp.Or(text.Display(w.nameOf(u)), u.String()))
		}
	}
	if c := w.circles[id]; len(names) == 0 && c != nil {
		for _, p := range c.index.Profiles() {
			if p.User != w.e.User() {
				names = append(names, text.Display(p.Name))
			}
		}
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
