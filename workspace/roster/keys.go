package roster

import (
	"bytes"
	"slices"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

// KeyFor returns the PKESK packet that hands the secret of a circle's epoch to an
// encryption subkey: from the epoch's own entry, or from the admit, join, role,
// circle-admit or invite entry that handed it on.
func (s *State) KeyFor(id schema.CircleID, n uint64, to schema.Fingerprint) ([]byte, bool) {
	c, ok := s.circles[id]
	if !ok || n == 0 || n > c.epoch() {
		return nil, false
	}
	keys := c.epochs[n-1].keys
	i, found := slices.BinarySearchFunc(keys, to, func(k keyPacket, f schema.Fingerprint) int {
		return bytes.Compare(k.to[:], f[:])
	})
	if found {
		return keys[i].packet, true
	}
	h, ok := s.handed[handedKey{id, n, to}]
	return h.packet, ok
}

// KeepKeysOf keeps from now on the key packets of these users only, of nobody
// when there are none; packets of invites go too. The packets of a large
// workspace's epochs are megabytes each: a server needs none of them, a member
// only the member's own. No rule depends on them.
func (s *State) KeepKeysOf(users ...schema.UserID) {
	s.keep = map[schema.UserID]bool{}
	wanted := map[schema.Fingerprint]bool{}
	for _, u := range users {
		s.keep[u] = true
		if p, ok := s.people[u]; ok {
			for _, k := range p.cert.EncryptionKeys() {
				wanted[k.Fingerprint] = true
			}
		}
	}
	for k, h := range s.handed {
		if !s.keeps(h.holder) {
			delete(s.handed, k)
		}
	}
	for id := range s.circles {
		c := s.unjournalled(id)
		for i, e := range c.epochs {
			var keys []keyPacket
			for _, k := range e.keys {
				if wanted[k.to] {
					keys = append(keys, k)
				}
			}
			c.epochs[i] = &epoch{info: e.info, keys: keys}
		}
	}
}

// unjournalled is a circle's record whose epochs may be replaced in place.
func (s *State) unjournalled(id schema.CircleID) *circle {
	n := *s.circles[id]
	n.epochs = slices.Clone(n.epochs)
	if n.own != s.own.Load() {
		n.own = nil
	}
	s.circles[id] = &n
	return &n
}

func (s *State) keeps(h holder) bool { return s.keep == nil || s.keep[h.user] }

// hand records key packets that an entry hands to somebody.
func (s *State) hand(h holder, to schema.Fingerprint, keys []schema.CircleKey) {
	if !s.keeps(h) {
		return
	}
	for _, k := range keys {
		s.handed[handedKey{k.Circle, k.Epoch, to}] = handedPacket{h, k.Packet}
	}
}

// checkKeys judges keys that an entry hands to one recipient: strictly ascending
// by circle, each for the current epoch of a circle that is not stale, in which
// the author is (giver), and sealed to that encryption subkey. It returns the circles.
func (s *State) checkKeys(keys []schema.CircleKey, giver *schema.UserID, to schema.Fingerprint) ([]schema.CircleID, error) {
	ids := make([]schema.CircleID, 0, min(len(keys), len(s.circles)))
	for i, k := range keys {
		if i > 0 && compareID(keys[i-1].Circle, k.Circle) >= 0 {
			return nil, invalid("the keys are not strictly ascending by circle")
		}
		if err := s.checkKey(k, giver, to); err != nil {
			return nil, err
		}
		ids = append(ids, k.Circle)
	}
	return ids, nil
}

func (s *State) checkKey(k schema.CircleKey, giver *schema.UserID, to schema.Fingerprint) error {
	c, ok := s.circles[k.Circle]
	switch {
	case !ok:
		return invalid("a key names a circle that does not exist")
	case giver != nil && !s.InCircle(k.Circle, *giver):
		return invalid("a key names a circle that the author is not in")
	case c.stale:
		return invalid("a key names a stale circle: its next epoch comes first")
	case k.Epoch != c.epoch():
		return invalid("a key is of epoch %d, the circle's is %d", k.Epoch, c.epoch())
	}
	got, err := packetRecipient(k.Packet)
	if err != nil {
		return err
	}
	if got != to {
		return invalid("a key is not sealed to the recipient's current encryption subkey")
	}
	return nil
}

// packetRecipient checks the structure of a key packet and says whom it is for.
func packetRecipient(packet []byte) (schema.Fingerprint, error) {
	if len(packet) > schema.MaxKeyPacket {
		return schema.Fingerprint{}, invalid("a key packet is larger than %d octets", schema.MaxKeyPacket)
	}
	to, err := cert.KeyPacketRecipient(packet)
	if err != nil {
		return to, &schema.Error{Code: schema.CodeRosterInvalid, Detail: "a key packet is malformed", Cause: err}
	}
	return to, nil
}
