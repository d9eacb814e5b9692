package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

type channelJSON struct {
	ID       schema.StreamID `json:"id"`
	Name     string          `json:"name"`
	Topic    string          `json:"topic"`
	Private  bool            `json:"private"`
	Archived bool            `json:"archived"`
}

func channelOf(ch client.Channel) channelJSON {
	return channelJSON{ID: ch.Stream, Name: ch.Name, Topic: ch.Topic, Private: ch.Private, Archived: ch.Archived}
}

func (a *app) channelCommand() *cobra.Command {
	return a.group("channel", a.channelCreateCommand(), a.channelListCommand(), a.channelAddCommand(), a.channelRemoveCommand())
}

func (a *app) channelCreateCommand() *cobra.Command {
	var o client.ChannelOptions
	var members []string
	cmd := a.command("channel.create", between(1, 1), a.inSession(func(ctx context.Context, s *session, args []string) error {
		if len(members) > 0 && !o.Private {
			return usage("error.private")
		}
		w, err := s.workspace()
		if err != nil {
			return err
		}
		if o.Members, err = s.people(ctx, w, members); err != nil {
			return err
		}
		ch, err := w.CreateChannel(ctx, args[0], o)
		if err != nil {
			return err
		}
		return a.result(channelOf(ch), "done.channel", safe(ch.Name))
	}))
	cmd.Flags().BoolVar(&o.Private, "private", false, a.t("flag.private"))
	cmd.Flags().StringArrayVar(&members, "member", nil, a.t("flag.member"))
	cmd.Flags().StringVar(&o.Topic, "topic", "", a.t("flag.topic"))
	return cmd
}

func (a *app) channelListCommand() *cobra.Command {
	return a.command("channel.list", between(0, 0), a.inSession(func(ctx context.Context, s *session, _ []string) error {
		w, err := s.workspace()
		if err != nil {
			return err
		}
		var out []channelJSON
		for _, ch := range w.Channels() {
			out = append(out, channelOf(ch))
		}
		return list(a, out, func(ch channelJSON) []string {
			mark := ""
			switch {
			case ch.Archived:
				mark = a.t("mark.archived")
			case ch.Private:
				mark = a.t("mark.private")
			}
			return []string{"#" + safe(ch.Name), mark, safe(ch.Topic)}
		})
	}))
}

// inPrivate finds the private channel and the person that a command is about.
func (s *session) inPrivate(ctx context.Context, args []string) (*client.Workspace, client.Channel, client.Person, error) {
	w, err := s.workspace()
	if err != nil {
		return nil, client.Channel{}, client.Person{}, err
	}
	ch, err := s.channel(w, args[0])
	if err == nil && !ch.Private {
		err = usage("error.private")
	}
	if err != nil {
		return nil, ch, client.Person{}, err
	}
	p, err := s.person(ctx, w, args[1])
	return w, ch, p, err
}

func (a *app) channelAddCommand() *cobra.Command {
	var fresh bool
	cmd := a.command("channel.add", between(2, 2), a.inSession(func(ctx context.Context, s *session, args []string) error {
		w, ch, p, err := s.inPrivate(ctx, args)
		if err != nil {
			return err
		}
		if err := w.AddToChannel(ctx, ch, p.User, fresh); err != nil {
			return err
		}
		return a.result(idJSON{p.User.String()}, "done.channeladd", a.nameOf(p.Name, p.User), safe(ch.Name))
	}))
	cmd.Flags().BoolVar(&fresh, "without-history", false, a.t("flag.withouthistory"))
	return cmd
}

func (a *app) channelRemoveCommand() *cobra.Command {
	return a.command("channel.remove", between(2, 2), a.inSession(func(ctx context.Context, s *session, args []string) error {
		w, ch, p, err := s.inPrivate(ctx, args)
		if err != nil {
			return err
		}
		if err := w.RemoveFromChannel(ctx, ch, p.User); err != nil {
			return err
		}
		return a.result(idJSON{p.User.String()}, "done.channelremove", a.nameOf(p.Name, p.User), safe(ch.Name))
	}))
}
