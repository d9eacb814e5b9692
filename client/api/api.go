package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// World is what the API needs of the place where it runs.
type World struct {
	// Origin is the server that new accounts and sign-ins on this device use.
	Origin string
	// Platform says what this place is.
	Platform Platform
	Home     Home
	// Transport reaches a server by its origin.
	Transport func(origin string) (client.Transport, error)
	Clock     client.Clock       // client.SystemClock when nil
	AEAD      client.AEADFactory // the engine's own when nil
	Logger    *slog.Logger       // discards when nil
}

// Platform is where the engine runs. Append-only.
type Platform string

const (
	PlatformBrowser Platform = "browser" // compiled to WebAssembly, in a worker
	PlatformNative  Platform = "native"  // in the user's own process: `cenacle open`
)

// API serves one device of one account, or of none yet. It is safe for concurrent
// use; any number of pages may share it.
type API struct {
	world   World
	methods map[string]Method
	changes feed

	// mu guards the session; calls that replace it hold entry too, one at a time.
	mu    sync.RWMutex
	entry chan struct{}
	open  *opened
}

// New makes an API. Nothing runs until [API.Start].
func New(w World) *API {
	if w.Logger == nil {
		w.Logger = slog.New(slog.DiscardHandler)
	}
	if w.Clock == nil {
		w.Clock = client.SystemClock{}
	}
	a := &API{world: w, methods: map[string]Method{}, entry: make(chan struct{}, 1)}
	for _, m := range Methods() {
		a.methods[m.Name] = m
	}
	return a
}

// MaxRequest bounds the parameters of one call, in octets of JSON.
const MaxRequest = 2 * schema.MaxBody

// Call performs one call: params and the answer are JSON. The failure is nil on
// success.
func (a *API) Call(ctx context.Context, name string, params []byte) ([]byte, *Failure) {
	answer, err := a.call(ctx, name, params)
	if err != nil {
		return nil, FailureOf(err)
	}
	encoded, err := json.Marshal(answer)
	if err != nil {
		return nil, FailureOf(err)
	}
	return encoded, nil
}

func (a *API) call(ctx context.Context, name string, params []byte) (any, error) {
	m, ok := a.methods[name]
	if !ok {
		return nil, schema.Errorf(schema.CodeBadRequest, "there is no such call")
	}
	if len(params) > MaxRequest {
		return nil, schema.Errorf(schema.CodeTooLarge, "the parameters")
	}
	return m.run(ctx, a, params)
}

// engine returns the engine of the open session; CodeUnauthenticated while there
// is none.
func (a *API) engine() (*client.Engine, error) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if a.open == nil {
		return nil, schema.Errorf(schema.CodeUnauthenticated, "nobody is signed in here, or this device is locked")
	}
	return a.open.engine, nil
}

// workspace finds a workspace of the open session.
func (a *API) workspace(id schema.WorkspaceID) (*client.Workspace, error) {
	e, err := a.engine()
	if err != nil {
		return nil, err
	}
	return e.Workspace(id)
}

// channel finds a channel of a workspace.
func (a *API) channel(at ChannelRef) (*client.Workspace, client.Channel, error) {
	w, err := a.workspace(at.Workspace)
	if err != nil {
		return nil, client.Channel{}, err
	}
	ch, err := w.FindChannel(at.Channel.String())
	return w, ch, err
}

// ChannelRef names a channel.
type ChannelRef struct {
	Workspace schema.WorkspaceID `json:"workspace"`
	Channel   schema.StreamID    `json:"channel"`
}

// MessageRef names a message.
type MessageRef struct {
	ChannelRef
	Message schema.EventID `json:"message"`
}

// WorkspaceRef names a workspace.
type WorkspaceRef struct {
	Workspace schema.WorkspaceID `json:"workspace"`
}

// UserRef names a person in a workspace.
type UserRef struct {
	Workspace schema.WorkspaceID `json:"workspace"`
	User      schema.UserID      `json:"user"`
}

// Empty is what a call takes or answers that has nothing to say.
type Empty struct{}
