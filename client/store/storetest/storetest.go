// Package storetest is the conformance suite of [store.Store]. It is imported by
// tests only.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client/store"
)

// Run checks an implementation; open returns an empty store each time.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	tests := map[string]func(*testing.T, store.Store){
		"missing key is nil":          missing,
		"failed update keeps nothing": rollback,
		"scan order and bounds":       scan,
		"delete prefix":               deletePrefix,
		"updates exclude each other":  exclusive,
		"view is a snapshot":          snapshot,
		"locks exclude":               locks,
		"reset empties":               reset,
		"empty value is not missing":  emptyValue,
	}
	for name, fn := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() { s.Close() })
			fn(t, s)
		})
	}
}

func put(t *testing.T, s store.Store, kv ...string) {
	t.Helper()
	err := s.Update(context.Background(), func(w store.Writer) error {
		for i := 0; i < len(kv); i += 2 {
			if err := w.Put([]byte(kv[i]), []byte(kv[i+1])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func keys(t *testing.T, s store.Store, prefix, from string, reverse bool) string {
	t.Helper()
	var out string
	err := s.View(context.Background(), func(r store.Reader) error {
		var f []byte
		if from != "" {
			f = []byte(from)
		}
		return r.Scan([]byte(prefix), f, reverse, func(k, v []byte) (bool, error) {
			out += fmt.Sprintf("%s=%s ", k, v)
			return true, nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func missing(t *testing.T, s store.Store) {
	err := s.View(context.Background(), func(r store.Reader) error {
		v, err := r.Get([]byte("nothing"))
		if v != nil || err != nil {
			t.Errorf("Get = %v, %v; want nil, nil", v, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func emptyValue(t *testing.T, s store.Store) {
	put(t, s, "k", "")
	err := s.View(context.Background(), func(r store.Reader) error {
		v, err := r.Get([]byte("k"))
		if v == nil || err != nil {
			t.Errorf("Get = %v, %v; want an empty value", v, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func rollback(t *testing.T, s store.Store) {
	boom := errors.New("boom")
	err := s.Update(context.Background(), func(w store.Writer) error {
		if err := w.Put([]byte("a"), []byte("1")); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("Update = %v, want the function's error", err)
	}
	if got := keys(t, s, "", "", false); got != "" {
		t.Fatalf("a failed update left %q", got)
	}
}

func scan(t *testing.T, s store.Store) {
	put(t, s, "a1", "x", "b1", "1", "b2", "2", "b3", "3", "c1", "y", "\xff\xff", "z")
	for _, c := range []struct {
		prefix, from string
		reverse      bool
		want         string
	}{
		{"b", "", false, "b1=1 b2=2 b3=3 "},
		{"b", "", true, "b3=3 b2=2 b1=1 "},
		{"b", "b2", false, "b2=2 b3=3 "},
		{"b", "b2", true, "b2=2 b1=1 "},
		{"\xff", "", false, "\xff\xff=z "},
		{"d", "", false, ""},
	} {
		if got := keys(t, s, c.prefix, c.from, c.reverse); got != c.want {
			t.Errorf("Scan(%q, %q, %v) = %q, want %q", c.prefix, c.from, c.reverse, got, c.want)
		}
	}
}

func deletePrefix(t *testing.T, s store.Store) {
	put(t, s, "a1", "x", "b1", "1", "b2", "2")
	err := s.Update(context.Background(), func(w store.Writer) error {
		if err := w.Put([]byte("b3"), []byte("3")); err != nil {
			return err
		}
		return w.DeletePrefix([]byte("b"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := keys(t, s, "", "", false); got != "a1=x " {
		t.Fatalf("after DeletePrefix: %q", got)
	}
}

func exclusive(t *testing.T, s store.Store) {
	put(t, s, "n", "\x00")
	const workers, rounds = 8, 25
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range rounds {
				err := s.Update(context.Background(), func(w store.Writer) error {
					v, err := w.Get([]byte("n"))
					if err != nil {
						return err
					}
					return w.Put([]byte("n"), []byte{v[0] + 1})
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := keys(t, s, "n", "", false); got != fmt.Sprintf("n=%c ", workers*rounds) && got != "n="+string([]byte{workers * rounds})+" " {
		t.Fatalf("updates were lost: %q", got)
	}
}

func snapshot(t *testing.T, s store.Store) {
	put(t, s, "k", "old")
	reading, wrote := make(chan struct{}), make(chan error, 1)
	go func() {
		<-reading
		wrote <- s.Update(context.Background(), func(w store.Writer) error { return w.Put([]byte("k"), []byte("new")) })
	}()
	err := s.View(context.Background(), func(r store.Reader) error {
		if _, err := r.Get([]byte("k")); err != nil {
			return err
		}
		close(reading)
		v, err := r.Get([]byte("k"))
		if string(v) != "old" {
			t.Errorf("a view saw a later write: %q", v)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
}

func locks(t *testing.T, s store.Store) {
	unlock, err := s.Lock(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	other, err := s.Lock(context.Background(), "b")
	if err != nil {
		t.Fatal(err)
	}
	other()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Lock(ctx, "a"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("second Lock = %v, want the deadline", err)
	}
	unlock()
	unlock()
	again, err := s.Lock(context.Background(), "a")
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func reset(t *testing.T, s store.Store) {
	put(t, s, "a", "1")
	if err := s.Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := keys(t, s, "", "", false); got != "" {
		t.Fatalf("after Reset: %q", got)
	}
	put(t, s, "a", "2")
}
