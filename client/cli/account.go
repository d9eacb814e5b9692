package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/home"
	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/schema"
)

type signUpJSON struct {
	User       schema.UserID   `json:"user"`
	Device     schema.DeviceID `json:"device"`
	AccountKey string          `json:"account_key"`
}

type deviceJSON struct {
	User   schema.UserID   `json:"user"`
	Device schema.DeviceID `json:"device"`
}

func (a *app) signUpCommand() *cobra.Command {
	var server, email, name, invite string
	cmd := a.command("signup", between(0, 0), func(ctx context.Context, _ []string) error {
		return a.signUp(ctx, server, client.SignUpOptions{Handle: email, Name: name, Invite: invite})
	})
	flags := cmd.Flags()
	flags.StringVar(&server, "server", "", a.t("flag.server"))
	flags.StringVar(&email, "email", "", a.t("flag.email"))
	flags.StringVar(&name, "name", "", a.t("flag.name"))
	flags.StringVar(&invite, "invite", "", a.t("flag.invite"))
	return cmd
}

func (a *app) signUp(ctx context.Context, server string, o client.SignUpOptions) (err error) {
	if server == "" && o.Invite != "" {
		if server, err = client.InviteServer(o.Invite); err != nil {
			return err
		}
	}
	switch {
	case server == "":
		return usage("error.needs", "--server")
	case o.Handle == "":
		return usage("error.needs", "--email")
	case o.Name == "":
		return usage("error.needs", "--name")
	}
	if found, err := a.home.Read(); err != nil {
		return err
	} else if found != nil {
		return fail(codeHasProfile, "error.hasprofile", string(a.home))
	}
	transport, err := network.New(server)
	if err != nil {
		return err
	}
	if o.Passphrase, err = a.newSecret(ctx, envPassphrase, "ask.newpassphrase"); err != nil {
		return err
	}
	// Before there is an account: a home that cannot be written would lose its key.
	if err := a.home.Clear(ctx); err != nil {
		return err
	}
	p, err := client.SignUp(ctx, client.Options{Origin: transport.Origin(), Transport: transport}, o)
	if err != nil {
		return err
	}
	s, err := a.keepNew(ctx, p, o.Passphrase, nil)
	if err != nil {
		// The account exists: whoever holds its key can sign in.
		return errors.Join(err, a.showKit(signUpJSON{User: p.User, AccountKey: p.AccountKey}, p))
	}
	defer func() { err = errors.Join(err, s.close()) }()
	return a.showKit(signUpJSON{User: p.User, Device: s.engine.Device(), AccountKey: p.AccountKey}, p)
}

// keepNew keeps a new profile, in place of the sealed one that was found, and
// makes the account ready for use: its personal workspace and, on a further
// device, its certificate in every roster.
func (a *app) keepNew(ctx context.Context, p *client.Profile, passphrase string, found []byte) (*session, error) {
	opened, err := home.Start(ctx, a.home, p, passphrase, found)
	if err != nil {
		return nil, err
	}
	s := a.opened(opened)
	if err := s.keep.Save(ctx, p); err != nil {
		return nil, errors.Join(err, s.engine.Close())
	}
	err = s.sync(ctx)
	if err == nil {
		err = s.trust(nil, schema.StreamID{})
	}
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// showKit shows the emergency kit, once.
func (a *app) showKit(result signUpJSON, p *client.Profile) error {
	if a.json {
		return a.object(result)
	}
	for _, line := range []string{
		a.t("kit.title"), "",
		a.t("kit.server", p.Origin), a.t("kit.email", safe(p.Handle)), a.t("kit.key", p.AccountKey), "",
		a.t("kit.once"),
	} {
		if err := a.line(line); err != nil {
			return err
		}
	}
	return nil
}

func (a *app) signInCommand() *cobra.Command {
	var server, email, name string
	cmd := a.command("signin", between(0, 0), func(ctx context.Context, _ []string) error {
		return a.signIn(ctx, server, client.SignInOptions{Handle: email, Name: name})
	})
	flags := cmd.Flags()
	flags.StringVar(&server, "server", "", a.t("flag.server"))
	flags.StringVar(&email, "email", "", a.t("flag.email"))
	flags.StringVar(&name, "name", "", a.t("flag.signinname"))
	return cmd
}

func (a *app) signIn(ctx context.Context, server string, o client.SignInOptions) error {
	found, err := a.home.Read()
	if err != nil {
		return err
	}
	if found == nil && server == "" {
		return usage("error.needs", "--server")
	}
	if found == nil && o.Handle == "" {
		return usage("error.needs", "--email")
	}
	if o.Passphrase, err = a.secret(ctx, envPassphrase, "ask.passphrase"); err != nil {
		return err
	}
	if found != nil {
		if o.Profile, err = a.knownProfile(ctx, found, o.Passphrase, &server, &o.Handle); err != nil {
			return err
		}
	}
	if o.AccountKey, err = a.secret(ctx, envAccountKey, "ask.accountkey"); err != nil {
		return err
	}
	transport, err := network.New(server)
	if err != nil {
		return err
	}
	if found == nil {
		if err := a.home.Clear(ctx); err != nil {
			return err
		}
	}
	p, err := client.SignIn(ctx, client.Options{Origin: transport.Origin(), Transport: transport}, o)
	if err != nil {
		return err
	}
	s, err := a.keepNew(ctx, p, o.Passphrase, found)
	if err != nil {
		return err
	}
	result := deviceJSON{User: p.User, Device: s.engine.Device()}
	return errors.Join(a.result(result, "done.signin", safe(p.Handle)), s.close())
}

// knownProfile opens the profile of a device that signs in again: after its keys
// or its passphrase were replaced from another device. The profile is then still
// sealed under the passphrase of before.
func (a *app) knownProfile(ctx context.Context, sealed []byte, passphrase string, server, email *string) (*client.Profile, error) {
	p, err := client.OpenProfile(passphrase, sealed)
	if schema.HasCode(err, schema.CodeSignInFailed) {
		old, secretErr := a.secret(ctx, envOldPassphrase, "ask.oldpassphrase")
		if secretErr != nil {
			return nil, err
		}
		p, err = client.OpenProfile(old, sealed)
	}
	if err != nil {
		return nil, err
	}
	if *server == "" {
		*server = p.Origin
	}
	if *email == "" {
		*email = p.Handle
	}
	if transport, err := network.New(*server); err != nil {
		return nil, err
	} else if transport.Origin() != p.Origin || *email != p.Handle {
		return nil, fail(codeHasProfile, "error.hasprofile", string(a.home))
	}
	return p, nil
}

func (a *app) passphraseCommand() *cobra.Command {
	return a.group("passphrase", a.command("passphrase.change", between(0, 0),
		a.inSession(func(ctx context.Context, s *session, _ []string) error {
			if err := s.trust(nil, schema.StreamID{}); err != nil {
				return err
			}
			fresh, err := a.newSecret(ctx, envNewPassphrase, "ask.newpassphrase")
			if err != nil {
				return err
			}
			err = s.keep.Change(fresh, func() error {
				return s.engine.ChangePassphrase(ctx, s.keep.Passphrase(), fresh)
			})
			if err != nil {
				return err
			}
			return a.result(deviceJSON{User: s.engine.User(), Device: s.engine.Device()}, "done.passphrase")
		})))
}
