package client_test

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
)

// flaky is a network on which appends fail in a chosen way.
type flaky struct {
	client.Transport
	// before fails appends without sending them; after sends them and loses the
	// answer.
	before, after atomic.Pointer[schema.Error]
}

func (f *flaky) Do(ctx context.Context, r client.Request) ([]byte, error) {
	if r.Method != "POST" || !strings.HasSuffix(r.Path, "/events") {
		return f.Transport.Do(ctx, r)
	}
	if err := f.before.Load(); err != nil {
		return nil, err
	}
	b, err := f.Transport.Do(ctx, r)
	if lost := f.after.Load(); lost != nil {
		return nil, lost
	}
	return b, err
}

func withFlaky(u *clienttest.User) *flaky {
	f := &flaky{Transport: u.Options.Transport}
	u.Options.Transport = f
	u.Restart()
	return f
}

// A server that cannot store anything can still be read.
func TestReadingGoesOnWhenNothingCanBeStored(t *testing.T) {
	_, id, alice, bob, _ := trio(t)
	f := withFlaky(bob)
	f.before.Store(schema.Errorf(schema.CodeReadOnly, "disk full"))
	if sent := bob.Post(id, "general", "later"); !sent.Queued() {
		t.Fatal("acknowledged by a server that is read-only")
	}
	alice.Post(id, "general", "now")
	bob.Expect(id, "general", "now")
	f.before.Store(nil)
	bob.Sync()
	alice.Expect(id, "general", "now | later")
}

// A lost answer is asked for again, and its number is never used twice: not even
// when the second attempt is refused for good.
func TestLostAnswerThenRefusal(t *testing.T) {
	_, id, alice, bob, carol := trio(t)
	ctx := clienttest.Context(t)
	if _, err := alice.In(id).CreateChannel(ctx, "board", client.ChannelOptions{
		Private: true, Members: []schema.UserID{bob.User(), carol.User()},
	}); err != nil {
		t.Fatal(err)
	}
	bob.Sync()
	board := alice.Channel(id, "board")
	f := withFlaky(bob)
	f.after.Store(schema.Errorf(schema.CodeOffline, "the answer is lost"))
	if sent := bob.Post(id, "board", "stored all the same"); !sent.Queued() {
		t.Fatal("an answer arrived")
	}
	f.after.Store(nil)
	if err := alice.In(id).RemoveFromChannel(ctx, board, bob.User()); err != nil {
		t.Fatal(err)
	}
	bob.Sync() // the retry is refused: Bob is not in the circle
	alice.Sync()
	if err := alice.In(id).AddToChannel(ctx, board, bob.User(), false); err != nil {
		t.Fatal(err)
	}
	bob.Sync()
	bob.Post(id, "board", "next")
	for _, u := range []*clienttest.User{alice, bob} {
		u.Expect(id, "board", "stored all the same | next")
	}
}

// What failed before the user's eyes does not go out later behind their back.
func TestRefusedMessageIsNotSentLater(t *testing.T) {
	c, id, alice, bob, _ := trio(t)
	ctx := clienttest.Context(t)
	laptop := c.Device(bob, 0, nil)
	tablet := c.Device(bob, 0, nil)
	if _, err := bob.RevokeDevice(ctx, clienttest.Passphrase, tablet.Device()); err != nil {
		t.Fatal(err)
	}
	if err := laptop.In(id).Sync(ctx); err != nil {
		t.Fatal(err)
	}
	_, err := laptop.In(id).Post(ctx, laptop.Channel(id, "general"), "with old keys", client.PostOptions{})
	clienttest.ExpectCode(t, err, schema.CodeKeysReplaced)
	if s, err := laptop.Status(ctx); err != nil || s.Outbox != 0 {
		t.Fatalf("%d wait, %v; want none", s.Outbox, err)
	}
	// Signing in again with the new account key brings the laptop back.
	p, err := client.SignIn(ctx, laptop.Options, client.SignInOptions{
		Handle: bob.Handle, Passphrase: clienttest.Passphrase, AccountKey: bob.Engine.Profile().AccountKey, Profile: laptop.Profile,
	})
	if err != nil {
		t.Fatal(err)
	}
	laptop.Profile = p
	laptop.Restart()
	laptop.Sync()
	laptop.Post(id, "general", "with new keys")
	alice.Expect(id, "general", "with new keys")
}

// What waited and is refused for good behind the user's back is remembered.
func TestRefusalOfWhatWaitedIsRemembered(t *testing.T) {
	_, id, alice, bob, carol := trio(t)
	ctx := clienttest.Context(t)
	if _, err := alice.In(id).CreateChannel(ctx, "board", client.ChannelOptions{
		Private: true, Members: []schema.UserID{bob.User(), carol.User()},
	}); err != nil {
		t.Fatal(err)
	}
	bob.Sync()
	f := withFlaky(bob)
	f.before.Store(schema.Errorf(schema.CodeOffline, "no network"))
	if sent := bob.Post(id, "board", "too late"); !sent.Queued() {
		t.Fatal("an answer arrived")
	}
	if err := alice.In(id).RemoveFromChannel(ctx, alice.Channel(id, "board"), bob.User()); err != nil {
		t.Fatal(err)
	}
	f.before.Store(nil)
	bob.Sync()
	if s, err := bob.Status(ctx); err != nil || s.Outbox != 0 {
		t.Fatalf("%d wait, %v", s.Outbox, err)
	}
	if !slices.ContainsFunc(bob.Engine.Findings(ctx), func(f client.Finding) bool {
		return f.Code == client.FoundQueuedRefused && f.Facts.Cause == schema.CodeNotFound
	}) {
		t.Error("a message is gone without a word")
	}
}
