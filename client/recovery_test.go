package client_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/schema"
)

const renewed = "a passphrase made after a loss"

func (a *account) phrase() string {
	a.T.Helper()
	phrase, err := a.CreateRecovery(clienttest.Context(a.T), clienttest.Passphrase)
	if err != nil {
		a.T.Fatal(err)
	}
	return phrase
}

func (a *account) recover(phrase string) (*client.Profile, error) {
	return client.Recover(clienttest.Context(a.T), a.Options, client.RecoverOptions{Handle: a.Handle, Phrase: phrase, Passphrase: renewed})
}

func (a *account) recovery(want client.RecoveryState) {
	a.T.Helper()
	got, err := a.Recovery(clienttest.Context(a.T))
	if err != nil {
		a.T.Fatal(err)
	}
	if (got.MadeAt != 0) != (want.MadeAt != 0) {
		a.T.Errorf("made at %d", got.MadeAt)
	}
	if got.MadeAt = want.MadeAt; got != want {
		a.T.Errorf("the recovery is %+v, want %+v", got, want)
	}
}

// Who has lost every device and the kit comes back with the phrase alone and reads
// everything.
func TestRecoveryBringsBackTheAccount(t *testing.T) {
	a := newAccount(t)
	ctx := clienttest.Context(t)
	w := a.Create("Aurore")
	a.Post(w.ID(), "general", "remember me")
	a.recovery(client.RecoveryState{})
	phrase := a.phrase()
	a.recovery(client.RecoveryState{Enrolled: true, MadeAt: 1})

	p, err := a.recover(phrase)
	if err != nil {
		t.Fatal(err)
	}
	if p.AccountKey == "" || p.AccountKey == a.Engine.Profile().AccountKey || p.User != a.Engine.User() || p.Handle != a.Handle {
		t.Errorf("the recovered profile: %v", p)
	}
	back := &clienttest.User{T: t, Name: "Alice again", Options: a.Options, Profile: p}
	back.Options.Store = memory.New()
	back.Restart()
	back.Sync()
	if got := back.Texts(w.ID(), "general"); got != "remember me" {
		t.Errorf("after the recovery: %q", got)
	}
	back.Post(w.ID(), "general", "I am back")
	a.Expect(w.ID(), "general", "remember me | I am back")

	// The old kit opens nothing; the new one and the phrase do.
	_, err = a.signIn(nil)
	clienttest.ExpectCode(t, err, schema.CodeSignInFailed)
	if _, err := client.SignIn(ctx, a.Options, client.SignInOptions{Handle: a.Handle, Passphrase: renewed, AccountKey: p.AccountKey}); err != nil {
		t.Errorf("the new kit: %v", err)
	}
	if _, err := a.recover(phrase); err != nil {
		t.Errorf("the phrase a second time: %v", err)
	}
}

// A phrase works until it is replaced or removed.
func TestRecoveryIsReplacedAndRemoved(t *testing.T) {
	a := newAccount(t)
	ctx := clienttest.Context(t)
	first := a.phrase()
	second := a.phrase()
	if first == second {
		t.Fatal("one phrase twice")
	}
	_, err := a.recover(first)
	clienttest.ExpectCode(t, err, schema.CodeSignInFailed)
	_, err = a.recover("not a phrase")
	clienttest.ExpectCode(t, err, schema.CodeBadRequest)
	_, err = a.CreateRecovery(ctx, "a wrong passphrase")
	clienttest.ExpectCode(t, err, schema.CodeSignInFailed)
	clienttest.ExpectCode(t, a.RemoveRecovery(ctx, "a wrong passphrase"), schema.CodeSignInFailed)
	if err := a.RemoveRecovery(ctx, clienttest.Passphrase); err != nil {
		t.Fatal(err)
	}
	a.recovery(client.RecoveryState{})
	_, err = a.recover(second)
	clienttest.ExpectCode(t, err, schema.CodeSignInFailed)
	if err := a.RemoveRecovery(ctx, clienttest.Passphrase); err != nil {
		t.Errorf("removed twice: %v", err)
	}
	a.phrase()
	a.recovery(client.RecoveryState{Enrolled: true, MadeAt: 1})
	if err := a.ChangePassphrase(ctx, clienttest.Passphrase, clienttest.Passphrase); err != nil {
		t.Fatal(err)
	}
	a.recovery(client.RecoveryState{Enrolled: true, MadeAt: 1})
}

// Revoking a device replaces keys that the phrase does not open: the phrase goes
// with the device, and the user is told.
func TestRevocationRemovesTheRecovery(t *testing.T) {
	a := newAccount(t)
	laptop := a.c.Device(a.User, 0, nil)
	a.Sync()
	phrase := a.phrase()
	if _, err := a.RevokeDevice(clienttest.Context(t), clienttest.Passphrase, laptop.Device()); err != nil {
		t.Fatal(err)
	}
	a.recovery(client.RecoveryState{MadeAt: 1, Outdated: true})
	_, err := a.recover(phrase)
	clienttest.ExpectCode(t, err, schema.CodeSignInFailed)
	fresh := a.phrase()
	a.recovery(client.RecoveryState{Enrolled: true, MadeAt: 1})
	if _, err := a.recover(fresh); err != nil {
		t.Errorf("the phrase made afterwards: %v", err)
	}
}

// The server claims a recovery that nobody made, or hides the one that was made, or
// shows another version of it.
func TestAttack_L10_ServerClaimsAnotherRecovery(t *testing.T) {
	a := newAccount(t)
	lie := func(fn func(*schema.IdentityRecord)) {
		a.net.Honest()
		hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error { fn(r); return nil })
	}
	lie(func(r *schema.IdentityRecord) { r.Recovery, r.RecoveryVersion = true, 1 })
	a.recovery(client.RecoveryState{Doubtful: true})
	a.net.Honest()
	a.phrase()
	lie(func(r *schema.IdentityRecord) { r.Recovery = false })
	a.recovery(client.RecoveryState{MadeAt: 1, Doubtful: true})
	lie(func(r *schema.IdentityRecord) { r.RecoveryVersion++ })
	a.recovery(client.RecoveryState{MadeAt: 1, Doubtful: true})
	a.net.Honest()
	// Without the server it is what the devices made.
	a.c.Nodes[0].Stop()
	a.recovery(client.RecoveryState{Enrolled: true, MadeAt: 1})
}

// The server keeps something else than the recovery credential that was made:
// nobody is given a phrase that opens nothing.
func TestAttack_L10_RecoverySwappedWhenMade(t *testing.T) {
	for name, lie := range map[string]func(*account){
		"another version": func(a *account) {
			hostile.Challenges.Lie(a.net, func(q client.Request, c *schema.Challenge) error {
				if kindOf(q) == schema.CredentialRecovery {
					c.Version++
				}
				return nil
			})
		},
		"the passphrase's lock": func(a *account) {
			locked := a.locked()
			hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error {
				if r.Credential != nil && r.Credential.Kind == schema.CredentialRecovery {
					r.Credential.Locked = locked
				}
				return nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			lie(a)
			phrase, err := a.CreateRecovery(clienttest.Context(t), clienttest.Passphrase)
			clienttest.ExpectCode(t, err, schema.CodeSignInFailed)
			if phrase != "" {
				t.Error("a phrase is shown")
			}
			a.net.Honest()
			a.recovery(client.RecoveryState{Doubtful: true}) // the server has one that was not made
		})
	}
}

func kindOf(q client.Request) schema.CredentialKind {
	var r schema.ChallengeRequest
	if schema.Unmarshal(q.Body, &r) != nil {
		return 0
	}
	return r.Kind
}

// The server answers a recovery with an attacker's key, an older lock, or cheap
// parameters. Nothing is replaced, and no key goes out.
func TestAttack_L10_RecoveryKeySwapped(t *testing.T) {
	a := newAccount(t)
	first := a.phrase()
	var old schema.Credential
	for _, u := range hostile.Asked[schema.IdentityUpdate](a.net, hostile.SetIdentity) {
		for _, c := range u.Credentials {
			if c.Kind == schema.CredentialRecovery {
				old = c
			}
		}
	}
	phrase := a.phrase()
	evil, _ := impostor(t, a.Engine.User())
	refused := func(what, phrase string, want schema.Code) {
		t.Helper()
		since := len(a.net.Calls())
		p, err := a.recover(phrase)
		clienttest.ExpectCode(t, err, want)
		if p != nil {
			t.Errorf("%s: a profile is returned", what)
		}
		if slices.ContainsFunc(a.net.Calls()[since:], hostile.SetIdentity.Matches) {
			t.Errorf("%s: the identity was replaced", what)
		}
		a.net.Honest()
	}
	hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error {
		r.Certificate = evil.Certificate().Bytes()
		return nil
	})
	refused("an attacker's certificate", phrase, schema.CodeServerMisbehaved)
	hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error {
		if r.Credential != nil {
			r.Credential.Locked = old.Locked
		}
		return nil
	})
	refused("an older lock", phrase, schema.CodeSignInFailed)
	hostile.Challenges.Lie(a.net, func(_ client.Request, c *schema.Challenge) error { c.KDF.MemoryKiB = 8; return nil })
	refused("cheap parameters", phrase, schema.CodeWeakParameters)
	chosen := schema.NewUserID()
	hostile.Challenges.Lie(a.net, func(_ client.Request, c *schema.Challenge) error { c.User = chosen; return nil })
	refused("another account", phrase, schema.CodeSignInFailed)
	refused("a replaced phrase", first, schema.CodeSignInFailed)
	for _, secret := range []string{first, phrase} {
		if a.net.Said([]byte(secret)) {
			t.Error("the server was told a phrase")
		}
	}
	if p, err := a.recover(phrase); err != nil || bytes.Equal(p.Certificate, a.Engine.Profile().Certificate) {
		t.Errorf("with an honest server: %v", err)
	}
}
