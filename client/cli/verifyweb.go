package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client/web"
)

type listedJSON struct {
	Name   string `json:"name"`
	Coding string `json:"coding"` // content coding, "" for none
	SHA256 string `json:"sha256"`
}

type differenceJSON struct {
	Path   string `json:"path"`
	Coding string `json:"coding"`
	What   string `json:"what"`
}

type verifiedJSON struct {
	Server string `json:"server"`
	Files  int    `json:"files"`
	Same   bool   `json:"same"`
}

// verifyWebCommand compares the web app that a server serves with the one in this
// program.
func (a *app) verifyWebCommand() *cobra.Command {
	list := false
	cmd := a.command("verify-web", between(0, 1), func(ctx context.Context, args []string) error {
		switch {
		case list == (len(args) == 1):
			return usage("error.verifyweb")
		case !web.Built():
			return fail(codeNoApp, "error.noapp")
		case list:
			return a.listWeb()
		}
		return a.verifyWeb(ctx, args[0])
	})
	cmd.Flags().BoolVar(&list, "list", false, a.t("flag.list"))
	return cmd
}

// listWeb prints the manifest, to be published with a release.
func (a *app) listWeb() error {
	for _, l := range web.Manifest() {
		v := listedJSON{Name: l.Name, Coding: l.Coding, SHA256: l.SHA256}
		coding := l.Coding
		if coding == "" {
			coding = "-"
		}
		if err := a.result(v, "verifyweb.file", l.SHA256, coding, l.Name); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) verifyWeb(ctx context.Context, origin string) error {
	found, err := web.Verify(ctx, origin)
	var addressed *web.AddressError
	if errors.As(err, &addressed) {
		return usage("error.address")
	}
	if err != nil && len(found) == 0 {
		return fail(codeWebUnreachable, "error.webunreachable", origin)
	}
	for _, d := range found {
		if err := a.result(differenceJSON(d), "verifyweb.difference", d.Path, d.What); err != nil {
			return err
		}
	}
	if len(found) > 0 {
		return fail(codeWebDiffers, "error.webdiffers", origin)
	}
	files := len(web.Manifest())
	return a.result(verifiedJSON{Server: origin, Files: files, Same: true}, "verifyweb.same", origin, files)
}
