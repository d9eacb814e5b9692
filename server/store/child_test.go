package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
	"github.com/cenacle-team/cenacle/server/store/storetest"
)

// childEnv tells a process of this test binary what it is for.
const childEnv = "CENACLE_STORE_TEST_CHILD"

// task is what a child gets on its standard input: a database with a world in it.
type task struct {
	URL       string
	Workspace schema.WorkspaceID
	Circle    schema.CircleID
	Users     []schema.UserID
	Streams   []schema.StreamID
}

// newTask makes a world in a database that nothing else has open.
func newTask(t *testing.T, url string, users, streams int) task {
	t.Helper()
	s, err := store.Open(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := storetest.NewWorld(t, s, users)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	k := task{URL: url, Workspace: w.Workspace, Circle: w.Circle, Users: w.Users}
	for range streams {
		k.Streams = append(k.Streams, schema.NewStreamID())
	}
	return k
}

func (k task) world(s *store.Store) *storetest.World {
	return &storetest.World{Store: s, Workspace: k.Workspace, Circle: k.Circle, Users: k.Users}
}

// verify opens the database and returns the events of each stream, verified.
func (k task) verify(t *testing.T) map[schema.StreamID][]schema.Event {
	t.Helper()
	s, err := store.Open(t.Context(), k.URL, store.Options{})
	if err != nil {
		t.Fatalf("open after the fault: %v", err)
	}
	w, events := k.world(s), make(map[schema.StreamID][]schema.Event)
	heads, err := s.Heads(t.Context(), k.Workspace, k.Users[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, head := range heads.Streams {
		events[head.Head.Stream] = w.Verify(t, head.Circle, head.Head.Stream)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return events
}

// command is a child that gets the task.
func (k task) command(t *testing.T, job string) *exec.Cmd {
	t.Helper()
	input, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"="+job)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(input); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	cmd.Stdin, cmd.Stderr = r, os.Stderr
	return cmd
}

// readTask is the child's side of command.
func readTask() (k task, err error) {
	input, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = json.Unmarshal(input, &k)
	}
	return k, err
}

func exitCode(err error) int {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// ack is one line of a child's output: an event that was acknowledged.
type ack struct {
	Stream schema.StreamID
	Event  schema.EventID
	Result schema.AppendResult
}

// appendForEver appends by all users at once and writes a line for each
// acknowledgement, until it is killed.
func appendForEver() error {
	k, err := readTask()
	if err != nil {
		return err
	}
	s, err := store.Open(context.Background(), k.URL, store.Options{})
	if err != nil {
		return err
	}
	w := k.world(s)
	var mu sync.Mutex
	out := json.NewEncoder(os.Stdout)
	failed := make(chan error)
	for i, user := range k.Users {
		go func() {
			for {
				item := w.Item(k.Streams[i%len(k.Streams)], 300)
				results, err := w.Append(context.Background(), user, item)
				if err == nil && results[0].Error != nil {
					err = errors.New(string(results[0].Error.Code))
				}
				if err == nil {
					mu.Lock()
					err = out.Encode(ack{item.Stream, item.ID, results[0]})
					mu.Unlock()
				}
				if err != nil {
					failed <- err
					return
				}
			}
		}()
	}
	return <-failed
}
