package client_test

import (
	"sync"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/schema"
)

func (tm *team) direct(a *actor, others ...*actor) client.Channel {
	tm.t.Helper()
	var users []schema.UserID
	for _, o := range others {
		users = append(users, o.Engine.User())
	}
	ch, err := a.In(tm.id).Direct(tm.ctx(), users...)
	if err != nil {
		tm.t.Fatalf("%s opens a direct message: %v", a.Name, err)
	}
	return ch
}

// A direct message is found again by its members, on every device of theirs, and
// named by them.
func TestDirectMessage(t *testing.T) {
	tm := newTeam(t)
	carol := tm.join("Carol", client.InviteOptions{})
	ch := tm.direct(tm.alice, tm.bob)
	if ch.Name != "Bob" || !ch.Direct || !ch.Private {
		t.Errorf("Alice sees %+v", ch)
	}
	tm.must(tm.alice.In(tm.id).Post(tm.ctx(), ch, "between us", client.PostOptions{}))
	tm.bob.Sync()
	carol.Sync()
	if got := tm.direct(tm.bob, tm.alice); got.Stream != ch.Stream || got.Name != "Alice" {
		t.Errorf("Bob finds %+v", got)
	}
	if got := tm.bob.Texts(tm.id, "@Alice"); got != "between us" {
		t.Errorf("Bob reads %q", got)
	}
	if _, err := tm.bob.In(tm.id).FindChannel("Alice"); !schema.HasCode(err, schema.CodeNotFound) {
		t.Errorf("a direct message is taken for a channel: %v", err)
	}
	if _, err := carol.In(tm.id).FindChannel(ch.Stream.String()); !schema.HasCode(err, schema.CodeNotFound) {
		t.Errorf("Carol finds it: %v", err)
	}
	group := tm.direct(tm.alice, carol, tm.bob, tm.alice)
	if group.Stream == ch.Stream || group.Name != "Bob, Carol" {
		t.Errorf("the group is %+v", group)
	}
	tm.alice.Restart()
	if got := tm.direct(tm.alice, tm.bob); got != ch {
		t.Errorf("after a restart Alice finds %+v", got)
	}
	// When the other one has left, it keeps the name, and is not that of two any more.
	tm.must(nil, tm.bob.In(tm.id).RemoveFromChannel(tm.ctx(), ch, tm.bob.Engine.User()))
	tm.alice.Sync()
	if got := tm.alice.Channel(tm.id, ch.Stream.String()); got.Name != "Bob" {
		t.Errorf("after Bob has left it is called %q", got.Name)
	}
	if got := tm.direct(tm.alice, tm.bob); got.Stream == ch.Stream {
		t.Error("what is meant for Bob goes where Bob is not")
	}
	_, err := tm.alice.In(tm.id).Direct(tm.ctx())
	clienttest.ExpectCode(t, err, schema.CodeBadRequest)
	_, err = tm.alice.In(tm.id).Direct(tm.ctx(), schema.NewUserID())
	clienttest.ExpectCode(t, err, schema.CodeNotFound)
}

// Both begin at once: they agree on the one that was made first.
func TestDirectMessageMadeTwice(t *testing.T) {
	tm := newTeam(t)
	var once sync.Once
	var first client.Channel
	hostile.SetRoster.Replace(tm.bob.net, func(_ client.Request, honest func() ([]byte, error)) (*hostile.None, error) {
		once.Do(func() { first = tm.direct(tm.alice, tm.bob) })
		_, err := honest()
		return new(hostile.None), err
	})
	tm.direct(tm.bob, tm.alice)
	for _, a := range []*actor{tm.alice, tm.bob} {
		a.Sync()
		other := tm.bob
		if a == tm.bob {
			other = tm.alice
		}
		if got := tm.direct(a, other); got.Stream != first.Stream {
			t.Errorf("%s goes by %s, want %s", a.Name, got.Stream, first.Stream)
		}
	}
}

// A direct message that somebody else was let into, or is invited to, is not found
// as that of two any more.
func TestAttack_K12_DirectMessageWithSomebodyElse(t *testing.T) {
	tm := newTeam(t)
	carol := tm.join("Carol", client.InviteOptions{})
	first := tm.direct(tm.bob, tm.alice)
	tm.alice.Sync()
	tm.must(nil, tm.bob.In(tm.id).AddToChannel(tm.ctx(), first, carol.Engine.User(), true))
	tm.alice.Sync()
	second := tm.direct(tm.alice, tm.bob)
	if second.Stream == first.Stream {
		t.Fatal("Carol reads what is meant for Bob")
	}
	if ch := tm.alice.Channel(tm.id, first.Stream.String()); ch.Name != "Bob, Carol" || !ch.Direct {
		t.Errorf("the first is now %+v", ch)
	}
	tm.must(tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{Role: schema.RoleGuest, Circles: []schema.CircleID{second.Circle}}), nil)
	if third := tm.direct(tm.alice, tm.bob); third.Stream == second.Stream {
		t.Error("whoever has the invite reads what is meant for Bob")
	}
}

// A guest answers, and does not begin.
func TestGuestsAnswerDirectMessages(t *testing.T) {
	tm := newTeam(t)
	ch := tm.secretChannel()
	guest := tm.join("Guest", client.InviteOptions{Role: schema.RoleGuest, Circles: []schema.CircleID{ch.Circle}})
	_, err := guest.In(tm.id).Direct(tm.ctx(), tm.bob.Engine.User())
	clienttest.ExpectCode(t, err, schema.CodeForbidden)
	dm := tm.direct(tm.alice, guest)
	guest.Sync()
	tm.must(guest.In(tm.id).Post(tm.ctx(), tm.direct(guest, tm.alice), "an answer", client.PostOptions{}))
	tm.alice.Sync()
	if got := tm.alice.Texts(tm.id, dm.Stream.String()); got != "an answer" {
		t.Errorf("Alice reads %q", got)
	}
}
