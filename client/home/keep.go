//go:build !js

package home

import (
	"bytes"
	"context"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/schema"
)

// Keeper writes the profile of a folder while other processes may do the same.
type Keeper struct {
	dir        Dir
	locks      store.Store // for its locks, which other processes respect
	passphrase string
	// next, while the passphrase is being changed, is the new one.
	next string
	// sealed is the file as this process last saw it.
	sealed []byte
}

// NewKeeper returns what keeps the profile of a folder, whose local store is locks.
// Sealed is the file as it was read, nil where there was none.
func NewKeeper(d Dir, locks store.Store, passphrase string, sealed []byte) *Keeper {
	return &Keeper{dir: d, locks: locks, passphrase: passphrase, sealed: sealed}
}

// Save seals and writes a profile. What another process has written since is not
// lost: the newer certificate and the newer keys stand, whoever has them. When
// that process has changed the passphrase, the error has CodeSignInFailed and
// nothing is written: this process must be started again.
func (k *Keeper) Save(ctx context.Context, p *client.Profile) error {
	unlock, err := k.locks.Lock(ctx, "profile")
	if err != nil {
		return err
	}
	defer unlock()
	found, err := k.dir.Read()
	if err != nil {
		return err
	}
	merged := *p
	if found != nil && !bytes.Equal(found, k.sealed) {
		other, err := client.OpenProfile(k.passphrase, found)
		if err != nil {
			return err
		}
		if other.User != p.User || !bytes.Equal(other.Device, p.Device) {
			return schema.Errorf(schema.CodeConflict, "the folder holds the profile of another account or device")
		}
		merged = newest(*other, *p)
	}
	passphrase := k.passphrase
	if k.next != "" {
		passphrase = k.next
	}
	sealed, err := merged.Seal(passphrase)
	if err != nil {
		return err
	}
	if err := k.dir.Write(sealed); err != nil {
		return err
	}
	k.sealed, k.passphrase = sealed, passphrase
	return nil
}

// Passphrase is the one that opens the profile.
func (k *Keeper) Passphrase() string { return k.passphrase }

// Change makes the next [Keeper.Save] seal under another passphrase, and takes that
// back when do fails: the account and the file change together or not at all.
func (k *Keeper) Change(passphrase string, do func() error) error {
	k.next = passphrase
	defer func() { k.next = "" }()
	return do()
}

// newest joins two states of one device's profile. Keys and account key belong
// to the version of the credential, the certificate to the revision; ours stands
// where both are equally new.
func newest(other, ours client.Profile) client.Profile {
	out := ours
	if other.CredentialVersion > ours.CredentialVersion {
		out.CredentialVersion, out.AccountKey, out.Keys = other.CredentialVersion, other.AccountKey, other.Keys
	}
	if other.Revision > ours.Revision {
		out.Revision, out.Certificate = other.Revision, other.Certificate
	}
	// A change that awaits its answer has keys that nobody else has.
	if len(out.Pending) == 0 && other.CredentialVersion >= ours.CredentialVersion {
		out.Pending = other.Pending
	}
	return out
}
