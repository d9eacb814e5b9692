package client

import (
	"bytes"
	"fmt"
	"sync"

	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
)

// Close locks the engine: it zeroes the keys that it holds (the device's, the
// encryption subkeys, the secrets of epochs, the profile with the store's key),
// lets go of everything that was decrypted, and releases the store. It waits for
// what changes state at the moment and lets nothing of that begin any more, so
// that no event is judged with half of the keys gone; cancel the contexts of
// [Engine.Follow] and other calls first. Later calls fail or find nothing.
//
// Zeroed are the octets that this program owns. Go cannot reach the rest: texts
// are immutable (messages, the account key), copies are left on stacks and in
// the memory of other packages (package identity's comment names them), and all
// of that lasts until the garbage collector hands the memory out again or the
// process ends. A program that locks should therefore end, as the browser's
// worker does.
func (e *Engine) Close() error {
	if !e.work.shut() {
		return nil
	}
	e.device.Wipe()
	e.profileMu.Lock()
	for _, k := range e.retired {
		k.Wipe()
	}
	e.keys.Wipe()
	e.profile.Wipe()
	e.profileMu.Unlock()
	e.sessionMu.Lock()
	e.session = schema.Session{}
	e.sessionMu.Unlock()
	for _, w := range e.allWorkspaces() {
		w.forget()
	}
	e.mu.Lock()
	e.workspaces = map[schema.WorkspaceID]*Workspace{}
	e.mu.Unlock()
	return e.opt.Store.Close()
}

// forget zeroes the secrets of the workspace's circles and lets go of what was
// decrypted. Its roster, which the server knows too, stays.
func (w *Workspace) forget() {
	w.mu.Lock()
	for _, circles := range []map[schema.CircleID]*circle{w.circles, w.left} {
		for _, c := range circles {
			c.wipe()
		}
	}
	w.circles, w.left = map[schema.CircleID]*circle{}, map[schema.CircleID]*circle{}
	w.streams, w.settings = map[schema.StreamID]*stream{}, nil
	w.mu.Unlock()
	x := &w.searcher
	x.mu.Lock()
	defer x.mu.Unlock()
	x.index, x.seen, x.head = nil, nil, nil
}

func (c *circle) wipe() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.secrets {
		s.Zero()
	}
	c.secrets = map[uint64]seal.EpochSecret{}
}

// Wipe zeroes the secrets of a profile that is not needed any more. The account
// key is a text, which Go cannot zero: it is let go.
func (p *Profile) Wipe() {
	for _, b := range []*[]byte{&p.Device, &p.Keys, &p.StoreKey, &p.Pending} {
		clear(*b)
		*b = nil
	}
	p.AccountKey = ""
}

// clone shares no octets with the profile, so that each owner may wipe its own.
func (p *Profile) clone() Profile {
	c := *p
	for _, b := range []*[]byte{&c.Device, &c.Keys, &c.Certificate, &c.StoreKey, &c.Pending} {
		*b = bytes.Clone(*b)
	}
	return c
}

// Format implements fmt.Formatter, so that no verb reaches the engine's secrets.
func (e *Engine) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "engine of %s [secret]", e.user) }

// work counts what changes state, until it is shut. The zero value is open.
type work struct {
	mu     sync.Mutex
	inside int
	closed bool
	idle   chan struct{} // closed when the last one has left; nil while open
}

// enter begins some work; the caller calls the returned function at its end.
func (w *work) enter() (leave func(), err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil, schema.Errorf(schema.CodeUnauthenticated, "the engine is locked")
	}
	w.inside++
	return w.leave, nil
}

func (w *work) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.inside--; w.inside == 0 && w.closed {
		close(w.idle)
	}
}

// shut lets nobody enter any more and waits for those inside. It returns false
// when it was called before.
func (w *work) shut() bool {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return false
	}
	w.closed, w.idle = true, make(chan struct{})
	if w.inside == 0 {
		close(w.idle)
	}
	w.mu.Unlock()
	<-w.idle
	return true
}
