package client

import (
	"context"
	"slices"
	"strings"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/text"
)

// Person is a member of a workspace as the user may see one.
type Person struct {
	User        schema.UserID
	Name        string // empty when no circle in common tells it
	Role        schema.Role
	Fingerprint schema.Fingerprint
	Verified    bool
	// KeyChanged tells that the roster's key is not the one that was pinned.
	KeyChanged bool
	// LooksLike tells that the name is easily taken for somebody else's.
	LooksLike bool
	Pending   bool
	// Lookalikes are those whose names it is easily taken for, at most
	// maxLookalikes of them.
	Lookalikes []schema.UserID
	// FirstSeen is when an own device first saw the pinned key, VerifiedAt when the
	// user compared it: Unix milliseconds, 0 for never.
	FirstSeen, VerifiedAt int64
	// Devices counts those that may read and sign: revoked ones are not among them.
	Devices int
	// Presence is the last that is known, see [PresenceLife].
	Presence Presence
}

// NameOf is a user's display name as told by the profiles in common circles.
func (w *Workspace) NameOf(u schema.UserID) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.nameOf(u)
}

func (w *Workspace) nameOf(u schema.UserID) string {
	if w.roster == nil {
		return ""
	}
	if c := w.circles[w.roster.Everyone()]; c != nil {
		if p, ok := c.index.Profile(u); ok {
			return p.Name
		}
	}
	for _, id := range w.roster.CirclesOf(w.e.User()) {
		if c := w.circles[id]; c != nil {
			if p, ok := c.index.Profile(u); ok {
				return p.Name
			}
		}
	}
	return ""
}

// People lists the members. A guest sees only those who share a circle.
func (w *Workspace) People() []Person {
	out := w.people()
	// The pins are in another workspace, or in this one: mu must not be held.
	for i := range out {
		p := &out[i]
		if pin, ok := w.e.personalPin(p.User); ok && pin.Verified != nil {
			if p.Verified = pin.Fingerprint == p.Fingerprint; p.Verified {
				p.VerifiedAt = pin.Verified.At
			}
		}
		// A pin that cannot be read shows in what is encrypted, below.
		if pin, err := w.e.pinnedKey(context.Background(), p.User); err == nil {
			p.FirstSeen = pin.FirstSeen
		}
		p.KeyChanged = schema.HasCode(w.e.mayEncryptToUser(p.User, p.Fingerprint), schema.CodeKeyChanged)
	}
	slices.SortStableFunc(out, func(a, b Person) int {
		return strings.Compare(text.Lookup(a.Name), text.Lookup(b.Name))
	})
	return out
}

// people lists the members as the roster and the profiles tell them.
func (w *Workspace) people() []Person {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.roster == nil {
		return nil
	}
	me, _ := w.roster.Member(w.e.User())
	visible := map[schema.UserID]bool{}
	for id := range w.circles {
		info, _ := w.roster.Circle(id)
		for _, u := range info.Members {
			visible[u] = true
		}
	}
	now := w.e.opt.Clock.Now()
	var out []Person
	for _, m := range w.roster.Members() {
		if me.Role <= schema.RoleGuest && !visible[m.User] {
			continue
		}
		p := Person{
			User: m.User, Name: w.nameOf(m.User), Role: m.Role, Fingerprint: m.Certificate.Fingerprint(), Pending: m.Pending,
			Verified: m.User == w.e.User(), Lookalikes: w.lookalikesOf(m.User), Presence: w.presences.of(m.User, now),
			Devices: len(working(m.Certificate)),
		}
		p.LooksLike = len(p.Lookalikes) > 0
		out = append(out, p)
	}
	return out
}

// maxLookalikes bounds Person.Lookalikes: anybody can choose a common name.
const maxLookalikes = 10

// lookalikesOf are the others whose names look like a user's in some circle. It is
// called with mu held.
func (w *Workspace) lookalikesOf(u schema.UserID) (out []schema.UserID) {
	for _, c := range w.circles {
		for _, other := range c.lookalikes()[u] {
			if other != u && !slices.Contains(out, other) && len(out) < maxLookalikes {
				out = append(out, other)
			}
		}
	}
	slices.SortFunc(out, compareIDs)
	return out
}

// working are the devices of a certificate that were not revoked.
func working(c *cert.Certificate) []cert.Device {
	return slices.DeleteFunc(slices.Clone(c.Devices()), func(d cert.Device) bool { return d.Revoked })
}

// FindPerson finds a member by name, with or without @, or by id. A name that
// several members have is CodeAmbiguous.
func (w *Workspace) FindPerson(who string) (Person, error) {
	var id schema.UserID
	byID := id.UnmarshalText([]byte(who)) == nil
	want := text.Lookup(strings.TrimPrefix(who, "@"))
	var found []Person
	for _, p := range w.People() {
		if (byID && p.User == id) || (!byID && p.Name != "" && text.Lookup(p.Name) == want) {
			found = append(found, p)
		}
	}
	switch len(found) {
	case 0:
		return Person{}, schema.Errorf(schema.CodeNotFound, "nobody here is called %q", who)
	case 1:
		return found[0], nil
	}
	return Person{}, schema.Errorf(schema.CodeAmbiguous, "%d people are called %q", len(found), who)
}

// LookUpPerson finds a member by name, id or sign-in handle. The server is asked
// about a handle; what it answers only chooses among members whose keys the
// roster fixes.
func (w *Workspace) LookUpPerson(ctx context.Context, who string) (Person, error) {
	p, err := w.FindPerson(who)
	if !schema.HasCode(err, schema.CodeNotFound) || !strings.Contains(strings.TrimPrefix(who, "@"), "@") {
		return p, err
	}
	entry, _, err := w.e.lookUp(ctx, who)
	if err != nil {
		return Person{}, err
	}
	return w.FindPerson(entry.User.String())
}

// mention adds members to those whom a text mentions, ascending and each once.
func (w *Workspace) mention(named, more []schema.UserID) ([]schema.UserID, error) {
	rs := w.members()
	for _, u := range more {
		if _, ok := rs.Member(u); !ok {
			return nil, schema.Errorf(schema.CodeNotFound, "user %s is not a member", u)
		}
	}
	named = append(named, more...)
	slices.SortFunc(named, compareIDs)
	return slices.Compact(named), nil
}

// resolveMention finds whom @name means; nobody when it is not clear.
func (w *Workspace) resolveMention(name string) (schema.UserID, bool) {
	p, err := w.FindPerson(name)
	return p.User, err == nil
}
