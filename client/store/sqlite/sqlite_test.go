//go:build !js

package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/store/sqlite"
	"github.com/cenacle-team/cenacle/client/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store {
		s, err := sqlite.Open(context.Background(), t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestDamagedFileIsTyped(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "cache.sqlite"), []byte("this is not a database, it is a sentence"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(context.Background(), dir)
	if !errors.Is(err, store.ErrCorrupt) {
		t.Fatalf("Open = %v, want ErrCorrupt", err)
	}
	if err := s.Reset(context.Background()); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Update(context.Background(), func(w store.Writer) error { return w.Put([]byte("a"), []byte("b")) }); err != nil {
		t.Fatal(err)
	}
}

// TestMessagesStayInTheTree keeps the size of pages at which a kept message needs
// no page of its own: the header of a database file says it (its octets 16 and 17).
func TestMessagesStayInTheTree(t *testing.T) {
	dir := t.TempDir()
	s, err := sqlite.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	head, err := os.ReadFile(filepath.Join(dir, "cache.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	if len(head) < 18 || int(head[16])<<8|int(head[17]) != 8<<10 {
		t.Fatalf("the file has %d octets, its header says pages of %d", len(head), int(head[16])<<8|int(head[17]))
	}
}
