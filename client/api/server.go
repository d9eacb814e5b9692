package api

import (
	"context"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

func serverMethods() []Method {
	return []Method{
		method("server.info", (*API).serverInfo),
	}
}

// Registration is who may make an account on a server. Append-only.
type Registration string

const (
	RegistrationOpen   Registration = "open"
	RegistrationInvite Registration = "invite"
	RegistrationClosed Registration = "closed"
)

// ServerInfo is what a server tells anybody, before signing in. Nothing in it is
// trusted: it is only shown.
type ServerInfo struct {
	Origin       string       `json:"origin"`
	Registration Registration `json:"registration"`
	// Name is how the organisation calls its server; "" for Cénacle's own.
	Name string `json:"name"`
	// Empty tells that nobody has an account yet: the first one administers it.
	Empty bool `json:"empty"`
	// Branding is null while an administrator has set none.
	Branding *Branding `json:"branding"`
}

// Branding is how a server presents itself.
type Branding struct {
	Name string `json:"name"`
	// Accent and AccentDark are "#rrggbb", or "" for the app's own.
	Accent     string    `json:"accent"`
	AccentDark string    `json:"accentDark"`
	Welcome    LocalText `json:"welcome"`
	Legal      LocalText `json:"legal"`
	// Logo is the SHA-256 of the picture at /v1/server/logo; "" for none.
	Logo string `json:"logo"`
}

// LocalText is a text in the languages of the screens, as Markdown.
type LocalText struct {
	EN string `json:"en"`
	FR string `json:"fr"`
}

func (a *API) serverInfo(ctx context.Context, _ Empty) (ServerInfo, error) {
	transport, err := a.world.Transport(a.world.Origin)
	if err != nil {
		return ServerInfo{}, err
	}
	info, err := client.FetchServerInfo(ctx, transport)
	out := ServerInfo{Origin: a.world.Origin, Registration: Registration(info.Registration), Name: info.Name, Empty: info.Empty}
	if b := info.Branding; b != nil {
		shown := brandingOf(*b)
		out.Branding = &shown
	}
	return out, err
}

func brandingOf(b schema.Branding) Branding {
	out := Branding{
		Name: b.Name, Accent: b.Accent, AccentDark: b.AccentDark,
		Welcome: LocalText(b.Welcome), Legal: LocalText(b.Legal),
	}
	if b.Logo != nil {
		out.Logo = b.Logo.String()
	}
	return out
}
