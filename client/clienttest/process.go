package clienttest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/cenacle-team/cenacle/server"
)

// Environment of a test binary that is a server process, see [Child].
const (
	envChild    = "CENACLE_TEST_SERVER_DATA"
	envListen   = "CENACLE_TEST_SERVER_LISTEN"
	envDatabase = "CENACLE_TEST_SERVER_DATABASE"
	envNATS     = "CENACLE_TEST_SERVER_NATS"
)

// Child turns this process into a server if the environment says so, and does not
// return then. A package that uses [StartProcess] calls it first in TestMain.
func Child() {
	data := os.Getenv(envChild)
	if data == "" {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	s, err := server.New(ctx, server.Options{
		DataDir: data, Listen: os.Getenv(envListen), Database: os.Getenv(envDatabase), NATS: os.Getenv(envNATS),
		Origin: Origin, Registration: server.RegistrationOpen,
	})
	if err == nil {
		fmt.Printf("listening %s\n", s.Addr())
		err = s.Run(ctx)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "server:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// Process is a server in a process of its own, which can be killed.
type Process struct {
	URL  string
	t    testing.TB
	env  []string
	addr string
	cmd  *exec.Cmd
}

// StartProcess runs a server process with its data in dir.
func StartProcess(t testing.TB, dir, database, nats string) *Process {
	t.Helper()
	p := &Process{t: t, addr: "127.0.0.1:0", env: []string{envChild + "=" + dir, envDatabase + "=" + database, envNATS + "=" + nats}}
	p.Run()
	t.Cleanup(p.Kill)
	return p
}

// Run starts the process, again after Kill, at the address that it had.
func (p *Process) Run() {
	p.t.Helper()
	p.cmd = exec.Command(os.Args[0], "-test.run=^$")
	p.cmd.Env = append(append(os.Environ(), p.env...), envListen+"="+p.addr)
	p.cmd.Stderr = os.Stderr
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.t.Fatalf("start server process: %v", err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening ")
	if err != nil || !ok {
		p.t.Fatalf("the server process said %q: %v", line, err)
	}
	if _, _, err := net.SplitHostPort(addr); err != nil {
		p.t.Fatal(err)
	}
	p.addr, p.URL = addr, "http://"+addr
}

// Kill ends the process at once, as a crash would.
func (p *Process) Kill() {
	if p.cmd == nil {
		return
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.cmd = nil
}

// Processes is a cluster whose nodes are processes: users are spread over them as
// over [Node]s.
func Processes(t testing.TB, p ...*Process) *Cluster {
	c := &Cluster{t: t}
	for _, each := range p {
		c.Nodes = append(c.Nodes, &Node{URL: each.URL, t: t})
	}
	return c
}
