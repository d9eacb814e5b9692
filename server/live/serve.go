package live

import (
	"context"
	"time"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/schema"
)

// serve begins to read the connection. It returns at once; the hub's people are
// one less when the connection has ended.
func (s *socket) serve() {
	s.conn.SetReadLimit(helloOctets)
	s.conn.SetPingHandler(func(data string) error {
		s.hear()
		if !s.frames.Allow() {
			s.close(CloseTooMany, "too fast")
			return nil
		}
		return s.conn.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(writeTime))
	})
	s.conn.SetPongHandler(func(string) error {
		s.hear()
		return nil
	})
	go s.readOne()
}

// readOne reads one frame, handles it and leaves the next one to a goroutine of
// its own: handling a frame takes a deep stack, which would otherwise stay as
// long as the connection.
func (s *socket) readOne() {
	defer s.hub.caught("connection", func() { s.leave(websocket.CloseInternalServerErr) })
	f, ok := s.next()
	if ok && !s.helloed {
		s.helloed = true
		if ok = s.greet(f); ok {
			s.conn.SetReadLimit(schema.MaxFrame)
		}
	} else if ok {
		ok = s.frame(f)
	}
	if ok {
		go s.readOne()
		return
	}
	s.leave(websocket.CloseNormalClosure)
}

// leave ends the connection and takes it out of the hub, once it is not read any more.
func (s *socket) leave(code int) {
	s.close(code, "")
	s.hub.remove(s)
	s.hub.people.Done()
}

func (s *socket) hear() { s.heard.Store(time.Now().Unix()) }

// next reads one frame of a client. It reports false at the end of the
// connection, which has then been given its reason.
func (s *socket) next() (*schema.Frame, bool) {
	kind, b, err := s.conn.ReadMessage()
	if err != nil {
		return nil, false
	}
	s.hear()
	if s.over() {
		// What a client sends after its session has ended is not looked at, even
		// while the connection is still being closed.
		return nil, false
	}
	if !s.frames.Allow() {
		s.close(CloseTooMany, "too fast")
		return nil, false
	}
	if kind != websocket.BinaryMessage {
		s.close(websocket.CloseUnsupportedData, "binary frames are expected")
		return nil, false
	}
	f, err := parseClientFrame(b)
	if err != nil {
		s.close(websocket.ClosePolicyViolation, "malformed frame")
		return nil, false
	}
	return f, true
}

// parseClientFrame decodes a frame that a client may send: exactly one field of
// the client's half.
func parseClientFrame(b []byte) (*schema.Frame, error) {
	if len(b) > schema.MaxFrame {
		return nil, schema.Errorf(schema.CodeTooLarge, "a frame of %d octets", len(b))
	}
	f := new(schema.Frame)
	if err := schema.Unmarshal(b, f); err != nil {
		return nil, err
	}
	fromClient := schema.Frame{Hello: f.Hello, Subscribe: f.Subscribe, Signal: f.Signal, Ping: f.Ping}
	n := 0
	for _, set := range []bool{f.Hello != nil, f.Subscribe != nil, f.Signal != nil, f.Ping != nil} {
		if set {
			n++
		}
	}
	if n != 1 || *f != fromClient {
		return nil, schema.Errorf(schema.CodeBadEncoding, "not a frame of a client")
	}
	return f, nil
}

// greet answers the first frame, which must be Hello.
func (s *socket) greet(f *schema.Frame) bool {
	if f.Hello == nil {
		s.close(websocket.ClosePolicyViolation, "Hello is expected first")
		return false
	}
	if f.Hello.Version != schema.Version {
		s.turnAway(schema.CodeVersionUnsupported, websocket.ClosePolicyViolation)
		return false
	}
	ctx, cancel := context.WithTimeout(s.hub.ctx, readTime)
	defer cancel()
	who, err := s.hub.source.Authenticate(ctx, f.Hello.Token)
	if err == nil && who.Device.IsZero() {
		err = schema.Errorf(schema.CodeForbidden, "a device's session is expected")
	}
	if err != nil {
		s.turnAway(schema.CodeOf(err), CloseUnauthenticated)
		return false
	}
	if !s.hub.enter(s, who) {
		s.turnAway(schema.CodeRateLimited, CloseTooMany)
		return false
	}
	// A session that ended before the socket could be found by its user.
	if err := s.hub.source.StillValid(ctx, who); err != nil {
		s.close(CloseUnauthenticated, "the session has ended")
		return false
	}
	s.sendFrame(&schema.Frame{Welcome: &schema.Welcome{Version: schema.Version, Now: time.Now().UnixMilli()}})
	return true
}

// turnAway answers a Hello that is not accepted. Nothing else writes to the
// connection before it has been greeted.
func (s *socket) turnAway(code schema.Code, closeCode int) {
	b := schema.MustMarshal(&schema.Frame{Error: &schema.WireError{Code: code}})
	if s.conn.SetWriteDeadline(time.Now().Add(writeTime)) == nil {
		// The close code says the same to a client that is gone already.
		_ = s.conn.WriteMessage(websocket.BinaryMessage, b)
	}
	s.close(closeCode, string(code))
}

// frame handles one frame after Hello; false ends the connection.
func (s *socket) frame(f *schema.Frame) bool {
	switch {
	case f.Ping != nil:
		s.sendFrame(&schema.Frame{Pong: f.Ping})
	case f.Subscribe != nil:
		if s.hub.subscribes.Take(string(s.who.User[:])) > 0 {
			// The client comes back later and subscribes to everything.
			s.close(CloseTooMany, "too many subscriptions")
			return false
		}
		if len(s.following()) >= maxSubscriptions {
			s.sendError(schema.WireError{Code: schema.CodeTooLarge, Detail: f.Subscribe.Workspace.String()})
			return true
		}
		s.hub.subscribe(s, f.Subscribe.Workspace)
	case f.Signal != nil:
		s.signal(f.Signal)
	default:
		s.close(websocket.ClosePolicyViolation, "a second Hello")
		return false
	}
	return true
}

func (s *socket) signal(sig *schema.SendSignal) {
	refuse := func(code schema.Code, wait time.Duration) {
		s.sendError(schema.WireError{Code: code, Detail: sig.Circle.String(), RetryAfterMS: wait.Milliseconds()})
	}
	if len(sig.Ciphertext) == 0 || len(sig.Ciphertext) > schema.MaxSignal {
		refuse(schema.CodeTooLarge, 0)
		return
	}
	if !s.signals.Allow() {
		refuse(schema.CodeRateLimited, time.Second)
		return
	}
	if wait := s.hub.signals.Take(string(s.who.User[:])); wait > 0 {
		refuse(schema.CodeRateLimited, wait)
		return
	}
	t := s.hub.topic(sig.Workspace)
	if t == nil {
		refuse(schema.CodeNotFound, 0)
		return
	}
	f := &schema.Frame{Signals: &schema.PushSignal{
		Workspace: sig.Workspace, Circle: sig.Circle, Author: s.who.User, Device: s.who.Device,
		Epoch: sig.Epoch, Ciphertext: sig.Ciphertext,
	}}
	if !t.post(item{frame: f, from: s, octets: len(sig.Ciphertext) + frameOverhead}) {
		refuse(schema.CodeNotFound, 0)
	}
}
