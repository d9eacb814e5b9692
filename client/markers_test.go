package client_test

import (
	"context"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/schema"
)

func (tm *team) unread(a *actor) (unread, mentions int, partial bool) {
	tm.t.Helper()
	c, err := a.In(tm.id).Unread(tm.ctx(), tm.general)
	if err != nil {
		tm.t.Fatal(err)
	}
	return c.Unread, c.Mentions, c.Partial
}

func (tm *team) mark(a *actor, seq uint64) {
	tm.t.Helper()
	if err := a.In(tm.id).MarkRead(tm.ctx(), tm.general, seq); err != nil {
		tm.t.Fatal(err)
	}
}

func outbox(t *testing.T, a *actor) int {
	t.Helper()
	n := 0
	err := a.Store().View(clienttest.Context(t), func(r store.Reader) error {
		return r.Scan([]byte("x"), nil, false, func(_, _ []byte) (bool, error) { n++; return true, nil })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Reading moves the marker once, and never beyond what there is.
func TestReadMarkerMovesOnce(t *testing.T) {
	tm := newTeam(t)
	last := tm.alice.Post(tm.id, "general", "hello @Bob").Seq
	tm.bob.Sync()
	if unread, mentions, partial := tm.unread(tm.bob); unread != 2 || mentions != 1 || partial {
		t.Fatalf("Bob has %d unread, %d mentions", unread, mentions)
	}
	since := len(tm.bob.net.Calls())
	tm.mark(tm.bob, last)
	if unread, _, _ := tm.unread(tm.bob); unread != 0 {
		t.Errorf("%d are unread after reading", unread)
	}
	if writes(tm.bob, since) == 0 {
		t.Error("the marker was not sent")
	}
	since = len(tm.bob.net.Calls())
	tm.mark(tm.bob, last)
	tm.mark(tm.bob, 1)
	tm.mark(tm.bob, last+1000)
	if n := writes(tm.bob, since); n != 0 {
		t.Errorf("%d writes although nothing has changed", n)
	}
	tm.alice.Post(tm.id, "general", "one more")
	tm.bob.Sync()
	if unread, _, _ := tm.unread(tm.bob); unread != 1 {
		t.Errorf("%d are unread, want 1", unread)
	}
}

func writes(a *actor, since int) (n int) {
	for _, q := range a.net.Calls()[since:] {
		if q.Method == "POST" && strings.HasSuffix(q.Path, "/events") {
			n++
		}
	}
	return n
}

// down is a network that reaches nobody.
type down struct{ client.Transport }

func (down) Do(context.Context, client.Request) ([]byte, error) {
	return nil, schema.Errorf(schema.CodeOffline, "down")
}

// Without the server reading works, the marker waits, and only the newest one does.
func TestReadMarkerWaits(t *testing.T) {
	tm := newTeam(t)
	honest := tm.bob.Options.Transport
	var seqs []uint64
	for _, text := range []string{"one", "two", "three"} {
		seqs = append(seqs, tm.alice.Post(tm.id, "general", text).Seq)
	}
	tm.bob.Sync()
	tm.bob.Options.Transport = down{honest}
	tm.bob.Restart()
	for _, seq := range seqs {
		tm.mark(tm.bob, seq)
		tm.mark(tm.bob, seq)
	}
	if n := outbox(t, tm.bob); n != 1 {
		t.Errorf("%d changes wait, want 1", n)
	}
	if st, err := tm.bob.Status(tm.ctx()); err != nil || st.Outbox != 0 {
		t.Errorf("%d changes of Bob's wait, want none (%v)", st.Outbox, err)
	}
	if unread, _, _ := tm.unread(tm.bob); unread != 0 {
		t.Errorf("%d are unread after reading", unread)
	}
	tm.bob.Options.Transport = honest
	tm.bob.Restart()
	tm.bob.Sync()
	if unread, _, _ := tm.unread(tm.bob); unread != 0 || outbox(t, tm.bob) != 0 {
		t.Errorf("%d are unread, %d changes wait", unread, outbox(t, tm.bob))
	}
}

// Counting what is unread looks at a bounded number of events.
func TestUnreadIsBounded(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.alice)
	for range client.MaxUnread/50 + 1 {
		var items []schema.AppendItem
		for range 50 {
			items = append(items, in.message("again"))
		}
		in.post(items...)
	}
	tm.bob.Sync()
	if unread, _, partial := tm.unread(tm.bob); unread != client.MaxUnread || !partial {
		t.Errorf("%d are unread, partial %v", unread, partial)
	}
}

// A mention is stored as an id: of a name with spaces, and of whom a UI chose.
func TestMentionsOfFullNames(t *testing.T) {
	tm := newTeam(t)
	carol := tm.join("Carol de la Tour", client.InviteOptions{})
	w := tm.alice.In(tm.id)
	sent, err := w.Post(tm.ctx(), tm.general, `hello @"carol de la tour"`, client.PostOptions{Mentions: []schema.UserID{tm.bob.Engine.User(), tm.bob.Engine.User()}})
	if err != nil {
		t.Fatal(err)
	}
	tm.bob.Sync()
	got := tm.bob.Read(tm.id, "general")
	m := got[len(got)-1]
	if len(m.Mentions) != 2 || !m.MentionsUser(carol.Engine.User()) || !m.MentionsUser(tm.bob.Engine.User()) {
		t.Errorf("mentioned are %v", m.Mentions)
	}
	if _, err := w.Edit(tm.ctx(), tm.general, sent.ID, "nobody", carol.Engine.User()); err != nil {
		t.Fatal(err)
	}
	tm.bob.Sync()
	got = tm.bob.Read(tm.id, "general")
	if m := got[len(got)-1]; len(m.Mentions) != 1 || !m.MentionsUser(carol.Engine.User()) {
		t.Errorf("mentioned after the edit are %v", m.Mentions)
	}
	_, err = w.Post(tm.ctx(), tm.general, "hello", client.PostOptions{Mentions: []schema.UserID{schema.NewUserID()}})
	clienttest.ExpectCode(t, err, schema.CodeNotFound)
}
