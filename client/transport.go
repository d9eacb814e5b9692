package client

import (
	"context"
	"time"
)

// Transport is what the engine needs of the network: requests and one live
// connection to one server. An implementation adds nothing to trust: all that
// comes out of it is checked. It must be safe for concurrent use.
type Transport interface {
	// Do performs one request and returns the body of a successful answer, of at
	// most MaxResponse octets. Every failure is a *schema.Error: the server's own,
	// or CodeOffline when the server cannot be reached. Do never retries.
	Do(ctx context.Context, r Request) ([]byte, error)
	// Live opens the live connection, without the Hello.
	Live(ctx context.Context) (LiveConn, error)
}

// Request is one request to the server. Path begins with a slash and may have a
// query of ids and numbers; Token never becomes part of a URL.
type Request struct {
	Method      string
	Path        string
	Token       string
	Body        []byte
	MaxResponse int64
}

// LiveConn carries frames of schema.Frame, encoded. Send and Receive may be
// called from one goroutine each; Close ends both.
type LiveConn interface {
	Send(ctx context.Context, frame []byte) error
	Receive(ctx context.Context) ([]byte, error)
	Close() error
}

// Clock tells the time. It is never trusted for order, only shown and compared
// with generous margins.
type Clock interface {
	Now() time.Time
	// After sends once after d, or when ctx ends.
	After(ctx context.Context, d time.Duration) <-chan time.Time
}

// SystemClock is the clock of this machine.
type SystemClock struct{}

// Now implements [Clock].
func (SystemClock) Now() time.Time { return time.Now() }

// After implements [Clock].
func (SystemClock) After(ctx context.Context, d time.Duration) <-chan time.Time {
	out := make(chan time.Time, 1)
	timer := time.AfterFunc(d, func() { out <- time.Now() })
	context.AfterFunc(ctx, func() {
		if timer.Stop() {
			out <- time.Now()
		}
	})
	return out
}
