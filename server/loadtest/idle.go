package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// measureIdle weighs a server with many sockets that follow a workspace in which
// nothing happens.
func measureIdle(ctx context.Context, e *env) (results []result, err error) {
	count, err := fit(e.idle)
	if err != nil {
		return nil, err
	}
	n, err := e.startNode(ctx, "idle", nodeConfig{})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	tm, err := assemble(ctx, n.transport, e.members)
	if err != nil {
		return nil, err
	}
	// The first socket makes what all share: the topic, the members.
	first, err := connect(ctx, n, tm, 1)
	if err != nil {
		return nil, err
	}
	defer first.close()
	first.read(func([]byte) {})
	before, err := n.weigh()
	if err != nil {
		return nil, err
	}
	all, err := connect(ctx, n, tm, count-1)
	if err != nil {
		return nil, err
	}
	defer all.close()
	all.read(func([]byte) {})
	// Two rounds of keepalive and one of looking the sessions up again.
	select {
	case <-time.After(e.settle):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	resting, err := n.resident()
	if err != nil {
		return nil, err
	}
	after, err := n.weigh()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(e.profiled(n, "idle", func() error { return nil }), first.lost(), all.lost()); err != nil {
		return nil, err
	}
	each := func(now int64) float64 { return float64(now-before) / 1024 / float64(count-1) }
	note := fmt.Sprintf("after a collection; %.1f KiB without one, after %s of pings; %.0f MiB in all", each(resting), e.settle, float64(after)/(1<<20))
	if count < e.idle {
		note += fmt.Sprintf("; this machine lets a process open no more than %d sockets", count)
	}
	return []result{{
		work: fmt.Sprintf("memory per idle WebSocket, %d connected", count), goal: "≤ 20 KiB",
		measured: fmt.Sprintf("%.1f KiB", each(after)), met: each(after) <= 20, note: note,
	}}, nil
}

// weigh returns the server's resident memory after a collection of garbage.
func (n *node) weigh() (int64, error) {
	if err := n.ask("gc"); err != nil {
		return 0, err
	}
	return n.resident()
}
