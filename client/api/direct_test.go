package api_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/apitest"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
)

// channel is how a page lists a channel, once it does.
func channel(t *testing.T, p *apitest.Page, at api.ChannelRef) (found api.Channel) {
	t.Helper()
	clienttest.Eventually(t, "the channel is listed", func() bool {
		var list api.ChannelList
		p.Must("channels.list", api.WorkspaceRef{Workspace: at.Workspace}, &list)
		i := slices.IndexFunc(list.Channels, func(c api.Channel) bool { return c.ID == at.Channel })
		if i >= 0 {
			found = list.Channels[i]
		}
		return i >= 0
	})
	return found
}

// A direct conversation is made once, is known as one, and its messages are news of
// their own kind.
func TestDirectConversation(t *testing.T) {
	alice, bob, at := pair(t, start(t), "Bob")
	aliceID, bobID := *alice.State().User, *bob.State().User
	var mine, again api.ChannelRef
	alice.Must("channels.direct", api.DirectParams{Workspace: at.Workspace, Users: []schema.UserID{bobID}}, &mine)
	alice.Must("channels.direct", api.DirectParams{Workspace: at.Workspace, Users: []schema.UserID{bobID, aliceID}}, &again)
	if mine != again {
		t.Errorf("%+v and %+v", mine, again)
	}
	if ch := channel(t, alice, mine); ch.Kind != api.ChannelDirect || ch.Name != "Bob" || ch.MayChange || len(ch.Members) != 2 {
		t.Errorf("Alice sees %+v", ch)
	}
	if ch := channel(t, bob, mine); ch.Kind != api.ChannelDirect || ch.Name != "Alice" {
		t.Errorf("Bob sees %+v", ch)
	}
	changes := bob.Subscribe()
	defer changes.Close()
	alice.Must("messages.post", api.PostParams{ChannelRef: mine, Text: "between us"}, nil)
	waitFor(t, changes, func(c api.Change) bool { return c.Notify == api.NotifyDirect && *c.Channel == mine.Channel })
	name := "ours"
	alice.Refused("channels.update", api.UpdateChannelParams{ChannelRef: mine, Name: &name}, schema.CodeBadRequest)
	alice.Refused("channels.archive", mine, schema.CodeBadRequest)
	alice.Refused("channels.direct", api.DirectParams{Workspace: at.Workspace, Users: []schema.UserID{}}, schema.CodeBadRequest)
	alice.Refused("channels.direct", api.DirectParams{Workspace: at.Workspace, Users: []schema.UserID{schema.NewUserID()}}, schema.CodeNotFound)
}

// Names, topics and archiving are seen by everybody, and are for whoever made the
// channel and for admins.
func TestChannelsAndWorkspacesAreRenamed(t *testing.T) {
	alice, bob, at := pair(t, start(t), "Bob")
	var own api.ChannelRef
	bob.Must("channels.create", api.CreateChannelParams{Workspace: at.Workspace, Name: "plans"}, &own)
	name, topic, bad := "#projets", "what we want", "a\x00b"
	bob.Must("channels.update", api.UpdateChannelParams{ChannelRef: own, Name: &name, Topic: &topic}, nil)
	clienttest.Eventually(t, "Alice sees the new name", func() bool {
		ch := channel(t, alice, own)
		return ch.Name == "projets" && ch.Topic == topic && ch.MayChange
	})
	none := ""
	alice.Must("channels.update", api.UpdateChannelParams{ChannelRef: own, Topic: &none}, nil)
	alice.Must("channels.archive", own, nil)
	clienttest.Eventually(t, "Bob sees it archived", func() bool { ch := channel(t, bob, own); return ch.Archived && ch.Topic == "" && ch.Name == "projets" })
	bob.Must("channels.unarchive", own, nil)
	if ch := channel(t, bob, own); ch.Archived {
		t.Error("it is still archived")
	}

	if ch := channel(t, bob, at); ch.MayChange {
		t.Error("Bob may change Alice's channel")
	}
	bob.Refused("channels.update", api.UpdateChannelParams{ChannelRef: at, Name: &name}, schema.CodeForbidden)
	bob.Refused("channels.archive", at, schema.CodeForbidden)
	bob.Refused("channels.update", api.UpdateChannelParams{ChannelRef: own}, schema.CodeBadRequest)
	bob.Refused("channels.update", api.UpdateChannelParams{ChannelRef: own, Name: &bad}, schema.CodeBadRequest)
	bob.Refused("channels.update", api.UpdateChannelParams{ChannelRef: own, Topic: &bad}, schema.CodeBadRequest)

	rename := api.RenameParams{WorkspaceRef: api.WorkspaceRef{Workspace: at.Workspace}, NameParams: api.NameParams{Name: "Aube"}}
	bob.Refused("workspaces.rename", rename, schema.CodeForbidden)
	alice.Must("workspaces.rename", rename, nil)
	clienttest.Eventually(t, "Bob sees the workspace's name", func() bool {
		var list api.WorkspaceList
		bob.Must("workspaces.list", api.Empty{}, &list)
		return list.Workspaces[0].Name == "Aube"
	})
}

// offers is the part of the story about a workspace that nobody asked for.
func (s *story) offers() {
	at := room(s.t, s.bob, "Offered")
	s.bob.Must("people.admit", api.AdmitParams{Workspace: at.Workspace, Handle: "alice@example.org", Role: api.RoleMember}, nil)
	offered := func() bool {
		var list api.WorkspaceList
		s.alice.Must("workspaces.list", api.Empty{}, &list)
		return slices.ContainsFunc(list.Workspaces, func(w api.Workspace) bool { return w.ID == at.Workspace && w.Offered })
	}
	s.alice.Must("workspaces.refresh", api.Empty{}, nil)
	if !offered() {
		s.t.Error("Alice does not see the offer")
	}
	s.alice.Must("workspaces.decline", api.WorkspaceRef{Workspace: at.Workspace}, nil)
	if offered() {
		s.t.Error("the offer was declined, and is still there")
	}
	s.alice.Refused("workspaces.decline", api.WorkspaceRef{Workspace: s.at.Workspace}, schema.CodeBadRequest)
}

// hurried is a clock on which a second passes in a millisecond.
type hurried struct{ start time.Time }

func (h hurried) Now() time.Time { return h.start.Add(1000 * time.Since(h.start)) }

func (hurried) After(ctx context.Context, _ time.Duration) <-chan time.Time {
	return client.SystemClock{}.After(ctx, 20*time.Millisecond)
}

// Nobody has to ask for what another device of the user joins.
func TestWorkspaceOfAnotherDeviceAppears(t *testing.T) {
	c := start(t)
	first, second := apitest.New(t, c, 0, nil), apitest.New(t, c, 0, func(w *api.World) { w.Clock = hurried{time.Now()} })
	kit := first.SignUp("Alice", "alice@example.org")
	second.Must("session.signIn", api.SignInParams{Handle: kit.Handle, Passphrase: clienttest.Passphrase, AccountKey: kit.AccountKey}, nil)
	clienttest.Eventually(t, "the other device is online", func() bool { return second.State().Online })
	at := room(t, first, "Aurore")
	clienttest.Eventually(t, "the other device lists it", func() bool {
		var list api.WorkspaceList
		second.Must("workspaces.list", api.Empty{}, &list)
		return len(list.Workspaces) == 1 && list.Workspaces[0].ID == at.Workspace
	})
	general(t, second, api.WorkspaceRef{Workspace: at.Workspace})
}
