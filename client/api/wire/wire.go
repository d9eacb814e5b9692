// Package wire carries the calls of package api as messages, each one text of
// JSON: over the messages of a worker in a browser, over a loopback socket from
// `cenacle open`. The other end is client/web/src/api.
//
//	page → engine   {"id": 7, "method": "messages.window", "params": {…}}
//	                {"cancel": 7}
//	engine → page   {"id": 7, "answer": {…}}  or  {"id": 7, "failure": {…}}
//	                {"changes": [{…}, …]}
//
// Ids are the page's own, each used for one call. A call is answered exactly once,
// in any order; a cancelled one is answered too.
package wire

import (
	"context"
	"encoding/json"
	"strings"
	"sync"

	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/schema"
)

// Bounds of one connection.
const (
	// MaxMessage bounds a message of a page, in octets.
	MaxMessage = api.MaxRequest + 1024
	// maxCalls bounds the calls that wait for their answers.
	maxCalls = 256
)

// Conn is a connection to pages.
type Conn interface {
	// Receive returns the next message of at most MaxMessage octets, in any order of
	// calls. It fails when the connection or ctx ends.
	Receive(ctx context.Context) ([]byte, error)
	// Send sends a message. It is called by one goroutine at a time.
	Send(ctx context.Context, message []byte) error
}

type request struct {
	ID     uint64          `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Cancel uint64          `json:"cancel"`
}

type answer struct {
	ID      uint64          `json:"id"`
	Answer  json.RawMessage `json:"answer,omitempty"`
	Failure *api.Failure    `json:"failure,omitempty"`
}

type changed struct {
	Changes []api.Change `json:"changes"`
}

// Serve answers the calls of a connection, and tells it of changes, until it ends
// or ctx does. What was called is carried out even if the connection ends before
// the answer: only ctx and the page's own cancelling stop a call. Serve returns
// when all calls have ended.
func Serve(ctx context.Context, a *api.API, c Conn) error {
	connected, hangUp := context.WithCancel(ctx)
	defer hangUp()
	s := &server{api: a, conn: c, connected: connected, hangUp: hangUp, calls: map[uint64]context.CancelFunc{}}
	subscription := a.Subscribe()
	defer subscription.Close()
	s.running.Go(func() { s.tell(subscription) })
	err := s.receive(ctx)
	hangUp()
	s.running.Wait()
	return err
}

type server struct {
	api       *api.API
	conn      Conn
	connected context.Context
	hangUp    context.CancelFunc
	running   sync.WaitGroup

	sending sync.Mutex
	mu      sync.Mutex
	calls   map[uint64]context.CancelFunc
}

// receive starts what the page asks for, within the bounds.
func (s *server) receive(ctx context.Context) error {
	for {
		message, err := s.conn.Receive(s.connected)
		if err != nil {
			return err
		}
		if len(message) > MaxMessage {
			return schema.Errorf(schema.CodeTooLarge, "a message of a page")
		}
		r, err := parse(message)
		if err != nil {
			return err
		}
		if r.Cancel != 0 {
			s.cancel(r.Cancel)
			continue
		}
		call, cancel := context.WithCancel(ctx)
		if err := s.enter(r.ID, cancel); err != nil {
			cancel()
			if !schema.HasCode(err, schema.CodeRateLimited) {
				return err
			}
			s.send(answer{ID: r.ID, Failure: api.FailureOf(err)})
			continue
		}
		s.running.Go(func() {
			defer cancel()
			out := answer{ID: r.ID}
			out.Answer, out.Failure = s.api.Call(call, r.Method, r.Params)
			s.leave(r.ID)
			s.send(out)
		})
	}
}

// parse reads a message: a call or a cancellation, with nothing else in it.
func parse(message []byte) (request, error) {
	var r request
	d := json.NewDecoder(strings.NewReader(string(message)))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil || d.More() || (r.ID == 0) == (r.Cancel == 0) || r.Cancel != 0 && r.Method != "" {
		return r, &schema.Error{Code: schema.CodeBadEncoding, Detail: "the message is no call", Cause: err}
	}
	return r, nil
}

func (s *server) enter(id uint64, cancel context.CancelFunc) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[id] != nil {
		return schema.Errorf(schema.CodeBadRequest, "two calls have one id")
	}
	if len(s.calls) >= maxCalls {
		return schema.Errorf(schema.CodeRateLimited, "more than %d calls wait", maxCalls)
	}
	s.calls[id] = cancel
	return nil
}

func (s *server) leave(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, id)
}

func (s *server) cancel(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel := s.calls[id]; cancel != nil {
		cancel()
	}
}

// tell sends changes until the connection ends.
func (s *server) tell(subscription *api.Subscription) {
	for {
		changes, err := subscription.Next(s.connected)
		if err != nil {
			return
		}
		s.send(changed{Changes: changes})
	}
}

// send drops what is for a connection that has ended, and ends one that does not
// take a message.
func (s *server) send(v any) {
	message, err := json.Marshal(v)
	if err == nil {
		s.sending.Lock()
		defer s.sending.Unlock()
		err = s.conn.Send(s.connected, message)
	}
	if err != nil {
		s.hangUp()
	}
}
