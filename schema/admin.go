package schema

// LocalText is a text in the languages of the screens, as Markdown.
type LocalText struct {
	EN string `cbor:"1,keyasint,omitempty"`
	FR string `cbor:"2,keyasint,omitempty"`
}

// Branding is how a server presents itself. Everything in it is shown to people
// who are not signed in, and is nothing that a client trusts.
type Branding struct {
	// Name has at most [MaxName] octets; empty is the name that the server was
	// started with.
	Name string `cbor:"1,keyasint,omitempty"`
	// Accent and AccentDark are the accents of the light and of the dark theme,
	// each "#rrggbb" in lower case, or empty for the app's own.
	Accent     string `cbor:"2,keyasint,omitempty"`
	AccentDark string `cbor:"3,keyasint,omitempty"`
	// Welcome stands on the page before signing in, Legal on the page of legal
	// notices: at most [MaxWelcome] and [MaxLegal] octets in each language.
	Welcome LocalText `cbor:"4,keyasint"`
	Legal   LocalText `cbor:"5,keyasint"`
	// Logo is the SHA-256 of the picture that GET /v1/server/logo answers; absent
	// when there is none.
	Logo *Hash `cbor:"6,keyasint,omitempty"`
}

// ServerSettings are what an administrator changes while the server runs. A
// field that is empty or 0 is what the server was started with; a negative
// number is none.
type ServerSettings struct {
	Registration string `cbor:"1,keyasint,omitempty"` // open, invite or closed
	// WorkspaceQuota and AccountQuota are in octets.
	WorkspaceQuota int64 `cbor:"2,keyasint,omitempty"`
	AccountQuota   int64 `cbor:"3,keyasint,omitempty"`
	// Workspaces is how many workspaces an account may found.
	Workspaces int64 `cbor:"4,keyasint,omitempty"`
}

// ServerState is what a server's administrator has set. The revision grows by one
// with each change.
type ServerState struct {
	Revision uint64         `cbor:"1,keyasint"`
	Settings ServerSettings `cbor:"2,keyasint"`
	Branding Branding       `cbor:"3,keyasint"`
}

// ServerAdmin is what an administrator sees. GET /v1/admin/server.
type ServerAdmin struct {
	State ServerState `cbor:"1,keyasint"`
	// InForce is what the settings come to: those of the state where they say
	// something, and otherwise those that this node was started with.
	InForce  ServerSettings `cbor:"2,keyasint"`
	Accounts uint64         `cbor:"3,keyasint"`
}

// ServerUpdate replaces the whole state. PUT /v1/admin/server.
type ServerUpdate struct {
	// State's revision is the one that it replaces.
	State ServerState `cbor:"1,keyasint"`
	// Logo is a picture (PNG, JPEG or WebP, at most [MaxLogo] octets and
	// [MaxLogoSide] pixels on a side) when State.Branding.Logo, which is its hash,
	// is not the present one.
	Logo []byte `cbor:"2,keyasint,omitempty"`
}

// AccountInfo is an account as an administrator sees it.
type AccountInfo struct {
	User    UserID `cbor:"1,keyasint"`
	Handle  string `cbor:"2,keyasint"`
	Created int64  `cbor:"3,keyasint"` // Unix milliseconds
	// Octets are those of the sealed events that it has written and that are kept.
	Octets   int64 `cbor:"4,keyasint"`
	Admin    bool  `cbor:"5,keyasint,omitempty"`
	Disabled bool  `cbor:"6,keyasint,omitempty"`
}

// AccountPage is a page of accounts, ascending by handle. GET /v1/admin/accounts.
type AccountPage struct {
	Accounts []AccountInfo `cbor:"1,keyasint"`
	// More is true when there are accounts after the last one.
	More bool `cbor:"2,keyasint,omitempty"`
}

// AccountUpdate disables an account or enables it again. PUT
// /v1/admin/accounts/{user}.
type AccountUpdate struct {
	Disabled bool `cbor:"1,keyasint"`
}
