package client

import (
	"context"

	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/roster"
	"github.com/cenacle-team/cenacle/workspace/text"
)

// InvitePreview is what an invite's URL leads to, for somebody who has not joined
// and may have no account. The roster behind it was verified from the genesis that
// the inviter sealed, as [Engine.Join] does; the names are the inviter's word.
type InvitePreview struct {
	Workspace schema.WorkspaceID
	Name      string // of the workspace; "" when the invite does not tell
	Inviter   string // the inviter's name; "" likewise
	Role      schema.Role
	// Members counts the members, guests among them.
	Members  int
	Expires  int64 // Unix milliseconds, 0 for never
	UsesLeft uint32
	Approval bool // an admin has to admit whoever joins
}

// PreviewInvite reads where an invite leads, with nothing but its URL. One that is
// used up, cancelled, expired or unknown is CodeInviteUnusable; one of another server
// CodeBadRequest. Nothing is kept.
func PreviewInvite(ctx context.Context, o Options, url string) (InvitePreview, error) {
	o = o.withDefaults()
	inv, err := parseInvite(url, o.Origin)
	if err != nil {
		return InvitePreview{}, err
	}
	rs, offer, err := previewRoster(ctx, remote{o.Transport, o.Origin}, inv)
	if err != nil {
		return InvitePreview{}, err
	}
	if !offer.Open || offer.Body.Expires != 0 && offer.Body.Expires < o.Clock.Now().UnixMilli() {
		return InvitePreview{}, schema.Errorf(schema.CodeInviteUnusable, "invite %s", inv.Invite)
	}
	content, err := seal.OpenInvite(inv.Secret, inv.Workspace, inv.Invite, offer.Body.Sealed)
	if err != nil {
		return InvitePreview{}, previewForged("the sealed part of the invite does not open under its secret")
	}
	defer clear(content.Private)
	if content.Genesis != rs.Genesis() {
		return InvitePreview{}, previewForged("the workspace is not the one that the invite is for")
	}
	if _, err := seal.ParseInviteIdentity(content.Private, offer.Certificate); err != nil {
		return InvitePreview{}, previewForged("the invite's key is not the one that the inviter sealed")
	}
	return InvitePreview{
		Workspace: inv.Workspace, Name: text.Display(content.Workspace), Inviter: text.Display(content.Inviter), Role: offer.Body.Role,
		Members: len(rs.Members()), Expires: offer.Body.Expires, UsesLeft: offer.Body.Uses - min(offer.Used, offer.Body.Uses), Approval: offer.Body.Approval,
	}, nil
}

// maxPreviewOctets bounds what is fetched for a preview.
const maxPreviewOctets = maxOfferOctets

// previewRoster fetches and verifies the roster by the right of the invite.
func previewRoster(ctx context.Context, r remote, inv invite) (*roster.State, roster.Invite, error) {
	rs := roster.New(inv.Workspace)
	fetched := 0
	for {
		page, err := r.inviteRoster(ctx, inv.proof(), rs.Head().Seq)
		if schema.HasCode(err, schema.CodeNotFound) {
			return nil, roster.Invite{}, &schema.Error{Code: schema.CodeInviteUnusable, Cause: err}
		}
		if err != nil {
			return nil, roster.Invite{}, err
		}
		for _, entry := range page.Entries {
			if err := rs.Apply(entry); err != nil {
				return nil, roster.Invite{}, previewForged("a roster entry breaks a rule: " + err.Error())
			}
		}
		if fetched += octetsOf(page); fetched > maxPreviewOctets {
			return nil, roster.Invite{}, schema.Errorf(schema.CodeTooLarge, "the membership takes more than %d octets", maxPreviewOctets)
		}
		if rs.Head().Seq < page.Head.Seq && len(page.Entries) > 0 {
			continue
		}
		offer, ok := rs.Invite(inv.Invite)
		if !ok || !rs.Complete() {
			return nil, roster.Invite{}, previewForged("the roster does not hold the invite, or ends too early")
		}
		return rs, offer, nil
	}
}

// previewForged is what [Engine.Join] would record; here nobody keeps records.
func previewForged(detail string) error {
	return &Misbehaviour{Finding{Code: FoundInviteForged, Facts: Facts{Note: detail}}}
}
