package api

import (
	"context"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/store"
)

// Home keeps the profile of this device, and its local store. It is the one place
// that knows how secrets rest where the API runs. At most one engine runs on a
// home at a time in a browser; on a machine with a disk, the command line may use
// the same home.
type Home interface {
	// State tells what is kept, without any secret.
	State(ctx context.Context) (HomeState, error)
	// Resume returns the profile of a home that is open: in a browser, one that was
	// not locked since. It is nil when the passphrase is needed, or nothing is kept.
	Resume(ctx context.Context) (*client.Profile, error)
	// Unlock opens a locked home. A wrong passphrase is CodeSignInFailed.
	Unlock(ctx context.Context, passphrase string) (*client.Profile, error)
	// Lock forgets whatever opens the profile without the passphrase.
	Lock(ctx context.Context) error
	// Prepare makes room for a new profile and empties what an earlier account left.
	// It fails where nothing can be kept, and is called before an account is made or
	// a device added, neither of which can be taken back.
	Prepare(ctx context.Context) error
	// Create keeps the profile of a new sign-in, after Prepare. It is durable when it
	// returns.
	Create(ctx context.Context, p *client.Profile, passphrase string) error
	// Save keeps a changed profile of an open home. It is durable when it returns.
	Save(ctx context.Context, p *client.Profile) error
	// Change runs do, during which Save seals under a new passphrase; what do fails
	// at is taken back.
	Change(ctx context.Context, passphrase string, do func() error) error
	// Store opens the local store.
	Store(ctx context.Context) (store.Store, error)
	// Erase removes everything: the profile, what opens it, and the store.
	Erase(ctx context.Context) error
}

// HomeState is what a locked home tells.
type HomeState struct {
	Kept   bool   // a profile is kept
	Open   bool   // it opens without the passphrase
	Handle string // the sign-in handle, "" where the home does not tell it locked
	Origin string
}
