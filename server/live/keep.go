package live

import (
	"context"
	"time"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/schema"
)

// lost is told by the bus that messages may have been missed.
func (h *Hub) lost() {
	for _, c := range h.missed {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// keepalive watches over the connections and the topics, one slot each second,
// so that there is one timer for all of them.
func (h *Hub) keepalive() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := slots; ; n++ {
		all := false
		select {
		case <-h.ctx.Done():
			return
		case <-h.missed[0]:
			all = true
			n-- // no second has passed
		case now := <-tick.C:
			h.hurry(now)
			// Slots are dealt out in turn, so pings are spread evenly.
			for slot := n % int(pingEvery/time.Second); slot < slots; slot += int(pingEvery / time.Second) {
				for _, s := range h.socketsOf(slot) {
					s.ping(now)
				}
			}
		}
		all = all || !h.bus.Ready()
		for _, t := range h.allTopics() {
			if all || int(t.workspace[0])%int(checkEvery/time.Second) == n%int(checkEvery/time.Second) {
				t.compare()
			}
		}
	}
}

// hurry closes connections that have not said Hello in time.
func (h *Hub) hurry(now time.Time) {
	h.mu.Lock()
	var late []*socket
	for s := range h.greeting {
		if now.Sub(s.opened) > greetingTime {
			late = append(late, s)
		}
	}
	h.mu.Unlock()
	for _, s := range late {
		s.close(CloseUnauthenticated, "Hello is expected")
	}
}

func (s *socket) ping(now time.Time) {
	if _, greeted := s.identity(); !greeted {
		return
	}
	if now.Unix()-s.heard.Load() > int64(deadAfter/time.Second) {
		s.close(CloseSlow, "silent")
		return
	}
	s.enqueue(outgoing{ping: true})
}

// recheck looks the sessions of all connections up again, one slot each second:
// the message that a session ended may have been lost.
func (h *Hub) recheck() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for n := slots; ; n++ {
		first, last := n%slots, n%slots
		select {
		case <-h.ctx.Done():
			return
		case <-h.missed[1]:
			first, last = 0, slots-1
			n-- // no second has passed
		case <-tick.C:
		}
		for slot := first; slot <= last; slot++ {
			for _, s := range h.socketsOf(slot) {
				h.recheckOne(s)
			}
		}
	}
}

func (h *Hub) recheckOne(s *socket) {
	defer h.caught("session", func() { s.close(websocket.CloseInternalServerErr, "") })
	who, greeted := s.identity()
	if !greeted {
		return
	}
	ctx, cancel := context.WithTimeout(h.ctx, readTime)
	defer cancel()
	// A database that does not answer ends nobody's session.
	if err := h.source.StillValid(ctx, who); schema.HasCode(err, schema.CodeUnauthenticated) {
		s.close(CloseUnauthenticated, "the session has ended")
	}
}
