package client

import (
	"sync"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// PresenceLife is how long a presence is believed that was not told again: whoever
// is reachable says so more often than that.
const PresenceLife = 10 * time.Minute

// presences is how reachable people last said to be, each of their devices for
// itself. Only members' devices get in, so it is bounded as they are.
type presences struct {
	mu    sync.Mutex
	known map[schema.UserID]map[schema.DeviceID]toldPresence
}

type toldPresence struct {
	presence Presence
	at       time.Time // this device's clock
}

// note takes in a verified signal. A presence of another release is no presence.
func (p *presences) note(u schema.UserID, d schema.DeviceID, body []byte, now time.Time) {
	var b PresenceBody
	if schema.Unmarshal(body, &b) != nil || b.Presence < PresenceOnline || b.Presence > PresenceGone {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil {
		p.known = map[schema.UserID]map[schema.DeviceID]toldPresence{}
	}
	if p.known[u] == nil {
		p.known[u] = map[schema.DeviceID]toldPresence{}
	}
	p.known[u][d] = toldPresence{b.Presence, now}
}

// of is how reachable somebody is on the device where that is most; 0 when nothing
// is known.
func (p *presences) of(u schema.UserID, now time.Time) (best Presence) {
	rank := func(v Presence) int {
		switch v {
		case PresenceBusy: // also on a device, whatever the others say
			return 4
		case PresenceOnline:
			return 3
		case PresenceAway:
			return 2
		case PresenceGone:
			return 1
		}
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, told := range p.known[u] {
		if now.Sub(told.at) < PresenceLife && rank(told.presence) > rank(best) {
			best = told.presence
		}
	}
	return best
}
