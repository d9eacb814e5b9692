package roster

import (
	"bytes"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
)

// Changes names what entries touched: users whose role, certificate or circles
// changed, circles that were made, became stale, gained or lost a member or
// started an epoch, and invites that were made, used or closed. Each list is
// ascending and without duplicates.
type Changes struct {
	Users   []schema.UserID
	Circles []schema.CircleID
	Invites []schema.InviteID
}

// changes collects what [State.TakeChanges] hands out.
type changes struct {
	users   map[schema.UserID]struct{}
	circles map[schema.CircleID]struct{}
	invites map[schema.InviteID]struct{}
}

func (c *changes) user(u schema.UserID)      { c.users = add(c.users, u) }
func (c *changes) circle(id schema.CircleID) { c.circles = add(c.circles, id) }
func (c *changes) invite(id schema.InviteID) { c.invites = add(c.invites, id) }
func add[K comparable](m map[K]struct{}, k K) map[K]struct{} {
	if m == nil {
		m = map[K]struct{}{}
	}
	m[k] = struct{}{}
	return m
}

// TakeChanges returns what was touched since the state was made, cloned, or
// asked the last time, and forgets it. Refused entries touch nothing.
func (s *State) TakeChanges() Changes {
	c := s.changes
	s.changes = changes{}
	return Changes{
		Users:   ascending(c.users),
		Circles: ascending(c.circles),
		Invites: ascending(c.invites),
	}
}

// id16 is any identifier of 16 octets.
type id16 interface{ ~[16]byte }

func compareID[K id16](a, b K) int {
	x, y := [16]byte(a), [16]byte(b)
	return bytes.Compare(x[:], y[:])
}

func ascending[K id16, V any](m map[K]V) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.SortFunc(out, compareID)
	return out
}
