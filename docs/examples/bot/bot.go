package main

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// Bounds of what others can make the bot do and keep.
const (
	maxReminders = 1000
	maxAtOnce    = 1000
)

// place is a channel of a workspace.
type place struct {
	workspace schema.WorkspaceID
	stream    schema.StreamID
}

// bot answers in every channel of every workspace that its account is in.
type bot struct {
	engine *client.Engine
	clock  client.Clock
	log    *slog.Logger

	// next is, for each channel, the sequence from which messages are unanswered.
	next map[place]uint64
	// reminders counts those that wait; due holds those whose time has come.
	reminders int
	due       chan reminder
	waiting   sync.WaitGroup
}

type reminder struct {
	workspace *client.Workspace
	channel   client.Channel
	answer    schema.EventID
	text      string
}

func newBot(e *client.Engine, clock client.Clock, log *slog.Logger) *bot {
	return &bot{engine: e, clock: clock, log: log, next: map[place]uint64{}, due: make(chan reminder)}
}

// run answers until ctx ends, which is no error.
func (b *bot) run(ctx context.Context) error {
	// Listen before looking, so that no message falls between.
	listener := b.engine.Listen()
	defer listener.Close()
	if err := b.engine.Sync(ctx); err != nil {
		return err
	}
	// What was written before the bot started is history.
	for _, w := range b.engine.Workspaces() {
		for _, ch := range w.Channels() {
			if err := b.skip(ctx, w, ch); err != nil {
				return err
			}
		}
	}
	// Follow keeps the engine up to date and connects again when it must; it ends
	// with the context, or when this device was revoked.
	live, end := context.WithCancelCause(ctx)
	changes := make(chan []client.Change)
	var work sync.WaitGroup
	work.Go(func() { end(b.engine.Follow(live)) })
	work.Go(func() {
		for {
			batch, err := listener.Next(live)
			if err != nil {
				return
			}
			select {
			case changes <- batch:
			case <-live.Done():
				return
			}
		}
	})
	defer b.waiting.Wait()
	defer work.Wait()
	defer end(nil)
	b.log.Info("the bot listens", "user", b.engine.User())
	for {
		select {
		case <-live.Done():
			if ctx.Err() != nil {
				return nil
			}
			return context.Cause(live)
		case batch := <-changes:
			if err := b.answerAll(live, batch); err != nil {
				return err
			}
		case r := <-b.due:
			b.reminders--
			b.post(live, r.workspace, r.channel, r.answer, r.text)
		}
	}
}

// skip takes everything that a channel holds for answered.
func (b *bot) skip(ctx context.Context, w *client.Workspace, ch client.Channel) error {
	newest, err := w.Messages(ctx, ch, 1)
	if err != nil {
		return err
	}
	at := place{w.ID(), ch.Stream}
	b.next[at] = 1
	for _, m := range newest {
		b.next[at] = m.Seq + 1
	}
	return nil
}

// answerAll answers the new messages of the channels that have changed.
func (b *bot) answerAll(ctx context.Context, changes []client.Change) error {
	for _, c := range changes {
		if c.Misbehaviour != nil {
			b.log.Error("the server was caught", "workspace", c.Workspace, "error", c.Misbehaviour)
			continue
		}
		for _, w := range b.engine.Workspaces() {
			for _, ch := range w.Channels() {
				if !c.Lost && (c.Workspace != w.ID() || c.Stream != ch.Stream) {
					continue
				}
				if err := b.answer(ctx, w, ch); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// answer answers what is new in a channel, page by page.
func (b *bot) answer(ctx context.Context, w *client.Workspace, ch client.Channel) error {
	at := place{w.ID(), ch.Stream}
	for {
		messages, err := w.MessagesSince(ctx, ch, max(b.next[at], 1), maxAtOnce)
		if err != nil {
			return err
		}
		for _, m := range messages {
			b.next[at] = m.Seq + 1
			// Never answer oneself, nor another bot's answer to this one.
			if m.Author == b.engine.User() || m.Gone() || !strings.HasPrefix(m.Text, "!") {
				continue
			}
			if slices.Contains(m.Doubts, client.FoundAuthorKeyDiffers) {
				continue // it may be somebody else
			}
			b.obey(ctx, w, ch, m)
		}
		if len(messages) < maxAtOnce {
			return nil
		}
	}
}

// obey does what a message asks for. What others write is input like any other:
// it is bounded, and is never run.
func (b *bot) obey(ctx context.Context, w *client.Workspace, ch client.Channel, m client.Message) {
	command, rest, _ := strings.Cut(strings.TrimSpace(m.Text), " ")
	rest = strings.TrimSpace(rest)
	switch command {
	case "!echo":
		if rest != "" {
			b.post(ctx, w, ch, m.ID, rest)
		}
	case "!remind":
		when, text, _ := strings.Cut(rest, " ")
		d, err := time.ParseDuration(when)
		if err != nil || d <= 0 || d > 24*time.Hour || text == "" {
			b.post(ctx, w, ch, m.ID, "Write: !remind 10m what to remember (at most 24h)")
			return
		}
		if b.reminders >= maxReminders {
			b.post(ctx, w, ch, m.ID, "I cannot remember any more.")
			return
		}
		b.remind(ctx, d, reminder{workspace: w, channel: ch, answer: m.ID, text: text})
		b.post(ctx, w, ch, m.ID, "I will.")
	}
}

// remind hands a reminder back to run when its time has come.
func (b *bot) remind(ctx context.Context, d time.Duration, r reminder) {
	b.reminders++
	b.waiting.Go(func() {
		select {
		case <-b.clock.After(ctx, d):
		case <-ctx.Done():
			return
		}
		select {
		case b.due <- r:
		case <-ctx.Done():
		}
	})
}

// post answers a message. A message that cannot be sent now waits in the durable
// outbox; one that is refused (the channel is gone, say) is not worth stopping for.
func (b *bot) post(ctx context.Context, w *client.Workspace, ch client.Channel, to schema.EventID, text string) {
	sent, err := w.Post(ctx, ch, text, client.PostOptions{ReplyTo: &to})
	switch {
	case errors.Is(err, context.Canceled):
	case err != nil:
		b.log.Warn("could not answer", "channel", ch.Stream, "code", schema.CodeOf(err))
	default:
		b.log.Info("answered", "channel", ch.Stream, "seq", sent.Seq)
	}
}
