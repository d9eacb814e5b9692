//go:build js

// Command wasm is the engine in a browser: the API of package client/api, in a
// worker, which speaks the messages of package client/api/wire.
//
// The worker's script (client/web/src/worker) calls the function cenacleReceive
// with each message of a page, and is called back by postMessage. The first
// message out is {"ready": true}, once a session that was not locked has resumed.
package main

import (
	"context"
	"log/slog"
	"os"
	"sync"
	"syscall/js"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/wire"
	"github.com/cenacle-team/cenacle/client/wasm/fetch"
	"github.com/cenacle-team/cenacle/client/wasm/vault"
	"github.com/cenacle-team/cenacle/client/wasm/webcrypto"
	"github.com/cenacle-team/cenacle/schema"
)

func main() {
	ctx := context.Background()
	origin := js.Global().Get("location").Get("origin").String()
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	p := newPages()
	a := newAPI("cenacle", origin, fetch.New(origin), logger)
	if err := a.Start(ctx); err != nil {
		logger.Error("the session did not resume", "error", err)
	}
	p.post(`{"ready":true}`)
	err := wire.Serve(ctx, a, p)
	logger.Error("the engine ends", "error", err)
}

// newAPI is the API over this browser's databases of a name, for accounts of an
// origin, which is reached by a transport.
func newAPI(name, origin string, transport client.Transport, logger *slog.Logger) *api.API {
	return api.New(api.World{
		Origin: origin, Platform: api.PlatformBrowser, Home: vault.New(name, origin), AEAD: webcrypto.NewBulk, Logger: logger,
		Transport: func(to string) (client.Transport, error) {
			if to != origin {
				return nil, schema.Errorf(schema.CodeBadRequest, "the account kept here is of another server")
			}
			return transport, nil
		},
	})
}

// maxWaiting bounds the messages that pages sent and the engine has not received.
const maxWaiting = 4096

// pages is the [wire.Conn] to the pages behind the worker.
type pages struct {
	mu      sync.Mutex
	waiting [][]byte
	wake    chan struct{}
}

var _ wire.Conn = (*pages)(nil)

func newPages() *pages {
	p := &pages{wake: make(chan struct{}, 1)}
	js.Global().Set("cenacleReceive", js.FuncOf(func(_ js.Value, args []js.Value) any {
		return len(args) == 1 && args[0].Type() == js.TypeString && p.arrived([]byte(args[0].String()))
	}))
	return p
}

// arrived reports whether there was room for a message.
func (p *pages) arrived(message []byte) bool {
	if len(message) > wire.MaxMessage {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.waiting) >= maxWaiting {
		return false
	}
	p.waiting = append(p.waiting, message)
	select {
	case p.wake <- struct{}{}:
	default:
	}
	return true
}

func (p *pages) post(message string) { js.Global().Call("postMessage", message) }

// Receive implements [wire.Conn].
func (p *pages) Receive(ctx context.Context) ([]byte, error) {
	for {
		p.mu.Lock()
		if len(p.waiting) > 0 {
			message := p.waiting[0]
			p.waiting = p.waiting[1:]
			p.mu.Unlock()
			return message, nil
		}
		p.mu.Unlock()
		select {
		case <-p.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Send implements [wire.Conn].
func (p *pages) Send(_ context.Context, message []byte) error {
	p.post(string(message))
	return nil
}
