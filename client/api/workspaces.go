package api

import (
	"context"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

func workspaceMethods() []Method {
	return []Method{
		method("workspaces.list", (*API).workspaces),
		method("workspaces.refresh", (*API).refresh),
		method("workspaces.create", (*API).createWorkspace),
		method("workspaces.accept", (*API).acceptWorkspace),
		method("workspaces.decline", (*API).declineWorkspace),
		method("workspaces.rename", (*API).renameWorkspace),
		method("workspaces.leave", (*API).leaveWorkspace),
	}
}

// Workspace is one of the user's workspaces.
type Workspace struct {
	ID   schema.WorkspaceID `json:"id"`
	Name string             `json:"name"` // "" while no circle tells it
	Role Role               `json:"role"`
	// Unread counts messages, Mentions those that name the user, in all channels.
	Unread   int `json:"unread"`
	Mentions int `json:"mentions"`
	// Offered tells that somebody put the user here, who has not accepted yet;
	// Pending that the user waits for an admin's approval; Removed that the user is
	// not a member any more.
	Offered bool `json:"offered"`
	Pending bool `json:"pending"`
	Removed bool `json:"removed"`
	// Stopped tells that the server was caught and the workspace stands still.
	Stopped bool `json:"stopped"`
}

// Role is a member's role; "" for somebody who is none. Append-only.
type Role string

const (
	RoleNone   Role = ""
	RoleGuest  Role = "guest"
	RoleMember Role = "member"
	RoleAdmin  Role = "admin"
	RoleOwner  Role = "owner"
)

func roleOf(r schema.Role) Role {
	if !r.Valid() {
		return RoleNone
	}
	return Role(r.String())
}

// WorkspaceList is the user's workspaces: those that the user is in, then those
// that were offered.
type WorkspaceList struct {
	Workspaces []Workspace `json:"workspaces"`
}

func (a *API) workspaces(ctx context.Context, _ Empty) (WorkspaceList, error) {
	out := WorkspaceList{Workspaces: []Workspace{}}
	e, err := a.engine()
	if err != nil {
		return out, err
	}
	for _, w := range e.Workspaces() {
		view, err := a.workspaceOf(ctx, w)
		if err != nil {
			return out, err
		}
		out.Workspaces = append(out.Workspaces, view)
	}
	for _, w := range e.Offers() {
		out.Workspaces = append(out.Workspaces, Workspace{ID: w.ID(), Name: w.Name(), Role: roleOf(w.Role()), Offered: true})
	}
	return out, nil
}

func (a *API) workspaceOf(ctx context.Context, w *client.Workspace) (Workspace, error) {
	out := Workspace{ID: w.ID(), Name: w.Name(), Role: roleOf(w.Role()), Removed: w.Removed()}
	out.Pending = out.Role == RoleNone && !out.Removed
	for _, m := range w.Misbehaviours() {
		out.Stopped = out.Stopped || m.Stream.IsZero()
	}
	if out.Stopped {
		return out, nil
	}
	for _, ch := range w.Channels() {
		if ch.Archived {
			continue
		}
		counts, err := unread(ctx, w, ch)
		if err != nil {
			return out, err
		}
		out.Unread += counts.Unread
		out.Mentions += counts.Mentions
	}
	return out, nil
}

// refresh catches up with the server now. What is pushed arrives by itself; an
// offer, and what another device joined, within half a minute.
func (a *API) refresh(ctx context.Context, _ Empty) (Empty, error) {
	e, err := a.engine()
	if err == nil {
		err = e.Sync(ctx)
	}
	return Empty{}, err
}

// NameParams carry a name.
type NameParams struct {
	Name string `json:"name"`
}

func (a *API) createWorkspace(ctx context.Context, p NameParams) (WorkspaceRef, error) {
	e, err := a.engine()
	if err != nil {
		return WorkspaceRef{}, err
	}
	w, err := e.CreateWorkspace(ctx, p.Name)
	if err != nil {
		return WorkspaceRef{}, err
	}
	a.changes.tell(Change{Kind: ChangeWorkspaces})
	return WorkspaceRef{Workspace: w.ID()}, nil
}

func (a *API) acceptWorkspace(ctx context.Context, p WorkspaceRef) (Empty, error) {
	e, err := a.engine()
	if err != nil {
		return Empty{}, err
	}
	w, err := e.Workspace(p.Workspace)
	if err == nil {
		err = e.Accept(ctx, w)
	}
	a.changes.tell(Change{Kind: ChangeWorkspaces})
	return Empty{}, err
}

// declineWorkspace leaves a workspace that was only offered.
func (a *API) declineWorkspace(ctx context.Context, p WorkspaceRef) (Empty, error) {
	e, err := a.engine()
	if err != nil {
		return Empty{}, err
	}
	w, err := e.Workspace(p.Workspace)
	if err == nil {
		err = e.Decline(ctx, w)
	}
	a.changes.tell(Change{Kind: ChangeWorkspaces})
	return Empty{}, err
}

// RenameParams give a workspace another name, for everybody.
type RenameParams struct {
	WorkspaceRef
	NameParams
}

func (a *API) renameWorkspace(ctx context.Context, p RenameParams) (Empty, error) {
	w, err := a.workspace(p.Workspace)
	if err == nil {
		err = w.Rename(ctx, p.Name)
	}
	a.changes.tell(Change{Kind: ChangeWorkspaces})
	return Empty{}, err
}

func (a *API) leaveWorkspace(ctx context.Context, p WorkspaceRef) (Empty, error) {
	w, err := a.workspace(p.Workspace)
	if err == nil {
		err = w.Leave(ctx)
	}
	a.changes.tell(Change{Kind: ChangeWorkspaces})
	return Empty{}, err
}
