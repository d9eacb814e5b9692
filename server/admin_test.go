package server_test

import (
	"bytes"
	"crypto/sha256"
	"image"
	"image/jpeg"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/live"
)

// picture is a PNG of a size.
func picture(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func hashOf(b []byte) *schema.Hash {
	h := schema.Hash(sha256.Sum256(b))
	return &h
}

func (p *person) serverState() (s schema.ServerAdmin) {
	p.w.t.Helper()
	p.w.must("GET", "/v1/admin/server", p.token, nil, &s)
	return s
}

func TestTheAdministratorChangesRegistration(t *testing.T) {
	w := start(t, func(o *server.Options) { o.Registration = server.RegistrationClosed; o.Name = "As started" })
	admin := w.signUp("admin@example.org")
	_, req := w.newPerson("bob@example.org")
	w.refused(schema.CodeRegistrationClosed, "POST", "/v1/accounts", "", req)
	got := admin.serverState()
	if got.State.Revision != 0 || got.InForce.Registration != "closed" || got.InForce.WorkspaceQuota != 10<<30 || got.Accounts != 1 {
		t.Fatalf("%+v", got)
	}
	u := schema.ServerUpdate{State: got.State}
	u.State.Settings.Registration = "open"
	w.must("PUT", "/v1/admin/server", admin.token, u, &got)
	if got.State.Revision != 1 || got.InForce.Registration != "open" {
		t.Fatalf("%+v", got)
	}
	var info schema.ServerInfo
	w.must("GET", "/v1/server", "", nil, &info)
	if info.Registration != "open" || info.Name != "As started" || info.Branding != nil {
		t.Fatalf("%+v", info)
	}
	w.must("POST", "/v1/accounts", "", req, nil)
	// The same change again is of a revision that has passed.
	w.refused(schema.CodeConflict, "PUT", "/v1/admin/server", admin.token, u)
	u.State = got.State
	u.State.Settings.Registration = "maybe"
	w.refused(schema.CodeBadRequest, "PUT", "/v1/admin/server", admin.token, u)
	u.State.Settings.Registration = ""
	w.must("PUT", "/v1/admin/server", admin.token, u, &got)
	if got.InForce.Registration != "closed" || got.Accounts != 2 {
		t.Fatalf("back to what the server was started with: %+v", got)
	}
}

// What was set lasts beyond the process, whatever it is started with.
func TestSettingsOutliveARestart(t *testing.T) {
	folder := t.TempDir()
	first := start(t, func(o *server.Options) { o.DataDir = folder; o.Registration = server.RegistrationOpen })
	admin := first.signUp("admin@example.org")
	u := schema.ServerUpdate{State: admin.serverState().State}
	u.State.Settings = schema.ServerSettings{Registration: "closed", AccountQuota: 100}
	first.must("PUT", "/v1/admin/server", admin.token, u, nil)
	second := start(t, func(o *server.Options) { o.DataDir = folder; o.Registration = server.RegistrationOpen })
	_, req := second.newPerson("bob@example.org")
	second.refused(schema.CodeRegistrationClosed, "POST", "/v1/accounts", "", req)
	admin.w = second
	tm := admin.found()
	var out schema.AppendResponse
	second.must("POST", tm.path("/events"), admin.token, schema.AppendRequest{Items: []schema.AppendItem{tm.item(tm.everyone, schema.NewStreamID())}}, &out)
	if e := out.Results[0].Error; e == nil || e.Code != schema.CodeQuotaExceeded {
		t.Fatalf("300 octets of a quota of 100: %+v", e)
	}
}

func TestQuotasChangeAtRunTime(t *testing.T) {
	w := start(t, nil)
	admin := w.signUp("admin@example.org")
	tm, stream := admin.found(), schema.NewStreamID()
	tm.append(admin, tm.item(tm.everyone, stream))
	set := func(s schema.ServerSettings) {
		t.Helper()
		u := schema.ServerUpdate{State: admin.serverState().State}
		u.State.Settings = s
		w.must("PUT", "/v1/admin/server", admin.token, u, nil)
	}
	refused := func() bool {
		t.Helper()
		var out schema.AppendResponse
		w.must("POST", tm.path("/events"), admin.token, schema.AppendRequest{Items: []schema.AppendItem{tm.item(tm.everyone, stream)}}, &out)
		return out.Results[0].Error != nil
	}
	set(schema.ServerSettings{WorkspaceQuota: 400})
	if !refused() {
		t.Error("the workspace's quota is not in force")
	}
	set(schema.ServerSettings{WorkspaceQuota: -1, Workspaces: 1})
	if refused() {
		t.Error("no quota refuses")
	}
	if err := admin.tryFound(); !schema.HasCode(err, schema.CodeQuotaExceeded) {
		t.Errorf("a second workspace of one: %v", err)
	}
}

// Others can make somebody a member of any number of workspaces: it costs that
// account nothing of what it may found, and its list stays readable.
func TestBeingAdmittedUsesUpNothing(t *testing.T) {
	w := start(t, func(o *server.Options) { o.Quotas.Workspaces = 2 })
	spammer, victim := w.signUp("spammer@example.org"), w.signUp("victim@example.org")
	for range 2 {
		tm := spammer.found()
		tm.admit(spammer, victim, schema.RoleOwner, tm.everyone)
	}
	tm := &team{w: w}
	for range 2 {
		tm = victim.found()
	}
	for name, p := range map[string]*person{"spammer": spammer, "victim": victim} {
		if err := p.tryFound(); !schema.HasCode(err, schema.CodeQuotaExceeded) {
			t.Errorf("the %s founds a third workspace: %v", name, err)
		}
	}
	var all, rest schema.WorkspaceList
	w.must("GET", "/v1/workspaces", victim.token, nil, &all)
	if len(all.Workspaces) != 4 {
		t.Fatalf("%d workspaces", len(all.Workspaces))
	}
	w.must("GET", "/v1/workspaces?after="+all.Workspaces[2].String(), victim.token, nil, &rest)
	if len(rest.Workspaces) != 1 || rest.Workspaces[0] != all.Workspaces[3] {
		t.Fatalf("after the third there is %v", rest.Workspaces)
	}
	w.refused(schema.CodeBadRequest, "GET", "/v1/workspaces?after="+tm.everyone.String(), victim.token, nil)
}

func TestBrandingIsCheckedAndShown(t *testing.T) {
	w := start(t, nil)
	admin := w.signUp("admin@example.org")
	logo := picture(t, 64, 32)
	u := schema.ServerUpdate{State: admin.serverState().State, Logo: logo}
	u.State.Branding = schema.Branding{
		Name: "Mairie", Accent: "#1f7a72", AccentDark: "#5cc2b6", Logo: hashOf(logo),
		Welcome: schema.LocalText{EN: "Hello", FR: "Bonjour"}, Legal: schema.LocalText{FR: "Mentions *légales*"},
	}
	big, tall := picture(t, 64, 32), picture(t, 1, schema.MaxLogoSide+1)
	big = append(big, make([]byte, schema.MaxLogo)...)
	script := []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`)
	for name, tc := range map[string]struct {
		change func(*schema.ServerUpdate)
		code   schema.Code
	}{
		"colour name":     {func(u *schema.ServerUpdate) { u.State.Branding.Accent = "red" }, schema.CodeBadRequest},
		"style injection": {func(u *schema.ServerUpdate) { u.State.Branding.AccentDark = "#000000;}" }, schema.CodeBadRequest},
		"upper case":      {func(u *schema.ServerUpdate) { u.State.Branding.Accent = "#ABCDEF" }, schema.CodeBadRequest},
		"long name":       {func(u *schema.ServerUpdate) { u.State.Branding.Name = strings.Repeat("x", schema.MaxName+1) }, schema.CodeTooLarge},
		"control in name": {func(u *schema.ServerUpdate) { u.State.Branding.Name = "a\x00b" }, schema.CodeBadRequest},
		"long welcome":    {func(u *schema.ServerUpdate) { u.State.Branding.Welcome.FR = strings.Repeat("x", schema.MaxWelcome+1) }, schema.CodeTooLarge},
		"long notices":    {func(u *schema.ServerUpdate) { u.State.Branding.Legal.EN = strings.Repeat("x", schema.MaxLegal+1) }, schema.CodeTooLarge},
		"other logo":      {func(u *schema.ServerUpdate) { u.State.Branding.Logo = hashOf(nil) }, schema.CodeBadRequest},
		"unnamed logo":    {func(u *schema.ServerUpdate) { u.State.Branding.Logo = nil }, schema.CodeBadRequest},
		"missing logo":    {func(u *schema.ServerUpdate) { u.Logo = nil }, schema.CodeConflict},
		"huge logo":       {func(u *schema.ServerUpdate) { u.Logo, u.State.Branding.Logo = big, hashOf(big) }, schema.CodeTooLarge},
		"tall logo":       {func(u *schema.ServerUpdate) { u.Logo, u.State.Branding.Logo = tall, hashOf(tall) }, schema.CodeTooLarge},
		"svg":             {func(u *schema.ServerUpdate) { u.Logo, u.State.Branding.Logo = script, hashOf(script) }, schema.CodeBadRequest},
	} {
		wrong := u
		tc.change(&wrong)
		if err := w.do("PUT", "/v1/admin/server", admin.token, wrong, nil); !schema.HasCode(err, tc.code) {
			t.Errorf("%s: %v, want %s", name, err, tc.code)
		}
	}
	w.must("PUT", "/v1/admin/server", admin.token, u, nil)
	var info schema.ServerInfo
	w.must("GET", "/v1/server", "", nil, &info)
	if info.Name != "Mairie" || info.Branding == nil || info.Branding.Accent != "#1f7a72" || info.Branding.Welcome.FR != "Bonjour" {
		t.Fatalf("%+v", info)
	}
	status, h, b := w.raw("GET", "/v1/server/logo", "", nil, nil)
	if status != 200 || !bytes.Equal(b, logo) || h.Get("Content-Type") != "image/png" || h.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Cache-Control") != "no-cache" {
		t.Fatalf("the logo: %d %v", status, h)
	}
	if status, _, b := w.raw("GET", "/v1/server/logo", "", nil, http.Header{"If-None-Match": {h.Get("ETag")}}); status != 304 || len(b) != 0 {
		t.Fatalf("the logo again: %d", status)
	}
	// It goes with the branding that names it.
	u = schema.ServerUpdate{State: admin.serverState().State}
	u.State.Branding = schema.Branding{}
	w.must("PUT", "/v1/admin/server", admin.token, u, nil)
	w.refused(schema.CodeNotFound, "GET", "/v1/server/logo", "", nil)
	var photo bytes.Buffer
	if err := jpeg.Encode(&photo, image.NewGray(image.Rect(0, 0, 8, 8)), nil); err != nil {
		t.Fatal(err)
	}
	u.State = admin.serverState().State
	u.State.Branding.Logo, u.Logo = hashOf(photo.Bytes()), photo.Bytes()
	w.must("PUT", "/v1/admin/server", admin.token, u, nil)
	if _, h, _ := w.raw("GET", "/v1/server/logo", "", nil, nil); h.Get("Content-Type") != "image/jpeg" {
		t.Fatalf("a photo is served as %s", h.Get("Content-Type"))
	}
}

func TestAccountsAreListedDisabledAndDeleted(t *testing.T) {
	w := start(t, nil)
	admin, bob := w.signUp("admin@example.org"), w.signUp("bob@example.org")
	tm := admin.found()
	tm.admit(admin, bob, schema.RoleMember, tm.everyone)
	tm.append(bob, tm.item(tm.everyone, schema.NewStreamID()))
	var page schema.AccountPage
	w.must("GET", "/v1/admin/accounts", admin.token, nil, &page)
	if len(page.Accounts) != 2 || page.More || page.Accounts[0].User != admin.user || !page.Accounts[0].Admin ||
		page.Accounts[1].Handle != "bob@example.org" || page.Accounts[1].Octets != 300 || page.Accounts[1].Admin {
		t.Fatalf("%+v", page)
	}
	w.must("GET", "/v1/admin/accounts?after=Admin%40example.org", admin.token, nil, &page)
	if len(page.Accounts) != 1 || page.Accounts[0].User != bob.user {
		t.Fatalf("after the first: %+v", page)
	}
	path := "/v1/admin/accounts/" + bob.user.String()
	s, err := bob.signIn()
	if err != nil {
		t.Fatal(err)
	}
	socket := bob.connect()
	w.must("GET", "/v1/workspaces", bob.token, nil, nil) // it is in the cache now
	w.must("GET", "/v1/identity", s.Token, nil, nil)
	w.must("PUT", path, admin.token, schema.AccountUpdate{Disabled: true}, nil)
	for _, token := range []string{bob.token, s.Token} {
		w.refused(schema.CodeUnauthenticated, "GET", "/v1/identity", token, nil)
	}
	if code := socket.ends(); code != live.CloseUnauthenticated {
		t.Fatalf("the socket ended with %d", code)
	}
	if _, err := bob.tryOpen(bob.dev); !schema.HasCode(err, schema.CodeAccountDisabled) {
		t.Fatalf("the device opens a session: %v", err)
	}
	if _, err := bob.signIn(); !schema.HasCode(err, schema.CodeAccountDisabled) {
		t.Fatalf("the login key opens a session: %v", err)
	}
	// Only who holds the key is told.
	if _, err := bob.answer(bob.challenge(), admin.login, bob.statement(bob.challenge())); !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Fatalf("a guesser learns that the account is disabled: %v", err)
	}
	w.must("GET", "/v1/admin/accounts", admin.token, nil, &page)
	if !page.Accounts[1].Disabled {
		t.Fatalf("%+v", page)
	}
	w.must("PUT", path, admin.token, schema.AccountUpdate{}, nil)
	bob.token = bob.open()
	socket = bob.connect()
	w.must("DELETE", path, admin.token, nil, nil)
	if code := socket.ends(); code != live.CloseUnauthenticated {
		t.Fatalf("the socket ended with %d", code)
	}
	w.refused(schema.CodeUnauthenticated, "GET", "/v1/identity", bob.token, nil)
	for _, err := range []error{second(bob.tryOpen(bob.dev)), second(bob.signIn())} {
		if !schema.HasCode(err, schema.CodeSignInFailed) {
			t.Fatalf("a deleted account signs in: %v", err)
		}
	}
	w.refused(schema.CodeNotFound, "DELETE", path, admin.token, nil)
	w.refused(schema.CodeNotFound, "GET", "/v1/users/"+bob.user.String(), admin.token, nil)
	// The address is free, the user id, which the roster names, is not.
	w.refused(schema.CodeConflict, "POST", "/v1/accounts", "", schema.SignUpRequest{
		User: bob.user, Handle: "bob@example.org", Certificate: bob.id.Certificate().Bytes(), Credential: bob.credential(1),
	})
	w.signUp("bob@example.org")
	// Nobody is left who could undo it.
	own := "/v1/admin/accounts/" + admin.user.String()
	w.refused(schema.CodeForbidden, "DELETE", own, admin.token, nil)
	w.refused(schema.CodeForbidden, "PUT", own, admin.token, schema.AccountUpdate{Disabled: true})
}

func second[T any](_ T, err error) error { return err }
