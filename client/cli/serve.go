package cli

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

// ServeOptions are what the command serve was given, checked as far as it can be
// without a server.
type ServeOptions struct {
	DataDir, Listen, Database, NATS string
	Registration                    string // open, invite or closed
	Name, Origin                    string
	TLSCert, TLSKey                 string
	ACMEHosts                       []string
	MetricsListen                   string
	TrustedProxies                  []netip.Prefix
	// WorkspaceQuota and AccountQuota are in octets, WorkspacesPerAccount is a
	// number; 0 for the server's default.
	WorkspaceQuota, AccountQuota int64
	WorkspacesPerAccount         int
	Logger                       *slog.Logger
	// Ready is called once, with the server's address, when it accepts requests.
	Ready func(url string)
}

func (a *app) serveCommand() *cobra.Command {
	var o ServeOptions
	var proxies []string
	var workspaceQuota, accountQuota, logFormat, logLevel string
	cmd := a.command("serve", between(0, 0), func(ctx context.Context, _ []string) (err error) {
		if err := oneOf("--registration", o.Registration, "open", "invite", "closed"); err != nil {
			return err
		}
		if o.TrustedProxies, err = parsePrefixes(proxies); err != nil {
			return err
		}
		if o.WorkspaceQuota, err = parseSize(workspaceQuota); err != nil {
			return err
		}
		if o.AccountQuota, err = parseSize(accountQuota); err != nil {
			return err
		}
		if o.Logger, err = a.logger(logFormat, logLevel); err != nil {
			return err
		}
		o.Ready = func(url string) { fmt.Fprintln(a.Stdout, a.t("serve.ready", url)) }
		if err := a.Serve(ctx, o); err != nil {
			// For whoever runs the server, and who has to know what the system said.
			return fail(codeServe, "error.serve", err.Error())
		}
		return nil
	})
	flags := cmd.Flags()
	flags.StringVar(&o.DataDir, "data", "./data", a.t("flag.data"))
	flags.StringVar(&o.Listen, "listen", "localhost:8080", a.t("flag.listen"))
	flags.StringVar(&o.Database, "database", "", a.t("flag.database"))
	flags.StringVar(&o.NATS, "nats", "", a.t("flag.nats"))
	flags.StringVar(&o.Registration, "registration", "closed", a.t("flag.registration"))
	flags.StringVar(&o.Name, "name", "", a.t("flag.servername"))
	flags.StringVar(&o.Origin, "origin", "", a.t("flag.origin"))
	flags.StringVar(&o.TLSCert, "tls-cert", "", a.t("flag.tlscert"))
	flags.StringVar(&o.TLSKey, "tls-key", "", a.t("flag.tlskey"))
	flags.StringArrayVar(&o.ACMEHosts, "acme-host", nil, a.t("flag.acmehost"))
	flags.StringVar(&o.MetricsListen, "metrics", "", a.t("flag.metrics"))
	flags.StringArrayVar(&proxies, "trusted-proxy", nil, a.t("flag.trustedproxy"))
	flags.StringVar(&workspaceQuota, "workspace-quota", "", a.t("flag.workspacequota"))
	flags.StringVar(&accountQuota, "account-quota", "", a.t("flag.accountquota"))
	flags.IntVar(&o.WorkspacesPerAccount, "workspaces-per-account", 0, a.t("flag.workspacesperaccount"))
	flags.StringVar(&logFormat, "log-format", "text", a.t("flag.logformat"))
	flags.StringVar(&logLevel, "log-level", "info", a.t("flag.loglevel"))
	return cmd
}

// logger writes to standard error.
func (a *app) logger(format, level string) (*slog.Logger, error) {
	var o slog.HandlerOptions
	if err := oneOf("--log-level", level, "debug", "info", "warn", "error"); err != nil {
		return nil, err
	}
	if err := oneOf("--log-format", format, "text", "json"); err != nil {
		return nil, err
	}
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	o.Level = levels[level]
	if format == "json" {
		return slog.New(slog.NewJSONHandler(a.Stderr, &o)), nil
	}
	return slog.New(slog.NewTextHandler(a.Stderr, &o)), nil
}

// parsePrefixes reads networks (192.0.2.0/24) and single addresses.
func parsePrefixes(texts []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range texts {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			addr, addrErr := netip.ParseAddr(s)
			if addrErr != nil {
				return nil, usage("error.network", s)
			}
			p = netip.PrefixFrom(addr, addr.BitLen())
		}
		out = append(out, p)
	}
	return out, nil
}

// parseSize reads a number of octets with an optional unit: KiB, MiB, GiB or TiB.
// The empty text is 0.
func parseSize(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	number, shift := s, 0
	for unit, bits := range map[string]int{"KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40} {
		if rest, ok := strings.CutSuffix(s, unit); ok {
			number, shift = rest, bits
		}
	}
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || n <= 0 || n > (1<<62)>>shift {
		return 0, usage("error.size", s)
	}
	return n << shift, nil
}
