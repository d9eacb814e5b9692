package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/api"
)

// Callers of the table, in the order of its columns.
var callers = []string{"anonymous", "login key", "stranger", "guest", "pending", "removed", "member", "admin", "owner"}

// The table of routes and callers: what each is answered. The path names the
// circle of the workspace that only member, admin and owner are in. "ok" is any
// success; bad is a request that has passed the gate and is refused for its
// content (a body that says nothing).
const (
	ok        = "ok"
	bad       = "bad_encoding"
	nobody    = "unauthenticated"
	forbidden = "forbidden"
	missing   = "not_found"
	upgrade   = "bad_request"
)

var gate = map[string][]string{
	//                                      anonymous login     stranger guest    pending    removed  member   admin    owner
	"GET /v1/server":      {ok, ok, ok, ok, ok, ok, ok, ok, ok},
	"GET /v1/server/logo": {missing, missing, missing, missing, missing, missing, missing, missing, missing},
	// The stranger made the first account of the server, and administers it.
	"GET /v1/admin/server":                                            {nobody, forbidden, ok, forbidden, forbidden, forbidden, forbidden, forbidden, forbidden},
	"PUT /v1/admin/server":                                            {nobody, forbidden, bad, forbidden, forbidden, forbidden, forbidden, forbidden, forbidden},
	"GET /v1/admin/accounts":                                          {nobody, forbidden, ok, forbidden, forbidden, forbidden, forbidden, forbidden, forbidden},
	"PUT /v1/admin/accounts/{user}":                                   {nobody, forbidden, bad, forbidden, forbidden, forbidden, forbidden, forbidden, forbidden},
	"DELETE /v1/admin/accounts/{user}":                                {nobody, forbidden, missing, forbidden, forbidden, forbidden, forbidden, forbidden, forbidden},
	"POST /v1/accounts":                                               {bad, bad, bad, bad, bad, bad, bad, bad, bad},
	"POST /v1/challenges":                                             {bad, bad, bad, bad, bad, bad, bad, bad, bad},
	"POST /v1/sessions":                                               {bad, bad, bad, bad, bad, bad, bad, bad, bad},
	"GET /v1/identity":                                                {nobody, ok, ok, ok, ok, ok, ok, ok, ok},
	"PUT /v1/identity":                                                {nobody, bad, forbidden, forbidden, forbidden, forbidden, forbidden, forbidden, forbidden},
	"GET /v1/users":                                                   {nobody, forbidden, ok, ok, ok, ok, ok, ok, ok},
	"GET /v1/users/{user}":                                            {nobody, forbidden, ok, ok, ok, ok, ok, ok, ok},
	"GET /v1/workspaces":                                              {nobody, forbidden, ok, ok, ok, ok, ok, ok, ok},
	"POST /v1/workspaces":                                             {nobody, forbidden, bad, bad, bad, bad, bad, bad, bad},
	"GET /v1/workspaces/{workspace}/roster":                           {nobody, forbidden, missing, ok, ok, missing, ok, ok, ok},
	"POST /v1/workspaces/{workspace}/roster":                          {nobody, forbidden, missing, bad, bad, missing, bad, bad, bad},
	"POST /v1/workspaces/{workspace}/holds":                           {nobody, forbidden, missing, missing, forbidden, missing, ok, ok, ok},
	"GET /v1/workspaces/{workspace}/cuts/{hash}":                      {nobody, forbidden, missing, missing, forbidden, missing, ok, ok, ok},
	"GET /v1/workspaces/{workspace}/heads":                            {nobody, forbidden, missing, ok, ok, missing, ok, ok, ok},
	"POST /v1/workspaces/{workspace}/events":                          {nobody, forbidden, missing, "item not_found", forbidden, missing, ok, ok, ok},
	"GET /v1/workspaces/{workspace}/streams/{stream}/events":          {nobody, forbidden, missing, missing, forbidden, missing, ok, ok, ok},
	"DELETE /v1/workspaces/{workspace}/streams/{stream}/events/{seq}": {nobody, forbidden, missing, missing, forbidden, missing, forbidden, ok, ok},
	"POST /v1/invites/{workspace}/{invite}/roster":                    {bad, bad, bad, bad, bad, bad, bad, bad, bad},
	"GET /v1/live":                                                    {upgrade, upgrade, upgrade, upgrade, upgrade, upgrade, upgrade, upgrade, upgrade},
	// Last, because it ends the session.
	"DELETE /v1/sessions/current": {nobody, ok, ok, ok, ok, ok, ok, ok, ok},
}

// cast is a workspace with one person of each kind.
type cast struct {
	tm     *team
	tokens map[string]string
	owner  *person
	stream schema.StreamID
	cut    schema.Hash
}

func newCast(t *testing.T, w *world) *cast {
	t.Helper()
	people := make(map[string]*person)
	tokens := map[string]string{"anonymous": ""}
	for _, name := range callers[2:] {
		p := w.signUp(strings.ReplaceAll(name, " ", "-") + "@example.org")
		people[name], tokens[name] = p, p.token
	}
	owner := people["owner"]
	s, err := owner.signIn()
	if err != nil {
		t.Fatal(err)
	}
	tokens["login key"] = s.Token
	people["stranger"].found() // a member of another workspace
	tm := owner.found()
	tm.admit(owner, people["admin"], schema.RoleAdmin, tm.everyone)
	tm.admit(owner, people["member"], schema.RoleMember, tm.everyone)
	tm.admit(owner, people["removed"], schema.RoleMember, tm.everyone)
	tm.admit(owner, people["guest"], schema.RoleGuest, tm.circle(owner))
	c := &cast{tm: tm, tokens: tokens, owner: owner, stream: schema.NewStreamID()}
	tm.append(owner, tm.item(tm.everyone, c.stream), tm.item(tm.everyone, c.stream))
	tm.remove(owner, people["removed"])
	o := tm.invite(owner, schema.RoleMember, 1, 0, true, tm.everyone)
	tm.join(people["pending"], o).mustPost(people["pending"])
	circle, _ := tm.state.Circle(tm.everyone)
	c.cut = circle.Epochs[1].Cut
	return c
}

func (c *cast) path(pattern string) string {
	r := strings.NewReplacer(
		"{workspace}", c.tm.ws.String(), "{hash}", c.cut.String(), "{stream}", c.stream.String(), "{seq}", "1",
		"{user}", c.owner.user.String(), "{invite}", schema.NewInviteID().String())
	path := r.Replace(pattern)
	if pattern == "/v1/admin/accounts/{user}" {
		path = "/v1/admin/accounts/" + schema.NewUserID().String() // nobody is to be deleted
	}
	if pattern == "/v1/users" {
		path += "?handle=owner%40example.org"
	}
	return path
}

func (c *cast) body(method, pattern string) []byte {
	switch {
	case method != "POST" && method != "PUT":
		return nil
	case strings.HasSuffix(pattern, "/holds"):
		return schema.MustMarshal(schema.HoldRequest{Circles: []schema.CircleID{c.tm.everyone}})
	case strings.HasSuffix(pattern, "/events"):
		return schema.MustMarshal(schema.AppendRequest{Items: []schema.AppendItem{c.tm.item(c.tm.everyone, c.stream)}})
	}
	return []byte{0xFF}
}

// outcome puts an answer into the table's words.
func outcome(t *testing.T, status int, header http.Header, b []byte) string {
	t.Helper()
	if status >= 300 {
		var e schema.WireError
		if err := schema.Unmarshal(b, &e); err != nil {
			t.Fatalf("status %d: the body is no error: %q", status, b)
		}
		if e.Code.Status() != status || header.Get("Content-Type") != "application/cbor" {
			t.Fatalf("%s came with status %d and type %q", e.Code, status, header.Get("Content-Type"))
		}
		return string(e.Code)
	}
	var appended schema.AppendResponse
	if schema.Unmarshal(b, &appended) == nil && len(appended.Results) == 1 && appended.Results[0].Error != nil {
		return "item " + string(appended.Results[0].Error.Code)
	}
	return ok
}

func TestAttack_O1_EveryRouteAndCaller(t *testing.T) {
	w := start(t, nil)
	c := newCast(t, w)
	routes := api.Routes()
	// A session must be there for all the routes before it is ended.
	var order []string
	for _, r := range routes {
		if r != "DELETE /v1/sessions/current" {
			order = append(order, r)
		}
	}
	order = append(order, "DELETE /v1/sessions/current")
	if len(gate) != len(routes) {
		t.Errorf("the table has %d rows, the interface %d routes", len(gate), len(routes))
	}
	for _, route := range order {
		row, known := gate[route]
		if !known || len(row) != len(callers) {
			t.Errorf("%s has no row in the table", route)
			continue
		}
		method, pattern, _ := strings.Cut(route, " ")
		for i, who := range callers {
			// Each kind of caller may hold; one at a time.
			status, header, b := w.raw(method, c.path(pattern), c.tokens[who], c.body(method, pattern), nil)
			got := outcome(t, status, header, b)
			if got == "conflict" && strings.HasSuffix(pattern, "/holds") {
				got = ok // the hold of the caller before
			}
			if got != row[i] {
				t.Errorf("%s as %s: %s, want %s", route, who, got, row[i])
			}
		}
	}
}

// What does not exist and what one may not know of have one answer, octet by
// octet.
func TestAttack_O1_NotFoundIsUniform(t *testing.T) {
	w := start(t, nil)
	c := newCast(t, w)
	nowhere := *c
	nowhere.tm = &team{w: w, ws: schema.NewWorkspaceID(), everyone: c.tm.everyone, state: c.tm.state}
	for _, route := range api.Routes() {
		method, pattern, _ := strings.Cut(route, " ")
		if !strings.Contains(pattern, "{workspace}") {
			continue
		}
		body := c.body(method, pattern)
		if strings.HasPrefix(pattern, "/v1/invites") {
			continue // see TestInvitesAreShownToHoldersOnly
		}
		for _, who := range []string{"stranger", "removed"} {
			s1, h1, real := w.raw(method, c.path(pattern), c.tokens[who], body, nil)
			s2, h2, unreal := w.raw(method, nowhere.path(pattern), c.tokens[who], body, nil)
			h1.Del("Date")
			h2.Del("Date")
			if s1 != 404 || s1 != s2 || string(real) != string(unreal) || fmt.Sprint(h1) != fmt.Sprint(h2) {
				t.Errorf("%s as %s: %d %q and %d %q", route, who, s1, real, s2, unreal)
			}
		}
	}
	for _, path := range []string{"/v1/nothing", "/v1/", "/v1/workspaces/w_bad/heads", "/v1/users/" + c.tm.ws.String()} {
		status, header, b := w.raw("GET", path, c.tokens["owner"], nil, nil)
		if got := outcome(t, status, header, b); got != missing {
			t.Errorf("%s: %s", path, got)
		}
	}
}

func TestInvitesAreShownToHoldersOnly(t *testing.T) {
	clock := newClock()
	w := start(t, func(o *server.Options) { o.Clock = clock.now })
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	tm := alice.found()
	o := tm.invite(alice, schema.RoleMember, 1, clock.now().Add(3600e9).UnixMilli(), false, tm.everyone)
	path := func(p schema.InviteProof) string {
		return "/v1/invites/" + p.Workspace.String() + "/" + p.Invite.String() + "/roster"
	}
	w.must("POST", path(o.proof), bob.token, o.proof, new(schema.RosterPage))
	w.must("POST", path(o.proof), "", o.proof, new(schema.RosterPage)) // before there is an account
	wrong, unknown, nowhere := o.proof, o.proof, o.proof
	wrong.Proof[31] ^= 1
	unknown.Invite = schema.NewInviteID()
	nowhere.Workspace = schema.NewWorkspaceID()
	var answers []string
	for _, p := range []schema.InviteProof{wrong, unknown, nowhere} {
		status, _, b := w.raw("POST", path(p), bob.token, schema.MustMarshal(p), nil)
		answers = append(answers, fmt.Sprint(status, string(b)))
	}
	status, _, b := w.raw("POST", path(o.proof), bob.token, schema.MustMarshal(wrong), nil)
	answers = append(answers, fmt.Sprint(status, string(b)))
	for _, a := range answers {
		if a != answers[0] || status != 404 {
			t.Fatalf("answers differ: %q", answers)
		}
	}
	clock.add(3601e9)
	w.refused(schema.CodeInviteUnusable, "POST", path(o.proof), bob.token, o.proof)
	if err := tm.join(bob, o).post(bob); !schema.HasCode(err, schema.CodeInviteUnusable) {
		t.Fatalf("joined by an expired invite: %v", err)
	}
}
