package client

import (
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// What people last said of how reachable they are is known to whoever asks later,
// for each device, and not for ever.
func TestPresenceIsRemembered(t *testing.T) {
	var p presences
	bob, laptop, phone, now := schema.NewUserID(), schema.DeviceID{1}, schema.DeviceID{2}, time.Now()
	tell := func(d schema.DeviceID, v Presence) {
		p.note(bob, d, schema.MustMarshal(PresenceBody{Presence: v}), now)
	}
	is := func(what string, want Presence) {
		t.Helper()
		if got := p.of(bob, now); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	is("before anything was told", 0)
	tell(laptop, PresenceAway)
	is("away", PresenceAway)
	tell(phone, PresenceOnline)
	is("online on another device", PresenceOnline)
	tell(phone, PresenceGone)
	is("gone from that device", PresenceAway)
	for _, body := range [][]byte{nil, {0xff}, schema.MustMarshal(PresenceBody{}), schema.MustMarshal(PresenceBody{Presence: PresenceGone + 1})} {
		p.note(bob, laptop, body, now)
	}
	is("after what is no presence", PresenceAway)
	tell(laptop, PresenceBusy)
	tell(phone, PresenceOnline)
	is("busy on one device", PresenceBusy)
	now = now.Add(PresenceLife)
	is("long afterwards", 0)
}
