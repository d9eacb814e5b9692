package roster

import (
	"sort"

	"github.com/cenacle-team/cenacle/schema"
)

// RoleAt is a user's role in the state after entry seq. It is false for somebody
// who was no member then or still pending, and for an entry that is not known.
func (s *State) RoleAt(u schema.UserID, seq uint64) (schema.Role, bool) {
	p, ok := s.people[u]
	if !ok || seq > s.head() {
		return 0, false
	}
	n := sort.Search(len(p.roles), func(i int) bool { return p.roles[i].seq > seq })
	if n == 0 || p.roles[n-1].role == 0 {
		return 0, false
	}
	return p.roles[n-1].role, true
}

// RemovedAt is the sequence of the last entry by which somebody else removed the
// user from the workspace; 0 for a user who never was, or who left.
func (s *State) RemovedAt(u schema.UserID) uint64 {
	p, ok := s.people[u]
	if !ok {
		return 0
	}
	return p.removed
}

// InCircleAt reports whether a user was in a circle in the state after entry seq.
// It is false for an entry that is not known.
func (s *State) InCircleAt(c schema.CircleID, u schema.UserID, seq uint64) bool {
	p, ok := s.people[u]
	if !ok || seq > s.head() {
		return false
	}
	for _, t := range p.circles[c] {
		if t.from <= seq && (t.to == 0 || seq < t.to) {
			return true
		}
	}
	return false
}

// DeviceValidAt reports whether in the state after entry seq the user was a
// member, not pending, and the device was known as the user's and not revoked.
// What a device signs counts only where this holds.
func (s *State) DeviceValidAt(u schema.UserID, d schema.DeviceID, seq uint64) bool {
	if _, ok := s.RoleAt(u, seq); !ok {
		return false
	}
	life, ok := s.people[u].devices[d]
	return ok && life.known <= seq && (life.revoked == 0 || seq < life.revoked)
}
