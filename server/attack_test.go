package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/live"
)

// An invite for three, used by eight at once: three get in, and the log agrees.
func TestAttack_I15_UsesAreExact(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("alice@example.org")
	tm := alice.found()
	const uses, rush = 3, 8
	o := tm.invite(alice, schema.RoleMember, uses, 0, false, tm.everyone)
	people := make([]*person, rush)
	for i := range people {
		people[i] = w.signUp(fmt.Sprintf("p%d@example.org", i))
	}
	var mu sync.Mutex
	joined := 0
	var all sync.WaitGroup
	for _, p := range people {
		all.Add(1)
		go func() {
			defer all.Done()
			for {
				mu.Lock()
				d := tm.join(p, o)
				mu.Unlock()
				err := w.do("POST", tm.path("/roster"), p.token, d.batch, nil)
				mu.Lock()
				if err == nil {
					tm.state = d.state
					joined++
				}
				mu.Unlock()
				if !schema.HasCode(err, schema.CodeRosterConflict) {
					if err != nil && !schema.HasCode(err, schema.CodeInviteUnusable) && !schema.HasCode(err, schema.CodeRosterInvalid) {
						t.Errorf("join: %v", err)
					}
					return
				}
			}
		}()
	}
	all.Wait()
	var page schema.RosterPage
	w.must("GET", tm.path("/roster"), alice.token, nil, &page)
	joins := 0
	for _, e := range page.Entries {
		var entry schema.RosterEntry
		if err := schema.Unmarshal(e.Entry, &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Kind == schema.RosterJoin {
			joins++
		}
	}
	if joined != uses || joins != uses {
		t.Fatalf("%d were told that they joined, %d stand in the log, %d were allowed", joined, joins, uses)
	}
	// The same join again is refused.
	w.refused(schema.CodeInviteUnusable, "POST", tm.path("/roster"), people[0].token, tm.join(people[0], o).batch)
}

func TestAttack_W5_OtherOriginsAreRefused(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("alice@example.org")
	body := schema.MustMarshal(schema.ChallengeRequest{Handle: "alice@example.org", Kind: schema.CredentialPassphrase})
	for name, h := range map[string]http.Header{
		"other site": {"Origin": {"https://evil.example.org"}},
		"other port": {"Origin": {w.origin() + "1"}},
		"null":       {"Origin": {"null"}},
		"twice":      {"Origin": {w.origin(), "https://evil.example.org"}},
		"cross-site": {"Sec-Fetch-Site": {"cross-site"}},
		"same-site":  {"Sec-Fetch-Site": {"same-site"}},
	} {
		status, header, b := w.raw("POST", "/v1/challenges", "", body, h)
		if got := outcome(t, status, header, b); got != forbidden {
			t.Errorf("%s: POST answers %s", name, got)
		}
		status, header, b = w.raw("DELETE", "/v1/sessions/current", alice.token, nil, h)
		if got := outcome(t, status, header, b); got != forbidden {
			t.Errorf("%s: DELETE answers %s", name, got)
		}
		c, resp, err := websocket.DefaultDialer.Dial("ws"+w.base[len("http"):]+"/v1/live", h)
		if err == nil {
			c.Close()
			t.Errorf("%s: the socket opens", name)
		} else if resp == nil || resp.StatusCode != 403 {
			t.Errorf("%s: the socket fails with %v", name, err)
		}
	}
	own := http.Header{"Origin": {w.origin()}, "Sec-Fetch-Site": {"same-origin"}}
	if status, _, _ := w.raw("POST", "/v1/challenges", "", body, own); status != 200 {
		t.Errorf("the own origin is answered %d", status)
	}
	status, header, _ := w.raw("GET", "/v1/server", "", nil, http.Header{"Origin": {"https://evil.example.org"}})
	if status != 200 || header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("another origin may read: %d %v", status, header)
	}
	// A simple form cannot be a request.
	form := http.Header{"Content-Type": {"text/plain"}}
	if status, _, _ := w.raw("POST", "/v1/challenges", "", body, form); status != 400 {
		t.Errorf("a body of type text/plain is answered %d", status)
	}
}

func TestEveryAnswerHasTheHeaders(t *testing.T) {
	w := start(t, nil)
	for _, path := range []string{"/v1/server", "/v1/nothing", "/healthz", "/", "/assets/x.js"} {
		_, h, _ := w.raw("GET", path, "", nil, nil)
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" ||
			!strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

// Bodies are bounded before they are read, whatever their length is said to be.
func TestAttack_O4_HugeBodiesAreCut(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("alice@example.org")
	tm := alice.found()
	for _, tc := range []struct {
		path, token string
		octets      int
	}{
		{"/v1/challenges", "", 5 << 10},
		{"/v1/accounts", "", 1 << 20},
		{tm.path("/events"), alice.token, 2 << 20},
		{tm.path("/roster"), alice.token, schema.MaxRosterBatchOctets + 1},
	} {
		status, header, b := w.raw("POST", tc.path, tc.token, make([]byte, tc.octets), nil)
		if got := outcome(t, status, header, b); got != "too_large" {
			t.Errorf("%s with a length: %s", tc.path, got)
		}
		// Without a length, in pieces.
		req, err := http.NewRequestWithContext(context.Background(), "POST", w.base+tc.path, endless{})
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/cbor")
		req.Header.Set("Authorization", "Bearer "+tc.token)
		resp, err := w.http.Do(req)
		if err != nil {
			continue // the server has cut the connection
		}
		resp.Body.Close()
		if resp.StatusCode != 413 {
			t.Errorf("%s without end: %d", tc.path, resp.StatusCode)
		}
	}
}

type endless struct{}

func (endless) Read(b []byte) (int, error) { return len(b), nil }

func TestAttack_O4_BadFramesEndTheConnection(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("alice@example.org")
	for name, tc := range map[string]struct {
		kind  int
		frame []byte
		code  int
	}{
		"too large":       {websocket.BinaryMessage, make([]byte, schema.MaxFrame+1), websocket.CloseMessageTooBig},
		"text":            {websocket.TextMessage, []byte("hello"), websocket.CloseUnsupportedData},
		"malformed":       {websocket.BinaryMessage, []byte{0xFF}, websocket.ClosePolicyViolation},
		"nothing":         {websocket.BinaryMessage, schema.MustMarshal(schema.Frame{}), websocket.ClosePolicyViolation},
		"two things":      {websocket.BinaryMessage, schema.MustMarshal(schema.Frame{Ping: &schema.Ping{}, Subscribe: &schema.Subscribe{}}), websocket.ClosePolicyViolation},
		"the server's":    {websocket.BinaryMessage, schema.MustMarshal(schema.Frame{Roster: &schema.PushRoster{}}), websocket.ClosePolicyViolation},
		"a second Hello":  {websocket.BinaryMessage, schema.MustMarshal(schema.Frame{Hello: &schema.Hello{Version: 1}}), websocket.ClosePolicyViolation},
		"own and foreign": {websocket.BinaryMessage, schema.MustMarshal(schema.Frame{Ping: &schema.Ping{}, Pong: &schema.Ping{}}), websocket.ClosePolicyViolation},
	} {
		c := alice.connect()
		if err := c.ws.WriteMessage(tc.kind, tc.frame); err != nil {
			t.Fatal(err)
		}
		if code := c.ends(); code != tc.code {
			t.Errorf("%s: ended with %d, want %d", name, code, tc.code)
		}
	}
	// Before Hello even less is read.
	c := w.dial()
	if err := c.ws.WriteMessage(websocket.BinaryMessage, make([]byte, 2<<10)); err != nil {
		t.Fatal(err)
	}
	if code := c.ends(); code != websocket.CloseMessageTooBig {
		t.Errorf("a large first frame: ended with %d", code)
	}
	c = w.dial()
	c.send(schema.Frame{Ping: &schema.Ping{}})
	if code := c.ends(); code != websocket.ClosePolicyViolation {
		t.Errorf("no Hello: ended with %d", code)
	}
	c = w.dial()
	c.send(schema.Frame{Hello: &schema.Hello{Version: schema.Version + 1, Token: alice.token}})
	if f := c.next(); f.Error == nil || f.Error.Code != schema.CodeVersionUnsupported {
		t.Errorf("another version: %+v", f)
	}
	// A session of the login key opens no live connection.
	s, err := alice.signIn()
	if err != nil {
		t.Fatal(err)
	}
	c = w.dial()
	c.send(schema.Frame{Hello: &schema.Hello{Version: schema.Version, Token: s.Token}})
	if f := c.next(); f.Error == nil || f.Error.Code != schema.CodeForbidden {
		t.Errorf("a session of the login key: %+v", f)
	}
}

func TestAttack_O4_FloodsAreCut(t *testing.T) {
	w := start(t, func(o *server.Options) {
		o.Quotas.Live = live.Limits{SocketsPerAddress: 6, SocketsPerUser: 2, FramesPerSecond: 2, SignalsPerSecond: 0.5}
	})
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	tm := alice.found()
	a := alice.connect()
	alice.connect()
	third := w.dial()
	third.send(schema.Frame{Hello: &schema.Hello{Version: schema.Version, Token: alice.token}})
	if f := third.next(); f.Error == nil || f.Error.Code != schema.CodeRateLimited {
		t.Fatalf("a third connection of one account: %+v", f)
	}
	if code := third.ends(); code != live.CloseTooMany {
		t.Fatalf("ended with %d", code)
	}
	third.ws.Close()
	b := bob.connect()
	// Signals beyond the rate are refused, the connection stays.
	a.follow(tm.ws)
	limited := false
	for range 8 {
		a.send(schema.Frame{Signal: &schema.SendSignal{Workspace: tm.ws, Circle: tm.everyone, Epoch: 1, Ciphertext: []byte("x")}})
	}
	a.send(schema.Frame{Ping: &schema.Ping{Value: 7}})
	for {
		f := a.next()
		if f.Error != nil && f.Error.Code == schema.CodeRateLimited {
			limited = true
		}
		if f.Pong != nil {
			break
		}
	}
	if !limited {
		t.Fatal("signals are not limited")
	}
	// Frames beyond the rate end it.
	for range 40 {
		if b.ws.WriteMessage(websocket.BinaryMessage, schema.MustMarshal(schema.Frame{Ping: &schema.Ping{}})) != nil {
			break
		}
	}
	if code := b.ends(); code != live.CloseTooMany {
		t.Fatalf("a flood of frames ended with %d", code)
	}
	// So do WebSocket's own pings.
	b = bob.connect()
	for range 40 {
		if b.ws.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) != nil {
			break
		}
	}
	if code := b.ends(); code != live.CloseTooMany {
		t.Fatalf("a flood of pings ended with %d", code)
	}
	// And one address has only so many.
	var open int
	for range 10 {
		c, resp, err := websocket.DefaultDialer.Dial("ws"+w.base[len("http"):]+"/v1/live", nil)
		if err != nil {
			if resp == nil || resp.StatusCode != 429 {
				t.Fatalf("refused with %v", err)
			}
			break
		}
		defer c.Close()
		open++
	}
	if open >= 10 {
		t.Fatal("connections of one address are not limited")
	}
}

// A reader that stops reading is cut, keeps a bounded queue while it lasts, and
// slows nobody down; when it comes back, the log has what it missed.
func TestAttack_O3_SlowReadersHarmNobody(t *testing.T) {
	w := start(t, nil)
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	tm := alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	stream := schema.NewStreamID()
	big := func() schema.AppendItem {
		i := tm.item(tm.everyone, stream)
		i.Ciphertext = make([]byte, 128<<10)
		return i
	}
	healthy := bob.connect()
	healthy.follow(tm.ws)
	measure := func(n int) []time.Duration {
		var out []time.Duration
		for range n {
			began := time.Now()
			tm.append(alice, big())
			if f := healthy.next(); f.Events == nil {
				t.Fatalf("pushed %+v", f)
			}
			out = append(out, time.Since(began))
		}
		slices.Sort(out)
		return out
	}
	before := measure(60)

	const slow = 20
	var sleepers []*conn
	for range slow {
		sleepers = append(sleepers, alice.connect())
	}
	for _, c := range sleepers {
		c.follow(tm.ws)
	}
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	heap := m.HeapAlloc
	during := measure(120) // 15 MiB to each of those who do not read
	runtime.GC()
	runtime.ReadMemStats(&m)
	if grown := int64(m.HeapAlloc) - int64(heap); grown > 64<<20 {
		t.Errorf("%d slow readers hold %d MiB", slow, grown>>20)
	}
	p99 := func(d []time.Duration) time.Duration { return d[len(d)*99/100] }
	t.Logf("p99 alone %v, beside %d slow readers %v", p99(before), slow, p99(during))
	if p99(during) > 5*p99(before)+200*time.Millisecond {
		t.Errorf("p99 was %v and is %v beside slow readers", p99(before), p99(during))
	}
	// They are cut; what they had not read yet ends with the connection.
	for _, c := range sleepers {
		for {
			if _, err := c.read(); err != nil {
				if isTimeout(err) {
					t.Error("a slow reader is not cut")
				}
				break
			}
		}
	}
	var page schema.EventPage
	w.must("GET", tm.path("/streams/"+stream.String()+"/events?after=179"), alice.token, nil, &page)
	if page.Head.Seq != 180 || len(page.Events) != 1 {
		t.Fatalf("the log ends at %d", page.Head.Seq)
	}
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// Connections that begin requests and do not finish them cost the others nothing.
func TestAttack_O3_HalfRequestsHarmNobody(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("alice@example.org")
	for range 200 {
		c, err := net.Dial("tcp", w.srv.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "POST /v1/accounts HTTP/1.1\r\nHost: x\r\nContent-Type: application/cbor\r\nContent-Length: 1000\r\n\r\nabc")
	}
	began := time.Now()
	w.must("GET", "/v1/workspaces", alice.token, nil, nil)
	if d := time.Since(began); d > 2*time.Second {
		t.Fatalf("a request beside half ones took %v", d)
	}
	// Headers beyond the bound are refused.
	c, err := net.Dial("tcp", w.srv.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "GET /v1/server HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n", strings.Repeat("x", 64<<10))
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(line, "431") {
		t.Fatalf("huge headers: %q %v", line, err)
	}
}

func TestHealthAndMetrics(t *testing.T) {
	w := start(t, func(o *server.Options) { o.MetricsListen = "127.0.0.1:0" })
	alice := w.signUp("alice@example.org")
	tm := alice.found()
	tm.append(alice, tm.item(tm.everyone, schema.NewStreamID()))
	alice.connect()
	status, _, b := w.raw("GET", "/healthz", "", nil, nil)
	if status != 200 || string(b) != "database: ok\nbus: ok\n" {
		t.Fatalf("health is %d %q", status, b)
	}
	if status, _, _ := w.raw("GET", "/metrics", "", nil, nil); status != 404 {
		t.Fatalf("metrics are public: %d", status)
	}
	m := *w
	m.base = "http://" + w.srv.MetricsAddr().String()
	_, _, b = m.raw("GET", "/metrics", "", nil, nil)
	for _, line := range []string{
		`cenacle_appends_total{result="accepted"} 1`, "cenacle_sockets 1", "cenacle_bus_connected 1",
		"cenacle_roster_batches_total 1", "cenacle_append_duration_seconds_count 1", "go_goroutines",
		`cenacle_http_requests_total{route="POST /v1/workspaces",status="200"} 1`,
	} {
		if !strings.Contains(string(b), line) {
			t.Errorf("metrics lack %s", line)
		}
	}
	if strings.Contains(string(b), alice.user.String()) || strings.Contains(string(b), tm.ws.String()) {
		t.Error("metrics name a user or a workspace")
	}
}

func TestAnOrderlyStop(t *testing.T) {
	srv, err := server.New(t.Context(), server.Options{DataDir: t.TempDir(), Listen: "127.0.0.1:0", Registration: server.RegistrationOpen})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx) }()
	w := &world{t: t, srv: srv, base: "http://" + srv.Addr().String(), http: &http.Client{Timeout: 20 * time.Second}}
	alice := w.signUp("alice@example.org")
	tm := alice.found()
	c := alice.connect()
	c.follow(tm.ws)
	stop()
	if code := c.ends(); code != websocket.CloseGoingAway {
		t.Errorf("the socket ended with %d", code)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if _, err := net.DialTimeout("tcp", srv.Addr().String(), time.Second); err == nil {
		t.Error("something still listens")
	}
}
