package cli

import (
	"context"
	"strconv"

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
	Direct   bool            `json:"direct"` // a direct message; its name is made of the names of the others
}

// listedChannelJSON is a channel with what the user has not read there. More tells
// that there may be more; Stopped that the channel stands still, see status.
type listedChannelJSON struct {
	channelJSON
	Unread   int  `json:"unread"`
	Mentions int  `json:"mentions"`
	More     bool `json:"more"`
	Stopped  bool `json:"stopped"`
}

// listed counts what is unread. A channel that stands still is told as such.
func listed(ctx context.Context, w *client.Workspace, ch client.Channel) (listedChannelJSON, error) {
	out := listedChannelJSON{channelJSON: channelOf(ch)}
	for _, m := range w.Misbehaviours() {
		out.Stopped = out.Stopped || m.Stream == ch.Stream
	}
	counts, err := w.Unread(ctx, ch)
	if out.Stopped && err != nil {
		return out, nil
	}
	out.Unread, out.Mentions, out.More = counts.Unread, counts.Mentions, counts.Partial
	return out, err
}

// unread is what people read of counts; nothing when everything is read.
func (a *app) unread(unread, mentions int, more bool) string {
	if unread == 0 && !more {
		return ""
	}
	number := strconv.Itoa(unread)
	if more {
		number += "+"
	}
	if mentions == 0 {
		return a.t("unread.messages", number)
	}
	return a.t("unread.mentions", number, mentions)
}

func channelOf(ch client.Channel) channelJSON {
	return channelJSON{ID: ch.Stream, Name: ch.Name, Topic: ch.Topic, Private: ch.Private, Archived: ch.Archived, Direct: ch.Direct}
}

// label is what a channel is called on screen, and found by.
func label(name string, direct bool) string {
	if direct {
		return "@" + safe(name)
	}
	return "#" + safe(name)
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
		return a.result(channelOf(ch), "done.channel", label(ch.Name, ch.Direct))
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
		var out []listedChannelJSON
		for _, ch := range w.Channels() {
			one, err := listed(ctx, w, ch)
			if err != nil {
				return err
			}
			out = append(out, one)
		}
		return list(a, out, func(ch listedChannelJSON) []string {
			mark := ""
			switch {
			case ch.Archived:
				mark = a.t("mark.archived")
			case ch.Private && !ch.Direct:
				mark = a.t("mark.private")
			}
			if ch.Stopped {
				mark = a.t("mark.stopped")
			}
			return []string{label(ch.Name, ch.Direct), mark, a.unread(ch.Unread, ch.Mentions, ch.More), safe(ch.Topic)}
		})
	}))
}

// inPrivate finds the private channel and the person that a command is about.
func (s *session) inPrivate(ctx context.Context, args []string) (*client.Workspace, client.Channel, client.Person, error) {
	w, err := s.workspace()
	if err != nil {
		return nil, client.Channel{}, client.Person{}, err
	}
	ch, err := s.channel(ctx, w, args[0])
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
		return a.result(idJSON{p.User.String()}, "done.channeladd", a.nameOf(p.Name, p.User), label(ch.Name, ch.Direct))
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
		return a.result(idJSON{p.User.String()}, "done.channelremove", a.nameOf(p.Name, p.User), label(ch.Name, ch.Direct))
	}))
}
