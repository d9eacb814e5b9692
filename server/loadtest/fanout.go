package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// measureFanout times one event from its post to its last delivery.
func measureFanout(ctx context.Context, e *env) (results []result, err error) {
	count, err := fit(e.subscribers)
	if err != nil {
		return nil, err
	}
	n, err := e.startNode(ctx, "fanout", nodeConfig{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	tm, err := assemble(ctx, n.transport, e.members)
	if err != nil {
		return nil, err
	}
	a := tm.author(tm.owner)
	channels, err := a.createChannels(ctx, 1)
	if err != nil {
		return nil, err
	}
	all, err := connect(ctx, n, tm, count)
	if err != nil {
		return nil, err
	}
	defer all.close()
	var took []time.Duration
	before, err := workOf(n)
	if err != nil {
		return nil, err
	}
	err = e.profiled(n, "fanout", func() error {
		took, err = deliver(ctx, all, a, channels[0], e.posts)
		return err
	})
	if err != nil {
		return nil, err
	}
	after, err := workOf(n)
	if err != nil {
		return nil, err
	}
	deliveries := count * len(took)
	return []result{{
		work: fmt.Sprintf("one event to %d connected subscribers, one node", count), goal: "p99 ≤ 150 ms",
		measured: "p99 " + milliseconds(percentile(took, 99)), met: percentile(took, 99) <= 150*time.Millisecond,
		note: fmt.Sprintf("from the post to the last delivery; p50 %s, %d events; of a core, the server spends %s and the readers %s on each delivery",
			milliseconds(percentile(took, 50)), len(took), perUnit(before.server, after.server, deliveries), perUnit(before.own, after.own, deliveries)),
	}}, nil
}

// round is one event on its way to everybody.
type round struct {
	id   schema.EventID
	left atomic.Int64
	done chan time.Time // the last delivery
}

// deliver posts events one by one, each when the one before has arrived
// everywhere, and returns how long each took.
func deliver(ctx context.Context, all *sockets, a *author, channel schema.StreamID, posts int) ([]time.Duration, error) {
	var now atomic.Pointer[round]
	all.read(func(message []byte) {
		if r := now.Load(); r != nil && bytes.Contains(message, r.id[:]) && r.left.Add(-1) == 0 {
			r.done <- time.Now()
		}
	})
	var took []time.Duration
	for range posts {
		item, err := a.message(channel)
		if err != nil {
			return nil, err
		}
		r := &round{id: item.ID, done: make(chan time.Time, 1)}
		r.left.Store(int64(len(all.all)))
		now.Store(r)
		began := time.Now()
		if err := a.post(ctx, item); err != nil {
			return nil, err
		}
		select {
		case at := <-r.done:
			took = append(took, at.Sub(began))
		case <-time.After(patience):
			return nil, errors.Join(fmt.Errorf("%d subscribers did not get an event", r.left.Load()), all.lost())
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return took, all.lost()
}
