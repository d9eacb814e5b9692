package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cenacle-team/cenacle/schema"
)

// measureAppends times durable appends over HTTP, one event a request, on both
// databases.
func measureAppends(ctx context.Context, e *env) ([]result, error) {
	onSQLite, err := e.appends(ctx, "SQLite", nodeConfig{})
	if err != nil {
		return nil, err
	}
	dsn, drop, err := e.postgres.database(ctx)
	if err != nil {
		return []result{onSQLite}, err
	}
	onPostgres, err := e.appends(ctx, "PostgreSQL", nodeConfig{Database: dsn})
	return []result{onSQLite, onPostgres}, errors.Join(err, drop())
}

func (e *env) appends(ctx context.Context, database string, c nodeConfig) (res result, err error) {
	n, err := e.startNode(ctx, "append-"+database, c)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, n.stop()) }()
	tm, err := assemble(ctx, n.transport, e.senders)
	if err != nil {
		return res, err
	}
	streams, err := tm.author(tm.owner).createChannels(ctx, e.streams)
	if err != nil {
		return res, err
	}
	senders, err := e.prepareSenders(ctx, n, tm, streams)
	if err != nil {
		return res, err
	}
	var took time.Duration
	before, err := workOf(n)
	if err != nil {
		return res, err
	}
	err = e.profiled(n, "append-"+database, func() error {
		began := time.Now()
		var g errgroup.Group
		for _, s := range senders {
			g.Go(func() error { return s.run(began.Add(e.appendTime)) })
		}
		err := g.Wait()
		took = time.Since(began)
		return err
	})
	if err != nil {
		return res, err
	}
	after, err := workOf(n)
	if err != nil {
		return res, err
	}
	acknowledged, latencies, err := count(senders)
	if err != nil {
		return res, err
	}
	if err := stored(ctx, tm, streams, acknowledged); err != nil {
		return res, err
	}
	rate := float64(acknowledged) / took.Seconds()
	return result{
		work: fmt.Sprintf("durable appends, %d senders, %s", e.senders, database), goal: "≥ 10,000/s",
		measured: fmt.Sprintf("%.0f/s", rate), met: rate >= 10000,
		note: fmt.Sprintf("p50 %s, p99 %s; %d in %.1f s over HTTP, one a request; of a core, the server spends %s and the senders %s on each",
			milliseconds(percentile(latencies, 50)), milliseconds(percentile(latencies, 99)), acknowledged, took.Seconds(), perUnit(before.server, after.server, acknowledged), perUnit(before.own, after.own, acknowledged)),
	}, nil
}

// prepareSenders seals what will be sent and connects.
func (e *env) prepareSenders(ctx context.Context, n *node, tm *team, streams []schema.StreamID) ([]*sender, error) {
	each := e.appendRate * int(e.appendTime/time.Millisecond) / 1000 / e.senders
	senders := make([]*sender, e.senders)
	g, ctx := errgroup.WithContext(ctx)
	for i := range senders {
		g.Go(func() error {
			conn, err := net.Dial("tcp", n.address)
			if err != nil {
				return fmt.Errorf("connect: %w", err)
			}
			p := tm.members[i]
			a, s := tm.author(p), &sender{conn: conn, in: bufio.NewReader(conn)}
			senders[i] = s
			for range each {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				item, err := a.message(streams[i%len(streams)])
				if err != nil {
					return err
				}
				s.prepare(tm, n.address, p.token, item)
			}
			return nil
		})
	}
	return senders, g.Wait()
}

// count reads the answers, now that the time is taken, and closes the connections.
// An answer that is not an acknowledgement is an error.
func count(senders []*sender) (acknowledged int, latencies []time.Duration, err error) {
	for _, s := range senders {
		for _, b := range s.answers {
			var out schema.AppendResponse
			if err := errors.Join(schema.Unmarshal(b, &out), accepted(out, 1)); err != nil {
				return 0, nil, err
			}
		}
		acknowledged += len(s.answers)
		latencies = append(latencies, s.took...)
		if err := s.conn.Close(); err != nil {
			return 0, nil, err
		}
	}
	return acknowledged, latencies, nil
}

// stored makes sure that the server holds as many events as it acknowledged.
func stored(ctx context.Context, tm *team, streams []schema.StreamID, want int) error {
	var heads schema.WorkspaceHeads
	if err := call(ctx, tm.transport, "GET", tm.path("/heads"), tm.owner.token, nil, &heads); err != nil {
		return err
	}
	of := make(map[schema.StreamID]uint64)
	for _, info := range heads.Streams {
		of[info.Head.Stream] = info.Head.Seq
	}
	var sum uint64
	for _, s := range streams {
		sum += of[s]
	}
	if sum != uint64(want) {
		return fmt.Errorf("%d events were acknowledged and %d are stored", want, sum)
	}
	return nil
}
