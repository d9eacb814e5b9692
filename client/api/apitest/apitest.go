// Package apitest gives tests an API without a browser: over a real server, with a
// home in memory. It is imported by tests only.
package apitest

import (
	"context"
	"encoding/json"
	"sync"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/schema"
)

// Home is an [api.Home] in memory. What is closed is kept for the next open, as a
// disk would.
type Home struct {
	// Fail, when it returns an error for the name of a method, makes that fail.
	Fail func(method string) error

	mu         sync.Mutex
	profile    *client.Profile
	passphrase string
	open       bool
	store      *memory.Store
}

var _ api.Home = (*Home)(nil)

func (h *Home) enter(method string) error {
	if h.Fail != nil {
		if err := h.Fail(method); err != nil {
			return err
		}
	}
	return nil
}

// State implements [api.Home].
func (h *Home) State(context.Context) (api.HomeState, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.profile == nil {
		return api.HomeState{}, h.enter("State")
	}
	return api.HomeState{Kept: true, Open: h.open, Handle: h.profile.Handle, Origin: h.profile.Origin}, h.enter("State")
}

// Resume implements [api.Home].
func (h *Home) Resume(context.Context) (*client.Profile, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.open {
		return nil, h.enter("Resume")
	}
	return h.copy(), h.enter("Resume")
}

// Unlock implements [api.Home].
func (h *Home) Unlock(_ context.Context, passphrase string) (*client.Profile, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.profile == nil || passphrase != h.passphrase {
		return nil, schema.Errorf(schema.CodeSignInFailed, "the profile cannot be opened")
	}
	h.open = true
	return h.copy(), h.enter("Unlock")
}

// Lock implements [api.Home].
func (h *Home) Lock(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.open = false
	return h.enter("Lock")
}

// Prepare implements [api.Home].
func (h *Home) Prepare(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.store = memory.New()
	return h.enter("Prepare")
}

// Create implements [api.Home].
func (h *Home) Create(_ context.Context, p *client.Profile, passphrase string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.enter("Create"); err != nil {
		return err
	}
	kept := *p
	h.profile, h.passphrase, h.open = &kept, passphrase, true
	return nil
}

// Save implements [api.Home].
func (h *Home) Save(_ context.Context, p *client.Profile) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	kept := *p
	h.profile = &kept
	return h.enter("Save")
}

// Change implements [api.Home].
func (h *Home) Change(_ context.Context, passphrase string, do func() error) error {
	if err := do(); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.passphrase = passphrase
	return h.enter("Change")
}

// Store implements [api.Home].
func (h *Home) Store(context.Context) (store.Store, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.store, h.enter("Store")
}

// Erase implements [api.Home].
func (h *Home) Erase(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.profile, h.passphrase, h.open, h.store = nil, "", false, memory.New()
	return h.enter("Erase")
}

func (h *Home) copy() *client.Profile {
	p := *h.profile
	return &p
}

// Page is an API with a home, and calls it as a page does.
type Page struct {
	*api.API
	Home *Home
	// Called are the names of the calls that succeeded.
	Called map[string]bool
	t      testing.TB
}

// New makes a page whose API talks to a node of the cluster. Adapt, which may be
// nil, changes its world.
func New(t testing.TB, c *clienttest.Cluster, node int, adapt func(*api.World)) *Page {
	t.Helper()
	return With(t, c, node, &Home{store: memory.New()}, adapt)
}

// With is [New] on a home that exists.
func With(t testing.TB, c *clienttest.Cluster, node int, home *Home, adapt func(*api.World)) *Page {
	t.Helper()
	w := api.World{
		Origin: clienttest.Origin, Platform: api.PlatformBrowser, Home: home,
		Transport: func(string) (client.Transport, error) { return network.New(c.Nodes[node].URL) },
	}
	if adapt != nil {
		adapt(&w)
	}
	p := &Page{API: api.New(w), Home: home, Called: map[string]bool{}, t: t}
	if err := p.Start(clienttest.Context(t)); err != nil {
		t.Fatalf("start the API: %v", err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close the API: %v", err)
		}
	})
	return p
}

// Try performs a call: params are marshalled, and the answer is read into answer
// unless that is nil.
func (p *Page) Try(method string, params, answer any) *api.Failure {
	p.t.Helper()
	encoded, err := json.Marshal(params)
	if err != nil {
		p.t.Fatal(err)
	}
	got, failure := p.Call(clienttest.Context(p.t), method, encoded)
	if failure != nil {
		return failure
	}
	p.Called[method] = true
	if answer != nil {
		if err := json.Unmarshal(got, answer); err != nil {
			p.t.Fatalf("%s answers what cannot be read: %v", method, err)
		}
	}
	return nil
}

// Must is Try for calls that have to succeed.
func (p *Page) Must(method string, params, answer any) {
	p.t.Helper()
	if failure := p.Try(method, params, answer); failure != nil {
		p.t.Fatalf("%s: %s (%s)", method, failure.Code, failure.Detail)
	}
}

// Refused is Try for calls that have to fail with a code.
func (p *Page) Refused(method string, params any, want schema.Code) {
	p.t.Helper()
	failure := p.Try(method, params, nil)
	if failure == nil || failure.Code != want {
		p.t.Fatalf("%s: %+v, want %s", method, failure, want)
	}
}

// SignUp makes an account and returns its kit.
func (p *Page) SignUp(name, handle string) api.SignedUp {
	p.t.Helper()
	var kit api.SignedUp
	p.Must("session.signUp", api.SignUpParams{Handle: handle, Name: name, Passphrase: clienttest.Passphrase}, &kit)
	return kit
}

// State is the state of the session.
func (p *Page) State() api.SessionState {
	p.t.Helper()
	var state api.SessionState
	p.Must("session.state", api.Empty{}, &state)
	return state
}
