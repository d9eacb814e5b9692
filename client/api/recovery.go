package api

import (
	"context"

	"github.com/cenacle-team/cenacle/client"
)

func recoveryMethods() []Method {
	return []Method{
		method("account.recovery", (*API).recovery),
		method("account.createRecovery", (*API).createRecovery),
		method("account.removeRecovery", (*API).removeRecovery),
		method("session.recover", (*API).recover),
	}
}

// Recovery is whether the account can be recovered by a phrase.
type Recovery struct {
	// Enrolled tells that there is a phrase that opens the present keys.
	Enrolled bool `json:"enrolled"`
	// MadeAt is when the last phrase was made; 0 for never.
	MadeAt int64 `json:"madeAt"`
	// Outdated tells that a device was revoked since, and the phrase with it: the user
	// is to make another one.
	Outdated bool `json:"outdated"`
	// Doubtful tells that the server shows another state than the user's devices
	// made: the phrase may not help, or somebody else made one.
	Doubtful bool `json:"doubtful"`
}

func (a *API) recovery(ctx context.Context, _ Empty) (Recovery, error) {
	e, err := a.engine()
	if err != nil {
		return Recovery{}, err
	}
	s, err := e.Recovery(ctx)
	return Recovery(s), err
}

// RecoveryPhrase is shown once, printed or kept by the user, and by nobody else.
type RecoveryPhrase struct {
	Phrase string `json:"phrase"` // groups of letters and digits
}

// createRecovery makes a phrase in place of the one that there was.
func (a *API) createRecovery(ctx context.Context, p PassphraseParams) (RecoveryPhrase, error) {
	e, err := a.engine()
	if err != nil {
		return RecoveryPhrase{}, err
	}
	phrase, err := e.CreateRecovery(ctx, p.Passphrase)
	a.changes.tell(Change{Kind: ChangeSession})
	return RecoveryPhrase{Phrase: phrase}, err
}

func (a *API) removeRecovery(ctx context.Context, p PassphraseParams) (Empty, error) {
	e, err := a.engine()
	if err == nil {
		err = e.RemoveRecovery(ctx, p.Passphrase)
	}
	a.changes.tell(Change{Kind: ChangeSession})
	return Empty{}, err
}

// RecoverParams are what a person gives who has the recovery phrase alone.
type RecoverParams struct {
	Handle        string `json:"handle"`
	Phrase        string `json:"phrase"`
	NewPassphrase string `json:"newPassphrase"`
	Name          string `json:"name"` // "" for the name that the workspaces know
}

// recover signs in on this device with the recovery phrase. The kit is new: what
// was printed before opens nothing any more. The phrase stays good.
func (a *API) recover(ctx context.Context, p RecoverParams) (out SignedUp, err error) {
	err = a.enter(ctx, func() error {
		if err := a.mayEnter(ctx); err != nil {
			return err
		}
		transport, err := a.world.Transport(a.world.Origin)
		if err != nil {
			return err
		}
		profile, err := client.Recover(ctx, client.Options{Origin: a.world.Origin, Transport: transport, Clock: a.world.Clock},
			client.RecoverOptions{Handle: p.Handle, Name: p.Name, Phrase: p.Phrase, Passphrase: p.NewPassphrase})
		if err != nil {
			return err
		}
		out = a.entered(ctx, profile, p.NewPassphrase)
		return nil
	})
	return out, err
}

// entered keeps a profile whose account key nobody else has, and so has to be told
// whatever comes, and begins its session.
func (a *API) entered(ctx context.Context, profile *client.Profile, passphrase string) SignedUp {
	out := SignedUp{Kit: Kit{Origin: profile.Origin, Handle: profile.Handle, AccountKey: profile.AccountKey}}
	if err := a.world.Home.Create(ctx, profile, passphrase); err != nil {
		a.world.Logger.Error("the profile of a new account key was not kept", "error", err)
		return out
	}
	out.Kept = true
	if err := a.begin(ctx, profile); err != nil {
		a.world.Logger.Error("the session of a new account key did not start", "error", err)
	}
	return out
}
