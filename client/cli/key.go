package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/schema"
)

type keyJSON struct {
	Key string `json:"key"`
}

type fingerprintJSON struct {
	Fingerprint schema.Fingerprint `json:"fingerprint"`
}

func (a *app) keyCommand() *cobra.Command {
	var private bool
	export := a.command("key.export", between(0, 0), func(ctx context.Context, _ []string) error {
		return a.withProfile(ctx, func(s *session) error {
			armored, err := s.engine.ExportKey(ctx, s.keep.Passphrase(), private)
			if err != nil {
				return err
			}
			if private {
				a.warn(a.t("note.privatekey"))
			}
			if a.json {
				return a.object(keyJSON{string(armored)})
			}
			_, err = a.Stdout.Write(armored)
			return err
		})
	})
	export.Flags().BoolVar(&private, "private", false, a.t("flag.privatekey"))
	fingerprint := a.command("key.fingerprint", between(0, 0), func(ctx context.Context, _ []string) error {
		return a.withProfile(ctx, func(s *session) error {
			f, err := s.engine.Fingerprint()
			if err != nil {
				return err
			}
			if a.json {
				return a.object(fingerprintJSON{f})
			}
			return a.line(f.String())
		})
	})
	return a.group("key", export, fingerprint)
}
