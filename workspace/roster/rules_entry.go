package roster

import (
	"slices"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

// How users enter: genesis, admit, join.

func (s *State) genesis(e *entry) (commit, error) {
	b, err := body[schema.GenesisBody](e)
	if err != nil {
		return nil, err
	}
	c, err := s.newcomer(e, e.Author, b.Certificate)
	if err != nil {
		return nil, err
	}
	if err := e.signedBy(c); err != nil {
		return nil, err
	}
	if b.Everyone.IsZero() {
		return nil, invalid("the circle everyone has no id")
	}
	return func() {
		s.personal, s.everyone = b.Personal, b.Everyone
		s.enter(e.Author, c, schema.RoleOwner, false)
		s.makeCircle(b.Everyone, e.Author)
		s.enterCircle(b.Everyone, e.Author)
		s.owe(e.Author, b.Everyone)
	}, nil
}

func (s *State) admit(e *entry, author *person) (commit, error) {
	b, err := body[schema.AdmitBody](e)
	if err != nil {
		return nil, err
	}
	if !MayGrant(author.role, b.Role) {
		return nil, invalid("the role %s may not admit with the role %s", author.role, b.Role)
	}
	p := s.current(b.User)
	switch {
	case p != nil && !p.pending:
		return nil, invalid("the user is a member already")
	case p != nil && b.Role > p.role:
		return nil, invalid("the role is above the one that the invite offered")
	case p == nil && s.members >= schema.MaxMembers:
		return nil, invalid("the workspace has %d members, which is the limit", schema.MaxMembers)
	}
	c, err := s.newcomer(e, b.User, b.Certificate)
	if err != nil {
		return nil, err
	}
	to := c.Encryption().Fingerprint
	ids, err := s.checkKeys(b.Keys, &author.user, to)
	if err != nil {
		return nil, err
	}
	if err := s.fits(b.Role, ids); err != nil {
		return nil, err
	}
	return func() {
		s.enter(b.User, c, b.Role, false)
		for _, id := range ids {
			s.enterCircle(id, b.User)
		}
		s.hand(holder{user: b.User}, to, b.Keys)
	}, nil
}

func (s *State) join(e *entry) (commit, error) {
	b, err := body[schema.JoinBody](e)
	if err != nil {
		return nil, err
	}
	i, ok := s.invites[b.Invite]
	switch {
	case !ok:
		return nil, invalid("the invite does not exist")
	case !i.open:
		return nil, invalid("the invite is used up, cancelled or closed")
	case i.body.Expires != 0 && e.At > i.body.Expires:
		return nil, invalid("the invite has expired")
	case s.current(e.Author) != nil:
		return nil, invalid("the user is a member already")
	case s.members >= schema.MaxMembers:
		return nil, invalid("the workspace has %d members, which is the limit", schema.MaxMembers)
	}
	if p, ok := s.people[e.Author]; ok && p.removed > i.seq {
		return nil, invalid("the user was removed after the invite was made")
	}
	c, err := s.newcomer(e, e.Author, b.Certificate)
	if err != nil {
		return nil, err
	}
	if err := e.signedBy(c); err != nil {
		return nil, err
	}
	if err := e.verify(i.cert.Devices()[0], e.signed.InviteSignature); err != nil {
		return nil, err
	}
	to := c.Encryption().Fingerprint
	ids, err := s.checkKeys(b.Keys, nil, to)
	if err != nil {
		return nil, err
	}
	switch {
	case i.body.Approval && len(ids) > 0:
		return nil, invalid("a join that waits for approval carries no keys")
	case !i.body.Approval && !slices.Equal(ids, i.body.Circles):
		return nil, invalid("the keys are not those of the invite's circles")
	}
	return func() {
		s.enter(e.Author, c, i.body.Role, i.body.Approval)
		for _, id := range ids {
			s.enterCircle(id, e.Author)
		}
		s.hand(holder{user: e.Author}, to, b.Keys)
		p := s.editPerson(e.Author)
		if !slices.Contains(p.joinedBy, b.Invite) {
			p.joinedBy = append(p.joinedBy, b.Invite)
		}
		used := s.editInvite(b.Invite)
		used.used++
		if used.used == used.body.Uses {
			s.closeInvite(b.Invite)
		}
	}, nil
}

// newcomer reads the certificate of a user who enters. A user whom the roster
// knows comes back with what it knows and perhaps more: the primary key never
// changes and no revocation is lost.
func (s *State) newcomer(e *entry, u schema.UserID, certificate []byte) (*cert.Certificate, error) {
	if u.IsZero() {
		return nil, invalid("the user has no id")
	}
	if _, ok := s.invites[schema.InviteID(u)]; ok {
		return nil, invalid("the user has the id of an invite")
	}
	c, err := e.parse(certificate)
	if err != nil {
		return nil, err
	}
	if c.User() != u {
		return nil, schema.Errorf(schema.CodeBadCertificate, "the certificate is of another user")
	}
	if p, ok := s.people[u]; ok {
		if err := cert.Extends(p.cert, c); err != nil {
			return nil, &schema.Error{Code: schema.CodeBadCertificate, Detail: "the certificate does not extend the one that is known", Cause: err}
		}
	}
	return c, s.unshared(c, holder{user: u})
}

// unshared refuses a certificate whose current encryption subkey is somebody
// else's. Anybody can bind a foreign encryption subkey (RFC 9580 asks for no
// proof of possession); an epoch could then not be sealed to each exactly once.
func (s *State) unshared(c *cert.Certificate, who holder) error {
	if h, ok := s.sealedTo[c.Encryption().Fingerprint]; ok && h != who {
		return invalid("the encryption subkey is somebody else's")
	}
	return nil
}

// fits checks that exactly the guests stay out of the circle everyone.
func (s *State) fits(role schema.Role, circles []schema.CircleID) error {
	everyone := slices.Contains(circles, s.everyone)
	switch {
	case role == schema.RoleGuest && everyone:
		return invalid("a guest does not enter the circle everyone")
	case role == schema.RoleGuest && len(circles) == 0:
		return invalid("a guest enters at least one circle")
	case role != schema.RoleGuest && !everyone:
		return invalid("the role %s enters the circle everyone", role)
	}
	return nil
}
