package main

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/server"
)

// clock is a client.Clock whose waits end when the test says so.
type clock struct {
	mu    sync.Mutex
	waits map[time.Duration]chan time.Time
}

func (c *clock) Now() time.Time { return time.Now() }

func (c *clock) After(_ context.Context, d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits[d] = make(chan time.Time, 1)
	return c.waits[d]
}

// ring ends a wait, once there is one.
func (c *clock) ring(d time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waits[d] == nil {
		return false
	}
	c.waits[d] <- time.Now()
	return true
}

func TestBotAnswers(t *testing.T) {
	c := clienttest.Start(t, 1, server.Options{})
	alice, robot := c.SignUp("Alice", 0), c.SignUp("Bot", 0)
	id := alice.Create("Aurore").ID()
	robot.Join(alice.Invite(alice.In(id), client.InviteOptions{}))
	alice.Post(id, "general", "!echo this is history")
	robot.Sync()

	times := &clock{waits: map[time.Duration]chan time.Time{}}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- newBot(robot.Engine, times, slog.New(slog.DiscardHandler)).run(ctx) }()
	clienttest.Eventually(t, "the bot is online", func() bool {
		s, err := robot.Status(ctx)
		return err == nil && s.Online
	})

	expect := func(want ...string) {
		t.Helper()
		clienttest.Eventually(t, "the bot has answered: "+strings.Join(want, " | "), func() bool {
			alice.Sync()
			return alice.Texts(id, "general") == strings.Join(append([]string{"!echo this is history"}, want...), " | ")
		})
	}
	said := []string{"!echo hello", "hello"}
	alice.Post(id, "general", "!echo hello")
	expect(said...)
	alice.Post(id, "general", "not for the bot")
	alice.Post(id, "general", "!remind soon x")
	said = append(said, "not for the bot", "!remind soon x", "Write: !remind 10m what to remember (at most 24h)")
	expect(said...)
	alice.Post(id, "general", "!remind 10m drink water")
	said = append(said, "!remind 10m drink water", "I will.")
	expect(said...)
	clienttest.Eventually(t, "the reminder waits", func() bool { return times.ring(10 * time.Minute) })
	expect(append(said, "drink water")...)

	stop()
	select {
	case err := <-done:
		if err != nil {
			t.Fatalf("the bot ended with %v", err)
		}
	case <-time.After(clienttest.Patience):
		t.Fatal("the bot did not end")
	}
}

func TestBotNeedsAProfile(t *testing.T) {
	err := run(context.Background(), t.TempDir(), "some passphrase", slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "no profile") {
		t.Fatalf("an empty home: %v", err)
	}
}
