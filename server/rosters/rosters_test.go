package rosters_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/rosters"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// fakeLog keeps rosters in memory and counts what is read.
type fakeLog struct {
	mu      sync.Mutex
	entries map[schema.WorkspaceID][]schema.SignedEntry
	pages   int
	fail    error
}

func (l *fakeLog) RosterHead(_ context.Context, w schema.WorkspaceID) (schema.RosterHead, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.entries[w]
	if len(all) == 0 {
		return schema.RosterHead{}, schema.Errorf(schema.CodeNotFound, "")
	}
	return schema.RosterHead{Seq: uint64(len(all)), Hash: all[len(all)-1].Hash()}, nil
}

func (l *fakeLog) RosterPage(ctx context.Context, w schema.WorkspaceID, after uint64, _, _ int) ([]schema.SignedEntry, schema.RosterHead, error) {
	head, err := l.RosterHead(ctx, w)
	l.mu.Lock()
	defer l.mu.Unlock()
	if err == nil {
		err = l.fail
	}
	l.pages++
	all := l.entries[w]
	// Two at a time, so that there is more than one page.
	return all[min(after, uint64(len(all))):min(after+2, uint64(len(all)))], head, err
}

// founder makes rosters.
type founder struct {
	t   *testing.T
	log *fakeLog
	id  *identity.Identity
	dev *identity.Device
}

func newFounder(t *testing.T) *founder {
	t.Helper()
	id, err := identity.New(schema.NewUserID(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	dev, err := id.AddDevice(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return &founder{t, &fakeLog{entries: make(map[schema.WorkspaceID][]schema.SignedEntry)}, id, dev}
}

// add appends an entry to the log and to the state.
func (f *founder) add(s *roster.State, kind schema.RosterKind, body any) {
	f.t.Helper()
	b := schema.MustMarshal(schema.RosterEntry{
		Purpose: schema.PurposeRoster, Workspace: s.Workspace(), Seq: s.Head().Seq + 1, Prev: s.Head().Hash,
		Author: f.id.Certificate().User(), Device: f.dev.ID(), At: time.Now().UnixMilli(), Kind: kind, Body: schema.MustMarshal(body),
	})
	e := schema.SignedEntry{Entry: b, Signature: f.dev.Sign(b)}
	if err := s.Apply(e); err != nil {
		f.t.Fatal(err)
	}
	f.log.mu.Lock()
	defer f.log.mu.Unlock()
	f.log.entries[s.Workspace()] = append(f.log.entries[s.Workspace()], e)
}

func (f *founder) circle(s *roster.State) {
	f.t.Helper()
	id := schema.NewCircleID()
	f.add(s, schema.RosterCircle, schema.CircleBody{Circle: id})
	f.epoch(s, id)
}

func (f *founder) epoch(s *roster.State, c schema.CircleID) {
	f.t.Helper()
	b := schema.EpochBody{Circle: c, Epoch: 1, Commitment: sha256.Sum256([]byte("a secret"))}
	for _, k := range s.Recipients(c) {
		p := append(make([]byte, 0, cert.KeyPacketSize), 0xC1, (cert.KeyPacketSize-3-192)>>8+192, (cert.KeyPacketSize-3-192)&0xFF, 6, 33, 6)
		p = append(append(p, k.Fingerprint[:]...), 35)
		p = append(p, make([]byte, cert.KeyPacketSize-len(p))...)
		p[cert.KeyPacketSize-41] = 40
		p[len(p)-1] = 1
		b.Packets = append(b.Packets, p)
	}
	f.add(s, schema.RosterEpoch, b)
}

func (f *founder) found() *roster.State {
	f.t.Helper()
	s := roster.New(schema.NewWorkspaceID())
	c := schema.NewCircleID()
	f.add(s, schema.RosterGenesis, schema.GenesisBody{Certificate: f.id.Certificate().Bytes(), Everyone: c})
	f.epoch(s, c)
	return s
}

func TestStatesFollowTheLog(t *testing.T) {
	f := newFounder(t)
	s := f.found()
	f.circle(s)
	c := rosters.New(f.log, 100)
	m, err := c.Members(t.Context(), s.Workspace())
	if err != nil {
		t.Fatal(err)
	}
	user := f.id.Certificate().User()
	if m.Head != s.Head() || len(m.Circles[user]) != 2 || m.Epochs[s.Everyone()] != 1 {
		t.Fatalf("%+v", m)
	}
	read := f.log.pages
	if again, err := c.Members(t.Context(), s.Workspace()); err != nil || again != m || f.log.pages != read {
		t.Fatalf("read again: %d pages, %v", f.log.pages, err)
	}
	f.circle(s) // another node's change
	got, err := c.Clone(t.Context(), s.Workspace())
	if err != nil || got.Head() != s.Head() {
		t.Fatalf("at %v, %v", got, err)
	}
	if f.log.pages != read+1 {
		t.Fatalf("%d pages for what is new", f.log.pages-read)
	}
}

func TestPutSparesReading(t *testing.T) {
	f := newFounder(t)
	s := f.found()
	c := rosters.New(f.log, 100)
	c.Put(s.Clone())
	if got, err := c.Clone(t.Context(), s.Workspace()); err != nil || got.Head() != s.Head() || f.log.pages != 0 {
		t.Fatalf("%d pages, %v", f.log.pages, err)
	}
	old := s.Clone()
	f.circle(s)
	c.Put(s.Clone())
	c.Put(old) // late
	if got, err := c.Clone(t.Context(), s.Workspace()); err != nil || got.Head() != s.Head() || f.log.pages != 0 {
		t.Fatalf("%d pages, %v", f.log.pages, err)
	}
}

func TestClonesAreTheCallers(t *testing.T) {
	f := newFounder(t)
	s := f.found()
	c := rosters.New(f.log, 100)
	mine, err := c.Clone(t.Context(), s.Workspace())
	if err != nil {
		t.Fatal(err)
	}
	head := mine.Head()
	other := newFounder(t)
	other.log, other.id, other.dev = &fakeLog{entries: make(map[schema.WorkspaceID][]schema.SignedEntry)}, f.id, f.dev
	other.circle(mine) // never stored
	got, err := c.Clone(t.Context(), s.Workspace())
	if err != nil || got.Head() != head {
		t.Fatalf("a change that was not stored shows: %v", err)
	}
}

func TestARestoredDatabaseIsReadAnew(t *testing.T) {
	f := newFounder(t)
	s := f.found()
	short := s.Clone()
	f.circle(s)
	c := rosters.New(f.log, 100)
	if _, err := c.Clone(t.Context(), s.Workspace()); err != nil {
		t.Fatal(err)
	}
	// The log is as it was before the last change, and goes on differently.
	f.log.entries[s.Workspace()] = f.log.entries[s.Workspace()][:2]
	if got, err := c.Clone(t.Context(), s.Workspace()); err != nil || got.Head() != short.Head() {
		t.Fatalf("shorter: %v", err)
	}
	c.Put(s)
	f.circle(short)
	f.circle(short)
	if got, err := c.Clone(t.Context(), s.Workspace()); err != nil || got.Head() != short.Head() {
		t.Fatalf("another continuation: %v", err)
	}
}

func TestErrorsLeaveNothingBehind(t *testing.T) {
	f := newFounder(t)
	s := f.found()
	c := rosters.New(f.log, 3)
	for range 10 {
		if _, err := c.Clone(t.Context(), schema.NewWorkspaceID()); !schema.HasCode(err, schema.CodeNotFound) {
			t.Fatalf("an unknown workspace: %v", err)
		}
	}
	down := errors.New("down")
	f.log.fail = down
	if _, err := c.Clone(t.Context(), s.Workspace()); !errors.Is(err, down) {
		t.Fatalf("err = %v", err)
	}
	f.log.fail = nil
	if _, err := c.Clone(t.Context(), s.Workspace()); err != nil {
		t.Fatal(err)
	}
}

func TestWeightIsBounded(t *testing.T) {
	f := newFounder(t)
	c := rosters.New(f.log, 7) // two states of 3
	var all []*roster.State
	for range 5 {
		s := f.found()
		all = append(all, s)
		if _, err := c.Clone(t.Context(), s.Workspace()); err != nil {
			t.Fatal(err)
		}
	}
	reads := func(s *roster.State) bool {
		before := f.log.pages
		if _, err := c.Clone(t.Context(), s.Workspace()); err != nil {
			t.Fatal(err)
		}
		return f.log.pages > before
	}
	if reads(all[4]) || reads(all[3]) {
		t.Error("a recent state was dropped")
	}
	if !reads(all[0]) {
		t.Error("an old state was kept")
	}
}
