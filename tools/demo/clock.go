package main

import (
	"context"
	"sync"
	"time"
)

// clock is the one that server and clients share while the demonstration is made: it
// goes through two weeks in seconds, and never beyond the present.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now implements client.Clock.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// After implements client.Clock; only what follows a server live waits by it, and
// nobody does here.
func (c *clock) After(ctx context.Context, d time.Duration) <-chan time.Time {
	out := make(chan time.Time, 1)
	stop := time.AfterFunc(d, func() { out <- c.Now() })
	context.AfterFunc(ctx, func() { stop.Stop() })
	return out
}

// set moves the clock on; it never goes back.
func (c *clock) set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.After(c.now) {
		c.now = t
	}
}

func (c *clock) pass(d time.Duration) { c.set(c.Now().Add(d)) }
