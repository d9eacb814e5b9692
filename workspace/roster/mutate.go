package roster

import (
	"slices"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

// What commits are made of. All of it runs after the entry's hash was appended,
// so that head() is the entry's sequence.

// enter makes a user a member, or a pending member an approved one.
func (s *State) enter(u schema.UserID, c *cert.Certificate, role schema.Role, pending bool) {
	if _, ok := s.people[u]; !ok {
		s.people[u] = &person{
			own: s.own.Load(), user: u,
			devices: map[schema.DeviceID]deviceLife{},
			circles: map[schema.CircleID][]stay{},
		}
	}
	p := s.editPerson(u)
	if p.role == 0 {
		s.members++
	}
	p.pending, p.since = pending, s.head()
	s.setCertificate(p, c)
	s.setRole(p, role)
}

// exit ends a membership: the user leaves every circle.
func (s *State) exit(u schema.UserID, removed bool) {
	for _, c := range s.CirclesOf(u) {
		s.exitCircle(c, u)
	}
	p := s.editPerson(u)
	delete(s.sealedTo, p.cert.Encryption().Fingerprint)
	s.setRole(p, 0)
	p.pending = false
	if removed {
		p.removed = s.head()
	}
	s.members--
}

func (s *State) setRole(p *person, role schema.Role) {
	counts := role
	if p.pending {
		counts = 0
	}
	last := schema.Role(0)
	if n := len(p.roles); n > 0 {
		last = p.roles[n-1].role
	}
	if last == schema.RoleOwner {
		s.owners--
	}
	if counts == schema.RoleOwner {
		s.owners++
	}
	if counts != last {
		p.roles = append(p.roles, roleSince{s.head(), counts})
	}
	p.role = role
}

func (s *State) setCertificate(p *person, c *cert.Certificate) {
	if p.cert != nil && p.role != 0 {
		delete(s.sealedTo, p.cert.Encryption().Fingerprint)
	}
	s.sealedTo[c.Encryption().Fingerprint] = holder{user: p.user}
	for _, d := range c.Devices() {
		life, known := p.devices[d.ID]
		if !known {
			life.known = s.head()
		}
		if d.Revoked && life.revoked == 0 {
			life.revoked = s.head()
		}
		p.devices[d.ID] = life
	}
	p.cert = c
}

func (s *State) enterCircle(c schema.CircleID, u schema.UserID) {
	s.editCircle(c).members[u] = struct{}{}
	p := s.editPerson(u)
	// A longer slice is made each time: the old one may be shared with a clone.
	p.circles[c] = append(slices.Clip(p.circles[c]), stay{from: s.head()})
}

func (s *State) exitCircle(c schema.CircleID, u schema.UserID) {
	delete(s.editCircle(c).members, u)
	p := s.editPerson(u)
	stays := slices.Clone(p.circles[c])
	stays[len(stays)-1].to = s.head()
	p.circles[c] = stays
}

// makeCircle makes a circle without members, which is stale until its first epoch.
func (s *State) makeCircle(id schema.CircleID, creator schema.UserID) {
	s.circles[id] = &circle{
		own: s.own.Load(), id: id, creator: creator,
		members: map[schema.UserID]struct{}{}, stale: true,
	}
	s.changes.circle(id)
}

// makeStale marks the circles of the cuts, and those in which the author still
// is become due.
func (s *State) makeStale(author schema.UserID, cuts []schema.CircleCut) {
	for _, cut := range cuts {
		c := s.editCircle(cut.Circle)
		c.stale, c.staleCut = true, cut.Cut
		s.owe(author, cut.Circle)
	}
}

// owe makes an epoch of the circle due if the author is in it.
func (s *State) owe(author schema.UserID, id schema.CircleID) {
	if s.InCircle(id, author) {
		s.due, s.dueBy = append(s.due, id), author
	}
}

// checkCuts judges the cuts of an entry that makes circles stale: exactly the
// concerned ones in ascending order, with the cut that a circle that is stale
// already remembers, and with any but the zero hash otherwise.
func (s *State) checkCuts(cuts []schema.CircleCut, concerned []schema.CircleID) error {
	if len(cuts) != len(concerned) {
		return invalid("%d cuts are given where %d circles become stale", len(cuts), len(concerned))
	}
	for i, cut := range cuts {
		c := s.circles[concerned[i]]
		switch {
		case cut.Circle != c.id:
			return invalid("the cuts are not those of the circles that become stale, ascending")
		case cut.Cut.IsZero():
			return invalid("a cut is missing")
		case c.stale && cut.Cut != c.staleCut:
			return invalid("a circle is stale with another cut")
		}
	}
	return nil
}

// closeInvite closes an open invite.
func (s *State) closeInvite(id schema.InviteID) {
	i := s.editInvite(id)
	i.open = false
	s.openInvites--
	delete(s.sealedTo, i.cert.Encryption().Fingerprint)
}

// closeInvitesOf closes the open invites that must not outlive a change of the
// user: those that the user made and may not make any more, and those that hold
// keys of one of the lost circles and whose secret the user knows, having made
// them or joined by them. Without the second, new epochs would be sealed to a
// key that a removed member or a stolen device has.
func (s *State) closeInvitesOf(u schema.UserID, lost []schema.CircleID) {
	p := s.people[u]
	for id, i := range s.invites {
		if !i.open {
			continue
		}
		mine := i.author == u
		without := mine && !MayGrant(p.role, i.body.Role)
		knows := !i.body.Approval && (mine || slices.Contains(p.joinedBy, id))
		if without || knows && slices.ContainsFunc(lost, i.holdsKeyOf) {
			s.closeInvite(id)
		}
	}
}
