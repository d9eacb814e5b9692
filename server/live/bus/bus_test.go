package bus_test

import (
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/cenacle-team/cenacle/server/live/bus"
)

// node is a bus with what it received.
type node struct {
	*bus.NATS
	mu   sync.Mutex
	got  []string
	lost int
}

func open(t *testing.T, url string) *node {
	t.Helper()
	n := &node{}
	b, err := bus.Open(bus.Options{
		URL: url,
		Deliver: func(subject string, data []byte) {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.got = append(n.got, subject+"="+string(data))
		},
		Lost: func() {
			n.mu.Lock()
			defer n.mu.Unlock()
			n.lost++
		},
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	n.NATS = b
	t.Cleanup(b.Close)
	return n
}

func (n *node) has(message string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.got {
		if m == message {
			return true
		}
	}
	return false
}

func (n *node) losses() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.lost
}

// until waits for a condition, polling, with a deadline.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(15 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-deadline:
			t.Fatalf("timed out waiting until %s", what)
		case <-tick.C:
		}
	}
}

func external(t *testing.T, port int) *natsserver.Server {
	t.Helper()
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: port, NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the NATS server does not start")
	}
	t.Cleanup(s.Shutdown)
	return s
}

func TestMessagesReachOthersAndNotOneself(t *testing.T) {
	s := external(t, -1)
	a, b := open(t, s.ClientURL()), open(t, s.ClientURL())
	until(t, "both are connected", func() bool { return a.Ready() && b.Ready() })
	for _, n := range []*node{a, b} {
		if _, err := n.Subscribe("x"); err != nil {
			t.Fatal(err)
		}
	}
	stop, err := b.Subscribe("y")
	if err != nil {
		t.Fatal(err)
	}
	until(t, "a message passes", func() bool {
		return a.Publish("x", []byte("1")) == nil && b.has("x=1")
	})
	if a.has("x=1") {
		t.Fatal("a publisher received its own message")
	}
	stop()
	stop()
	_ = a.Publish("y", []byte("2"))
	_ = a.Publish("x", []byte("3"))
	until(t, "the later message passes", func() bool { return b.has("x=3") })
	if b.has("y=2") {
		t.Fatal("a message arrived after unsubscribing")
	}
}

func TestEmbeddedListensNowhere(t *testing.T) {
	n := open(t, "")
	until(t, "it is connected", n.Ready)
	if _, err := n.Subscribe("x"); err != nil {
		t.Fatal(err)
	}
	if err := n.Publish("x", []byte("1")); err != nil {
		t.Fatal(err)
	}
	if c, err := net.DialTimeout("tcp", "127.0.0.1:4222", 200*time.Millisecond); err == nil {
		c.Close()
		t.Fatal("something listens on the port of NATS")
	}
}

func TestTooLargeIsRefused(t *testing.T) {
	n := open(t, "")
	if err := n.Publish("x", make([]byte, bus.MaxMessage+1)); err == nil {
		t.Fatal("a message above MaxMessage was taken")
	}
	if err := n.Publish("x", make([]byte, bus.MaxMessage)); err != nil {
		t.Fatal(err)
	}
}

func TestReconnectsAndTellsTheLoss(t *testing.T) {
	s := external(t, -1)
	_, p, err := net.SplitHostPort(strings.TrimPrefix(s.ClientURL(), "nats://"))
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(p)
	if err != nil {
		t.Fatal(err)
	}
	a, b := open(t, s.ClientURL()), open(t, s.ClientURL())
	if _, err := b.Subscribe("x"); err != nil {
		t.Fatal(err)
	}
	until(t, "a message passes", func() bool {
		return a.Publish("x", []byte("1")) == nil && b.has("x=1")
	})
	before := b.losses()
	s.Shutdown()
	s.WaitForShutdown()
	until(t, "the loss is seen", func() bool { return !a.Ready() && !b.Ready() })
	if err := a.Publish("x", []byte("lost")); err == nil {
		t.Fatal("a message was taken while the bus is away")
	}
	external(t, port)
	until(t, "both are back", func() bool { return a.Ready() && b.Ready() && b.losses() > before })
	until(t, "a message passes again", func() bool {
		return a.Publish("x", []byte("2")) == nil && b.has("x=2")
	})
}

func TestStartsWithoutServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	n := open(t, "nats://127.0.0.1:"+strconv.Itoa(port))
	if n.Ready() {
		t.Fatal("ready without a server")
	}
	if _, err := n.Subscribe("x"); err != nil {
		t.Fatal(err)
	}
	external(t, port)
	until(t, "it connects", func() bool { return n.Ready() && n.losses() > 0 })
}

func TestErrorDoesNotQuoteTheURL(t *testing.T) {
	_, err := bus.Open(bus.Options{URL: "nats://user:hunter2@bad host:port", Logger: slog.New(slog.DiscardHandler)})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Fatalf("err = %v", err)
	}
}
