package clienttest

import (
	"net"
	"sync"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

// Backend is a way to run the server that every end-to-end test passes on.
type Backend struct {
	Name string
	// Nodes is how many nodes it runs.
	Nodes int
	// Start starts it.
	Start func(t testing.TB) *Cluster
}

// Backends lists them: everything embedded; PostgreSQL; and two nodes over one
// PostgreSQL and one NATS.
func Backends() []Backend {
	return []Backend{
		{"sqlite", 1, func(t testing.TB) *Cluster { return Start(t, 1, server.Options{}) }},
		{"postgres", 1, func(t testing.TB) *Cluster {
			return Start(t, 1, server.Options{Database: pgtest.Database(t)})
		}},
		{"two-nodes", 2, func(t testing.TB) *Cluster {
			bus := StartBus(t)
			c := Start(t, 2, server.Options{Database: pgtest.Database(t), NATS: bus.URL})
			c.Bus = bus
			return c
		}},
	}
}

// OnEveryBackend runs a test on each backend. Users are spread over the nodes by
// the number that the test gives them.
func OnEveryBackend(t *testing.T, fn func(t *testing.T, c *Cluster)) {
	for _, b := range Backends() {
		t.Run(b.Name, func(t *testing.T) { fn(t, b.Start(t)) })
	}
}

// Bus is a NATS server that can be cut off and brought back.
type Bus struct {
	URL string
	t   testing.TB

	mu     sync.Mutex
	server *natsserver.Server
	port   int
}

// StartBus runs a NATS server on a free loopback port.
func StartBus(t testing.TB) *Bus {
	t.Helper()
	b := &Bus{t: t, port: natsserver.RANDOM_PORT}
	b.Resume()
	t.Cleanup(b.Cut)
	return b
}

// Cut stops the bus: connections break and nothing is delivered.
func (b *Bus) Cut() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.server != nil {
		b.server.Shutdown()
		b.server.WaitForShutdown()
		b.server = nil
	}
}

// Resume starts the bus at the address that it had.
func (b *Bus) Resume() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: b.port, NoLog: true, NoSigs: true})
	if err != nil {
		b.t.Fatalf("start NATS: %v", err)
	}
	s.Start()
	if !s.ReadyForConnections(Patience) {
		b.t.Fatal("NATS did not start")
	}
	b.server, b.port, b.URL = s, s.Addr().(*net.TCPAddr).Port, s.ClientURL()
}
