package client

import (
	"context"
	"log/slog"

	"github.com/cenacle-team/cenacle/client/store"
)

// Options give the engine its world.
type Options struct {
	// Origin is the server's origin as the user typed it, for example
	// https://chat.example.org. It is part of what is signed to sign in.
	Origin    string
	Transport Transport
	Store     store.Store
	Clock     Clock        // SystemClock when nil
	AEAD      AEADFactory  // NewAESGCM when nil
	Logger    *slog.Logger // discards when nil; ids only are ever logged
	// SaveProfile keeps a changed profile; it must be durable when it returns.
	SaveProfile func(context.Context, *Profile) error
}

func (o Options) withDefaults() Options {
	if o.Clock == nil {
		o.Clock = SystemClock{}
	}
	if o.AEAD == nil {
		o.AEAD = NewAESGCM
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}
