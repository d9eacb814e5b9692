package server_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/limit"
)

// Where registration does not let somebody in, nothing is verified for them and
// nothing is told about handles.
func TestAttack_L13_AClosedServerTellsNoHandles(t *testing.T) {
	for _, mode := range []server.Registration{server.RegistrationClosed, server.RegistrationInvite} {
		w := start(t, func(o *server.Options) { o.Registration = mode })
		w.signUp("alice@example.org")
		var answers [][]byte
		for _, handle := range []string{"alice@example.org", "nobody@example.org"} {
			_, req := w.newPerson(handle)
			status, _, b := w.raw("POST", "/v1/accounts", "", schema.MustMarshal(req), nil)
			if status != 403 {
				t.Errorf("%s: %s is answered %d", mode, handle, status)
			}
			answers = append(answers, b)
		}
		if !bytes.Equal(answers[0], answers[1]) {
			t.Errorf("%s: answers differ: %q and %q", mode, answers[0], answers[1])
		}
		_, req := w.newPerson("nobody@example.org")
		req.Certificate = []byte("nothing that could be verified")
		w.refused(schema.CodeRegistrationClosed, "POST", "/v1/accounts", "", req)
	}
}

// Challenges are commits of the database: the node makes only so many for
// strangers, whatever their addresses.
func TestAttack_O3_ChallengesAreLimitedForTheNode(t *testing.T) {
	w := start(t, func(o *server.Options) {
		o.Quotas.SignIns = limit.Rate{PerSecond: 0.001, Burst: 3}
		o.TrustedProxies = loopback
	})
	request := schema.ChallengeRequest{Handle: "alice@example.org", Kind: schema.CredentialPassphrase}
	for i, address := range []string{"198.51.100.1", "198.51.100.2", "198.51.100.3", "198.51.100.4"} {
		err := w.from(address, "POST", "/v1/challenges", request)
		if i < 3 && err != nil || i == 3 && !schema.HasCode(err, schema.CodeRateLimited) {
			t.Fatalf("challenge %d: %v", i, err)
		}
	}
}

// A batch that founds a workspace is as much work as any other.
func TestAttack_O4_FoundingIsLimited(t *testing.T) {
	w := start(t, func(o *server.Options) { o.Quotas.Rosters = limit.Rate{PerSecond: 0.001, Burst: 2} })
	alice := w.signUp("alice@example.org")
	alice.found()
	alice.found()
	if err := alice.tryFound(); !schema.HasCode(err, schema.CodeRateLimited) {
		t.Fatalf("the third: %v", err)
	}
}

// slowBody arrives in two halves with a pause.
type slowBody struct {
	rest  []byte
	half  int
	pause time.Duration
}

func (s *slowBody) Read(b []byte) (int, error) {
	if len(s.rest) == 0 {
		return 0, io.EOF
	}
	if len(s.rest) <= s.half && s.pause > 0 {
		<-time.After(s.pause)
		s.pause = 0
	}
	n := copy(b, s.rest)
	if s.pause > 0 {
		n = min(n, len(s.rest)-s.half)
	}
	s.rest = s.rest[n:]
	return n, nil
}

// A large body that takes longer than the server's usual time is answered.
func TestALongUploadIsAnswered(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("alice@example.org")
	srv := httptest.NewUnstartedServer(w.srv.Handler())
	srv.Config.ReadTimeout, srv.Config.WriteTimeout = 300*time.Millisecond, 300*time.Millisecond
	srv.Start()
	defer srv.Close()
	const octets = 3 << 20
	body := &slowBody{rest: make([]byte, octets), half: octets / 2, pause: 700 * time.Millisecond}
	req, err := http.NewRequestWithContext(t.Context(), "POST", srv.URL+"/v1/workspaces", body)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = octets
	req.Header.Set("Content-Type", "application/cbor")
	req.Header.Set("Authorization", "Bearer "+alice.token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := outcome(t, resp.StatusCode, resp.Header, b); got != bad {
		t.Fatalf("answered %s", got)
	}
}

// What the mux answers by itself has the headers too.
func TestRedirectsHaveTheHeaders(t *testing.T) {
	w := start(t, nil)
	req := httptest.NewRequest("GET", "http://x//v1//server", nil)
	rec := httptest.NewRecorder()
	w.srv.Handler().ServeHTTP(rec, req)
	if h := rec.Header(); rec.Code/100 != 3 || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" {
		t.Fatalf("%d %v", rec.Code, h)
	}
}

// Browsers are told to stay with TLS, once the server speaks it.
func TestHSTSFollowsTheOrigin(t *testing.T) {
	for origin, want := range map[string]bool{"https://chat.example.org": true, "http://localhost:1": false} {
		w := start(t, func(o *server.Options) { o.Origin = origin })
		_, h, _ := w.raw("GET", "/v1/server", "", nil, nil)
		if got := h.Get("Strict-Transport-Security") != ""; got != want {
			t.Errorf("%s: %v", origin, h)
		}
	}
}

// An upgrade that hides behind an empty header is one.
func TestAttack_W5_AnUpgradeIsToldByAnyHeader(t *testing.T) {
	w := start(t, nil)
	status, h, b := w.raw("GET", "/v1/live", "", nil, http.Header{"Upgrade": {"", "websocket"}, "Origin": {"https://evil.example.org"}})
	if got := outcome(t, status, h, b); got != forbidden {
		t.Fatalf("answered %s", got)
	}
}

// The web files' handler is watched like the others.
func TestPanicsOfTheWebAreCounted(t *testing.T) {
	w := start(t, func(o *server.Options) {
		o.MetricsListen = "127.0.0.1:0"
		o.Web = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a fault") })
	})
	if status, _, _ := w.raw("GET", "/", "", nil, nil); status != 500 {
		t.Fatalf("answered %d", status)
	}
	m := *w
	m.base = "http://" + w.srv.MetricsAddr().String()
	_, _, b := m.raw("GET", "/metrics", "", nil, nil)
	for _, line := range []string{"cenacle_panics_total 1", `cenacle_http_requests_total{route="/",status="500"} 1`} {
		if !strings.Contains(string(b), line) {
			t.Errorf("metrics lack %s", line)
		}
	}
}

// The log holds no client's address, not even of those who break off a handshake.
func TestAttack_O2_LogsHoldNoAddresses(t *testing.T) {
	var logged lockedBuffer
	cert, key, pool := certificate(t)
	w := start(t, func(o *server.Options) {
		o.TLSCert, o.TLSKey = cert, key
		o.Logger = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	var addresses []string
	dial := func() net.Conn {
		c, err := net.Dial("tcp", w.srv.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		addresses = append(addresses, c.LocalAddr().String())
		return c
	}
	if _, err := dial().Write([]byte("GET / HTTP/1.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	c := tls.Client(dial(), &tls.Config{RootCAs: pool, ServerName: "localhost", NextProtos: []string{"h2"}})
	if err := c.HandshakeContext(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("this is no HTTP/2 preface, and never will be one")); err != nil {
		t.Fatal(err)
	}
	until(t, "both are in the log", func() bool { return strings.Count(logged.String(), "remark of the HTTP server") >= 2 })
	for _, a := range addresses {
		if strings.Contains(logged.String(), a) {
			t.Errorf("the log holds %s:\n%s", a, logged.String())
		}
	}
	if !strings.Contains(logged.String(), "TLS handshake error") {
		t.Errorf("the log does not say what happened:\n%s", logged.String())
	}
}
