package storetest

import (
	"context"
	"crypto/rand"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

// Backend makes an empty database that is gone after the test, and returns its
// URL for store.Open.
type Backend func(t testing.TB) (url string)

// Open opens a store that closes after the test.
func Open(t testing.TB, url string, opts store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url, opts)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// World is a workspace of some users with one circle of all of them, in epoch 1.
// Its roster entries are random octets: the store does not read them.
type World struct {
	Store     *store.Store
	Workspace schema.WorkspaceID
	Circle    schema.CircleID
	Users     []schema.UserID
	Head      schema.RosterHead
}

// NewWorld makes users accounts and a workspace of them.
func NewWorld(t testing.TB, s *store.Store, users int) *World {
	t.Helper()
	w := &World{Store: s, Workspace: schema.NewWorkspaceID(), Circle: schema.NewCircleID()}
	c := w.Change(1)
	c.Role = schema.RoleOwner
	c.Circles = []store.CircleRow{{Circle: w.Circle, Epoch: 1}}
	for i := range users {
		user := NewAccount(t, s)
		w.Users = append(w.Users, user)
		role := schema.RoleMember
		if i == 0 {
			role = schema.RoleOwner
		}
		c.MemberUpserts = append(c.MemberUpserts, store.Member{User: user, Role: role})
		c.CircleJoins = append(c.CircleJoins, store.CircleUser{Circle: w.Circle, User: user})
	}
	w.Apply(t, c)
	return w
}

// NewAccount makes an account with a random id and handle.
func NewAccount(t testing.TB, s *store.Store) schema.UserID {
	t.Helper()
	user := schema.NewUserID()
	_, err := s.CreateAccount(t.Context(), store.NewAccount{
		User: user, Handle: user.String(), Certificate: Octets(300), Now: time.Now(),
		Credential: schema.Credential{Kind: schema.CredentialPassphrase, Version: 1, KDF: schema.DefaultKDF, LoginKey: Octets(32), Locked: Octets(500)},
	}, func(bool) error { return nil })
	if err != nil {
		t.Fatalf("create account: %v", err)
	}
	return user
}

// Change is a change of n random entries that follow the head.
func (w *World) Change(n int) store.RosterChange {
	c := store.RosterChange{Workspace: w.Workspace, Expect: w.Head}
	for range n {
		c.Entries = append(c.Entries, schema.SignedEntry{Entry: Octets(200), Signature: Octets(150)})
	}
	c.NewHead = schema.RosterHead{Seq: w.Head.Seq + uint64(n), Hash: c.Entries[n-1].Hash()}
	return c
}

// Apply applies a change that must succeed.
func (w *World) Apply(t testing.TB, c store.RosterChange) {
	t.Helper()
	if err := w.Store.ApplyRoster(t.Context(), c); err != nil {
		t.Fatalf("apply roster: %v", err)
	}
	w.Head = c.NewHead
}

// AddCircle makes a circle of some users in epoch 1.
func (w *World) AddCircle(t testing.TB, users ...schema.UserID) schema.CircleID {
	t.Helper()
	id := schema.NewCircleID()
	c := w.Change(1)
	c.Circles = []store.CircleRow{{Circle: id, Epoch: 1}}
	for _, u := range users {
		c.CircleJoins = append(c.CircleJoins, store.CircleUser{Circle: id, User: u})
	}
	w.Apply(t, c)
	return id
}

// Item is an event of n octets for a stream of the world's circle, epoch 1.
func (w *World) Item(stream schema.StreamID, n int) schema.AppendItem {
	return schema.AppendItem{Circle: w.Circle, Stream: stream, ID: schema.NewEventID(), Epoch: 1, Ciphertext: Octets(n)}
}

// Append appends items by a user.
func (w *World) Append(ctx context.Context, user schema.UserID, items ...schema.AppendItem) ([]schema.AppendResult, error) {
	return w.Store.Append(ctx, store.AppendBatch{Workspace: w.Workspace, Author: user, Device: Device(user), Items: items})
}

// MustAppend appends items that must all be accepted.
func (w *World) MustAppend(t testing.TB, user schema.UserID, items ...schema.AppendItem) []schema.AppendResult {
	t.Helper()
	results, err := w.Append(t.Context(), user, items...)
	if err != nil {
		t.Fatalf("append: %v", err)
	}
	for i, r := range results {
		if r.Error != nil {
			t.Fatalf("append item %d: %s: %s", i, r.Error.Code, r.Error.Detail)
		}
	}
	return results
}

// Device is the one device of a user.
func Device(user schema.UserID) (d schema.DeviceID) {
	copy(d[:], user[:])
	return d
}

// Octets returns n random octets.
func Octets(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
