package api_test

import (
	"testing"

	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/apitest"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
)

// What waits for the user is mentions and direct messages, newest first, until they
// are read.
func TestInbox(t *testing.T) {
	alice, bob, at := pair(t, start(t), "Bob")
	bobID := *bob.State().User
	var direct api.ChannelRef
	alice.Must("channels.direct", api.DirectParams{Workspace: at.Workspace, Users: []schema.UserID{bobID}}, &direct)
	alice.Must("messages.post", api.PostParams{ChannelRef: at, Text: "for everybody to read"}, nil)
	alice.Must("messages.post", api.PostParams{ChannelRef: at, Text: "for you", Mentions: []schema.UserID{bobID}}, nil)
	alice.Must("messages.post", api.PostParams{ChannelRef: direct, Text: "between us"}, nil)
	channel(t, bob, direct)
	inbox := func(limit int) (out api.Inbox) {
		bob.Must("inbox.list", api.InboxParams{Limit: limit}, &out)
		return out
	}
	clienttest.Eventually(t, "both wait", func() bool { return len(inbox(10).Items) == 2 })
	got := inbox(10)
	if got.More || got.Items[0].Message.Text != "between us" || got.Items[0].Reason != api.NotifyDirect || got.Items[0].ChannelRef != direct ||
		got.Items[1].Message.Text != "for you" || got.Items[1].Reason != api.NotifyMention || got.Items[1].ChannelRef != at {
		t.Errorf("%+v", got)
	}
	if one := inbox(1); !one.More || len(one.Items) != 1 || one.Items[0].Message.Text != "between us" {
		t.Errorf("the newest: %+v", one)
	}
	bob.Must("channels.markRead", api.MarkReadParams{ChannelRef: direct, Seq: window(bob, direct).Head}, nil)
	if got := inbox(10); len(got.Items) != 1 || got.Items[0].ChannelRef != at {
		t.Errorf("after reading: %+v", got)
	}
	var mine api.Inbox
	if alice.Must("inbox.list", api.InboxParams{Limit: 10}, &mine); len(mine.Items) != 0 {
		t.Errorf("own messages wait for their author: %+v", mine)
	}
}

// A new name is told to everybody and to the user's other devices, which do not
// bring the old one back.
func TestNameIsChangedEverywhere(t *testing.T) {
	c := start(t)
	alice, bob, at := pair(t, c, "Bob")
	var kit api.Kit
	bob.Must("account.kit", api.PassphraseParams{Passphrase: clienttest.Passphrase}, &kit)
	phone := apitest.New(t, c, 0, nil)
	phone.Must("session.signIn", api.SignInParams{Handle: kit.Handle, Passphrase: clienttest.Passphrase, AccountKey: kit.AccountKey, Name: "Bob"}, nil)
	waitForRoom(t, phone, at)
	bob.Must("account.setName", api.NameParams{Name: "Robert"}, nil)
	bobID := *bob.State().User
	clienttest.Eventually(t, "everybody knows", func() bool {
		return person(alice, at, bobID).Name == "Robert" && phone.State().Name == "Robert" && bob.State().Name == "Robert"
	})
	phone.Must("workspaces.refresh", api.Empty{}, nil)
	alice.Must("workspaces.refresh", api.Empty{}, nil)
	if got := person(alice, at, bobID).Name; got != "Robert" {
		t.Errorf("the other device has made it %q again", got)
	}
	bob.Refused("account.setName", api.NameParams{Name: " "}, schema.CodeBadRequest)
}
