package open

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/client/api/wire"
	"github.com/cenacle-team/cenacle/schema"
)

// conn is the [wire.Conn] to one page.
type conn struct {
	ws   *websocket.Conn
	end  sync.Once
	done chan struct{}
	// pinging is the goroutine that keeps the connection alive; it ends with close.
	pinging sync.WaitGroup
}

var _ wire.Conn = (*conn)(nil)

func newConn(ws *websocket.Conn) *conn {
	c := &conn{ws: ws, done: make(chan struct{})}
	ws.SetReadLimit(wire.MaxMessage)
	ws.SetPongHandler(func(string) error { return ws.SetReadDeadline(time.Now().Add(silenceLimit)) })
	c.pinging.Go(c.ping)
	return c
}

func (c *conn) ping() {
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if c.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout)) != nil {
				return
			}
		case <-c.done:
			return
		}
	}
}

// close ends the connection; any number of times, from anywhere.
func (c *conn) close() {
	c.end.Do(func() {
		close(c.done)
		c.ws.Close()
	})
	c.pinging.Wait()
}

// greeting reads the first message, which is short and comes soon.
func (c *conn) greeting() ([]byte, error) {
	c.ws.SetReadLimit(maxGreeting)
	defer c.ws.SetReadLimit(wire.MaxMessage)
	return c.read(greetingTimeout)
}

func (c *conn) read(patience time.Duration) ([]byte, error) {
	if err := c.ws.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return nil, gone(err)
	}
	kind, message, err := c.ws.ReadMessage()
	if err != nil {
		return nil, gone(err)
	}
	if kind != websocket.TextMessage {
		return nil, schema.Errorf(schema.CodeBadEncoding, "a binary message")
	}
	return message, nil
}

// gone is the error of a connection that ended.
func gone(err error) error { return &schema.Error{Code: schema.CodeOffline, Cause: err} }

// Receive implements [wire.Conn].
func (c *conn) Receive(ctx context.Context) ([]byte, error) {
	stop := context.AfterFunc(ctx, c.close)
	defer stop()
	return c.read(silenceLimit)
}

// Send implements [wire.Conn].
func (c *conn) Send(ctx context.Context, message []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.ws.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return gone(err)
	}
	if err := c.ws.WriteMessage(websocket.TextMessage, message); err != nil {
		return gone(err)
	}
	return nil
}

// answer sends the answer to a greeting.
func (c *conn) answer(w welcome) error {
	message, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return c.Send(context.Background(), message)
}
