package live

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"github.com/cenacle-team/cenacle/schema"
)

// push is an encoded frame that many connections share.
type push struct {
	message *websocket.PreparedMessage
	octets  int
}

func newPush(f *schema.Frame) (push, error) {
	b, err := schema.Marshal(f)
	if err != nil {
		return push{}, err
	}
	m, err := websocket.NewPreparedMessage(websocket.BinaryMessage, b)
	if err != nil {
		return push{}, err
	}
	return push{message: m, octets: len(b)}, nil
}

// outgoing is one frame in a connection's queue: shared, own, or a ping.
type outgoing struct {
	shared *websocket.PreparedMessage
	own    []byte
	ping   bool
	octets int
}

// socket is one connection. One goroutine at a time reads it; one writes it, only
// while the queue holds something.
type socket struct {
	hub    *Hub
	conn   *websocket.Conn
	place  *Place
	slot   int
	opened time.Time
	// heard is when the client was last heard, in Unix seconds.
	heard atomic.Int64

	// Of whoever reads.
	helloed bool
	frames  rate.Limiter
	signals rate.Limiter

	mu      sync.Mutex
	who     Who
	greeted bool
	topics  []*topic
	queue   []outgoing
	frameN  int // frames not yet written, the one being written included
	octets  int
	writing bool
	closed  bool
}

// send queues a shared frame; see [socket.enqueue].
func (s *socket) send(p push) { s.enqueue(outgoing{shared: p.message, octets: p.octets}) }

// sendFrame encodes and queues a frame for this connection alone.
func (s *socket) sendFrame(f *schema.Frame) {
	b, err := schema.Marshal(f)
	if err != nil {
		s.hub.log.Error("encode a frame", "error", err)
		s.close(websocket.CloseInternalServerErr, "")
		return
	}
	s.enqueue(outgoing{own: b, octets: len(b)})
}

func (s *socket) sendError(w schema.WireError) { s.sendFrame(&schema.Frame{Error: &w}) }

// enqueue adds a frame to the queue and never waits. A connection whose queue
// is full is cut: its client catches up from the log.
func (s *socket) enqueue(o outgoing) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	// One frame always fits, so that a large answer cannot be refused for ever.
	if s.frameN >= queueFrames || (s.frameN > 0 && s.octets+o.octets > queueOctets) {
		s.mu.Unlock()
		s.hub.stats.Dropped.Add(1)
		s.close(CloseSlow, "too slow")
		return
	}
	s.queue = append(s.queue, o)
	s.frameN++
	s.octets += o.octets
	start := !s.writing
	s.writing = true
	s.mu.Unlock()
	if start {
		s.hub.run(s.drain)
	}
}

// drain writes the queue until it is empty.
func (s *socket) drain() {
	for {
		s.mu.Lock()
		batch := s.queue
		if len(batch) == 0 || s.closed {
			s.queue, s.writing = nil, false
			s.mu.Unlock()
			return
		}
		s.queue = nil
		s.mu.Unlock()
		for _, o := range batch {
			if err := s.write(o); err != nil {
				if isTimeout(err) {
					s.hub.stats.Dropped.Add(1)
				}
				s.close(CloseSlow, "too slow")
				break
			}
			s.mu.Lock()
			s.frameN--
			s.octets -= o.octets
			s.mu.Unlock()
		}
	}
}

func (s *socket) write(o outgoing) error {
	deadline := time.Now().Add(writeTime)
	if o.ping {
		return s.conn.WriteControl(websocket.PingMessage, nil, deadline)
	}
	if err := s.conn.SetWriteDeadline(deadline); err != nil {
		return err
	}
	if o.shared != nil {
		return s.conn.WritePreparedMessage(o.shared)
	}
	return s.conn.WriteMessage(websocket.BinaryMessage, o.own)
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// close ends the connection and returns at once. The reading goroutine notices
// and takes the socket out of the hub.
func (s *socket) close(code int, reason string) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return
	}
	s.closed = true
	s.queue = nil
	s.mu.Unlock()
	s.hub.run(func() {
		// A client that reads nothing does not get the reason.
		_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
		_ = s.conn.Close()
	})
}

// over reports whether the connection has been closed from this side.
func (s *socket) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// identity returns the holder of the session, once the client has said Hello.
func (s *socket) identity() (Who, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.who, s.greeted
}

// follow notes that the socket is in a topic, which it will leave when it
// closes. It reports false when it has closed already.
func (s *socket) follow(t *topic) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.topics = append(s.topics, t)
	return true
}

func (s *socket) unfollow(t *topic) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.topics = slices.DeleteFunc(s.topics, func(o *topic) bool { return o == t })
}

func (s *socket) following() []*topic {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.topics)
}
