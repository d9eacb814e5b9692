package client

import (
	"context"

	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// invite is an invite's URL, taken apart.
type invite struct{ seal.InviteLink }

// parseInvite reads an invite's URL and makes sure that it is one of this server.
func parseInvite(text, origin string) (invite, error) {
	link, err := seal.ParseInviteURL(text)
	if err != nil {
		return invite{}, err
	}
	if link.Base != origin {
		return invite{}, schema.Errorf(schema.CodeBadRequest, "the invitation is for another server: %s", link.Base)
	}
	return invite{link}, nil
}

func (i invite) proof() schema.InviteProof {
	p, err := seal.InviteProof(i.Secret, i.Workspace, i.Invite)
	if err != nil {
		panic("client: an invite without a secret")
	}
	return p
}

// InviteServer returns the origin of the server that an invite's URL leads to.
func InviteServer(url string) (string, error) {
	link, err := seal.ParseInviteURL(url)
	return link.Base, err
}

// Join joins a workspace by an invite's URL. The roster is verified from the
// genesis hash that the inviter sealed into the invite; nobody else has to be
// online. With an invite that asks for approval the membership is pending.
func (e *Engine) Join(ctx context.Context, url string) (*Workspace, error) {
	inv, err := parseInvite(url, e.opt.Origin)
	if err != nil {
		return nil, err
	}
	if w, err := e.Workspace(inv.Workspace); err == nil {
		if w.Role() != 0 && !w.Removed() {
			// Somebody who was removed since, and does not know it yet, joins anew.
			if err := w.Sync(ctx); !schema.HasCode(err, schema.CodeRemoved) {
				return w, err
			}
		}
	}
	w := newWorkspace(e, inv.Workspace)
	unlock, err := w.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	// What this device knew before a departure stays known: cursors, misbehaviour.
	if err := w.load(ctx); err != nil {
		return nil, err
	}
	var last error
	for range maxChangeAttempts {
		if last = e.tryJoin(ctx, w, inv); !schema.HasCode(last, schema.CodeRosterConflict) {
			break
		}
	}
	if last != nil {
		return nil, last
	}
	if err := e.addWorkspace(ctx, w); err != nil {
		return nil, err
	}
	return w, nil
}

// tryJoin fetches and verifies the roster as the invite shows it, then posts the
// join.
func (e *Engine) tryJoin(ctx context.Context, w *Workspace, inv invite) error {
	rs, entries, err := e.inviteRoster(ctx, inv)
	if err != nil {
		return err
	}
	offer, ok := rs.Invite(inv.Invite)
	if !ok || !offer.Open || (offer.Body.Expires != 0 && offer.Body.Expires < e.opt.Clock.Now().UnixMilli()) {
		return schema.Errorf(schema.CodeInviteUnusable, "invite %s", inv.Invite)
	}
	content, err := seal.OpenInvite(inv.Secret, inv.Workspace, inv.Invite, offer.Body.Sealed)
	if err != nil {
		return w.inviteForged(ctx, entries, "the sealed part of the invite does not open under its secret")
	}
	if content.Genesis != rs.Genesis() {
		return w.inviteForged(ctx, entries, "the workspace is not the one that the invite is for")
	}
	if former, err := e.Workspace(inv.Workspace); err == nil {
		head := former.Roster()
		if hash, ok := rs.HashAt(head.Seq); head.Seq > 0 && (!ok || hash != head.Hash) {
			return w.inviteForged(ctx, entries, "the roster is not the one that this device knows")
		}
	}
	invitee, err := seal.ParseInviteIdentity(content.Private, offer.Certificate)
	if err != nil {
		return w.inviteForged(ctx, entries, "the invite's key is not the one that the inviter sealed")
	}
	// Remember what was verified before anything else comes from the server.
	w.roster = w.newRoster()
	if _, err := w.applyRoster(ctx, entries); err != nil {
		return err
	}
	certificate, err := e.certificate()
	if err != nil {
		return err
	}
	c := &change{w: w, next: w.roster.Clone(), secrets: map[schema.CircleID]seal.EpochSecret{}}
	body := schema.JoinBody{Invite: inv.Invite, Certificate: certificate.Bytes(), Keys: []schema.CircleKey{}}
	if !offer.Body.Approval {
		for _, id := range offer.Body.Circles {
			info, ok := rs.Circle(id)
			if !ok || info.Stale {
				return schema.Errorf(schema.CodeCircleStale, "circle %s", id)
			}
			packet, ok := rs.KeyFor(id, info.Epoch, offer.Certificate.Encryption().Fingerprint)
			if !ok {
				return schema.Errorf(schema.CodeUnreadable, "the roster holds no key of circle %s for the invite", id)
			}
			secret, err := seal.OpenKey(packet, invitee.Keys)
			if err == nil {
				err = seal.CheckCommitment(secret, w.id, id, info.Epoch, info.Epochs[info.Epoch-1].Commitment)
			}
			if err != nil {
				return err
			}
			c.secrets[id] = secret
		}
		if body.Keys, err = c.keys(offer.Body.Circles, certificate.Encryption()); err != nil {
			return err
		}
	}
	if err := c.add(schema.RosterJoin, body, invitee.Device.Sign); err != nil {
		return err
	}
	return c.post(ctx)
}

// inviteRoster fetches the roster by the right of the invite and replays it.
func (e *Engine) inviteRoster(ctx context.Context, inv invite) (*roster.State, []schema.SignedEntry, error) {
	rs := roster.New(inv.Workspace)
	var entries []schema.SignedEntry
	for {
		page, err := e.remote.inviteRoster(ctx, inv.proof(), rs.Head().Seq)
		if schema.HasCode(err, schema.CodeNotFound) {
			return nil, nil, &schema.Error{Code: schema.CodeInviteUnusable, Cause: err}
		}
		if err != nil {
			return nil, nil, err
		}
		for _, entry := range page.Entries {
			if err := rs.Apply(entry); err != nil {
				w := newWorkspace(e, inv.Workspace)
				return nil, nil, w.inviteForged(ctx, []schema.SignedEntry{entry}, "a roster entry breaks a rule: "+err.Error())
			}
		}
		entries = append(entries, page.Entries...)
		if rs.Head().Seq < page.Head.Seq && len(page.Entries) > 0 {
			continue
		}
		if !rs.Complete() {
			w := newWorkspace(e, inv.Workspace)
			return nil, nil, w.inviteForged(ctx, entries, "a removal is not followed by the epochs that it needs")
		}
		return rs, entries, nil
	}
}

// inviteForged reports a roster that does not lead to what the inviter sealed.
// Nothing of it is kept: the same URL may be tried again, against an honest
// server.
func (w *Workspace) inviteForged(ctx context.Context, entries []schema.SignedEntry, detail string) error {
	m := &Misbehaviour{Finding{Code: FoundInviteForged, Workspace: w.id, Facts: Facts{Note: detail}}}
	for i, entry := range entries {
		if i == 16 {
			break
		}
		m.Proof = append(m.Proof, proof("roster entry", entry))
	}
	m.Finding = w.e.note(ctx, m.Finding)
	return m
}
