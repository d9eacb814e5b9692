package client_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/store/sqlite"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
)

// onDisk gives a client a local store in a folder.
func onDisk(t *testing.T, dir string) func(*client.Options) {
	return func(o *client.Options) {
		s, err := sqlite.Open(context.Background(), dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		o.Store = s
	}
}

// Two processes on one profile number their events together and show the same.
func TestTwoProcessesOnOneProfile(t *testing.T) {
	c := clienttest.Start(t, 1, server.Options{})
	dir := t.TempDir()
	alice := c.SignUpWith("Alice", 0, onDisk(t, dir))
	bob := c.SignUp("Bob", 0)
	w := alice.Create("Aurore")
	id := w.ID()
	bob.Join(alice.Invite(w, client.InviteOptions{}))
	second := &clienttest.User{T: t, Name: "Alice again", Options: alice.Options, Profile: alice.Profile}
	onDisk(t, dir)(&second.Options)
	second.Restart()
	second.Sync()
	const each = 15
	var both sync.WaitGroup
	for _, u := range []*clienttest.User{alice, second} {
		both.Go(func() {
			ch := u.Channel(id, "general")
			for i := range each {
				sent, err := u.In(id).Post(clienttest.Context(t), ch, fmt.Sprintf("%s %d", u.Name, i), client.PostOptions{})
				if err != nil || sent.Queued() {
					t.Errorf("%s posts: %+v, %v; the other process may have sent it, but sent it is", u.Name, sent, err)
				}
			}
		})
	}
	both.Wait()
	for _, u := range []*clienttest.User{alice, second, bob} {
		u.Sync()
		if got := len(u.Read(id, "general")); got != 2*each {
			t.Errorf("%s reads %d messages, want %d", u.Name, got, 2*each)
		}
		s, err := u.Status(clienttest.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		for _, ws := range s.Workspaces {
			if len(ws.Warnings) > 0 {
				t.Errorf("%s was warned: %v", u.Name, ws.Warnings)
			}
		}
	}
}

// A local store that was damaged, as a file or in one record, is found out and
// rebuilt from the server.
func TestDamagedLocalStoreIsRebuilt(t *testing.T) {
	c := clienttest.Start(t, 1, server.Options{})
	dir := t.TempDir()
	alice := c.SignUpWith("Alice", 0, onDisk(t, dir))
	w := alice.Create("Aurore")
	id := w.ID()
	for i := range 5 {
		alice.Post(id, "general", fmt.Sprint(i))
	}
	want := "0 | 1 | 2 | 3 | 4"
	alice.Expect(id, "general", want)

	t.Run("one record", func(t *testing.T) {
		alter(t, alice.Store(), 'e')
		alice.Restart()
		alice.Expect(id, "general", want)
		warned(t, alice)
	})
	t.Run("the roster", func(t *testing.T) {
		alter(t, alice.Store(), 'r')
		alice.Restart()
		warned(t, alice)
		alice.Expect(id, "general", want)
	})
	outer := t
	t.Run("the file", func(t *testing.T) {
		if err := alice.Store().Close(); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"cache.sqlite", "cache.sqlite-wal", "cache.sqlite-shm"} {
			if err := os.Remove(filepath.Join(dir, name)); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "cache.sqlite"), []byte(strings.Repeat("garbage ", 1000)), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := sqlite.Open(context.Background(), dir)
		if s == nil {
			t.Fatal(err)
		}
		outer.Cleanup(func() { s.Close() })
		alice.Options.Store = s
		alice.Restart()
		warned(t, alice)
		alice.Expect(id, "general", want)
	})
	// Numbering goes on where it was, or others would miss something.
	alice.Post(id, "general", "5")
	bob := c.SignUp("Bob", 0)
	bob.Join(alice.Invite(alice.In(id), client.InviteOptions{}))
	bob.Expect(id, "general", want+" | 5")
}

// alter flips a bit in every record of a workspace with a tag (see cache.go).
func alter(t *testing.T, s store.Store, tag byte) {
	t.Helper()
	err := s.Update(context.Background(), func(w store.Writer) error {
		altered := map[string][]byte{}
		err := w.Scan([]byte("w"), nil, false, func(k, v []byte) (bool, error) {
			if len(k) > 17 && k[17] == tag {
				v[len(v)/2] ^= 1
				altered[string(k)] = v
			}
			return true, nil
		})
		for k, v := range altered {
			if err == nil {
				err = w.Put([]byte(k), v)
			}
		}
		if len(altered) == 0 {
			t.Errorf("there is no record %q", tag)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func warned(t *testing.T, u *clienttest.User) {
	t.Helper()
	s, err := u.Status(clienttest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Warnings) == 0 {
		t.Error("nothing is said of the damage")
	}
}

// What is written offline is kept across a restart and sent in order.
func TestOutboxSurvives(t *testing.T) {
	c := clienttest.Start(t, 1, server.Options{})
	alice := c.SignUpWith("Alice", 0, onDisk(t, t.TempDir()))
	bob := c.SignUp("Bob", 0)
	w := alice.Create("Aurore")
	id := w.ID()
	bob.Join(alice.Invite(w, client.InviteOptions{}))
	c.Nodes[0].Stop()
	for i := range 5 {
		if sent := alice.Post(id, "general", fmt.Sprint(i)); !sent.Queued() {
			t.Fatal("acknowledged without a server")
		}
	}
	alice.Restart()
	clienttest.ExpectCode(t, alice.Engine.Sync(clienttest.Context(t)), schema.CodeOffline)
	s, err := alice.Status(clienttest.Context(t))
	if err != nil || s.Outbox != 5 {
		t.Fatalf("%d wait, %v; want 5", s.Outbox, err)
	}
	c.Nodes[0].Run()
	alice.Sync()
	bob.Expect(id, "general", "0 | 1 | 2 | 3 | 4")
}

// What was written offline under keys that were replaced meanwhile is sealed
// again and arrives once.
func TestOutboxIsSealedAgain(t *testing.T) {
	_, id, alice, bob, carol := trio(t)
	ctx := clienttest.Context(t)
	offline := &switchable{Transport: bob.Options.Transport}
	bob.Options.Transport = offline
	bob.Restart()
	offline.set(true)
	for i := range 3 {
		if sent := bob.Post(id, "general", fmt.Sprint(i)); !sent.Queued() {
			t.Fatal("acknowledged without a server")
		}
	}
	if err := alice.In(id).Remove(ctx, carol.User()); err != nil {
		t.Fatal(err)
	}
	offline.set(false)
	bob.Sync()
	alice.Expect(id, "general", "0 | 1 | 2")
}

// switchable is a network that can be switched off.
type switchable struct {
	client.Transport
	mu  sync.Mutex
	off bool
}

func (s *switchable) set(off bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.off = off
}

func (s *switchable) Do(ctx context.Context, r client.Request) ([]byte, error) {
	s.mu.Lock()
	off := s.off
	s.mu.Unlock()
	if off {
		return nil, schema.Errorf(schema.CodeOffline, "switched off")
	}
	return s.Transport.Do(ctx, r)
}
