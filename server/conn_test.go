package server_test

import (
	"errors"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/schema"
)

// conn is a live connection.
type conn struct {
	t  testing.TB
	ws *websocket.Conn
}

// dial opens a live connection, without Hello.
func (w *world) dial() *conn {
	w.t.Helper()
	c, resp, err := websocket.DefaultDialer.Dial("ws"+w.base[len("http"):]+"/v1/live", nil)
	if err != nil {
		w.t.Fatalf("dial: %v (%v)", err, resp)
	}
	w.t.Cleanup(func() { c.Close() })
	return &conn{w.t, c}
}

// connect opens a live connection and says Hello.
func (p *person) connect() *conn {
	p.w.t.Helper()
	c := p.w.dial()
	c.send(schema.Frame{Hello: &schema.Hello{Version: schema.Version, Token: p.token}})
	if f := c.next(); f.Welcome == nil {
		p.w.t.Fatalf("no Welcome: %+v", f.Error)
	}
	return c
}

// follow subscribes and returns the heads.
func (c *conn) follow(w schema.WorkspaceID) schema.WorkspaceHeads {
	c.t.Helper()
	c.send(schema.Frame{Subscribe: &schema.Subscribe{Workspace: w}})
	f := c.next()
	if f.Heads == nil {
		c.t.Fatalf("no Heads: %+v", f.Error)
	}
	return f.Heads.Heads
}

func (c *conn) send(f schema.Frame) {
	c.t.Helper()
	if err := c.ws.WriteMessage(websocket.BinaryMessage, schema.MustMarshal(f)); err != nil {
		c.t.Fatalf("send: %v", err)
	}
}

// read returns the next frame or the error that ended the connection.
func (c *conn) read() (f schema.Frame, err error) {
	c.t.Helper()
	if err := c.ws.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		c.t.Fatal(err)
	}
	_, b, err := c.ws.ReadMessage()
	if err != nil {
		return f, err
	}
	if err := schema.Unmarshal(b, &f); err != nil {
		c.t.Fatalf("a malformed frame: %v", err)
	}
	return f, nil
}

func (c *conn) next() schema.Frame {
	c.t.Helper()
	f, err := c.read()
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	return f
}

// quiet checks that nothing was pushed: what was sent before comes before Pong.
func (c *conn) quiet() {
	c.t.Helper()
	c.send(schema.Frame{Ping: &schema.Ping{Value: 42}})
	if f := c.next(); f.Pong == nil || f.Pong.Value != 42 {
		c.t.Fatalf("something was pushed: %+v", f)
	}
}

// ends reads until the connection ends and returns the code.
func (c *conn) ends() int {
	c.t.Helper()
	for {
		if _, err := c.read(); err != nil {
			var closed *websocket.CloseError
			if !errors.As(err, &closed) {
				c.t.Fatalf("the connection ended with %v", err)
			}
			return closed.Code
		}
	}
}
