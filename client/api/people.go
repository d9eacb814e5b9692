package api

import (
	"context"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

func peopleMethods() []Method {
	return []Method{
		method("people.list", (*API).people),
		method("people.beginVerification", (*API).beginVerification),
		method("people.confirmVerification", (*API).confirmVerification),
		method("people.setRole", (*API).setRole),
		method("people.remove", (*API).removePerson),
		method("people.approve", (*API).approve),
		method("people.admit", (*API).admit),
		method("people.presence", (*API).sendPresence),
	}
}

// Person is a member of a workspace as the user may see one.
type Person struct {
	User        schema.UserID      `json:"user"`
	Name        string             `json:"name"` // "" when no circle in common tells it
	Role        Role               `json:"role"`
	Fingerprint schema.Fingerprint `json:"fingerprint"`
	Verified    bool               `json:"verified"`
	// KeyChanged tells that this is not the key by which the user knows this person:
	// nothing is encrypted to it.
	KeyChanged bool `json:"keyChanged"`
	// LooksLike tells that the name is easily taken for somebody else's.
	LooksLike bool `json:"looksLike"`
	Pending   bool `json:"pending"` // waits for an admin's approval
	Self      bool `json:"self"`
	// Lookalikes are some of those whose names it is easily taken for.
	Lookalikes []schema.UserID `json:"lookalikes"`
	// FirstSeen is when a device of the user first saw the key, VerifiedAt when the
	// user compared it; 0 for never.
	FirstSeen  int64 `json:"firstSeen"`
	VerifiedAt int64 `json:"verifiedAt"`
	Devices    int   `json:"devices"` // without those that were revoked
	// Presence is the last that is known. It is forgotten when it was not told again
	// for ten minutes: pages tell theirs at least every five.
	Presence Presence `json:"presence"`
}

// PersonList is the members of a workspace; a guest sees only those who share a
// circle.
type PersonList struct {
	People []Person `json:"people"`
}

func (a *API) people(_ context.Context, p WorkspaceRef) (PersonList, error) {
	out := PersonList{People: []Person{}}
	e, err := a.engine()
	if err != nil {
		return out, err
	}
	w, err := e.Workspace(p.Workspace)
	if err != nil {
		return out, err
	}
	for _, one := range w.People() {
		out.People = append(out.People, personOf(e, one))
	}
	return out, nil
}

func personOf(e *client.Engine, p client.Person) Person {
	return Person{
		User: p.User, Name: p.Name, Role: roleOf(p.Role), Fingerprint: p.Fingerprint, Verified: p.Verified,
		KeyChanged: p.KeyChanged, LooksLike: p.LooksLike, Pending: p.Pending, Self: p.User == e.User(),
		Lookalikes: list(p.Lookalikes), FirstSeen: p.FirstSeen, VerifiedAt: p.VerifiedAt, Devices: p.Devices,
		Presence: presenceOf(p.Presence),
	}
}

// Verification is what two people compare to make sure of each other's keys.
type Verification struct {
	User        schema.UserID      `json:"user"`
	Fingerprint schema.Fingerprint `json:"fingerprint"`
	Number      string             `json:"number"` // the safety number: 60 digits, the same on both sides
}

func (a *API) beginVerification(_ context.Context, p UserRef) (Verification, error) {
	w, err := a.workspace(p.Workspace)
	if err != nil {
		return Verification{}, err
	}
	v, err := w.BeginVerification(p.User)
	return Verification{User: v.User, Fingerprint: v.Fingerprint, Number: v.Number}, err
}

// confirmVerification records that the user compared exactly what was shown.
func (a *API) confirmVerification(ctx context.Context, p Verification) (Empty, error) {
	e, err := a.engine()
	if err == nil {
		err = e.ConfirmVerification(ctx, client.Verification{User: p.User, Fingerprint: p.Fingerprint, Number: p.Number})
	}
	a.changes.tell(Change{Kind: ChangePeople}, Change{Kind: ChangeSecurity})
	return Empty{}, err
}

// SetRoleParams give a member another role.
type SetRoleParams struct {
	UserRef
	Role Role `json:"role"`
}

func (a *API) setRole(ctx context.Context, p SetRoleParams) (Empty, error) {
	w, err := a.workspace(p.Workspace)
	if err != nil {
		return Empty{}, err
	}
	role, err := schema.ParseRole(string(p.Role))
	if err == nil {
		err = w.SetRole(ctx, p.User, role)
	}
	return a.peopleChanged(p.Workspace, err)
}

func (a *API) removePerson(ctx context.Context, p UserRef) (Empty, error) {
	w, err := a.workspace(p.Workspace)
	if err == nil {
		err = w.Remove(ctx, p.User)
	}
	return a.peopleChanged(p.Workspace, err)
}

// ApproveParams admit somebody who joined by an invite that asks for approval.
type ApproveParams struct {
	UserRef
	Role Role `json:"role"`
	// Channels, for a guest: the private channels to admit to.
	Channels []schema.StreamID `json:"channels"`
}

func (a *API) approve(ctx context.Context, p ApproveParams) (Empty, error) {
	w, err := a.workspace(p.Workspace)
	if err != nil {
		return Empty{}, err
	}
	role, err := schema.ParseRole(string(p.Role))
	if err != nil {
		return Empty{}, err
	}
	circles, err := circlesOf(w, p.Channels)
	if err == nil {
		err = w.Approve(ctx, p.User, role, circles)
	}
	return a.peopleChanged(p.Workspace, err)
}

// AdmitParams put somebody who has an account on the server into a workspace,
// which is an offer until that person accepts it.
type AdmitParams struct {
	Workspace schema.WorkspaceID `json:"workspace"`
	Handle    string             `json:"handle"` // an email address
	Role      Role               `json:"role"`
	// Channels are private channels to admit to; a guest needs at least one.
	Channels []schema.StreamID `json:"channels"`
}

// admit goes by the server's directory: the key is a first contact.
func (a *API) admit(ctx context.Context, p AdmitParams) (UserRef, error) {
	w, err := a.workspace(p.Workspace)
	if err != nil {
		return UserRef{}, err
	}
	role, err := schema.ParseRole(string(p.Role))
	if err != nil {
		return UserRef{}, err
	}
	circles, err := circlesOf(w, p.Channels)
	if err != nil {
		return UserRef{}, err
	}
	user, err := w.Admit(ctx, p.Handle, role, circles)
	_, err = a.peopleChanged(p.Workspace, err)
	return UserRef{Workspace: p.Workspace, User: user}, err
}

// circlesOf are the circles of channels.
func circlesOf(w *client.Workspace, channels []schema.StreamID) ([]schema.CircleID, error) {
	var out []schema.CircleID
	for _, id := range channels {
		ch, err := w.FindChannel(id.String())
		if err != nil {
			return nil, err
		}
		out = append(out, ch.Circle)
	}
	return out, nil
}

func (a *API) peopleChanged(w schema.WorkspaceID, err error) (Empty, error) {
	a.changes.tell(Change{Kind: ChangePeople, Workspace: &w}, Change{Kind: ChangeChannels, Workspace: &w})
	return Empty{}, err
}

// PresenceParams tell how reachable the user is.
type PresenceParams struct {
	Presence Presence `json:"presence"`
}

// sendPresence tells it in every workspace. It is lost without a live connection.
func (a *API) sendPresence(ctx context.Context, p PresenceParams) (Empty, error) {
	e, err := a.engine()
	if err != nil {
		return Empty{}, err
	}
	for _, known := range []client.Presence{client.PresenceOnline, client.PresenceAway, client.PresenceBusy, client.PresenceGone} {
		if presenceOf(known) != p.Presence {
			continue
		}
		for _, w := range e.Workspaces() {
			// A workspace that stands still is told nothing.
			if err := w.SendPresence(ctx, known); schema.HasCode(err, schema.CodeOffline) {
				break
			}
		}
		return Empty{}, nil
	}
	return Empty{}, schema.Errorf(schema.CodeBadRequest, "there is no such presence")
}
