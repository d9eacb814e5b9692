//go:build js

package fetch

import (
	"context"
	"errors"
	"strings"
	"syscall/js"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

func here() *Transport { return New(js.Global().Get("location").Get("origin").String()) }

func do(path string, limit int64) ([]byte, error) {
	return here().Do(context.Background(), client.Request{Method: "GET", Path: path, Token: "token", MaxResponse: limit})
}

func TestRequestCarriesTheTokenAndNothingElse(t *testing.T) {
	body, err := here().Do(context.Background(), client.Request{Method: "POST", Path: "/echo?a=1", Token: "token", Body: []byte{0, 1, 0xff}, MaxResponse: 1 << 10})
	if err != nil {
		t.Fatal(err)
	}
	// The server answers with what it saw.
	want := "POST /echo?a=1 [Bearer token] [application/cbor] cookies 0 referrer [] body 0001ff"
	if string(body) != want {
		t.Errorf("%q, want %q", body, want)
	}
	if body, err := do("/echo", 1<<10); err != nil || !strings.HasPrefix(string(body), "GET /echo [Bearer token] []") {
		t.Errorf("%q, %v", body, err)
	}
}

func TestFailuresAreTyped(t *testing.T) {
	for path, want := range map[string]schema.Code{
		"/refused":  schema.CodeForbidden,   // the server's own error
		"/proxy":    schema.CodeOffline,     // a page in the server's place
		"/redirect": schema.CodeOffline,     // would carry the session away
		"/cut":      schema.CodeOffline,     // ends before its length
		"/long":     schema.CodeTooLarge,    // longer than asked for
		"/retry":    schema.CodeRateLimited, // with a pause
	} {
		_, err := do(path, 100)
		if !schema.HasCode(err, want) {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
		var typed *schema.Error
		if path == "/retry" && (!errors.As(err, &typed) || typed.RetryAfter != 1500*time.Millisecond) {
			t.Errorf("%s: %+v", path, typed)
		}
	}
	if body, err := do("/exact", 100); err != nil || len(body) != 100 {
		t.Errorf("as long as allowed: %d octets, %v", len(body), err)
	}
	nobody := New("http://127.0.0.1:9")
	if _, err := nobody.Do(context.Background(), client.Request{Method: "GET", Path: "/", MaxResponse: 1}); !schema.HasCode(err, schema.CodeOffline) {
		t.Errorf("nobody there: %v", err)
	}
	if _, err := nobody.Live(context.Background()); !schema.HasCode(err, schema.CodeOffline) {
		t.Errorf("nobody there, live: %v", err)
	}
}

func TestCancellingEndsARequest(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, err := here().Do(ctx, client.Request{Method: "GET", Path: "/never", MaxResponse: 1})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestLiveConnectionCarriesFramesBothWays(t *testing.T) {
	ctx := context.Background()
	conn, err := here().Live(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, frame := range []string{"one", "", strings.Repeat("x", 1<<20)} {
		if err := conn.Send(ctx, []byte(frame)); err != nil {
			t.Fatal(err)
		}
		got, err := conn.Receive(ctx)
		if err != nil || string(got) != frame {
			t.Errorf("%d octets for %d, %v", len(got), len(frame), err)
		}
	}
	waiting, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := conn.Receive(waiting); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("receiving nothing: %v", err)
	}
	if err := conn.Send(ctx, []byte("text")); err != nil { // answered as text
		t.Fatal(err)
	}
	if _, err := conn.Receive(ctx); !schema.HasCode(err, schema.CodeBadEncoding) {
		t.Errorf("a text frame: %v", err)
	}
	if err := conn.Send(ctx, []byte("end")); err != nil { // answered, then closed
		t.Fatal(err)
	}
	if got, err := conn.Receive(ctx); err != nil || string(got) != "end" {
		t.Errorf("the last frame: %q, %v", got, err)
	}
	if _, err := conn.Receive(ctx); !schema.HasCode(err, schema.CodeOffline) {
		t.Errorf("after the end: %v", err)
	}
	if err := errors.Join(conn.Close(), conn.Close()); err != nil {
		t.Error(err)
	}
	if err := conn.Send(ctx, nil); !schema.HasCode(err, schema.CodeOffline) {
		t.Errorf("sending after closing: %v", err)
	}
}

func TestOfflineDeviceEndsTheLiveConnection(t *testing.T) {
	conn, err := here().Live(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js.Global().Call("dispatchEvent", js.Global().Get("Event").New("offline"))
	if _, err := conn.Receive(context.Background()); !schema.HasCode(err, schema.CodeOffline) {
		t.Errorf("%v", err)
	}
}
