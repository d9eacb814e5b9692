package client

import (
	"context"
	"slices"
	"time"

	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
)

// InviteOptions say what an invite offers.
type InviteOptions struct {
	Role schema.Role // member when zero
	// Circles, for a guest, are the circles of the channels; for others they
	// are added to the circle everyone.
	Circles []schema.CircleID
	Uses    uint32        // 1 when zero
	Expires time.Duration // never when zero
	// Approval asks an admin to admit each joiner.
	Approval bool
}

// Invite makes an invite and returns its URL, whose fragment is the only place
// where its secret exists.
func (w *Workspace) Invite(ctx context.Context, o InviteOptions) (string, schema.InviteID, error) {
	unlock, err := w.lock(ctx)
	if err != nil {
		return "", schema.InviteID{}, err
	}
	defer unlock()
	if o.Role == 0 {
		o.Role = schema.RoleMember
	}
	if o.Uses == 0 {
		o.Uses = 1
	}
	circles := slices.Clone(o.Circles)
	if o.Role != schema.RoleGuest && !slices.Contains(circles, w.roster.Everyone()) {
		circles = append(circles, w.roster.Everyone())
	}
	slices.SortFunc(circles, compareIDs)
	circles = slices.Compact(circles)
	if len(circles) == 0 {
		return "", schema.InviteID{}, schema.Errorf(schema.CodeBadRequest, "a guest is invited to at least one private channel")
	}
	if o.Role == schema.RoleGuest && slices.Contains(circles, w.roster.Everyone()) {
		return "", schema.InviteID{}, schema.Errorf(schema.CodeBadRequest, "a guest can be invited to private channels only")
	}
	secret, id := seal.NewInviteSecret(), schema.NewInviteID()
	proof, err := seal.InviteProof(secret, w.id, id)
	if err != nil {
		return "", id, err
	}
	now := w.e.opt.Clock.Now()
	invitee, err := seal.NewInviteIdentity(id, now)
	if err != nil {
		return "", id, err
	}
	sealed, err := seal.SealInvite(secret, w.id, id, seal.InviteContent{
		Private: invitee.Private(), Genesis: w.roster.Genesis(), Workspace: w.Name(), Inviter: w.displayName(),
	})
	if err != nil {
		return "", id, err
	}
	body := schema.InviteBody{
		Invite: id, Certificate: invitee.Certificate.Bytes(), Role: o.Role, Circles: circles, Uses: o.Uses,
		ProofHash: seal.InviteProofHash(proof), Sealed: sealed, Approval: o.Approval,
	}
	if o.Expires > 0 {
		body.Expires = now.Add(o.Expires).UnixMilli()
	}
	if err := w.renewIfStale(ctx, circles...); err != nil {
		return "", id, err
	}
	err = w.change(ctx, func(c *change) error {
		if !o.Approval {
			keys, err := c.keys(circles, invitee.Certificate.Encryption())
			if err != nil {
				return err
			}
			body.Keys = keys
		}
		return c.add(schema.RosterInvite, body)
	})
	if err != nil {
		return "", id, err
	}
	url, err := seal.FormatInviteURL(seal.InviteLink{Base: w.e.opt.Origin, Workspace: w.id, Invite: id, Secret: secret})
	return url, id, err
}

// CancelInvite withdraws an open invite; its circles get new keys.
func (w *Workspace) CancelInvite(ctx context.Context, id schema.InviteID) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return w.cancelInvite(ctx, id)
}

// cancelExpired withdraws an invite whose time is over: the server refuses it
// already, and without this every new epoch would go on to be sealed to it. The
// clocks of two machines may differ by a while. It is called with op held.
func (w *Workspace) cancelExpired(ctx context.Context) error {
	me, _ := w.roster.Member(w.e.User())
	if me.Role < schema.RoleAdmin {
		return nil
	}
	over := w.e.opt.Clock.Now().Add(-schema.DoubtfulClock).UnixMilli()
	for _, inv := range w.roster.OpenInvites() {
		if inv.Body.Expires == 0 || inv.Body.Expires > over {
			continue
		}
		err := w.cancelInvite(ctx, inv.ID)
		if err != nil && !schema.HasCode(err, schema.CodeNotFound) && !schema.HasCode(err, schema.CodeRosterInvalid) {
			return err
		}
	}
	return nil
}

// cancelInvite is called with op held.
func (w *Workspace) cancelInvite(ctx context.Context, id schema.InviteID) error {
	return w.change(ctx, func(c *change) error {
		inv, ok := c.next.Invite(id)
		if !ok {
			return schema.Errorf(schema.CodeNotFound, "invite %s", id)
		}
		var circles []schema.CircleID
		if !inv.Body.Approval {
			circles = inv.Body.Circles
		}
		cuts, err := c.takeCuts(ctx, circles)
		if err != nil {
			return err
		}
		if err := c.add(schema.RosterCancel, schema.CancelBody{Invite: id, Cuts: cuts}); err != nil {
			return err
		}
		return c.settle()
	})
}

// InviteInfo is an invite as its workspace's roster shows it.
type InviteInfo struct {
	ID       schema.InviteID
	Author   schema.UserID
	Role     schema.Role
	Circles  []schema.CircleID
	Used     uint32
	Uses     uint32
	Expires  time.Time // zero for never
	Approval bool
	Open     bool
}

// Invites lists the invites of the workspace, open ones first.
func (w *Workspace) Invites() []InviteInfo {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []InviteInfo
	for _, inv := range w.roster.Invites() {
		info := InviteInfo{
			ID: inv.ID, Author: inv.Author, Role: inv.Body.Role, Circles: inv.Body.Circles, Used: inv.Used, Uses: inv.Body.Uses,
			Approval: inv.Body.Approval, Open: inv.Open,
		}
		if inv.Body.Expires != 0 {
			info.Expires = time.UnixMilli(inv.Body.Expires)
		}
		out = append(out, info)
	}
	slices.SortStableFunc(out, func(a, b InviteInfo) int { return boolRank(a.Open) - boolRank(b.Open) })
	return out
}
