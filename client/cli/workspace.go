package cli

import (
	"cmp"
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

type workspaceJSON struct {
	ID   schema.WorkspaceID `json:"id"`
	Name string             `json:"name"`
	Role string             `json:"role"`
}

// shownWorkspaceJSON is a workspace with its numbers; see [listedChannelJSON].
type shownWorkspaceJSON struct {
	workspaceJSON
	Members  int  `json:"members"`
	Channels int  `json:"channels"`
	Unread   int  `json:"unread"`
	Mentions int  `json:"mentions"`
	More     bool `json:"more"`
}

func workspaceOf(w *client.Workspace) workspaceJSON {
	return workspaceJSON{ID: w.ID(), Name: w.Name(), Role: w.Role().String()}
}

// role is the name of a role as people read it.
func (a *app) role(name string) string { return a.t("role." + name) }

func (a *app) workspaceCommand() *cobra.Command {
	create := a.command("workspace.create", between(1, 1), a.inSession(func(ctx context.Context, s *session, args []string) error {
		w, err := s.engine.CreateWorkspace(ctx, args[0])
		if err != nil {
			return err
		}
		return a.result(workspaceOf(w), "done.workspace", safe(w.Name()), w.ID())
	}))
	listAll := a.command("workspace.list", between(0, 0), a.inSession(func(ctx context.Context, s *session, _ []string) error {
		var out []workspaceJSON
		for _, w := range s.engine.Workspaces() {
			if !w.Removed() {
				out = append(out, workspaceOf(w))
			}
		}
		return list(a, out, func(w workspaceJSON) []string {
			return []string{safe(w.Name), a.role(w.Role), w.ID.String()}
		})
	}))
	show := a.command("workspace.show", between(0, 0), a.inSession(func(ctx context.Context, s *session, _ []string) error {
		w, err := s.workspace()
		if err != nil {
			return err
		}
		out := shownWorkspaceJSON{workspaceJSON: workspaceOf(w), Members: len(w.People())}
		for _, ch := range w.Channels() {
			one, err := listed(ctx, w, ch)
			if err != nil {
				return err
			}
			out.Channels++
			out.Unread, out.Mentions, out.More = out.Unread+one.Unread, out.Mentions+one.Mentions, out.More || one.More
		}
		if a.json {
			return a.object(out)
		}
		return a.table([][]string{
			{a.t("show.name"), safe(w.Name())},
			{a.t("show.id"), w.ID().String()},
			{a.t("show.role"), a.role(w.Role().String())},
			{a.t("show.members"), strconv.Itoa(out.Members)},
			{a.t("show.channels"), strconv.Itoa(out.Channels)},
			{a.t("show.unread"), cmp.Or(a.unread(out.Unread, out.Mentions, out.More), a.t("unread.none"))},
		})
	}))
	return a.group("workspace", create, listAll, show, a.workspaceOffersCommand(), a.workspaceAcceptCommand(), a.workspaceDeclineCommand())
}

// workspaceOffersCommand lists the workspaces that somebody put the user in.
func (a *app) workspaceOffersCommand() *cobra.Command {
	return a.command("workspace.offers", between(0, 0), a.inSession(func(ctx context.Context, s *session, _ []string) error {
		var out []workspaceJSON
		for _, w := range s.engine.Offers() {
			out = append(out, workspaceOf(w))
		}
		return list(a, out, func(w workspaceJSON) []string {
			return []string{safe(w.Name), a.role(w.Role), w.ID.String()}
		})
	}))
}

// inOffer is the run function of a command about an offer. It takes an id only: a
// name is what whoever made the offer has chosen.
func (a *app) inOffer(do func(ctx context.Context, s *session, w *client.Workspace) error) func(context.Context, []string) error {
	return a.inSession(func(ctx context.Context, s *session, args []string) error {
		for _, w := range s.engine.Offers() {
			if w.ID().String() != args[0] {
				continue
			}
			if err := s.trust(w, schema.StreamID{}); err != nil {
				return err
			}
			return do(ctx, s, w)
		}
		return fail(schema.CodeNotFound, "error.unknownoffer", args[0])
	})
}

func (a *app) workspaceAcceptCommand() *cobra.Command {
	return a.command("workspace.accept", between(1, 1), a.inOffer(func(ctx context.Context, s *session, w *client.Workspace) error {
		if err := s.engine.Accept(ctx, w); err != nil {
			return err
		}
		return a.result(workspaceOf(w), "done.join", safe(w.Name()), a.role(w.Role().String()))
	}))
}

func (a *app) workspaceDeclineCommand() *cobra.Command {
	return a.command("workspace.decline", between(1, 1), a.inOffer(func(ctx context.Context, s *session, w *client.Workspace) error {
		out := idJSON{w.ID().String()}
		if err := s.engine.Decline(ctx, w); err != nil {
			return err
		}
		return a.result(out, "done.decline")
	}))
}

type urlJSON struct {
	URL string `json:"url"`
}

type inviteJSON struct {
	ID      schema.InviteID `json:"id"`
	Role    string          `json:"role"`
	Uses    uint32          `json:"uses"`
	Used    uint32          `json:"used"`
	Expires string          `json:"expires"` // RFC 3339, empty for never
}

func (a *app) inviteCommand() *cobra.Command {
	var role, expires string
	var channels []string
	var uses uint
	var approval bool
	cmd := a.command("invite", between(0, 0), a.inSession(func(ctx context.Context, s *session, _ []string) error {
		o := client.InviteOptions{Uses: uint32(uses), Approval: approval}
		var err error
		if uses < 1 || uses > schema.MaxInviteUses {
			return usage("error.uses", schema.MaxInviteUses)
		}
		if o.Role, err = a.parseRole(role); err != nil {
			return err
		}
		if o.Expires, err = parseDuration(expires); err != nil {
			return err
		}
		w, err := s.workspace()
		if err != nil {
			return err
		}
		if o.Circles, err = s.circles(ctx, w, channels); err != nil {
			return err
		}
		url, _, err := w.Invite(ctx, o)
		if err != nil {
			return err
		}
		if a.json {
			return a.object(urlJSON{url})
		}
		a.note("note.invite", a.role(o.Role.String()))
		return a.line(url)
	}))
	flags := cmd.Flags()
	flags.StringVar(&role, "role", "member", a.t("flag.role"))
	flags.StringArrayVar(&channels, "channel", nil, a.t("flag.channel"))
	flags.UintVar(&uses, "uses", 1, a.t("flag.uses"))
	flags.StringVar(&expires, "expires", "", a.t("flag.expires"))
	flags.BoolVar(&approval, "approval", false, a.t("flag.approval"))
	cmd.AddCommand(a.inviteListCommand(), a.inviteCancelCommand())
	return cmd
}

func (a *app) inviteListCommand() *cobra.Command {
	return a.command("invite.list", between(0, 0), a.inSession(func(ctx context.Context, s *session, _ []string) error {
		w, err := s.workspace()
		if err != nil {
			return err
		}
		var out []inviteJSON
		for _, i := range w.Invites() {
			if i.Open {
				out = append(out, inviteJSON{ID: i.ID, Role: i.Role.String(), Uses: i.Uses, Used: i.Used, Expires: stamp(i.Expires)})
			}
		}
		return list(a, out, func(i inviteJSON) []string {
			return []string{i.ID.String(), a.role(i.Role), a.t("invite.used", i.Used, i.Uses), i.Expires}
		})
	}))
}

func (a *app) inviteCancelCommand() *cobra.Command {
	return a.command("invite.cancel", between(1, 1), a.inSession(func(ctx context.Context, s *session, args []string) error {
		var id schema.InviteID
		if err := id.UnmarshalText([]byte(args[0])); err != nil {
			return usage("error.id", args[0])
		}
		w, err := s.workspace()
		if err != nil {
			return err
		}
		if err := w.CancelInvite(ctx, id); err != nil {
			return err
		}
		return a.result(idJSON{id.String()}, "done.cancel")
	}))
}

type idJSON struct {
	ID string `json:"id"`
}

func (a *app) joinCommand() *cobra.Command {
	return a.command("join", between(1, 1), a.inSession(func(ctx context.Context, s *session, args []string) error {
		if s.offline {
			return schema.Errorf(schema.CodeOffline, "joining needs the server")
		}
		w, err := s.engine.Join(ctx, args[0])
		if err != nil {
			return err
		}
		if err := w.Sync(ctx); err != nil && !unreachable(err) {
			return err
		}
		return a.result(workspaceOf(w), "done.join", safe(w.Name()), a.role(w.Role().String()))
	}))
}

func (a *app) leaveCommand() *cobra.Command {
	return a.command("leave", between(1, 1), a.inSession(func(ctx context.Context, s *session, args []string) error {
		a.workspace = args[0]
		w, err := s.workspace()
		if err != nil {
			return err
		}
		out := workspaceOf(w)
		if err := w.Leave(ctx); err != nil {
			return err
		}
		return a.result(idJSON{out.ID.String()}, "done.leave", safe(out.Name))
	}))
}

// parseRole reads a role by its name in English or in the user's language.
func (a *app) parseRole(name string) (schema.Role, error) {
	for _, r := range []schema.Role{schema.RoleGuest, schema.RoleMember, schema.RoleAdmin, schema.RoleOwner} {
		if name == r.String() || name == a.role(r.String()) {
			return r, nil
		}
	}
	return 0, usage("error.oneof", "role", "owner, admin, member, guest")
}

// parseDuration reads a number with a unit: s, m, h, d (days) or w (weeks). The
// empty text is zero.
func parseDuration(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	units := map[byte]time.Duration{
		's': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour,
	}
	unit, known := units[s[len(s)-1]]
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 32)
	if err != nil || !known || n == 0 || n > uint64(maxExpiry/unit) {
		return 0, usage("error.duration", s)
	}
	return time.Duration(n) * unit, nil
}

// maxExpiry keeps durations far from overflowing.
const maxExpiry = 10 * 366 * 24 * time.Hour
