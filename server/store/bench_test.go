package store_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
	"github.com/cenacle-team/cenacle/server/store/pgtest"
	"github.com/cenacle-team/cenacle/server/store/storetest"
)

// BenchmarkAppend64SQLite times durable appends of 450 octets by 64 concurrent
// senders in one workspace, 8 streams. The unit appends/s is what counts.
func BenchmarkAppend64SQLite(b *testing.B) { benchmarkAppend(b, sqlite(b), 1) }

// BenchmarkAppend64Postgres is the same on PostgreSQL.
func BenchmarkAppend64Postgres(b *testing.B) { benchmarkAppend(b, pgtest.Database(b), 1) }

// BenchmarkAppend64Spread spreads the senders over 8 workspaces.
func BenchmarkAppend64Spread(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) { benchmarkAppend(b, sqlite(b), 8) })
	b.Run("postgres", func(b *testing.B) { benchmarkAppend(b, pgtest.Database(b), 8) })
}

func benchmarkAppend(b *testing.B, url string, workspaces int) {
	const senders, streams, size = 64, 8, 450
	s := storetest.Open(b, url, store.Options{})
	worlds := make([]*storetest.World, workspaces)
	ids := make([][streams]schema.StreamID, workspaces)
	for i := range worlds {
		worlds[i] = storetest.NewWorld(b, s, senders/workspaces)
		for j := range ids[i] {
			ids[i][j] = schema.NewStreamID()
		}
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	var done sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for i := range senders {
		done.Go(func() {
			w, user := worlds[i%workspaces], worlds[i%workspaces].Users[i/workspaces]
			item := w.Item(ids[i%workspaces][i%streams], size)
			for left.Add(-1) >= 0 {
				item.ID = schema.NewEventID()
				r, err := w.Append(b.Context(), user, item)
				if err != nil || r[0].Error != nil {
					b.Errorf("append: %v %v", err, r)
					return
				}
			}
		})
	}
	done.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
}
