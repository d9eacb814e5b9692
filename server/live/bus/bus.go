// Package bus carries short messages between the nodes of a cluster over NATS,
// embedded in the process or external. It says that there is more; the log in
// the database is the truth. Messages may be lost, doubled between nodes or
// reordered between publishers, and every user of the bus must be right without
// them (server/live compares with the store).
package bus

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Prefix begins every subject that this program uses, so that a NATS server can
// be shared and its permissions be written down.
const Prefix = "cenacle.v1."

// MaxMessage bounds one message, in octets. It stays below what a NATS server
// accepts by default (1 MiB).
const MaxMessage = 512 << 10

// inbox is how many messages may wait for Deliver before further ones are lost.
const inbox = 16 << 10

// Bus is the way from node to node. Implementations are safe for concurrent use.
type Bus interface {
	// Publish sends data to every other node that is subscribed to the subject,
	// never to the publisher itself. It does not wait for delivery: nil says
	// only that the message was taken. It fails for more than MaxMessage octets
	// and while the bus is closed.
	Publish(subject string, data []byte) error
	// Subscribe makes messages of the subject arrive at Deliver until the
	// returned function is called; that may be called again and does nothing then.
	Subscribe(subject string) (unsubscribe func(), err error)
	// Ready reports whether the bus is connected at this moment.
	Ready() bool
	// Close disconnects and waits until Deliver is not called any more.
	Close()
}

// Options configure [Open].
type Options struct {
	// URL of an external NATS server or a comma-separated list of a cluster's
	// servers; empty for a server embedded in this process, which listens on no
	// port.
	URL string
	// Deliver receives each message, one at a time. It must return quickly and
	// must not keep data.
	Deliver func(subject string, data []byte)
	// Lost is called when messages may have been missed: after a reconnection
	// and when Deliver was too slow. It must return quickly.
	Lost func()
	// Logger receives changes of the connection's state; never a URL, which may
	// hold a password.
	Logger *slog.Logger
}

// NATS is the [Bus] over NATS.
type NATS struct {
	conn     *nats.Conn
	embedded *natsserver.Server
	messages chan *nats.Msg
	stop     chan struct{}
	done     sync.WaitGroup
	closed   atomic.Bool
}

// Open connects to the bus. An external server need not be reachable yet: the
// connection is made, and made again, in the background.
func Open(o Options) (*NATS, error) {
	b := &NATS{messages: make(chan *nats.Msg, inbox), stop: make(chan struct{})}
	options := []nats.Option{
		nats.Name("cenacle"),
		nats.NoEcho(),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(250 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, 250*time.Millisecond),
		nats.Timeout(3 * time.Second),
		nats.PingInterval(3 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.RetryOnFailedConnect(true),
		// Messages are not kept for a later connection: by then the others have
		// caught up from the log.
		nats.ReconnectBufSize(-1),
		nats.DisconnectErrHandler(func(_ *nats.Conn, _ error) {
			if !b.closed.Load() {
				o.Logger.Warn("bus disconnected")
			}
		}),
		nats.ConnectHandler(func(*nats.Conn) {
			o.Logger.Info("bus connected")
			o.Lost()
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			o.Logger.Info("bus connected again")
			o.Lost()
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrSlowConsumer) {
				o.Logger.Warn("bus messages were dropped")
				o.Lost()
			}
		}),
	}
	url := o.URL
	if url == "" {
		var err error
		if b.embedded, err = startEmbedded(); err != nil {
			return nil, err
		}
		options = append(options, nats.InProcessServer(b.embedded))
		url = nats.DefaultURL
	}
	conn, err := nats.Connect(url, options...)
	if err != nil {
		b.stopEmbedded()
		return nil, fmt.Errorf("connect to the bus: %w", withoutURL(err))
	}
	b.conn = conn
	b.done.Add(1)
	go func() {
		defer b.done.Done()
		for {
			select {
			case m := <-b.messages:
				o.Deliver(strings.TrimPrefix(m.Subject, Prefix), m.Data)
			case <-b.stop:
				return
			}
		}
	}()
	return b, nil
}

// withoutURL drops what a parser of URLs quotes: it may hold a password.
func withoutURL(err error) error {
	if strings.Contains(err.Error(), "parse") {
		return errors.New("the address of the NATS server is malformed")
	}
	return err
}

func startEmbedded() (*natsserver.Server, error) {
	s, err := natsserver.NewServer(&natsserver.Options{
		ServerName: "cenacle",
		DontListen: true,
		NoSigs:     true,
		NoLog:      true,
		// One connection from one process: this one.
		MaxConn: 4,
	})
	if err != nil {
		return nil, fmt.Errorf("make the embedded bus: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		s.Shutdown()
		return nil, errors.New("start the embedded bus: not ready in time")
	}
	return s, nil
}

func (b *NATS) stopEmbedded() {
	if b.embedded != nil {
		b.embedded.Shutdown()
		b.embedded.WaitForShutdown()
	}
}

// Publish implements [Bus].
func (b *NATS) Publish(subject string, data []byte) error {
	if len(data) > MaxMessage {
		return fmt.Errorf("publish %d octets: at most %d are allowed", len(data), MaxMessage)
	}
	if err := b.conn.Publish(Prefix+subject, data); err != nil {
		return fmt.Errorf("publish to the bus: %w", err)
	}
	return nil
}

// Subscribe implements [Bus].
func (b *NATS) Subscribe(subject string) (func(), error) {
	sub, err := b.conn.ChanSubscribe(Prefix+subject, b.messages)
	if err != nil {
		return nil, fmt.Errorf("subscribe at the bus: %w", err)
	}
	return sync.OnceFunc(func() {
		// It fails only on a connection that is closed, and then nothing arrives.
		_ = sub.Unsubscribe()
	}), nil
}

// Ready implements [Bus].
func (b *NATS) Ready() bool { return b.conn.IsConnected() }

// Close implements [Bus].
func (b *NATS) Close() {
	if b.closed.Swap(true) {
		return
	}
	// What was published last should still leave; a server that is away is not
	// waited for.
	_ = b.conn.FlushTimeout(time.Second)
	b.conn.Close()
	close(b.stop)
	b.done.Wait()
	b.stopEmbedded()
}
