//go:build !js

// Package network is the [client.Transport] over HTTP and WebSocket of machines
// that are not a browser.
package network

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// Bounds of patience.
const (
	dialTimeout    = 10 * time.Second
	requestTimeout = 60 * time.Second
	pingEvery      = 30 * time.Second
	silenceLimit   = 90 * time.Second
	maxLiveFrame   = schema.MaxPageOctets + schema.MaxRosterEntry
)

// Transport talks to one server.
type Transport struct {
	origin string
	http   *http.Client
	dialer *websocket.Dialer
}

var _ client.Transport = (*Transport)(nil)

// New returns a transport to the origin, such as https://chat.example.org. Plain
// http is for loopback addresses only: elsewhere it would show sign-in handles
// and session tokens to the network.
func New(origin string) (*Transport, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
		return nil, schema.Errorf(schema.CodeBadRequest, "a server address such as https://chat.example.org is expected")
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, schema.Errorf(schema.CodeBadRequest, "the server address must begin with https:// (http:// is for this machine only)")
	}
	dialer := &net.Dialer{Timeout: dialTimeout}
	config := &tls.Config{MinVersion: tls.VersionTLS13}
	return &Transport{
		origin: u.Scheme + "://" + u.Host,
		http: &http.Client{
			Timeout: requestTimeout,
			Transport: &http.Transport{
				Proxy: http.ProxyFromEnvironment, DialContext: dialer.DialContext, TLSClientConfig: config,
				ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second,
				TLSHandshakeTimeout: dialTimeout, ResponseHeaderTimeout: requestTimeout, DisableCompression: true,
			},
			// A redirect would carry the session to somebody else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		dialer: &websocket.Dialer{
			Proxy: http.ProxyFromEnvironment, NetDialContext: dialer.DialContext, TLSClientConfig: config, HandshakeTimeout: dialTimeout,
		},
	}, nil
}

// Origin is the normalised origin: scheme and host.
func (t *Transport) Origin() string { return t.origin }

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// Do implements [client.Transport].
func (t *Transport) Do(ctx context.Context, r client.Request) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, r.Method, t.origin+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		return nil, &schema.Error{Code: schema.CodeBadRequest, Cause: err}
	}
	if r.Token != "" {
		req.Header.Set("Authorization", "Bearer "+r.Token)
	}
	if len(r.Body) > 0 {
		req.Header.Set("Content-Type", "application/cbor")
	}
	resp, err := t.http.Do(req)
	if err != nil {
		return nil, offline(ctx, err)
	}
	defer resp.Body.Close()
	limit := r.MaxResponse
	if resp.StatusCode/100 != 2 {
		limit = 64 << 10
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, offline(ctx, err)
	}
	if int64(len(body)) > limit {
		return nil, schema.Errorf(schema.CodeTooLarge, "the answer exceeds %d octets", limit)
	}
	if resp.StatusCode/100 != 2 {
		return nil, refusal(resp.StatusCode, body)
	}
	return body, nil
}

// refusal reads the server's error. Something else in the server's place (a
// proxy's page) counts as the server being out of reach.
func refusal(status int, body []byte) error {
	var we schema.WireError
	if err := schema.Unmarshal(body, &we); err != nil || !we.Code.Known() {
		return schema.Errorf(schema.CodeOffline, "the server answered with status %d", status)
	}
	return &schema.Error{Code: we.Code, Detail: we.Detail, RetryAfter: time.Duration(we.RetryAfterMS) * time.Millisecond}
}

// offline keeps a cancelled context recognisable and URLs out of errors.
func offline(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	return &schema.Error{Code: schema.CodeOffline, Cause: err}
}

// Live implements [client.Transport].
func (t *Transport) Live(ctx context.Context) (client.LiveConn, error) {
	conn, resp, err := t.dialer.DialContext(ctx, "ws"+strings.TrimPrefix(t.origin, "http")+"/v1/live", nil)
	if err != nil {
		if resp != nil {
			body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
			return nil, refusal(resp.StatusCode, body)
		}
		return nil, offline(ctx, err)
	}
	conn.SetReadLimit(maxLiveFrame)
	l := &liveConn{conn: conn, done: make(chan struct{}), stopped: make(chan struct{})}
	conn.SetPongHandler(func(string) error { return conn.SetReadDeadline(time.Now().Add(silenceLimit)) })
	go l.keepAlive()
	return l, nil
}

// liveConn is one WebSocket. Its keepAlive goroutine ends with Close.
type liveConn struct {
	conn    *websocket.Conn
	done    chan struct{}
	stopped chan struct{}
}

func (l *liveConn) keepAlive() {
	defer close(l.stopped)
	tick := time.NewTicker(pingEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := l.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(dialTimeout)); err != nil {
				return
			}
		case <-l.done:
			return
		}
	}
}

// Send implements [client.LiveConn].
func (l *liveConn) Send(ctx context.Context, frame []byte) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(requestTimeout)
	}
	if err := l.conn.SetWriteDeadline(deadline); err != nil {
		return offline(ctx, err)
	}
	if err := l.conn.WriteMessage(websocket.BinaryMessage, frame); err != nil {
		return offline(ctx, err)
	}
	return nil
}

// Receive implements [client.LiveConn].
func (l *liveConn) Receive(ctx context.Context) ([]byte, error) {
	stop := context.AfterFunc(ctx, func() { l.conn.SetReadDeadline(time.Now()) })
	defer stop()
	if err := l.conn.SetReadDeadline(time.Now().Add(silenceLimit)); err != nil {
		return nil, offline(ctx, err)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	kind, b, err := l.conn.ReadMessage()
	if err != nil {
		return nil, offline(ctx, err)
	}
	if kind != websocket.BinaryMessage {
		return nil, schema.Errorf(schema.CodeBadEncoding, "a text frame")
	}
	return b, nil
}

// Close implements [client.LiveConn].
func (l *liveConn) Close() error {
	close(l.done)
	err := l.conn.Close()
	<-l.stopped
	return err
}
