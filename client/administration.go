package client

import (
	"context"
	"fmt"
	"net/url"

	"github.com/cenacle-team/cenacle/schema"
)

// FetchServerInfo asks a server what it tells anybody. It is shown to people and
// never trusted.
func FetchServerInfo(ctx context.Context, t Transport) (info schema.ServerInfo, err error) {
	r := remote{transport: t} // nothing is signed here: no origin is needed
	err = r.do(ctx, "GET", "/v1/server", "", nil, &info, maxSmall)
	return info, err
}

// Administers reports whether the server says that this account administers it. It
// is for what a UI offers: the server decides anew on each call.
func (e *Engine) Administers() bool { return e.admin.Load() }

// ServerAdmin asks for what an administrator has set, and what is in force. It and
// the calls below are CodeForbidden to everybody else.
func (e *Engine) ServerAdmin(ctx context.Context) (out schema.ServerAdmin, err error) {
	err = e.call(ctx, "GET", "/v1/admin/server", nil, &out, maxSmall)
	return out, err
}

// UpdateServer replaces settings and branding. Another revision than the present
// one is CodeConflict.
func (e *Engine) UpdateServer(ctx context.Context, u schema.ServerUpdate) (out schema.ServerAdmin, err error) {
	err = e.call(ctx, "PUT", "/v1/admin/server", u, &out, maxSmall)
	return out, err
}

// Accounts lists accounts, ascending by handle, those after a handle ("" for all),
// page by page.
func (e *Engine) Accounts(ctx context.Context, after string) (out schema.AccountPage, err error) {
	err = e.call(ctx, "GET", "/v1/admin/accounts?after="+url.QueryEscape(after), nil, &out, maxSmall)
	return out, err
}

// SetAccountDisabled keeps an account out, and ends what it has open, or lets it in
// again.
func (e *Engine) SetAccountDisabled(ctx context.Context, user schema.UserID, disabled bool) error {
	return e.call(ctx, "PUT", accountPath(user), schema.AccountUpdate{Disabled: disabled}, nil, maxSmall)
}

// DeleteAccount deletes an account for good. What it wrote in workspaces stays, and
// so does its membership until somebody there removes it.
func (e *Engine) DeleteAccount(ctx context.Context, user schema.UserID) error {
	return e.call(ctx, "DELETE", accountPath(user), nil, nil, maxSmall)
}

func accountPath(user schema.UserID) string { return fmt.Sprintf("/v1/admin/accounts/%s", user) }
