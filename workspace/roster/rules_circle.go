package roster

import (
	"slices"

	"github.com/cenacle-team/cenacle/schema"
)

// Circles and their epochs: circle, circle-admit, circle-remove, epoch.

// maxPrevious bounds the sealed previous secret of an epoch, in octets.
const maxPrevious = 512

func (s *State) newCircle(e *entry, author *person) (commit, error) {
	b, err := body[schema.CircleBody](e)
	if err != nil {
		return nil, err
	}
	switch {
	case author.role < schema.RoleMember:
		return nil, invalid("a guest may not make circles")
	case b.Circle.IsZero():
		return nil, invalid("the circle has no id")
	case len(s.circles) >= schema.MaxCircles:
		return nil, invalid("the workspace has %d circles, which is the limit", schema.MaxCircles)
	}
	if _, ok := s.circles[b.Circle]; ok {
		return nil, invalid("the circle exists already")
	}
	for i, u := range b.Members {
		p := s.current(u)
		switch {
		case i > 0 && compareID(b.Members[i-1], u) >= 0:
			return nil, invalid("the members are not strictly ascending")
		case u == e.Author:
			return nil, invalid("the author is among the members")
		case p == nil:
			return nil, invalid("the user is not a member of the workspace")
		case p.pending:
			return nil, invalid("the user waits for approval")
		}
	}
	return func() {
		s.makeCircle(b.Circle, e.Author)
		s.enterCircle(b.Circle, e.Author)
		for _, u := range b.Members {
			s.enterCircle(b.Circle, u)
		}
		s.owe(e.Author, b.Circle)
	}, nil
}

func (s *State) circleAdmit(e *entry) (commit, error) {
	b, err := body[schema.CircleAdmitBody](e)
	if err != nil {
		return nil, err
	}
	id := b.Key.Circle
	p := s.current(b.User)
	switch {
	case id == s.everyone:
		return nil, invalid("a role, not a key, lets somebody into the circle everyone")
	case !s.MayManage(id, e.Author):
		return nil, invalid("the author may not manage the circle")
	case p == nil:
		return nil, invalid("the user is not a member of the workspace")
	case p.pending:
		return nil, invalid("the user waits for approval")
	case s.InCircle(id, b.User):
		return nil, invalid("the user is in the circle already")
	}
	to := p.cert.Encryption().Fingerprint
	if err := s.checkKey(b.Key, &e.Author, to); err != nil {
		return nil, err
	}
	return func() {
		s.enterCircle(id, b.User)
		s.hand(holder{user: b.User}, to, []schema.CircleKey{b.Key})
	}, nil
}

func (s *State) circleRemove(e *entry) (commit, error) {
	b, err := body[schema.CircleRemoveBody](e)
	if err != nil {
		return nil, err
	}
	id := b.Cut.Circle
	switch {
	case id == s.everyone:
		return nil, invalid("a role, not this, takes somebody out of the circle everyone")
	case !s.InCircle(id, b.User):
		return nil, invalid("the user is not in the circle")
	case b.User != e.Author && !s.MayManage(id, e.Author):
		return nil, invalid("the author may not manage the circle")
	}
	cuts, lost := []schema.CircleCut{b.Cut}, []schema.CircleID{id}
	if err := s.checkCuts(cuts, lost); err != nil {
		return nil, err
	}
	return func() {
		s.exitCircle(id, b.User)
		s.closeInvitesOf(b.User, lost)
		s.makeStale(e.Author, cuts)
	}, nil
}

func (s *State) startEpoch(e *entry) (commit, error) {
	b, err := body[schema.EpochBody](e)
	if err != nil {
		return nil, err
	}
	c, ok := s.circles[b.Circle]
	switch {
	case !ok:
		return nil, invalid("the circle does not exist")
	case !s.InCircle(b.Circle, e.Author):
		return nil, invalid("the author is not in the circle")
	case len(s.due) > 0 && !slices.Contains(s.due, b.Circle):
		return nil, invalid("the epoch of another circle is due first")
	case b.Epoch != c.epoch()+1:
		return nil, invalid("the epoch is %d, %d is next", b.Epoch, c.epoch()+1)
	case !c.stale && !s.MayManage(b.Circle, e.Author):
		return nil, invalid("the author may not start an epoch of a circle that is not stale")
	case b.Commitment.IsZero():
		return nil, invalid("the commitment is missing")
	}
	if err := s.checkChain(e.Author, c, b); err != nil {
		return nil, err
	}
	keys, err := s.checkPackets(b)
	if err != nil {
		return nil, err
	}
	return func() {
		c := s.editCircle(b.Circle)
		c.stale, c.staleCut = false, schema.Hash{}
		c.epochs = append(c.epochs, &epoch{
			info: EpochInfo{
				Epoch: b.Epoch, Seq: s.head(), Author: e.Author, Commitment: b.Commitment,
				Cut: b.Cut, Previous: b.Previous, HasPrevious: len(b.Previous) > 0,
			},
			keys: keys,
		})
		s.due = slices.DeleteFunc(s.due, func(id schema.CircleID) bool { return id == b.Circle })
	}, nil
}

// checkChain judges an epoch's cut and its link to the previous secret.
func (s *State) checkChain(author schema.UserID, c *circle, b schema.EpochBody) error {
	switch {
	case len(b.Previous) > maxPrevious:
		return invalid("the previous secret is larger than %d octets", maxPrevious)
	case c.epoch() == 0 && len(b.Previous) > 0:
		return invalid("the first epoch has no previous secret")
	case c.epoch() == 0 && !b.Cut.IsZero():
		return invalid("the first epoch has no cut")
	case c.epoch() == 0:
		return nil
	case b.Cut.IsZero():
		return invalid("the cut is missing")
	case c.stale && b.Cut != c.staleCut:
		return invalid("the circle is stale with another cut")
	case len(b.Previous) == 0 && !s.MayManage(b.Circle, author):
		return invalid("the author may not end the sharing of the history")
	}
	return nil
}

// checkPackets judges an epoch's key packets: one for each recipient, in order,
// no more and no fewer. It returns those that are to be kept.
func (s *State) checkPackets(b schema.EpochBody) ([]keyPacket, error) {
	want := s.Recipients(b.Circle)
	if len(b.Packets) != len(want) {
		return nil, invalid("%d key packets are given for %d recipients", len(b.Packets), len(want))
	}
	var keys []keyPacket
	if s.keep == nil {
		keys = make([]keyPacket, 0, len(want))
	}
	for i, packet := range b.Packets {
		to, err := packetRecipient(packet)
		if err != nil {
			return nil, err
		}
		if to != want[i].Fingerprint {
			return nil, invalid("the key packets are not those of the recipients, ascending")
		}
		if s.keeps(s.sealedTo[to]) {
			keys = append(keys, keyPacket{to, packet})
		}
	}
	return keys, nil
}
