package live

import (
	"testing"

	"github.com/gorilla/websocket"

	"github.com/cenacle-team/cenacle/schema"
)

// signals sends signals and counts those that were refused for their number.
func (c *client) signals(w schema.WorkspaceID, circle schema.CircleID, n int) (refused int) {
	c.t.Helper()
	for range n {
		c.send(schema.Frame{Signal: &schema.SendSignal{Workspace: w, Circle: circle, Epoch: 1, Ciphertext: []byte("x")}})
	}
	c.send(schema.Frame{Ping: &schema.Ping{Value: 1}})
	for {
		switch f := c.next(); {
		case f.Error != nil && f.Error.Code == schema.CodeRateLimited:
			refused++
		case f.Pong != nil:
			return refused
		}
	}
}

// Signals go to everybody in a circle: more connections do not buy an account
// more of them, nor does coming back.
func TestAttack_O4_SignalsAreLimitedPerAccount(t *testing.T) {
	n := newNode(t, Limits{SignalsPerSecond: 0.5})
	refused := 0
	for i := range 6 {
		c := n.follow("a")
		r := c.signals(n.log.ws, n.log.circle, 5)
		if i < 4 && r > 0 {
			t.Fatalf("connection %d: %d of 5 signals were refused", i, r)
		}
		refused += r
		if i%2 == 0 {
			c.ws.Close()
		}
	}
	if refused < 5 {
		t.Fatalf("%d of 30 signals of one account were refused", refused)
	}
	if r := n.follow("b").signals(n.log.ws, n.log.circle, 5); r > 0 {
		t.Fatalf("another account pays for it: %d refused", r)
	}
}

// Each subscription costs a reading of all heads.
func TestAttack_O4_SubscriptionsAreLimitedPerAccount(t *testing.T) {
	n := newNode(t, Limits{SubscribesPerSecond: 0.05})
	c := n.follow("a")
	for range 10 {
		c.send(schema.Frame{Subscribe: &schema.Subscribe{Workspace: n.log.ws}})
	}
	c.endsWith(CloseTooMany)
	n.follow("b")
}

// What is still on its way when a session ends is not acted upon.
func TestAttack_L15_FramesAfterTheEndAreNotRead(t *testing.T) {
	n := newNode(t, Limits{})
	c := n.follow("a")
	n.hub.mu.Lock()
	s := n.hub.users[schema.UserID{'a'}][0]
	n.hub.mu.Unlock()
	s.mu.Lock()
	s.closed = true // as close does first, before the connection is gone
	s.mu.Unlock()
	n.bus.mu.Lock()
	before := len(n.bus.published)
	n.bus.mu.Unlock()
	c.send(schema.Frame{Signal: &schema.SendSignal{Workspace: n.log.ws, Circle: n.log.circle, Epoch: 1, Ciphertext: []byte("x")}})
	until(t, "the socket left", func() bool { return n.hub.Stats().Sockets.Load() == 0 })
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	if len(n.bus.published) != before {
		t.Fatal("a signal was passed on after the session had ended")
	}
}

// A fault that one client or one workspace meets ends that connection or topic, and
// not the node.
func TestAttack_O4_AFaultConcernsOneTopic(t *testing.T) {
	n := newNode(t, Limits{})
	healthy := n.follow("b")
	c := n.dial()
	n.log.set(func() { n.log.panics = true })
	c.send(schema.Frame{Hello: &schema.Hello{Version: schema.Version, Token: "a"}})
	c.endsWith(websocket.CloseInternalServerErr)
	n.bus.lost() // the topic compares itself with the store
	healthy.endsWith(websocket.CloseInternalServerErr)
	n.log.set(func() { n.log.panics = false })
	until(t, "both have left", func() bool { return n.hub.Stats().Sockets.Load() == 0 })
	again := n.follow("b")
	s := schema.NewStreamID()
	n.hub.Committed(n.log.ws, n.log.circle, n.log.commit(s, 1))
	again.events(s, 1, 1)
	if n.hub.Stats().Panics.Load() != 2 || n.bus.followed(n.log.ws) != 1 {
		t.Errorf("%d panics, followed %d times", n.hub.Stats().Panics.Load(), n.bus.followed(n.log.ws))
	}
}

func TestSessionEndsByTheirKinds(t *testing.T) {
	user, other := schema.UserID{1}, schema.UserID{2}
	device, token := schema.DeviceID{3}, schema.Hash{4}
	bound, login := Who{User: user, Device: device, Session: token}, Who{User: user, Session: schema.Hash{5}}
	for name, tc := range map[string]struct {
		end          SessionEnd
		bound, login bool
	}{
		"device":     {SessionEnd{User: user, Device: device}, true, false},
		"token":      {SessionEnd{User: user, Session: token}, true, false},
		"everything": {SessionEnd{User: user, All: true}, true, true},
		"logins":     {SessionEnd{User: user, Logins: true}, false, true},
		"other user": {SessionEnd{User: other, All: true}, false, false},
		"nothing":    {SessionEnd{User: user}, false, false},
	} {
		if tc.end.Ends(bound) != tc.bound || tc.end.Ends(login) != tc.login {
			t.Errorf("%s: a device's session ends %v, a login's %v", name, tc.end.Ends(bound), tc.end.Ends(login))
		}
	}
}
