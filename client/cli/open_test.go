package cli

import (
	"context"
	"errors"
	"testing"

	"github.com/cenacle-team/cenacle/client/home"
	"github.com/cenacle-team/cenacle/client/web"
)

func TestOpenChecksItsArguments(t *testing.T) {
	a, _ := testApp(nil)
	a.home = home.Dir(t.TempDir())
	if !web.Built() {
		if err := a.openApp(context.Background(), "https://chat.example.org", 0, false); codeOf(err) != codeNoApp {
			t.Errorf("without the app: %v", err)
		}
		return
	}
	if err := a.openApp(context.Background(), "", 0, false); codeOf(err) != codeUsage {
		t.Errorf("no profile and no server: %v", err)
	}
	if err := a.openApp(context.Background(), "https://chat.example.org", 70000, false); codeOf(err) != codeUsage {
		t.Errorf("no such port: %v", err)
	}
	if err := a.openApp(context.Background(), "http://chat.example.org", 0, false); err == nil {
		t.Error("a server without TLS is accepted")
	}
}

// The browser may come before the program knows that it was started.
func TestHandoverEndsOnceInAnyOrder(t *testing.T) {
	removed := 0
	remove := func() error { removed++; return nil }
	var late, early handover
	err := errors.Join(late.begin(remove), late.end(), late.end())
	if err != nil || removed != 1 {
		t.Errorf("removed %d times, %v", removed, err)
	}
	err = errors.Join(early.end(), early.begin(remove), early.end())
	if err != nil || removed != 2 {
		t.Errorf("removed %d times, %v", removed, err)
	}
}
