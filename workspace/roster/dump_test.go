package roster

import (
	"fmt"
	"hash/maphash"
	"sort"
	"strings"

	"github.com/cenacle-team/cenacle/schema"
)

var dumpSeed = maphash.MakeSeed()

// brief stands for octets that would make a dump long.
func brief(b []byte) uint64 { return maphash.Bytes(dumpSeed, b) }

// dump writes every field of a state, so that two states are equal exactly when
// their dumps are.
func dump(s *State) string {
	var b strings.Builder
	fmt.Fprintf(&b, "workspace %s personal %t everyone %s\n", s.workspace, s.personal, s.everyone)
	fmt.Fprintf(&b, "members %d owners %d open %d due %v by %s keep %v\n", s.members, s.owners, s.openInvites, s.due, s.dueBy, s.keep)
	for i, h := range s.hashes {
		fmt.Fprintf(&b, "hash %d %s\n", i+1, h)
	}
	for _, u := range ascending(s.people) {
		p := s.people[u]
		fmt.Fprintf(&b, "person %s %s cert %x role %d pending %t since %d removed %d roles %v devices %v circles %v joined %v\n",
			u, p.user, brief(p.cert.Bytes()), p.role, p.pending, p.since, p.removed, p.roles, p.devices, p.circles, p.joinedBy)
	}
	for _, id := range ascending(s.circles) {
		c := s.circles[id]
		fmt.Fprintf(&b, "circle %s %s creator %s members %v stale %t cut %s\n", id, c.id, c.creator, ascending(c.members), c.stale, c.staleCut)
		for _, e := range c.epochs {
			fmt.Fprintf(&b, "  epoch %+v\n", e.info)
			for _, k := range e.keys {
				fmt.Fprintf(&b, "    key %x %x\n", k.to, brief(k.packet))
			}
		}
	}
	for _, id := range ascending(s.invites) {
		i := s.invites[id]
		fmt.Fprintf(&b, "invite %s seq %d author %s body %x cert %x used %d open %t\n",
			id, i.seq, i.author, brief(schema.MustMarshal(i.body)), brief(i.cert.Bytes()), i.used, i.open)
	}
	var lines []string
	for k, h := range s.handed {
		lines = append(lines, fmt.Sprintf("handed %v %v %x\n", k, h.holder, brief(h.packet)))
	}
	for f, h := range s.sealedTo {
		lines = append(lines, fmt.Sprintf("sealed to %s %v\n", f, h))
	}
	sort.Strings(lines)
	b.WriteString(strings.Join(lines, ""))
	return b.String()
}

// diff shows the lines in which two dumps differ.
func diff(a, b string) string {
	was := map[string]bool{}
	for _, l := range strings.Split(a, "\n") {
		was[l] = true
	}
	var out []string
	for _, l := range strings.Split(b, "\n") {
		if !was[l] {
			out = append(out, "+ "+l)
		}
		delete(was, l)
	}
	for l := range was {
		out = append(out, "- "+l)
	}
	sort.Strings(out)
	return strings.Join(out, "\n")
}
