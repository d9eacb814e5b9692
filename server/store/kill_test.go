package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
	"github.com/cenacle-team/cenacle/server/store/pgtest"
	"github.com/cenacle-team/cenacle/server/store/storetest"
)

// TestAttack_O7_KillUnderLoad kills a server process with SIGKILL at random
// moments while 16 senders append. Everything that it acknowledged is there, and
// all streams verify, without any repair.
func TestAttack_O7_KillUnderLoad(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { killUnderLoad(t, sqlite(t)) })
	t.Run("postgres", func(t *testing.T) { killUnderLoad(t, pgtest.Database(t)) })
}

func killUnderLoad(t *testing.T, url string) {
	const rounds = 6
	k := newTask(t, url, 16, 4)
	var acks []ack
	for range rounds {
		acks = append(acks, appendAndKill(t, k, 20+rand.IntN(400))...)
		events := k.verify(t)
		for _, a := range acks {
			stream := events[a.Stream]
			if uint64(len(stream)) < a.Result.Seq {
				t.Fatalf("acknowledged event %d is lost, the stream ends at %d", a.Result.Seq, len(stream))
			}
			if e := stream[a.Result.Seq-1]; e.ID != a.Event || e.Digest != a.Result.Digest || e.Arrived != a.Result.Arrived {
				t.Fatalf("acknowledged event %d is another one", a.Result.Seq)
			}
		}
	}
}

// appendAndKill runs a child until it has acknowledged n events and kills it. It
// returns all that the child acknowledged.
func appendAndKill(t *testing.T, k task, n int) []ack {
	t.Helper()
	cmd := k.command(t, "append")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var acks []ack
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var a ack
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			break // cut off by the kill
		}
		if acks = append(acks, a); len(acks) == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || len(acks) < n {
		t.Fatalf("the child ended by itself after %d acknowledgements", len(acks))
	}
	return acks
}

// TestAttack_O8_DatabaseKilled kills PostgreSQL with SIGKILL three times while
// 16 senders append, and starts it again. Senders get CodeUnavailable and no
// acknowledgement, send the same events again, and every event is there once; the
// store recovers by itself.
func TestAttack_O8_DatabaseKilled(t *testing.T) {
	cluster := pgtest.New(t)
	s := storetest.Open(t, cluster.URL("postgres"), store.Options{})
	w := storetest.NewWorld(t, s, 16)
	stream := schema.NewStreamID()
	var acknowledged, refused atomic.Int64
	var enough atomic.Bool
	var done sync.WaitGroup
	defer done.Wait()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, user := range w.Users {
		done.Go(func() {
			for !enough.Load() && sendUntilAcknowledged(ctx, t, w, user, w.Item(stream, 300), &refused) {
				acknowledged.Add(1)
			}
		})
	}
	for range 3 {
		reach(t, "appends", &acknowledged, acknowledged.Load()+int64(100+rand.IntN(300)))
		if err := cluster.Kill(); err != nil {
			t.Fatal(err)
		}
		reach(t, "refusals", &refused, refused.Load()+1)
		if err := s.Ping(t.Context()); !schema.HasCode(err, schema.CodeUnavailable) {
			t.Errorf("ping without a database: %v", err)
		}
		if err := cluster.Run(); err != nil {
			t.Fatal(err)
		}
	}
	reach(t, "appends", &acknowledged, acknowledged.Load()+100)
	enough.Store(true)
	done.Wait()
	if n := len(w.Verify(t, w.Circle, stream)); int64(n) != acknowledged.Load() {
		t.Errorf("%d events are stored, %d were acknowledged", n, acknowledged.Load())
	}
}

// sendUntilAcknowledged sends an item again while the database is gone. It
// reports whether the item was acknowledged before the context ended.
func sendUntilAcknowledged(ctx context.Context, t *testing.T, w *storetest.World, user schema.UserID, item schema.AppendItem, refused *atomic.Int64) bool {
	for ctx.Err() == nil {
		results, err := w.Append(ctx, user, item)
		if err == nil {
			if results[0].Error != nil {
				t.Errorf("append: %+v", results[0].Error)
			}
			return results[0].Error == nil
		}
		if !schema.HasCode(err, schema.CodeUnavailable) {
			t.Errorf("append without a database: %v", err)
		}
		refused.Add(1)
	}
	return false
}

// reach waits until a counter has reached a value.
func reach(t *testing.T, what string, counter *atomic.Int64, value int64) {
	t.Helper()
	tick, deadline := time.NewTicker(time.Millisecond), time.After(time.Minute)
	defer tick.Stop()
	for counter.Load() < value {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain for %d %s, there are %d", value, what, counter.Load())
		}
	}
}
