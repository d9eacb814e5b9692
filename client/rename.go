package client

import (
	"context"
	"strings"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/index"
	"github.com/cenacle-team/cenacle/workspace/text"
)

// ChannelUpdate changes what is set and leaves the rest.
type ChannelUpdate struct {
	Name  *string // with or without #
	Topic *string // "" removes it
}

// UpdateChannel renames a channel or changes its topic, for everybody. Whoever made
// it may, unless a guest by now, and admins. A direct message has neither.
func (w *Workspace) UpdateChannel(ctx context.Context, ch Channel, u ChannelUpdate) error {
	if err := w.mayChange(ch); err != nil {
		return err
	}
	body := index.StreamUpdateBody{Stream: ch.Stream, Topic: u.Topic}
	if u.Name != nil {
		name, err := text.CleanName(strings.TrimPrefix(*u.Name, "#"))
		if err != nil {
			return err
		}
		body.Name = &name
	}
	if err := body.Check(); err != nil {
		return err
	}
	if u.Topic != nil {
		if err := text.CheckLabel("topic", *u.Topic, 0, schema.MaxTopic); err != nil {
			return err
		}
	}
	if _, err := w.write(ctx, ch.Circle, schema.IndexStream(w.id, ch.Circle), schema.KindStreamUpdate, body); err != nil {
		return err
	}
	if body.Name == nil || !ch.Private || !w.members().MayManage(ch.Circle, w.e.User()) {
		return nil
	}
	// A private channel's circle is called after it.
	_, err := w.write(ctx, ch.Circle, schema.IndexStream(w.id, ch.Circle), schema.KindCircleMeta,
		index.CircleMetaBody{Kind: index.CircleChannel, Name: *body.Name})
	return err
}

// ArchiveChannel archives a channel or brings it back, for everybody. Who may is
// as for [Workspace.UpdateChannel]. An archived channel stays readable.
func (w *Workspace) ArchiveChannel(ctx context.Context, ch Channel, archived bool) error {
	if err := w.mayChange(ch); err != nil || ch.Archived == archived {
		return err
	}
	_, err := w.write(ctx, ch.Circle, schema.IndexStream(w.id, ch.Circle), schema.KindStreamArchive,
		index.StreamArchiveBody{Stream: ch.Stream, Archived: archived})
	return err
}

// MayChange reports whether the user may rename or archive a channel.
func (w *Workspace) MayChange(ch Channel) bool { return w.mayChange(ch) == nil }

// mayChange refuses what every reader's index would refuse.
func (w *Workspace) mayChange(ch Channel) error {
	if ch.Direct {
		return schema.Errorf(schema.CodeBadRequest, "a direct message is named by its members")
	}
	role := w.Role()
	w.mu.RLock()
	defer w.mu.RUnlock()
	c := w.circles[ch.Circle]
	if c == nil {
		return schema.Errorf(schema.CodeNotFound, "circle %s", ch.Circle)
	}
	s, ok := c.index.Stream(ch.Stream)
	if !ok {
		return schema.Errorf(schema.CodeNotFound, "stream %s", ch.Stream)
	}
	if role < schema.RoleAdmin && (role < schema.RoleMember || s.Creator != w.e.User()) {
		return schema.Errorf(schema.CodeForbidden, "only its creator or an admin may change a channel")
	}
	return nil
}

// Rename gives the workspace another name, which an admin may do. It is told in
// each circle that the user is in, for the guests among their members.
func (w *Workspace) Rename(ctx context.Context, name string) error {
	name, err := text.CleanName(name)
	if err != nil {
		return err
	}
	if w.Role() < schema.RoleAdmin {
		return schema.Errorf(schema.CodeForbidden, "only an admin may rename a workspace")
	}
	for _, id := range w.circleIDs() {
		if _, err := w.write(ctx, id, schema.IndexStream(w.id, id), schema.KindWorkspaceName, index.WorkspaceNameBody{Name: name}); err != nil {
			return err
		}
	}
	return nil
}

// settingName is the personal setting with the name that the user chose last, on
// whichever device.
const settingName = "account.name"

// Name is the user's display name: the one that was chosen last, or the one that
// this device was given.
func (e *Engine) Name() string {
	if name, ok := e.Setting(settingName); ok && text.CheckName(string(name)) == nil {
		return string(name)
	}
	return e.Profile().Name
}

// SetName changes the display name, on all devices and in every workspace.
func (e *Engine) SetName(ctx context.Context, name string) error {
	name, err := text.CleanName(name)
	if err != nil {
		return err
	}
	if err := e.SetSetting(ctx, settingName, []byte(name)); err != nil {
		return err
	}
	for _, w := range e.Workspaces() {
		if w.usable() != nil {
			continue
		}
		if err := w.tellName(ctx); err != nil && !temporary(err) {
			return err
		}
	}
	return nil
}

// tellName writes the user's name into the workspace's indexes, or leaves it in
// the outbox.
func (w *Workspace) tellName(ctx context.Context) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	err = w.publishProfiles(ctx)
	unlock()
	if err != nil {
		return err
	}
	return w.e.empty(ctx, w)
}
