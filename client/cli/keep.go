package cli

import (
	"bytes"
	"context"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/store"
)

// keeper writes the profile of a home while other processes may do the same.
type keeper struct {
	home       home
	locks      store.Store // for its locks, which other processes respect
	passphrase string
	// next, while the passphrase is being changed, is the new one.
	next string
	// sealed is the file as this process last saw it.
	sealed []byte
}

// save seals and writes a profile. What another process has written since is not
// lost: the newer certificate and the newer keys stand, whoever has them. When
// that process has changed the passphrase, the error has CodeSignInFailed and
// nothing is written: this process must be started again.
func (k *keeper) save(ctx context.Context, p *client.Profile) error {
	unlock, err := k.locks.Lock(ctx, "profile")
	if err != nil {
		return err
	}
	defer unlock()
	found, err := k.home.read()
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
			return fail(codeHasProfile, "error.hasprofile", string(k.home))
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
	if err := k.home.write(sealed); err != nil {
		return err
	}
	k.sealed, k.passphrase = sealed, passphrase
	return nil
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
	return out
}
