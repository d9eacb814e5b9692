package open

import (
	"context"
	"sync"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/home"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/schema"
)

// Home is the [api.Home] of a machine with a disk: the folder of the command line,
// which it may use at the same time. It is locked whenever the program starts; a
// locked one tells neither handle nor server, as both are sealed. While it is open,
// the passphrase is in the program's memory: every change of the profile is sealed
// with it.
type Home struct {
	dir home.Dir

	mu sync.Mutex
	// keeper and profile are nil while the home is locked; the keeper until the store
	// is opened, too.
	keeper     *home.Keeper
	profile    *client.Profile
	passphrase string
	sealed     []byte // the file as it was read
	// opened is the store that Create opened, for the next Store.
	opened store.Store
}

var _ api.Home = (*Home)(nil)

// NewHome returns the home in a folder, locked.
func NewHome(dir home.Dir) *Home { return &Home{dir: dir} }

// State implements [api.Home].
func (h *Home) State(context.Context) (api.HomeState, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	found, err := h.dir.Read()
	if err != nil || found == nil {
		return api.HomeState{}, err
	}
	out := api.HomeState{Kept: true}
	if h.profile != nil {
		out.Open, out.Handle, out.Origin = true, h.profile.Handle, h.profile.Origin
	}
	return out, nil
}

// Resume implements [api.Home]: a program that starts needs the passphrase.
func (h *Home) Resume(context.Context) (*client.Profile, error) { return nil, nil }

// Unlock implements [api.Home].
func (h *Home) Unlock(_ context.Context, passphrase string) (*client.Profile, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sealed, err := h.dir.Read()
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return nil, schema.Errorf(schema.CodeSignInFailed, "no profile is kept here")
	}
	p, err := client.OpenProfile(passphrase, sealed)
	if err != nil {
		return nil, err
	}
	if h.profile == nil {
		h.profile, h.passphrase, h.sealed = p, passphrase, sealed
	}
	return p, nil
}

// Lock implements [api.Home].
func (h *Home) Lock(context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.forget()
}

func (h *Home) forget() error {
	h.keeper, h.profile, h.passphrase, h.sealed = nil, nil, "", nil
	if h.opened == nil {
		return nil
	}
	st := h.opened
	h.opened = nil
	return st.Close()
}

// Prepare implements [api.Home]. It never touches a profile that is there.
func (h *Home) Prepare(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if found, err := h.dir.Read(); err != nil {
		return err
	} else if found != nil {
		return schema.Errorf(schema.CodeConflict, "somebody is signed in in this folder")
	}
	return h.dir.Clear(ctx)
}

// Create implements [api.Home].
func (h *Home) Create(ctx context.Context, p *client.Profile, passphrase string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	st, _, err := h.dir.OpenStore(ctx)
	if err != nil {
		return err
	}
	h.opened = st
	keeper := home.NewKeeper(h.dir, st, passphrase, nil)
	if err := keeper.Save(ctx, p); err != nil {
		return err
	}
	kept := *p
	h.keeper, h.profile, h.passphrase = keeper, &kept, passphrase
	return nil
}

// Save implements [api.Home].
func (h *Home) Save(ctx context.Context, p *client.Profile) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.keeper == nil {
		return schema.Errorf(schema.CodeUnauthenticated, "this device is locked")
	}
	if err := h.keeper.Save(ctx, p); err != nil {
		return err
	}
	kept := *p
	h.profile, h.passphrase = &kept, h.keeper.Passphrase()
	return nil
}

// Change implements [api.Home].
func (h *Home) Change(_ context.Context, passphrase string, do func() error) error {
	h.mu.Lock()
	keeper := h.keeper
	h.mu.Unlock()
	if keeper == nil {
		return schema.Errorf(schema.CodeUnauthenticated, "this device is locked")
	}
	return keeper.Change(passphrase, do)
}

// Store implements [api.Home].
func (h *Home) Store(ctx context.Context) (store.Store, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if st := h.opened; st != nil {
		h.opened = nil
		return st, nil
	}
	st, _, err := h.dir.OpenStore(ctx)
	if err == nil && h.profile != nil {
		h.keeper = home.NewKeeper(h.dir, st, h.passphrase, h.sealed)
	}
	return st, err
}

// Erase implements [api.Home].
func (h *Home) Erase(ctx context.Context) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.forget(); err != nil {
		return err
	}
	return h.dir.Erase(ctx)
}
