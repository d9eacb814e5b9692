package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
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
	// Doubts are codes of what speaks against taking the message at face value.
	Doubts []client.FindingCode `json:"doubts"`
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
	var follow, peek bool
	var query string
	cmd := a.command("read", between(1, 1), func(ctx context.Context, args []string) error {
		if limit < 0 || limit > maxLimit {
			return usage("error.limit", maxLimit)
		}
		if follow && query != "" {
			return usage("error.followsearch")
		}
		return a.inChannel(func(ctx context.Context, s *session, w *client.Workspace, ch client.Channel, _ []string) error {
			r := &reader{a: a, s: s, w: w, ch: ch, peek: peek}
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
			if err := r.print(messages); err != nil {
				return err
			}
			r.mark(ctx)
			return nil
		})(ctx, args)
	})
	cmd.Flags().IntVar(&limit, "limit", defaultLimit, a.t("flag.limit"))
	cmd.Flags().BoolVar(&follow, "follow", false, a.t("flag.follow"))
	cmd.Flags().BoolVar(&peek, "peek", false, a.t("flag.peek"))
	cmd.Flags().StringVar(&query, "search", "", a.t("flag.search"))
	return cmd
}

// reader prints the messages of one channel.
type reader struct {
	a  *app
	s  *session
	w  *client.Workspace
	ch client.Channel
	// peek leaves the read marker where it is; last is the newest message that was
	// printed in its place.
	peek bool
	last uint64
}

// markPatience bounds how long reading waits for its marker to be sent.
const markPatience = 5 * time.Second

// mark moves the user's read marker to what was printed. What was read was read:
// that this cannot be recorded is told and no error.
func (r *reader) mark(ctx context.Context) {
	if r.peek || r.last == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), markPatience)
	defer cancel()
	if err := r.w.MarkRead(ctx, r.ch, r.last); err != nil {
		r.a.note("note.marker", r.a.message(failure{err}))
	}
}

func (r *reader) print(messages []client.Message) error {
	for _, m := range messages {
		if err := r.message(m, false); err != nil {
			return err
		}
		r.last = max(r.last, m.Seq)
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
	byID := make(map[schema.EventID]client.Message, len(all))
	for _, m := range all {
		byID[m.ID] = m
	}
	for _, f := range found {
		if m, ok := byID[f.Event]; ok {
			if err := r.message(m, false); err != nil {
				return err
			}
		}
	}
	return nil
}

// message prints one message; again tells that it was printed before and has
// changed since.
func (r *reader) message(m client.Message, again bool) error {
	if r.a.json {
		return r.a.object(r.object(m))
	}
	return r.a.line(r.text(m, again))
}

func (r *reader) object(m client.Message) messageJSON {
	out := messageJSON{
		ID: m.ID, Seq: m.Seq, Author: m.Author, Name: r.w.NameOf(m.Author), At: stamp(moment(timeOf(m))),
		Text: m.Text, Edited: m.Edited(), Deleted: m.Gone(), Reactions: map[string][]schema.UserID{},
		Doubts: append([]client.FindingCode{}, m.Doubts...),
	}
	for _, reaction := range m.Reactions {
		out.Reactions[reaction.Emoji] = reaction.Users
	}
	return out
}

// timeOf is the author's clock, or, when that is not to be believed, the server's.
func timeOf(m client.Message) int64 {
	if m.Doubtful {
		return m.Arrived
	}
	return m.At
}

// indent begins every further line of a message.
const indent = "      "

func (r *reader) text(m client.Message, again bool) string {
	var marks []string
	add := func(on bool, key string) {
		if on {
			marks = append(marks, r.a.t(key))
		}
	}
	add(again, "mark.again")
	add(slices.Contains(m.Doubts, client.FoundAuthorKeyDiffers), "mark.authorkey")
	add(slices.Contains(m.Doubts, client.FoundAuthorNameLookalike), "mark.lookalike")
	add(slices.Contains(m.Doubts, client.FoundClockDoubtful), "mark.clock")
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
