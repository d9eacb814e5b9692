package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
)

type memberJSON struct {
	User        schema.UserID      `json:"user"`
	Name        string             `json:"name"`
	Role        string             `json:"role"`
	Fingerprint schema.Fingerprint `json:"fingerprint"`
	Verified    bool               `json:"verified"`

	marks string
}

func (a *app) memberCommand() *cobra.Command {
	return a.group("member", a.memberListCommand(), a.memberAddCommand(), a.memberApproveCommand(), a.memberRemoveCommand(), a.memberRoleCommand(), a.memberVerifyCommand())
}

func (a *app) memberListCommand() *cobra.Command {
	return a.command("member.list", between(0, 0), a.inSession(func(ctx context.Context, s *session, _ []string) error {
		w, err := s.workspace()
		if err != nil {
			return err
		}
		var out []memberJSON
		for _, p := range w.People() {
			out = append(out, memberJSON{
				User: p.User, Name: p.Name, Role: p.Role.String(), Fingerprint: p.Fingerprint, Verified: p.Verified, marks: a.marks(p),
			})
		}
		return list(a, out, func(m memberJSON) []string {
			return []string{a.nameOf(m.Name, m.User), a.role(m.Role), m.marks, m.User.String()}
		})
	}))
}

// nameOf is how a person is called on screen: an id where no name is known.
func (a *app) nameOf(name string, user schema.UserID) string {
	if name == "" {
		return user.String()
	}
	return safe(name)
}

// marks is what to know about a person's key and name.
func (a *app) marks(p client.Person) string {
	var out string
	add := func(on bool, key string) {
		if on && out != "" {
			out += ", "
		}
		if on {
			out += a.t(key)
		}
	}
	add(p.Verified, "mark.verified")
	add(!p.Verified, "mark.unverified")
	add(p.KeyChanged, "mark.keychanged")
	add(p.LooksLike, "mark.lookalike")
	add(p.Pending, "mark.pending")
	return out
}

// memberAddCommand admits an account of this server without a link. It is offered
// the workspace, and its key is the one that the server shows: unverified.
func (a *app) memberAddCommand() *cobra.Command {
	return a.grantCommand("member.add", func(ctx context.Context, s *session, w *client.Workspace, who string, role schema.Role, circles []schema.CircleID) error {
		user, err := w.Admit(ctx, who, role, circles)
		if err != nil {
			return err
		}
		return a.result(roleJSON{user, role.String()}, "done.add", who, user)
	})
}

// memberApproveCommand admits somebody who joined by an invite that asks for it.
func (a *app) memberApproveCommand() *cobra.Command {
	return a.grantCommand("member.approve", func(ctx context.Context, s *session, w *client.Workspace, who string, role schema.Role, circles []schema.CircleID) error {
		p, err := s.person(ctx, w, who)
		if err != nil {
			return err
		}
		if err := w.Approve(ctx, p.User, role, circles); err != nil {
			return err
		}
		return a.result(roleJSON{p.User, role.String()}, "done.approve", a.nameOf(p.Name, p.User))
	})
}

// grantCommand is a command that gives somebody a role and perhaps channels.
func (a *app) grantCommand(key string, run func(ctx context.Context, s *session, w *client.Workspace, who string, role schema.Role, circles []schema.CircleID) error) *cobra.Command {
	var role string
	var channels []string
	cmd := a.command(key, between(1, 1), a.inSession(func(ctx context.Context, s *session, args []string) error {
		grant, err := a.parseRole(role)
		if err != nil {
			return err
		}
		w, err := s.workspace()
		if err != nil {
			return err
		}
		circles, err := s.circles(ctx, w, channels)
		if err != nil {
			return err
		}
		return run(ctx, s, w, args[0], grant, circles)
	}))
	cmd.Flags().StringVar(&role, "role", "member", a.t("flag.role"))
	cmd.Flags().StringArrayVar(&channels, "channel", nil, a.t("flag.memberchannel"))
	return cmd
}

func (a *app) memberRemoveCommand() *cobra.Command {
	return a.command("member.remove", between(1, 1), a.inSession(func(ctx context.Context, s *session, args []string) error {
		w, err := s.workspace()
		if err != nil {
			return err
		}
		p, err := s.person(ctx, w, args[0])
		if err != nil {
			return err
		}
		if err := w.Remove(ctx, p.User); err != nil {
			return err
		}
		return a.result(idJSON{p.User.String()}, "done.remove", a.nameOf(p.Name, p.User))
	}))
}

type roleJSON struct {
	User schema.UserID `json:"user"`
	Role string        `json:"role"`
}

func (a *app) memberRoleCommand() *cobra.Command {
	return a.command("member.role", between(2, 2), a.inSession(func(ctx context.Context, s *session, args []string) error {
		role, err := a.parseRole(args[1])
		if err != nil {
			return err
		}
		w, err := s.workspace()
		if err != nil {
			return err
		}
		p, err := s.person(ctx, w, args[0])
		if err != nil {
			return err
		}
		if err := w.SetRole(ctx, p.User, role); err != nil {
			return err
		}
		return a.result(roleJSON{p.User, role.String()}, "done.role", a.nameOf(p.Name, p.User), a.role(role.String()))
	}))
}

type verifyJSON struct {
	User        schema.UserID      `json:"user"`
	Fingerprint schema.Fingerprint `json:"fingerprint"`
	Number      string             `json:"number"`
	Verified    bool               `json:"verified"`
}

func (a *app) memberVerifyCommand() *cobra.Command {
	var number string
	cmd := a.command("member.verify", between(1, 1), a.inSession(func(ctx context.Context, s *session, args []string) error {
		w, err := s.workspace()
		if err != nil {
			return err
		}
		p, err := s.person(ctx, w, args[0])
		if err != nil {
			return err
		}
		v, err := w.BeginVerification(p.User)
		if err != nil {
			return err
		}
		if number == "" && a.json { // for a program that shows it itself
			return a.object(verifyJSON{v.User, v.Fingerprint, v.Number, p.Verified})
		}
		if err := a.compare(ctx, p, v, number); err != nil {
			return err
		}
		if err := s.engine.ConfirmVerification(ctx, v); err != nil {
			return err
		}
		return a.result(verifyJSON{v.User, v.Fingerprint, v.Number, true}, "done.verify", a.nameOf(p.Name, p.User))
	}))
	cmd.Flags().StringVar(&number, "confirm", "", a.t("flag.confirm"))
	return cmd
}

// compare lets two people compare their safety numbers, or a script compare the
// one that it was given.
func (a *app) compare(ctx context.Context, p client.Person, v client.Verification, number string) error {
	if number != "" {
		if !seal.SameSafetyNumber(number, v.Number) {
			return fail(codeMismatch, "error.mismatch")
		}
		return nil
	}
	a.note("verify.number", a.nameOf(p.Name, p.User))
	a.note("verify.digits", v.Number)
	yes, err := a.agrees(ctx, "verify.ask")
	if err != nil {
		return err
	}
	if !yes {
		return fail(codeMismatch, "error.notverified")
	}
	return nil
}
