package api_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/apitest"
	"github.com/cenacle-team/cenacle/client/clienttest"
)

// room is a workspace with its channel general, as a page sees it.
func room(t *testing.T, p *apitest.Page, name string) api.ChannelRef {
	t.Helper()
	var w api.WorkspaceRef
	p.Must("workspaces.create", api.NameParams{Name: name}, &w)
	return general(t, p, w)
}

func general(t *testing.T, p *apitest.Page, w api.WorkspaceRef) api.ChannelRef {
	t.Helper()
	at := api.ChannelRef{Workspace: w.Workspace}
	clienttest.Eventually(t, "the channel general is there", func() bool {
		var list api.ChannelList
		p.Must("channels.list", w, &list)
		i := slices.IndexFunc(list.Channels, func(c api.Channel) bool { return c.Name == "general" })
		if i >= 0 {
			at.Channel = list.Channels[i].ID
		}
		return i >= 0
	})
	return at
}

func window(p *apitest.Page, at api.ChannelRef) api.Window {
	var out api.Window
	p.Must("messages.window", api.WindowParams{ChannelRef: at, Before: 50}, &out)
	return out
}

// join brings another person into the workspace by an invite.
func join(t *testing.T, admin, guest *apitest.Page, at api.ChannelRef) api.ChannelRef {
	t.Helper()
	var link api.InviteLink
	admin.Must("invites.create", api.CreateInviteParams{Workspace: at.Workspace, Role: api.RoleMember, Uses: 1}, &link)
	var w api.WorkspaceRef
	guest.Must("invites.join", api.URLParams{URL: link.URL}, &w)
	return general(t, guest, w)
}

func TestMessageFromDraftToDeletion(t *testing.T) {
	p := apitest.New(t, start(t), 0, nil)
	p.SignUp("Alice", "alice@example.org")
	at := room(t, p, "Aurore")

	p.Must("channels.setDraft", api.SetDraftParams{DraftRef: api.DraftRef{ChannelRef: at}, Text: "Bon"}, nil)
	var draft api.Draft
	p.Must("channels.draft", api.DraftRef{ChannelRef: at}, &draft)
	if draft.Text != "Bon" {
		t.Errorf("the draft is %q", draft.Text)
	}
	var sent api.Sent
	p.Must("messages.post", api.PostParams{ChannelRef: at, Text: "Bonjour"}, &sent)
	m := api.MessageRef{ChannelRef: at, Message: sent.ID}
	p.Must("messages.edit", api.EditParams{MessageRef: m, Text: "Bonjour à tous"}, nil)
	p.Must("messages.react", api.ReactParams{MessageRef: m, Emoji: "👍", On: true}, nil)
	p.Must("messages.pin", api.PinParams{MessageRef: m, On: true}, nil)
	p.Must("messages.post", api.PostParams{ChannelRef: at, Text: "in the thread", Thread: &sent.ID}, nil)

	got := window(p, at)
	if len(got.Messages) != 1 || !got.AtStart || !got.AtEnd || len(got.Pending) != 0 {
		t.Fatalf("%+v", got)
	}
	one := got.Messages[0]
	if one.Text != "Bonjour à tous" || len(one.Versions) != 2 || len(one.Reactions) != 1 || !one.Pinned || one.Replies != 1 || one.Pending || one.Seq == 0 {
		t.Errorf("%+v", one)
	}
	p.Must("messages.react", api.ReactParams{MessageRef: m, Emoji: "👍"}, nil)
	p.Must("messages.delete", m, nil)
	if one := window(p, at).Messages[0]; one.DeletedBy == nil || one.Text != "" || len(one.Reactions) != 0 {
		t.Errorf("deleted: %+v", one)
	}
}

// What is written without the server is shown at once, marked, also as a change of
// what was there, and sent when the server is back.
func TestOfflineWritingShowsAsPendingAndIsSent(t *testing.T) {
	c := start(t)
	p := apitest.New(t, c, 0, nil)
	p.SignUp("Alice", "alice@example.org")
	at := room(t, p, "Aurore")
	var sent api.Sent
	p.Must("messages.post", api.PostParams{ChannelRef: at, Text: "before"}, &sent)
	m := api.MessageRef{ChannelRef: at, Message: sent.ID}

	c.Nodes[0].Stop()
	var waits api.Sent
	p.Must("messages.post", api.PostParams{ChannelRef: at, Text: "on the train"}, &waits)
	p.Must("messages.edit", api.EditParams{MessageRef: m, Text: "before the tunnel"}, nil)
	p.Must("messages.react", api.ReactParams{MessageRef: m, Emoji: "🚆", On: true}, nil)
	p.Must("messages.post", api.PostParams{ChannelRef: at, Text: "a reply", Thread: &sent.ID}, nil)
	if waits.Seq != 0 {
		t.Errorf("sent without a server: %+v", waits)
	}
	got := window(p, at)
	if len(got.Pending) != 1 || got.Pending[0].Text != "on the train" || !got.Pending[0].Pending {
		t.Errorf("pending: %+v", got.Pending)
	}
	if one := got.Messages[0]; one.Text != "before the tunnel" || !one.Pending || len(one.Reactions) != 1 {
		t.Errorf("changed while offline: %+v", one)
	}
	var thread api.Thread
	p.Must("messages.thread", m, &thread)
	if len(thread.Pending) != 1 || thread.Pending[0].Text != "a reply" {
		t.Errorf("the thread: %+v", thread)
	}
	clienttest.Eventually(t, "the session shows that it is offline", func() bool { s := p.State(); return !s.Online && s.Outbox == 4 })

	c.Nodes[0].Run()
	clienttest.Eventually(t, "everything is sent", func() bool { return p.State().Outbox == 0 })
	got = window(p, at)
	if len(got.Pending) != 0 || len(got.Messages) != 2 || got.Messages[0].Text != "before the tunnel" || got.Messages[0].Pending {
		t.Errorf("afterwards: %+v", got)
	}
}

// A change tells what to read again, and whether somebody wants to be told of it.
func TestChangesNameWhatIsOutOfDate(t *testing.T) {
	c := start(t)
	alice, bob := apitest.New(t, c, 0, nil), apitest.New(t, c, 0, nil)
	alice.SignUp("Alice", "alice@example.org")
	bob.SignUp("Bob", "bob@example.org")
	at := room(t, alice, "Aurore")
	join(t, alice, bob, at)

	s := alice.Subscribe()
	defer s.Close()
	bob.Must("messages.post", api.PostParams{ChannelRef: at, Text: "hello"}, nil)
	notice := waitFor(t, s, func(c api.Change) bool {
		return c.Kind == api.ChangeMessages && *c.Channel == at.Channel && c.Notify != api.NotifyNothing
	})
	if notice.Notify != api.NotifyMessage || *notice.Workspace != at.Workspace {
		t.Errorf("a message: %+v", notice)
	}
	clienttest.Eventually(t, "Bob knows Alice's name", func() bool {
		var list api.PersonList
		bob.Must("people.list", api.WorkspaceRef{Workspace: at.Workspace}, &list)
		return slices.ContainsFunc(list.People, func(p api.Person) bool { return p.Name == "Alice" })
	})
	bob.Must("messages.post", api.PostParams{ChannelRef: at, Text: "@Alice, look"}, nil)
	waitFor(t, s, func(c api.Change) bool { return c.Notify == api.NotifyMention })
	clienttest.Eventually(t, "the message is counted", func() bool {
		var list api.WorkspaceList
		alice.Must("workspaces.list", api.Empty{}, &list)
		return list.Workspaces[0].Unread == 2 && list.Workspaces[0].Mentions == 1
	})
	alice.Must("channels.markRead", api.MarkReadParams{ChannelRef: at, Seq: window(alice, at).Head}, nil)
	waitFor(t, s, func(c api.Change) bool { return c.Kind == api.ChangeChannels })
}

func waitFor(t *testing.T, s *api.Subscription, match func(api.Change) bool) api.Change {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), clienttest.Patience)
	defer cancel()
	var seen []string
	for {
		changes, err := s.Next(ctx)
		if err != nil {
			t.Fatalf("the change never came; there were %s", strings.Join(seen, ", "))
		}
		for _, c := range changes {
			if match(c) {
				return c
			}
			seen = append(seen, string(c.Kind))
		}
	}
}

// A page that does not read is told once that everything changed, and costs no
// memory meanwhile.
func TestSlowPageIsToldThatEverythingChanged(t *testing.T) {
	p := apitest.New(t, start(t), 0, nil)
	p.SignUp("Alice", "alice@example.org")
	s := p.Subscribe()
	defer s.Close()
	for i := range 1200 {
		at := api.ChannelRef{}
		at.Workspace[0], at.Workspace[1] = byte(i), byte(i>>8)
		p.Try("channels.create", api.CreateChannelParams{Workspace: at.Workspace, Name: "x"}, nil)
		p.Try("people.remove", api.UserRef{Workspace: at.Workspace}, nil)
	}
	waitFor(t, s, func(c api.Change) bool { return c.Kind == api.ChangeAll })
}
