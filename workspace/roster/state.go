package roster

import (
	"maps"
	"slices"
	"sync/atomic"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

// State is everything that a roster says after its entries so far. [State.Apply],
// [State.ApplyVerified], [State.KeepKeysOf] and [State.TakeChanges] want the state
// for themselves. Queries and [State.Clone] may run beside one another, and beside
// anything that happens to a clone.
type State struct {
	workspace schema.WorkspaceID
	hashes    []schema.Hash // hashes[i] is the hash of entry i+1
	personal  bool
	everyone  schema.CircleID

	people  map[schema.UserID]*person
	circles map[schema.CircleID]*circle
	invites map[schema.InviteID]*invite
	handed  map[handedKey]handedPacket

	// sealedTo names who is reached by an encryption subkey: the current one of
	// each member and of each open invite.
	sealedTo map[schema.Fingerprint]holder

	members, owners, openInvites int

	due   []schema.CircleID // epochs that dueBy must start before anything else
	dueBy schema.UserID

	keep    map[schema.UserID]bool // nil: packets of everybody are kept
	changes changes

	// own marks the records that this state may change in place; a record with
	// another mark is shared with a clone and is copied first.
	own atomic.Pointer[mark]
}

// mark is compared by address and so must not be of size zero.
type mark struct{ _ byte }

// person is a user that the roster knows, now a member or not.
type person struct {
	own  *mark
	user schema.UserID
	cert *cert.Certificate // the last known, also of a former member
	// role is 0 for a former member; while pending it is what the invite offered.
	role     schema.Role
	pending  bool
	since    uint64
	removed  uint64 // sequence of the last removal by somebody else
	roles    []roleSince
	devices  map[schema.DeviceID]deviceLife
	circles  map[schema.CircleID][]stay
	joinedBy []schema.InviteID
}

// roleSince says that a role counts from the entry seq on; 0 is no role.
type roleSince struct {
	seq  uint64
	role schema.Role
}

// deviceLife is when the roster learnt of a device and of its revocation (0: not).
type deviceLife struct{ known, revoked uint64 }

// stay is a time in a circle: after entry from, until entry to (0: still).
type stay struct{ from, to uint64 }

type circle struct {
	own      *mark
	id       schema.CircleID
	creator  schema.UserID
	members  map[schema.UserID]struct{}
	stale    bool
	staleCut schema.Hash
	epochs   []*epoch
}

// epoch is never changed once it is made.
type epoch struct {
	info EpochInfo
	keys []keyPacket // ascending by recipient
}

type keyPacket struct {
	to     schema.Fingerprint
	packet []byte
}

type invite struct {
	own    *mark
	seq    uint64
	author schema.UserID
	body   schema.InviteBody // without Keys
	cert   *cert.Certificate
	used   uint32
	open   bool
}

// holder is the user or the invite behind an encryption subkey.
type holder struct {
	user   schema.UserID
	invite schema.InviteID
}

// handedKey names a key packet that came outside an epoch entry.
type handedKey struct {
	circle schema.CircleID
	epoch  uint64
	to     schema.Fingerprint
}

type handedPacket struct {
	holder holder
	packet []byte
}

// New is the state of a workspace's roster before its genesis.
func New(ws schema.WorkspaceID) *State {
	s := &State{
		workspace: ws,
		people:    map[schema.UserID]*person{},
		circles:   map[schema.CircleID]*circle{},
		invites:   map[schema.InviteID]*invite{},
		handed:    map[handedKey]handedPacket{},
		sealedTo:  map[schema.Fingerprint]holder{},
	}
	s.own.Store(new(mark))
	return s
}

// Replay applies a whole roster, from its genesis on. It returns the error of
// the first entry that is refused.
func Replay(ws schema.WorkspaceID, entries []schema.SignedEntry) (*State, error) {
	s := New(ws)
	for _, e := range entries {
		if err := s.Apply(e); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Clone returns an independent state with an empty list of changes. It copies
// one pointer for each user, circle and invite; the records behind them are
// copied by whichever state changes them first.
func (s *State) Clone() *State {
	c := &State{
		workspace:   s.workspace,
		hashes:      slices.Clip(s.hashes),
		personal:    s.personal,
		everyone:    s.everyone,
		people:      maps.Clone(s.people),
		circles:     maps.Clone(s.circles),
		invites:     maps.Clone(s.invites),
		handed:      maps.Clone(s.handed),
		sealedTo:    maps.Clone(s.sealedTo),
		members:     s.members,
		owners:      s.owners,
		openInvites: s.openInvites,
		due:         slices.Clone(s.due),
		dueBy:       s.dueBy,
		keep:        maps.Clone(s.keep),
	}
	c.own.Store(new(mark))
	s.own.Store(new(mark))
	return c
}

// editPerson returns the record of a known user for changing.
func (s *State) editPerson(u schema.UserID) *person {
	s.changes.user(u)
	p, own := s.people[u], s.own.Load()
	if p.own != own {
		c := *p
		c.own = own
		c.roles = slices.Clone(p.roles)
		c.devices = maps.Clone(p.devices)
		c.circles = maps.Clone(p.circles)
		c.joinedBy = slices.Clone(p.joinedBy)
		p = &c
		s.people[u] = p
	}
	return p
}

// editCircle returns the record of an existing circle for changing.
func (s *State) editCircle(id schema.CircleID) *circle {
	s.changes.circle(id)
	c, own := s.circles[id], s.own.Load()
	if c.own != own {
		n := *c
		n.own = own
		n.members = maps.Clone(c.members)
		n.epochs = slices.Clip(c.epochs)
		c = &n
		s.circles[id] = c
	}
	return c
}

// editInvite returns the record of an existing invite for changing.
func (s *State) editInvite(id schema.InviteID) *invite {
	s.changes.invite(id)
	i, own := s.invites[id], s.own.Load()
	if i.own != own {
		n := *i
		n.own = own
		i = &n
		s.invites[id] = i
	}
	return i
}
