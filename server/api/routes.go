package api

import (
	"net/http"

	"github.com/cenacle-team/cenacle/schema"
)

// route is one line of the interface.
type route struct {
	method, path string
	access       access
	// maxBody bounds the body in octets; 0 for a route without one.
	maxBody int64
	// serve returns what to answer; nil for nothing (204), or when it has
	// answered by itself.
	serve func(*API, *request) (any, error)
}

// Bounds of bodies.
const (
	tinyBody     = 4 << 10
	signUpBody   = schema.MaxCertificate + schema.MaxLockedIdentity + tinyBody
	identityBody = schema.MaxCertificate + 2*schema.MaxLockedIdentity + tinyBody
	serverBody   = schema.MaxLogo + 2*schema.MaxWelcome + 2*schema.MaxLegal + tinyBody
	sessionBody  = tinyBody
	holdBody     = schema.MaxCircles*20 + tinyBody
	appendBody   = schema.MaxAppendOctets + tinyBody
	rosterBody   = schema.MaxRosterBatchOctets
)

// routes is the whole interface. The paths' parameters are named by what they are.
var routes = []route{
	{"GET", "/v1/server", anybody, 0, (*API).getServer},
	{"POST", "/v1/accounts", anybody, signUpBody, (*API).postAccount},
	{"POST", "/v1/challenges", anybody, tinyBody, (*API).postChallenge},
	{"POST", "/v1/sessions", anybody, sessionBody, (*API).postSession},
	{"DELETE", "/v1/sessions/current", signedIn, 0, (*API).deleteSession},
	{"GET", "/v1/identity", signedIn, 0, (*API).getIdentity},
	{"PUT", "/v1/identity", loginKey, identityBody, (*API).putIdentity},
	{"GET", "/v1/server/logo", anybody, 0, (*API).getLogo},
	{"GET", "/v1/admin/server", administrator, 0, (*API).getAdminServer},
	{"PUT", "/v1/admin/server", administrator, serverBody, (*API).putAdminServer},
	{"GET", "/v1/admin/accounts", administrator, 0, (*API).getAccounts},
	{"PUT", "/v1/admin/accounts/{user}", administrator, tinyBody, (*API).putAccountState},
	{"DELETE", "/v1/admin/accounts/{user}", administrator, 0, (*API).deleteAccount},

	{"GET", "/v1/users", device, 0, (*API).getUserByHandle},
	{"GET", "/v1/users/{user}", device, 0, (*API).getUser},

	{"GET", "/v1/workspaces", device, 0, (*API).getWorkspaces},
	{"POST", "/v1/workspaces", device, rosterBody, (*API).postWorkspace},
	{"GET", "/v1/workspaces/{workspace}/roster", pending, 0, (*API).getRoster},
	{"POST", "/v1/workspaces/{workspace}/roster", candidate, rosterBody, (*API).postRoster},
	{"POST", "/v1/workspaces/{workspace}/holds", member, holdBody, (*API).postHold},
	{"GET", "/v1/workspaces/{workspace}/cuts/{hash}", member, 0, (*API).getCut},
	{"GET", "/v1/workspaces/{workspace}/heads", pending, 0, (*API).getHeads},
	{"POST", "/v1/workspaces/{workspace}/events", author, appendBody, (*API).postEvents},
	{"GET", "/v1/workspaces/{workspace}/streams/{stream}/events", member, 0, (*API).getEvents},
	{"DELETE", "/v1/workspaces/{workspace}/streams/{stream}/events/{seq}", member, 0, (*API).deleteEvent},

	{"POST", "/v1/invites/{workspace}/{invite}/roster", anybody, tinyBody, (*API).postInviteRoster},
	{"GET", "/v1/live", anybody, 0, (*API).getLive},
}

// Routes lists the interface as patterns of method and path, for tests that walk it.
func Routes() []string {
	var out []string
	for _, rt := range routes {
		out = append(out, rt.method+" "+rt.path)
	}
	return out
}

// Handler serves /v1 and /healthz; web serves everything else.
func (a *API) Handler(web http.Handler) http.Handler {
	mux := http.NewServeMux()
	for _, rt := range routes {
		pattern := rt.method + " " + rt.path
		mux.Handle(pattern, a.around(pattern, a.handle(rt)))
	}
	mux.Handle("GET /healthz", a.around("GET /healthz", http.HandlerFunc(a.getHealth)))
	mux.Handle("/v1/", a.around("/v1/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.answerError(w, r, errNotFound())
	})))
	mux.Handle("/", a.around("/", web))
	// Outside of everything: the mux answers some requests by itself.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header(), a.opts.Origin)
		mux.ServeHTTP(w, r)
	})
}
