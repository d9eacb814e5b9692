package client

import (
	"context"
	"fmt"
	"net/url"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
)

// Bounds of answers, in octets.
const (
	maxSmall = 1 << 20
	maxPage  = schema.MaxPageOctets + schema.MaxRosterEntry + maxSmall
)

// remote performs typed requests over a [Transport].
type remote struct {
	transport Transport
	origin    string
}

// do encodes in (nil for none), performs the request and decodes the answer
// strictly into out (nil for none).
func (r remote) do(ctx context.Context, method, path, token string, in, out any, limit int64) error {
	req := Request{Method: method, Path: path, Token: token, MaxResponse: limit}
	if in != nil {
		body, err := schema.Marshal(in)
		if err != nil {
			return err
		}
		req.Body = body
	}
	body, err := r.transport.Do(ctx, req)
	if err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	return schema.Unmarshal(body, out)
}

func (r remote) challenge(ctx context.Context, req schema.ChallengeRequest) (out schema.Challenge, err error) {
	err = r.do(ctx, "POST", "/v1/challenges", "", req, &out, maxSmall)
	return out, err
}

// loginSession answers a challenge with the login key: the session may read and
// replace the identity only.
func (r remote) loginSession(ctx context.Context, c schema.Challenge, kind schema.CredentialKind, key *login.LoginKey) (out schema.Session, err error) {
	statement, signature := key.Answer(schema.SignInStatement{
		Purpose: schema.PurposeSignIn, Nonce: c.Nonce, User: c.User, Origin: r.origin,
	})
	err = r.do(ctx, "POST", "/v1/sessions", "", schema.SessionRequest{Statement: statement, Signature: signature, Kind: kind}, &out, maxSmall)
	return out, err
}

// deviceSession opens the session of a device that the account's certificate names.
func (r remote) deviceSession(ctx context.Context, user schema.UserID, d *identity.Device) (out schema.Session, err error) {
	id := d.ID()
	c, err := r.challenge(ctx, schema.ChallengeRequest{User: &user, Device: &id})
	if err != nil {
		return out, err
	}
	statement := schema.MustMarshal(schema.SignInStatement{
		Purpose: schema.PurposeDevice, Nonce: c.Nonce, User: user, Device: id, Origin: r.origin,
	})
	err = r.do(ctx, "POST", "/v1/sessions", "", schema.SessionRequest{Statement: statement, Signature: d.Sign(statement)}, &out, maxSmall)
	if err == nil && (out.User != user || out.Bound != id) {
		err = schema.Errorf(schema.CodeUnauthenticated, "the server opened a session of somebody else")
	}
	return out, err
}

// identity fetches the account's identity, in the session of a login key with its
// credential of a kind.
func (r remote) identity(ctx context.Context, token string, kind schema.CredentialKind) (out schema.IdentityRecord, err error) {
	err = r.do(ctx, "GET", fmt.Sprintf("/v1/identity?kind=%d", kind), token, nil, &out, maxSmall)
	return out, err
}

func (r remote) replaceIdentity(ctx context.Context, token string, u schema.IdentityUpdate) error {
	return r.do(ctx, "PUT", "/v1/identity", token, u, nil, maxSmall)
}

// call performs a request in the session of this device, and opens a new one
// once when the old one has ended.
func (e *Engine) call(ctx context.Context, method, path string, in, out any, limit int64) error {
	token, err := e.token(ctx, "")
	if err != nil {
		return err
	}
	err = e.remote.do(ctx, method, path, token, in, out, limit)
	if schema.HasCode(err, schema.CodeUnauthenticated) {
		if token, err = e.token(ctx, token); err != nil {
			return err
		}
		err = e.remote.do(ctx, method, path, token, in, out, limit)
	}
	return err
}

// token returns the current session's token, or a new one when it is the
// expired one or there is none.
func (e *Engine) token(ctx context.Context, expired string) (string, error) {
	e.sessionMu.Lock()
	defer e.sessionMu.Unlock()
	if e.session.Token != "" && e.session.Token != expired {
		return e.session.Token, nil
	}
	if expired == "" {
		var kept schema.Session
		err := e.cache.view(ctx, func(r cacheReader) error { _, err := r.get(keySession(), &kept); return err })
		if err != nil {
			return "", err
		}
		if kept.Token != "" && kept.Until > e.opt.Clock.Now().UnixMilli() {
			e.session = kept
			return kept.Token, nil
		}
	}
	s, err := e.remote.deviceSession(ctx, e.User(), e.device)
	if err != nil {
		return "", err
	}
	e.session = s
	if e.admin.Swap(s.Admin) != s.Admin {
		e.listeners.notify(Change{})
	}
	err = e.cache.update(ctx, func(w cacheWriter) error { return w.put(keySession(), s) })
	return s.Token, err
}

func wsPath(w schema.WorkspaceID, rest string) string { return "/v1/workspaces/" + w.String() + rest }

func (e *Engine) fetchWorkspaces(ctx context.Context) ([]schema.WorkspaceID, error) {
	var out schema.WorkspaceList
	err := e.call(ctx, "GET", "/v1/workspaces", nil, &out, maxPage)
	return out.Workspaces, err
}

func (e *Engine) fetchRoster(ctx context.Context, w schema.WorkspaceID, after uint64) (out schema.RosterPage, err error) {
	err = e.call(ctx, "GET", wsPath(w, fmt.Sprintf("/roster?after=%d", after)), nil, &out, maxPage)
	return out, err
}

// inviteRoster fetches a roster by the right of an invite, without a session.
func (r remote) inviteRoster(ctx context.Context, p schema.InviteProof, after uint64) (out schema.RosterPage, err error) {
	path := fmt.Sprintf("/v1/invites/%s/%s/roster?after=%d", p.Workspace, p.Invite, after)
	err = r.do(ctx, "POST", path, "", p, &out, maxPage)
	return out, err
}

func (e *Engine) postRoster(ctx context.Context, w schema.WorkspaceID, genesis bool, b schema.RosterBatch) error {
	path := wsPath(w, "/roster")
	if genesis {
		path = "/v1/workspaces"
	}
	return e.call(ctx, "POST", path, b, nil, maxSmall)
}

func (e *Engine) placeHold(ctx context.Context, w schema.WorkspaceID, circles []schema.CircleID) (out schema.Hold, err error) {
	err = e.call(ctx, "POST", wsPath(w, "/holds"), schema.HoldRequest{Circles: circles}, &out, maxPage)
	return out, err
}

func (e *Engine) fetchCut(ctx context.Context, w schema.WorkspaceID, h schema.Hash) (out schema.Cut, err error) {
	err = e.call(ctx, "GET", wsPath(w, "/cuts/"+h.String()), nil, &out, maxPage)
	return out, err
}

func (e *Engine) fetchHeads(ctx context.Context, w schema.WorkspaceID) (out schema.WorkspaceHeads, err error) {
	err = e.call(ctx, "GET", wsPath(w, "/heads"), nil, &out, maxPage)
	return out, err
}

func (e *Engine) fetchEvents(ctx context.Context, w schema.WorkspaceID, s schema.StreamID, after uint64) (out schema.EventPage, err error) {
	err = e.call(ctx, "GET", wsPath(w, fmt.Sprintf("/streams/%s/events?after=%d", s, after)), nil, &out, maxPage)
	return out, err
}

func (e *Engine) postEvents(ctx context.Context, w schema.WorkspaceID, items []schema.AppendItem) ([]schema.AppendResult, error) {
	var out schema.AppendResponse
	if err := e.call(ctx, "POST", wsPath(w, "/events"), schema.AppendRequest{Items: items}, &out, maxSmall); err != nil {
		return nil, err
	}
	if len(out.Results) != len(items) {
		return nil, schema.Errorf(schema.CodeBadEncoding, "%d results for %d events", len(out.Results), len(items))
	}
	return out.Results, nil
}

func (e *Engine) eraseEvent(ctx context.Context, w schema.WorkspaceID, s schema.StreamID, seq uint64) error {
	return e.call(ctx, "DELETE", wsPath(w, fmt.Sprintf("/streams/%s/events/%d", s, seq)), nil, nil, maxSmall)
}

// lookUp asks the directory for somebody's certificate. The answer is a hint:
// see [Engine.pin].
func (e *Engine) lookUp(ctx context.Context, handle string) (schema.DirectoryEntry, *cert.Certificate, error) {
	var out schema.DirectoryEntry
	if err := e.call(ctx, "GET", "/v1/users?handle="+url.QueryEscape(handle), nil, &out, maxSmall); err != nil {
		return out, nil, err
	}
	c, err := cert.Parse(out.Certificate)
	if err != nil {
		return out, nil, err
	}
	c = e.examineEntry(ctx, out, c)
	if c.User() != out.User {
		return out, nil, schema.Errorf(schema.CodeKeyChanged, "the directory's certificate is of another user")
	}
	return out, c, nil
}
