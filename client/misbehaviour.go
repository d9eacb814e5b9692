package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/cenacle-team/cenacle/schema"
)

// ErrServerMisbehaved is in the chain of every error that means: the server (or
// whoever speaks in its place) was caught. Such an error is final for the stream
// or the workspace that it names: it is kept, returned by every later call, and
// never retried.
var ErrServerMisbehaved = errors.New("the server misbehaved")

// MisbehaviourKind says what was caught. Append-only.
type MisbehaviourKind string

const (
	// MisbehaviourGap: events are missing from the middle or out of order.
	MisbehaviourGap MisbehaviourKind = "gap"
	// MisbehaviourRollback: less is shown than was shown, acknowledged or signed before.
	MisbehaviourRollback MisbehaviourKind = "rollback"
	// MisbehaviourFork: two histories of one stream or roster.
	MisbehaviourFork MisbehaviourKind = "fork"
	// MisbehaviourRoster: a roster entry that breaks a rule or has no valid signature.
	MisbehaviourRoster MisbehaviourKind = "roster"
	// MisbehaviourWithheld: something that must exist, because somebody signed a
	// reference to it, is not handed out.
	MisbehaviourWithheld MisbehaviourKind = "withheld"
	// MisbehaviourAltered: the outside of an event contradicts its content or hash.
	MisbehaviourAltered MisbehaviourKind = "altered"
	// MisbehaviourIdentity: the account's own certificate or locked identity was
	// altered or rolled back.
	MisbehaviourIdentity MisbehaviourKind = "identity"
)

// Misbehaviour is the error that carries the proof.
type Misbehaviour struct {
	Kind      MisbehaviourKind   `cbor:"1,keyasint" json:"kind"`
	Workspace schema.WorkspaceID `cbor:"2,keyasint" json:"workspace"`
	// Stream is zero when the whole workspace is concerned.
	Stream schema.StreamID `cbor:"3,keyasint" json:"stream"`
	Detail string          `cbor:"4,keyasint" json:"detail"`
	At     int64           `cbor:"5,keyasint" json:"at"` // this device's clock, Unix milliseconds
	// Proof holds what contradicts itself: encodings of schema.Event,
	// schema.SignedEntry, schema.Cut and the like, each with what it is.
	Proof []ProofItem `cbor:"6,keyasint" json:"proof"`
	// Accuser is the device whose signed word contradicts what the server shows
	// to this one: either the server or that device lies. It is zero where the
	// server's own words contradict each other. See [Workspace.Dismiss].
	Accuser schema.DeviceID `cbor:"7,keyasint" json:"accuser"`
}

func (m *Misbehaviour) Error() string {
	where := m.Workspace.String()
	if !m.Stream.IsZero() {
		where = m.Stream.String()
	}
	return fmt.Sprintf("%s: %s in %s: %s", schema.CodeServerMisbehaved, m.Kind, where, m.Detail)
}

// Unwrap puts ErrServerMisbehaved and the error code into the chain.
func (m *Misbehaviour) Unwrap() []error {
	return []error{ErrServerMisbehaved, &schema.Error{Code: schema.CodeServerMisbehaved, Detail: string(m.Kind)}}
}

// Dismiss goes on after misbehaviour that rests on the word of one device alone:
// the user has found out, by talking to people, that this device lied and not
// the server. The events in which it contradicts this device are void from now
// on. Misbehaviour that the server itself has proven cannot be dismissed.
func (w *Workspace) Dismiss(ctx context.Context, accuser schema.DeviceID) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	var gone []schema.StreamID
	for _, m := range w.Misbehaviours() {
		if !accuser.IsZero() && m.Accuser == accuser {
			gone = append(gone, m.Stream)
		}
	}
	if len(gone) == 0 {
		return schema.Errorf(schema.CodeNotFound, "nothing rests on the word of that device alone")
	}
	err = w.e.cache.update(ctx, func(cw cacheWriter) error {
		for _, s := range gone {
			if err := cw.delete(keyMisbehaviour(w.id, s)); err != nil {
				return err
			}
		}
		return cw.put(keyDismissed(w.id, accuser), dismissal{At: w.e.opt.Clock.Now().UnixMilli()})
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range gone {
		if s.IsZero() {
			w.bad = nil
		} else {
			w.streams[s].bad = nil
		}
	}
	return nil
}

// dismissal records that a device's contradictions are void.
type dismissal struct {
	At int64 `cbor:"1,keyasint"` // this device's clock, Unix milliseconds
}

func (w *Workspace) dismissed(ctx context.Context, d schema.DeviceID) (yes bool, err error) {
	err = w.e.cache.view(ctx, func(r cacheReader) error {
		var v dismissal
		yes, err = r.get(keyDismissed(w.id, d), &v)
		return err
	})
	return yes, err
}
