//go:build !js

package fetch_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/client/wasm/browsertest"
	"github.com/cenacle-team/cenacle/schema"
)

func TestInTheBrowser(t *testing.T) {
	browsertest.New(t, handler()).Run(t, ".")
}

// handler is a server that misbehaves in every way that a transport must bear.
func handler() http.Handler {
	refuse := func(status int, e schema.WireError) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write(schema.MustMarshal(e))
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		http.SetCookie(w, &http.Cookie{Name: "session", Value: "x"}) // must not come back
		fmt.Fprintf(w, "%s %s %s %s cookies %d referrer %s body %x", r.Method, r.URL, r.Header["Authorization"], r.Header["Content-Type"],
			len(r.Cookies()), r.Header["Referer"], body)
	})
	mux.HandleFunc("/refused", refuse(http.StatusForbidden, schema.WireError{Code: schema.CodeForbidden}))
	mux.HandleFunc("/retry", refuse(http.StatusTooManyRequests, schema.WireError{Code: schema.CodeRateLimited, RetryAfterMS: 1500}))
	mux.HandleFunc("/proxy", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<h1>Bad Gateway</h1>", http.StatusBadGateway)
	})
	mux.Handle("/redirect", http.RedirectHandler("/echo", http.StatusTemporaryRedirect))
	mux.HandleFunc("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "50")
		_, _ = w.Write([]byte("short"))
	})
	mux.HandleFunc("/exact", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 100)) })
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 101)) })
	mux.HandleFunc("/never", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/v1/live", func(w http.ResponseWriter, r *http.Request) {
		conn, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		for {
			_, frame, err := conn.ReadMessage()
			if err != nil {
				return
			}
			kind := websocket.BinaryMessage
			if bytes.Equal(frame, []byte("text")) {
				kind = websocket.TextMessage
			}
			if err := conn.WriteMessage(kind, frame); err != nil || string(frame) == "end" {
				return
			}
		}
	})
	return mux
}
