// Command cenacle is both halves of an end-to-end encrypted team workspace: the
// server, which orders and stores bytes that it cannot read, and the command-line
// client. This file dispatches only.
package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/cenacle-team/cenacle/client/cli"
	"github.com/cenacle-team/cenacle/client/web"
	"github.com/cenacle-team/cenacle/server"
)

func main() { os.Exit(run()) }

// run executes the command line until it ends or is interrupted. A second
// interrupt ends the program at once.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return cli.Run(ctx, os.Args[1:], cli.Options{
		Version: version(), Serve: serve, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
}

// serve runs a server until ctx ends.
func serve(ctx context.Context, o cli.ServeOptions) error {
	s, err := server.New(ctx, server.Options{
		DataDir: o.DataDir, Listen: o.Listen, Database: o.Database, NATS: o.NATS,
		Registration: server.Registration(o.Registration), Name: o.Name, Origin: o.Origin,
		TLSCert: o.TLSCert, TLSKey: o.TLSKey, ACMEHosts: o.ACMEHosts,
		MetricsListen: o.MetricsListen, TrustedProxies: o.TrustedProxies,
		Quotas: server.Quotas{
			WorkspaceOctets: o.WorkspaceQuota, AccountOctets: o.AccountQuota, Workspaces: o.WorkspacesPerAccount,
		},
		Web: web.Handler(), Logger: o.Logger,
	})
	if err != nil {
		return err
	}
	o.Ready(address(o, s.Addr()))
	return s.Run(ctx)
}

// address is where people reach the server: its origin, or the one that it
// answers to when none is given.
func address(o cli.ServeOptions, listening net.Addr) string {
	scheme := "http"
	if o.TLSCert != "" || len(o.ACMEHosts) > 0 {
		scheme = "https"
	}
	_, port, err := net.SplitHostPort(listening.String())
	switch {
	case o.Origin != "":
		return o.Origin
	case len(o.ACMEHosts) > 0:
		return scheme + "://" + o.ACMEHosts[0]
	case err != nil:
		return listening.String()
	}
	return fmt.Sprintf("%s://localhost:%s", scheme, port)
}

// version is the module's version as the Go tool recorded it in the binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
