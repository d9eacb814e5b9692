package storetest

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

func testAccountPages(t *testing.T, s *store.Store) {
	made := map[schema.UserID]bool{}
	for range 5 {
		made[NewAccount(t, s)] = true
	}
	var after string
	pages := 0
	for {
		page, more, err := s.Accounts(t.Context(), after, 2)
		must(t, err)
		pages++
		for _, a := range page {
			if after != "" && a.Handle == after {
				t.Fatalf("%s is listed twice", a.Handle)
			}
			after = a.Handle
			delete(made, a.User)
			if a.Created == 0 || a.Disabled {
				t.Errorf("listed as %+v", a)
			}
		}
		if !more {
			break
		}
		if len(page) != 2 {
			t.Fatalf("a page that is not the last has %d accounts", len(page))
		}
	}
	if len(made) != 0 || pages < 3 {
		t.Errorf("%d accounts are missing in %d pages", len(made), pages)
	}
}

func testDisabled(t *testing.T, s *store.Store) {
	user := NewAccount(t, s)
	device := Device(user)
	token, soon := schema.Hash(Octets(32)), time.Now().Add(time.Hour)
	must(t, s.CreateSession(t.Context(), token, user, &device, soon))
	must(t, s.SetDisabled(t.Context(), user, true))
	_, err := s.Session(t.Context(), token)
	wantCode(t, err, schema.CodeNotFound)
	for _, d := range []*schema.DeviceID{&device, nil} {
		wantCode(t, s.CreateSession(t.Context(), schema.Hash(Octets(32)), user, d, soon), schema.CodeAccountDisabled)
	}
	if page, _, err := s.Accounts(t.Context(), "", 10_000); err != nil || !listed(page, user).Disabled {
		t.Errorf("a disabled account is listed as %+v, %v", listed(page, user), err)
	}
	must(t, s.SetDisabled(t.Context(), user, false))
	must(t, s.CreateSession(t.Context(), token, user, &device, soon))
	wantCode(t, s.SetDisabled(t.Context(), schema.NewUserID(), true), schema.CodeNotFound)
}

func listed(page []schema.AccountInfo, user schema.UserID) schema.AccountInfo {
	for _, a := range page {
		if a.User == user {
			return a
		}
	}
	return schema.AccountInfo{}
}

// testDeleted deletes an account: its handle is free again, its user id never.
func testDeleted(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	user := schema.NewUserID()
	a := store.NewAccount{User: user, Handle: user.String() + "@example.org", Credential: credential(1), Now: time.Now()}
	must(t, second(s.CreateAccount(t.Context(), a, anyone)))
	device := Device(user)
	token, soon := schema.Hash(Octets(32)), time.Now().Add(time.Hour)
	must(t, s.CreateSession(t.Context(), token, user, &device, soon))
	before, err := s.ActiveAccounts(t.Context())
	must(t, err)
	must(t, s.DeleteAccount(t.Context(), user))
	for what, err := range map[string]error{
		"session":    second(s.Session(t.Context(), token)),
		"identity":   second(s.Identity(t.Context(), user)),
		"handle":     second(s.AccountByHandle(t.Context(), a.Handle)),
		"credential": second(s.Credential(t.Context(), user, schema.CredentialPassphrase)),
		"again":      s.DeleteAccount(t.Context(), user),
		"disable":    s.SetDisabled(t.Context(), user, true),
		"sign in":    s.CreateSession(t.Context(), token, user, nil, soon),
	} {
		if schema.CodeOf(err) != schema.CodeNotFound {
			t.Errorf("%s after the deletion: %v", what, err)
		}
	}
	if after, err := s.ActiveAccounts(t.Context()); err != nil || after != before-1 {
		t.Errorf("%d accounts after the deletion of one of %d, %v", after, before, err)
	}
	if page, _, err := s.Accounts(t.Context(), "", 10_000); err != nil || !listed(page, user).User.IsZero() {
		t.Errorf("a deleted account is listed, %v", err)
	}
	wantCode(t, second(s.CreateAccount(t.Context(), a, anyone)), schema.CodeConflict)
	a.User = schema.NewUserID()
	must(t, second(s.CreateAccount(t.Context(), a, anyone)))
	// The rest of the server goes on.
	w.MustAppend(t, w.Users[0], w.Item(schema.NewStreamID(), 10))
}

func second[T any](_ T, err error) error { return err }

// testAdministratorStays: whoever administers the server is neither disabled nor
// deleted, or nobody could undo it.
func testAdministratorStays(t *testing.T, backend Backend) {
	s := Open(t, backend(t), store.Options{})
	admin := NewAccount(t, s)
	wantCode(t, s.SetDisabled(t.Context(), admin, true), schema.CodeForbidden)
	wantCode(t, s.DeleteAccount(t.Context(), admin), schema.CodeForbidden)
}

// testSessionBound opens more sessions than one device or login key may have.
func testSessionBound(t *testing.T, s *store.Store) {
	user := NewAccount(t, s)
	kept, lost := Device(user), schema.DeviceID(Octets(32))
	other := schema.Hash(Octets(32))
	must(t, s.CreateSession(t.Context(), other, user, &kept, time.Now().Add(time.Minute)))
	for name, c := range map[string]struct {
		device *schema.DeviceID
		most   int
	}{"device": {&lost, 256}, "login key": {nil, 64}} {
		var tokens []schema.Hash
		for i := range c.most + 3 {
			tokens = append(tokens, schema.Hash(Octets(32)))
			must(t, s.CreateSession(t.Context(), tokens[i], user, c.device, time.Now().Add(time.Hour+time.Duration(i)*time.Second)))
		}
		open := 0
		for i, token := range tokens {
			if _, err := s.Session(t.Context(), token); err == nil {
				open++
			} else if i >= 3 {
				t.Errorf("%s: session %d gave way to an older one", name, i)
			}
		}
		if open != c.most {
			t.Errorf("%s: %d sessions are open, want %d", name, open, c.most)
		}
	}
	if _, err := s.Session(t.Context(), other); err != nil {
		t.Errorf("the session of another device ended: %v", err)
	}
}

// testCredentialsEndSessions: who signed in with what was replaced is signed out,
// and nobody else.
func testCredentialsEndSessions(t *testing.T, s *store.Store) {
	user := NewAccount(t, s)
	device := Device(user)
	soon := time.Now().Add(time.Hour)
	by, thief, phone := schema.Hash(Octets(32)), schema.Hash(Octets(32)), schema.Hash(Octets(32))
	must(t, s.CreateSession(t.Context(), by, user, nil, soon))
	must(t, s.CreateSession(t.Context(), thief, user, nil, soon))
	must(t, s.CreateSession(t.Context(), phone, user, &device, soon))
	must(t, s.ReplaceIdentity(t.Context(), user, schema.IdentityUpdate{Expect: 1, Certificate: Octets(9)}, nil, by))
	must(t, second(s.Session(t.Context(), thief)))
	must(t, s.ReplaceIdentity(t.Context(), user, schema.IdentityUpdate{Expect: 2, Certificate: Octets(9), Credentials: []schema.Credential{credential(2)}}, nil, by))
	must(t, second(s.Session(t.Context(), by)))
	must(t, second(s.Session(t.Context(), phone)))
	wantCode(t, second(s.Session(t.Context(), thief)), schema.CodeNotFound)
}

// testRecovery adds, replaces, removes and adds again: versions never go back.
func testRecovery(t *testing.T, s *store.Store) {
	user := NewAccount(t, s)
	revision := uint64(0)
	update := func(version uint32, remove bool) error {
		u := schema.IdentityUpdate{Expect: revision + 1, Certificate: Octets(9), RemoveRecovery: remove}
		if version > 0 {
			c := credential(version)
			c.Kind = schema.CredentialRecovery
			u.Credentials = []schema.Credential{c}
		}
		err := s.ReplaceIdentity(t.Context(), user, u, nil, schema.Hash{})
		if err == nil {
			revision++
		}
		return err
	}
	state := func(version uint32, present bool) {
		t.Helper()
		if v, p, err := s.RecoveryVersion(t.Context(), user); err != nil || v != version || p != present {
			t.Errorf("recovery is at version %d, %v, %v; want %d, %v", v, p, err, version, present)
		}
	}
	state(0, false)
	wantCode(t, update(0, true), schema.CodeNotFound)
	wantCode(t, update(2, false), schema.CodeConflict)
	must(t, update(1, false))
	state(1, true)
	must(t, update(2, false))
	must(t, update(0, true))
	state(2, false)
	wantCode(t, second(s.Credential(t.Context(), user, schema.CredentialRecovery)), schema.CodeNotFound)
	wantCode(t, update(1, false), schema.CodeConflict)
	must(t, update(3, false))
	state(3, true)
	must(t, update(0, true))
	state(3, false)
}

func testStreamHeads(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	user := w.Users[0]
	w.MustAppend(t, user, w.Item(schema.NewStreamID(), 10), w.Item(schema.NewStreamID(), 10))
	want, err := s.Heads(t.Context(), w.Workspace, user)
	must(t, err)
	got, err := s.StreamHeads(t.Context(), w.Workspace)
	must(t, err)
	if len(got) != 2 || !slices.Equal(got, want.Streams) {
		t.Errorf("StreamHeads = %v, want %v", got, want.Streams)
	}
	if got, err := s.StreamHeads(t.Context(), schema.NewWorkspaceID()); err != nil || len(got) != 0 {
		t.Errorf("of no workspace: %v, %v", got, err)
	}
}

func testFoundings(t *testing.T, s *store.Store) {
	user, ws := NewAccount(t, s), schema.NewWorkspaceID()
	for range 2 {
		must(t, s.NoteFounding(t.Context(), user, ws))
	}
	must(t, s.NoteFounding(t.Context(), NewAccount(t, s), schema.NewWorkspaceID()))
	if n, err := s.Foundings(t.Context(), user); err != nil || n != 1 {
		t.Errorf("%d foundings, %v, want 1", n, err)
	}
}

func testWorkspacePages(t *testing.T, s *store.Store) {
	w := NewWorld(t, s, 1)
	user := w.Users[0]
	page, err := s.WorkspacePage(t.Context(), user, schema.WorkspaceID{}, 10)
	must(t, err)
	if len(page) != 1 || page[0] != w.Workspace {
		t.Errorf("the first page is %v, want %v", page, w.Workspace)
	}
	if page, err = s.WorkspacePage(t.Context(), user, w.Workspace, 10); err != nil || len(page) != 0 {
		t.Errorf("after the last there is %v, %v", page, err)
	}
	if page, err = s.WorkspacePage(t.Context(), user, schema.WorkspaceID{}, 0); err != nil || len(page) != 0 {
		t.Errorf("a page of none is %v, %v", page, err)
	}
}

// testServerState changes what the administrator sets, with a logo that comes,
// stays and goes.
func testServerState(t *testing.T, backend Backend) {
	s := Open(t, backend(t), store.Options{})
	state, err := s.ServerState(t.Context())
	if err != nil || state != (schema.ServerState{}) {
		t.Fatalf("before the first change: %+v, %v", state, err)
	}
	wantCode(t, second(s.Logo(t.Context())), schema.CodeNotFound)
	picture, hash := []byte("a picture"), schema.Hash(Octets(32))
	state.Branding = schema.Branding{Name: "Cénacle", Logo: &hash}
	_, err = s.PutServerState(t.Context(), state, nil)
	wantCode(t, err, schema.CodeConflict) // it has no such logo
	put := func(logo []byte) {
		t.Helper()
		revision, err := s.PutServerState(t.Context(), state, logo)
		must(t, err)
		if revision != state.Revision+1 {
			t.Fatalf("revision %d follows %d", revision, state.Revision)
		}
		state.Revision = revision
		got, err := s.ServerState(t.Context())
		must(t, err)
		if !bytes.Equal(schema.MustMarshal(got), schema.MustMarshal(state)) {
			t.Fatalf("kept %+v, want %+v", got, state)
		}
	}
	put(picture)
	state.Settings = schema.ServerSettings{Registration: "open", AccountQuota: -1}
	put(nil) // the logo stays
	if got, err := s.Logo(t.Context()); err != nil || !bytes.Equal(got, picture) {
		t.Errorf("the logo is %q, %v", got, err)
	}
	state.Branding.Logo = nil
	put(nil)
	wantCode(t, second(s.Logo(t.Context())), schema.CodeNotFound)
	old := state
	old.Revision--
	_, err = s.PutServerState(t.Context(), old, nil)
	wantCode(t, err, schema.CodeConflict)
}

// testQuotasChange: quotas take effect while the store is open.
func testQuotasChange(t *testing.T, url string) {
	s := Open(t, url, store.Options{})
	w := NewWorld(t, s, 1)
	user, stream := w.Users[0], schema.NewStreamID()
	w.MustAppend(t, user, w.Item(stream, 100))
	refused := func(code schema.Code) {
		t.Helper()
		results, err := w.Append(t.Context(), user, w.Item(stream, 100))
		must(t, err)
		if e := results[0].Error; e == nil && code != "" || e != nil && e.Code != code {
			t.Errorf("answered %+v, want %q", e, code)
		}
	}
	s.SetQuotas(0, 150)
	refused(schema.CodeQuotaExceeded)
	s.SetQuotas(150, 0)
	refused(schema.CodeQuotaExceeded)
	s.SetQuotas(0, 0)
	refused("")
}
