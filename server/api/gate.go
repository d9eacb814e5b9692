package api

import (
	"context"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/limit"
	"github.com/cenacle-team/cenacle/server/store"
)

// access is who may use a route.
type access int

const (
	// anybody needs no session.
	anybody access = iota
	// signedIn needs a session of the login key or of a device.
	signedIn
	// loginKey needs a session of the login key.
	loginKey
	// device needs a session of a device.
	device
	// administrator needs a session of a device of the account that administers the
	// server.
	administrator
	// candidate needs a session of a device; the handler decides about members.
	candidate
	// pending needs a session of a device whose user is a member of the
	// workspace, or waits for approval.
	pending
	// member needs a session of a device whose user is a member of the workspace.
	member
	// author is member as of a moment ago, for handlers that look again in the end
	// (see [API.postEvents]); the role may have changed.
	author
)

// request is one request that has passed the gate.
type request struct {
	*http.Request
	writer  http.ResponseWriter
	address netip.Addr
	body    []byte

	session   session
	workspace schema.WorkspaceID
	// member is set for routes of members; inside is false for a candidate who
	// is none.
	member store.Member
	inside bool
}

// requestTime is within the time that the HTTP server gives an answer.
const requestTime = time.Minute

// mediaType is the type of all bodies.
const mediaType = "application/cbor"

// handle makes a route's handler: the gate, the handler, the answer.
func (a *API) handle(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// A database that does not answer must not keep requests for ever, not even
		// those of clients that wait.
		patience := a.requestTime
		if rt.maxBody > smallBody {
			patience += largeBodyTime
		}
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		r = r.WithContext(ctx)
		req := &request{Request: r, writer: w, address: a.clientAddress(r)}
		note := noteOf(r.Context())
		if err := a.admit(rt, req); err != nil {
			a.answerError(w, r, err)
			return
		}
		note.user, note.workspace = req.session.User, req.workspace
		release, err := a.readBody(rt, req)
		if err != nil {
			a.answerError(w, r, err)
			return
		}
		defer release()
		out, err := rt.serve(a, req)
		switch {
		case err != nil:
			a.answerError(w, r, err)
		case out != nil:
			a.answer(w, r, out)
		case !note.written:
			w.WriteHeader(http.StatusNoContent)
		}
	})
}

// admit checks origin, session and membership, in this order.
func (a *API) admit(rt route, req *request) error {
	if !a.sameOrigin(req.Request) {
		return schema.Errorf(schema.CodeForbidden, "a request of another origin")
	}
	if rt.access == anybody {
		return nil
	}
	token, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return schema.Errorf(schema.CodeUnauthenticated, "a bearer token is expected")
	}
	hash, ok := tokenHash(token)
	if !ok {
		return schema.Errorf(schema.CodeUnauthenticated, "malformed token")
	}
	var err error
	if req.session, err = a.sessions.lookUp(req.Context(), hash, false); err != nil {
		return err
	}
	if rt.access == loginKey && req.session.bound() {
		return schema.Errorf(schema.CodeForbidden, "a session of the login key is expected")
	}
	if rt.access >= device && !req.session.bound() {
		return schema.Errorf(schema.CodeForbidden, "a device's session is expected")
	}
	if rt.access == administrator && !req.session.Admin {
		return schema.Errorf(schema.CodeForbidden, "the server's administrator is expected")
	}
	if err := tooFast(a.limits.requests, string(req.session.User[:])); err != nil {
		return err
	}
	if rt.access < candidate {
		return nil
	}
	return a.admitMember(rt, req)
}

func (a *API) admitMember(rt route, req *request) error {
	if err := pathID(req, "workspace", &req.workspace); err != nil {
		return err
	}
	var err error
	if rt.access == author {
		req.member, err = a.members.lookUp(req.Context(), req.workspace, req.session.User)
	} else {
		req.member, err = a.store.MemberRole(req.Context(), req.workspace, req.session.User)
	}
	switch {
	case schema.HasCode(err, schema.CodeNotFound):
		if rt.access == candidate {
			return nil
		}
		return errNotFound()
	case err != nil:
		return err
	}
	req.inside = true
	if req.member.Pending && rt.access >= member {
		return schema.Errorf(schema.CodeForbidden, "an approval is awaited")
	}
	return nil
}

// errNotFound is the one answer for what does not exist and for what the caller
// may not know of.
func errNotFound() error { return schema.Errorf(schema.CodeNotFound, "") }

// pathID reads an id in the path. A malformed one is not found, like an unknown one.
func pathID(r *request, name string, id interface{ UnmarshalText([]byte) error }) error {
	if id.UnmarshalText([]byte(r.PathValue(name))) != nil {
		return errNotFound()
	}
	return nil
}

// tooFast takes a token of a limit and answers CodeRateLimited when there is none.
func tooFast(l *limit.Keyed, key string) error {
	return rateLimited(l.Take(key))
}

// perWorkspace is the key of limits of a user in a workspace.
func perWorkspace(r *request) string { return string(r.session.User[:]) + string(r.workspace[:]) }

func rateLimited(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	return &schema.Error{Code: schema.CodeRateLimited, RetryAfter: wait}
}

// sameOrigin reports whether a request comes from the server's own pages or from
// no page at all. Reading is left to the same-origin policy: nothing here allows
// another origin to read.
func (a *API) sameOrigin(r *http.Request) bool {
	upgrade := len(r.Header.Values("Upgrade")) > 0
	if !upgrade && (r.Method == http.MethodGet || r.Method == http.MethodHead) {
		return true
	}
	if origins := r.Header.Values("Origin"); len(origins) > 0 && (len(origins) > 1 || origins[0] != a.opts.Origin) {
		return false
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
		return true
	}
	return false
}

// clientAddress is the address that limits count: the peer's, or the last one in
// X-Forwarded-For that is no trusted proxy when the peer is one.
func (a *API) clientAddress(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	address := peer.Addr().Unmap()
	if !a.trusted(address) {
		return address
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			return address
		}
		if address = hop.Unmap(); !a.trusted(address) {
			return address
		}
	}
	return address
}

func (a *API) trusted(address netip.Addr) bool {
	for _, p := range a.opts.TrustedProxies {
		if p.Contains(address) {
			return true
		}
	}
	return false
}
