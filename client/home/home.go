//go:build !js

// Package home keeps a profile and its local store in a folder, for the command
// line, for bots and for every other program on a machine with a disk.
//
// DIR/profile.pgp is the profile (keys of the device, account key, email and
// name), sealed under the passphrase as an OpenPGP message; DIR/store holds
// ciphertext, sealed under a key of the profile. Nothing else is written, and
// nothing secret is ever written unsealed. Several processes may use one home at
// the same time.
package home

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/store/sqlite"
	"github.com/cenacle-team/cenacle/schema"
)

// ErrNoProfile says that a folder holds no profile: sign up or sign in first.
var ErrNoProfile = errors.New("no profile")

// Dir is the folder of one profile.
type Dir string

func (d Dir) profile() string { return filepath.Join(string(d), "profile.pgp") }

func (d Dir) store() string { return filepath.Join(string(d), "store") }

// maxSealedProfile bounds what is read: the profile with what sealing adds.
const maxSealedProfile = schema.MaxLocalProfile + 64<<10

// Read returns the sealed profile, nil when there is none.
func (d Dir) Read() ([]byte, error) {
	f, err := os.Open(d.profile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the profile: %w", err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxSealedProfile+1))
	if err != nil {
		return nil, fmt.Errorf("read the profile: %w", err)
	}
	if len(b) > maxSealedProfile {
		return nil, schema.Errorf(schema.CodeTooLarge, "the profile")
	}
	return b, nil
}

// Write replaces the sealed profile. It is durable when Write returns, and after
// a crash at any moment either the old or the new one is there, whole.
func (d Dir) Write(sealed []byte) (err error) {
	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return fmt.Errorf("make the home: %w", err)
	}
	f, err := os.CreateTemp(string(d), ".profile-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	_, err = f.Write(sealed)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	if err = os.Rename(f.Name(), d.profile()); err != nil {
		return fmt.Errorf("write the profile: %w", err)
	}
	return syncDir(string(d))
}

// Session is an open profile. Its engine is to be closed.
type Session struct {
	Engine *client.Engine
	Keeper *Keeper
	// Damaged tells that the local store was damaged and emptied; the next
	// [client.Engine.Sync] fills it again.
	Damaged bool
}

// Open opens the profile of a folder. The error wraps [ErrNoProfile] when there is
// none, and has [schema.CodeSignInFailed] when the passphrase does not open it.
func Open(ctx context.Context, d Dir, passphrase string) (*Session, error) {
	sealed, err := d.Read()
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return nil, fmt.Errorf("%w in %s", ErrNoProfile, d)
	}
	p, err := client.OpenProfile(passphrase, sealed)
	if err != nil {
		return nil, err
	}
	return Start(ctx, d, p, passphrase, sealed)
}

// Start starts the engine of a profile. Sealed is the file that stands in the
// folder, nil if the profile is new; the caller then saves it.
func Start(ctx context.Context, d Dir, p *client.Profile, passphrase string, sealed []byte) (*Session, error) {
	transport, err := network.New(p.Origin)
	if err != nil {
		return nil, err
	}
	st, damaged, err := d.OpenStore(ctx)
	if err != nil {
		return nil, err
	}
	s := &Session{Keeper: NewKeeper(d, st, passphrase, sealed), Damaged: damaged}
	s.Engine, err = client.Open(ctx, client.Options{Transport: transport, Store: st, SaveProfile: s.Keeper.Save}, p)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return s, nil
}

// OpenStore opens the local store; a damaged one is emptied, which it tells.
func (d Dir) OpenStore(ctx context.Context) (st store.Store, damaged bool, err error) {
	dir, err := filepath.Abs(d.store())
	if err != nil {
		return nil, false, fmt.Errorf("open the local store: %w", err)
	}
	opened, err := sqlite.Open(ctx, dir)
	if errors.Is(err, store.ErrCorrupt) {
		return opened, true, opened.Reset(ctx)
	}
	return opened, false, err
}

// Clear makes the folder ready for a new profile: it empties what an earlier one
// left in the store, and fails where nothing can be written.
func (d Dir) Clear(ctx context.Context) error {
	st, _, err := d.OpenStore(ctx)
	if err != nil {
		return err
	}
	return errors.Join(st.Reset(ctx), st.Close())
}

// Erase removes the profile and empties the store. Neither need exist.
func (d Dir) Erase(ctx context.Context) error {
	if err := os.Remove(d.profile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove the profile: %w", err)
	}
	return d.Clear(ctx)
}
