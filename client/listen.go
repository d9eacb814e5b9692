package client

import (
	"context"
	"sync"

	"github.com/cenacle-team/cenacle/schema"
)

// Change says what has changed, so that whoever shows it reads it again. One that
// says nothing is about this device: whether it is online, and what the server lets
// it do.
type Change struct {
	Workspace schema.WorkspaceID
	// Stream is set when events From to To of a stream were verified.
	Stream   schema.StreamID
	From, To uint64
	// Roster is set when the membership changed.
	Roster bool
	// Signal is set when a member signalled something that is not stored.
	Signal *Signal
	// Misbehaviour is set when the server was caught.
	Misbehaviour *Misbehaviour
	// Finding is set when something was detected for the first time, misbehaviour
	// included.
	Finding *Finding
	// Lost is set alone when the listener was too slow: read everything again.
	Lost bool
}

// listeners fans changes out without ever waiting for a slow one.
type listeners struct {
	mu  sync.Mutex
	all map[*Listener]struct{}
}

// maxPendingChanges bounds what is kept for a slow listener.
const maxPendingChanges = 4096

// Listener receives changes. It must be closed.
type Listener struct {
	parent  *listeners
	mu      sync.Mutex
	pending []Change
	wake    chan struct{}
}

// Listen starts to collect changes.
func (e *Engine) Listen() *Listener {
	l := &Listener{parent: &e.listeners, wake: make(chan struct{}, 1)}
	e.listeners.mu.Lock()
	defer e.listeners.mu.Unlock()
	if e.listeners.all == nil {
		e.listeners.all = map[*Listener]struct{}{}
	}
	e.listeners.all[l] = struct{}{}
	return l
}

// Next waits for changes and returns all that have come.
func (l *Listener) Next(ctx context.Context) ([]Change, error) {
	for {
		l.mu.Lock()
		out := l.pending
		l.pending = nil
		l.mu.Unlock()
		if len(out) > 0 {
			return out, nil
		}
		select {
		case <-l.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close ends the listener.
func (l *Listener) Close() {
	l.parent.mu.Lock()
	defer l.parent.mu.Unlock()
	delete(l.parent.all, l)
}

func (ls *listeners) notify(c Change) {
	ls.mu.Lock()
	defer ls.mu.Unlock()
	for l := range ls.all {
		l.mu.Lock()
		if len(l.pending) >= maxPendingChanges {
			l.pending = []Change{{Lost: true}}
		}
		l.pending = append(l.pending, c)
		l.mu.Unlock()
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}
