package storetest

import (
	"bytes"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

func anyone(bool) error { return nil }

func credential(version uint32) schema.Credential {
	return schema.Credential{Kind: schema.CredentialPassphrase, Version: version,
		KDF: schema.KDFParams{Time: 3, MemoryKiB: 64 << 10, Parallelism: 4}, LoginKey: Octets(32), Locked: Octets(700)}
}

// testFirstAccount signs eight users up at once on an empty server: one of them
// is the first.
func testFirstAccount(t *testing.T, backend Backend) {
	s := Open(t, backend(t), store.Options{})
	if some, err := s.HasAccounts(t.Context()); err != nil || some {
		t.Errorf("an empty server has accounts: %v %v", some, err)
	}
	var firsts, admins atomic.Int32
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			user := schema.NewUserID()
			admin, err := s.CreateAccount(t.Context(), store.NewAccount{User: user, Handle: user.String(), Credential: credential(1), Now: time.Now()},
				func(first bool) error {
					if first {
						firsts.Add(1)
					}
					return nil
				})
			if err != nil {
				t.Errorf("create account: %v", err)
			}
			if admin {
				admins.Add(1)
			}
		})
	}
	done.Wait()
	if firsts.Load() != 1 || admins.Load() != 1 {
		t.Errorf("%d were told to be the first, %d became admin, want 1", firsts.Load(), admins.Load())
	}
	if n, err := s.AccountCount(t.Context()); err != nil || n != 8 {
		t.Errorf("AccountCount is %d, %v, want 8", n, err)
	}
	if some, err := s.HasAccounts(t.Context()); err != nil || !some {
		t.Errorf("HasAccounts is %v, %v", some, err)
	}
}

func testAccount(t *testing.T, s *store.Store) {
	// é as one and as two characters, in both cases.
	unique := schema.NewUserID().String()
	a := store.NewAccount{User: schema.NewUserID(), Handle: " E\u0301va" + unique + "@Example.ORG\n",
		Credential: credential(1), Certificate: Octets(100), Now: time.UnixMilli(1_700_000_000_123)}
	_, err := s.CreateAccount(t.Context(), a, anyone)
	must(t, err)
	want := store.Account{User: a.User, Handle: "\u00e9va" + unique + "@example.org", Created: a.Now}
	for _, handle := range []string{a.Handle, want.Handle, "\u00c9VA" + unique + "@example.org"} {
		got, err := s.AccountByHandle(t.Context(), handle)
		must(t, err)
		got.Admin = false
		if got != want {
			t.Errorf("AccountByHandle(%q) = %+v, want %+v", handle, got, want)
		}
	}
	if got, err := s.Account(t.Context(), a.User); err != nil || got.Handle != want.Handle {
		t.Errorf("Account = %+v, %v", got, err)
	}
	c, err := s.Credential(t.Context(), a.User, schema.CredentialPassphrase)
	must(t, err)
	if c.Version != 1 || c.KDF != a.Credential.KDF || !bytes.Equal(c.LoginKey, a.Credential.LoginKey) || !bytes.Equal(c.Locked, a.Credential.Locked) {
		t.Errorf("Credential = %+v, want %+v", c, a.Credential)
	}
	_, err = s.Credential(t.Context(), a.User, schema.CredentialRecovery)
	wantCode(t, err, schema.CodeNotFound)

	again := a
	again.User = schema.NewUserID()
	_, err = s.CreateAccount(t.Context(), again, anyone)
	wantCode(t, err, schema.CodeHandleTaken)
	again = a
	again.Handle = "other" + unique
	_, err = s.CreateAccount(t.Context(), again, anyone)
	wantCode(t, err, schema.CodeConflict)
}

func testAccountRefused(t *testing.T, s *store.Store) {
	closed := schema.Errorf(schema.CodeRegistrationClosed, "closed")
	a := store.NewAccount{User: schema.NewUserID(), Handle: schema.NewUserID().String(), Credential: credential(1), Now: time.Now()}
	_, err := s.CreateAccount(t.Context(), a, func(bool) error { return closed })
	if !errors.Is(err, closed) {
		t.Errorf("error is %v, want what allow returned", err)
	}
	_, err = s.Account(t.Context(), a.User)
	wantCode(t, err, schema.CodeNotFound)
	for _, handle := range []string{"", " \t", string(bytes.Repeat([]byte("x"), schema.MaxHandle+1))} {
		a.Handle = handle
		_, err := s.CreateAccount(t.Context(), a, anyone)
		wantCode(t, err, schema.CodeBadRequest)
	}
}

func testIdentity(t *testing.T, s *store.Store) {
	user := NewAccount(t, s)
	i, err := s.Identity(t.Context(), user)
	must(t, err)
	if i.Revision != 1 || i.Handle != user.String() || len(i.Certificate) != 300 {
		t.Errorf("Identity = %+v", i)
	}
	u := schema.IdentityUpdate{Expect: 1, Certificate: Octets(400), Credentials: []schema.Credential{credential(2)}}
	recovery := credential(1)
	recovery.Kind = schema.CredentialRecovery
	u.Credentials = append(u.Credentials, recovery)
	must(t, s.ReplaceIdentity(t.Context(), user, u, nil, schema.Hash{}))
	i, err = s.Identity(t.Context(), user)
	must(t, err)
	if i.Revision != 2 || !bytes.Equal(i.Certificate, u.Certificate) {
		t.Errorf("Identity = %+v", i)
	}
	for _, want := range u.Credentials {
		c, err := s.Credential(t.Context(), user, want.Kind)
		must(t, err)
		if c.Version != want.Version || !bytes.Equal(c.LoginKey, want.LoginKey) {
			t.Errorf("Credential = %+v, want %+v", c, want)
		}
	}

	// The revision and the credential's version must be the next; nothing of a
	// refused update stays.
	wantCode(t, s.ReplaceIdentity(t.Context(), user, u, nil, schema.Hash{}), schema.CodeConflict)
	for _, version := range []uint32{0, 1, 2, 4} {
		bad := schema.IdentityUpdate{Expect: 2, Certificate: Octets(10), Credentials: []schema.Credential{credential(version)}}
		wantCode(t, s.ReplaceIdentity(t.Context(), user, bad, nil, schema.Hash{}), schema.CodeConflict)
	}
	if again, err := s.Identity(t.Context(), user); err != nil || again.Revision != 2 || !bytes.Equal(again.Certificate, i.Certificate) {
		t.Errorf("a refused update changed the identity: %+v, %v", again, err)
	}
	wantCode(t, s.ReplaceIdentity(t.Context(), schema.NewUserID(), u, nil, schema.Hash{}), schema.CodeNotFound)
}

// testIdentityRace replaces one revision from eight places: one succeeds.
func testIdentityRace(t *testing.T, s *store.Store) {
	user := NewAccount(t, s)
	var won atomic.Int32
	var done sync.WaitGroup
	for range 8 {
		done.Go(func() {
			err := s.ReplaceIdentity(t.Context(), user, schema.IdentityUpdate{Expect: 1, Certificate: Octets(10)}, nil, schema.Hash{})
			if err == nil {
				won.Add(1)
			} else {
				wantCode(t, err, schema.CodeConflict)
			}
		})
	}
	done.Wait()
	if won.Load() != 1 {
		t.Errorf("%d updates of one revision succeeded, want 1", won.Load())
	}
}

func testSecret(t *testing.T, s *store.Store) {
	name := schema.NewUserID().String()
	secrets := make([][]byte, 8)
	var done sync.WaitGroup
	for i := range secrets {
		done.Go(func() {
			var err error
			if secrets[i], err = s.Secret(t.Context(), name); err != nil {
				t.Errorf("secret: %v", err)
			}
		})
	}
	done.Wait()
	other, err := s.Secret(t.Context(), name+"2")
	must(t, err)
	for _, secret := range secrets {
		if len(secret) != 32 || !bytes.Equal(secret, secrets[0]) || bytes.Equal(secret, other) {
			t.Errorf("secrets differ, have a wrong length, or do not depend on the name")
		}
	}
}
