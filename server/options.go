package server

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"time"

	"github.com/cenacle-team/cenacle/server/api"
)

// Quotas bound what accounts, workspaces and addresses may use; see [api.Quotas].
type Quotas = api.Quotas

// Registration is who may make an account.
type Registration = api.Registration

// The kinds of [Registration].
const (
	RegistrationOpen   = api.RegistrationOpen
	RegistrationInvite = api.RegistrationInvite
	RegistrationClosed = api.RegistrationClosed
)

// Options configure a node. Only DataDir and Web are needed.
type Options struct {
	// DataDir is the folder of the SQLite database and of ACME's certificates.
	// It is made when missing.
	DataDir string
	// Listen is the address of the HTTP server; default localhost:8080. Port 0
	// picks a free one.
	Listen string
	// Database is "sqlite:PATH" or "postgres://…"; default cenacle.db in DataDir.
	Database string
	// NATS is the URL of a NATS server, or several with commas; default an
	// embedded one that listens on no port.
	NATS string
	// Registration is who may make an account; default closed.
	Registration Registration
	// Name is shown to people who sign up.
	Name string
	// Origin is the server's public origin as browsers see it, for example
	// https://chat.example.org. Clients sign it when they sign in. Default
	// http://localhost:PORT.
	Origin string
	// TLSCert and TLSKey are files; ACMEHosts asks Let's Encrypt for the
	// certificates of these names instead, which needs port 443 of the internet to
	// lead here (TLS-ALPN, RFC 8737). With neither, HTTP is spoken: on the loopback
	// interface, or behind a proxy that speaks TLS.
	TLSCert, TLSKey string
	ACMEHosts       []string
	// MetricsListen is the address of a second HTTP server for /metrics; it must
	// not be reachable from outside. Empty for none.
	MetricsListen string
	// TrustedProxies are the networks of reverse proxies whose X-Forwarded-For is
	// believed.
	TrustedProxies []netip.Prefix
	Quotas         Quotas
	// Web serves everything outside /v1 and /healthz.
	Web http.Handler
	// Logger receives ids, never content, keys, tokens or clients' addresses.
	// Nil discards.
	Logger *slog.Logger
	// Clock is the server's clock; nil is time.Now.
	Clock func() time.Time
}

func (o Options) withDefaults() (Options, error) {
	if o.DataDir == "" {
		return o, errors.New("a data folder is expected")
	}
	if o.Listen == "" {
		o.Listen = "localhost:8080"
	}
	if o.Database == "" {
		o.Database = "sqlite:" + filepath.Join(o.DataDir, "cenacle.db")
	}
	switch o.Registration {
	case "":
		o.Registration = RegistrationClosed
	case RegistrationOpen, RegistrationInvite, RegistrationClosed:
	default:
		return o, fmt.Errorf("registration %q: open, invite or closed is expected", o.Registration)
	}
	if (o.TLSCert == "") != (o.TLSKey == "") {
		return o, errors.New("a TLS certificate and its key are given together")
	}
	if o.TLSCert != "" && len(o.ACMEHosts) > 0 {
		return o, errors.New("TLS certificates come from files or from ACME, not both")
	}
	if o.Web == nil {
		o.Web = http.NotFoundHandler()
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return o, nil
}

// secureListen reports whether the node itself speaks TLS.
func (o Options) secureListen() bool { return o.TLSCert != "" || len(o.ACMEHosts) > 0 }

// origin checks the configured origin, or makes one from the port.
func (o Options) origin(listen net.Addr) (string, error) {
	if o.Origin == "" {
		scheme := "http"
		if o.secureListen() {
			scheme = "https"
		}
		if len(o.ACMEHosts) > 0 {
			return scheme + "://" + o.ACMEHosts[0], nil
		}
		_, port, err := net.SplitHostPort(listen.String())
		if err != nil {
			return "", fmt.Errorf("read the port: %w", err)
		}
		return scheme + "://localhost:" + port, nil
	}
	u, err := url.Parse(o.Origin)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Scheme+"://"+u.Host != o.Origin {
		return "", errors.New("an origin is a scheme, a host and perhaps a port, as in https://chat.example.org")
	}
	return o.Origin, nil
}
