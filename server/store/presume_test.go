package store

import (
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

// TestPresumedCommits drives a committer by hand, to see which kind of commit it
// makes.
func TestPresumedCommits(t *testing.T) {
	for name, url := range map[string]string{"sqlite": "sqlite:" + t.TempDir() + "/db", "postgres": pgtest.Database(t)} {
		t.Run(name, func(t *testing.T) { testPresumedCommits(t, openAt(t, url)) })
	}
}

func testPresumedCommits(t *testing.T, s *Store) {
	ws, circle, stream, user := schema.NewWorkspaceID(), schema.NewCircleID(), schema.NewStreamID(), schema.NewUserID()
	if _, err := s.CreateAccount(t.Context(), NewAccount{User: user, Handle: user.String(), Certificate: []byte{1}, Now: time.Now(),
		Credential: schema.Credential{Kind: schema.CredentialPassphrase, Version: 1, KDF: schema.DefaultKDF, LoginKey: []byte{1}, Locked: []byte{1}},
	}, func(bool) error { return nil }); err != nil {
		t.Fatal(err)
	}
	entry := schema.SignedEntry{Entry: []byte{1}, Signature: []byte{1}}
	if err := s.ApplyRoster(t.Context(), RosterChange{Workspace: ws, Entries: []schema.SignedEntry{entry}, Role: schema.RoleOwner,
		NewHead: schema.RosterHead{Seq: 1, Hash: entry.Hash()}, Circles: []CircleRow{{Circle: circle, Epoch: 1}},
		MemberUpserts: []Member{{User: user, Role: schema.RoleOwner}}, CircleJoins: []CircleUser{{Circle: circle, User: user}}}); err != nil {
		t.Fatal(err)
	}
	c := &committer{store: s, cache: newCache(), sql: s.committers[0].sql}
	appends := func(presumed bool, items ...schema.AppendItem) *appendRequest {
		t.Helper()
		r := &appendRequest{ctx: t.Context(), batch: &AppendBatch{Workspace: ws, Author: user, Items: items, Now: time.Now},
			digests: make([]schema.Hash, len(items)), results: make([]schema.AppendResult, len(items)), held: make([]bool, len(items))}
		for i := range items {
			r.items = append(r.items, i)
		}
		committed, done, err := c.commitPresumed(t.Context(), []*appendRequest{r})
		if err != nil || done != presumed {
			t.Fatalf("presumed: %v, %v, want %v", done, err, presumed)
		}
		if !done {
			if len(committed) != 0 {
				t.Errorf("%d events were committed by a commit that was not done", len(committed))
			}
			if _, err := c.commitExamined(t.Context(), []*appendRequest{r}); err != nil {
				t.Fatal(err)
			}
		}
		return r
	}
	item := func() schema.AppendItem {
		return schema.AppendItem{Circle: circle, Stream: stream, ID: schema.NewEventID(), Epoch: 1, Ciphertext: []byte{1}}
	}
	first := item()
	appends(false, first)  // nothing is remembered
	appends(false, item()) // as remembered
	appends(true, item())
	appends(true, item(), item())

	// A change elsewhere.
	if err := s.EraseEvent(t.Context(), ws, stream, 1); err != nil {
		t.Fatal(err)
	}
	appends(false, item())
	appends(false, item())
	appends(true, item())

	// An id that was used.
	if r := appends(false, first, item()); r.results[0].Seq != 1 || r.results[1].Seq != 9 {
		t.Errorf("results %+v, want sequences 1 and 9", r.results)
	}
	// What was refused, or sent again, may well come again.
	appends(false, first)
	appends(false, item())
	appends(true, item())
	stale := item()
	stale.Epoch = 2
	appends(false, stale)
	appends(false, stale)
	appends(false, item())
	appends(true, item())

	// An account above its quota.
	s.SetQuotas(0, 1)
	if r := appends(false, item()); r.results[0].Error == nil || r.results[0].Error.Code != schema.CodeQuotaExceeded {
		t.Errorf("result %+v", r.results[0])
	}
	var events, head int64
	if err := s.reader.QueryRowContext(t.Context(), "SELECT (SELECT count(*) FROM event WHERE workspace = $1), (SELECT head_seq FROM stream WHERE workspace = $1)",
		ws[:]).Scan(&events, &head); err != nil || events != head {
		t.Errorf("%d events and a head at %d, %v", events, head, err)
	}
}
