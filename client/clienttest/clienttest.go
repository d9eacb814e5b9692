// Package clienttest runs a real server and any number of clients in one test.
// It is imported by tests only.
package clienttest

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
)

// Patience bounds every wait of a test.
const Patience = 30 * time.Second

// Origin is the public origin of every test cluster: its nodes stand behind it,
// as they would behind a load balancer.
const Origin = "https://cenacle.test"

// Passphrase is every test user's.
const Passphrase = "correct horse battery staple"

// Cluster is one or more server nodes over one database and one bus.
type Cluster struct {
	t     testing.TB
	Nodes []*Node
	// Bus is the shared NATS server of several nodes, nil with an embedded one.
	Bus *Bus
}

// Node returns the index of the node for the n-th user.
func (c *Cluster) Node(n int) int { return n % len(c.Nodes) }

// Node is a running server.
type Node struct {
	Options server.Options
	URL     string
	t       testing.TB
	cancel  context.CancelFunc
	done    chan error
}

// Start runs n nodes with the options, which must name a shared database and bus
// if n is above one.
func Start(t testing.TB, n int, o server.Options) *Cluster {
	t.Helper()
	c := &Cluster{t: t}
	for range n {
		each := o
		if each.DataDir == "" {
			each.DataDir = t.TempDir()
		}
		if each.Registration == "" {
			each.Registration = server.RegistrationOpen
		}
		if each.Logger == nil {
			each.Logger = slog.New(slog.NewTextHandler(logWriter(), &slog.HandlerOptions{Level: slog.LevelWarn}))
		}
		each.Origin = Origin
		if each.Listen == "" {
			each.Listen = "127.0.0.1:0"
		}
		node := &Node{Options: each, t: t}
		node.Run()
		c.Nodes = append(c.Nodes, node)
	}
	return c
}

func logWriter() io.Writer {
	if os.Getenv("CENACLE_TEST_LOG") != "" {
		return os.Stderr
	}
	return io.Discard
}

// Run starts the node, again after Stop, at the address that it had.
func (n *Node) Run() {
	n.t.Helper()
	s, err := server.New(context.Background(), n.Options)
	if err != nil {
		n.t.Fatalf("start server: %v", err)
	}
	n.Options.Listen = s.Addr().String()
	n.URL = "http://" + s.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel, n.done = cancel, make(chan error, 1)
	done := n.done
	go func() { done <- s.Run(ctx) }()
	n.t.Cleanup(n.Stop)
}

// Stop shuts the node down and waits.
func (n *Node) Stop() {
	if n.cancel == nil {
		return
	}
	n.cancel()
	n.cancel = nil
	select {
	case err := <-n.done:
		if err != nil {
			n.t.Errorf("server: %v", err)
		}
	case <-time.After(Patience):
		n.t.Errorf("server did not stop")
	}
}

// User is one device of a test user.
type User struct {
	*client.Engine
	T       testing.TB
	Name    string
	Handle  string
	Options client.Options
	Profile *client.Profile

	followOnce sync.Once
	stop       func()
}

// SignUp makes an account on a node.
func (c *Cluster) SignUp(name string, node int) *User {
	c.t.Helper()
	return c.SignUpWith(name, node, nil)
}

// SignUpWith lets a test wrap the transport and choose the store.
func (c *Cluster) SignUpWith(name string, node int, adapt func(*client.Options)) *User {
	c.t.Helper()
	o := c.options(node, adapt)
	handle := strings.ToLower(name) + "@example.org"
	p, err := client.SignUp(Context(c.t), o, client.SignUpOptions{Handle: handle, Name: name, Passphrase: Passphrase})
	if err != nil {
		c.t.Fatalf("%s signs up: %v", name, err)
	}
	u := &User{T: c.t, Name: name, Handle: handle, Options: o, Profile: p}
	u.open()
	u.Sync()
	return u
}

// Device signs a user in on a further device.
func (c *Cluster) Device(u *User, node int, adapt func(*client.Options)) *User {
	c.t.Helper()
	o := c.options(node, adapt)
	p, err := client.SignIn(Context(c.t), o, client.SignInOptions{Handle: u.Handle, Passphrase: Passphrase, AccountKey: u.Engine.Profile().AccountKey})
	if err != nil {
		c.t.Fatalf("%s signs in: %v", u.Name, err)
	}
	d := &User{T: c.t, Name: u.Name, Handle: u.Handle, Options: o, Profile: p}
	d.open()
	d.Sync()
	return d
}

func (c *Cluster) options(node int, adapt func(*client.Options)) client.Options {
	transport, err := network.New(c.Nodes[node].URL)
	if err != nil {
		c.t.Fatal(err)
	}
	o := client.Options{Origin: Origin, Transport: transport, Store: memory.New()}
	if os.Getenv("CENACLE_TEST_LOG") != "" {
		o.Logger = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	if adapt != nil {
		adapt(&o)
	}
	return o
}

func (u *User) open() {
	u.T.Helper()
	u.Options.SaveProfile = func(_ context.Context, p *client.Profile) error {
		kept := *p
		u.Profile = &kept
		return nil
	}
	e, err := client.Open(Context(u.T), u.Options, u.Profile)
	if err != nil {
		u.T.Fatalf("%s opens the engine: %v", u.Name, err)
	}
	u.Engine = e
}

// Restart closes the engine and opens it again on the same store.
func (u *User) Restart() {
	u.T.Helper()
	u.open()
}

// Store is the user's local store.
func (u *User) Store() store.Store { return u.Options.Store }

// Sync synchronises and fails the test on an error.
func (u *User) Sync() {
	u.T.Helper()
	if err := u.Engine.Sync(Context(u.T)); err != nil {
		u.T.Fatalf("%s synchronises: %v", u.Name, err)
	}
}

// Follow keeps the user up to date until the test ends.
func (u *User) Follow() {
	u.followOnce.Do(func() {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan struct{})
		go func() {
			defer close(done)
			_ = u.Engine.Follow(ctx)
		}()
		u.stop = func() { cancel(); <-done }
		u.T.Cleanup(u.stop)
	})
}

// Create makes a workspace.
func (u *User) Create(name string) *client.Workspace {
	u.T.Helper()
	w, err := u.CreateWorkspace(Context(u.T), name)
	if err != nil {
		u.T.Fatalf("%s creates a workspace: %v", u.Name, err)
	}
	return w
}

// In returns the user's view of a workspace.
func (u *User) In(id schema.WorkspaceID) *client.Workspace {
	u.T.Helper()
	w, err := u.Workspace(id)
	if err != nil {
		u.T.Fatalf("%s: %v", u.Name, err)
	}
	return w
}

// Invite makes an invite for a role and returns its URL.
func (u *User) Invite(w *client.Workspace, o client.InviteOptions) string {
	u.T.Helper()
	url, _, err := u.In(w.ID()).Invite(Context(u.T), o)
	if err != nil {
		u.T.Fatalf("%s invites: %v", u.Name, err)
	}
	return url
}

// Join joins by a URL.
func (u *User) Join(url string) *client.Workspace {
	u.T.Helper()
	w, err := u.TryJoin(url)
	if err != nil {
		u.T.Fatalf("%s joins: %v", u.Name, err)
	}
	u.Sync()
	return w
}

// TryJoin is Join for tests that expect an error.
func (u *User) TryJoin(url string) (*client.Workspace, error) {
	return u.Engine.Join(Context(u.T), url)
}

// Channel finds a channel by name.
func (u *User) Channel(w schema.WorkspaceID, name string) client.Channel {
	u.T.Helper()
	ch, err := u.In(w).FindChannel(name)
	if err != nil {
		u.T.Fatalf("%s: %v", u.Name, err)
	}
	return ch
}

// Post sends a message and returns its id and sequence.
func (u *User) Post(w schema.WorkspaceID, channel, text string) client.Sent {
	u.T.Helper()
	sent, err := u.In(w).Post(Context(u.T), u.Channel(w, channel), text, client.PostOptions{})
	if err != nil {
		u.T.Fatalf("%s posts: %v", u.Name, err)
	}
	return sent
}

// Read returns the newest messages of a channel.
func (u *User) Read(w schema.WorkspaceID, channel string) []client.Message {
	u.T.Helper()
	out, err := u.In(w).Messages(Context(u.T), u.Channel(w, channel), 1000)
	if err != nil {
		u.T.Fatalf("%s reads: %v", u.Name, err)
	}
	return out
}

// Texts returns the texts of the newest messages, joined by " | ", with
// "(deleted)" for those that are gone.
func (u *User) Texts(w schema.WorkspaceID, channel string) string {
	u.T.Helper()
	var out []string
	for _, m := range u.Read(w, channel) {
		if m.Gone() {
			out = append(out, "(deleted)")
		} else {
			out = append(out, m.Text)
		}
	}
	return strings.Join(out, " | ")
}

// Expect synchronises and compares the texts of a channel.
func (u *User) Expect(w schema.WorkspaceID, channel, want string) {
	u.T.Helper()
	u.Sync()
	if got := u.Texts(w, channel); got != want {
		u.T.Fatalf("%s reads %q in %s, want %q", u.Name, got, channel, want)
	}
}

// Context ends with the test, or when the test has waited too long.
func Context(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 2*Patience)
	t.Cleanup(cancel)
	return ctx
}

// Eventually waits until a condition holds; what names it.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-deadline.C:
			t.Fatalf("waited %v in vain until %s", Patience, what)
		}
	}
}

// ExpectCode fails the test unless err has the code.
func ExpectCode(t testing.TB, err error, code schema.Code) {
	t.Helper()
	if !schema.HasCode(err, code) {
		t.Fatalf("error %v, want %s", err, code)
	}
}

// String names the user in failures.
func (u *User) String() string { return fmt.Sprintf("%s (%s)", u.Name, u.User()) }
