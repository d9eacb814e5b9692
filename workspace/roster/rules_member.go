package roster

import (
	"bytes"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

// What happens to members: remove, leave, role, certificate.

func (s *State) remove(e *entry, author *person) (commit, error) {
	b, err := body[schema.RemoveBody](e)
	if err != nil {
		return nil, err
	}
	p := s.current(b.User)
	switch {
	case author.role < schema.RoleAdmin:
		return nil, invalid("the role %s may not remove members", author.role)
	case p == nil:
		return nil, invalid("the user is not a member")
	case b.User == e.Author:
		return nil, invalid("members leave, they do not remove themselves")
	case !MayGrant(author.role, p.role):
		return nil, invalid("the role %s may not remove the role %s", author.role, p.role)
	}
	return s.departure(e, b.User, b.Cuts, true)
}

func (s *State) leave(e *entry, author *person) (commit, error) {
	b, err := body[schema.LeaveBody](e)
	if err != nil {
		return nil, err
	}
	if s.lastOwner(author) {
		return nil, invalid("the last owner cannot leave")
	}
	return s.departure(e, e.Author, b.Cuts, false)
}

func (s *State) lastOwner(p *person) bool {
	return p.role == schema.RoleOwner && !p.pending && s.owners == 1
}

// departure is what remove and leave share.
func (s *State) departure(e *entry, u schema.UserID, cuts []schema.CircleCut, removed bool) (commit, error) {
	lost := s.CirclesOf(u)
	if err := s.checkCuts(cuts, lost); err != nil {
		return nil, err
	}
	return func() {
		s.exit(u, removed)
		s.closeInvitesOf(u, lost)
		s.makeStale(e.Author, cuts)
	}, nil
}

func (s *State) changeRole(e *entry, author *person) (commit, error) {
	b, err := body[schema.RoleBody](e)
	if err != nil {
		return nil, err
	}
	p := s.current(b.User)
	switch {
	case author.role < schema.RoleAdmin:
		return nil, invalid("the role %s may not change roles", author.role)
	case p == nil:
		return nil, invalid("the user is not a member")
	case p.pending:
		return nil, invalid("the user waits for approval")
	case b.User == e.Author && author.role != schema.RoleOwner:
		return nil, invalid("nobody but an owner changes the own role")
	case !MayGrant(author.role, p.role):
		return nil, invalid("the role %s may not change the role of an %s", author.role, p.role)
	case !MayGrant(author.role, b.Role):
		return nil, invalid("the role %s may not grant the role %s", author.role, b.Role)
	case b.Role == p.role:
		return nil, invalid("the user has this role already")
	case s.lastOwner(p):
		return nil, invalid("the last owner stays owner")
	}
	to := p.cert.Encryption().Fingerprint
	entered, err := s.checkKeys(b.Keys, &author.user, to)
	if err != nil {
		return nil, err
	}
	enters := p.role == schema.RoleGuest
	if enters != (len(entered) == 1 && entered[0] == s.everyone) || !enters && len(entered) > 0 {
		return nil, invalid("a guest who becomes more is given the key of everyone, and nobody else any")
	}
	var lost []schema.CircleID
	if b.Role == schema.RoleGuest {
		lost = []schema.CircleID{s.everyone}
	}
	if err := s.checkCuts(b.Cuts, lost); err != nil {
		return nil, err
	}
	return func() {
		s.setRole(s.editPerson(b.User), b.Role)
		for _, c := range entered {
			s.enterCircle(c, b.User)
		}
		for _, c := range lost {
			s.exitCircle(c, b.User)
		}
		s.hand(holder{user: b.User}, to, b.Keys)
		s.closeInvitesOf(b.User, lost)
		s.makeStale(e.Author, b.Cuts)
	}, nil
}

func (s *State) certificate(e *entry, author *person) (commit, error) {
	b, err := body[schema.CertificateBody](e)
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
	if bytes.Equal(c.Bytes(), author.cert.Bytes()) {
		return nil, invalid("the certificate is the one that is known")
	}
	var concerned []schema.CircleID
	if Rekeys(author.cert, c) {
		concerned = s.CirclesOf(e.Author)
	}
	if err := s.checkCuts(b.Cuts, concerned); err != nil {
		return nil, err
	}
	return func() {
		s.setCertificate(s.editPerson(e.Author), c)
		s.closeInvitesOf(e.Author, concerned)
		s.makeStale(e.Author, b.Cuts)
	}, nil
}

// Rekeys reports whether the step from one certificate of a user to the next
// takes keys out of use, so that every circle of the user needs a new epoch: it
// revokes a device that was valid, or replaces the encryption subkey.
func Rekeys(from, to *cert.Certificate) bool {
	if from.Encryption().Fingerprint != to.Encryption().Fingerprint {
		return true
	}
	for _, d := range from.Devices() {
		if now, ok := to.Device(d.ID); !d.Revoked && (!ok || now.Revoked) {
			return true
		}
	}
	return false
}
