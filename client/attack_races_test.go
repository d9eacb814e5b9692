package client_test

import (
	"sync"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/schema"
)

// An honest server answers requests while others go on. In these tests something
// happens between two answers, and nobody may be blamed for it.

// blameless fails the test if an actor has caught anything.
func (tm *team) blameless(actors ...*actor) {
	tm.t.Helper()
	for _, a := range actors {
		if found := tm.status(a).Misbehaviours; len(found) != 0 {
			tm.t.Fatalf("%s blames an honest server: %v", a.Name, found)
		}
	}
}

func (tm *team) must(_ any, err error) {
	tm.t.Helper()
	if err != nil {
		tm.t.Fatal(err)
	}
}

// After the heads were named, somebody writes, makes a stream and removes a
// member: the cut of the removal names more than the heads do.
func TestAttack_I7_CutsAreNewerThanHeads(t *testing.T) {
	tm := newTeam(t)
	dave := tm.join("Dave", client.InviteOptions{})
	create := func(name string) {
		t.Helper()
		tm.must(tm.alice.In(tm.id).CreateChannel(tm.ctx(), name, client.ChannelOptions{}))
		tm.alice.Post(tm.id, name, "in "+name)
	}
	create("before")
	var once sync.Once
	hostile.Heads.Lie(tm.bob.net, func(q client.Request, _ *schema.WorkspaceHeads) error {
		if hostile.WorkspaceOf(q) == tm.id {
			once.Do(func() {
				tm.aliceSays("between")
				create("between")
				tm.remove(dave)
				create("after")
			})
		}
		return nil
	})
	if err := tm.bob.In(tm.id).Sync(tm.ctx()); err != nil {
		t.Fatalf("Bob synchronises with %v", err)
	}
	tm.blameless(tm.bob)
	if got := tm.bob.Texts(tm.id, "general"); got != said+" | between" {
		t.Errorf("Bob reads %q", got)
	}
	if got := tm.bob.Texts(tm.id, "between"); got != "in between" {
		t.Errorf("Bob reads %q", got)
	}
}

// A page is on its way while somebody writes and removes a member; verifying it
// brings the roster with the cut of that removal, which names more than the page.
func TestAttack_I7_CutsAreNewerThanAPage(t *testing.T) {
	tm := newTeam(t)
	carol, dave := tm.join("Carol", client.InviteOptions{}), tm.join("Dave", client.InviteOptions{})
	tm.aliceSays("one")
	var once sync.Once
	hostile.Events.Replace(tm.bob.net, func(q client.Request, honest func() ([]byte, error)) (*schema.EventPage, error) {
		var after func()
		if hostile.StreamOf(q) == tm.general.Stream {
			once.Do(func() {
				tm.remove(carol)
				tm.aliceSays("two")
				after = func() {
					tm.aliceSays("three")
					tm.remove(dave)
				}
			})
		}
		b, err := honest()
		if err != nil {
			return nil, err
		}
		if after != nil {
			after()
		}
		page := new(schema.EventPage)
		return page, schema.Unmarshal(b, page)
	})
	if err := tm.bob.In(tm.id).Sync(tm.ctx()); err != nil {
		t.Fatalf("Bob synchronises with %v", err)
	}
	tm.blameless(tm.bob)
	if got := tm.bob.Texts(tm.id, "general"); got != said+" | one | two | three" {
		t.Errorf("Bob reads %q", got)
	}
}

// A hold ends before what it holds was read, and others go on.
func TestAttack_I7_HoldEndsTooEarly(t *testing.T) {
	tm := newTeam(t)
	carol, dave := tm.join("Carol", client.InviteOptions{}), tm.join("Dave", client.InviteOptions{})
	ch, err := tm.bob.In(tm.id).CreateChannel(tm.ctx(), "small", client.ChannelOptions{
		Private: true, Members: []schema.UserID{tm.alice.Engine.User(), carol.Engine.User(), dave.Engine.User()},
	})
	if err != nil {
		t.Fatal(err)
	}
	tm.alice.Sync()
	var once sync.Once
	hostile.Holds.Replace(tm.bob.net, func(_ client.Request, honest func() ([]byte, error)) (*schema.Hold, error) {
		var meanwhile func()
		once.Do(func() {
			tm.alice.Post(tm.id, "small", "before the hold")
			meanwhile = func() {
				tm.must(nil, tm.alice.In(tm.id).RemoveFromChannel(tm.ctx(), ch, dave.Engine.User()))
				tm.alice.Post(tm.id, "small", "after the hold")
			}
		})
		b, err := honest()
		if err != nil {
			return nil, err
		}
		if meanwhile != nil {
			meanwhile()
		}
		hold := new(schema.Hold)
		return hold, schema.Unmarshal(b, hold)
	})
	if err := tm.bob.In(tm.id).RemoveFromChannel(tm.ctx(), ch, carol.Engine.User()); err != nil {
		t.Fatalf("Bob removes Carol: %v", err)
	}
	tm.blameless(tm.bob)
	tm.bob.Expect(tm.id, "small", "before the hold | after the hold")
}

// Between the roster and a cut that it names, the reader is removed from the
// circle: the server does not hand the cut out any more.
func TestAttack_I7_CutOfACircleThatOneHasLeft(t *testing.T) {
	tm := newTeam(t)
	carol := tm.join("Carol", client.InviteOptions{})
	ch, err := tm.alice.In(tm.id).CreateChannel(tm.ctx(), "small", client.ChannelOptions{
		Private: true, Members: []schema.UserID{tm.bob.Engine.User(), carol.Engine.User()},
	})
	if err != nil {
		t.Fatal(err)
	}
	tm.bob.Sync()
	tm.must(nil, tm.alice.In(tm.id).RemoveFromChannel(tm.ctx(), ch, carol.Engine.User()))
	tm.alice.Post(tm.id, "small", "for Bob alone")
	var once sync.Once
	hostile.Cuts.Replace(tm.bob.net, func(_ client.Request, honest func() ([]byte, error)) (*schema.Cut, error) {
		once.Do(func() { tm.must(nil, tm.alice.In(tm.id).RemoveFromChannel(tm.ctx(), ch, tm.bob.Engine.User())) })
		b, err := honest()
		if err != nil {
			return nil, err
		}
		cut := new(schema.Cut)
		return cut, schema.Unmarshal(b, cut)
	})
	clienttest.ExpectCode(t, tm.bob.In(tm.id).Sync(tm.ctx()), schema.CodeNotFound)
	tm.blameless(tm.bob)
	tm.bob.Expect(tm.id, "general", said)
}

// A member names a stream to come as everyone's and makes it elsewhere while
// somebody writes: the server, which shows it where it is, is not to blame.
func TestAttack_E6_StreamIsMadeElsewhere(t *testing.T) {
	tm := newTeam(t)
	ch := tm.secretChannel()
	in := tm.insider(tm.bob)
	in.move(schema.IndexStream(tm.id, tm.general.Circle))
	stream := schema.NewStreamID()
	in.post(in.message("", announces(stream, "bait")))
	tm.alice.Sync()
	tm.must(tm.bob.In(tm.id).Post(tm.ctx(), client.Channel{Circle: ch.Circle, Stream: stream}, "elsewhere", client.PostOptions{}))
	_, err := tm.alice.In(tm.id).Post(tm.ctx(), tm.alice.Channel(tm.id, "bait"), "for everyone", client.PostOptions{})
	clienttest.ExpectCode(t, err, schema.CodeForbidden)
	tm.alice.Sync()
	tm.blameless(tm.alice)
}

// The heads name a later roster than the server hands out.
func TestAttack_E4_HeadsAheadOfTheRoster(t *testing.T) {
	tm := newTeam(t)
	hostile.Heads.Lie(tm.bob.net, func(q client.Request, h *schema.WorkspaceHeads) error {
		if hostile.WorkspaceOf(q) == tm.id {
			h.Roster.Seq += 3
		}
		return nil
	})
	tm.rejects(tm.bob, schema.CodeServerMisbehaved, client.MisbehaviourWithheld, tm.sync(tm.bob))
}
