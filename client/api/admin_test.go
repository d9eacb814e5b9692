package api_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/apitest"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
)

// The first account administers the server; nobody else does.
func TestAdministration(t *testing.T) {
	c := start(t)
	alice, bob := apitest.New(t, c, 0, nil), apitest.New(t, c, 0, nil)
	alice.SignUp("Alice", "alice@example.org")
	bob.SignUp("Bob", "bob@example.org")
	clienttest.Eventually(t, "the server says who administers it", func() bool { return alice.State().Admin })
	bobID := *bob.State().User
	bob.Must("workspaces.refresh", api.Empty{}, nil)
	if bob.State().Admin {
		t.Error("Bob administers the server")
	}
	bob.Refused("admin.server", api.Empty{}, schema.CodeForbidden)
	bob.Refused("admin.update", api.AdminUpdateParams{}, schema.CodeForbidden)
	bob.Refused("admin.accounts", api.AccountsParams{}, schema.CodeForbidden)
	bob.Refused("admin.setDisabled", api.SetDisabledParams{User: bobID}, schema.CodeForbidden)
	bob.Refused("admin.deleteAccount", api.AccountRef{User: bobID}, schema.CodeForbidden)

	var was, now api.AdminServer
	alice.Must("admin.server", api.Empty{}, &was)
	if was.Accounts != 2 || was.Settings.Registration != nil || *was.InForce.Registration != api.RegistrationOpen {
		t.Errorf("%+v", was)
	}
	var logo bytes.Buffer
	if err := png.Encode(&logo, image.NewNRGBA(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	closed := api.RegistrationClosed
	update := api.AdminUpdateParams{
		Revision: was.Revision, Settings: api.AdminSettings{Registration: &closed, Workspaces: 3},
		Branding: api.Branding{Name: "Atelier", Accent: "#123456", Welcome: api.LocalText{EN: "Hello", FR: "Bonjour"}}, NewLogo: logo.Bytes(),
	}
	alice.Must("admin.update", update, &now)
	if now.Revision != was.Revision+1 || now.Branding.Name != "Atelier" || now.Branding.Logo == "" || *now.InForce.Registration != closed || now.InForce.Workspaces != 3 {
		t.Errorf("%+v", now)
	}
	alice.Refused("admin.update", update, schema.CodeConflict) // of a revision that is past
	update.Revision, update.NewLogo, update.Branding.Logo = now.Revision, nil, "no hash"
	alice.Refused("admin.update", update, schema.CodeBadRequest)
	update.NewLogo = make([]byte, schema.MaxLogo+1)
	alice.Refused("admin.update", update, schema.CodeTooLarge)
	update.NewLogo, update.Branding.Logo = nil, now.Branding.Logo
	alice.Must("admin.update", update, &now)
	var info api.ServerInfo
	bob.Must("server.info", api.Empty{}, &info)
	if info.Branding == nil || info.Branding.Logo != now.Branding.Logo || info.Name != "Atelier" || info.Branding.Welcome.FR != "Bonjour" {
		t.Errorf("anybody sees %+v", info)
	}

	var page api.AccountPage
	alice.Must("admin.accounts", api.AccountsParams{}, &page)
	if len(page.Accounts) != 2 || page.More || page.Accounts[0].Handle != "alice@example.org" || !page.Accounts[0].Admin || !page.Accounts[0].Self || page.Accounts[1].User != bobID {
		t.Errorf("%+v", page)
	}
	alice.Must("admin.accounts", api.AccountsParams{After: "alice@example.org"}, &page)
	if len(page.Accounts) != 1 {
		t.Errorf("after Alice: %+v", page)
	}
	alice.Must("admin.setDisabled", api.SetDisabledParams{User: bobID, Disabled: true}, nil)
	alice.Must("admin.accounts", api.AccountsParams{After: "alice@example.org"}, &page)
	if !page.Accounts[0].Disabled {
		t.Error("Bob is not disabled")
	}
	alice.Must("admin.deleteAccount", api.AccountRef{User: bobID}, nil)
	alice.Refused("admin.deleteAccount", api.AccountRef{User: schema.NewUserID()}, schema.CodeNotFound)
}

// administration is the part of the story about the server.
func (s *story) administration() {
	p := apitest.New(s.t, s.cluster, 0, nil)
	p.SignUp("Dave", "dave@example.org")
	var now api.AdminServer
	s.alice.Must("admin.server", api.Empty{}, &now)
	s.alice.Must("admin.update", api.AdminUpdateParams{Revision: now.Revision, Branding: api.Branding{Name: "Atelier"}}, nil)
	s.alice.Must("admin.accounts", api.AccountsParams{}, nil)
	s.alice.Must("admin.setDisabled", api.SetDisabledParams{User: *p.State().User, Disabled: true}, nil)
	s.alice.Must("admin.deleteAccount", api.AccountRef{User: *p.State().User}, nil)
}
