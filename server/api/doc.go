// Package api is the server's HTTP interface: the routes, who may use them, and
// what they do with the store and the live hub. Requests and answers are
// deterministic CBOR (package schema); docs/protocol.md lists them.
//
// Every route stands in one table with the access that it needs (routes.go), and
// one function checks that access before a handler runs (gate.go): a test walks
// the table with every kind of caller. Whoever may not know that something exists
// is told "not found", in the same form as for what does not exist.
package api

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/limit"
	"github.com/cenacle-team/cenacle/server/live"
	"github.com/cenacle-team/cenacle/server/rosters"
	"github.com/cenacle-team/cenacle/server/store"
)

// Registration is who may make an account.
type Registration string

const (
	// RegistrationOpen lets anybody.
	RegistrationOpen Registration = "open"
	// RegistrationInvite lets whoever holds an open invite of a workspace here.
	RegistrationInvite Registration = "invite"
	// RegistrationClosed lets nobody. The first account of a server is accepted
	// whatever the registration is.
	RegistrationClosed Registration = "closed"
)

// Quotas bound what accounts, workspaces and addresses may use. A zero field
// means its default, a negative quota none.
type Quotas struct {
	// WorkspaceOctets bounds the ciphertext and the roster that a workspace holds,
	// AccountOctets the ciphertext that an account has written; default 10 GiB each.
	WorkspaceOctets, AccountOctets int64
	// Workspaces bounds the workspaces that an account founds; default 1,000.
	Workspaces int
	// Live bounds the connections.
	Live live.Limits

	// Challenges and SignUps are per network address; defaults 5 and 0.1 per
	// second, 300 and 100 at once.
	Challenges, SignUps limit.Rate
	// SignInFailures is per account and network address, so that guessing from
	// one place locks nobody out elsewhere; default one per 30 seconds, 10 at once.
	SignInFailures limit.Rate
	// SignIns is for the whole node: it bounds the work of verifying; default 500
	// per second, 1,000 at once.
	SignIns limit.Rate
	// Identities is for replacements of an identity, per account; default one per
	// 10 seconds, 30 at once.
	Identities limit.Rate
	// Lookups in the directory and Holds are per account; defaults 1 and 1 per
	// second, 100 and 30 at once.
	Lookups, Holds limit.Rate
	// MemberHolds is for those below admin, per account and workspace, beside
	// Holds; default one per 30 seconds, 3 at once. With [schema.HoldLife] this is
	// the part of the time for which one of them can keep others from writing.
	MemberHolds limit.Rate
	// Invites is for looking at what an invite leads to, per network address: whoever
	// holds its URL may, without an account; default 2 per second, 200 at once.
	Invites limit.Rate
	// Rosters is for roster changes, per account and workspace; default 1 per
	// second, 60 at once.
	Rosters limit.Rate
	// Requests is per account over everything else; default 500 per second,
	// 2,000 at once.
	Requests limit.Rate
}

// WithDefaults fills in the defaults.
func (q Quotas) WithDefaults() Quotas {
	octets := func(v *int64) {
		switch {
		case *v == 0:
			*v = 10 << 30
		case *v < 0:
			*v = 0
		}
	}
	octets(&q.WorkspaceOctets)
	octets(&q.AccountOctets)
	if q.Workspaces == 0 {
		q.Workspaces = 1000
	}
	rate := func(r *limit.Rate, perSecond float64, burst int) {
		if *r == (limit.Rate{}) {
			*r = limit.Rate{PerSecond: perSecond, Burst: burst}
		}
	}
	rate(&q.Challenges, 5, 300)
	rate(&q.SignUps, 0.1, 100)
	rate(&q.SignInFailures, 1.0/30, 10)
	rate(&q.SignIns, 500, 1000)
	rate(&q.Identities, 0.1, 30)
	rate(&q.Lookups, 1, 100)
	rate(&q.Holds, 1, 30)
	rate(&q.MemberHolds, 1.0/30, 3)
	rate(&q.Invites, 2, 200)
	rate(&q.Rosters, 1, 60)
	rate(&q.Requests, 500, 2000)
	return q
}

// Options configure [New]. All fields but Name and TrustedProxies are needed.
type Options struct {
	Store *store.Store
	// Rosters reads from the same store.
	Rosters *rosters.Cache
	// Hub opens the hub over the source and the callback that it is given.
	Hub          func(live.Source, func(live.SessionEnd)) (*live.Hub, error)
	Registration Registration
	// Name is the server's, where the administrator has set none.
	Name string
	// Origin is the server's public origin, as in https://chat.example.org.
	Origin string
	// TrustedProxies are the networks of reverse proxies whose X-Forwarded-For is
	// believed.
	TrustedProxies []netip.Prefix
	Quotas         Quotas
	Metrics        Metrics
	Logger         *slog.Logger
	Now            func() time.Time
}

// Metrics is told what happens. Implementations return quickly.
type Metrics interface {
	// Request counts a finished request by the route's pattern.
	Request(pattern string, status int, d time.Duration)
	// Appended counts events, accepted and refused, with the time they took.
	Appended(accepted, refused int, d time.Duration)
	// RosterPosted counts entries that were accepted.
	RosterPosted(entries int)
	// SignInFailed counts answers to challenges that were not right.
	SignInFailed()
	// Failed counts answers by code that mean trouble: internal, unavailable and
	// read_only.
	Failed(code schema.Code)
	// Panicked counts handlers that panicked.
	Panicked()
}

// API serves the routes. Make it with [New].
type API struct {
	store   *store.Store
	rosters *rosters.Cache
	hub     *live.Hub
	opts    Options
	log     *slog.Logger
	now     func() time.Time

	sessions *sessionCache
	members  *memberCache
	limits   limits
	bodies   *bodies
	settings settings
	logo     atomic.Pointer[logo]
	// requestTime bounds the work on one request, beside the arrival of a large body.
	requestTime time.Duration
	// pretend is the key of answers about handles that do not exist.
	pretend  []byte
	dummyKey ed25519.PublicKey
	peopled  peopled

	upgrader *websocket.Upgrader
}

type limits struct {
	challenges, signUps, failures, signIns, identities, lookups, holds, memberHolds, invites, rosters, requests *limit.Keyed
}

// manyKeys is how many addresses or accounts a limit remembers.
const manyKeys = 64 << 10

// New makes the API and its hub. The caller closes the hub (see [API.Hub]), then
// the store.
func New(ctx context.Context, o Options) (*API, error) {
	o.Quotas = o.Quotas.WithDefaults()
	pretend, err := o.Store.Secret(ctx, "pretend")
	if err != nil {
		return nil, err
	}
	dummyKey, err := newDummyKey()
	if err != nil {
		return nil, err
	}
	keyed := func(r limit.Rate) *limit.Keyed { return limit.New(r, manyKeys, o.Now) }
	a := &API{
		store:   o.Store,
		rosters: o.Rosters,
		opts:    o,
		log:     o.Logger,
		now:     o.Now,
		limits: limits{
			challenges:  keyed(o.Quotas.Challenges),
			signUps:     keyed(o.Quotas.SignUps),
			failures:    keyed(o.Quotas.SignInFailures),
			signIns:     keyed(o.Quotas.SignIns),
			identities:  keyed(o.Quotas.Identities),
			lookups:     keyed(o.Quotas.Lookups),
			holds:       keyed(o.Quotas.Holds),
			memberHolds: keyed(o.Quotas.MemberHolds),
			invites:     keyed(o.Quotas.Invites),
			rosters:     keyed(o.Quotas.Rosters),
			requests:    keyed(o.Quotas.Requests),
		},
		bodies: newBodies(), requestTime: requestTime,
		pretend: pretend, dummyKey: dummyKey,
	}
	a.settings.started = startedWith(o)
	if err := a.Refresh(ctx); err != nil {
		return nil, err
	}
	a.sessions = newSessionCache(o.Store, o.Now)
	a.members = newMemberCache(o.Store, o.Now)
	if a.hub, err = o.Hub(source{a}, a.sessions.end); err != nil {
		return nil, err
	}
	a.sessions.ready = a.hub.Ready
	a.upgrader = a.newUpgrader()
	return a, nil
}

// Hub returns the live hub.
func (a *API) Hub() *live.Hub { return a.hub }
