package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/client/open"
	"github.com/cenacle-team/cenacle/client/web"
)

func (a *app) openCommand() *cobra.Command {
	var server string
	var port int
	var noBrowser bool
	cmd := a.command("open", between(0, 0), func(ctx context.Context, _ []string) error {
		return a.openApp(ctx, server, port, !noBrowser)
	})
	flags := cmd.Flags()
	flags.StringVar(&server, "server", "", a.t("flag.openserver"))
	flags.IntVar(&port, "port", 0, a.t("flag.openport"))
	flags.BoolVar(&noBrowser, "no-browser", false, a.t("flag.nobrowser"))
	return cmd
}

// openApp serves the web app on a loopback port until ctx ends.
func (a *app) openApp(ctx context.Context, server string, port int, browse bool) (err error) {
	if !web.Built() {
		return fail(codeNoApp, "error.noapp")
	}
	if port < 0 || port > 65535 {
		return usage("error.port", port)
	}
	found, err := a.home.Read()
	if err != nil {
		return err
	}
	if server != "" {
		t, err := network.New(server)
		if err != nil {
			return err
		}
		server = t.Origin()
	} else if found == nil {
		return usage("error.needs", "--server")
	}
	if err := os.MkdirAll(string(a.home), 0o700); err != nil {
		return err
	}
	logger, err := a.logger("text", "warn")
	if err != nil {
		return err
	}
	var h handover
	defer func() { err = errors.Join(err, h.end()) }()
	err = open.Run(ctx, open.Options{
		Home: a.home, Server: server, Port: port, Web: web.Handler(), Logger: logger,
		Ready: func(url string) {
			fmt.Fprintln(a.Stdout, a.t("open.ready", url))
			if !browse {
				return
			}
			remove, err := open.Launch(string(a.home), url)
			if err != nil {
				a.note("open.nobrowser")
				return
			}
			if err := h.begin(remove); err != nil {
				a.warn(err.Error())
			}
		},
		Connected: func() {
			if err := h.end(); err != nil {
				a.warn(err.Error())
			}
		},
	})
	if err != nil {
		return fail(codeServe, "error.serve", err.Error())
	}
	return nil
}

// handover is the file that leads the browser here. It goes as soon as the browser
// has come, which may be before the program knows that it was started.
type handover struct {
	mu     sync.Mutex
	remove func() error
	over   bool
}

func (h *handover) begin(remove func() error) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.over {
		return remove()
	}
	h.remove = remove
	return nil
}

func (h *handover) end() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.over = true
	if h.remove == nil {
		return nil
	}
	remove := h.remove
	h.remove = nil
	return remove()
}
