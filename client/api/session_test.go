package api_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/apitest"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
)

func start(t *testing.T) *clienttest.Cluster { return clienttest.Start(t, 1, server.Options{}) }

func TestSessionFromSignUpToSignOut(t *testing.T) {
	c := start(t)
	p := apitest.New(t, c, 0, nil)
	if s := p.State(); s.Stage != api.StageNone || s.Origin != clienttest.Origin || s.User != nil {
		t.Errorf("before: %+v", s)
	}
	p.Refused("workspaces.list", api.Empty{}, schema.CodeUnauthenticated)
	kit := p.SignUp("Alice", "alice@example.org")
	if kit.Handle != "alice@example.org" || kit.AccountKey == "" || kit.Origin != clienttest.Origin || !kit.Kept {
		t.Errorf("the kit: handle %q, origin %q, kept %v", kit.Handle, kit.Origin, kit.Kept)
	}
	if s := p.State(); s.Stage != api.StageOpen || s.Name != "Alice" || s.User == nil || s.Device == nil {
		t.Errorf("signed up: %+v", s)
	}
	p.Refused("session.signUp", api.SignUpParams{Handle: "b@example.org", Name: "B", Passphrase: clienttest.Passphrase}, schema.CodeConflict)

	p.Must("session.lock", api.Empty{}, nil)
	if s := p.State(); s.Stage != api.StageLocked || s.User != nil {
		t.Errorf("locked: %+v", s)
	}
	p.Refused("workspaces.list", api.Empty{}, schema.CodeUnauthenticated)
	p.Refused("session.unlock", api.PassphraseParams{Passphrase: "not the right one"}, schema.CodeSignInFailed)
	p.Must("session.unlock", api.PassphraseParams{Passphrase: clienttest.Passphrase}, nil)
	p.Must("session.unlock", api.PassphraseParams{Passphrase: clienttest.Passphrase}, nil) // again does nothing

	var again api.Kit
	p.Must("account.kit", api.PassphraseParams{Passphrase: clienttest.Passphrase}, &again)
	if again != kit.Kit {
		t.Error("the kit is another one now")
	}
	p.Refused("account.kit", api.PassphraseParams{Passphrase: "not the right one"}, schema.CodeSignInFailed)

	p.Must("session.signOut", api.Empty{}, nil)
	if s := p.State(); s.Stage != api.StageNone {
		t.Errorf("signed out: %+v", s)
	}
	p.Must("session.signIn", api.SignInParams{Handle: kit.Handle, Passphrase: clienttest.Passphrase, AccountKey: kit.AccountKey}, nil)
	clienttest.Eventually(t, "the new device is online", func() bool { return p.State().Online })
}

func TestSessionResumesUnlessItWasLocked(t *testing.T) {
	c := start(t)
	home := &apitest.Home{}
	first := apitest.With(t, c, 0, home, nil)
	first.SignUp("Alice", "alice@example.org")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := apitest.With(t, c, 0, home, nil)
	if s := second.State(); s.Stage != api.StageOpen {
		t.Errorf("after a restart: %+v", s)
	}
	second.Must("session.lock", api.Empty{}, nil)
	if s := apitest.With(t, c, 0, home, nil).State(); s.Stage != api.StageLocked {
		t.Errorf("after locking and a restart: %+v", s)
	}
}

// Where nothing can be kept, no account is made: the email is still free.
func TestNoAccountIsMadeWhereNothingCanBeKept(t *testing.T) {
	c := start(t)
	p := apitest.New(t, c, 0, nil)
	p.Home.Fail = func(method string) error {
		if method == "Prepare" {
			return &schema.Error{Code: schema.CodeQuotaExceeded}
		}
		return nil
	}
	alice := api.SignUpParams{Handle: "alice@example.org", Name: "Alice", Passphrase: clienttest.Passphrase}
	p.Refused("session.signUp", alice, schema.CodeQuotaExceeded)
	p.Home.Fail = nil
	p.Must("session.signUp", alice, nil)
}

// An account exists although the device could not keep it: the kit must be told,
// because it is the only way in.
func TestKitIsToldWhenKeepingFails(t *testing.T) {
	c := start(t)
	p := apitest.New(t, c, 0, nil)
	p.Home.Fail = func(method string) error {
		if method == "Create" {
			return errors.New("the disk is on fire")
		}
		return nil
	}
	kit := p.SignUp("Alice", "alice@example.org")
	if kit.Kept || kit.AccountKey == "" {
		t.Fatalf("kept %v, a key %v", kit.Kept, kit.AccountKey != "")
	}
	if s := p.State(); s.Stage != api.StageNone {
		t.Errorf("%+v", s)
	}
	p.Home.Fail = nil
	p.Must("session.signIn", api.SignInParams{Handle: kit.Handle, Passphrase: clienttest.Passphrase, AccountKey: kit.AccountKey}, nil)
}

func TestPassphraseChangesEverywhereOrNowhere(t *testing.T) {
	c := start(t)
	p := apitest.New(t, c, 0, nil)
	kit := p.SignUp("Alice", "alice@example.org")
	const next = "another long passphrase"
	p.Refused("account.changePassphrase", api.ChangePassphraseParams{Old: "not the right one", New: next}, schema.CodeSignInFailed)
	p.Must("account.kit", api.PassphraseParams{Passphrase: clienttest.Passphrase}, nil)
	p.Must("account.changePassphrase", api.ChangePassphraseParams{Old: clienttest.Passphrase, New: next}, nil)
	p.Must("session.lock", api.Empty{}, nil)
	p.Refused("session.unlock", api.PassphraseParams{Passphrase: clienttest.Passphrase}, schema.CodeSignInFailed)
	p.Must("session.unlock", api.PassphraseParams{Passphrase: next}, nil)

	other := apitest.New(t, c, 0, nil)
	in := api.SignInParams{Handle: kit.Handle, Passphrase: clienttest.Passphrase, AccountKey: kit.AccountKey}
	other.Refused("session.signIn", in, schema.CodeSignInFailed)
	in.Passphrase = next
	other.Must("session.signIn", in, nil)
}

func TestRevokedDeviceIsToldThatItEnded(t *testing.T) {
	c := start(t)
	p := apitest.New(t, c, 0, nil)
	kit := p.SignUp("Alice", "alice@example.org")
	lost := apitest.New(t, c, 0, nil)
	lost.Must("session.signIn", api.SignInParams{Handle: kit.Handle, Passphrase: clienttest.Passphrase, AccountKey: kit.AccountKey}, nil)
	id := *lost.State().Device
	var list api.DeviceList
	p.Must("account.devices", api.Empty{}, &list)
	if len(list.Devices) != 2 || !slices.ContainsFunc(list.Devices, func(d api.Device) bool { return d.ID == id && !d.Current }) {
		t.Errorf("devices: %+v", list)
	}
	var fresh api.Kit
	p.Must("account.revokeDevice", api.RevokeDeviceParams{Device: id, Passphrase: clienttest.Passphrase}, &fresh)
	if fresh.AccountKey == "" || fresh.AccountKey == kit.AccountKey {
		t.Error("the account key was not replaced")
	}
	clienttest.Eventually(t, "the lost device knows that it ended", func() bool { return lost.State().Ended != "" })
}

func TestServerIsKnownBeforeSigningIn(t *testing.T) {
	c := start(t)
	p := apitest.New(t, c, 0, func(w *api.World) { w.Platform = api.PlatformNative })
	var info api.ServerInfo
	p.Must("server.info", api.Empty{}, &info)
	if info.Registration != api.RegistrationOpen || info.Origin != clienttest.Origin {
		t.Errorf("%+v", info)
	}
	if s := p.State(); s.Platform != api.PlatformNative {
		t.Errorf("%+v", s)
	}
	unreachable := apitest.New(t, c, 0, func(w *api.World) {
		w.Transport = func(string) (client.Transport, error) { return nil, schema.Errorf(schema.CodeOffline, "no network") }
	})
	unreachable.Refused("server.info", api.Empty{}, schema.CodeOffline)
	var home api.Home = unreachable.Home
	if kept, err := home.State(context.Background()); err != nil || kept.Kept {
		t.Errorf("%+v, %v", kept, err)
	}
}
