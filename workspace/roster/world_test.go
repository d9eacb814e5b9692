package roster

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/schema"
)

// actor is somebody with keys: a user, or an invite.
type actor struct {
	user    schema.UserID
	id      *identity.Identity
	first   *cert.Certificate // as it was in the beginning
	devices map[string]*identity.Device
	order   []string
}

// device is the named one, or else the first that is not revoked.
func (a *actor) device(t testing.TB, name string) *identity.Device {
	t.Helper()
	if name != "" {
		d, ok := a.devices[name]
		if !ok {
			t.Fatalf("no device %q", name)
		}
		return d
	}
	for _, n := range a.order {
		d := a.devices[n]
		if known, ok := a.id.Certificate().Device(d.ID()); ok && !known.Revoked {
			return d
		}
	}
	t.Fatal("no valid device")
	return nil
}

// world is a roster in the making, with everybody's private keys.
type world struct {
	t       testing.TB
	ws      schema.WorkspaceID
	state   *State
	entries []schema.SignedEntry
	actors  map[string]*actor
	clock   time.Time
	// unverified leaves the signatures out of what is tried, for speed.
	unverified bool
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, actors: map[string]*actor{}, clock: time.Unix(1_700_000_000, 0)}
	w.ws = schema.WorkspaceID(name16("workspace"))
	w.state = New(w.ws)
	return w
}

// name16 makes an identifier that can be recognised and sorts like its name.
func name16(name string) (id [16]byte) {
	copy(id[:], name)
	return id
}

func circleID(name string) schema.CircleID { return schema.CircleID(name16(name)) }

// actor makes the named user or invite with one device, d1, or finds it.
func (w *world) actor(name string) *actor {
	w.t.Helper()
	if a, ok := w.actors[name]; ok {
		return a
	}
	a := w.makeActor(schema.UserID(name16(name)))
	w.actors[name] = a
	return a
}

func (w *world) makeActor(u schema.UserID) *actor {
	w.t.Helper()
	a := &actor{user: u, devices: map[string]*identity.Device{}}
	var err error
	if a.id, err = identity.New(u, w.clock); err != nil {
		w.t.Fatal(err)
	}
	w.addDevice(a, "d1")
	a.first = a.id.Certificate()
	return a
}

func (w *world) addDevice(a *actor, name string) {
	w.t.Helper()
	d, err := a.id.AddDevice(w.tick())
	if err != nil {
		w.t.Fatal(err)
	}
	a.devices[name] = d
	a.order = append(a.order, name)
}

func (w *world) tick() time.Time {
	w.clock = w.clock.Add(time.Second)
	return w.clock
}

// cutOf is what the server would say the circle's streams are at.
func (w *world) cutOf(c schema.CircleID) schema.Hash {
	if k, ok := w.state.circles[c]; ok && !k.staleCut.IsZero() {
		return k.staleCut
	}
	return sha256.Sum256(fmt.Appendf(nil, "cut %x %d", c, w.state.head()))
}

// pkesk fabricates a key packet of the right structure. Nothing at this level
// opens it.
func pkesk(to schema.Fingerprint) []byte {
	const body = cert.KeyPacketSize - 3
	b := make([]byte, 0, cert.KeyPacketSize)
	b = append(b, 0xC1, (body-192)>>8+192, (body-192)&0xFF)
	b = append(b, 6, 33, 6)
	b = append(b, to[:]...)
	b = append(b, 35)
	fill := sha256.Sum256(to[:])
	for len(b) < cert.KeyPacketSize {
		b = append(b, fill[:min(len(fill), cert.KeyPacketSize-len(b))]...)
	}
	b[cert.KeyPacketSize-41] = 40
	return b
}

// sign makes the signed entry of e, whose fields are final.
func (w *world) sign(e schema.RosterEntry, d *identity.Device) schema.SignedEntry {
	b := schema.MustMarshal(e)
	return schema.SignedEntry{Entry: b, Signature: d.Sign(b)}
}

// next is the frame of a good next entry by the actor.
func (w *world) next(a *actor, d *identity.Device, kind schema.RosterKind, body any) schema.RosterEntry {
	return schema.RosterEntry{
		Purpose: schema.PurposeRoster, Workspace: w.ws,
		Seq: w.state.head() + 1, Prev: w.state.Head().Hash,
		Author: a.user, Device: d.ID(), At: w.tick().UnixMilli(),
		Kind: kind, Body: schema.MustMarshal(body),
	}
}

// apply gives an entry to the state. Whatever happens, the octets are not
// touched; if it is refused neither is the state, and nor is a clone in any case.
func (w *world) apply(e schema.SignedEntry) error {
	w.t.Helper()
	w.state.TakeChanges()
	before, bystander := dump(w.state), w.state.Clone()
	hash := e.Hash()
	apply := w.state.Apply
	if w.unverified {
		apply = w.state.ApplyVerified
	}
	err := apply(e)
	if e.Hash() != hash {
		w.t.Fatal("Apply changed the entry")
	}
	if got := dump(bystander); got != before {
		w.t.Fatalf("a clone changed along:\n%s", diff(before, got))
	}
	if err == nil {
		w.entries = append(w.entries, e)
		invariants(w.t, w.state)
		return nil
	}
	if got := dump(w.state); got != before {
		w.t.Fatalf("a refused entry changed the state:\n%s", diff(before, got))
	}
	if c := w.state.TakeChanges(); len(c.Users)+len(c.Circles)+len(c.Invites) != 0 {
		w.t.Fatalf("a refused entry touched %v", c)
	}
	return err
}

// do applies steps that must all be good.
func (w *world) do(steps ...string) {
	w.t.Helper()
	for _, s := range steps {
		if err := w.try(s); err != nil {
			w.t.Fatalf("%s: %v", s, err)
		}
	}
}

// try applies one step and returns the rule's answer.
func (w *world) try(text string) error {
	w.t.Helper()
	st, err := parseStep(text)
	if err != nil {
		w.t.Fatalf("%s: %v", text, err)
	}
	if st.verb == "renew" {
		w.renew(w.actor(st.args[0]), st)
		return nil
	}
	return w.apply(w.build(st))
}

// deny applies a step that must be refused with the code.
func (w *world) deny(code schema.Code, step string) {
	w.t.Helper()
	if err := w.try(step); schema.CodeOf(err) != code {
		w.t.Fatalf("%s: got %v, want %s", step, err, code)
	}
}

// circles turns names into ascending ids.
func circles(names []string) []schema.CircleID {
	out := make([]schema.CircleID, 0, len(names))
	for _, n := range names {
		out = append(out, circleID(n))
	}
	slices.SortFunc(out, compareID)
	return out
}
