package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/store/sqlite"
	"github.com/cenacle-team/cenacle/schema"
)

// crossPause is the quiet between two posts: nothing is under way when one begins.
const crossPause = 10 * time.Millisecond

// measureCross times a message from the call that posts it on one node until a
// client of another node has verified and decrypted it.
func measureCross(ctx context.Context, e *env) (results []result, err error) {
	dsn, drop, err := e.postgres.database(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, drop()) }()
	bus, err := start(ctx, childBus, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, bus.stop()) }()
	var nodes [2]*node
	for i := range nodes {
		if nodes[i], err = e.startNode(ctx, fmt.Sprintf("cross-%d", i), nodeConfig{Database: dsn, NATS: bus.first}); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, nodes[i].stop()) }()
	}
	tm, err := assemble(ctx, nodes[0].transport, 2)
	if err != nil {
		return nil, err
	}
	if _, err := tm.author(tm.owner).createChannels(ctx, 1); err != nil {
		return nil, err
	}
	var sides [2]*side
	for i := range sides {
		if sides[i], err = e.follow(ctx, nodes[i], tm, tm.members[i]); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, sides[i].close()) }()
	}
	took, err := exchange(ctx, sides[0], sides[1], e.crossPosts)
	if err != nil {
		return nil, err
	}
	return []result{{
		work: "post on one node to seen and decrypted on another, idle", goal: "p50 ≤ 15 ms",
		measured: "p50 " + milliseconds(percentile(took, 50)), met: percentile(took, 50) <= 15*time.Millisecond,
		note: fmt.Sprintf("p95 %s, p99 %s; %d posts; both clients keep SQLite stores that flush; one PostgreSQL, one NATS",
			milliseconds(percentile(took, 95)), milliseconds(percentile(took, 99)), len(took)),
	}}, nil
}

// side is a client that follows one node.
type side struct {
	engine  *client.Engine
	w       *client.Workspace
	channel client.Channel
	changes *client.Listener
	end     context.CancelFunc
	ended   errgroup.Group
}

func (e *env) follow(ctx context.Context, n *node, tm *team, p *person) (*side, error) {
	profile, err := p.profile()
	if err != nil {
		return nil, err
	}
	s, err := sqlite.Open(ctx, filepath.Join(e.dir, "client-"+p.user.String()))
	if err != nil {
		return nil, err
	}
	engine, err := client.Open(ctx, client.Options{Transport: n.transport, Store: s}, profile)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	out := &side{engine: engine}
	if err := out.begin(ctx, tm); err != nil {
		return nil, errors.Join(err, engine.Close())
	}
	return out, nil
}

func (s *side) begin(ctx context.Context, tm *team) (err error) {
	if err := s.engine.Sync(ctx); err != nil {
		return fmt.Errorf("synchronise: %w", err)
	}
	if s.w, err = s.engine.Workspace(tm.ws); err != nil {
		return err
	}
	if err := s.engine.Accept(ctx, s.w); err != nil {
		return fmt.Errorf("accept the workspace: %w", err)
	}
	if s.channel, err = s.w.FindChannel("channel-1"); err != nil {
		return err
	}
	s.changes = s.engine.Listen()
	ctx, s.end = context.WithCancel(ctx)
	s.ended.Go(func() error { return s.engine.Follow(ctx) })
	return nil
}

func (s *side) close() error {
	s.end()
	s.changes.Close()
	if err := s.ended.Wait(); !errors.Is(err, context.Canceled) {
		return errors.Join(err, s.engine.Close())
	}
	return s.engine.Close()
}

// arrival is a message that could be shown.
type arrival struct {
	text string
	at   time.Time
}

// watch reports the newest message of the channel whenever there is one.
func (s *side) watch(ctx context.Context, out chan<- arrival) error {
	for {
		changes, err := s.changes.Next(ctx)
		if err != nil {
			return err
		}
		for _, c := range changes {
			if c.Stream != s.channel.Stream {
				continue
			}
			messages, err := s.w.Messages(ctx, s.channel, 1)
			if err != nil {
				return err
			}
			if len(messages) == 0 {
				continue
			}
			select {
			case out <- arrival{messages[0].Text, time.Now()}:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
}

// exchange posts from one side, one message at a time, and returns how long each
// took until it was seen on the other.
func exchange(ctx context.Context, from, to *side, posts int) (took []time.Duration, err error) {
	ctx, cancel := context.WithCancel(ctx)
	arrivals := make(chan arrival, 1)
	var watching errgroup.Group
	watching.Go(func() error { return to.watch(ctx, arrivals) })
	defer func() {
		cancel()
		if w := watching.Wait(); !errors.Is(w, context.Canceled) {
			err = errors.Join(err, w)
		}
	}()
	// The first ones show that both follow, and are not counted.
	const warmUp = 3
	for i := range posts + warmUp {
		text := fmt.Sprintf("message %d: %s", i, messageText)
		began := time.Now()
		sent, err := from.w.Post(ctx, from.channel, text, client.PostOptions{})
		if err != nil {
			return nil, err
		}
		if sent.Queued() {
			return nil, schema.Errorf(schema.CodeOffline, "a message was queued")
		}
		at, err := await(ctx, arrivals, text)
		if err != nil {
			return nil, err
		}
		if i >= warmUp {
			took = append(took, at.Sub(began))
		}
		select {
		case <-time.After(crossPause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return took, nil
}

func await(ctx context.Context, arrivals <-chan arrival, text string) (time.Time, error) {
	late := time.After(patience)
	for {
		select {
		case a := <-arrivals:
			if a.text == text {
				return a.at, nil
			}
		case <-late:
			return time.Time{}, fmt.Errorf("%.12q did not arrive on the other node", text)
		case <-ctx.Done():
			return time.Time{}, ctx.Err()
		}
	}
}
