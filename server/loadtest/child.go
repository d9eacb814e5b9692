package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"

	natsserver "github.com/nats-io/nats-server/v2/server"

	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/limit"
	"github.com/cenacle-team/cenacle/server/live"
)

// The hidden subcommands. Each takes one argument, its configuration in JSON.
const (
	childNode   = "loadtest-child-node"
	childBus    = "loadtest-child-bus"
	childOpener = "loadtest-child-opener"
)

// child runs a hidden subcommand, if the arguments are one.
func child(args []string) (code int, is bool) {
	if len(args) != 2 {
		return 0, false
	}
	var err error
	switch args[0] {
	case childNode:
		err = runNode(args[1], os.Stdin, os.Stdout)
	case childBus:
		err = runBus(os.Stdin, os.Stdout)
	case childOpener:
		err = runOpener(args[1], os.Stdout)
	default:
		return 0, false
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", args[0], err)
		return 1, true
	}
	return 0, true
}

// origin is what all nodes take themselves to be, as behind a load balancer.
const origin = "https://cenacle.test"

// nodeConfig configures a server.
type nodeConfig struct{ DataDir, Database, NATS string }

// runNode is a server: the product's, but for limits of how fast one address and
// one account may go, because all load comes from one machine. It prints its
// address, obeys commands, and ends with its input.
func runNode(config string, in io.Reader, out io.Writer) error {
	var c nodeConfig
	if err := json.Unmarshal([]byte(config), &c); err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	endless := limit.Rate{PerSecond: 1e6, Burst: 1e6}
	srv, err := server.New(ctx, server.Options{
		DataDir: c.DataDir, Database: c.Database, NATS: c.NATS,
		Listen: "127.0.0.1:0", Origin: origin, Registration: server.RegistrationOpen,
		Quotas: server.Quotas{
			WorkspaceOctets: -1, AccountOctets: -1,
			Challenges: endless, SignUps: endless, SignIns: endless, Lookups: endless, Holds: endless,
			MemberHolds: endless, Rosters: endless, Requests: endless,
			Live: live.Limits{Sockets: 1e6, SocketsPerAddress: 1e6, SocketsPerUser: 1e6, SubscribesPerSecond: 1e6},
		},
	})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx) }()
	fmt.Fprintln(out, srv.Addr())
	err = obey(in, out)
	cancel()
	return errors.Join(err, <-ended)
}

// runBus is a NATS server. It prints its URL and ends with its input.
func runBus(in io.Reader, out io.Writer) error {
	s, err := natsserver.NewServer(&natsserver.Options{Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoLog: true, NoSigs: true})
	if err != nil {
		return fmt.Errorf("make the bus: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		return errors.New("the bus did not start")
	}
	fmt.Fprintln(out, s.ClientURL())
	err = obey(in, out)
	s.Shutdown()
	s.WaitForShutdown()
	return err
}

// obey does what each line of its input says and answers with a line.
func obey(in io.Reader, out io.Writer) error {
	stop := func() error { return errors.New("no profile is under way") }
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		command, path, _ := strings.Cut(lines.Text(), " ")
		var err error
		switch command {
		case "gc":
			debug.FreeOSMemory()
		case "cpu":
			stop, err = startProfile(path)
		case "stop":
			err = stop()
		case "heap":
			err = heapProfile(path)
		default:
			err = errors.New("unknown command")
		}
		answer := "done"
		if err != nil {
			answer = err.Error()
		}
		fmt.Fprintln(out, answer)
	}
	return lines.Err()
}

func heapProfile(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	runtime.GC()
	return errors.Join(pprof.WriteHeapProfile(f), f.Close())
}

// startProfile writes a CPU profile until stop; none with an empty path.
func startProfile(path string) (stop func() error, err error) {
	if path == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error {
		pprof.StopCPUProfile()
		return f.Close()
	}, nil
}
