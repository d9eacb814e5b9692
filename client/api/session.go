package api

import (
	"context"
	"errors"
	"sync"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

func sessionMethods() []Method {
	return []Method{
		method("session.state", (*API).sessionState),
		method("session.signUp", (*API).signUp),
		method("session.signIn", (*API).signIn),
		method("session.unlock", (*API).unlock),
		method("session.lock", (*API).lock),
		method("session.signOut", (*API).signOut),
	}
}

// SessionStage is how far somebody is on this device. Append-only.
type SessionStage string

const (
	StageNone   SessionStage = "none"   // nobody signed in here
	StageLocked SessionStage = "locked" // the passphrase is needed
	StageOpen   SessionStage = "open"
)

// SessionState is who uses this device.
type SessionState struct {
	Stage    SessionStage `json:"stage"`
	Platform Platform     `json:"platform"`
	Origin   string       `json:"origin"`
	Handle   string       `json:"handle"` // "" while it is not known
	// What follows is known once the session is open.
	User   *schema.UserID   `json:"user"`
	Device *schema.DeviceID `json:"device"`
	Name   string           `json:"name"`
	Online bool             `json:"online"`
	Outbox int              `json:"outbox"` // changes that wait for the server
	// Ended tells why the server does not let this device in any more:
	// device_revoked, keys_replaced or sign_in_failed; "" otherwise.
	Ended schema.Code `json:"ended"`
	// Admin tells that this account administers the server.
	Admin bool `json:"admin"`
}

// opened is a running engine with what keeps it up to date.
type opened struct {
	engine  *client.Engine
	stop    context.CancelFunc
	running sync.WaitGroup

	mu    sync.Mutex
	ended schema.Code
}

// Start resumes a session that was not locked. A page may call before it returns
// and then finds the session locked or absent.
func (a *API) Start(ctx context.Context) error {
	return a.enter(ctx, func() error {
		p, err := a.world.Home.Resume(ctx)
		if err != nil || p == nil {
			return err
		}
		return a.begin(ctx, p)
	})
}

// Close ends the session without locking it.
func (a *API) Close() error {
	a.entry <- struct{}{}
	defer func() { <-a.entry }()
	return a.end()
}

// enter runs fn while no other call changes who is signed in.
func (a *API) enter(ctx context.Context, fn func() error) error {
	select {
	case a.entry <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-a.entry }()
	defer a.changes.tell(Change{Kind: ChangeSession})
	return fn()
}

// begin starts the engine of a profile and what keeps it up to date. It is called
// within enter.
func (a *API) begin(ctx context.Context, p *client.Profile) error {
	transport, err := a.world.Transport(p.Origin)
	if err != nil {
		return err
	}
	st, err := a.world.Home.Store(ctx)
	if err != nil {
		return err
	}
	e, err := client.Open(ctx, client.Options{
		Origin: p.Origin, Transport: transport, Store: st, Clock: a.world.Clock, AEAD: a.world.AEAD, Logger: a.world.Logger,
		SaveProfile: a.world.Home.Save,
	}, p)
	if err != nil {
		return errors.Join(err, st.Close())
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	o := &opened{engine: e, stop: stop}
	o.running.Go(func() { a.watch(running, e) })
	o.running.Go(func() {
		err := e.Follow(running)
		if running.Err() == nil {
			o.mu.Lock()
			o.ended = schema.CodeOf(err)
			o.mu.Unlock()
			a.changes.tell(Change{Kind: ChangeSession})
		}
	})
	a.mu.Lock()
	a.open = o
	a.mu.Unlock()
	return nil
}

// end stops the engine, if one runs. It is called within enter.
func (a *API) end() error {
	a.mu.Lock()
	o := a.open
	a.open = nil
	a.mu.Unlock()
	if o == nil {
		return nil
	}
	o.stop()
	o.running.Wait()
	return o.engine.Close()
}

func (a *API) sessionState(ctx context.Context, _ Empty) (SessionState, error) {
	a.mu.RLock()
	o := a.open
	a.mu.RUnlock()
	out := SessionState{Stage: StageNone, Platform: a.world.Platform, Origin: a.world.Origin}
	if o == nil {
		kept, err := a.world.Home.State(ctx)
		if kept.Kept {
			out.Stage, out.Handle, out.Origin = StageLocked, kept.Handle, kept.Origin
		}
		return out, err
	}
	status, err := o.engine.Status(ctx)
	if err != nil {
		return out, err
	}
	device := o.engine.Device()
	out = SessionState{
		Stage: StageOpen, Platform: a.world.Platform, Origin: status.Origin, Handle: status.Handle, User: &status.User, Device: &device,
		Name: o.engine.Name(), Online: status.Online, Outbox: status.Outbox,
		Admin: o.engine.Administers(),
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	out.Ended = o.ended
	return out, nil
}

// SignUpParams are what a person gives to make an account.
type SignUpParams struct {
	Handle     string `json:"handle"` // an email address
	Name       string `json:"name"`
	Passphrase string `json:"passphrase"`
	// Invite, on a server whose registration is by invite, is an invite's URL; ""
	// otherwise.
	Invite string `json:"invite"`
}

// Kit is the content of the emergency kit. It is shown, printed or kept by the
// user, and by nobody else.
type Kit struct {
	Origin     string `json:"origin"`
	Handle     string `json:"handle"`
	AccountKey string `json:"accountKey"` // groups of letters and digits
}

// SignedUp is the kit of a new account.
type SignedUp struct {
	Kit
	// Kept tells that this device holds the account now. Where it does not, the
	// account exists all the same, and the kit is the only way into it.
	Kept bool `json:"kept"`
}

func (a *API) signUp(ctx context.Context, p SignUpParams) (out SignedUp, err error) {
	err = a.enter(ctx, func() error {
		if err := a.mayEnter(ctx); err != nil {
			return err
		}
		transport, err := a.world.Transport(a.world.Origin)
		if err != nil {
			return err
		}
		profile, err := client.SignUp(ctx, client.Options{Origin: a.world.Origin, Transport: transport, Clock: a.world.Clock},
			client.SignUpOptions{Handle: p.Handle, Name: p.Name, Passphrase: p.Passphrase, Invite: p.Invite})
		if err != nil {
			return err
		}
		// The account exists, and nobody else has its key: it is told whatever comes.
		out = a.entered(ctx, profile, p.Passphrase)
		return nil
	})
	return out, err
}

// SignInParams are what a person gives on a further device.
type SignInParams struct {
	Handle     string `json:"handle"`
	Passphrase string `json:"passphrase"`
	AccountKey string `json:"accountKey"`
	Name       string `json:"name"` // "" for the name that the workspaces know
}

func (a *API) signIn(ctx context.Context, p SignInParams) (Empty, error) {
	return Empty{}, a.enter(ctx, func() error {
		if err := a.mayEnter(ctx); err != nil {
			return err
		}
		transport, err := a.world.Transport(a.world.Origin)
		if err != nil {
			return err
		}
		profile, err := client.SignIn(ctx, client.Options{Origin: a.world.Origin, Transport: transport, Clock: a.world.Clock},
			client.SignInOptions{Handle: p.Handle, Name: p.Name, Passphrase: p.Passphrase, AccountKey: p.AccountKey})
		if err != nil {
			return err
		}
		if err := a.world.Home.Create(ctx, profile, p.Passphrase); err != nil {
			return err
		}
		return a.begin(ctx, profile)
	})
}

// mayEnter refuses to replace somebody who is signed in here, and to begin where
// nothing can be kept.
func (a *API) mayEnter(ctx context.Context) error {
	kept, err := a.world.Home.State(ctx)
	if err != nil {
		return err
	}
	if kept.Kept {
		return schema.Errorf(schema.CodeConflict, "somebody is signed in on this device")
	}
	return a.world.Home.Prepare(ctx)
}

// PassphraseParams carry a passphrase.
type PassphraseParams struct {
	Passphrase string `json:"passphrase"`
}

func (a *API) unlock(ctx context.Context, p PassphraseParams) (Empty, error) {
	return Empty{}, a.enter(ctx, func() error {
		if _, err := a.engine(); err == nil {
			return nil
		}
		profile, err := a.world.Home.Unlock(ctx, p.Passphrase)
		if err != nil {
			return err
		}
		return a.begin(ctx, profile)
	})
}

// lock stops the engine and forgets what opens the profile. In a browser the
// worker ends right after it, and its memory with it.
func (a *API) lock(ctx context.Context, _ Empty) (Empty, error) {
	return Empty{}, a.enter(ctx, func() error {
		return errors.Join(a.end(), a.world.Home.Lock(ctx))
	})
}

// signOut removes everything from this device. Its subkey stays one of the
// identity's until another device revokes it; without its private half nobody
// can use it.
func (a *API) signOut(ctx context.Context, _ Empty) (Empty, error) {
	return Empty{}, a.enter(ctx, func() error {
		return errors.Join(a.end(), a.world.Home.Erase(ctx))
	})
}
