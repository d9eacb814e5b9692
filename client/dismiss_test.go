package client_test

import (
	"errors"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// A member who signs something that contradicts the history makes the others
// stop, as a fork by the server would; when they have found out who lied, they go
// on without that member's words.
func TestLyingMemberIsDismissed(t *testing.T) {
	for name, lie := range map[string]func(*schema.Payload){
		"about what was seen": func(p *schema.Payload) { p.Header.SeenLink = schema.Hash{1} },
		"about the roster":    func(p *schema.Payload) { p.Header.Roster.Hash = schema.Hash{1} },
		"about a later entry": func(p *schema.Payload) { p.Header.Roster.Seq += 1000 },
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			bob := tm.insider(tm.bob)
			bob.post(bob.message("a lie", lie))
			alice := tm.alice.In(tm.id)
			err := alice.Sync(tm.ctx())
			var m *client.Misbehaviour
			if !errors.As(err, &m) || m.Accuser != bob.Device.ID() {
				t.Fatalf("Alice synchronises with %v, want misbehaviour on the word of Bob's device", err)
			}
			if err := alice.Dismiss(tm.ctx(), schema.DeviceID{}); !schema.HasCode(err, schema.CodeNotFound) {
				t.Fatalf("dismissed without an accuser: %v", err)
			}
			if err := alice.Dismiss(tm.ctx(), m.Accuser); err != nil {
				t.Fatal(err)
			}
			tm.alice.Expect(tm.id, "general", said)
			tm.alice.Restart()
			tm.alice.Post(tm.id, "general", "onward")
			tm.alice.Expect(tm.id, "general", said+" | onward")
			if found := tm.alice.In(tm.id).Misbehaviours(); len(found) != 0 {
				t.Fatalf("still caught: %v", found)
			}
		})
	}
}

// What the server itself has proven cannot be dismissed.
func TestProvenMisbehaviourStays(t *testing.T) {
	tm := newTeam(t)
	tm.lieInGeneral(tm.bob, func(p *schema.EventPage) {
		if len(p.Events) > 1 {
			p.Events = p.Events[1:]
		}
	})
	tm.aliceSays("four", "five")
	if err := tm.bob.In(tm.id).Sync(tm.ctx()); !errors.Is(err, client.ErrServerMisbehaved) {
		t.Fatalf("Bob synchronises with %v", err)
	}
	if err := tm.bob.In(tm.id).Dismiss(tm.ctx(), schema.DeviceID{}); !schema.HasCode(err, schema.CodeNotFound) {
		t.Fatalf("dismissed: %v", err)
	}
	if len(tm.bob.In(tm.id).Misbehaviours()) != 1 {
		t.Fatal("the misbehaviour is gone")
	}
}
