package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/api"
	"github.com/cenacle-team/cenacle/server/live"
	"github.com/cenacle-team/cenacle/server/live/bus"
	"github.com/cenacle-team/cenacle/server/rosters"
	"github.com/cenacle-team/cenacle/server/store"
)

// Bounds of the HTTP server.
const (
	readHeaderTime = 10 * time.Second
	readTime       = 30 * time.Second
	writeTime      = 2 * time.Minute
	idleTime       = 2 * time.Minute
	maxHeader      = 16 << 10
	// http2Streams bounds the concurrent requests of one HTTP/2 connection.
	http2Streams = 100
	// drainTime is how long a stopping server waits for requests and connections.
	drainTime = 15 * time.Second
	// http2Ping is the silence after which the peer of an HTTP/2 connection is
	// asked whether it is there, http2Stuck how long it may take nothing, or not
	// answer, before the connection is closed.
	http2Ping  = 30 * time.Second
	http2Stuck = 15 * time.Second
	// sweepEvery is the interval at which expired sessions are deleted, refreshEvery
	// the one at which a node looks what was set on another.
	sweepEvery   = 5 * time.Minute
	refreshEvery = 5 * time.Second
)

// Server is one node. Make it with [New], then call [Server.Run].
type Server struct {
	opts    Options
	store   *store.Store
	api     *api.API
	hub     *live.Hub
	metrics *metrics
	http    *http.Server
	handler http.Handler

	listener        net.Listener
	metricsListener net.Listener
	closeOnce       sync.Once
	closeErr        error
}

// New opens the database, the bus and the listeners; requests are accepted from
// then on and served once Run is called. The context bounds the opening only. The
// caller calls Run, or Close.
func New(ctx context.Context, o Options) (*Server, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("options of the server: %w", err)
	}
	if err := os.MkdirAll(o.DataDir, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	s := &Server{opts: o}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) open(ctx context.Context) (err error) {
	o := s.opts
	if s.listener, err = net.Listen("tcp", o.Listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if o.MetricsListen != "" {
		if s.metricsListener, err = net.Listen("tcp", o.MetricsListen); err != nil {
			return fmt.Errorf("listen for metrics: %w", err)
		}
	}
	origin, err := o.origin(s.listener.Addr())
	if err != nil {
		return err
	}
	quotas := o.Quotas.WithDefaults()
	var committed atomic.Pointer[live.Hub]
	s.store, err = store.Open(ctx, o.Database, store.Options{
		Logger: o.Logger,
		OnCommit: func(events []store.Committed) {
			if hub := committed.Load(); hub != nil {
				handOver(hub, events)
			}
		},
		WorkspaceQuota: quotas.WorkspaceOctets,
		AccountQuota:   quotas.AccountOctets,
		Now:            o.Clock,
	})
	if err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	s.metrics = newMetrics()
	s.api, err = api.New(ctx, api.Options{
		Store:   s.store,
		Rosters: rosters.New(s.store, rosters.DefaultWeight),
		Hub: func(source live.Source, ended func(live.SessionEnd)) (*live.Hub, error) {
			return live.New(live.Options{
				Source: source,
				Bus: func(deliver func(string, []byte), lost func()) (bus.Bus, error) {
					return bus.Open(bus.Options{URL: o.NATS, Deliver: deliver, Lost: lost, Logger: o.Logger})
				},
				Limits:       quotas.Live,
				Logger:       o.Logger,
				SessionEnded: ended,
			})
		},
		Registration:   o.Registration,
		Name:           o.Name,
		Origin:         origin,
		TrustedProxies: o.TrustedProxies,
		Quotas:         o.Quotas,
		Metrics:        s.metrics,
		Logger:         o.Logger,
		Now:            o.Clock,
	})
	if err != nil {
		return fmt.Errorf("open the interface: %w", err)
	}
	s.hub = s.api.Hub()
	committed.Store(s.hub)
	s.metrics.watch(s.hub, s.store)
	s.handler = s.api.Handler(o.Web)
	s.http, err = s.newHTTP()
	return err
}

// handOver passes committed events to the hub, those of one stream together.
func handOver(hub *live.Hub, events []store.Committed) {
	type place struct {
		workspace schema.WorkspaceID
		circle    schema.CircleID
		stream    schema.StreamID
	}
	var order []place
	runs := make(map[place][]schema.Event)
	for _, e := range events {
		p := place{e.Workspace, e.Circle, e.Event.Stream}
		if _, known := runs[p]; !known {
			order = append(order, p)
		}
		runs[p] = append(runs[p], e.Event)
	}
	for _, p := range order {
		hub.Committed(p.workspace, p.circle, runs[p])
	}
}

// Addr is the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// MetricsAddr is the address of the metrics, or nil.
func (s *Server) MetricsAddr() net.Addr {
	if s.metricsListener == nil {
		return nil
	}
	return s.metricsListener.Addr()
}

// Handler serves the requests, for tests that bring their own HTTP server.
func (s *Server) Handler() http.Handler { return s.handler }

// Run serves until the context ends or a listener fails, then stops in order: no
// further connections, live connections told, requests under way finished,
// appends drained, the bus and the database closed. It returns nil after an
// orderly stop.
func (s *Server) Run(ctx context.Context) error {
	failed := make(chan error, 2)
	var serving sync.WaitGroup
	serve := func(what string, f func() error) {
		serving.Add(1)
		go func() {
			defer serving.Done()
			if err := f(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("%s: %w", what, err)
			}
		}()
	}
	serve("serve", func() error { return s.serve(s.listener) })
	var metricsServer *http.Server
	if s.metricsListener != nil {
		metricsServer = &http.Server{
			Handler: s.metrics.handler(), ReadHeaderTimeout: readHeaderTime, ReadTimeout: readTime,
			WriteTimeout: writeTime, IdleTimeout: idleTime, MaxHeaderBytes: maxHeader,
		}
		serve("serve metrics", func() error { return metricsServer.Serve(s.metricsListener) })
	}
	sweepCtx, stopSweep := context.WithCancel(ctx)
	defer stopSweep()
	serving.Go(func() {
		s.every(sweepCtx, sweepEvery, "delete what has expired", func(ctx context.Context) error {
			return s.store.SweepExpired(ctx, s.opts.Clock())
		})
	})
	serving.Go(func() { s.every(sweepCtx, refreshEvery, "read the settings", s.api.Refresh) })
	s.opts.Logger.Info("listening", "address", s.Addr().String())

	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	s.opts.Logger.Info("stopping")
	stopSweep()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	// Live connections are not the HTTP server's any more; both stop side by side.
	stopped := make(chan error, 1)
	go func() { stopped <- s.hub.Close(drain) }()
	err = errors.Join(err, s.http.Shutdown(drain), <-stopped)
	if metricsServer != nil {
		err = errors.Join(err, metricsServer.Close())
	}
	serving.Wait()
	return errors.Join(err, s.Close())
}

// every does something now and then, until the context ends.
func (s *Server) every(ctx context.Context, interval time.Duration, what string, do func(context.Context) error) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			s.opts.Logger.Warn(what, "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// Close ends a server that does not run (any more). Calling it again does nothing.
func (s *Server) Close() error {
	s.closeOnce.Do(func() {
		var errs []error
		if s.http != nil {
			errs = append(errs, s.http.Close())
		}
		if s.hub != nil {
			ctx, cancel := context.WithTimeout(context.Background(), drainTime)
			defer cancel()
			errs = append(errs, s.hub.Close(ctx))
		}
		if s.store != nil {
			errs = append(errs, s.store.Close())
		}
		for _, l := range []net.Listener{s.listener, s.metricsListener} {
			if l == nil {
				continue
			}
			if err := l.Close(); !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
		s.closeErr = errors.Join(errs...)
	})
	return s.closeErr
}
