//go:build js

package fetch

import (
	"context"
	"sync"
	"syscall/js"

	"github.com/cenacle-team/cenacle/client/wasm/browser"
	"github.com/cenacle-team/cenacle/schema"
)

// Bounds of a live connection, in octets.
const (
	maxFrame = schema.MaxPageOctets + schema.MaxRosterEntry
	// maxQueued bounds the frames that wait to be received. A browser takes no
	// pressure back to the server: who falls behind is cut, and catches up from the
	// log.
	maxQueued = 2 * maxFrame
	// maxUnsent bounds what the browser holds for a server that does not take it.
	maxUnsent = 4 << 20
)

// live is one WebSocket.
type live struct {
	socket    js.Value
	listeners []js.Func
	opened    chan struct{}
	ended     chan struct{} // closed when nothing more will come

	mu     sync.Mutex
	queue  []js.Value // frames that were not received: ArrayBuffer, or text
	queued int
	wake   chan struct{}
	end    sync.Once
	close  sync.Once
}

func newLive(socket js.Value) *live {
	l := &live{socket: socket, opened: make(chan struct{}), ended: make(chan struct{}), wake: make(chan struct{}, 1)}
	l.on(socket, "open", func(js.Value) { close(l.opened) })
	l.on(socket, "close", func(js.Value) { l.finish() })
	l.on(socket, "message", func(event js.Value) { l.arrived(event.Get("data")) })
	l.on(js.Global(), "offline", func(js.Value) { l.finish() })
	return l
}

// on listens to an event until Close.
func (l *live) on(target js.Value, event string, fn func(event js.Value)) {
	listener := js.FuncOf(func(_ js.Value, args []js.Value) any {
		fn(args[0])
		return nil
	})
	target.Call("addEventListener", event, listener)
	l.listeners = append(l.listeners, listener)
}

func (l *live) finish() { l.end.Do(func() { close(l.ended) }) }

func (l *live) arrived(data js.Value) {
	size := 0
	if data.Type() == js.TypeObject {
		size = data.Get("byteLength").Int()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.queued+size > maxQueued || size > maxFrame {
		l.finish()
		return
	}
	l.queue, l.queued = append(l.queue, data), l.queued+size
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Send implements [client.LiveConn].
func (l *live) Send(ctx context.Context, frame []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-l.ended:
		return offline(ctx, errClosed)
	default:
	}
	if l.socket.Get("bufferedAmount").Int() > maxUnsent {
		return schema.Errorf(schema.CodeOffline, "the server does not take what is sent")
	}
	if _, err := browser.Try(func() js.Value { return l.socket.Call("send", browser.Octets(frame)) }); err != nil {
		return offline(ctx, err)
	}
	return nil
}

// Receive implements [client.LiveConn]. What came before the end is received
// before it.
func (l *live) Receive(ctx context.Context) ([]byte, error) {
	for {
		if data, ok := l.next(); ok {
			if data.Type() != js.TypeObject {
				return nil, schema.Errorf(schema.CodeBadEncoding, "a text frame")
			}
			return browser.Buffer(data), nil
		}
		select {
		case <-l.wake:
		case <-l.ended:
			if l.empty() {
				return nil, offline(ctx, errClosed)
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (l *live) next() (js.Value, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.queue) == 0 {
		return js.Value{}, false
	}
	data := l.queue[0]
	l.queue = l.queue[1:]
	if data.Type() == js.TypeObject {
		l.queued -= data.Get("byteLength").Int()
	}
	return data, true
}

func (l *live) empty() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue) == 0
}

// Close implements [client.LiveConn].
func (l *live) Close() error {
	l.close.Do(func() {
		l.finish()
		for i, event := range []string{"open", "close", "message", "offline"} {
			target := l.socket
			if event == "offline" {
				target = js.Global()
			}
			target.Call("removeEventListener", event, l.listeners[i])
			l.listeners[i].Release()
		}
		l.socket.Call("close")
	})
	return nil
}
