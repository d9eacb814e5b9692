package client_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/workspace/chat"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// The tests TestAttack_<row>_... of this package mount the rows of ATTACKS.md on
// the real client, with a real server behind package hostile. What "rejected"
// means is in [team.rejects].

// actor is a user whose network is in hostile hands.
type actor struct {
	*clienttest.User
	net *hostile.Transport
	id  *identity.Identity // the private primary key too
}

// newActor makes an account without deriving keys from a passphrase, which most
// attacks do not concern and which would take most of their time.
func newActor(t *testing.T, c *clienttest.Cluster, name string) *actor {
	t.Helper()
	honest, err := network.New(c.Nodes[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	a := &actor{net: hostile.New(honest), id: newIdentity(t, schema.NewUserID())}
	device, err := a.id.AddDevice(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	handle := strings.ToLower(name) + "@example.org"
	body := schema.MustMarshal(schema.SignUpRequest{
		User: a.id.Certificate().User(), Handle: handle, Certificate: a.id.Certificate().Bytes(),
		Credential: schema.Credential{
			Kind: schema.CredentialPassphrase, Version: 1, KDF: schema.DefaultKDF, LoginKey: make([]byte, 32), Locked: []byte{0},
		},
	})
	if _, err := a.net.Do(clienttest.Context(t), client.Request{Method: "POST", Path: "/v1/accounts", Body: body, MaxResponse: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	storeKey := make([]byte, 32)
	if _, err := rand.Read(storeKey); err != nil {
		t.Fatal(err)
	}
	a.User = &clienttest.User{
		T: t, Name: name, Handle: handle,
		Options: client.Options{Origin: clienttest.Origin, Transport: a.net, Store: memory.New()},
		Profile: &client.Profile{
			Origin: clienttest.Origin, Handle: handle, Name: name, User: a.id.Certificate().User(), Device: device.Marshal(),
			Keys: a.id.Keys().Marshal(), Certificate: a.id.Certificate().Bytes(), Revision: 1, CredentialVersion: 1,
			AccountKey: login.NewAccountKey().Text(), StoreKey: storeKey,
		},
	}
	if os.Getenv("CENACLE_TEST_LOG") != "" {
		a.Options.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil)).With("who", name)
	}
	a.Restart()
	a.Sync()
	return a
}

func newIdentity(t *testing.T, u schema.UserID) *identity.Identity {
	t.Helper()
	id, err := identity.New(u, time.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// impostor is another identity with a device that claims a user's id.
func impostor(t *testing.T, u schema.UserID) (*identity.Identity, *identity.Device) {
	t.Helper()
	id := newIdentity(t, u)
	d, err := id.AddDevice(time.Now().Add(-time.Minute))
	if err != nil {
		t.Fatal(err)
	}
	return id, d
}

// team is a workspace of Alice, its owner, and Bob, a member, who have both said
// something in general.
type team struct {
	t          *testing.T
	c          *clienttest.Cluster
	alice, bob *actor
	id         schema.WorkspaceID
	general    client.Channel
}

const said = "from Alice | from Bob"

func newTeam(t *testing.T) *team {
	t.Helper()
	c := clienttest.Start(t, 1, server.Options{})
	tm := &team{t: t, c: c, alice: newActor(t, c, "Alice"), bob: newActor(t, c, "Bob")}
	w := tm.alice.Create("Aurore")
	tm.id = w.ID()
	tm.general = tm.alice.Channel(tm.id, "general")
	tm.bob.Join(tm.alice.Invite(w, client.InviteOptions{}))
	tm.alice.Post(tm.id, "general", "from Alice")
	tm.bob.Sync()
	tm.bob.Post(tm.id, "general", "from Bob")
	tm.alice.Expect(tm.id, "general", said)
	tm.bob.Expect(tm.id, "general", said)
	return tm
}

// join lets a further actor join.
func (tm *team) join(name string, o client.InviteOptions) *actor {
	tm.t.Helper()
	a := newActor(tm.t, tm.c, name)
	a.Join(tm.alice.Invite(tm.alice.In(tm.id), o))
	tm.alice.Sync()
	tm.bob.Sync()
	return a
}

func (tm *team) ctx() context.Context { return clienttest.Context(tm.t) }

// session opens a session with an actor's keys, past the lies.
func (tm *team) session(a *actor) *hostile.Insider {
	tm.t.Helper()
	honest, err := network.New(tm.c.Nodes[0].URL)
	if err != nil {
		tm.t.Fatal(err)
	}
	i, err := hostile.NewInsider(tm.ctx(), honest, a.Engine.Profile())
	if err != nil {
		tm.t.Fatal(err)
	}
	return i
}

// insider turns an actor's keys against the others.
func (tm *team) insider(a *actor) *insider {
	tm.t.Helper()
	i := tm.session(a)
	rs, entries, err := i.Roster(tm.ctx(), tm.id)
	if err != nil {
		tm.t.Fatal(err)
	}
	info, _ := rs.Circle(tm.general.Circle)
	in := &insider{Insider: i, tm: tm, rs: rs, entries: entries, place: hostile.Place{
		Workspace: tm.id, Circle: tm.general.Circle, Stream: tm.general.Stream, Epoch: info.Epoch,
	}}
	if in.secret, err = i.Secret(rs, in.place.Circle, in.place.Epoch); err != nil {
		tm.t.Fatal(err)
	}
	if in.log, err = i.Log(tm.ctx(), tm.id, tm.general.Circle, tm.general.Stream); err != nil {
		tm.t.Fatal(err)
	}
	in.resume()
	return in
}

// resume takes up the numbering of the device where its real client left it.
func (in *insider) resume() {
	in.tm.t.Helper()
	in.counter, in.prev = 0, schema.Hash{}
	for _, ev := range in.log.Events() {
		if ev.Device != in.Device.ID() {
			continue
		}
		payload, _ := in.open(ev)
		in.counter, in.prev = in.counter+1, sha(payload)
	}
}

// open returns the signed payload of an event of the place, and its signature.
func (in *insider) open(ev schema.Event) (payload, signature []byte) {
	in.tm.t.Helper()
	place, secret := in.place, in.secret
	if ev.Epoch != place.Epoch {
		var err error
		place.Epoch = ev.Epoch
		if secret, err = in.Secret(in.rs, place.Circle, ev.Epoch); err != nil {
			in.tm.t.Fatal(err)
		}
	}
	plain, err := hostile.OpenPacket(place.StreamKey(secret), ev.Ciphertext)
	if err != nil {
		in.tm.t.Fatal(err)
	}
	payload, signature, err = hostile.SplitMessage(plain)
	if err != nil {
		in.tm.t.Fatal(err)
	}
	return payload, signature
}

// following is the header of a message that would follow its author's event.
func (in *insider) following(ev schema.Event) schema.Header {
	payload, _ := in.open(ev)
	h := in.Header(in.place, in.rs, in.log.Head(), 2, schema.KindMessage)
	h.Author, h.Device, h.Prev = ev.Author, ev.Device, sha(payload)
	return h
}

// move turns the insider to another stream of the circle.
func (in *insider) move(s schema.StreamID) {
	in.tm.t.Helper()
	in.place.Stream = s
	var err error
	if in.log, err = in.Log(in.tm.ctx(), in.tm.id, in.place.Circle, s); err != nil {
		in.tm.t.Fatal(err)
	}
	in.resume()
}

// insider is a member's knowledge of general at one moment.
type insider struct {
	*hostile.Insider
	tm      *team
	rs      *roster.State
	entries []schema.SignedEntry
	place   hostile.Place
	secret  seal.EpochSecret
	log     *hostile.Log
	counter uint64
	prev    schema.Hash
}

// message makes the insider's next message, after what the edits do to it.
func (in *insider) message(text string, edits ...func(*schema.Payload)) schema.AppendItem {
	in.counter++
	p := schema.Payload{
		Header: in.Header(in.place, in.rs, in.log.Head(), in.counter, schema.KindMessage),
		Body:   schema.MustMarshal(chat.MessageBody{Text: text}),
	}
	p.Header.At, p.Header.Prev = time.Now().UnixMilli(), in.prev
	for _, edit := range edits {
		edit(&p)
	}
	in.prev = sha(schema.MustMarshal(p))
	return in.Seal(in.place, in.secret, p)
}

// event is an item as the server would show it.
func (in *insider) event(item schema.AppendItem) schema.Event {
	return hostile.AsEvent(item, in.User, in.Device.ID())
}

// post appends through the honest server.
func (in *insider) post(items ...schema.AppendItem) {
	in.tm.t.Helper()
	if _, err := in.Append(in.tm.ctx(), in.tm.id, items...); err != nil {
		in.tm.t.Fatalf("the server refuses: %v", err)
	}
}

// show lets actors see a log in place of general.
func (tm *team) show(l *hostile.Log, actors ...*actor) {
	for _, a := range actors {
		a.net.Show(l, a.User.User(), a.Engine.Device())
	}
}

// showRoster lets an actor see entries after those that exist.
func (tm *team) showRoster(a *actor, rs *roster.State, entries ...schema.SignedEntry) {
	page := hostile.Chain(rs, entries...)
	hostile.Roster.Lie(a.net, func(q client.Request, p *schema.RosterPage) error {
		if hostile.WorkspaceOf(q) != tm.id {
			return nil
		}
		after, known := hostile.AfterOf(q), rs.Head().Seq
		honest := min(max(known, after)-after, uint64(len(p.Entries)))
		from := min(max(after, known)-known, uint64(len(entries)))
		p.Entries, p.Head = append(p.Entries[:honest], entries[from:]...), page.Head
		return nil
	})
	hostile.Heads.Lie(a.net, func(q client.Request, h *schema.WorkspaceHeads) error {
		if hostile.WorkspaceOf(q) == tm.id {
			h.Roster = page.Head
		}
		return nil
	})
}

// takeRoster lets an actor's server take what the actor posts to the roster, also
// what an honest one refuses, and show it ever after.
func (tm *team) takeRoster(a *actor) {
	tm.t.Helper()
	rs := tm.insider(a).rs
	hostile.SetRoster.Replace(a.net, func(q client.Request, honest func() ([]byte, error)) (*hostile.None, error) {
		if hostile.WorkspaceOf(q) != tm.id {
			_, err := honest()
			return new(hostile.None), err
		}
		var batch schema.RosterBatch
		if err := schema.Unmarshal(q.Body, &batch); err != nil {
			return nil, err
		}
		tm.showRoster(a, rs, batch.Entries...)
		return new(hostile.None), nil
	})
}

// state is everything that a rejected lie must not change.
type state struct {
	store          map[string][]byte
	texts          string
	events, roster uint64
	profile        []byte
	calls          int
}

// look takes a state. The record of the misbehaviour itself and the session are
// not part of it.
func (tm *team) look(a *actor) state {
	tm.t.Helper()
	s := state{store: map[string][]byte{}, texts: a.Texts(tm.id, "general"), calls: len(a.net.Calls())}
	skip := []byte("m") // what was found
	err := a.Store().View(tm.ctx(), func(r store.Reader) error {
		return r.Scan(nil, nil, false, func(k, v []byte) (bool, error) {
			if !bytes.HasPrefix(k, skip) && !bytes.Equal(k, []byte("s")) {
				s.store[string(k)] = bytes.Clone(v)
			}
			return true, nil
		})
	})
	if err != nil {
		tm.t.Fatal(err)
	}
	st := tm.status(a)
	s.events, s.roster = st.Events, st.Roster
	p := a.Engine.Profile()
	s.profile = schema.MustMarshal(&p)
	return s
}

func (tm *team) status(a *actor) client.WorkspaceStatus {
	tm.t.Helper()
	st, err := a.Status(tm.ctx())
	if err != nil {
		tm.t.Fatal(err)
	}
	i := slices.IndexFunc(st.Workspaces, func(w client.WorkspaceStatus) bool { return w.ID == tm.id })
	if i < 0 {
		tm.t.Fatalf("%s has lost the workspace", a.Name)
	}
	return st.Workspaces[i]
}

// same fails the test unless nothing has changed and nothing was sent.
func (tm *team) same(a *actor, before state) {
	tm.t.Helper()
	after := tm.look(a)
	if after.texts != before.texts {
		tm.t.Errorf("%s reads %q, and read %q before", a.Name, after.texts, before.texts)
	}
	if after.events != before.events || after.roster != before.roster {
		tm.t.Errorf("%s's cursors moved: events %d to %d, roster %d to %d", a.Name, before.events, after.events, before.roster, after.roster)
	}
	if !maps.EqualFunc(after.store, before.store, bytes.Equal) {
		for k, v := range after.store {
			if !bytes.Equal(v, before.store[k]) {
				tm.t.Errorf("%s's local store changed at %q", a.Name, k)
			}
		}
		tm.t.Errorf("%s's local store has %d records, and had %d", a.Name, len(after.store), len(before.store))
	}
	if !bytes.Equal(after.profile, before.profile) {
		tm.t.Errorf("%s's keys changed", a.Name)
	}
	quiet(tm.t, a.net, before.calls)
}

// quiet fails the test if anything but reading was asked of the server, opening a
// session aside.
func quiet(t *testing.T, net *hostile.Transport, since int) {
	t.Helper()
	for _, q := range net.Calls()[since:] {
		if q.Method != "GET" && !hostile.Challenges.Matches(q) && !hostile.Sessions.Matches(q) && !hostile.InviteRoute.Matches(q) {
			t.Errorf("the client sent %s %s", q.Method, q.Path)
		}
	}
}

// rejects mounts an attack on an actor and checks that it is rejected: a typed
// error, nothing returned, no change of cache, cursor or keys, nothing sent.
// Misbehaviour also carries its proof, stays, survives a restart, and is not
// asked about again.
func (tm *team) rejects(a *actor, code schema.Code, kind client.MisbehaviourKind, attack func() error) {
	tm.t.Helper()
	before := tm.look(a)
	err := attack()
	if !schema.HasCode(err, code) {
		tm.t.Fatalf("the attack ends in %v, want %s", err, code)
	}
	tm.same(a, before)
	if code != schema.CodeServerMisbehaved {
		return
	}
	var m *client.Misbehaviour
	if !errors.As(err, &m) || !errors.Is(err, client.ErrServerMisbehaved) || m.Kind != kind || len(m.Proof) == 0 {
		tm.t.Fatalf("misbehaviour %v, want kind %s with a proof", err, kind)
	}
	if err := attack(); !errors.Is(err, client.ErrServerMisbehaved) {
		tm.t.Errorf("misbehaviour is forgotten: %v", err)
	}
	a.Restart()
	if len(tm.status(a).Misbehaviours) == 0 {
		tm.t.Error("misbehaviour is forgotten by a restart")
	}
	tm.same(a, before)
}

// sync is the usual attack: to be synchronised with.
func (tm *team) sync(a *actor) func() error {
	return func() error { return a.In(tm.id).Sync(tm.ctx()) }
}

// voids checks that actors read past n events without showing anything of them,
// that they agree, and that what an honest member says next is read.
func (tm *team) voids(n uint64, actors ...*actor) {
	tm.t.Helper()
	var before []uint64
	for _, a := range actors {
		before = append(before, tm.status(a).Events)
		if err := a.In(tm.id).Sync(tm.ctx()); err != nil {
			tm.t.Fatalf("%s does not go on: %v", a.Name, err)
		}
	}
	for i, a := range actors {
		if got := a.Texts(tm.id, "general"); got != said {
			tm.t.Errorf("%s reads %q", a.Name, got)
		}
		if got := tm.status(a).Events; got != before[i]+n {
			tm.t.Errorf("%s has passed %d events, want %d", a.Name, got-before[i], n)
		}
		a.Restart()
		if got := a.Texts(tm.id, "general"); got != said {
			tm.t.Errorf("%s reads %q after a restart", a.Name, got)
		}
	}
	tm.alice.Post(tm.id, "general", "onward")
	for _, a := range actors {
		a.Expect(tm.id, "general", said+" | onward")
	}
}

func sha(b []byte) schema.Hash { return sha256.Sum256(b) }

// insiderDevice is an actor's device key.
func (tm *team) insiderDevice(a *actor) *identity.Device {
	tm.t.Helper()
	d, err := identity.ParseDevice(a.Profile.Device)
	if err != nil {
		tm.t.Fatal(err)
	}
	return d
}
