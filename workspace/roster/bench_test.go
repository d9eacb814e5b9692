package roster

import (
	"fmt"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// crowd is a workspace of n members, all admitted by its owner, and a last epoch
// that is sealed to all of them.
func crowd(b *testing.B, n int) *world {
	b.Helper()
	w := newWorld(b)
	add := func(step string) {
		e := w.build(mustStep(b, step))
		if err := w.state.Apply(e); err != nil {
			b.Fatalf("%s: %v", step, err)
		}
		w.entries = append(w.entries, e)
	}
	add("genesis by alice")
	add("epoch everyone by alice")
	for i := 1; i < n; i++ {
		add(fmt.Sprintf("admit m%04d role=member circles=everyone by alice", i))
	}
	add("epoch everyone by alice")
	return w
}

// BenchmarkReplay1000 is what a client does at its start with a roster of 1,000
// members: all cryptography for a new device, none of the signatures for one
// that kept the entries under a MAC.
func BenchmarkReplay1000(b *testing.B) {
	w := crowd(b, 1000)
	for name, apply := range map[string]func(*State, schema.SignedEntry) error{
		"Apply": (*State).Apply, "ApplyVerified": (*State).ApplyVerified,
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := New(w.ws)
				for _, e := range w.entries {
					if err := apply(s, e); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

// BenchmarkBatch1000 is what a server does for one small request in a workspace
// of 1,000 members: clone, apply one entry.
func BenchmarkBatch1000(b *testing.B) {
	w := crowd(b, 1000)
	e := w.build(mustStep(b, "admit newcomer role=member circles=everyone by alice"))
	for name, step := range map[string]func() error{
		"Clone": func() error { w.state.Clone(); return nil },
		"Admit": func() error { return w.state.Clone().Apply(e) },
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := step(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEpoch1000 applies an epoch with 1,000 key packets.
func BenchmarkEpoch1000(b *testing.B) {
	w := crowd(b, 1000)
	e := w.build(mustStep(b, "epoch everyone by alice"))
	b.ReportAllocs()
	for b.Loop() {
		if err := w.state.Clone().Apply(e); err != nil {
			b.Fatal(err)
		}
	}
}
