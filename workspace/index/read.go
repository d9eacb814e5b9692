package index

import (
	"bytes"
	"maps"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream"
	"github.com/cenacle-team/cenacle/workspace/text"
)

// Head is the sequence number of the last event.
func (s *State) Head() uint64 { return s.head }

// Listed is a stream in a list.
type Listed struct {
	*Stream
	// Duplicate tells that another stream has the same lookup form of its name,
	// archived ones included: people are shown which is the older.
	Duplicate bool
	// Supported tells that this release knows the kind.
	Supported bool
}

// Streams lists all streams in the order of their creation.
func (s *State) Streams() []Listed {
	names := make(map[string]int, len(s.streams))
	for _, x := range s.streams {
		names[text.Lookup(x.Name)]++
	}
	sorted := slices.SortedFunc(maps.Values(s.streams), byCreation)
	out := make([]Listed, len(sorted))
	for i, x := range sorted {
		out[i] = Listed{Stream: x, Duplicate: names[text.Lookup(x.Name)] > 1, Supported: x.Kind == schema.StreamChat}
	}
	return out
}

// Stream returns the stream with the id.
func (s *State) Stream(id schema.StreamID) (*Stream, bool) {
	x, ok := s.streams[id]
	return x, ok
}

// Named lists the streams whose names have the lookup form of name, in the order
// of their creation.
func (s *State) Named(name string) []*Stream {
	want := text.Lookup(name)
	var out []*Stream
	for _, x := range s.streams {
		if text.Lookup(x.Name) == want {
			out = append(out, x)
		}
	}
	slices.SortFunc(out, byCreation)
	return out
}

// Profile returns a user's own profile.
func (s *State) Profile(u schema.UserID) (*Profile, bool) {
	p, ok := s.profiles[u]
	return p, ok
}

// Profiles lists all profiles, ascending by user.
func (s *State) Profiles() []*Profile {
	return slices.SortedFunc(maps.Values(s.profiles), func(a, b *Profile) int { return bytes.Compare(a.User[:], b.User[:]) })
}

// WorkspaceName is the workspace's name; empty if it was never given.
func (s *State) WorkspaceName() string { return s.name }

// CircleMeta tells what the circle is; false if nobody has said.
func (s *State) CircleMeta() (*Meta, bool) { return s.meta, s.meta != nil }

// Lookalikes lists the users whose names are equal or easily taken for each
// other (ATTACKS K14), in groups of two and more; groups and users ascend. The
// id is shown beside such names.
func (s *State) Lookalikes() [][]schema.UserID {
	// Two names belong together if they share a skeleton or a lookup form, and so
	// do names that are linked through others.
	users := s.Profiles()
	parent := make([]int, len(users))
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	first := map[string]int{}
	for i, p := range users {
		parent[i] = i
		for _, key := range []string{"s" + text.Skeleton(p.Name), "l" + text.Lookup(p.Name)} {
			if j, ok := first[key]; ok {
				a, b := root(i), root(j)
				parent[max(a, b)] = min(a, b)
			} else {
				first[key] = i
			}
		}
	}
	groups := map[int][]schema.UserID{}
	for i, p := range users {
		groups[root(i)] = append(groups[root(i)], p.User)
	}
	var out [][]schema.UserID
	for i := range users {
		if len(groups[i]) > 1 {
			out = append(out, groups[i])
		}
	}
	return out
}

// Quarantined lists the events that break a rule, ascending.
func (s *State) Quarantined() []stream.QuarantinedEvent { return slices.Clone(s.quarantined) }

// Contradictions lists the snapshots that contradict the log (ATTACKS E17).
func (s *State) Contradictions() []Contradiction { return slices.Clone(s.contradicts) }

// Erased lists the events that the server erased without right.
func (s *State) Erased() []stream.Meta { return slices.Clone(s.erased) }
