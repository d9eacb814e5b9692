//go:build js

package indexeddb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/store/storetest"
	"github.com/cenacle-team/cenacle/client/wasm/browser"
)

func fresh(t *testing.T) *Store {
	t.Helper()
	if err := Delete(t.Name()); err != nil {
		t.Fatal(err)
	}
	s, err := Open(context.Background(), t.Name())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return fresh(t) })
}

func put(s store.Store, key, value string) error {
	return s.Update(context.Background(), func(w store.Writer) error { return w.Put([]byte(key), []byte(value)) })
}

func all(t *testing.T, s store.Store, prefix string, from []byte, reverse bool, then func(store.Writer) error) []string {
	t.Helper()
	var out []string
	err := s.Update(context.Background(), func(w store.Writer) error {
		if then != nil {
			if err := then(w); err != nil {
				return err
			}
		}
		return w.Scan([]byte(prefix), from, reverse, func(k, v []byte) (bool, error) {
			out = append(out, fmt.Sprintf("%s=%s", k, v))
			return true, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestScanOverManyBatches(t *testing.T) {
	s := fresh(t)
	defer s.Close()
	const n = firstBatch + 2*nextBatch + 3
	var want []string
	err := s.Update(context.Background(), func(w store.Writer) error {
		for i := range n {
			key := fmt.Sprintf("k%05d", i)
			want = append(want, key+"=v")
			if err := w.Put([]byte(key), []byte("v")); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := all(t, s, "k", nil, false, nil); !slices.Equal(got, want) {
		t.Errorf("forward: %d records of %d", len(got), n)
	}
	slices.Reverse(want)
	if got := all(t, s, "k", nil, true, nil); !slices.Equal(got, want) {
		t.Errorf("backward: %d records of %d", len(got), n)
	}
	for _, from := range []string{"a", "k00000", "z"} {
		for _, reverse := range []bool{false, true} {
			got := all(t, s, "k", []byte(from), reverse, nil)
			if all := (from < "k") != reverse; from != "k00000" && (len(got) == n) != all {
				t.Errorf("from %q, reverse %v: %d records", from, reverse, len(got))
			}
			if from == "k00000" && reverse && len(got) != 1 {
				t.Errorf("from the first in reverse: %d records", len(got))
			}
		}
	}
}

func TestTransactionReadsItsOwnWrites(t *testing.T) {
	s := fresh(t)
	defer s.Close()
	for _, k := range []string{"a1", "b1", "b2", "b3", "c1"} {
		if err := put(s, k, "old"); err != nil {
			t.Fatal(err)
		}
	}
	got := all(t, s, "", nil, true, func(w store.Writer) error {
		return errors.Join(w.Put([]byte("b0"), []byte("lost")), w.DeletePrefix([]byte("b")), w.Put([]byte("b2"), []byte("new")),
			w.Put([]byte("b9"), nil), w.Delete([]byte("c1")), w.Put([]byte("a1"), []byte("new")))
	})
	if want := "b9= b2=new a1=new"; strings.Join(got, " ") != want {
		t.Errorf("within: %q, want %q", got, want)
	}
	if got := all(t, s, "", nil, false, nil); strings.Join(got, " ") != "a1=new b2=new b9=" {
		t.Errorf("afterwards: %q", got)
	}
}

// A transaction of IndexedDB ends when the program waits for something else; a
// view and a change must not.
func TestTransactionsOutliveWaiting(t *testing.T) {
	s := fresh(t)
	defer s.Close()
	if err := put(s, "k", "v"); err != nil {
		t.Fatal(err)
	}
	wait := func() { <-time.After(20 * time.Millisecond) }
	read := func(r store.Reader) error {
		for range 3 {
			if v, err := r.Get([]byte("k")); err != nil || string(v) != "v" {
				return fmt.Errorf("%q, %w", v, err)
			}
			wait()
		}
		return r.Scan(nil, nil, false, func(_, _ []byte) (bool, error) { wait(); return true, nil })
	}
	if err := s.View(context.Background(), read); err != nil {
		t.Error(err)
	}
	err := s.Update(context.Background(), func(w store.Writer) error {
		if err := read(w); err != nil {
			return err
		}
		return w.Put([]byte("l"), nil)
	})
	if err != nil {
		t.Error(err)
	}
}

func TestStoreSurvivesClosing(t *testing.T) {
	s := fresh(t)
	if err := put(s, "k", "v"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := Open(context.Background(), t.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := all(t, s, "", nil, false, nil); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

// An engine that was thought dead wakes up: it must not write beside its
// successor.
func TestOnlyTheLastEngineWrites(t *testing.T) {
	first := fresh(t)
	defer first.Close()
	if err := put(first, "k", "first"); err != nil {
		t.Fatal(err)
	}
	second, err := Open(context.Background(), t.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := put(first, "k", "stale"); !errors.Is(err, ErrTakenOver) {
		t.Errorf("the first engine writes: %v", err)
	}
	if got := all(t, second, "", nil, false, nil); len(got) != 1 || got[0] != "k=first" {
		t.Errorf("%q", got)
	}
}

func TestRecordsThatAreNotOursAreCorrupt(t *testing.T) {
	s := fresh(t)
	defer s.Close()
	for name, value := range map[string]any{"text": "text", "no length": browser.Octets(nil), "longer than it is": browser.Octets([]byte{9, 1})} {
		tx, err := browser.Begin(s.db, "readwrite", records)
		if err != nil {
			t.Fatal(err)
		}
		tx.Call("objectStore", records).Call("put", js.ValueOf(value), browser.Octets([]byte("k")))
		if err := browser.Commit(tx); err != nil {
			t.Fatal(err)
		}
		err = s.View(context.Background(), func(r store.Reader) error { _, err := r.Get([]byte("k")); return err })
		if !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
		err = s.View(context.Background(), func(r store.Reader) error {
			return r.Scan(nil, nil, false, func(_, _ []byte) (bool, error) { return true, nil })
		})
		if !errors.Is(err, store.ErrCorrupt) {
			t.Errorf("%s, scanned: %v", name, err)
		}
	}
}

func TestADatabaseOfAnotherFormIsCorruptAndCanBeReset(t *testing.T) {
	s := fresh(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	req := js.Global().Get("indexedDB").Call("open", t.Name(), version+1)
	if err := browser.Settle(req, "success", "error"); err != nil {
		t.Fatal(err)
	}
	req.Get("result").Call("close")
	s, err := Open(context.Background(), t.Name())
	if !errors.Is(err, store.ErrCorrupt) {
		t.Fatalf("opened: %v", err)
	}
	if err := s.Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := put(s, "k", "v"); err != nil {
		t.Error(err)
	}
}

// Printed for the record; the number itself is not asserted.
func TestReportSpeed(t *testing.T) {
	s := fresh(t)
	defer s.Close()
	const n, size = 5000, 1000
	value := make([]byte, size)
	start := time.Now()
	err := s.Update(context.Background(), func(w store.Writer) error {
		for i := range n {
			if err := w.Put(fmt.Appendf(nil, "k%06d", i), value); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wrote := time.Since(start)
	start = time.Now()
	found := len(all(t, s, "k", nil, false, nil))
	read := time.Since(start)
	start = time.Now()
	for i := range 100 {
		if err := put(s, fmt.Sprintf("s%d", i), "v"); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d records of %d octets: written in %v, read in %v (%d); one durable change in %v", n, size, wrote, read, found, time.Since(start)/100)
}
