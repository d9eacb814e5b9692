package client

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
)

// offline opens an engine that has a new identity and no server.
func offline(t testing.TB, s store.Store) (*Engine, *Profile) {
	t.Helper()
	now := time.Now()
	id, err := identity.New(schema.NewUserID(), now)
	if err != nil {
		t.Fatal(err)
	}
	device, err := id.AddDevice(now)
	if err != nil {
		t.Fatal(err)
	}
	p := &Profile{
		Origin: "https://cenacle.test", User: id.Certificate().User(), Device: device.Marshal(), Keys: id.Keys().Marshal(),
		Certificate: id.Certificate().Bytes(), StoreKey: bytes.Repeat([]byte{7}, 32), Pending: []byte{1},
	}
	return reopened(t, s, p), p
}

func reopened(t testing.TB, s store.Store, p *Profile) *Engine {
	t.Helper()
	e, err := Open(context.Background(), Options{Store: s}, p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// foundOffline founds a workspace and keeps its roster, as if a server had taken
// it. Further entries come from build.
func foundOffline(t testing.TB, e *Engine, build func(c *change) error) *Workspace {
	t.Helper()
	ctx := context.Background()
	w := newWorkspace(e, schema.NewWorkspaceID())
	w.roster = w.newRoster()
	certificate, err := e.certificate()
	if err != nil {
		t.Fatal(err)
	}
	c := &change{w: w, next: w.roster.Clone(), cuts: map[schema.CircleID]schema.Hash{}, secrets: map[schema.CircleID]seal.EpochSecret{}}
	steps := []func() error{
		func() error {
			return c.add(schema.RosterGenesis, schema.GenesisBody{Certificate: certificate.Bytes(), Everyone: schema.NewCircleID()})
		},
		c.settle,
		func() error { return build(c) },
		func() error { _, err := w.applyRoster(ctx, c.entries); return err },
		func() error { return e.addWorkspace(ctx, w) },
	}
	for _, step := range steps {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func nothing(*change) error { return nil }

// lastKept reads, and with change replaces, the last kept entry of a roster.
func lastKept(t *testing.T, w *Workspace, change func(*keptEntry)) (kept keptEntry) {
	t.Helper()
	key := keyRoster(w.id, w.roster.Head().Seq)
	err := w.e.cache.update(context.Background(), func(cw cacheWriter) error {
		if found, err := cw.get(key, &kept); err != nil || !found {
			t.Fatalf("the entry was not kept: %v", err)
		}
		change(&kept)
		return cw.put(key, kept)
	})
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// What this program's policy verified and kept is read without signatures; what
// another policy verified, or nothing says that any did, is verified again.
func TestKeptEntriesAreVerifiedOncePerPolicy(t *testing.T) {
	forge := func(k *keptEntry) { k.Signature = bytes.Clone(k.Signature); k.Signature[len(k.Signature)-1] ^= 1 }
	for _, c := range []struct {
		name   string
		change func(*keptEntry)
		loads  bool
	}{
		{"as kept", func(*keptEntry) {}, true},
		{"by an older policy", func(k *keptEntry) { k.Policy = cert.Policy - 1 }, true},
		{"by a newer policy", func(k *keptEntry) { k.Policy = cert.Policy + 1 }, true},
		// The signature is not looked at: this is what the speed comes from, and
		// why nothing but a verified entry may ever be kept with the policy.
		{"forged, as if verified", forge, true},
		{"forged, by an older policy", func(k *keptEntry) { forge(k); k.Policy = cert.Policy - 1 }, false},
		{"forged, by a newer policy", func(k *keptEntry) { forge(k); k.Policy = cert.Policy + 1 }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := memory.New()
			e, p := offline(t, s)
			w := foundOffline(t, e, nothing)
			if kept := lastKept(t, w, c.change); kept.Policy == 0 && cert.Policy != 1 {
				t.Fatal("the entry was kept without the policy that verified it")
			}
			rs, err := newWorkspace(e, w.id).loadRoster(t.Context())
			if (err == nil) != c.loads {
				t.Fatalf("loading gives %v, want success %v", err, c.loads)
			}
			if !c.loads {
				if !isCorrupt(err) {
					t.Errorf("%v is not the error of a damaged store", err)
				}
				if again := reopened(t, s, p); len(again.allWorkspaces()) != 0 {
					t.Error("the engine shows a workspace with a forged entry")
				}
				return
			}
			if rs.Head().Seq != w.roster.Head().Seq {
				t.Errorf("loaded up to %d, want %d", rs.Head().Seq, w.roster.Head().Seq)
			}
			if kept := lastKept(t, w, func(*keptEntry) {}); kept.Policy != cert.Policy {
				t.Errorf("kept with policy %d after it was verified under %d", kept.Policy, cert.Policy)
			}
		})
	}
}

// A record that was altered on the disk does not authenticate, whatever it says
// of having been verified.
func TestKeptEntryAlteredOnDisk(t *testing.T) {
	s := memory.New()
	e, _ := offline(t, s)
	w := foundOffline(t, e, nothing)
	key := keyRoster(w.id, w.roster.Head().Seq)
	var sealed []byte
	if err := s.View(t.Context(), func(r store.Reader) (err error) { sealed, err = r.Get(key); return err }); err != nil {
		t.Fatal(err)
	}
	for i := range sealed {
		b := bytes.Clone(sealed)
		b[i] ^= 1
		if err := s.Update(t.Context(), func(w store.Writer) error { return w.Put(key, b) }); err != nil {
			t.Fatal(err)
		}
		if _, err := newWorkspace(e, w.id).loadRoster(t.Context()); !isCorrupt(err) {
			t.Fatalf("octet %d of %d altered: %v", i, len(sealed), err)
		}
	}
}

// What comes from a server is verified, also when the local store holds other
// entries that were, and is kept with the policy only afterwards.
func TestEntriesOfTheServerAreVerified(t *testing.T) {
	e, _ := offline(t, memory.New())
	w := foundOffline(t, e, nothing)
	admin := &change{w: w, next: w.roster.Clone(), cuts: map[schema.CircleID]schema.Hash{}, secrets: map[schema.CircleID]seal.EpochSecret{}}
	if err := admin.add(schema.RosterCircle, schema.CircleBody{Circle: schema.NewCircleID(), Members: []schema.UserID{}}); err != nil {
		t.Fatal(err)
	}
	if err := admin.settle(); err != nil {
		t.Fatal(err)
	}
	forged := bytes.Clone(admin.entries[1].Signature)
	forged[len(forged)-1] ^= 1
	admin.entries[1].Signature = forged
	head := w.roster.Head()
	if _, err := w.applyRoster(t.Context(), admin.entries); !errors.Is(err, ErrServerMisbehaved) {
		t.Fatalf("a forged entry gives %v", err)
	}
	err := e.cache.view(t.Context(), func(r cacheReader) error {
		found, err := r.get(keyRoster(w.id, head.Seq+1), new(keptEntry))
		if found {
			t.Error("an entry before the forged one was kept")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkOpen1000 starts the engine of a member of a workspace of 1,000 people.
func BenchmarkOpen1000(b *testing.B) {
	s := memory.New()
	e, p := offline(b, s)
	now := time.Now()
	foundOffline(b, e, func(c *change) error {
		everyone := c.next.Everyone()
		for range 999 {
			id, err := identity.New(schema.NewUserID(), now)
			if err != nil {
				return err
			}
			if _, err := id.AddDevice(now); err != nil {
				return err
			}
			keys, err := c.keys([]schema.CircleID{everyone}, id.Certificate().Encryption())
			if err != nil {
				return err
			}
			body := schema.AdmitBody{User: id.Certificate().User(), Certificate: id.Certificate().Bytes(), Role: schema.RoleMember, Keys: keys}
			if err := c.add(schema.RosterAdmit, body); err != nil {
				return err
			}
		}
		return nil
	})
	b.ReportAllocs()
	for b.Loop() {
		if len(reopened(b, s, p).allWorkspaces()) != 1 {
			b.Fatal("the workspace is not there")
		}
	}
}
