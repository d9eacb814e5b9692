package api

import (
	"context"
	"crypto/sha256"

	"github.com/cenacle-team/cenacle/schema"
)

func adminMethods() []Method {
	return []Method{
		method("admin.server", (*API).adminServer),
		method("admin.update", (*API).adminUpdate),
		method("admin.accounts", (*API).adminAccounts),
		method("admin.setDisabled", (*API).setDisabled),
		method("admin.deleteAccount", (*API).deleteAccount),
	}
}

// AdminSettings are what an administrator sets. Null and 0 stand for what the
// server was started with, a negative number for no limit.
type AdminSettings struct {
	Registration *Registration `json:"registration"`
	// WorkspaceQuota and AccountQuota are in octets.
	WorkspaceQuota int64 `json:"workspaceQuota"`
	AccountQuota   int64 `json:"accountQuota"`
	Workspaces     int64 `json:"workspaces"` // that an account may found
}

// AdminServer is what an administrator sees of the server.
type AdminServer struct {
	Revision uint64        `json:"revision"` // for the next update
	Settings AdminSettings `json:"settings"`
	// InForce is what the settings come to.
	InForce  AdminSettings `json:"inForce"`
	Branding Branding      `json:"branding"`
	Accounts uint64        `json:"accounts"`
}

func (a *API) adminServer(ctx context.Context, _ Empty) (AdminServer, error) {
	e, err := a.engine()
	if err != nil {
		return AdminServer{}, err
	}
	got, err := e.ServerAdmin(ctx)
	return adminOf(got), err
}

func adminOf(s schema.ServerAdmin) AdminServer {
	return AdminServer{
		Revision: s.State.Revision, Settings: settingsOf(s.State.Settings), InForce: settingsOf(s.InForce),
		Branding: brandingOf(s.State.Branding), Accounts: s.Accounts,
	}
}

func settingsOf(s schema.ServerSettings) AdminSettings {
	out := AdminSettings{WorkspaceQuota: s.WorkspaceQuota, AccountQuota: s.AccountQuota, Workspaces: s.Workspaces}
	if r := Registration(s.Registration); r != "" {
		out.Registration = &r
	}
	return out
}

// AdminUpdateParams replace everything that an administrator sets.
type AdminUpdateParams struct {
	// Revision is the one that was shown: what somebody else set meanwhile is not
	// overwritten, the failure is conflict.
	Revision uint64        `json:"revision"`
	Settings AdminSettings `json:"settings"`
	// Branding has the present logo, or "" to have none.
	Branding Branding `json:"branding"`
	// NewLogo is a picture in place of the present one: PNG, JPEG or WebP.
	NewLogo []byte `json:"newLogo,omitempty"`
}

func (a *API) adminUpdate(ctx context.Context, p AdminUpdateParams) (AdminServer, error) {
	e, err := a.engine()
	if err != nil {
		return AdminServer{}, err
	}
	if len(p.NewLogo) > schema.MaxLogo {
		return AdminServer{}, schema.Errorf(schema.CodeTooLarge, "a logo has at most %d octets", schema.MaxLogo)
	}
	u := schema.ServerUpdate{
		State: schema.ServerState{
			Revision: p.Revision,
			Settings: schema.ServerSettings{WorkspaceQuota: p.Settings.WorkspaceQuota, AccountQuota: p.Settings.AccountQuota, Workspaces: p.Settings.Workspaces},
			Branding: schema.Branding{
				Name: p.Branding.Name, Accent: p.Branding.Accent, AccentDark: p.Branding.AccentDark,
				Welcome: schema.LocalText(p.Branding.Welcome), Legal: schema.LocalText(p.Branding.Legal),
			},
		},
		Logo: p.NewLogo,
	}
	if p.Settings.Registration != nil {
		u.State.Settings.Registration = string(*p.Settings.Registration)
	}
	var hash schema.Hash
	switch {
	case len(p.NewLogo) > 0:
		hash = sha256.Sum256(p.NewLogo)
		u.State.Branding.Logo = &hash
	case p.Branding.Logo != "":
		if err := hash.UnmarshalText([]byte(p.Branding.Logo)); err != nil {
			return AdminServer{}, badRequest(err)
		}
		u.State.Branding.Logo = &hash
	}
	got, err := e.UpdateServer(ctx, u)
	return adminOf(got), err
}

// AccountsParams ask for a page of accounts.
type AccountsParams struct {
	After string `json:"after"` // the last handle of the page before, "" for the first
}

// Account is an account as an administrator sees it.
type Account struct {
	User    schema.UserID `json:"user"`
	Handle  string        `json:"handle"`
	Created int64         `json:"created"`
	Octets  int64         `json:"octets"` // of what it has written and is kept, sealed
	Admin   bool          `json:"admin"`
	// Disabled accounts cannot sign in, and are in their workspaces all the same.
	Disabled bool `json:"disabled"`
	Self     bool `json:"self"`
}

// AccountPage is a page of accounts, ascending by handle.
type AccountPage struct {
	Accounts []Account `json:"accounts"`
	More     bool      `json:"more"`
}

func (a *API) adminAccounts(ctx context.Context, p AccountsParams) (AccountPage, error) {
	out := AccountPage{Accounts: []Account{}}
	e, err := a.engine()
	if err != nil {
		return out, err
	}
	page, err := e.Accounts(ctx, p.After)
	for _, one := range page.Accounts {
		out.Accounts = append(out.Accounts, Account{
			User: one.User, Handle: one.Handle, Created: one.Created, Octets: one.Octets, Admin: one.Admin, Disabled: one.Disabled,
			Self: one.User == e.User(),
		})
	}
	out.More = page.More
	return out, err
}

// SetDisabledParams keep an account out, or let it in again.
type SetDisabledParams struct {
	User     schema.UserID `json:"user"`
	Disabled bool          `json:"disabled"`
}

func (a *API) setDisabled(ctx context.Context, p SetDisabledParams) (Empty, error) {
	e, err := a.engine()
	if err == nil {
		err = e.SetAccountDisabled(ctx, p.User, p.Disabled)
	}
	return Empty{}, err
}

// AccountRef names an account.
type AccountRef struct {
	User schema.UserID `json:"user"`
}

// deleteAccount deletes it for good. Its memberships stay until people remove it.
func (a *API) deleteAccount(ctx context.Context, p AccountRef) (Empty, error) {
	e, err := a.engine()
	if err == nil {
		err = e.DeleteAccount(ctx, p.User)
	}
	return Empty{}, err
}
