package api_test

import (
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/apitest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/schema"
)

// A stranger without an account sees who invites to what; once the invite is used up
// or revoked, nothing.
func TestStrangerSeesWhereAnInviteLeads(t *testing.T) {
	c := start(t)
	alice := apitest.New(t, c, 0, nil)
	alice.SignUp("Alice", "alice@example.org")
	at := room(t, alice, "Aurore")
	var link, asked api.InviteLink
	alice.Must("invites.create", api.CreateInviteParams{Workspace: at.Workspace, Role: api.RoleMember, Uses: 2, ExpiresIn: 3600_000}, &link)
	alice.Must("invites.create", api.CreateInviteParams{Workspace: at.Workspace, Role: api.RoleMember, Uses: 1, Approval: true}, &asked)
	stranger := apitest.New(t, c, 0, nil)
	preview := func(p *apitest.Page, url string) (out api.InvitePreview) {
		p.Must("invites.preview", api.URLParams{URL: url}, &out)
		return out
	}
	got := preview(stranger, link.URL)
	if !got.Usable || *got.Workspace != at.Workspace || got.Name != "Aurore" || got.Inviter != "Alice" || got.Role != api.RoleMember ||
		got.Members != 1 || got.Expires == 0 || got.UsesLeft != 2 || got.Approval || got.Joined {
		t.Errorf("%+v", got)
	}
	if got := preview(stranger, asked.URL); !got.Approval || got.Expires != 0 || got.UsesLeft != 1 {
		t.Errorf("with approval: %+v", got)
	}
	stranger.SignUp("Bob", "bob@example.org")
	stranger.Must("invites.join", api.URLParams{URL: link.URL}, nil)
	if got := preview(stranger, link.URL); !got.Joined || got.UsesLeft != 1 || got.Members != 2 {
		t.Errorf("once joined: %+v", got)
	}
	alice.Must("workspaces.refresh", api.Empty{}, nil)
	alice.Must("invites.revoke", api.InviteRef{Workspace: at.Workspace, Invite: link.ID}, nil)
	if got := preview(stranger, link.URL); got != (api.InvitePreview{}) {
		t.Errorf("revoked: %+v", got)
	}
	stranger.Refused("invites.preview", api.URLParams{URL: "https://elsewhere.example.org/i#x"}, schema.CodeBadRequest)
}

// The server shows a stranger another roster than the inviter meant.
func TestAttack_I14_PreviewOfAForgedInvite(t *testing.T) {
	c := start(t)
	alice := apitest.New(t, c, 0, nil)
	alice.SignUp("Alice", "alice@example.org")
	at := room(t, alice, "Aurore")
	var link api.InviteLink
	alice.Must("invites.create", api.CreateInviteParams{Workspace: at.Workspace, Role: api.RoleMember, Uses: 1}, &link)
	stranger, net := lied(t, c)
	for name, lie := range map[string]func(*schema.RosterPage){
		"without the invite": func(p *schema.RosterPage) { p.Entries, p.Head = p.Entries[:1], schema.RosterHead{Seq: 1} },
		"reordered":          func(p *schema.RosterPage) { p.Entries[0], p.Entries[1] = p.Entries[1], p.Entries[0] },
		"unsigned":           func(p *schema.RosterPage) { p.Entries[0].Signature = []byte{1} },
		"nothing":            func(p *schema.RosterPage) { p.Entries, p.Head = nil, schema.RosterHead{} },
	} {
		net.Honest()
		hostile.InviteRoute.Lie(net, func(_ client.Request, p *schema.RosterPage) error { lie(p); return nil })
		failure := stranger.Try("invites.preview", api.URLParams{URL: link.URL}, nil)
		if failure == nil || !failure.Misbehaved || failure.Code != schema.CodeServerMisbehaved {
			t.Errorf("%s: %+v", name, failure)
		}
	}
}
