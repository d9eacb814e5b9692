package open

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/wire"
	"github.com/cenacle-team/cenacle/client/home"
	"github.com/cenacle-team/cenacle/client/network"
)

// SocketPath is where pages connect.
const SocketPath = "/v1/open"

// Bounds of patience.
const (
	greetingTimeout = 10 * time.Second
	writeTimeout    = 30 * time.Second
	pingEvery       = 20 * time.Second
	silenceLimit    = 60 * time.Second
	shutdownTimeout = 5 * time.Second
)

// Options say what is served.
type Options struct {
	Home home.Dir
	// Server is the origin that a new account or a further device is made at; it may
	// be empty where the folder holds a profile.
	Server string
	Port   int          // 0 for any that is free
	Web    http.Handler // the app's files
	Logger *slog.Logger
	// Ready is called once with the address to open, its one-time token included.
	Ready func(url string)
	// Connected is called when a page was let in by the token.
	Connected func()
}

// Run serves until ctx ends. The session is not locked by that: nothing that opens
// the profile outlives the program.
func Run(ctx context.Context, o Options) (err error) {
	listener, err := net.Listen("tcp4", net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Port)))
	if err != nil {
		return fmt.Errorf("listen on the loopback address: %w", err)
	}
	a := api.New(api.World{
		Origin: o.Server, Platform: api.PlatformNative, Home: NewHome(o.Home), Logger: o.Logger,
		Transport: func(origin string) (client.Transport, error) { return network.New(origin) },
	})
	defer func() { err = errors.Join(err, a.Close()) }()
	token, g, err := newGate()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	calls, stop := context.WithCancel(ctx)
	defer stop()
	s := &server{host: listener.Addr().String(), api: a, gate: g, web: o.Web, connected: o.Connected, calls: calls}
	web := &http.Server{Handler: s, ReadHeaderTimeout: greetingTimeout, IdleTimeout: silenceLimit, ErrorLog: slog.NewLogLogger(o.Logger.Handler(), slog.LevelDebug)}
	ended := make(chan error, 1)
	go func() { ended <- web.Serve(listener) }()
	o.Ready("http://" + s.host + "/#open=" + token)
	select {
	case err = <-ended:
	case <-ctx.Done():
		quiet, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		err = web.Shutdown(quiet)
	}
	stop()
	s.sockets.Wait()
	return err
}

// ServeHTTP answers requests to the loopback address alone.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Host != s.host {
		http.Error(w, "not this machine's address", http.StatusMisdirectedRequest)
		return
	}
	if r.URL.Path == SocketPath {
		s.socket(w, r)
		return
	}
	s.web.ServeHTTP(w, r)
}

// socket lets a page in and serves its calls until it leaves, or another one comes
// in its place.
func (s *server) socket(w http.ResponseWriter, r *http.Request) {
	if origins := r.Header.Values("Origin"); len(origins) != 1 || origins[0] != "http://"+s.host {
		http.Error(w, "a page of another origin", http.StatusForbidden)
		return
	}
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }} // checked above
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // answered already
	}
	s.sockets.Add(1)
	defer s.sockets.Done()
	c := newConn(ws)
	defer c.close()
	stop := context.AfterFunc(s.calls, c.close)
	defer stop()
	byToken, err := s.gate.admit(c)
	if err != nil {
		return
	}
	if byToken && s.connected != nil {
		s.connected()
	}
	// Its end is told by the page or by its replacement; there is nobody to tell.
	_ = wire.Serve(s.calls, s.api, c)
}
