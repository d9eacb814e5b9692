package store_test

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
	"github.com/cenacle-team/cenacle/server/store/pgtest"
	"github.com/cenacle-team/cenacle/server/store/storetest"
)

// TestAttack_O10_SQLiteDiskFull lets the operating system refuse the writes of a
// server process in the middle of a commit (a limit of the size of its files).
func TestAttack_O10_SQLiteDiskFull(t *testing.T) {
	k := newTask(t, sqlite(t), 1, 1)
	if out, err := k.command(t, "disk full").Output(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	k.verify(t)
}

// fillDisk is the server process: it appends until a write fails, sees that
// reading goes on and that nothing is torn, and goes on writing once it can.
func fillDisk() error {
	ctx := context.Background()
	k, err := readTask()
	if err != nil {
		return err
	}
	s, err := store.Open(ctx, k.URL, store.Options{})
	if err != nil {
		return err
	}
	w := k.world(s)
	if w.Head, err = s.RosterHead(ctx, w.Workspace); err != nil {
		return err
	}
	append1 := func(item schema.AppendItem) error {
		results, err := w.Append(ctx, k.Users[0], item)
		if err == nil && results[0].Error != nil {
			err = errors.New(string(results[0].Error.Code))
		}
		return err
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	full := syscall.Rlimit{Cur: 2<<20 + 1234, Max: before.Max}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		return err
	}
	var stored uint64
	item := w.Item(k.Streams[0], 100<<10)
	for ; ; stored++ {
		if err = append1(item); err != nil {
			break
		}
		if stored > 1000 {
			return errors.New("the limit of the size of files has no effect")
		}
		item = w.Item(k.Streams[0], 100<<10)
	}
	for range 3 {
		if !schema.HasCode(err, schema.CodeReadOnly) {
			return fmt.Errorf("a full disk gives %w", err)
		}
		err = append1(item)
	}
	c := w.Change(1)
	c.Entries[0].Entry = storetest.Octets(4 << 20)
	c.NewHead.Hash = c.Entries[0].Hash()
	if err := s.ApplyRoster(ctx, c); !schema.HasCode(err, schema.CodeReadOnly) {
		return fmt.Errorf("a change of the roster on a full disk gives %w", err)
	}
	_, head, err := s.EventsAfter(ctx, w.Workspace, k.Streams[0], 0, 10, 1<<20)
	if err != nil || head.Seq != stored {
		return fmt.Errorf("reading on a full disk: head %d of %d, %w", head.Seq, stored, err)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return err
	}
	if err := errors.Join(append1(item), s.ApplyRoster(ctx, c)); err != nil {
		return fmt.Errorf("after the disk has room again: %w", err)
	}
	if _, head, err = s.EventsAfter(ctx, w.Workspace, k.Streams[0], 0, 10, 1<<20); err != nil || head.Seq != stored+1 {
		return fmt.Errorf("after the disk has room again: head %d of %d, %w", head.Seq, stored+1, err)
	}
	return s.Close()
}

// TestAttack_O10_PostgresDiskFull lets PostgreSQL report a full disk in the
// middle of a commit of several events.
func TestAttack_O10_PostgresDiskFull(t *testing.T) {
	url := pgtest.Database(t)
	s := storetest.Open(t, url, store.Options{})
	w := storetest.NewWorld(t, s, 1)
	stream := schema.NewStreamID()
	items := []schema.AppendItem{w.Item(stream, 10), w.Item(stream, 10), w.Item(stream, 10)}
	w.MustAppend(t, w.Users[0], items[0])

	admin, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	execute := func(sql string) {
		t.Helper()
		if _, err := admin.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	execute(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN IF NEW.seq = 3 THEN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END IF; RETURN NEW; END $$`)
	execute("CREATE TRIGGER full_disk BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION full_disk()")
	for range 2 {
		if _, err := w.Append(t.Context(), w.Users[0], items...); !schema.HasCode(err, schema.CodeReadOnly) {
			t.Fatalf("a full disk gives %v", err)
		}
		if n := len(w.Verify(t, w.Circle, stream)); n != 1 {
			t.Fatalf("%d events are stored, want 1", n)
		}
	}
	execute("DROP TRIGGER full_disk ON event")
	w.MustAppend(t, w.Users[0], items...)
	if n := len(w.Verify(t, w.Circle, stream)); n != 3 {
		t.Fatalf("%d events are stored, want 3", n)
	}
}
