package client_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/workspace/chat"
)

// trio starts a server with a workspace of Alice (owner), Bob and Carol.
func trio(t *testing.T) (c *clienttest.Cluster, id schema.WorkspaceID, alice, bob, carol *clienttest.User) {
	t.Helper()
	c = clienttest.Start(t, 1, server.Options{})
	alice, bob, carol = c.SignUp("Alice", 0), c.SignUp("Bob", 0), c.SignUp("Carol", 0)
	w := alice.Create("Aurore")
	url := alice.Invite(w, client.InviteOptions{Uses: 2})
	bob.Join(url)
	carol.Join(url)
	alice.Sync()
	bob.Sync()
	return c, w.ID(), alice, bob, carol
}

func TestLeaving(t *testing.T) {
	_, id, alice, bob, carol := trio(t)
	ctx := clienttest.Context(t)
	if _, err := bob.In(id).CreateChannel(ctx, "without-alice", client.ChannelOptions{Private: true, Members: []schema.UserID{carol.User()}}); err != nil {
		t.Fatal(err)
	}
	carol.Sync()
	bob.Post(id, "without-alice", "before")
	if err := bob.In(id).Leave(ctx); err != nil {
		t.Fatal(err)
	}
	if err := bob.In(id).Sync(ctx); !schema.HasCode(err, schema.CodeRemoved) {
		t.Fatalf("Bob synchronises after leaving: %v", err)
	}
	// Whoever writes first starts the epoch that the departure asks for.
	carol.Post(id, "without-alice", "after")
	carol.Post(id, "general", "and here")
	carol.Expect(id, "without-alice", "before | after")
	alice.Expect(id, "general", "and here")
	circle := carol.Channel(id, "without-alice").Circle
	if got := fetchEverything(t, carol, id).roster; func() uint64 { info, _ := got.Circle(circle); return info.Epoch }() != 2 {
		t.Fatal("the private channel has no new epoch")
	}
	// Somebody who left may come back by a new invite.
	bob.Join(alice.Invite(alice.In(id), client.InviteOptions{}))
	bob.Expect(id, "general", "and here")
}

func TestRemovedByAnAdminWhoIsNotInTheCircle(t *testing.T) {
	_, id, alice, bob, carol := trio(t)
	ctx := clienttest.Context(t)
	if _, err := bob.In(id).CreateChannel(ctx, "without-alice", client.ChannelOptions{Private: true, Members: []schema.UserID{carol.User()}}); err != nil {
		t.Fatal(err)
	}
	carol.Sync()
	bob.Post(id, "without-alice", "before")
	if err := alice.In(id).Remove(ctx, bob.User()); err != nil {
		t.Fatal(err)
	}
	carol.Expect(id, "without-alice", "before")
	carol.Post(id, "without-alice", "after")
	carol.Expect(id, "without-alice", "before | after")
}

func TestRolesAndTheGuestsLine(t *testing.T) {
	_, id, alice, bob, _ := trio(t)
	ctx := clienttest.Context(t)
	alice.Post(id, "general", "for members")
	bob.Expect(id, "general", "for members")
	if err := alice.In(id).SetRole(ctx, bob.User(), schema.RoleGuest); err != nil {
		t.Fatal(err)
	}
	alice.Post(id, "general", "not for guests")
	bob.Sync()
	if _, err := bob.In(id).FindChannel("general"); !schema.HasCode(err, schema.CodeNotFound) {
		t.Fatalf("a guest still sees general: %v", err)
	}
	if got := len(bob.In(id).People()); got != 0 {
		t.Fatalf("a guest without a circle lists %d people", got)
	}
	if err := alice.In(id).SetRole(ctx, bob.User(), schema.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	bob.Expect(id, "general", "for members | not for guests")
	clienttest.ExpectCode(t, bob.In(id).SetRole(ctx, alice.User(), schema.RoleMember), schema.CodeRosterInvalid)
}

// A demoted admin who claims not to know of the demotion has no admin's rights.
func TestDemotionIsNotBackDated(t *testing.T) {
	tm := newTeam(t)
	alice := tm.alice.In(tm.id)
	if err := alice.SetRole(tm.ctx(), tm.bob.Engine.User(), schema.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	tm.bob.Sync()
	before := tm.bob.In(tm.id).Roster()
	target := tm.alice.Read(tm.id, "general")[0]
	if err := alice.SetRole(tm.ctx(), tm.bob.Engine.User(), schema.RoleMember); err != nil {
		t.Fatal(err)
	}
	tm.bob.Sync()
	bob := tm.insider(tm.bob)
	bob.post(bob.message("", func(p *schema.Payload) {
		p.Header.Roster = before
		p.Header.Kind, p.Body = schema.KindDelete, schema.MustMarshal(chat.DeleteBody{Target: target.ID})
	}))
	tm.alice.Expect(tm.id, "general", said)
}

// Somebody who left and is admitted again is asked again, and finds everything.
func TestReturnByAdmission(t *testing.T) {
	_, id, alice, bob, _ := trio(t)
	ctx := clienttest.Context(t)
	alice.Post(id, "general", "before")
	bob.Expect(id, "general", "before")
	if err := bob.In(id).Leave(ctx); err != nil {
		t.Fatal(err)
	}
	alice.Sync()
	if _, err := alice.In(id).Admit(ctx, "bob@example.org", schema.RoleMember, nil); err != nil {
		t.Fatal(err)
	}
	alice.Post(id, "general", "after")
	bob.Restart()
	bob.Sync()
	offers := bob.Offers()
	if len(offers) != 1 {
		t.Fatalf("%d offers after another admission, want 1", len(offers))
	}
	if err := bob.Accept(ctx, offers[0]); err != nil {
		t.Fatal(err)
	}
	bob.Expect(id, "general", "before | after")
	bob.Restart()
	bob.Expect(id, "general", "before | after")
}

func TestHistoryIsSharedOrNot(t *testing.T) {
	_, id, alice, bob, carol := trio(t)
	ctx := clienttest.Context(t)
	if _, err := alice.In(id).CreateChannel(ctx, "board", client.ChannelOptions{Private: true}); err != nil {
		t.Fatal(err)
	}
	alice.Post(id, "board", "early")
	ch := alice.Channel(id, "board")
	if err := alice.In(id).AddToChannel(ctx, ch, bob.User(), false); err != nil {
		t.Fatal(err)
	}
	bob.Expect(id, "board", "early")
	if err := alice.In(id).AddToChannel(ctx, ch, carol.User(), true); err != nil {
		t.Fatal(err)
	}
	alice.Post(id, "board", "late")
	carol.Sync()
	// The channel's own name stands in the history that Carol was not given, so
	// the channel is told to her again.
	if got := carol.Texts(id, "board"); got != "late" {
		t.Fatalf("Carol reads %q", got)
	}
	if err := alice.In(id).RemoveFromChannel(ctx, ch, bob.User()); err != nil {
		t.Fatal(err)
	}
	alice.Post(id, "board", "without Bob")
	carol.Expect(id, "board", "late | without Bob")
	bob.Sync()
	if _, err := bob.In(id).FindChannel("board"); !schema.HasCode(err, schema.CodeNotFound) {
		t.Fatalf("Bob still sees the channel: %v", err)
	}
}

func TestInvites(t *testing.T) {
	c, id, alice, bob, _ := trio(t)
	ctx := clienttest.Context(t)
	dave, eve := c.SignUp("Dave", 0), c.SignUp("Eve", 0)
	w := alice.In(id)

	url := alice.Invite(w, client.InviteOptions{})
	dave.Join(url)
	_, err := eve.TryJoin(url)
	clienttest.ExpectCode(t, err, schema.CodeInviteUnusable)

	url, invite, err := w.Invite(ctx, client.InviteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.CancelInvite(ctx, invite); err != nil {
		t.Fatal(err)
	}
	_, err = eve.TryJoin(url)
	clienttest.ExpectCode(t, err, schema.CodeInviteUnusable)

	url = alice.Invite(w, client.InviteOptions{Expires: time.Nanosecond})
	_, err = eve.TryJoin(url)
	clienttest.ExpectCode(t, err, schema.CodeInviteUnusable)

	_, _, err = bob.In(id).Invite(ctx, client.InviteOptions{})
	clienttest.ExpectCode(t, err, schema.CodeRosterInvalid)

	url = alice.Invite(w, client.InviteOptions{Approval: true})
	if _, err := eve.TryJoin(url); err != nil {
		t.Fatal(err)
	}
	alice.Post(id, "general", "before Eve")
	alice.Sync()
	if err := w.Approve(ctx, eve.User(), schema.RoleMember, nil); err != nil {
		t.Fatal(err)
	}
	eve.Expect(id, "general", "before Eve")
}

// An invite whose time is over gets no more keys.
func TestExpiredInviteIsWithdrawn(t *testing.T) {
	c := clienttest.Start(t, 1, server.Options{})
	clock := &shifted{}
	alice := c.SignUpWith("Alice", 0, func(o *client.Options) { o.Clock = clock })
	w := alice.Create("Aurore")
	alice.Invite(w, client.InviteOptions{Expires: time.Hour})
	alice.Sync()
	if invites := w.Invites(); len(invites) != 1 || !invites[0].Open {
		t.Fatalf("invites %+v, want one that is open", invites)
	}
	clock.by.Store(int64(3 * time.Hour))
	alice.Sync()
	if invites := w.Invites(); len(invites) != 1 || invites[0].Open {
		t.Fatalf("invites %+v, want one that is closed", invites)
	}
	alice.Post(w.ID(), "general", "under new keys")
	alice.Expect(w.ID(), "general", "under new keys")
}

// shifted is a clock that runs ahead.
type shifted struct {
	client.SystemClock
	by atomic.Int64
}

func (s *shifted) Now() time.Time { return time.Now().Add(time.Duration(s.by.Load())) }

func TestAdmitByHandle(t *testing.T) {
	c, id, alice, _, _ := trio(t)
	dave := c.SignUp("Dave", 0)
	alice.Post(id, "general", "hello")
	if _, err := alice.In(id).Admit(clienttest.Context(t), "dave@example.org", schema.RoleMember, nil); err != nil {
		t.Fatal(err)
	}
	// Somebody else's word does not make Dave a member of anything: he accepts.
	dave.Sync()
	offers := dave.Offers()
	if len(offers) != 1 || len(dave.Workspaces()) != 0 || offers[0].Name() != "Aurore" {
		t.Fatalf("Dave has %d offers and %d workspaces", len(offers), len(dave.Workspaces()))
	}
	_, err := offers[0].Post(clienttest.Context(t), dave.Channel(id, "general"), "too early", client.PostOptions{})
	clienttest.ExpectCode(t, err, schema.CodeForbidden)
	if pins(t, dave) != 0 {
		t.Fatal("keys are pinned from a workspace that was only offered")
	}
	phone := c.Device(dave, 0, nil)
	if err := dave.Accept(clienttest.Context(t), offers[0]); err != nil {
		t.Fatal(err)
	}
	dave.Expect(id, "general", "hello")
	if pins(t, dave) == 0 {
		t.Fatal("no key is pinned from a workspace that was accepted")
	}
	dave.Restart()
	if len(dave.Offers()) != 0 {
		t.Fatal("after a restart the workspace is an offer again")
	}
	phone.Expect(id, "general", "hello")
	phone.Post(id, "general", "from the phone")
	alice.Sync()
	p, err := alice.In(id).LookUpPerson(clienttest.Context(t), "dave@example.org")
	if err != nil || p.Verified {
		t.Fatalf("Dave is %+v, %v; want a member who is not verified", p, err)
	}
	v, err := alice.In(id).BeginVerification(dave.User())
	if err != nil {
		t.Fatal(err)
	}
	other, err := dave.In(id).BeginVerification(alice.User())
	if err != nil || other.Number != v.Number {
		t.Fatalf("the two sides show %q and %q (%v)", v.Number, other.Number, err)
	}
	if err := alice.ConfirmVerification(clienttest.Context(t), v); err != nil {
		t.Fatal(err)
	}
	if p, _ := alice.In(id).FindPerson("Dave"); !p.Verified {
		t.Fatal("Dave is not verified after the comparison")
	}
	// The other devices know.
	laptop := c.Device(alice, 0, nil)
	if p, _ := laptop.In(id).FindPerson("Dave"); !p.Verified {
		t.Fatal("a further device does not know that Dave is verified")
	}
}

// pins counts the keys that a device has pinned.
func pins(t *testing.T, u *clienttest.User) (n int) {
	t.Helper()
	err := u.Store().View(clienttest.Context(t), func(r store.Reader) error {
		return r.Scan([]byte("p"), nil, false, func([]byte, []byte) (bool, error) { n++; return true, nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
