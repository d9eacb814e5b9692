package api

import (
	"context"
	"crypto/sha256"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/live"
	"github.com/cenacle-team/cenacle/server/store"
)

// accountsPage is how many accounts a page has.
const accountsPage = 200

// getAdminServer answers what is set, and what is in force.
func (a *API) getAdminServer(r *request) (any, error) {
	// Another node may have changed it a moment ago.
	if err := a.Refresh(r.Context()); err != nil {
		return nil, err
	}
	return a.serverAdmin(r)
}

func (a *API) serverAdmin(r *request) (any, error) {
	accounts, err := a.store.ActiveAccounts(r.Context())
	if err != nil {
		return nil, err
	}
	now := a.settings.now.Load()
	return schema.ServerAdmin{State: now.state, InForce: now.ServerSettings, Accounts: uint64(accounts)}, nil
}

// putAdminServer changes settings and branding. They are in force on this node
// when it answers, and on the others when they next look.
func (a *API) putAdminServer(r *request) (any, error) {
	u, err := decode[schema.ServerUpdate](r)
	if err != nil {
		return nil, err
	}
	switch Registration(u.State.Settings.Registration) {
	case "", RegistrationOpen, RegistrationInvite, RegistrationClosed:
	default:
		return nil, schema.Errorf(schema.CodeBadRequest, "registration is open, invite or closed")
	}
	if err := checkBranding(u.State.Branding); err != nil {
		return nil, err
	}
	if len(u.Logo) > 0 {
		if _, err := pictureType(u.Logo); err != nil {
			return nil, err
		}
		if hash := u.State.Branding.Logo; hash == nil || *hash != sha256.Sum256(u.Logo) {
			return nil, schema.Errorf(schema.CodeBadRequest, "the branding names another logo")
		}
	}
	if u.State.Revision, err = a.store.PutServerState(r.Context(), u.State, u.Logo); err != nil {
		return nil, err
	}
	a.install(u.State)
	a.log.Info("the server's settings were changed", "user", r.session.User, "revision", u.State.Revision)
	return a.serverAdmin(r)
}

var colour = regexp.MustCompile(`^(#[0-9a-f]{6})?$`)

// checkBranding refuses what clients would have to clean up.
func checkBranding(b schema.Branding) error {
	if !colour.MatchString(b.Accent) || !colour.MatchString(b.AccentDark) {
		return schema.Errorf(schema.CodeBadRequest, "a colour is #rrggbb in lower case")
	}
	if strings.ContainsFunc(b.Name, func(c rune) bool { return !unicode.IsGraphic(c) }) {
		return schema.Errorf(schema.CodeBadRequest, "a name has no control characters")
	}
	for _, text := range []struct {
		text string
		most int
	}{
		{b.Name, schema.MaxName}, {b.Welcome.EN, schema.MaxWelcome}, {b.Welcome.FR, schema.MaxWelcome},
		{b.Legal.EN, schema.MaxLegal}, {b.Legal.FR, schema.MaxLegal},
	} {
		if len(text.text) > text.most {
			return schema.Errorf(schema.CodeTooLarge, "a text has %d octets, at most %d are allowed", len(text.text), text.most)
		}
	}
	return nil
}

// logo is a picture that was read from the database.
type logo struct {
	hash    schema.Hash
	kind    string
	picture []byte
}

// currentLogo returns the logo that the branding in force names, or CodeNotFound.
// Anybody may ask as often as they like: it is read once.
func (a *API) currentLogo(ctx context.Context) (*logo, error) {
	want := a.settings.now.Load().state.Branding.Logo
	if want == nil {
		return nil, errNotFound()
	}
	if l := a.logo.Load(); l != nil && l.hash == *want {
		return l, nil
	}
	picture, err := a.store.Logo(ctx)
	if err != nil {
		return nil, hidden(err)
	}
	l := &logo{hash: sha256.Sum256(picture), picture: picture}
	if l.kind, err = pictureType(picture); err != nil {
		return nil, &schema.Error{Code: schema.CodeInternal, Detail: "the stored logo", Cause: err}
	}
	// On another node it may have been replaced already.
	a.logo.Store(l)
	return l, nil
}

// getLogo answers the picture itself, to anybody.
func (a *API) getLogo(r *request) (any, error) {
	l, err := a.currentLogo(r.Context())
	if err != nil {
		return nil, err
	}
	h, tag := r.writer.Header(), `"`+l.hash.String()+`"`
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		r.writer.WriteHeader(http.StatusNotModified)
		return nil, nil
	}
	h.Set("Content-Type", l.kind)
	h.Set("Content-Length", strconv.Itoa(len(l.picture)))
	// A client that has gone does not get its answer.
	_, _ = r.writer.Write(l.picture)
	return nil, nil
}

// getAccounts answers a page of accounts, those after a handle.
func (a *API) getAccounts(r *request) (any, error) {
	after := store.Handle(r.URL.Query().Get("after"))
	page, more, err := a.store.Accounts(r.Context(), after, accountsPage)
	if err != nil {
		return nil, err
	}
	return schema.AccountPage{Accounts: page, More: more}, nil
}

// putAccountState disables an account, which ends all that it has open, or
// enables it.
func (a *API) putAccountState(r *request) (any, error) {
	var user schema.UserID
	if err := pathID(r, "user", &user); err != nil {
		return nil, err
	}
	u, err := decode[schema.AccountUpdate](r)
	if err != nil {
		return nil, err
	}
	if err := a.store.SetDisabled(r.Context(), user, u.Disabled); err != nil {
		return nil, hidden(err)
	}
	if u.Disabled {
		a.hub.EndSessions(live.SessionEnd{User: user, All: true})
	}
	a.log.Info("an account was disabled or enabled", "user", r.session.User, "account", user, "disabled", u.Disabled)
	return nil, nil
}

// deleteAccount deletes an account for good.
func (a *API) deleteAccount(r *request) (any, error) {
	var user schema.UserID
	if err := pathID(r, "user", &user); err != nil {
		return nil, err
	}
	if err := a.store.DeleteAccount(r.Context(), user); err != nil {
		return nil, hidden(err)
	}
	a.hub.EndSessions(live.SessionEnd{User: user, All: true})
	a.log.Info("an account was deleted", "user", r.session.User, "account", user)
	return nil, nil
}
