// Package hometest is the conformance suite of [api.Home]. It is imported by tests
// only.
package hometest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/schema"
)

const (
	passphrase = "correct horse battery staple"
	another    = "another long passphrase"
)

// Options say what a home is like.
type Options struct {
	// Open returns an empty place, as a function that opens it again and again, as
	// after a restart of the program.
	Open func(t *testing.T) func() api.Home
	// Resumes tells that a home stays open over a restart.
	Resumes bool
}

// Run checks an implementation.
func Run(t *testing.T, o Options) {
	for name, fn := range map[string]func(*testing.T, suite){
		"empty":                            empty,
		"created and resumed":              created,
		"locked and unlocked":              locked,
		"saved":                            saved,
		"passphrase changed":               changed,
		"failed change keeps":              unchanged,
		"new account has no store":         prepared,
		"erased":                           erased,
		"saving a locked home is an error": savedLocked,
	} {
		t.Run(name, func(t *testing.T) { fn(t, suite{t, o, o.Open(t)}) })
	}
}

type suite struct {
	t    *testing.T
	o    Options
	open func() api.Home
}

// Profile is a profile that no server knows.
func Profile() *client.Profile {
	return &client.Profile{
		Origin: "https://chat.example.org", Handle: "a@example.org", Name: "Alice", User: schema.NewUserID(),
		Device: []byte("device"), Keys: []byte("keys 1"), Certificate: []byte("certificate 1"),
		Revision: 1, CredentialVersion: 1, AccountKey: "key 1", StoreKey: make([]byte, 32),
	}
}

func (s suite) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s suite) create(h api.Home) *client.Profile {
	s.t.Helper()
	p := Profile()
	s.must(h.Prepare(context.Background()))
	s.must(h.Create(context.Background(), p, passphrase))
	return p
}

func (s suite) same(got, want *client.Profile) {
	s.t.Helper()
	if got == nil || !bytes.Equal(schema.MustMarshal(got), schema.MustMarshal(want)) {
		s.t.Errorf("another profile came back")
	}
}

func (s suite) state(h api.Home, kept bool) api.HomeState {
	s.t.Helper()
	state, err := h.State(context.Background())
	s.must(err)
	if state.Kept != kept {
		s.t.Errorf("kept %v, want %v", state.Kept, kept)
	}
	return state
}

// put and found use the home's store, which the caller closes by that.
func (s suite) put(h api.Home, key string) {
	s.t.Helper()
	st, err := h.Store(context.Background())
	s.must(err)
	s.must(st.Update(context.Background(), func(w store.Writer) error { return w.Put([]byte(key), []byte("v")) }))
	s.must(st.Close())
}

func (s suite) found(h api.Home, key string) bool {
	s.t.Helper()
	st, err := h.Store(context.Background())
	s.must(err)
	var value []byte
	s.must(st.View(context.Background(), func(r store.Reader) (err error) { value, err = r.Get([]byte(key)); return err }))
	s.must(st.Close())
	return value != nil
}

func empty(t *testing.T, s suite) {
	h := s.open()
	s.state(h, false)
	if p, err := h.Resume(context.Background()); p != nil || err != nil {
		t.Errorf("resumed %v, %v", p, err)
	}
	if _, err := h.Unlock(context.Background(), passphrase); !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Errorf("unlocked: %v", err)
	}
	s.must(h.Lock(context.Background()))
	s.must(h.Erase(context.Background()))
}

func created(t *testing.T, s suite) {
	h := s.open()
	want := s.create(h)
	s.state(h, true)
	h = s.open()
	s.state(h, true)
	got, err := h.Resume(context.Background())
	s.must(err)
	switch {
	case s.o.Resumes:
		s.same(got, want)
	case got != nil:
		t.Error("it resumed without the passphrase")
	}
}

func locked(t *testing.T, s suite) {
	h := s.open()
	want := s.create(h)
	s.must(h.Lock(context.Background()))
	for _, h := range []api.Home{h, s.open()} {
		state := s.state(h, true)
		if state.Open {
			t.Error("locked, and open")
		}
		if p, err := h.Resume(context.Background()); p != nil || err != nil {
			t.Errorf("a locked home resumed: %v", err)
		}
		if _, err := h.Unlock(context.Background(), another); !schema.HasCode(err, schema.CodeSignInFailed) {
			t.Errorf("a wrong passphrase: %v", err)
		}
	}
	h = s.open()
	got, err := h.Unlock(context.Background(), passphrase)
	s.must(err)
	s.same(got, want)
	// Once more while open, as for showing the kit.
	if _, err := h.Unlock(context.Background(), another); !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Errorf("a wrong passphrase while open: %v", err)
	}
	got, err = h.Unlock(context.Background(), passphrase)
	s.must(err)
	s.same(got, want)
}

// opened unlocks again and uses the store, as the API does before it saves.
func (s suite) opened(passphrase string) (api.Home, *client.Profile) {
	s.t.Helper()
	h := s.open()
	p, err := h.Unlock(context.Background(), passphrase)
	s.must(err)
	return h, p
}

// running keeps the store open while fn saves.
func (s suite) running(h api.Home, fn func()) {
	s.t.Helper()
	st, err := h.Store(context.Background())
	s.must(err)
	fn()
	s.must(st.Close())
}

func saved(_ *testing.T, s suite) {
	h := s.open()
	p := s.create(h)
	p.Revision, p.Certificate = 2, []byte("certificate 2")
	s.running(h, func() { s.must(h.Save(context.Background(), p)) })
	h, got := s.opened(passphrase)
	s.same(got, p)
	p.Revision, p.Certificate = 3, []byte("certificate 3")
	s.running(h, func() { s.must(h.Save(context.Background(), p)) })
	_, got = s.opened(passphrase)
	s.same(got, p)
}

func changed(t *testing.T, s suite) {
	h := s.open()
	p := s.create(h)
	s.running(h, func() {
		s.must(h.Change(context.Background(), another, func() error {
			p.CredentialVersion, p.Keys = 2, []byte("keys 2")
			return h.Save(context.Background(), p)
		}))
		p.Revision, p.Certificate = 2, []byte("certificate 2")
		s.must(h.Save(context.Background(), p))
	})
	h = s.open()
	if _, err := h.Unlock(context.Background(), passphrase); !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Errorf("the old passphrase: %v", err)
	}
	_, got := s.opened(another)
	s.same(got, p)
}

// unchanged: what was refused leaves the old passphrase in force. Refused is
// before anything was saved: an account that changed keeps its profile first.
func unchanged(t *testing.T, s suite) {
	h := s.open()
	p := s.create(h)
	refused := errors.New("the server refuses")
	s.running(h, func() {
		if err := h.Change(context.Background(), another, func() error { return refused }); !errors.Is(err, refused) {
			t.Errorf("%v", err)
		}
		p.Revision, p.Certificate = 2, []byte("certificate 2")
		s.must(h.Save(context.Background(), p))
	})
	_, got := s.opened(passphrase)
	s.same(got, p)
}

func prepared(t *testing.T, s suite) {
	s.put(s.open(), "of an earlier account")
	h := s.open()
	s.create(h)
	if s.found(h, "of an earlier account") {
		t.Error("the new account finds an earlier one's store")
	}
	s.put(h, "of this account")
	if !s.found(s.open(), "of this account") {
		t.Error("the store does not outlive a restart")
	}
}

func erased(t *testing.T, s suite) {
	h := s.open()
	s.create(h)
	s.put(h, "k")
	s.must(h.Erase(context.Background()))
	for _, h := range []api.Home{h, s.open()} {
		s.state(h, false)
		if p, err := h.Resume(context.Background()); p != nil || err != nil {
			t.Errorf("resumed: %v", err)
		}
	}
	h = s.open()
	s.create(h)
	if s.found(h, "k") {
		t.Error("the store outlived it")
	}
}

func savedLocked(t *testing.T, s suite) {
	h := s.open()
	p := s.create(h)
	s.must(h.Lock(context.Background()))
	if err := h.Save(context.Background(), p); err == nil {
		t.Error("a locked home saved")
	}
}
