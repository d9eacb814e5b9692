package hostile

import (
	"context"
	"sync"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// OnFrame lets fn change each frame that the server pushes; a frame for which it
// returns false is dropped.
func (t *Transport) OnFrame(fn func(*schema.Frame) bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.frame = fn
}

// Inject pushes a frame that the server never sent. It reports false while no
// live connection is open.
func (t *Transport) Inject(ctx context.Context, f schema.Frame) bool {
	t.mu.Lock()
	conn := t.conn
	t.mu.Unlock()
	if conn == nil {
		return false
	}
	select {
	case conn.frames <- received{frame: schema.MustMarshal(f)}:
		return true
	case <-conn.done:
	case <-ctx.Done():
	}
	return false
}

type received struct {
	frame []byte
	err   error
}

// liveConn passes frames on. Its pump goroutine ends with Close, which waits for it.
type liveConn struct {
	client.LiveConn
	t      *Transport
	frames chan received
	done   chan struct{}
	pumped sync.WaitGroup
}

// Live implements [client.Transport].
func (t *Transport) Live(ctx context.Context) (client.LiveConn, error) {
	honest, err := t.honest.Live(ctx)
	if err != nil {
		return nil, err
	}
	pumpCtx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c := &liveConn{LiveConn: honest, t: t, frames: make(chan received), done: make(chan struct{})}
	c.pumped.Go(func() {
		defer cancel()
		c.pump(pumpCtx)
	})
	t.mu.Lock()
	t.conn = c
	t.mu.Unlock()
	return c, nil
}

func (c *liveConn) pump(ctx context.Context) {
	for {
		b, err := c.LiveConn.Receive(ctx)
		if err == nil {
			if b = c.t.twist(b); b == nil {
				continue
			}
		}
		select {
		case c.frames <- received{b, err}:
		case <-c.done:
			return
		}
		if err != nil {
			return
		}
	}
}

// twist applies OnFrame to an encoded frame; nil drops it.
func (t *Transport) twist(b []byte) []byte {
	t.mu.Lock()
	fn := t.frame
	t.mu.Unlock()
	var f schema.Frame
	if fn == nil || schema.Unmarshal(b, &f) != nil {
		return b
	}
	if !fn(&f) {
		return nil
	}
	return schema.MustMarshal(f)
}

// Receive implements [client.LiveConn].
func (c *liveConn) Receive(ctx context.Context) ([]byte, error) {
	select {
	case r := <-c.frames:
		return r.frame, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Close implements [client.LiveConn].
func (c *liveConn) Close() error {
	c.t.mu.Lock()
	if c.t.conn == c {
		c.t.conn = nil
	}
	c.t.mu.Unlock()
	close(c.done)
	err := c.LiveConn.Close()
	c.pumped.Wait()
	return err
}
