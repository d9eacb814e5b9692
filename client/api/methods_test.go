package api_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/apitest"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
)

func TestParametersAreReadStrictly(t *testing.T) {
	p := apitest.New(t, start(t), 0, nil)
	for name, c := range map[string]struct {
		method, params string
		want           schema.Code
	}{
		"unknown call":      {"messages.forge", `{}`, schema.CodeBadRequest},
		"unknown parameter": {"session.unlock", `{"passphrase":"x","force":true}`, schema.CodeBadRequest},
		"not JSON":          {"session.unlock", `{"passphrase":`, schema.CodeBadRequest},
		"nothing":           {"session.unlock", ``, schema.CodeBadRequest},
		"two objects":       {"session.state", `{}{}`, schema.CodeBadRequest},
		"wrong type":        {"session.unlock", `{"passphrase":7}`, schema.CodeBadRequest},
		"not an id":         {"channels.list", `{"workspace":"w_x"}`, schema.CodeBadRequest},
		"too large":         {"session.unlock", `{"passphrase":"` + strings.Repeat("x", api.MaxRequest) + `"}`, schema.CodeTooLarge},
	} {
		_, failure := p.Call(context.Background(), c.method, []byte(c.params))
		if failure == nil || failure.Code != c.want {
			t.Errorf("%s: %+v, want %s", name, failure, c.want)
		}
		if failure != nil && (failure.Message["en"] == "" || failure.Message["fr"] == "") {
			t.Errorf("%s: no sentence: %+v", name, failure)
		}
	}
	if _, failure := p.Call(context.Background(), "session.state", []byte(`{}`)); failure != nil {
		t.Errorf("the plain call: %+v", failure)
	}
}

// What stands in an error that is not typed belongs to nobody's screen.
func TestFailureHoldsNothingOfAnUntypedError(t *testing.T) {
	p := apitest.New(t, start(t), 0, nil)
	p.Home.Fail = func(method string) error {
		if method == "State" {
			return context.DeadlineExceeded
		}
		return nil
	}
	failure := p.Try("session.state", api.Empty{}, nil)
	if failure == nil || failure.Code != schema.CodeInternal || failure.Detail != "" {
		t.Errorf("%+v", failure)
	}
}

// Every call that exists succeeds at least once, in the course of one story. Who
// adds a call adds it here.
func TestEveryCallWorks(t *testing.T) {
	c := start(t)
	alice, bob := apitest.New(t, c, 0, nil), apitest.New(t, c, 0, nil)
	alice.Must("server.info", api.Empty{}, nil)
	kit := alice.SignUp("Alice", "alice@example.org")
	bob.SignUp("Bob", "bob@example.org")
	story := &story{t: t, cluster: c, alice: alice, bob: bob, bobID: *bob.State().User, at: room(t, alice, "Aurore")}
	story.settings()
	story.membership()
	story.messages()
	story.security()
	story.channels()
	story.administration()
	story.account(kit.Kit)

	called := maps.Clone(alice.Called)
	maps.Copy(called, bob.Called)
	for _, m := range api.Methods() {
		if !called[m.Name] {
			t.Errorf("%s is called by no test", m.Name)
		}
	}
}

type story struct {
	t          *testing.T
	cluster    *clienttest.Cluster
	alice, bob *apitest.Page
	bobID      schema.UserID
	at         api.ChannelRef // the channel general
}

func (s *story) settings() {
	s.alice.Must("settings.setStrict", api.StrictParams{On: true}, nil)
	s.alice.Must("settings.set", api.SetSettingParams{Key: "theme", Value: "night"}, nil)
	s.alice.Refused("settings.set", api.SetSettingParams{Key: "unknown", Value: "x"}, schema.CodeBadRequest)
	var got api.Settings
	s.alice.Must("settings.get", api.Empty{}, &got)
	if !got.Strict || got.Values["theme"] != "night" {
		s.t.Errorf("settings: %+v", got)
	}
	s.alice.Must("settings.setStrict", api.StrictParams{On: false}, nil)
	s.alice.Must("people.presence", api.PresenceParams{Presence: api.PresenceOnline}, nil)
	s.alice.Refused("people.presence", api.PresenceParams{Presence: "asleep"}, schema.CodeBadRequest)
}

func (s *story) membership() {
	var unused, asked api.InviteLink
	s.alice.Must("invites.create", api.CreateInviteParams{Workspace: s.at.Workspace, Role: api.RoleMember, Uses: 1}, &unused)
	s.alice.Must("invites.revoke", api.InviteRef{Workspace: s.at.Workspace, Invite: unused.ID}, nil)
	s.alice.Must("invites.create", api.CreateInviteParams{Workspace: s.at.Workspace, Role: api.RoleMember, Uses: 1, Approval: true}, &asked)
	s.bob.Refused("invites.join", api.URLParams{URL: unused.URL}, schema.CodeInviteUnusable)
	s.bob.Must("invites.preview", api.URLParams{URL: asked.URL}, nil)
	s.bob.Must("invites.join", api.URLParams{URL: asked.URL}, nil)
	var list api.InviteList
	s.alice.Must("invites.list", api.WorkspaceRef{Workspace: s.at.Workspace}, &list)
	if len(list.Invites) != 2 {
		s.t.Errorf("invites: %+v", list)
	}
	bob := api.UserRef{Workspace: s.at.Workspace, User: s.bobID}
	clienttest.Eventually(s.t, "Bob asks to be let in", func() bool {
		var people api.PersonList
		s.alice.Must("people.list", api.WorkspaceRef{Workspace: s.at.Workspace}, &people)
		return slices.ContainsFunc(people.People, func(p api.Person) bool { return p.User == s.bobID && p.Pending })
	})
	s.alice.Must("people.approve", api.ApproveParams{UserRef: bob, Role: api.RoleMember}, nil)
	s.alice.Must("people.setRole", api.SetRoleParams{UserRef: bob, Role: api.RoleAdmin}, nil)
	var v api.Verification
	s.alice.Must("people.beginVerification", bob, &v)
	s.alice.Must("people.confirmVerification", v, nil)
	general(s.t, s.bob, api.WorkspaceRef{Workspace: s.at.Workspace})
}

func (s *story) messages() {
	var sent api.Sent
	s.alice.Must("messages.post", api.PostParams{ChannelRef: s.at, Text: "Bonjour 👋 le monde"}, &sent)
	m := api.MessageRef{ChannelRef: s.at, Message: sent.ID}
	s.alice.Must("messages.react", api.ReactParams{MessageRef: m, Emoji: "👍", On: true}, nil)
	s.alice.Must("messages.pin", api.PinParams{MessageRef: m, On: true}, nil)
	s.alice.Must("messages.edit", api.EditParams{MessageRef: m, Text: "Bonjour 👋 tout le monde"}, nil)
	var pins api.MessageList
	s.alice.Must("messages.pinned", s.at, &pins)
	if len(pins.Messages) != 1 {
		s.t.Errorf("pins: %+v", pins)
	}
	var around api.Window
	s.alice.Must("messages.around", api.AroundParams{MessageRef: m, Before: 5, After: 5}, &around)
	s.alice.Must("messages.window", api.WindowParams{ChannelRef: s.at, Before: 5}, nil)
	s.alice.Must("messages.thread", m, nil)
	var found api.FoundList
	s.alice.Must("search.messages", api.SearchParams{Workspace: s.at.Workspace, Query: "monde", Limit: 10}, &found)
	// 👋 is two UTF-16 code units.
	if len(found.Found) != 1 || len(found.Found[0].Marks) != 1 || found.Found[0].Marks[0] != (api.Mark{Start: 19, End: 24}) {
		s.t.Errorf("found: %+v", found)
	}
	s.alice.Must("messages.delete", m, nil)
	s.alice.Must("channels.typing", api.TypingParams{ChannelRef: s.at, Typing: true}, nil)
	s.alice.Must("channels.markRead", api.MarkReadParams{ChannelRef: s.at, Seq: around.Head}, nil)
	s.alice.Must("channels.setDraft", api.SetDraftParams{DraftRef: api.DraftRef{ChannelRef: s.at}, Text: "x"}, nil)
	s.alice.Must("channels.draft", api.DraftRef{ChannelRef: s.at}, nil)
}

func (s *story) channels() {
	var private api.ChannelRef
	s.alice.Must("channels.create", api.CreateChannelParams{Workspace: s.at.Workspace, Name: "direction", Private: true}, &private)
	s.alice.Must("channels.addMember", api.ChannelMemberParams{ChannelRef: private, User: s.bobID}, nil)
	s.alice.Must("channels.removeMember", api.LeaveChannelParams{ChannelRef: private, User: s.bobID}, nil)
	s.alice.Must("channels.list", api.WorkspaceRef{Workspace: s.at.Workspace}, nil)
	s.alice.Must("channels.direct", api.DirectParams{Workspace: s.at.Workspace, Users: []schema.UserID{s.bobID}}, nil)
	name := "comité"
	s.alice.Must("channels.update", api.UpdateChannelParams{ChannelRef: private, Name: &name}, nil)
	s.alice.Must("channels.archive", private, nil)
	s.alice.Must("channels.unarchive", private, nil)
	s.alice.Must("workspaces.rename", api.RenameParams{WorkspaceRef: api.WorkspaceRef{Workspace: s.at.Workspace}, NameParams: api.NameParams{Name: "Aube"}}, nil)
	s.offers()
	at := room(s.t, s.bob, "Chez Bob")
	var link api.InviteLink
	s.bob.Must("invites.create", api.CreateInviteParams{Workspace: at.Workspace, Role: api.RoleMember, Uses: 1}, &link)
	s.alice.Must("invites.join", api.URLParams{URL: link.URL}, nil)
	s.alice.Must("workspaces.accept", api.WorkspaceRef{Workspace: at.Workspace}, nil)
	s.alice.Must("workspaces.leave", api.WorkspaceRef{Workspace: at.Workspace}, nil)
	s.alice.Must("people.remove", api.UserRef{Workspace: s.at.Workspace, User: s.bobID}, nil)
	s.alice.Must("workspaces.list", api.Empty{}, nil)
	s.alice.Must("inbox.list", api.InboxParams{Limit: 10}, nil)
	s.alice.Must("account.setName", api.NameParams{Name: "Alice A."}, nil)
}

func (s *story) account(kit api.Kit) {
	other := apitest.New(s.t, s.cluster, 0, nil)
	other.Must("session.signIn", api.SignInParams{Handle: kit.Handle, Passphrase: clienttest.Passphrase, AccountKey: kit.AccountKey}, nil)
	s.alice.Must("account.devices", api.Empty{}, nil)
	s.alice.Must("account.kit", api.PassphraseParams{Passphrase: clienttest.Passphrase}, nil)
	var key api.ExportedKey
	s.alice.Must("account.exportKey", api.ExportKeyParams{}, &key)
	if !strings.HasPrefix(key.Armored, "-----BEGIN PGP PUBLIC KEY BLOCK-----") {
		s.t.Errorf("the exported key begins with %.40q", key.Armored)
	}
	const next = "another long passphrase"
	s.alice.Must("account.changePassphrase", api.ChangePassphraseParams{Old: clienttest.Passphrase, New: next}, nil)
	s.alice.Must("account.revokeDevice", api.RevokeDeviceParams{Device: *other.State().Device, Passphrase: next}, nil)
	s.recovery(kit.Handle, next)
	s.alice.Must("session.lock", api.Empty{}, nil)
	s.alice.Must("session.unlock", api.PassphraseParams{Passphrase: next}, nil)
	s.alice.Must("session.signOut", api.Empty{}, nil)
	s.alice.Called["session.signIn"] = other.Called["session.signIn"]
}
