package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/schema"
)

// Engine is one device of one account: its session, its workspaces, its outbox.
// It is safe for concurrent use. Work that needs the network is done by the
// calls themselves and by [Engine.Follow]; the engine starts no goroutine that
// outlives a call.
type Engine struct {
	opt    Options
	remote remote
	cache  *cache
	book   *book
	device *identity.Device

	user schema.UserID // never changes

	// The profile and its keys belong to the engine alone, which wipes them.
	profileMu sync.RWMutex
	profile   *Profile
	own       *cert.Certificate // the profile's, read once
	keys      *identity.Keys
	retired   []*identity.Keys // replaced, and wiped by Close

	work work // see Close

	sessionMu sync.Mutex
	session   schema.Session
	admin     atomic.Bool // as the last session says

	mu         sync.Mutex
	workspaces map[schema.WorkspaceID]*Workspace
	online     bool

	listeners   listeners
	live        live
	seenSignals seenSignals
}

// known is the local list of the account's workspaces.
type known struct {
	Workspaces []schema.WorkspaceID `cbor:"1,keyasint"`
}

// Open starts the engine of a device from its profile and local store. It reads
// the store only: what is there can be read and written offline at once. A
// damaged store is emptied and rebuilt from the server by the next
// [Engine.Sync]; [Engine.Status] then says so.
func Open(ctx context.Context, o Options, p *Profile) (*Engine, error) {
	o = o.withDefaults()
	o.Origin = p.Origin
	device, err := p.device()
	if err != nil {
		return nil, err
	}
	keys, err := identity.ParseKeys(p.Keys)
	if err != nil {
		return nil, fmt.Errorf("read the encryption keys: %w", err)
	}
	own, err := cert.Parse(p.Certificate)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	profile := p.clone()
	c, err := newCache(o.Store, p.StoreKey, o.AEAD)
	if err != nil {
		return nil, err
	}
	e := &Engine{
		opt: o, remote: remote{o.Transport, o.Origin}, cache: c, book: newBook(c, o), device: device, keys: keys,
		user: p.User, profile: &profile, own: own,
		workspaces: map[schema.WorkspaceID]*Workspace{},
	}
	err = e.load(ctx)
	if isCorrupt(err) {
		o.Logger.Warn("local store is damaged; it is rebuilt from the server", "error", err)
		// What no server can tell again is kept as far as it can be read.
		pins := c.readable(ctx, keyPinPrefix())
		if err := o.Store.Reset(ctx); err != nil {
			return nil, err
		}
		if err := errors.Join(c.writeBack(ctx, pins), e.book.restore(ctx)); err != nil {
			return nil, err
		}
		e.workspaces = map[schema.WorkspaceID]*Workspace{}
		err = e.load(ctx)
		e.notice(ctx, FoundStoreRebuilt)
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

func (e *Engine) load(ctx context.Context) error {
	if err := e.book.load(ctx); err != nil {
		return err
	}
	var list known
	var kept schema.Session
	err := e.cache.view(ctx, func(r cacheReader) error {
		_, err := r.get(keyKnown(), &list)
		if err == nil {
			_, err = r.get(keySession(), &kept)
		}
		return err
	})
	if err != nil {
		return err
	}
	e.admin.Store(kept.Admin)
	for _, id := range list.Workspaces {
		w := newWorkspace(e, id)
		if err := w.load(ctx); err != nil {
			return err
		}
		e.workspaces[id] = w
	}
	for _, w := range e.workspaces {
		if err := w.findConsent(ctx); err != nil && !errors.Is(err, ErrServerMisbehaved) {
			return err
		}
	}
	return e.checkOutbox(ctx)
}

// User is the account's id.
func (e *Engine) User() schema.UserID { return e.user }

// Device is this device's id.
func (e *Engine) Device() schema.DeviceID { return e.device.ID() }

// Profile returns a copy of the profile as it stands now, which the caller may
// wipe. Once the engine is closed there are no secrets in it.
func (e *Engine) Profile() Profile {
	e.profileMu.RLock()
	defer e.profileMu.RUnlock()
	return e.profile.clone()
}

func (e *Engine) setProfile(ctx context.Context, p Profile) error {
	leave, err := e.work.enter()
	if err != nil {
		return err // without keys nothing may be saved over them
	}
	defer leave()
	keys, err := identity.ParseKeys(p.Keys)
	if err != nil {
		return err
	}
	own, err := cert.Parse(p.Certificate)
	if err != nil {
		return err
	}
	if e.opt.SaveProfile != nil {
		if err := e.opt.SaveProfile(ctx, &p); err != nil {
			return fmt.Errorf("keep the profile: %w", err)
		}
	}
	e.profileMu.Lock()
	defer e.profileMu.Unlock()
	if bytes.Equal(p.Keys, e.profile.Keys) {
		keys.Wipe()
	} else {
		e.retired = append(e.retired, e.keys) // somebody may be using them
		e.keys = keys
	}
	e.profile.Wipe()
	next := p.clone()
	e.profile, e.own = &next, own
	return nil
}

func (e *Engine) decryptionKeys() *identity.Keys {
	e.profileMu.RLock()
	defer e.profileMu.RUnlock()
	return e.keys
}

// certificate is the newest certificate of this account that this device knows.
func (e *Engine) certificate() (*cert.Certificate, error) {
	e.profileMu.RLock()
	defer e.profileMu.RUnlock()
	return e.own, nil
}

// Workspaces lists the workspaces of the account that this device knows, without
// the personal one and without those that were only offered, ascending by id.
func (e *Engine) Workspaces() []*Workspace {
	return slices.DeleteFunc(e.allWorkspaces(), func(w *Workspace) bool { return w.Personal() || w.Offered() })
}

// Workspace returns one workspace.
func (e *Engine) Workspace(id schema.WorkspaceID) (*Workspace, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w, ok := e.workspaces[id]
	if !ok {
		return nil, schema.Errorf(schema.CodeNotFound, "workspace %s", id)
	}
	return w, nil
}

func (e *Engine) personal() *Workspace {
	// A workspace may be busy: whoever asks it must not hold the engine's mu.
	for _, w := range e.allWorkspaces() {
		if w.Personal() {
			return w
		}
	}
	return nil
}

func (e *Engine) allWorkspaces() []*Workspace {
	e.mu.Lock()
	defer e.mu.Unlock()
	out := make([]*Workspace, 0, len(e.workspaces))
	for _, w := range e.workspaces {
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b *Workspace) int { return bytes.Compare(a.id[:], b.id[:]) })
	return out
}

// addWorkspace makes a workspace known to this device.
func (e *Engine) addWorkspace(ctx context.Context, w *Workspace) error {
	e.mu.Lock()
	e.workspaces[w.id] = w
	e.mu.Unlock()
	// Without a live connection there is nothing to subscribe on: Follow does it.
	_ = e.live.send(ctx, schema.Frame{Subscribe: &schema.Subscribe{Workspace: w.id}})
	defer e.listeners.notify(Change{Workspace: w.id})
	return e.cache.update(ctx, func(cw cacheWriter) error {
		var list known
		if _, err := cw.get(keyKnown(), &list); err != nil {
			return err
		}
		if slices.Contains(list.Workspaces, w.id) {
			return nil
		}
		list.Workspaces = append(list.Workspaces, w.id)
		return cw.put(keyKnown(), list)
	})
}

// Sync catches up with the server in every workspace, sends what waits in the
// outbox, and does the duties that fall to a member's device: publishing its
// certificate and starting the epochs that a departure asks for. It goes on past
// a workspace that fails and returns the first error, misbehaviour before all.
func (e *Engine) Sync(ctx context.Context) error {
	if err := e.refreshCertificate(ctx); err != nil {
		return err
	}
	ids, err := e.fetchWorkspaces(ctx)
	if err != nil {
		return err
	}
	var first error
	for _, id := range ids {
		if _, err := e.Workspace(id); err == nil {
			continue
		}
		w := newWorkspace(e, id)
		switch err := w.Sync(ctx); {
		case schema.HasCode(err, schema.CodeNotFound), schema.HasCode(err, schema.CodeRemoved):
			continue // former membership of which this device knows nothing
		case endsConnection(err):
			return err
		case err != nil && w.Roster().Seq > 0 && w.Offered():
			// Anybody can put the user there, and must not keep this device from
			// the user's own workspaces by that.
			e.opt.Logger.Warn("an offered workspace is not sound", "workspace", id, "error", err)
			continue
		case err != nil:
			if first == nil || errors.Is(err, ErrServerMisbehaved) {
				first = err
			}
			if w.Roster().Seq == 0 || !errors.Is(err, ErrServerMisbehaved) {
				continue
			}
		}
		if err := e.addWorkspace(ctx, w); err != nil {
			return err
		}
	}
	if e.personal() == nil && first == nil {
		if err := e.createPersonal(ctx); err != nil {
			return err
		}
	}
	// The personal workspace first: it tells which others were accepted.
	all := e.allWorkspaces()
	slices.SortStableFunc(all, func(a, b *Workspace) int { return boolRank(a.Personal()) - boolRank(b.Personal()) })
	for _, w := range all {
		err := w.Sync(ctx)
		if err != nil && (first == nil || errors.Is(err, ErrServerMisbehaved)) && !schema.HasCode(err, schema.CodeRemoved) {
			first = err
		}
	}
	e.comparePins(ctx)
	return first
}

// rebuild empties the local copy of one stream after damage to it.
func (e *Engine) rebuild(ctx context.Context, w schema.WorkspaceID, s schema.StreamID) error {
	e.notice(ctx, FoundStreamRebuilt)
	return e.cache.update(ctx, func(cw cacheWriter) error {
		if err := cw.delete(keyCursor(w, s)); err != nil {
			return err
		}
		return cw.deletePrefix(keyEventPrefix(w, s))
	})
}
