package api

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/limit"
)

// newUpgrader makes connections that cost little while they are idle: a small
// buffer to read, none to write (one is borrowed for each frame), and no
// compression, which would leak lengths and keep state.
func (a *API) newUpgrader() *websocket.Upgrader {
	return &websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second,
		ReadBufferSize:   512,
		WriteBufferSize:  4096,
		WriteBufferPool:  &sync.Pool{},
		// The gate has checked the origin.
		CheckOrigin: func(*http.Request) bool { return true },
		Error: func(w http.ResponseWriter, r *http.Request, _ int, reason error) {
			a.answerError(w, r, &schema.Error{Code: schema.CodeBadRequest, Detail: "a WebSocket handshake is expected", Cause: reason})
		},
	}
}

// getLive opens a live connection. Its first frame authenticates it. The
// connection leaves the HTTP server: the hub serves it.
func (a *API) getLive(r *request) (any, error) {
	place, err := a.hub.Admit(limit.AddressKey(r.address))
	if err != nil {
		return nil, err
	}
	conn, err := a.upgrader.Upgrade(r.writer, r.Request, nil)
	if err != nil {
		// The upgrader has answered.
		place.Release()
		return nil, nil
	}
	place.Serve(conn)
	return nil, nil
}

// getHealth says in plain text whether this node can serve: 503 when the
// database does not answer. Without the bus it serves, and looks for news in
// the database more often.
func (a *API) getHealth(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	status, text := http.StatusOK, "database: ok\n"
	if err := a.store.Ping(ctx); err != nil {
		status, text = http.StatusServiceUnavailable, "database: down\n"
	}
	if a.hub.Ready() {
		text += "bus: ok\n"
	} else {
		text += "bus: down\n"
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	// A client that has gone does not get its answer.
	_, _ = w.Write([]byte(text))
}
