package client

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/schema"
)

// steppingClock is a clock that tests move.
type steppingClock struct {
	SystemClock
	at time.Time
}

func (c *steppingClock) Now() time.Time { return c.at }

func testBook(t *testing.T, s store.Store, clock Clock) *book {
	t.Helper()
	c, err := newCache(s, bytes.Repeat([]byte{7}, 32), NewAESGCM)
	if err != nil {
		t.Fatal(err)
	}
	return newBook(c, Options{Clock: clock}.withDefaults())
}

func reloaded(t *testing.T, b *book) *book {
	t.Helper()
	again := testBook(t, b.cache.store, b.opt.Clock)
	if err := again.load(context.Background()); err != nil {
		t.Fatal(err)
	}
	return again
}

// Whatever a member or the server makes this device find, the list is bounded, and
// what stops a stream, or concerns another workspace, is found all the same.
func TestFindingsAreBounded(t *testing.T) {
	ctx := context.Background()
	b := testBook(t, memory.New(), &steppingClock{at: time.UnixMilli(1)})
	one, two := schema.NewWorkspaceID(), schema.NewWorkspaceID()
	for range maxFindings + 50 {
		b.note(ctx, Finding{Code: FoundNumberUsedTwice, Workspace: one, Facts: Facts{User: schema.NewUserID()}})
	}
	if n := len(b.of(one)); n != maxFindings {
		t.Fatalf("%d warnings are kept, want %d", n, maxFindings)
	}
	b.note(ctx, Finding{Code: FoundEventGap, Workspace: one, Stream: schema.NewStreamID(), Stops: true})
	b.note(ctx, Finding{Code: FoundPeerKeyDiffers, Workspace: two})
	b.note(ctx, Finding{Code: FoundOwnCertificateSwapped})
	b = reloaded(t, b)
	if len(b.of(one)) != maxFindings+1 || len(b.of(two)) != 1 || len(b.of(schema.WorkspaceID{})) != 1 {
		t.Errorf("%d, %d and %d findings are left", len(b.of(one)), len(b.of(two)), len(b.of(schema.WorkspaceID{})))
	}
}

// The same finding again does not grow the list, keeps its first date and proof,
// and is hardly written.
func TestFindingIsFoundOnce(t *testing.T) {
	ctx := context.Background()
	clock := &steppingClock{at: time.UnixMilli(1000)}
	writes := &countingStore{Store: memory.New()}
	b := testBook(t, writes, clock)
	f := Finding{Code: FoundNumbersMissing, Workspace: schema.NewWorkspaceID(), Proof: []ProofItem{{What: "event", Bytes: []byte{1}}}}
	if _, fresh := b.note(ctx, f); !fresh {
		t.Fatal("nothing is new")
	}
	clock.at = clock.at.Add(time.Minute)
	f.Facts.Seq, f.Proof = 9, []ProofItem{{What: "event", Bytes: []byte{2}}}
	for range 10 {
		if kept, fresh := b.note(ctx, f); fresh || kept.At != 1000 || kept.Proof[0].Bytes[0] != 1 || kept.Facts.Seq != 0 {
			t.Fatalf("found again: %+v", kept)
		}
	}
	if writes.n != 1 {
		t.Errorf("%d writes", writes.n)
	}
	clock.at = clock.at.Add(2 * time.Hour)
	kept, fresh := b.note(ctx, f)
	if fresh || kept.At != 1000 || kept.Last != clock.at.UnixMilli() || kept.Proof[0].Bytes[0] != 1 {
		t.Errorf("after hours: %+v", kept)
	}
	if got := reloaded(t, b).of(f.Workspace); len(got) != 1 || got[0].Last != kept.Last {
		t.Errorf("%+v", got)
	}
}

type countingStore struct {
	store.Store
	n int
}

func (s *countingStore) Update(ctx context.Context, fn func(store.Writer) error) error {
	s.n++
	return s.Store.Update(ctx, fn)
}

// A store that takes nothing, and another process that was faster.
func TestFindingStandsWithoutItsRecord(t *testing.T) {
	ctx := context.Background()
	b := testBook(t, brokenStore{memory.New()}, &steppingClock{at: time.UnixMilli(5)})
	f := Finding{Code: FoundOwnCertificateSwapped}
	b.note(ctx, f)
	if len(b.of(schema.WorkspaceID{})) != 1 {
		t.Error("what could not be written is forgotten")
	}
	shared := memory.New()
	first, second := testBook(t, shared, &steppingClock{at: time.UnixMilli(5)}), testBook(t, shared, &steppingClock{at: time.UnixMilli(6)})
	first.note(ctx, f)
	if kept, fresh := second.note(ctx, f); fresh || kept.At != 5 || kept.Last != 6 {
		t.Errorf("the other process's record is replaced: %+v", kept)
	}
}

type brokenStore struct{ store.Store }

func (brokenStore) Update(context.Context, func(store.Writer) error) error {
	return errors.New("disk full")
}

// Findings are sealed; a damaged one is told, and the others outlive the damage.
func TestFindingsOutliveDamage(t *testing.T) {
	ctx := context.Background()
	st := memory.New()
	b := testBook(t, st, &steppingClock{at: time.UnixMilli(5)})
	w, liar := schema.NewWorkspaceID(), schema.DeviceID{9}
	b.note(ctx, Finding{Code: FoundAuthorSawOther, Workspace: w, Accuser: liar, Stops: true})
	if err := b.dismiss(ctx, b.of(w), w, liar); err != nil {
		t.Fatal(err)
	}
	lost, _ := b.note(ctx, Finding{Code: FoundPeerKeyDiffers, Workspace: w})
	err := st.Update(ctx, func(tx store.Writer) error {
		return tx.Scan(nil, nil, false, func(_, v []byte) (bool, error) {
			if bytes.Contains(v, []byte("author_saw")) || bytes.Contains(v, []byte("peer_key")) {
				t.Error("a finding is readable in the store")
			}
			return true, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Update(ctx, func(tx store.Writer) error { return tx.Put(keyFinding(w, lost.ID()), []byte("rot")) }); err != nil {
		t.Fatal(err)
	}
	again := testBook(t, st, b.opt.Clock)
	if err := again.load(ctx); !isCorrupt(err) {
		t.Fatalf("damage is read past: %v", err)
	}
	if err := st.Reset(ctx); err != nil {
		t.Fatal(err)
	}
	if err := again.restore(ctx); err != nil {
		t.Fatal(err)
	}
	got := reloaded(t, again).of(w)
	if len(got) != 1 || got[0].Open() || got[0].Code != FoundAuthorSawOther {
		t.Errorf("%+v", got)
	}
	var d dismissal
	err = again.cache.view(ctx, func(r cacheReader) error { _, err := r.get(keyDismissed(w, liar), &d); return err })
	if err != nil || d.At == 0 {
		t.Errorf("the dismissal is lost: %v", err)
	}
}

// A proof is bounded, and what does not fit leaves its hash.
func TestProofIsBounded(t *testing.T) {
	var items []ProofItem
	for range maxProofItems + 5 {
		items = append(items, ProofItem{What: "event", Bytes: make([]byte, maxProofOctets/4)})
	}
	kept := boundProof(items)
	total := 0
	for _, item := range kept {
		total += len(item.Bytes)
	}
	if len(kept) != maxProofItems || total > maxProofOctets+maxProofItems*32 || len(kept[0].Bytes) != maxProofOctets/4 || len(kept[10].Bytes) != 32 {
		t.Errorf("%d items of %d octets", len(kept), total)
	}
	b := testBook(t, memory.New(), nil)
	long := Facts{Note: string(bytes.Repeat([]byte("é"), maxNote)), Cause: "<script>"}
	f, _ := b.note(context.Background(), Finding{Code: FoundErasureRefused, Facts: long})
	if len(f.Facts.Note) > maxNote || f.Facts.Cause != schema.CodeInternal {
		t.Errorf("%d octets, cause %q", len(f.Facts.Note), f.Facts.Cause)
	}
}
