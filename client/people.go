package client

import (
	"context"
	"maps"
	"slices"
	"strings"

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
			p.Verified = pin.Fingerprint == p.Fingerprint
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
	doubles := map[schema.UserID]bool{}
	for id, c := range w.circles {
		info, _ := w.roster.Circle(id)
		for _, u := range info.Members {
			visible[u] = true
		}
		maps.Copy(doubles, c.lookalikes())
	}
	var out []Person
	for _, m := range w.roster.Members() {
		if me.Role <= schema.RoleGuest && !visible[m.User] {
			continue
		}
		out = append(out, Person{
			User: m.User, Name: w.nameOf(m.User), Role: m.Role, Fingerprint: m.Certificate.Fingerprint(),
			LooksLike: doubles[m.User], Pending: m.Pending, Verified: m.User == w.e.User(),
		})
	}
	return out
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
