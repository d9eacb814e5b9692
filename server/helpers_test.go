package server_test

import (
	"net/http"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// loopback lets tests choose the address that they come from.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// from performs a request through a proxy that names the client's address.
func (w *world) from(address, method, path string, in any) error {
	w.t.Helper()
	status, _, b := w.raw(method, path, "", schema.MustMarshal(in), http.Header{"X-Forwarded-For": {address}})
	if status < 300 {
		return nil
	}
	var e schema.WireError
	if err := schema.Unmarshal(b, &e); err != nil {
		w.t.Fatal(err)
	}
	return &schema.Error{Code: e.Code, Detail: e.Detail, RetryAfter: time.Duration(e.RetryAfterMS) * time.Millisecond}
}

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock { return &clock{t: time.Now()} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// until waits for a condition, polling, with a deadline.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("timed out waiting until %s", what)
		case <-tick.C:
		}
	}
}
