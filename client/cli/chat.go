package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

type sentJSON struct {
	ID     schema.EventID `json:"id"`
	Seq    uint64         `json:"seq"`
	Queued bool           `json:"queued,omitempty"`
}

// sent tells what became of a message or of a change to one; the text of the key
// takes the number.
func (a *app) sent(s client.Sent, key string) error {
	out := sentJSON{ID: s.ID, Seq: s.Seq, Queued: s.Queued()}
	if s.Queued() {
		return a.result(out, "done.queued")
	}
	return a.result(out, key, s.Seq)
}

// inChannel is the run function of a command about the channel that its first
// argument names.
func (a *app) inChannel(do func(ctx context.Context, s *session, w *client.Workspace, ch client.Channel, args []string) error) func(context.Context, []string) error {
	return a.inSession(func(ctx context.Context, s *session, args []string) error {
		w, err := s.workspace()
		if err != nil {
			return err
		}
		ch, err := s.channel(ctx, w, args[0])
		if err != nil {
			return err
		}
		return do(ctx, s, w, ch, args[1:])
	})
}

// body is the text of a message: the argument, or standard input for "-", without
// the line break that ends it.
func (a *app) body(arg string) (string, error) {
	text := arg
	if arg == "-" {
		b, err := io.ReadAll(io.LimitReader(a.Stdin, schema.MaxMessage+3)) // room for a final line break and one octet too many
		if err != nil {
			return "", fmt.Errorf("read standard input: %w", err)
		}
		text = strings.TrimSuffix(strings.TrimSuffix(string(b), "\n"), "\r")
	}
	switch {
	case len(text) > schema.MaxMessage:
		return "", schema.Errorf(schema.CodeTooLarge, "a message has at most %d octets", schema.MaxMessage)
	case strings.TrimSpace(text) == "":
		return "", usage("error.empty")
	}
	return text, nil
}

// message finds a message by its id or by its number in the channel.
func (s *session) message(ctx context.Context, w *client.Workspace, ch client.Channel, which string) (schema.EventID, error) {
	var id schema.EventID
	if id.UnmarshalText([]byte(which)) == nil {
		return id, nil
	}
	seq, err := strconv.ParseUint(which, 10, 63)
	if err != nil || seq == 0 {
		return id, usage("error.id", which)
	}
	found, err := w.MessagesSince(ctx, ch, seq, 1)
	if err != nil {
		return id, err
	}
	if len(found) == 0 || found[0].Seq != seq {
		return id, fail(schema.CodeNotFound, "error.unknownmessage", which)
	}
	return found[0].ID, nil
}

func (a *app) postCommand() *cobra.Command {
	var replyTo string
	cmd := a.command("post", between(2, 2), func(ctx context.Context, args []string) error {
		text, err := a.body(args[1]) // before anything is asked or sent
		if err != nil {
			return err
		}
		return a.inSession(func(ctx context.Context, s *session, args []string) error {
			w, err := s.workspace()
			if err != nil {
				return err
			}
			// Whom one writes to for the first time has no direct message yet.
			ch, err := s.conversation(ctx, w, args[0], func(with schema.UserID) (client.Channel, error) { return w.Direct(ctx, with) })
			if err != nil {
				return err
			}
			var o client.PostOptions
			if replyTo != "" {
				id, err := s.message(ctx, w, ch, replyTo)
				if err != nil {
					return err
				}
				o.ReplyTo = &id
			}
			sent, err := w.Post(ctx, ch, text, o)
			if err != nil {
				return err
			}
			return a.sent(sent, "done.sent")
		})(ctx, args)
	})
	cmd.Flags().StringVar(&replyTo, "reply-to", "", a.t("flag.replyto"))
	return cmd
}

// change is the run function of a command that changes the message that its
// second argument names.
func (a *app) change(do func(ctx context.Context, w *client.Workspace, ch client.Channel, id schema.EventID, rest []string) (client.Sent, error)) func(context.Context, []string) error {
	return a.inChannel(func(ctx context.Context, s *session, w *client.Workspace, ch client.Channel, args []string) error {
		id, err := s.message(ctx, w, ch, args[0])
		if err != nil {
			return err
		}
		sent, err := do(ctx, w, ch, id, args[1:])
		if err != nil {
			return err
		}
		return a.sent(sent, "done.change")
	})
}

func (a *app) editCommand() *cobra.Command {
	return a.command("edit", between(3, 3), func(ctx context.Context, args []string) error {
		text, err := a.body(args[2])
		if err != nil {
			return err
		}
		return a.change(func(ctx context.Context, w *client.Workspace, ch client.Channel, id schema.EventID, _ []string) (client.Sent, error) {
			return w.Edit(ctx, ch, id, text)
		})(ctx, args)
	})
}

func (a *app) deleteCommand() *cobra.Command {
	return a.command("delete", between(2, 2), a.change(func(ctx context.Context, w *client.Workspace, ch client.Channel, id schema.EventID, _ []string) (client.Sent, error) {
		return w.Delete(ctx, ch, id)
	}))
}

func (a *app) reactCommand() *cobra.Command {
	var remove bool
	cmd := a.command("react", between(3, 3), a.change(func(ctx context.Context, w *client.Workspace, ch client.Channel, id schema.EventID, rest []string) (client.Sent, error) {
		if remove {
			return w.Unreact(ctx, ch, id, rest[0])
		}
		return w.React(ctx, ch, id, rest[0])
	}))
	cmd.Flags().BoolVar(&remove, "remove", false, a.t("flag.unreact"))
	return cmd
}
