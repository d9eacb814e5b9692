package server_test

import (
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/live"
	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// startNATS runs a NATS server on a port until the test ends; -1 picks one.
func startNATS(t *testing.T, port int) *natsserver.Server {
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

// cluster is two nodes over one PostgreSQL and one NATS.
type cluster struct {
	t    *testing.T
	nats *natsserver.Server
	a, b *world
}

func startCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{t: t, nats: startNATS(t, -1)}
	const origin = "https://chat.example.org"
	database := pgtest.Database(t)
	node := func() *world {
		w := start(t, func(o *server.Options) {
			o.Database, o.NATS, o.Origin = database, c.nats.ClientURL(), origin
		})
		w.public = origin
		return w
	}
	c.a, c.b = node(), node()
	c.connected(true)
	return c
}

// bus reports what a node says of its bus.
func (w *world) bus() string {
	_, _, b := w.raw("GET", "/healthz", "", nil, nil)
	_, line, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	return line
}

func (c *cluster) connected(want bool) {
	c.t.Helper()
	state := "bus: down"
	if want {
		state = "bus: ok"
	}
	until(c.t, state, func() bool { return c.a.bus() == state && c.b.bus() == state })
}

// on is the same person, talking to another node.
func (p *person) on(w *world) *person {
	q := *p
	q.w = w
	return &q
}

func (tm *team) on(w *world) *team {
	o := *tm
	o.w = w
	return &o
}

func TestTwoNodes(t *testing.T) {
	c := startCluster(t)
	alice := c.a.signUp("alice@example.org")
	bob := alice.on(c.b).w.signUp("bob@example.org")
	tm := alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	b := bob.connect()
	if heads := b.follow(tm.ws); heads.Roster != tm.state.Head() {
		t.Fatalf("the other node is at roster %v", heads.Roster)
	}
	a := alice.connect()
	a.follow(tm.ws)
	stream := schema.NewStreamID()
	there := tm.on(c.b)
	for i := range uint64(20) {
		from, by := tm, alice
		if i%2 == 1 {
			from, by = there, bob
		}
		from.append(by, from.item(tm.everyone, stream))
		for _, reader := range []*conn{a, b} {
			if f := reader.next(); f.Events == nil || f.Events.Events[0].Seq != i+1 {
				t.Fatalf("event %d: pushed %+v", i+1, f)
			}
		}
	}
	// Signals and erasures cross.
	a.send(schema.Frame{Signal: &schema.SendSignal{Workspace: tm.ws, Circle: tm.everyone, Epoch: 1, Ciphertext: []byte("x")}})
	if f := b.next(); f.Signals == nil || f.Signals.Author != alice.user {
		t.Fatalf("pushed %+v", f)
	}
	c.a.must("DELETE", tm.path("/streams/"+stream.String()+"/events/3"), alice.token, nil, nil)
	if f := b.next(); f.Erased == nil || f.Erased.Seq != 3 {
		t.Fatalf("pushed %+v", f)
	}
	// A removal on one node is a removal on the other.
	tm.remove(alice, bob)
	tm.append(alice, tm.item(tm.everyone, stream))
	if f := b.next(); f.Error == nil || f.Error.Code != schema.CodeNotFound {
		t.Fatalf("bob is pushed %+v", f)
	}
	b.quiet()
}

func TestAttack_L15_SessionsEndOnAllNodes(t *testing.T) {
	c := startCluster(t)
	alice := c.a.signUp("alice@example.org")
	there := alice.on(c.b)
	there.token = there.open()
	socket := there.connect()
	c.b.must("GET", "/v1/workspaces", there.token, nil, nil) // remembered there now
	c.a.must("DELETE", "/v1/sessions/current", there.token, nil, nil)
	if code := socket.ends(); code != live.CloseUnauthenticated {
		t.Fatalf("the socket ended with %d", code)
	}
	c.b.refused(schema.CodeUnauthenticated, "GET", "/v1/workspaces", there.token, nil)
}

// What the administrator does on one node holds on the other.
func TestAdministrationReachesAllNodes(t *testing.T) {
	c := startCluster(t)
	admin, bob := c.a.signUp("admin@example.org"), c.a.signUp("bob@example.org")
	there := bob.on(c.b)
	c.b.must("GET", "/v1/workspaces", bob.token, nil, nil) // it is in the cache now
	socket := there.connect()
	c.a.must("PUT", "/v1/admin/accounts/"+bob.user.String(), admin.token, schema.AccountUpdate{Disabled: true}, nil)
	if code := socket.ends(); code != live.CloseUnauthenticated {
		t.Errorf("the socket on the other node ended with %d", code)
	}
	until(t, "the token is dead on the other node", func() bool {
		return schema.HasCode(c.b.do("GET", "/v1/workspaces", bob.token, nil, nil), schema.CodeUnauthenticated)
	})
	u := schema.ServerUpdate{State: admin.serverState().State}
	u.State.Settings.Registration = "closed"
	c.a.must("PUT", "/v1/admin/server", admin.token, u, nil)
	until(t, "the other node has closed registration", func() bool {
		var info schema.ServerInfo
		c.b.must("GET", "/v1/server", "", nil, &info)
		return info.Registration == "closed"
	})
}

func TestAttack_O9_APartitionedBusLosesNothing(t *testing.T) {
	c := startCluster(t)
	_, text, err := net.SplitHostPort(strings.TrimPrefix(c.nats.ClientURL(), "nats://"))
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	alice, bob, carol := c.a.signUp("alice@example.org"), c.b.signUp("bob@example.org"), c.b.signUp("carol@example.org")
	tm := alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	tm.admit(alice, carol, schema.RoleMember, tm.everyone)
	stream := schema.NewStreamID()
	tm.append(alice, tm.item(tm.everyone, stream))
	a, b, k := alice.connect(), bob.connect(), carol.connect()
	for _, reader := range []*conn{a, b, k} {
		reader.follow(tm.ws)
	}
	gone := alice.on(c.b)
	gone.token = gone.open()
	c.b.must("GET", "/v1/workspaces", gone.token, nil, nil)

	c.nats.Shutdown()
	c.nats.WaitForShutdown()
	c.connected(false)
	// Everything works, and what happens on one node is found by the other.
	tm.append(alice, tm.item(tm.everyone, stream), tm.item(tm.everyone, stream))
	other := schema.NewStreamID()
	tm.append(alice, tm.item(tm.everyone, other))
	seen := make(map[schema.StreamID]uint64)
	for seen[stream] < 3 || seen[other] < 1 {
		f := k.next()
		if f.Events == nil {
			t.Fatalf("pushed %+v", f)
		}
		for _, e := range f.Events.Events {
			if e.Seq != max(seen[e.Stream], map[bool]uint64{true: 1}[e.Stream == stream])+1 {
				t.Fatalf("stream %v: %d after %d", e.Stream, e.Seq, seen[e.Stream])
			}
			seen[e.Stream] = e.Seq
		}
	}
	// A removal is found, too, and comes before what follows it.
	tm.remove(alice, bob)
	tm.append(alice, tm.item(tm.everyone, stream))
	for {
		f := b.next()
		if f.Error != nil {
			break
		}
		if f.Events == nil || f.Events.Events[0].Epoch != 1 {
			t.Fatalf("bob is pushed %+v", f)
		}
	}
	b.quiet()
	if f := k.next(); f.Roster == nil || f.Roster.Head != tm.state.Head() {
		t.Fatalf("carol is pushed %+v", f)
	}
	if f := k.next(); f.Events == nil || f.Events.Events[0].Seq != 4 {
		t.Fatalf("carol is pushed %+v", f)
	}
	// A session that ends now is not believed elsewhere.
	c.a.must("DELETE", "/v1/sessions/current", gone.token, nil, nil)
	c.b.refused(schema.CodeUnauthenticated, "GET", "/v1/workspaces", gone.token, nil)

	startNATS(t, port)
	c.connected(true)
	tm.append(alice, tm.item(tm.everyone, stream))
	if f := k.next(); f.Events == nil || f.Events.Events[0].Seq != 5 {
		t.Fatalf("carol is pushed %+v", f)
	}
}

func TestAttack_I5_ARemovedAuthorIsRefusedOnEveryNode(t *testing.T) {
	c := startCluster(t)
	alice := c.a.signUp("alice@example.org")
	bob := c.a.signUp("bob@example.org")
	tm := alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	stream := schema.NewStreamID()
	// Both nodes have just seen that bob may write.
	tm.append(bob, tm.item(tm.everyone, stream))
	tm.on(c.b).append(bob.on(c.b), tm.item(tm.everyone, stream))
	item := tm.item(tm.everyone, stream)
	tm.remove(alice, bob)
	for _, node := range []*world{c.b, c.a, c.b} {
		err := node.do("POST", tm.path("/events"), bob.token, schema.AppendRequest{Items: []schema.AppendItem{item}}, nil)
		if !schema.HasCode(err, schema.CodeNotFound) {
			t.Fatalf("a removed author is answered %v", err)
		}
	}
	// And is let in again as soon as that is true.
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	tm.append(bob, tm.item(tm.everyone, stream))
	tm.on(c.b).append(bob.on(c.b), tm.item(tm.everyone, stream))
}
