package live

import (
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

func FuzzFrame(f *testing.F) {
	for _, frame := range []schema.Frame{
		{Hello: &schema.Hello{Version: 1, Token: "token"}},
		{Subscribe: &schema.Subscribe{}},
		{Signal: &schema.SendSignal{Epoch: 1, Ciphertext: []byte("x")}},
		{Ping: &schema.Ping{Value: 1}},
		{Pong: &schema.Ping{Value: 1}},
		{},
	} {
		f.Add(schema.MustMarshal(frame))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := parseClientFrame(b)
		if err != nil {
			return
		}
		if frame.Welcome != nil || frame.Heads != nil || frame.Events != nil || frame.Roster != nil ||
			frame.Signals != nil || frame.Erased != nil || frame.Pong != nil || frame.Error != nil {
			t.Fatal("a frame of the server was taken from a client")
		}
		if !slices.Equal(schema.MustMarshal(frame), b) {
			t.Fatal("a frame has two encodings")
		}
	})
}

func FuzzBusMessage(f *testing.F) {
	w := schema.WorkspaceID{1}
	f.Add(schema.MustMarshal(schema.Frame{Roster: &schema.PushRoster{Workspace: w}}))
	f.Add(schema.MustMarshal(schema.Frame{Events: &schema.PushEvents{Workspace: w, Events: []schema.Event{{Seq: 1}}}}))
	f.Add(schema.MustMarshal(schema.Frame{Ping: &schema.Ping{}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		frame := new(schema.Frame)
		if schema.Unmarshal(b, frame) != nil || !fromNode(frame, w) {
			return
		}
		if frame.Events != nil && wellFormed(frame.Events) {
			for i := range frame.Events.Events {
				if frame.Events.Events[i].Stream != frame.Events.Events[0].Stream {
					t.Fatal("events of two streams in one push")
				}
			}
		}
	})
}
