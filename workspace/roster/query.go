package roster

import (
	"bytes"
	"slices"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

// Member is a current member of the workspace.
type Member struct {
	User schema.UserID
	// Role is what the member may do; while Pending it is only what the invite offered.
	Role        schema.Role
	Certificate *cert.Certificate
	// Pending members joined by an invite that asks for approval: they are in no
	// circle and may do nothing but leave and renew their certificate.
	Pending bool
	// Since is the sequence of the entry by which the user became a member, for
	// a member who had to be approved the one that approved.
	Since uint64
}

// Circle is a circle of the workspace.
type Circle struct {
	ID      schema.CircleID
	Creator schema.UserID
	Members []schema.UserID // ascending; a circle without members is dead
	Epoch   uint64          // 0 before the first
	// Stale circles take no events until their next epoch, whose cut must be
	// StaleCut, unless that is zero.
	Stale    bool
	StaleCut schema.Hash
	Epochs   []EpochInfo // ascending, from 1 on
}

// EpochInfo is what the roster says about one epoch of a circle. Its key packets
// are found by [State.KeyFor].
type EpochInfo struct {
	Epoch      uint64
	Seq        uint64 // of the epoch's roster entry
	Author     schema.UserID
	Commitment schema.Hash
	Cut        schema.Hash
	// Previous is the previous epoch's secret sealed under this one. Without it
	// (HasPrevious false, epoch above 1) a manager chose not to share the history.
	Previous    []byte
	HasPrevious bool
}

// Invite is an invite, open or not.
type Invite struct {
	ID     schema.InviteID
	Seq    uint64 // of the roster entry that made it
	Author schema.UserID
	// Body is the invite as it was signed, without Keys, which [State.KeyFor] finds.
	Body        schema.InviteBody
	Certificate *cert.Certificate
	Used        uint32
	// Open is false once it is used up, cancelled, or closed by the departure of
	// somebody who knows its secret. An expired invite stays open until then.
	Open bool
}

// Workspace is the workspace whose roster this is.
func (s *State) Workspace() schema.WorkspaceID { return s.workspace }

// Head names the last entry; it is zero before the genesis.
func (s *State) Head() schema.RosterHead {
	if len(s.hashes) == 0 {
		return schema.RosterHead{}
	}
	return schema.RosterHead{Seq: s.head(), Hash: s.hashes[len(s.hashes)-1]}
}

func (s *State) head() uint64 { return uint64(len(s.hashes)) }

// Genesis is the hash of the first entry, and zero before it.
func (s *State) Genesis() schema.Hash { h, _ := s.HashAt(1); return h }

// HashAt is the hash of the entry with that sequence.
func (s *State) HashAt(seq uint64) (schema.Hash, bool) {
	if seq == 0 || seq > s.head() {
		return schema.Hash{}, false
	}
	return s.hashes[seq-1], true
}

// Personal reports whether this is a user's workspace of one.
func (s *State) Personal() bool { return s.personal }

// Everyone is the circle of all members but the guests.
func (s *State) Everyone() schema.CircleID { return s.everyone }

// Complete reports whether no epoch is due. The server takes only batches after
// which the state is complete, and clients do not use an incomplete tail.
func (s *State) Complete() bool { return len(s.due) == 0 && len(s.hashes) > 0 }

// Pending lists, ascending, the circles whose next epoch the last author still
// has to start before any other entry.
func (s *State) Pending() []schema.CircleID { return slices.Clone(s.due) }

// Member returns a current member.
func (s *State) Member(u schema.UserID) (Member, bool) {
	p := s.current(u)
	if p == nil {
		return Member{}, false
	}
	return p.member(), true
}

func (p *person) member() Member {
	return Member{User: p.user, Role: p.role, Certificate: p.cert, Pending: p.pending, Since: p.since}
}

// Members lists the current members, pending ones included, ascending by user.
func (s *State) Members() []Member {
	out := make([]Member, 0, s.members)
	for _, p := range s.people {
		if p.role != 0 {
			out = append(out, p.member())
		}
	}
	slices.SortFunc(out, func(a, b Member) int { return compareID(a.User, b.User) })
	return out
}

// EverMember reports whether the roster knows the user, as a member of now or of
// the past, pending ones included.
func (s *State) EverMember(u schema.UserID) bool { _, ok := s.people[u]; return ok }

// Certificate is the last certificate that the roster holds of a user, also of a
// former member. No other certificate may ever be used for that user here, but
// one that extends it.
func (s *State) Certificate(u schema.UserID) (*cert.Certificate, bool) {
	p, ok := s.people[u]
	if !ok {
		return nil, false
	}
	return p.cert, true
}

// Device returns a device that the roster has ever bound to the user, revoked or not.
func (s *State) Device(u schema.UserID, d schema.DeviceID) (cert.Device, bool) {
	p, ok := s.people[u]
	if !ok {
		return cert.Device{}, false
	}
	return p.cert.Device(d)
}

// CirclesOf lists, ascending, the circles that a user is in.
func (s *State) CirclesOf(u schema.UserID) []schema.CircleID {
	p := s.current(u)
	if p == nil {
		return nil
	}
	var out []schema.CircleID
	for c, stays := range p.circles {
		if stays[len(stays)-1].to == 0 {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, compareID)
	return out
}

// InCircle reports whether a user is in a circle.
func (s *State) InCircle(c schema.CircleID, u schema.UserID) bool {
	k, ok := s.circles[c]
	if !ok {
		return false
	}
	_, ok = k.members[u]
	return ok
}

// Circle returns a circle.
func (s *State) Circle(id schema.CircleID) (Circle, bool) {
	c, ok := s.circles[id]
	if !ok {
		return Circle{}, false
	}
	out := Circle{
		ID: c.id, Creator: c.creator, Members: ascending(c.members), Epoch: c.epoch(),
		Stale: c.stale, StaleCut: c.staleCut, Epochs: make([]EpochInfo, len(c.epochs)),
	}
	for i, e := range c.epochs {
		out.Epochs[i] = e.info
	}
	return out, true
}

// CircleEpoch returns a circle's epoch, 0 before the first, and whether it is
// stale: what an append is checked against. It is cheap where [State.Circle] lists.
func (s *State) CircleEpoch(id schema.CircleID) (n uint64, stale, ok bool) {
	c, ok := s.circles[id]
	if !ok {
		return 0, false, false
	}
	return c.epoch(), c.stale, true
}

// Epoch returns what the roster says about one epoch of a circle.
func (s *State) Epoch(id schema.CircleID, n uint64) (EpochInfo, bool) {
	c, ok := s.circles[id]
	if !ok || n == 0 || n > c.epoch() {
		return EpochInfo{}, false
	}
	return c.epochs[n-1].info, true
}

// Circles lists all circles, ascending, dead ones included.
func (s *State) Circles() []schema.CircleID { return ascending(s.circles) }

func (c *circle) epoch() uint64 { return uint64(len(c.epochs)) }

// Invite returns an invite, open or not.
func (s *State) Invite(id schema.InviteID) (Invite, bool) {
	i, ok := s.invites[id]
	if !ok {
		return Invite{}, false
	}
	return Invite{ID: id, Seq: i.seq, Author: i.author, Body: i.body, Certificate: i.cert, Used: i.used, Open: i.open}, true
}

// Invites lists all invites, closed ones too, ascending.
func (s *State) Invites() []Invite {
	out := make([]Invite, 0, len(s.invites))
	for _, id := range ascending(s.invites) {
		i, _ := s.Invite(id)
		out = append(out, i)
	}
	return out
}

// OpenInvites lists the open invites, ascending.
func (s *State) OpenInvites() []Invite {
	out := make([]Invite, 0, s.openInvites)
	for id, i := range s.invites {
		if i.open {
			v, _ := s.Invite(id)
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(a, b Invite) int { return compareID(a.ID, b.ID) })
	return out
}

// Recipients lists, ascending by fingerprint, the encryption subkeys to which a
// new epoch of the circle must be sealed: the current one of each member and of
// each open invite that covers the circle and needs no approval.
func (s *State) Recipients(id schema.CircleID) []cert.EncryptionKey {
	c, ok := s.circles[id]
	if !ok {
		return nil
	}
	out := make([]cert.EncryptionKey, 0, len(c.members)+s.openInvites)
	for u := range c.members {
		out = append(out, s.people[u].cert.Encryption())
	}
	for _, i := range s.invites {
		if i.holdsKeyOf(id) {
			out = append(out, i.cert.Encryption())
		}
	}
	slices.SortFunc(out, func(a, b cert.EncryptionKey) int {
		return bytes.Compare(a.Fingerprint[:], b.Fingerprint[:])
	})
	return out
}

// holdsKeyOf reports whether new epochs of the circle are sealed to the invite.
func (i *invite) holdsKeyOf(c schema.CircleID) bool {
	if !i.open || i.body.Approval {
		return false
	}
	_, ok := slices.BinarySearchFunc(i.body.Circles, c, compareID) // strictly ascending: a rule
	return ok
}

// MayGrant reports whether somebody with the author's role may make another one
// a member with that role: an owner any, an admin those below.
func MayGrant(author, role schema.Role) bool {
	switch author {
	case schema.RoleOwner:
		return role.Valid()
	case schema.RoleAdmin:
		return role.Valid() && role < schema.RoleAdmin
	default:
		return false
	}
}

// MayManage reports whether a user may admit to a circle, remove others from it
// and start an epoch of it unasked. In the circle everyone these are admins and
// owners. In any other they are, among those in the circle, its creator (unless
// a guest by now), admins and owners, and if there is none of these everybody
// who is not a guest.
func (s *State) MayManage(id schema.CircleID, u schema.UserID) bool {
	c, ok := s.circles[id]
	if !ok || !s.InCircle(id, u) {
		return false
	}
	role := s.people[u].role
	switch {
	case role >= schema.RoleAdmin:
		return true
	case role < schema.RoleMember || id == s.everyone:
		return false
	case u == c.creator:
		return true
	}
	for v := range c.members {
		if r := s.people[v].role; r >= schema.RoleAdmin || r >= schema.RoleMember && v == c.creator {
			return false
		}
	}
	return true
}

// current is the record of a current member, nil for anybody else.
func (s *State) current(u schema.UserID) *person {
	p, ok := s.people[u]
	if !ok || p.role == 0 {
		return nil
	}
	return p
}
