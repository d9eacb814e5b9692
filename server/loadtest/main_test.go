package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestMain lets the test's own program be the servers and clients that it starts.
func TestMain(m *testing.M) {
	if code, is := child(os.Args[1:]); is {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// TestQuickRun keeps the load generator working: every row, in small.
func TestQuickRun(t *testing.T) {
	var out, log bytes.Buffer
	if code := run(t.Context(), []string{"-quick"}, &out, &log); code != 0 {
		t.Fatalf("exit code %d\n%s\n%s", code, log.String(), out.String())
	}
	for _, work := range []string{
		"sign and seal", "open and verify", "senders, SQLite", "senders, PostgreSQL", "subscribers", "idle WebSocket", "open a workspace", "post on one node",
	} {
		if strings.Count(out.String(), work) != 1 {
			t.Errorf("the table has no line of %q", work)
		}
	}
	if t.Failed() {
		t.Log(out.String())
	}
}

func TestUsage(t *testing.T) {
	var out, log bytes.Buffer
	for _, args := range [][]string{{"-rows", "nothing"}, {"-no-such-flag"}} {
		if code := run(t.Context(), args, &out, &log); code != 2 {
			t.Errorf("%v: exit code %d, want 2", args, code)
		}
	}
}
