package live

import (
	"strings"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/live/bus"
)

// Subjects of the bus. Messages of a workspace's subject are encoded
// [schema.Frame]s of the server's half, messages of the sessions' subject encoded
// [SessionEnd]s.
const (
	subjectSessions  = "sessions"
	subjectWorkspace = "w."
)

// frameOverhead is what a frame or an event holds beside its ciphertext, roughly.
const frameOverhead = 256

func subjectOf(w schema.WorkspaceID) string { return subjectWorkspace + w.String() }

// SessionEnd says which sessions of a user have ended: those of a device, or the
// one of a token's hash when the device is zero; with All every one; with Logins
// those of the login key, perhaps but one, which the store knows.
type SessionEnd struct {
	User    schema.UserID   `cbor:"1,keyasint"`
	Device  schema.DeviceID `cbor:"2,keyasint"`
	Session schema.Hash     `cbor:"3,keyasint"`
	All     bool            `cbor:"4,keyasint,omitempty"`
	Logins  bool            `cbor:"5,keyasint,omitempty"`
}

// Ends reports whether the holder's session is among them, as far as can be told
// without the store. Who holds a session of the login key has no device.
func (e SessionEnd) Ends(who Who) bool {
	switch {
	case e.User != who.User:
		return false
	case e.All:
		return true
	case e.Logins:
		return who.Device.IsZero()
	case e.Device.IsZero():
		return e.Session == who.Session
	}
	return e.Device == who.Device
}

// Committed hands over events of one stream that have become durable on this
// node, ascending and without gaps. It returns quickly and keeps the events.
func (h *Hub) Committed(w schema.WorkspaceID, c schema.CircleID, events []schema.Event) {
	for len(events) > 0 {
		n, octets := 0, 0
		for n < len(events) {
			size := len(events[n].Ciphertext) + frameOverhead
			if n > 0 && octets+size > pushOctets {
				break
			}
			octets += size
			n++
		}
		f := &schema.Frame{Events: &schema.PushEvents{Workspace: w, Circle: c, Events: events[:n:n]}}
		h.publish(w, f)
		h.local(w, f, octets)
		events = events[n:]
	}
}

// RosterChanged hands over the new head of a roster that grew on this node.
func (h *Hub) RosterChanged(w schema.WorkspaceID, head schema.RosterHead) {
	f := &schema.Frame{Roster: &schema.PushRoster{Workspace: w, Head: head}}
	h.publish(w, f)
	h.local(w, f, frameOverhead)
}

// Erased hands over an event whose ciphertext was erased on this node.
func (h *Hub) Erased(w schema.WorkspaceID, s schema.StreamID, seq uint64) {
	f := &schema.Frame{Erased: &schema.PushErasure{Workspace: w, Stream: s, Seq: seq}}
	h.publish(w, f)
	h.local(w, f, frameOverhead)
}

// EndSessions closes the connections of sessions that have ended, on all nodes.
// What the bus loses is found when the sessions are looked up again.
func (h *Hub) EndSessions(e SessionEnd) {
	if err := h.bus.Publish(subjectSessions, schema.MustMarshal(e)); err != nil {
		h.log.Warn("publish the end of a session", "user", e.User, "error", err)
	}
	h.endLocally(e)
}

func (h *Hub) endLocally(e SessionEnd) {
	if h.ended != nil {
		h.ended(e)
	}
	h.mu.Lock()
	var over []*socket
	for _, s := range h.users[e.User] {
		if who, _ := s.identity(); e.Ends(who) {
			over = append(over, s)
		}
	}
	h.mu.Unlock()
	for _, s := range over {
		s.close(CloseUnauthenticated, "the session has ended")
	}
}

// publish sends a frame to the other nodes. A failure is no more than a lost
// message: they catch up from the log.
func (h *Hub) publish(w schema.WorkspaceID, f *schema.Frame) {
	if !h.bus.Ready() {
		return
	}
	b, err := schema.Marshal(f)
	if err == nil {
		err = h.bus.Publish(subjectOf(w), b)
	}
	if err != nil {
		h.log.Debug("publish to the bus", "workspace", w, "error", err)
	}
}

func (h *Hub) local(w schema.WorkspaceID, f *schema.Frame, octets int) {
	if t := h.topic(w); t != nil {
		t.post(item{frame: f, octets: octets})
	}
}

// deliver receives a message of another node.
func (h *Hub) deliver(subject string, data []byte) {
	if len(data) > bus.MaxMessage {
		return
	}
	if subject == subjectSessions {
		var e SessionEnd
		if err := schema.Unmarshal(data, &e); err != nil {
			h.log.Warn("malformed message on the bus", "subject", subject)
			return
		}
		h.endLocally(e)
		return
	}
	name, ok := strings.CutPrefix(subject, subjectWorkspace)
	var w schema.WorkspaceID
	if !ok || w.UnmarshalText([]byte(name)) != nil {
		return
	}
	f := new(schema.Frame)
	if err := schema.Unmarshal(data, f); err != nil || !fromNode(f, w) {
		h.log.Warn("malformed message on the bus", "subject", subject)
		return
	}
	h.local(w, f, len(data))
}

// fromNode reports whether a frame is one that nodes send to one another about
// the workspace.
func fromNode(f *schema.Frame, w schema.WorkspaceID) bool {
	switch {
	case f.Events != nil:
		return f.Events.Workspace == w && *f == schema.Frame{Events: f.Events}
	case f.Roster != nil:
		return f.Roster.Workspace == w && *f == schema.Frame{Roster: f.Roster}
	case f.Erased != nil:
		return f.Erased.Workspace == w && *f == schema.Frame{Erased: f.Erased}
	case f.Signals != nil:
		return f.Signals.Workspace == w && *f == schema.Frame{Signals: f.Signals}
	}
	return false
}
