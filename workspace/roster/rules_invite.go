package roster

import (
	"slices"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

// Invites: invite, cancel.

func (s *State) invite(e *entry, author *person) (commit, error) {
	b, err := body[schema.InviteBody](e)
	if err != nil {
		return nil, err
	}
	switch {
	case !MayGrant(author.role, b.Role):
		return nil, invalid("the role %s may not invite with the role %s", author.role, b.Role)
	case b.Uses < 1 || b.Uses > schema.MaxInviteUses:
		return nil, invalid("an invite has 1 to %d uses", schema.MaxInviteUses)
	case b.Expires < 0:
		return nil, invalid("the expiry is before 1970")
	case len(b.Sealed) == 0 || len(b.Sealed) > schema.MaxSealedInvite:
		return nil, invalid("the sealed half of an invite has 1 to %d octets", schema.MaxSealedInvite)
	case s.openInvites >= schema.MaxOpenInvites:
		return nil, invalid("the workspace has %d open invites, which is the limit", schema.MaxOpenInvites)
	}
	c, err := s.inviteCertificate(e, b)
	if err != nil {
		return nil, err
	}
	if err := s.inviteCircles(e.Author, b); err != nil {
		return nil, err
	}
	to := c.Encryption().Fingerprint
	ids, err := s.checkKeys(b.Keys, &author.user, to)
	if err != nil {
		return nil, err
	}
	switch {
	case b.Approval && len(ids) > 0:
		return nil, invalid("an invite that asks for approval carries no keys")
	case !b.Approval && !slices.Equal(ids, b.Circles):
		return nil, invalid("the keys are not those of the invite's circles")
	}
	return func() {
		who := holder{invite: b.Invite}
		s.hand(who, to, b.Keys)
		b.Keys = nil
		s.invites[b.Invite] = &invite{own: s.own.Load(), seq: s.head(), author: e.Author, body: b, cert: c, open: true}
		s.sealedTo[to] = who
		s.openInvites++
		s.changes.invite(b.Invite)
	}, nil
}

// inviteCertificate checks the invite's id and its certificate: one signing and
// one encryption subkey of its own.
func (s *State) inviteCertificate(e *entry, b schema.InviteBody) (*cert.Certificate, error) {
	if b.Invite.IsZero() {
		return nil, invalid("the invite has no id")
	}
	if _, ok := s.invites[b.Invite]; ok {
		return nil, invalid("the invite exists already")
	}
	if _, ok := s.people[schema.UserID(b.Invite)]; ok {
		return nil, invalid("the invite has the id of a user")
	}
	c, err := e.parse(b.Certificate)
	if err != nil {
		return nil, err
	}
	devices := c.Devices()
	switch {
	case c.User() != schema.UserID(b.Invite):
		return nil, schema.Errorf(schema.CodeBadCertificate, "the certificate is of another invite")
	case len(devices) != 1 || devices[0].Revoked || len(c.EncryptionKeys()) != 1:
		return nil, schema.Errorf(schema.CodeBadCertificate, "an invite has one signing and one encryption subkey")
	}
	return c, s.unshared(c, holder{invite: b.Invite})
}

// inviteCircles checks the circles that the invite opens.
func (s *State) inviteCircles(author schema.UserID, b schema.InviteBody) error {
	for i, id := range b.Circles {
		c, ok := s.circles[id]
		switch {
		case i > 0 && compareID(b.Circles[i-1], id) >= 0:
			return invalid("the circles are not strictly ascending")
		case !ok:
			return invalid("the invite names a circle that does not exist")
		case !s.InCircle(id, author):
			return invalid("the invite names a circle that the author is not in")
		case c.stale:
			return invalid("the invite names a stale circle: its next epoch comes first")
		}
	}
	return s.fits(b.Role, b.Circles)
}

func (s *State) cancel(e *entry, author *person) (commit, error) {
	b, err := body[schema.CancelBody](e)
	if err != nil {
		return nil, err
	}
	i, ok := s.invites[b.Invite]
	switch {
	case author.role < schema.RoleAdmin:
		return nil, invalid("the role %s may not cancel invites", author.role)
	case !ok:
		return nil, invalid("the invite does not exist")
	case !i.open:
		return nil, invalid("the invite is used up, cancelled or closed")
	}
	var concerned []schema.CircleID
	if !i.body.Approval {
		concerned = i.body.Circles
	}
	if err := s.checkCuts(b.Cuts, concerned); err != nil {
		return nil, err
	}
	return func() {
		s.closeInvite(b.Invite)
		s.makeStale(e.Author, b.Cuts)
	}, nil
}
