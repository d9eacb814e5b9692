package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"strconv"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/limit"
	"github.com/cenacle-team/cenacle/server/store"
)

// workspacesPage is how many workspaces one answer names: as many as fit into one
// array. Others can make somebody a member of any number.
const workspacesPage = 10_000

// getWorkspaces answers the caller's workspaces, those after an id if one is given.
func (a *API) getWorkspaces(r *request) (any, error) {
	var after schema.WorkspaceID
	if text := r.URL.Query().Get("after"); text != "" && after.UnmarshalText([]byte(text)) != nil {
		return nil, schema.Errorf(schema.CodeBadRequest, "a workspace's id is expected")
	}
	list, err := a.store.WorkspacePage(r.Context(), r.session.User, after, workspacesPage)
	if err != nil {
		return nil, err
	}
	return schema.WorkspaceList{Workspaces: list}, nil
}

// number reads a decimal number without sign or leading zeros; empty is 0.
func number(s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, schema.Errorf(schema.CodeBadRequest, "a sequence number is expected")
	}
	return n, nil
}

func (a *API) getRoster(r *request) (any, error) {
	return a.rosterPage(r)
}

func (a *API) rosterPage(r *request) (any, error) {
	after, err := number(r.URL.Query().Get("after"))
	if err != nil {
		return nil, err
	}
	entries, head, err := a.store.RosterPage(r.Context(), r.workspace, after, schema.MaxPage, schema.MaxPageOctets)
	if err != nil {
		return nil, hidden(err)
	}
	return schema.RosterPage{Entries: entries, Head: head}, nil
}

// checkInvite returns nil for the holder of an open invite's URL, CodeNotFound
// when the invite is unknown or the proof is wrong, and CodeInviteUnusable when
// the proof is right and the invite no longer open.
func (a *API) checkInvite(ctx context.Context, p schema.InviteProof) error {
	invite, err := a.store.InviteByID(ctx, p.Workspace, p.Invite)
	known := err == nil
	if err != nil && !schema.HasCode(err, schema.CodeNotFound) {
		return err
	}
	proof := sha256.Sum256(p.Proof[:])
	if subtle.ConstantTimeCompare(proof[:], invite.ProofHash[:]) != 1 || !known {
		return errNotFound()
	}
	return a.usable(invite)
}

// usable checks an invite by the server's own clock.
func (a *API) usable(i store.InviteRow) error {
	if !i.Open || i.Expires != 0 && a.now().UnixMilli() >= i.Expires {
		return schema.Errorf(schema.CodeInviteUnusable, "the invite is no longer open")
	}
	return nil
}

// postInviteRoster shows the roster to the holder of an invite, who may not have an
// account yet: the proof is the right.
func (a *API) postInviteRoster(r *request) (any, error) {
	if err := tooFast(a.limits.invites, limit.AddressKey(r.address)); err != nil {
		return nil, err
	}
	var invite schema.InviteID
	if err := pathID(r, "workspace", &r.workspace); err != nil {
		return nil, err
	}
	if err := pathID(r, "invite", &invite); err != nil {
		return nil, err
	}
	p, err := decode[schema.InviteProof](r)
	if err != nil {
		return nil, err
	}
	if p.Workspace != r.workspace || p.Invite != invite {
		return nil, errNotFound()
	}
	if err := a.checkInvite(r.Context(), p); err != nil {
		return nil, err
	}
	return a.rosterPage(r)
}

// postHold stops appends to circles while a roster change is made. Members may
// hold their own circles, and not so often that nobody else gets to write; admins
// any.
func (a *API) postHold(r *request) (any, error) {
	if err := tooFast(a.limits.holds, string(r.session.User[:])); err != nil {
		return nil, err
	}
	req, err := decode[schema.HoldRequest](r)
	if err != nil {
		return nil, err
	}
	if len(req.Circles) == 0 || len(req.Circles) > schema.MaxCircles {
		return nil, schema.Errorf(schema.CodeBadRequest, "1 to %d circles are expected", schema.MaxCircles)
	}
	// The cuts of a circle that was named thousands of times would be too.
	named := make(map[schema.CircleID]bool, len(req.Circles))
	for _, c := range req.Circles {
		if named[c] {
			return nil, schema.Errorf(schema.CodeBadRequest, "a circle is named twice")
		}
		named[c] = true
	}
	limited := r.member.Role < schema.RoleAdmin
	if limited {
		if err := rateLimited(a.limits.memberHolds.Wait(perWorkspace(r))); err != nil {
			return nil, err
		}
		rows, err := a.store.CirclesOf(r.Context(), r.workspace, r.session.User)
		if err != nil {
			return nil, err
		}
		mine := make(map[schema.CircleID]bool, len(rows))
		for _, row := range rows {
			mine[row.Circle] = true
		}
		for _, c := range req.Circles {
			if !mine[c] {
				return nil, errNotFound()
			}
		}
	}
	token := make([]byte, 16)
	// It never fails: the runtime ends the program when there is no randomness.
	_, _ = rand.Read(token)
	cuts, err := a.store.PlaceHold(r.Context(), r.workspace, req.Circles, r.member.Role, token, a.now().Add(schema.HoldLife))
	if err != nil {
		return nil, hidden(err)
	}
	if limited {
		// What was refused stopped nobody, and counts for nothing.
		a.limits.memberHolds.Take(perWorkspace(r))
	}
	return schema.Hold{Token: token, Cuts: cuts}, nil
}

// getCut answers a cut to the members of its circle.
func (a *API) getCut(r *request) (any, error) {
	var hash schema.Hash
	if err := pathID(r, "hash", &hash); err != nil {
		return nil, err
	}
	cut, circle, err := a.store.Cut(r.Context(), r.workspace, hash)
	if err != nil {
		return nil, hidden(err)
	}
	if err := a.insideCircle(r, circle); err != nil {
		return nil, err
	}
	return cut, nil
}

func (a *API) getHeads(r *request) (any, error) {
	heads, err := a.store.Heads(r.Context(), r.workspace, r.session.User)
	if err != nil {
		return nil, hidden(err)
	}
	return heads, nil
}

// insideCircle answers CodeNotFound to whoever is not in the circle.
func (a *API) insideCircle(r *request, c schema.CircleID) error {
	in, err := a.store.InCircle(r.Context(), r.workspace, c, r.session.User)
	if err != nil {
		return err
	}
	if !in {
		return errNotFound()
	}
	return nil
}
