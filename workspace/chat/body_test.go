package chat

import (
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/stream/streamtest"
)

func TestFrozenBodies(t *testing.T) {
	target := event("target-event-id!")
	streamtest.Golden(t, []streamtest.Body{
		{Kind: schema.KindMessage, Example: &MessageBody{
			Text: "Bonjour **à tous**", ReplyTo: &target, Thread: ptr(event("root-event-id!!!")),
			Mentions: []schema.UserID{user("alice"), user("bob")}, Everyone: true,
		}},
		{Kind: schema.KindEdit, Example: &EditBody{Target: target, Text: "Bonsoir", Mentions: []schema.UserID{user("bob")}}},
		{Kind: schema.KindDelete, Example: &DeleteBody{Target: target}},
		{Kind: schema.KindReact, Example: &ReactBody{Target: target, Emoji: "👍"}},
		{Kind: schema.KindUnreact, Example: &UnreactBody{Target: target, Emoji: "👍"}},
		{Kind: schema.KindPin, Example: &PinBody{Target: target}},
		{Kind: schema.KindUnpin, Example: &UnpinBody{Target: target}},
	})
}
