package api

import (
	"context"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

func inviteMethods() []Method {
	return []Method{
		method("invites.list", (*API).invites),
		method("invites.create", (*API).createInvite),
		method("invites.revoke", (*API).revokeInvite),
		method("invites.join", (*API).join),
		method("invites.preview", (*API).previewInvite),
	}
}

// Invite is an invite as its workspace's roster shows it.
type Invite struct {
	ID       schema.InviteID   `json:"id"`
	Author   schema.UserID     `json:"author"`
	Role     Role              `json:"role"`
	Circles  []schema.CircleID `json:"circles"`
	Used     uint32            `json:"used"`
	Uses     uint32            `json:"uses"`
	Expires  int64             `json:"expires"` // 0 for never
	Approval bool              `json:"approval"`
	Open     bool              `json:"open"`
}

// InviteList is the invites of a workspace, open ones first.
type InviteList struct {
	Invites []Invite `json:"invites"`
}

func (a *API) invites(_ context.Context, p WorkspaceRef) (InviteList, error) {
	out := InviteList{Invites: []Invite{}}
	w, err := a.workspace(p.Workspace)
	if err != nil {
		return out, err
	}
	for _, i := range w.Invites() {
		view := Invite{ID: i.ID, Author: i.Author, Role: roleOf(i.Role), Circles: list(i.Circles), Used: i.Used, Uses: i.Uses, Approval: i.Approval, Open: i.Open}
		if !i.Expires.IsZero() {
			view.Expires = i.Expires.UnixMilli()
		}
		out.Invites = append(out.Invites, view)
	}
	return out, nil
}

// CreateInviteParams say what an invite offers.
type CreateInviteParams struct {
	Workspace schema.WorkspaceID `json:"workspace"`
	Role      Role               `json:"role"`
	// Channels are private channels that come with it; a guest needs at least one.
	Channels  []schema.StreamID `json:"channels"`
	Uses      uint32            `json:"uses"`
	ExpiresIn int64             `json:"expiresIn"` // milliseconds, 0 for never
	Approval  bool              `json:"approval"`
}

// InviteLink is a new invite. Its URL exists nowhere else and cannot be shown
// again.
type InviteLink struct {
	ID  schema.InviteID `json:"id"`
	URL string          `json:"url"`
}

func (a *API) createInvite(ctx context.Context, p CreateInviteParams) (InviteLink, error) {
	w, err := a.workspace(p.Workspace)
	if err != nil {
		return InviteLink{}, err
	}
	role, err := schema.ParseRole(string(p.Role))
	if err != nil {
		return InviteLink{}, err
	}
	circles, err := circlesOf(w, p.Channels)
	if err != nil {
		return InviteLink{}, err
	}
	url, id, err := w.Invite(ctx, client.InviteOptions{
		Role: role, Circles: circles, Uses: p.Uses, Expires: time.Duration(p.ExpiresIn) * time.Millisecond, Approval: p.Approval,
	})
	a.changes.tell(Change{Kind: ChangePeople, Workspace: &p.Workspace})
	return InviteLink{ID: id, URL: url}, err
}

// InviteRef names an invite.
type InviteRef struct {
	Workspace schema.WorkspaceID `json:"workspace"`
	Invite    schema.InviteID    `json:"invite"`
}

func (a *API) revokeInvite(ctx context.Context, p InviteRef) (Empty, error) {
	w, err := a.workspace(p.Workspace)
	if err == nil {
		err = w.CancelInvite(ctx, p.Invite)
	}
	return a.peopleChanged(p.Workspace, err)
}

// URLParams carry an invite's URL with its fragment. It comes from the address
// bar, where it is replaced at once, and goes nowhere but here.
type URLParams struct {
	URL string `json:"url"`
}

func (a *API) join(ctx context.Context, p URLParams) (WorkspaceRef, error) {
	e, err := a.engine()
	if err != nil {
		return WorkspaceRef{}, err
	}
	w, err := e.Join(ctx, p.URL)
	if err != nil {
		return WorkspaceRef{}, err
	}
	a.changes.tell(Change{Kind: ChangeWorkspaces})
	return WorkspaceRef{Workspace: w.ID()}, nil
}

// InvitePreview is where an invite's URL leads, for the page that a stranger sees.
type InvitePreview struct {
	// Usable is false for an invite that is used up, revoked, expired or unknown:
	// nothing else is told then.
	Usable    bool                `json:"usable"`
	Workspace *schema.WorkspaceID `json:"workspace"`
	// Name is the workspace's and Inviter the inviter's, as the inviter sealed them
	// into the invite; "" in an invite without.
	Name     string `json:"name"`
	Inviter  string `json:"inviter"`
	Role     Role   `json:"role"`
	Members  int    `json:"members"`
	Expires  int64  `json:"expires"` // 0 for never
	UsesLeft uint32 `json:"usesLeft"`
	Approval bool   `json:"approval"`
	Joined   bool   `json:"joined"` // the user is a member already
}

// previewInvite needs nobody to be signed in. The roster is verified; a server that
// shows another one than the inviter meant is a failure that says so.
func (a *API) previewInvite(ctx context.Context, p URLParams) (InvitePreview, error) {
	transport, err := a.world.Transport(a.world.Origin)
	if err != nil {
		return InvitePreview{}, err
	}
	found, err := client.PreviewInvite(ctx, client.Options{Origin: a.world.Origin, Transport: transport, Clock: a.world.Clock}, p.URL)
	if schema.HasCode(err, schema.CodeInviteUnusable) {
		return InvitePreview{}, nil
	}
	if err != nil {
		return InvitePreview{}, err
	}
	out := InvitePreview{
		Usable: true, Workspace: &found.Workspace, Name: found.Name, Inviter: found.Inviter, Role: roleOf(found.Role), Members: found.Members,
		Expires: found.Expires, UsesLeft: found.UsesLeft, Approval: found.Approval,
	}
	if w, err := a.workspace(found.Workspace); err == nil {
		out.Joined = w.Role() != 0 && !w.Removed() && !w.Offered()
	}
	return out, nil
}
