package server_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

// The database dies and comes back: clear errors, no acknowledgement, no session
// ended, and then everything goes on, live connections included.
func TestAttack_O8_TheDatabaseGoesAndComesBack(t *testing.T) {
	pg := pgtest.New(t)
	w := start(t, func(o *server.Options) { o.Database = pg.URL("postgres") })
	alice := w.signUp("alice@example.org")
	tm := alice.found()
	stream := schema.NewStreamID()
	c := alice.connect()
	c.follow(tm.ws)
	tm.append(alice, tm.item(tm.everyone, stream))
	c.next()
	if err := pg.Kill(); err != nil {
		t.Fatal(err)
	}
	until(t, "the trouble shows", func() bool {
		status, _, b := w.raw("GET", "/healthz", "", nil, nil)
		return status == 503 && strings.HasPrefix(string(b), "database: down")
	})
	item := tm.item(tm.everyone, stream)
	request := schema.AppendRequest{Items: []schema.AppendItem{item}}
	w.refused(schema.CodeUnavailable, "POST", tm.path("/events"), alice.token, request)
	w.refused(schema.CodeUnavailable, "GET", "/v1/workspaces", alice.token, nil)
	c.quiet()
	if err := pg.Run(); err != nil {
		t.Fatal(err)
	}
	var out schema.AppendResponse
	until(t, "it is served again", func() bool {
		return w.do("POST", tm.path("/events"), alice.token, request, &out) == nil
	})
	if out.Results[0].Error != nil || out.Results[0].Seq != 2 {
		t.Fatalf("%+v", out.Results[0])
	}
	if f := c.next(); f.Events == nil || f.Events.Events[0].Seq != 2 {
		t.Fatalf("pushed %+v", f)
	}
}

// lockedBuffer is a log that can be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Even the most talkative log names ids only.
func TestAttack_O2_LogsHoldNoSecrets(t *testing.T) {
	var log lockedBuffer
	w := start(t, func(o *server.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	alice := w.signUp("canary-alice@example.org")
	tm := alice.found()
	item := tm.item(tm.everyone, schema.NewStreamID())
	item.Ciphertext = []byte("canary-ciphertext")
	tm.append(alice, item)
	c := alice.connect()
	c.follow(tm.ws)
	c.send(schema.Frame{Signal: &schema.SendSignal{Workspace: tm.ws, Circle: tm.everyone, Epoch: 1, Ciphertext: []byte("canary-signal")}})
	c.quiet()
	o := tm.invite(alice, schema.RoleMember, 1, 0, false, tm.everyone)
	w.raw("GET", "/v1/users?handle=canary-query%40example.org&token=canary-token", alice.token, nil, nil)
	w.raw("GET", "/v1/workspaces?canary-query", "canary-token", nil, nil)
	w.raw("POST", "/v1/challenges", "", []byte("canary-body"), nil)
	w.raw("POST", "/v1/invites/"+tm.ws.String()+"/"+o.body.Invite.String()+"/roster", alice.token, schema.MustMarshal(o.proof), nil)
	w.must("DELETE", "/v1/sessions/current", alice.token, nil, nil)
	text := log.String()
	for _, secret := range []string{"canary", alice.token, o.proof.Proof.String(), "Bearer"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	for _, wanted := range []string{alice.user.String(), tm.ws.String(), "POST /v1/workspaces/{workspace}/events"} {
		if !strings.Contains(text, wanted) {
			t.Errorf("the log lacks %s", wanted)
		}
	}
}

// certificate writes a certificate for localhost and returns who trusts it.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(c)
	return certFile, keyFile, pool
}

func TestTLSFromFiles(t *testing.T) {
	certFile, keyFile, pool := certificate(t)
	w := start(t, func(o *server.Options) { o.TLSCert, o.TLSKey = certFile, keyFile })
	address := w.srv.Addr().String()
	w.base, w.public = "https://"+address, "https://localhost:"+address[strings.LastIndexByte(address, ':')+1:]
	config := &tls.Config{RootCAs: pool}
	w.http.Transport = &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	defer w.http.CloseIdleConnections()
	alice := w.signUp("alice@example.org")
	_, h, _ := w.raw("GET", "/v1/server", "", nil, nil)
	if h.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
	d := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: pool}}
	ws, _, err := d.Dial("wss://"+address+"/v1/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer ws.Close()
	c := &conn{t, ws}
	c.send(schema.Frame{Hello: &schema.Hello{Version: schema.Version, Token: alice.token}})
	if f := c.next(); f.Welcome == nil {
		t.Fatalf("answered %+v", f)
	}
	old := &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	if c, err := tls.Dial("tcp", address, old); err == nil {
		c.Close()
		t.Error("TLS 1.1 is spoken")
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]server.Options{
		"no folder":        {},
		"registration":     {DataDir: t.TempDir(), Registration: "sometimes"},
		"half of TLS":      {DataDir: t.TempDir(), TLSCert: "x"},
		"two kinds of TLS": {DataDir: t.TempDir(), TLSCert: "x", TLSKey: "y", ACMEHosts: []string{"h"}},
		"missing TLS":      {DataDir: t.TempDir(), Listen: "127.0.0.1:0", TLSCert: "/nowhere", TLSKey: "/nowhere"},
		"origin's path":    {DataDir: t.TempDir(), Listen: "127.0.0.1:0", Origin: "https://chat.example.org/"},
		"origin's scheme":  {DataDir: t.TempDir(), Listen: "127.0.0.1:0", Origin: "chat.example.org"},
		"database":         {DataDir: t.TempDir(), Listen: "127.0.0.1:0", Database: "mysql://x"},
		"bus":              {DataDir: t.TempDir(), Listen: "127.0.0.1:0", NATS: "nats://u:hunter2@bad host:x"},
		"address":          {DataDir: t.TempDir(), Listen: "nowhere:-1"},
	} {
		s, err := server.New(t.Context(), o)
		if err == nil {
			t.Errorf("%s: accepted", name)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			continue
		}
		if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error quotes a password: %v", name, err)
		}
	}
}
