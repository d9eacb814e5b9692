package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
)

// ErrServerMisbehaved is in the chain of every error that means: the server (or
// whoever speaks in its place) was caught. Such an error is final for the stream
// or the workspace that it names: it is kept, returned by every later call, and
// never retried.
var ErrServerMisbehaved = errors.New("the server misbehaved")

// MisbehaviourKind groups what was caught. Append-only.
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
type Misbehaviour struct{ Finding }

func (m *Misbehaviour) Error() string {
	where := "the account"
	switch {
	case !m.Stream.IsZero():
		where = m.Stream.String()
	case !m.Workspace.IsZero():
		where = m.Workspace.String()
	}
	return fmt.Sprintf("%s: %s in %s: %s %s", schema.CodeServerMisbehaved, m.Code, where, m.Sentence("en"), m.Facts.Note)
}

// Unwrap puts ErrServerMisbehaved and the error code into the chain.
func (m *Misbehaviour) Unwrap() []error {
	return []error{ErrServerMisbehaved, &schema.Error{Code: schema.CodeServerMisbehaved, Detail: string(m.Code)}}
}

// caught records misbehaviour that the server's own words prove, for good, and
// returns it.
func (w *Workspace) caught(ctx context.Context, code FindingCode, s schema.StreamID, facts Facts, items ...ProofItem) error {
	return w.record(ctx, Finding{Code: code, Stream: s, Facts: facts, Proof: items})
}

// contradicted records that a member's device has signed something that cannot
// be true if what the server shows here is.
func (w *Workspace) contradicted(ctx context.Context, code FindingCode, s schema.StreamID, by schema.DeviceID, facts Facts, items ...ProofItem) error {
	return w.record(ctx, Finding{Code: code, Stream: s, Facts: facts, Proof: items, Accuser: by})
}

func (w *Workspace) record(ctx context.Context, f Finding) error {
	f.Workspace, f.Stops = w.id, true
	m := &Misbehaviour{w.e.note(ctx, f)}
	w.stop(m)
	w.e.opt.Logger.Error("the server misbehaved", "code", m.Code, "workspace", w.id, "stream", m.Stream)
	w.e.listeners.notify(Change{Workspace: w.id, Stream: m.Stream, Misbehaviour: m})
	return m
}

// stop makes a stream, or the workspace, stand still; what stopped it first counts.
func (w *Workspace) stop(m *Misbehaviour) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch st := w.streams[m.Stream]; {
	case m.Stream.IsZero() && w.bad == nil:
		w.bad = m
	case !m.Stream.IsZero() && st != nil && st.bad == nil:
		st.bad = m
	}
}

// standStill stops everything that the kept findings stop.
func (w *Workspace) standStill() {
	for _, f := range w.e.book.of(w.id) {
		if !f.Stops || !f.Open() {
			continue
		}
		w.mu.Lock()
		if !f.Stream.IsZero() && w.streams[f.Stream] == nil {
			w.streams[f.Stream] = &stream{id: f.Stream}
		}
		w.mu.Unlock()
		w.stop(&Misbehaviour{f})
	}
}

// Dismiss goes on after misbehaviour that rests on the word of one device alone:
// the user has found out, by talking to people, that this device lied and not
// the server. The events in which it contradicts this device are void from now
// on. Misbehaviour that the server itself has proven cannot be dismissed. The
// findings stay in [Engine.Findings], as dismissed.
func (w *Workspace) Dismiss(ctx context.Context, accuser schema.DeviceID) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return w.dismissWord(ctx, accuser)
}

// dismissWord is Dismiss with op held.
func (w *Workspace) dismissWord(ctx context.Context, accuser schema.DeviceID) error {
	var gone []Finding
	for _, f := range w.e.book.of(w.id) {
		if !accuser.IsZero() && f.Accuser == accuser && f.Stops && f.Open() {
			gone = append(gone, f)
		}
	}
	if len(gone) == 0 {
		return schema.Errorf(schema.CodeNotFound, "nothing rests on the word of that device alone")
	}
	if err := w.e.book.dismiss(ctx, gone, w.id, accuser); err != nil {
		return err
	}
	w.mu.Lock()
	w.bad = nil
	for _, s := range w.streams {
		s.bad = nil
	}
	w.mu.Unlock()
	w.standStill() // for other reasons
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

// identityMisbehaviour is what the server shows as the account's own identity,
// beside what contradicts it.
func identityMisbehaviour(o Options, code FindingCode, record schema.IdentityRecord, cause error, items ...ProofItem) error {
	now := o.Clock.Now().UnixMilli()
	return &Misbehaviour{Finding{
		Code: code, Kind: MisbehaviourIdentity, Facts: Facts{Seq: record.Revision}.causedBy(cause), At: now, Last: now,
		Proof: append([]ProofItem{{What: "certificate", Bytes: record.Certificate}}, items...),
	}}
}

// certificateMisbehaviour is a certificate of the account that does not extend the
// one that this device knows.
func certificateMisbehaviour(o Options, known *Profile, record schema.IdentityRecord, cause error) error {
	code := FoundOwnCertificateRolledBack
	own, err := cert.Parse(known.Certificate)
	shown, shownErr := cert.Parse(record.Certificate)
	switch {
	case shownErr != nil:
		code = FoundOwnCertificateUnacceptable
	case err == nil && own.Fingerprint() != shown.Fingerprint():
		code = FoundOwnCertificateSwapped
	}
	m := identityMisbehaviour(o, code, record, cause, ProofItem{What: "own certificate", Bytes: known.Certificate}).(*Misbehaviour)
	m.Facts.Known = known.Revision
	return m
}

// witnessed is an error that is worth remembering.
type witnessed struct {
	error
	finding Finding
}

func (w *witnessed) Unwrap() error { return w.error }

// identityFinding is what an error tells about the server's handling of the
// account's identity.
func identityFinding(err error) (Finding, bool) {
	var m *Misbehaviour
	var w *witnessed
	switch {
	case errors.As(err, &m) && m.Workspace.IsZero():
		return m.Finding, true
	case errors.As(err, &w):
		return w.finding, true
	}
	return Finding{}, false
}

// witness records what an error tells about the identity, and returns the error.
func (e *Engine) witness(ctx context.Context, err error) error {
	if f, ok := identityFinding(err); ok {
		e.note(ctx, f)
	}
	return err
}

// unlock unlocks the identity for a moment, see there.
func (e *Engine) unlock(ctx context.Context, passphrase string, k login.AccountKey, known *Profile) (*unlocked, error) {
	u, err := unlock(ctx, e.opt, known.Handle, passphrase, k, known)
	if schema.HasCode(err, schema.CodeSignInFailed) {
		if pending, err := e.unlockPending(ctx, passphrase); err == nil {
			return pending, nil
		}
	}
	return u, e.witness(ctx, err)
}

// noteWithoutEngine records, in the store of a device that signed in before, what
// signing in again has shown.
func noteWithoutEngine(ctx context.Context, o Options, known *Profile, err error) error {
	f, ok := identityFinding(err)
	if !ok || known == nil || o.Store == nil {
		return err
	}
	c, openErr := newCache(o.Store, known.StoreKey, o.AEAD)
	if openErr != nil {
		return errors.Join(err, openErr)
	}
	newBook(c, o).note(ctx, f)
	return err
}
