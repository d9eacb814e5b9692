package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/client/store/sqlite"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
)

// openedMessages is how many messages of each channel are shown at first.
const openedMessages = 50

// measureOpen fills a workspace, synchronises a client with it, and times how
// long that client takes, each time in a process of its own, until it can show
// the newest messages of each channel.
func measureOpen(ctx context.Context, e *env) (results []result, err error) {
	n, err := e.startNode(ctx, "open", nodeConfig{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	tm, err := assemble(ctx, n.transport, e.people)
	if err != nil {
		return nil, err
	}
	channels, err := tm.author(tm.owner).createChannels(ctx, e.channels)
	if err != nil {
		return nil, err
	}
	if err := e.fill(ctx, tm, channels); err != nil {
		return nil, err
	}
	c := openerConfig{Dir: filepath.Join(e.dir, "opener"), Server: "http://" + n.address, Workspace: tm.ws.String(), Channels: len(channels)}
	reader := tm.members[len(tm.members)-1]
	profile, err := reader.profile()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	if err := os.WriteFile(c.profile(), schema.MustMarshal(profile), 0o600); err != nil {
		return nil, fmt.Errorf("keep the profile: %w", err)
	}
	synced, err := c.synchronise(ctx, tm.ws)
	if err != nil {
		return nil, err
	}
	var took []time.Duration
	for i := range e.opens {
		if e.profiles != "" {
			c.Profile = filepath.Join(e.profiles, fmt.Sprintf("open-%d.cpu", i))
		}
		d, err := timeOpening(ctx, c)
		if err != nil {
			return nil, err
		}
		took = append(took, d)
	}
	middle := percentile(took, 50)
	return []result{{
		work: fmt.Sprintf("open a workspace, %d events in %d channels, last %d of each", e.events, e.channels, openedMessages),
		goal: "≤ 300 ms", measured: milliseconds(middle), met: middle <= 300*time.Millisecond,
		note: fmt.Sprintf("median of %d processes, %s to %s; %d members; first synchronisation %.1f s",
			len(took), milliseconds(slices.Min(took)), milliseconds(slices.Max(took)), e.people, synced.Seconds()),
	}}, nil
}

// fill posts the events: a conversation of everybody in each channel, in which
// every tenth event is a reaction.
func (e *env) fill(ctx context.Context, tm *team, channels []schema.StreamID) error {
	each := e.events / len(channels)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for _, channel := range channels {
		g.Go(func() error {
			var authors []*author
			for _, p := range tm.members {
				authors = append(authors, tm.author(p))
			}
			for done := 0; done < each; {
				a := authors[done/schema.MaxAppend%len(authors)]
				items, err := a.talk(channel, min(schema.MaxAppend, each-done))
				if err != nil {
					return err
				}
				if err := a.post(ctx, items...); err != nil {
					return err
				}
				done += len(items)
			}
			return nil
		})
	}
	return g.Wait()
}

// talk seals n events of a conversation.
func (a *author) talk(channel schema.StreamID, n int) ([]schema.AppendItem, error) {
	items := make([]schema.AppendItem, 0, n)
	for i := range n {
		item, err := a.message(channel)
		if i%10 == 9 {
			item, err = a.seal(channel, schema.KindReact, chat.ReactBody{Target: items[i-1].ID, Emoji: "👍"})
		}
		if err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, nil
}

// openerConfig says what to open.
type openerConfig struct {
	Dir, Server, Workspace string
	Channels               int
	Profile                string // file for a CPU profile; empty for none
}

func (c openerConfig) profile() string { return filepath.Join(c.Dir, "profile") }

// open starts the client; the caller closes it.
func (c openerConfig) open(ctx context.Context, p *client.Profile) (*client.Engine, error) {
	transport, err := network.New(c.Server)
	if err != nil {
		return nil, err
	}
	s, err := sqlite.Open(ctx, c.Dir)
	if err != nil {
		return nil, err
	}
	engine, err := client.Open(ctx, client.Options{Transport: transport, Store: s}, p)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return engine, nil
}

func (c openerConfig) readProfile() (*client.Profile, error) {
	b, err := os.ReadFile(c.profile())
	if err != nil {
		return nil, fmt.Errorf("read the profile: %w", err)
	}
	p := new(client.Profile)
	return p, schema.Unmarshal(b, p)
}

// synchronise fetches and verifies everything, and accepts the workspace.
func (c openerConfig) synchronise(ctx context.Context, id schema.WorkspaceID) (took time.Duration, err error) {
	p, err := c.readProfile()
	if err != nil {
		return 0, err
	}
	engine, err := c.open(ctx, p)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	began := time.Now()
	if err := engine.Sync(ctx); err != nil {
		return 0, fmt.Errorf("synchronise: %w", err)
	}
	took = time.Since(began)
	w, err := engine.Workspace(id)
	if err != nil {
		return 0, err
	}
	return took, engine.Accept(ctx, w)
}

// timeOpening runs the opener and returns what it measured.
func timeOpening(ctx context.Context, c openerConfig) (time.Duration, error) {
	p, err := start(ctx, childOpener, c)
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseInt(p.first, 10, 64)
	return time.Duration(ns), errors.Join(err, p.stop())
}

// runOpener opens the workspace as a person who has just unlocked the profile
// does, and prints how many nanoseconds it took until all channels could be shown.
func runOpener(config string, out io.Writer) error {
	var c openerConfig
	if err := json.Unmarshal([]byte(config), &c); err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	p, err := c.readProfile()
	if err != nil {
		return err
	}
	stop, err := startProfile(c.Profile)
	if err != nil {
		return err
	}
	ctx := context.Background()
	began := time.Now()
	engine, err := c.open(ctx, p)
	if err != nil {
		return err
	}
	if err := c.show(ctx, engine); err != nil {
		return errors.Join(err, engine.Close())
	}
	took := time.Since(began)
	if err := errors.Join(stop(), engine.Close()); err != nil {
		return err
	}
	fmt.Fprintln(out, took.Nanoseconds())
	return nil
}

// show reads the newest messages of every channel.
func (c openerConfig) show(ctx context.Context, engine *client.Engine) error {
	var id schema.WorkspaceID
	if err := id.UnmarshalText([]byte(c.Workspace)); err != nil {
		return err
	}
	w, err := engine.Workspace(id)
	if err != nil {
		return err
	}
	channels := w.Channels()
	if len(channels) != c.Channels {
		return fmt.Errorf("%d channels instead of %d", len(channels), c.Channels)
	}
	for _, ch := range channels {
		messages, err := w.Messages(ctx, ch, openedMessages)
		if err != nil {
			return err
		}
		if len(messages) != openedMessages || messages[0].Text != messageText {
			return fmt.Errorf("%d messages in %s", len(messages), ch.Name)
		}
	}
	return nil
}
