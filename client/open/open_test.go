package open_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/hometest"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/home"
	"github.com/cenacle-team/cenacle/client/open"
	"github.com/cenacle-team/cenacle/server"
)

func TestHomeConformance(t *testing.T) {
	hometest.Run(t, hometest.Options{Open: func(t *testing.T) func() api.Home {
		dir := home.Dir(t.TempDir())
		return func() api.Home { return open.NewHome(dir) }
	}})
}

// running is a program that serves until the test ends.
type running struct {
	t             *testing.T
	origin, token string
	connected     chan struct{}
	dir           string
}

func run(t *testing.T) *running {
	t.Helper()
	c := clienttest.Start(t, 1, server.Options{})
	r := &running{t: t, connected: make(chan struct{}, 1), dir: t.TempDir()}
	ready, ended := make(chan string, 1), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		ended <- open.Run(ctx, open.Options{
			Home: home.Dir(r.dir), Server: c.Nodes[0].URL, Logger: slog.New(slog.DiscardHandler),
			Web:   http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the app")) }),
			Ready: func(url string) { ready <- url }, Connected: func() { r.connected <- struct{}{} },
		})
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	select {
	case url := <-ready:
		r.origin, r.token, _ = strings.Cut(url, "/#open=")
	case <-time.After(clienttest.Patience):
		t.Fatal("it never was ready")
	}
	return r
}

// dial opens a socket as a page of an origin would that reached it by a host.
func (r *running) dial(origin, host string) (*websocket.Conn, *http.Response, error) {
	header := http.Header{}
	if origin != "" {
		header.Set("Origin", origin)
	}
	if host != "" {
		header.Set("Host", host)
	}
	return websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(r.origin, "http")+open.SocketPath, header)
}

type reply struct {
	Ready   bool            `json:"ready"`
	Secret  string          `json:"secret"`
	Refused bool            `json:"refused"`
	ID      int             `json:"id"`
	Answer  json.RawMessage `json:"answer"`
}

// page connects with a greeting and returns the answer to it.
func (r *running) page(greeting string) (*websocket.Conn, reply) {
	r.t.Helper()
	ws, _, err := r.dial(r.origin, "")
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { ws.Close() })
	if err := ws.WriteMessage(websocket.TextMessage, []byte(greeting)); err != nil {
		r.t.Fatal(err)
	}
	return ws, r.read(ws)
}

func (r *running) read(ws *websocket.Conn) (out reply) {
	r.t.Helper()
	if err := ws.SetReadDeadline(time.Now().Add(clienttest.Patience)); err != nil {
		r.t.Fatal(err)
	}
	if err := ws.ReadJSON(&out); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// closed fails unless the other side has ended the connection.
func (r *running) closed(ws *websocket.Conn) {
	r.t.Helper()
	if err := ws.SetReadDeadline(time.Now().Add(clienttest.Patience)); err != nil {
		r.t.Fatal(err)
	}
	for {
		_, _, err := ws.ReadMessage()
		if os.IsTimeout(err) {
			r.t.Fatal("the connection is still open")
		}
		if err != nil {
			return
		}
	}
}

func token(t string) string  { return `{"token":"` + t + `"}` }
func secret(s string) string { return `{"secret":"` + s + `"}` }

func (r *running) state(ws *websocket.Conn) string {
	r.t.Helper()
	if err := ws.WriteMessage(websocket.TextMessage, []byte(`{"id":1,"method":"session.state","params":{}}`)); err != nil {
		r.t.Fatal(err)
	}
	for {
		if m := r.read(ws); m.ID == 1 {
			return string(m.Answer)
		}
	}
}

func TestPageIsLetInOnceAndComesBackByItsSecret(t *testing.T) {
	r := run(t)
	if len(r.token) != 43 {
		t.Errorf("a token of %d characters", len(r.token))
	}
	first, welcome := r.page(token(r.token))
	if !welcome.Ready || len(welcome.Secret) != 43 || welcome.Secret == r.token {
		t.Fatalf("%+v", welcome)
	}
	<-r.connected
	if s := r.state(first); !strings.Contains(s, `"platform":"native"`) || !strings.Contains(s, `"stage":"none"`) {
		t.Errorf("state: %s", s)
	}
	second, again := r.page(secret(welcome.Secret))
	if !again.Ready || again.Secret != "" {
		t.Errorf("coming back: %+v", again)
	}
	r.closed(first) // one page at a time
	if s := r.state(second); s == "" {
		t.Error("no state")
	}
}

func TestAttack_W5_WrongOrUsedTokenIsRefused(t *testing.T) {
	r := run(t)
	for name, greeting := range map[string]string{
		"wrong token": token(strings.Repeat("A", 43)), "no token": `{}`, "empty token": token(""), "empty secret": secret(""),
		"token as secret": secret(r.token), "not JSON": `hello`, "a call": `{"id":1,"method":"session.state","params":{}}`,
	} {
		ws, answer := r.page(greeting)
		if !answer.Refused || answer.Ready {
			t.Errorf("%s: %+v", name, answer)
		}
		r.closed(ws)
	}
	_, welcome := r.page(token(r.token))
	if !welcome.Ready {
		t.Fatalf("%+v", welcome)
	}
	for name, greeting := range map[string]string{"used token": token(r.token), "secret as token": token(welcome.Secret)} {
		if _, answer := r.page(greeting); !answer.Refused || answer.Secret != "" {
			t.Errorf("%s: %+v", name, answer)
		}
	}
	ws, _, err := r.dial(r.origin, "")
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	// Too long to be read: the connection may end before it was written.
	_ = ws.WriteMessage(websocket.TextMessage, []byte(token(strings.Repeat("x", 4<<10))))
	r.closed(ws)
}

func TestAttack_W5_ForeignPagesDoNotConnect(t *testing.T) {
	r := run(t)
	for _, origin := range []string{
		"", "null", "https://evil.example", "http://localhost:" + r.origin[strings.LastIndexByte(r.origin, ':')+1:], r.origin + "0", "http://127.0.0.1",
	} {
		ws, response, err := r.dial(origin, "")
		if err == nil {
			ws.Close()
			t.Errorf("a page of %q connects", origin)
		} else if response == nil || response.StatusCode != http.StatusForbidden {
			t.Errorf("%q: %v", origin, err)
		}
	}
	if _, welcome := r.page(token(r.token)); !welcome.Ready {
		t.Error("the token was used up by pages that were refused")
	}
}

// A name that was made to lead to this machine carries its own name as host.
func TestAttack_W5_ReboundNamesLeadNowhere(t *testing.T) {
	r := run(t)
	port := r.origin[strings.LastIndexByte(r.origin, ':'):]
	for _, host := range []string{"evil.example" + port, "localhost" + port, "127.0.0.1", "evil.example"} {
		req, err := http.NewRequest(http.MethodGet, r.origin+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Host = host
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusMisdirectedRequest {
			t.Errorf("host %q: status %d", host, resp.StatusCode)
		}
		for _, origin := range []string{r.origin, "http://" + host} {
			ws, _, err := r.dial(origin, host)
			if err == nil {
				ws.Close()
				t.Errorf("host %q, origin %q: a socket opened", host, origin)
			}
		}
	}
	resp, err := http.Get(r.origin + "/some/place")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("the app: status %d", resp.StatusCode)
	}
}

func TestLaunchHandsTheAddressOverInAPrivateFile(t *testing.T) {
	bin, dir := t.TempDir(), t.TempDir()
	seen := filepath.Join(t.TempDir(), "seen")
	script := "#!/bin/sh\nprintf '%s\\n' \"$*\" > " + seen + "\n"
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	const url = "http://127.0.0.1:4711/#open=token"
	remove, err := open.Launch(dir, url)
	if err != nil {
		t.Fatal(err)
	}
	var argument string
	clienttest.Eventually(t, "the browser starts", func() bool {
		b, err := os.ReadFile(seen)
		argument = strings.TrimSpace(string(b))
		return err == nil && argument != ""
	})
	if strings.Contains(argument, "token") || filepath.Dir(argument) != dir {
		t.Errorf("the browser was given %q", argument)
	}
	b, err := os.ReadFile(argument)
	if err != nil || !strings.Contains(string(b), url) {
		t.Errorf("the file holds %q, %v", b, err)
	}
	info, err := os.Stat(argument)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v, %v", info, err)
	}
	if err := remove(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}
