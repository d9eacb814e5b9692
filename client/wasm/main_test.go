//go:build js

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/wire"
	"github.com/cenacle-team/cenacle/client/wasm/fetch"
	"github.com/cenacle-team/cenacle/schema"
)

const passphrase = "correct horse battery staple"

// device is this browser, as the page of a server whose public origin is another:
// the test's server stands behind a proxy.
func device() *api.API {
	here := js.Global().Get("location").Get("origin").String()
	return newAPI("device", "https://cenacle.test", fetch.New(here), slog.New(slog.DiscardHandler))
}

func call(t *testing.T, a *api.API, method string, params, answer any) *api.Failure {
	t.Helper()
	encoded, err := json.Marshal(params)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	got, failure := a.Call(context.Background(), method, encoded)
	t.Logf("speed: %s in %v", method, time.Since(start))
	if failure == nil && answer != nil {
		if err := json.Unmarshal(got, answer); err != nil {
			t.Fatal(err)
		}
	}
	return failure
}

func must(t *testing.T, a *api.API, method string, params, answer any) {
	t.Helper()
	if f := call(t, a, method, params, answer); f != nil {
		t.Fatalf("%s: %s (%s)", method, f.Code, f.Detail)
	}
}

// The whole engine in a browser, against a real server: an account, a message, a
// restart that resumes, a lock that does not.
func TestEngineFromSignUpToUnlocking(t *testing.T) {
	ctx := context.Background()
	a := device()
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	var kit api.SignedUp
	must(t, a, "session.signUp", api.SignUpParams{Handle: "alice@example.org", Name: "Alice", Passphrase: passphrase}, &kit)
	if !kit.Kept {
		t.Error("the account was not kept")
	}
	subscription := a.Subscribe()
	defer subscription.Close()
	var w api.WorkspaceRef
	must(t, a, "workspaces.create", api.NameParams{Name: "Aurore"}, &w)
	var list api.ChannelList
	must(t, a, "channels.list", w, &list)
	// What runs in the background may have sent the channel, and shows it in a moment.
	patience, end := context.WithTimeout(ctx, 30*time.Second)
	defer end()
	for len(list.Channels) == 0 {
		if _, err := subscription.Next(patience); err != nil {
			t.Fatalf("no channel is listed: %v", err)
		}
		must(t, a, "channels.list", w, &list)
	}
	at := api.ChannelRef{Workspace: w.Workspace, Channel: list.Channels[0].ID}
	for i := range 3 {
		must(t, a, "messages.post", api.PostParams{ChannelRef: at, Text: fmt.Sprintf("message %d", i)}, nil)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}

	a = device()
	start := time.Now()
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("speed: resumed in %v", time.Since(start))
	var window api.Window
	must(t, a, "messages.window", api.WindowParams{ChannelRef: at, Before: 10}, &window)
	if len(window.Messages) != 3 || window.Messages[2].Text != "message 2" {
		t.Errorf("after a restart: %+v", window)
	}
	must(t, a, "session.lock", api.Empty{}, nil)

	a = device()
	if err := a.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if f := call(t, a, "messages.window", api.WindowParams{ChannelRef: at, Before: 10}, nil); f == nil || f.Code != schema.CodeUnauthenticated {
		t.Errorf("locked: %+v", f)
	}
	must(t, a, "session.unlock", api.PassphraseParams{Passphrase: passphrase}, nil)
	must(t, a, "messages.post", api.PostParams{ChannelRef: at, Text: "unlocked"}, nil)
	must(t, a, "session.signOut", api.Empty{}, nil)
	var state api.SessionState
	must(t, a, "session.state", api.Empty{}, &state)
	if state.Stage != api.StageNone {
		t.Errorf("signed out: %+v", state)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestMessagesOfPagesAreBounded(t *testing.T) {
	p := newPages()
	receive := func(v any) bool { return js.Global().Call("cenacleReceive", v).Bool() }
	if !receive(`{"id":1}`) {
		t.Error("a message is refused")
	}
	if got, err := p.Receive(context.Background()); err != nil || string(got) != `{"id":1}` {
		t.Errorf("%q, %v", got, err)
	}
	if receive(7) || receive(strings.Repeat("x", wire.MaxMessage+1)) {
		t.Error("what is no message, or too long, is taken")
	}
	for range maxWaiting {
		if !receive("{}") {
			t.Fatal("a message is refused too early")
		}
	}
	if receive("{}") {
		t.Error("messages wait without a bound")
	}
}
