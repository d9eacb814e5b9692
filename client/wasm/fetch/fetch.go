//go:build js

package fetch

import (
	"context"
	"errors"
	"strings"
	"syscall/js"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/wasm/browser"
	"github.com/cenacle-team/cenacle/schema"
)

// Bounds of patience and size.
const (
	requestTimeout = 60 * time.Second
	maxRefusal     = 64 << 10 // of the body of an error
)

// Transport talks to one server.
type Transport struct{ origin string }

var _ client.Transport = (*Transport)(nil)

// New returns a transport to an origin, such as https://chat.example.org. Which
// origins a page may talk to is its policy's to say.
func New(origin string) *Transport { return &Transport{origin} }

// Do implements [client.Transport]. Nothing but the token tells the server who
// asks, nothing is cached, and a redirect, which would carry the session to
// somebody else, is a failure.
func (t *Transport) Do(ctx context.Context, r client.Request) ([]byte, error) {
	asked := ctx
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	abort := js.Global().Get("AbortController").New()
	stop := context.AfterFunc(ctx, func() { abort.Call("abort") })
	defer stop()

	headers := map[string]any{}
	options := map[string]any{
		"method": r.Method, "credentials": "omit", "cache": "no-store", "redirect": "error", "referrerPolicy": "no-referrer",
		"signal": abort.Get("signal"),
	}
	if r.Token != "" {
		headers["Authorization"] = "Bearer " + r.Token
	}
	if len(r.Body) > 0 {
		headers["Content-Type"] = "application/cbor"
		options["body"] = browser.Octets(r.Body)
	}
	options["headers"] = headers
	response, err := browser.Await(func() js.Value { return js.Global().Call("fetch", t.origin+r.Path, options) })
	if err != nil {
		return nil, offline(asked, err)
	}
	status, limit := response.Get("status").Int(), r.MaxResponse
	if status/100 != 2 {
		limit = maxRefusal
	}
	body, err := read(response, limit)
	if err != nil {
		if schema.HasCode(err, schema.CodeTooLarge) {
			abort.Call("abort")
			return nil, err
		}
		return nil, offline(asked, err)
	}
	if status/100 != 2 {
		return nil, refusal(status, body)
	}
	return body, nil
}

// read collects the body of an answer, of at most limit octets.
func read(response js.Value, limit int64) ([]byte, error) {
	stream := response.Get("body")
	if !stream.Truthy() {
		return nil, nil
	}
	reader := stream.Call("getReader")
	var body []byte
	for {
		part, err := browser.Await(func() js.Value { return reader.Call("read") })
		if err != nil {
			return nil, err
		}
		if part.Get("done").Bool() {
			return body, nil
		}
		octets := part.Get("value")
		if int64(len(body))+int64(octets.Get("byteLength").Int()) > limit {
			return nil, schema.Errorf(schema.CodeTooLarge, "the answer exceeds %d octets", limit)
		}
		body = append(body, browser.Bytes(octets)...)
	}
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

// offline keeps a cancelled context recognisable.
func offline(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return &schema.Error{Code: schema.CodeOffline, Cause: err}
}

var errClosed = errors.New("the connection was closed")

// Live implements [client.Transport].
func (t *Transport) Live(ctx context.Context) (client.LiveConn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	socket, err := browser.Try(func() js.Value {
		return js.Global().Get("WebSocket").New("ws" + strings.TrimPrefix(t.origin, "http") + "/v1/live")
	})
	if err != nil {
		return nil, offline(ctx, err)
	}
	socket.Set("binaryType", "arraybuffer")
	l := newLive(socket)
	select {
	case <-l.opened:
		return l, nil
	case <-l.ended:
	case <-ctx.Done():
	}
	return nil, errors.Join(offline(ctx, errClosed), l.Close())
}
