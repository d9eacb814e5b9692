package api_test

import (
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/apitest"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
)

// pair is a workspace of two people who are up to date with each other.
func pair(t *testing.T, c *clienttest.Cluster, name string) (alice, bob *apitest.Page, at api.ChannelRef) {
	t.Helper()
	alice, bob = apitest.New(t, c, 0, nil), apitest.New(t, c, 0, nil)
	alice.SignUp("Alice", "alice@example.org")
	bob.SignUp(name, "bob@example.org")
	at = room(t, alice, "Aurore")
	join(t, alice, bob, at)
	clienttest.Eventually(t, "Alice knows the newcomer's name", func() bool { return person(alice, at, *bob.State().User).Name == name })
	return alice, bob, at
}

// person is how a page shows a member.
func person(p *apitest.Page, at api.ChannelRef, user schema.UserID) api.Person {
	var list api.PersonList
	p.Must("people.list", api.WorkspaceRef{Workspace: at.Workspace}, &list)
	i := slices.IndexFunc(list.People, func(p api.Person) bool { return p.User == user })
	if i < 0 {
		return api.Person{}
	}
	return list.People[i]
}

// arrives waits until a page shows a message.
func arrives(t *testing.T, p *apitest.Page, at api.ChannelRef, id schema.EventID) api.Message {
	t.Helper()
	var found api.Message
	clienttest.Eventually(t, "the message arrives", func() bool {
		got := window(p, at)
		i := slices.IndexFunc(got.Messages, func(m api.Message) bool { return m.ID == id })
		if i >= 0 {
			found = got.Messages[i]
		}
		return i >= 0
	})
	return found
}

// What somebody writes under a name that is easily taken for another's is marked
// wherever it is shown.
func TestAttack_K14_DoubtsStandOnEveryMessage(t *testing.T) {
	alice, bob, at := pair(t, start(t), "Alice")
	var sent, reply api.Sent
	bob.Must("messages.post", api.PostParams{ChannelRef: at, Text: "Aurora"}, &sent)
	m := api.MessageRef{ChannelRef: at, Message: sent.ID}
	bob.Must("messages.post", api.PostParams{ChannelRef: at, Text: "and below", Thread: &sent.ID}, &reply)
	bob.Must("messages.pin", api.PinParams{MessageRef: m, On: true}, nil)
	doubted := func(where string, doubts []client.FindingCode) {
		t.Helper()
		if !slices.Equal(doubts, []client.FindingCode{client.FoundAuthorNameLookalike}) {
			t.Errorf("%s: the doubts are %v", where, doubts)
		}
	}
	doubted("the window", arrives(t, alice, at, sent.ID).Doubts)
	var thread api.Thread
	clienttest.Eventually(t, "the reply arrives", func() bool {
		alice.Must("messages.thread", m, &thread)
		return len(thread.Replies) == 1
	})
	doubted("the thread's root", thread.Root.Doubts)
	doubted("the reply", thread.Replies[0].Doubts)
	var pins api.MessageList
	clienttest.Eventually(t, "the pin arrives", func() bool { alice.Must("messages.pinned", at, &pins); return len(pins.Messages) == 1 })
	doubted("the pin", pins.Messages[0].Doubts)
	var found api.FoundList
	alice.Must("search.messages", api.SearchParams{Workspace: at.Workspace, Query: "Aurora", Limit: 5}, &found)
	if len(found.Found) != 1 {
		t.Fatalf("found: %+v", found)
	}
	doubted("what was found", found.Found[0].Doubts)
}

// A page that completed a name knows whom it means: the id counts, also where the
// name is not clear.
func TestMentionsByID(t *testing.T) {
	alice, bob, at := pair(t, start(t), "Bob")
	bobID := *bob.State().User
	var sent api.Sent
	alice.Must("messages.post", api.PostParams{ChannelRef: at, Text: "look here", Mentions: []schema.UserID{bobID}}, &sent)
	m := api.MessageRef{ChannelRef: at, Message: sent.ID}
	if got := arrives(t, bob, at, sent.ID); !slices.Equal(got.Mentions, []schema.UserID{bobID}) {
		t.Errorf("mentioned: %v", got.Mentions)
	}
	alice.Must("messages.edit", api.EditParams{MessageRef: m, Text: "look there"}, nil)
	if got := window(alice, at).Messages[0]; len(got.Mentions) != 0 {
		t.Errorf("mentioned after an edit without: %v", got.Mentions)
	}
	alice.Must("messages.edit", api.EditParams{MessageRef: m, Text: "look again", Mentions: []schema.UserID{bobID}}, nil)
	if got := window(alice, at).Messages[0]; !slices.Equal(got.Mentions, []schema.UserID{bobID}) {
		t.Errorf("mentioned after an edit: %v", got.Mentions)
	}
	alice.Refused("messages.post", api.PostParams{ChannelRef: at, Text: "x", Mentions: []schema.UserID{schema.NewUserID()}}, schema.CodeNotFound)
}
