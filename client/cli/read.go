package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
	"github.com/cenacle-team/cenacle/workspace/search"
)

type messageJSON struct {
	ID        schema.EventID             `json:"id"`
	Seq       uint64                     `json:"seq"`
	Author    schema.UserID              `json:"author"`
	Name      string                     `json:"name"`
	At        string                     `json:"at"` // RFC 3339, UTC
	Text      string                     `json:"text"`
	Edited    bool                       `json:"edited"`
	Deleted   bool                       `json:"deleted"`
	Reactions map[string][]schema.UserID `json:"reactions"`
}

// Bounds of what read prints.
const (
	defaultLimit = 50
	maxLimit     = 100_000
	// everything asks for all messages there are.
	everything = 1 << 30
)

func (a *app) readCommand() *cobra.Command {
	var limit int
	var follow bool
	var query string
	cmd := a.command("read", between(1, 1), func(ctx context.Context, args []string) error {
		if limit < 0 || limit > maxLimit {
			return usage("error.limit", maxLimit)
		}
		if follow && query != "" {
			return usage("error.followsearch")
		}
		return a.inChannel(func(ctx context.Context, s *session, w *client.Workspace, ch client.Channel, _ []string) error {
			r := &reader{a: a, s: s, w: w, ch: ch}
			switch {
			case query != "":
				return r.search(ctx, query, limit)
			case follow:
				return r.follow(ctx, limit)
			}
			messages, err := w.Messages(ctx, ch, limit)
			if err != nil {
				return err
			}
			return r.print(messages)
		})(ctx, args)
	})
	cmd.Flags().IntVar(&limit, "limit", defaultLimit, a.t("flag.limit"))
	cmd.Flags().BoolVar(&follow, "follow", false, a.t("flag.follow"))
	cmd.Flags().StringVar(&query, "search", "", a.t("flag.search"))
	return cmd
}

// reader prints the messages of one channel.
type reader struct {
	a  *app
	s  *session
	w  *client.Workspace
	ch client.Channel
}

func (r *reader) print(messages []*chat.Message) error {
	for _, m := range messages {
		if err := r.message(m, false); err != nil {
			return err
		}
	}
	return nil
}

// search prints what was found, newest first.
func (r *reader) search(ctx context.Context, query string, limit int) error {
	found, err := r.w.Search(ctx, query, min(limit, search.MaxResults), r.ch)
	if err != nil {
		return err
	}
	all, err := r.w.MessagesSince(ctx, r.ch, 1, everything)
	if err != nil {
		return err
	}
	byID := make(map[schema.EventID]*chat.Message, len(all))
	for _, m := range all {
		byID[m.ID] = m
	}
	for _, f := range found {
		if m := byID[f.Event]; m != nil {
			if err := r.message(m, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// message prints one message; again tells that it was printed before and has
// changed since.
func (r *reader) message(m *chat.Message, again bool) error {
	if r.a.json {
		return r.a.object(r.object(m))
	}
	return r.a.line(r.text(m, again))
}

func (r *reader) object(m *chat.Message) messageJSON {
	out := messageJSON{
		ID: m.ID, Seq: m.Seq, Author: m.Author, Name: r.w.NameOf(m.Author), At: stamp(moment(timeOf(m))),
		Text: m.Text, Edited: m.Edited(), Deleted: m.Gone(), Reactions: map[string][]schema.UserID{},
	}
	for _, reaction := range m.Reactions {
		out.Reactions[reaction.Emoji] = reaction.Users
	}
	return out
}

// timeOf is the author's clock, or, when that is not to be believed, the server's.
func timeOf(m *chat.Message) int64 {
	if m.Doubtful {
		return m.Arrived
	}
	return m.At
}

// indent begins every further line of a message.
const indent = "      "

func (r *reader) text(m *chat.Message, again bool) string {
	var marks []string
	add := func(on bool, key string) {
		if on {
			marks = append(marks, r.a.t(key))
		}
	}
	add(again, "mark.again")
	add(m.Doubtful, "mark.clock")
	add(m.Edited(), "mark.edited")
	add(m.Deletion != nil, "mark.deleted")
	add(m.ErasedByServer, "mark.erased")
	add(m.Pin != nil, "mark.pinned")
	head := fmt.Sprintf("%4d  %s  %s", m.Seq, moment(timeOf(m)).Local().Format("2006-01-02 15:04"), r.a.nameOf(r.w.NameOf(m.Author), m.Author))
	if len(marks) > 0 {
		head += " (" + strings.Join(marks, ", ") + ")"
	}
	if !m.Gone() {
		head += ": " + safeLines(m.Text, indent)
	}
	for _, reaction := range m.Reactions {
		head += "\n" + indent + safe(reaction.Emoji) + " " + r.names(reaction.Users)
	}
	return head
}

func (r *reader) names(users []schema.UserID) string {
	var out []string
	for _, u := range users {
		out = append(out, r.a.nameOf(r.w.NameOf(u), u))
	}
	return strings.Join(out, ", ")
}
