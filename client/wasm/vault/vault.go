//go:build js

package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/store/indexeddb"
	"github.com/cenacle-team/cenacle/client/wasm/webcrypto"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
)

// What the two uses of a key are bound to, as associated data.
const (
	profilePlace = "cenacle/v1/browser-profile"
	openPlace    = "cenacle/v1/browser-profile-key"
)

// Vault implements [api.Home]. One engine uses it at a time.
type Vault struct {
	origin string
	disk   disk
	// seal and unseal are those of crypto/login, which take a second.
	seal, unseal func(passphrase string, data []byte) ([]byte, error)

	mu sync.Mutex
	// key is the profile key, nil while the vault is not open.
	key []byte
	// last is the profile as it was kept last.
	last *client.Profile
}

var _ api.Home = (*Vault)(nil)

// New returns the vault of an origin, whose databases bear a name. Nothing is
// opened yet.
func New(name, origin string) *Vault {
	return &Vault{origin: origin, disk: disk{name}, seal: login.SealLocal, unseal: login.OpenLocal}
}

// State implements [api.Home]. It tells no handle.
func (v *Vault) State(context.Context) (api.HomeState, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	kept, err := v.disk.kept()
	if err != nil || kept == nil {
		return api.HomeState{}, err
	}
	return api.HomeState{Kept: true, Open: v.key != nil, Origin: v.origin}, nil
}

// Resume implements [api.Home]. What was left open and does not open any more
// counts as locked.
func (v *Vault) Resume(context.Context) (*client.Profile, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	kept, err := v.disk.kept()
	if err != nil || kept == nil {
		return nil, err
	}
	left, err := v.disk.left()
	if err != nil || left == nil {
		return nil, err
	}
	key, err := left.opener.Open(left.sealed, []byte(openPlace))
	if err == nil {
		var p *client.Profile
		if p, err = openProfile(key, kept.profile); err == nil {
			v.key, v.last = key, p
			return copyOf(p), nil
		}
	}
	return nil, v.disk.forget()
}

// Unlock implements [api.Home].
func (v *Vault) Unlock(_ context.Context, passphrase string) (*client.Profile, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	kept, err := v.disk.kept()
	if err != nil {
		return nil, err
	}
	if kept == nil {
		return nil, schema.Errorf(schema.CodeSignInFailed, "no profile is kept here")
	}
	key, err := v.unseal(passphrase, kept.lock)
	if err != nil {
		return nil, err
	}
	p, err := openProfile(key, kept.profile)
	if err != nil {
		return nil, err
	}
	if err := v.leave(key); err != nil {
		return nil, err
	}
	v.key, v.last = key, p
	return copyOf(p), nil
}

// leave keeps the profile key under a fresh key of the browser.
func (v *Vault) leave(key []byte) error {
	opener, err := webcrypto.Generate()
	if err != nil {
		return err
	}
	sealed, err := opener.Seal(key, []byte(openPlace))
	if err != nil {
		return err
	}
	return v.disk.leave(opened{opener: opener, sealed: sealed})
}

// Lock implements [api.Home].
func (v *Vault) Lock(context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.clear()
	return v.disk.forget()
}

func (v *Vault) clear() {
	clear(v.key)
	v.key, v.last = nil, nil
}

// Prepare implements [api.Home].
func (v *Vault) Prepare(context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if err := v.disk.forget(); err != nil {
		return err
	}
	if err := indexeddb.Delete(v.disk.store()); err != nil {
		return err
	}
	return v.disk.probe()
}

// Create implements [api.Home].
func (v *Vault) Create(_ context.Context, p *client.Profile, passphrase string) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.keep(p, passphrase)
}

// keep keeps a profile under a new profile key, and that under a passphrase.
func (v *Vault) keep(p *client.Profile, passphrase string) error {
	key, lock, err := v.newKey(passphrase)
	if err != nil {
		return err
	}
	return v.replace(p, key, lock)
}

func (v *Vault) newKey(passphrase string) (key, lock []byte, err error) {
	key = make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, nil, fmt.Errorf("make the profile key: %w", err)
	}
	lock, err = v.seal(passphrase, key)
	return key, lock, err
}

// replace keeps a profile under another key. If the browser ends in between, the
// vault is locked.
func (v *Vault) replace(p *client.Profile, key, lock []byte) error {
	sealed, err := sealProfile(key, p)
	if err != nil {
		return err
	}
	if err := v.disk.keep(&record{profile: sealed, lock: lock}); err != nil {
		return err
	}
	if err := v.leave(key); err != nil {
		return err
	}
	v.key, v.last = key, copyOf(p)
	return nil
}

// Save implements [api.Home].
func (v *Vault) Save(_ context.Context, p *client.Profile) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.key == nil {
		return schema.Errorf(schema.CodeUnauthenticated, "this device is locked")
	}
	sealed, err := sealProfile(v.key, p)
	if err != nil {
		return err
	}
	if err := v.disk.keep(&record{profile: sealed}); err != nil {
		return err
	}
	v.last = copyOf(p)
	return nil
}

// Change implements [api.Home]. What takes long or can be refused comes first;
// then do; and the profile is under the new passphrase, and a new key, once that
// has succeeded.
func (v *Vault) Change(_ context.Context, passphrase string, do func() error) error {
	key, lock, err := v.newKey(passphrase)
	if err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.last == nil {
		return schema.Errorf(schema.CodeUnauthenticated, "this device is locked")
	}
	return v.replace(v.last, key, lock)
}

// Store implements [api.Home]. A damaged store is emptied, and filled again by the
// next synchronisation.
func (v *Vault) Store(ctx context.Context) (store.Store, error) {
	s, err := indexeddb.Open(ctx, v.disk.store())
	if errors.Is(err, store.ErrCorrupt) {
		err = s.Reset(ctx)
	}
	return s, err
}

// Erase implements [api.Home].
func (v *Vault) Erase(context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.clear()
	return errors.Join(v.disk.forget(), indexeddb.Delete(v.disk.store()), v.disk.erase())
}

func copyOf(p *client.Profile) *client.Profile {
	out := *p
	return &out
}

func sealProfile(key []byte, p *client.Profile) ([]byte, error) {
	plain, err := schema.Marshal(p)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	if len(plain) > schema.MaxLocalProfile {
		return nil, schema.Errorf(schema.CodeTooLarge, "more than %d octets for the profile", schema.MaxLocalProfile)
	}
	aead, err := client.NewAESGCM(key)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, aead.NonceSize())
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("draw a nonce: %w", err)
	}
	return aead.Seal(nonce, nonce, plain, []byte(profilePlace)), nil
}

func openProfile(key, sealed []byte) (*client.Profile, error) {
	damaged := schema.Errorf(schema.CodeSignInFailed, "the profile cannot be opened")
	aead, err := client.NewAESGCM(key)
	if err != nil || len(sealed) < aead.NonceSize() || len(sealed) > schema.MaxLocalProfile+aead.NonceSize()+aead.Overhead() {
		return nil, damaged
	}
	plain, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(profilePlace))
	if err != nil {
		return nil, damaged
	}
	defer clear(plain)
	p := new(client.Profile)
	if err := schema.Unmarshal(plain, p); err != nil {
		return nil, err
	}
	return p, nil
}
