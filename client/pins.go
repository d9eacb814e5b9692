package client

import (
	"context"
	"slices"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/personal"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// Trust in other people's keys. The first key that is seen of a user, in a roster
// or in the directory, is pinned; a later one never replaces it, whoever says
// so. Comparing safety numbers turns a first contact into a verified one, which
// is recorded, signed, in the user's personal workspace and so on all devices.

// pinned is what this device knows of somebody's key.
type pinned struct {
	Fingerprint schema.Fingerprint `cbor:"1,keyasint"`
	FirstSeen   int64              `cbor:"2,keyasint"` // Unix milliseconds
}

func keyPinPrefix() []byte { return []byte("p") }

func keyPin(u schema.UserID) []byte { return append(keyPinPrefix(), u[:]...) }

// pin pins a user's primary fingerprint on first use and refuses another one.
func (e *Engine) pin(ctx context.Context, user schema.UserID, f schema.Fingerprint) error {
	if known, ok := e.personalPin(user); ok && known.Fingerprint != f {
		return keyChanged(user)
	}
	return e.cache.update(ctx, func(w cacheWriter) error {
		var p pinned
		found, err := w.get(keyPin(user), &p)
		switch {
		case err != nil:
			return err
		case found && p.Fingerprint != f:
			return keyChanged(user)
		case found:
			return nil
		}
		return w.put(keyPin(user), pinned{Fingerprint: f, FirstSeen: e.opt.Clock.Now().UnixMilli()})
	})
}

func keyChanged(user schema.UserID) error {
	return schema.Errorf(schema.CodeKeyChanged, "user %s has another key than the one that was pinned", user)
}

// pinMembers pins the keys of everybody in a roster. A conflict is flagged here
// and refused where something would be encrypted, see mayEncryptTo.
func (w *Workspace) pinMembers(ctx context.Context, rs *roster.State, users []schema.UserID) error {
	var conflicts []pinned
	var whose []schema.UserID
	err := w.e.cache.update(ctx, func(cw cacheWriter) error {
		conflicts, whose = conflicts[:0], whose[:0]
		for _, u := range users {
			c, ok := rs.Certificate(u)
			if !ok || u == w.e.User() {
				continue
			}
			var p pinned
			found, err := cw.get(keyPin(u), &p)
			switch {
			case err != nil:
				return err
			case !found:
				if err := cw.put(keyPin(u), pinned{Fingerprint: c.Fingerprint(), FirstSeen: w.e.opt.Clock.Now().UnixMilli()}); err != nil {
					return err
				}
			case p.Fingerprint != c.Fingerprint():
				conflicts, whose = append(conflicts, p), append(whose, u)
			}
		}
		return nil
	})
	for i, u := range whose {
		w.flagPeer(ctx, rs, u, conflicts[i])
	}
	return err
}

// flagPeer records that a roster holds another key than the pinned one.
func (w *Workspace) flagPeer(ctx context.Context, rs *roster.State, u schema.UserID, p pinned) {
	c, ok := rs.Certificate(u)
	if !ok || c.Fingerprint() == p.Fingerprint {
		return
	}
	w.flag(ctx, FoundPeerKeyDiffers, schema.StreamID{}, Facts{User: u},
		proof("pinned key", p), ProofItem{What: "rostered certificate", Bytes: c.Bytes()}, proof("own head", rs.Head()))
}

// comparePins compares the user's own rosters with what the user's devices have
// agreed on, which another device may have written after this one read a roster.
func (e *Engine) comparePins(ctx context.Context) {
	var pins []*personal.Pin
	e.withPersonal(func(s *personal.State) { pins = append(pins, s.Pins()...) })
	for _, w := range e.Workspaces() {
		rs := w.members()
		for _, p := range pins {
			w.flagPeer(ctx, rs, p.User, pinned{Fingerprint: p.Fingerprint, FirstSeen: p.FirstSeen})
		}
	}
}

// examineEntry compares what the directory shows of somebody with what is known,
// and returns the certificate to go by: one only grows, so what a workspace of the
// user's holds of it is not lost.
func (e *Engine) examineEntry(ctx context.Context, entry schema.DirectoryEntry, c *cert.Certificate) *cert.Certificate {
	shown := ProofItem{What: "directory's certificate", Bytes: entry.Certificate}
	if schema.HasCode(e.mayEncryptToUser(entry.User, c.Fingerprint()), schema.CodeKeyChanged) || c.User() != entry.User {
		known, _ := e.pinnedKey(ctx, entry.User)
		e.note(ctx, Finding{Code: FoundDirectoryKeyDiffers, Facts: Facts{User: entry.User}, Proof: []ProofItem{shown, proof("pinned key", known)}})
		return c
	}
	for _, w := range e.Workspaces() {
		rostered, ok := w.members().Certificate(entry.User)
		if !ok || rostered.Fingerprint() != c.Fingerprint() || cert.Extends(rostered, c) == nil {
			continue
		}
		e.note(ctx, Finding{Code: FoundDirectoryCertificateOld, Facts: Facts{User: entry.User}, Proof: []ProofItem{
			shown, {What: "rostered certificate", Bytes: rostered.Bytes()},
		}})
		if merged, err := cert.Merge(rostered, c); err == nil {
			c = merged
		}
	}
	return c
}

// pinnedKey is the key that is believed to be a user's, also before anything else
// about the user is known.
func (e *Engine) pinnedKey(ctx context.Context, user schema.UserID) (p pinned, err error) {
	if known, ok := e.personalPin(user); ok {
		return pinned{Fingerprint: known.Fingerprint, FirstSeen: known.FirstSeen}, nil
	}
	err = e.cache.view(ctx, func(r cacheReader) error { _, err := r.get(keyPin(user), &p); return err })
	return p, err
}

// flagEpochKey records that the maker of an epoch gave this account no usable key.
func (w *Workspace) flagEpochKey(ctx context.Context, c schema.CircleID, epoch roster.EpochInfo) {
	f := Finding{Code: FoundUnusableEpochKey, Workspace: w.id, Facts: Facts{User: epoch.Author, Epoch: epoch.Epoch, Circle: c}}
	if _, ok := w.e.book.get(f.ID()); ok {
		return // it is found again with each event of the epoch
	}
	err := w.e.cache.view(ctx, func(r cacheReader) error {
		var kept keptEntry
		ok, err := r.get(keyRoster(w.id, epoch.Seq), &kept)
		if ok {
			f.Proof = []ProofItem{proof("roster entry", kept.SignedEntry)}
		}
		return err
	})
	if err != nil {
		w.e.opt.Logger.Warn("the proof of a finding cannot be read", "code", f.Code, "error", err)
	}
	w.e.note(ctx, f)
}

// mayEncryptTo refuses users whose rostered key is not the pinned one and, under
// the strict policy, users who were not verified.
func (e *Engine) mayEncryptTo(rs *roster.State, users ...schema.UserID) error {
	for _, u := range users {
		c, ok := rs.Certificate(u)
		if !ok {
			return schema.Errorf(schema.CodeNotFound, "user %s", u)
		}
		if err := e.mayEncryptToUser(u, c.Fingerprint()); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) mayEncryptToUser(user schema.UserID, f schema.Fingerprint) error {
	if user == e.User() {
		return nil
	}
	known, ok := e.personalPin(user)
	if ok && known.Fingerprint != f {
		return keyChanged(user)
	}
	var p pinned
	var found bool
	err := e.cache.view(context.Background(), func(r cacheReader) (err error) {
		found, err = r.get(keyPin(user), &p)
		return err
	})
	switch {
	case err != nil:
		return err
	case found && p.Fingerprint != f:
		return keyChanged(user)
	case e.strict() && !(ok && known.Verified != nil):
		return schema.Errorf(schema.CodeUnverified, "user %s", user)
	}
	return nil
}

// withPersonal runs fn on each reduced personal stream that is there yet, those of
// lower ids first. There is one, unless the server has hidden it from a device,
// which has then made another one: whichever it shows later, nothing of what the
// user's devices agreed on is lost by that.
func (e *Engine) withPersonal(fn func(*personal.State)) {
	for _, w := range e.personals() {
		w.mu.RLock()
		if w.settings != nil {
			fn(w.settings)
		}
		w.mu.RUnlock()
	}
}

// personals are the user's workspaces of one, ascending by id.
func (e *Engine) personals() []*Workspace {
	return slices.DeleteFunc(e.allWorkspaces(), func(w *Workspace) bool { return !w.Personal() })
}

// personalPin is what the user's devices have agreed on about somebody's key.
func (e *Engine) personalPin(user schema.UserID) (pin personal.Pin, ok bool) {
	e.withPersonal(func(s *personal.State) {
		if p, found := s.Pin(user); found && (!ok || pin.Verified == nil && p.Verified != nil) {
			pin, ok = *p, true
		}
	})
	return pin, ok
}

func (e *Engine) strict() (on bool) {
	e.withPersonal(func(s *personal.State) { on = on || s.StrictVerification() })
	return on
}

// SetStrict chooses whether anything may be encrypted to keys that were not
// verified.
func (e *Engine) SetStrict(ctx context.Context, on bool) error {
	var value []byte // none removes the setting
	if on {
		value = []byte("1")
	}
	return e.writePersonal(ctx, schema.KindSetting, personal.SettingBody{Key: personal.SettingStrictVerification, Value: value})
}

// Verification is what two people compare to make sure of each other's keys.
type Verification struct {
	User        schema.UserID
	Fingerprint schema.Fingerprint
	// Number is the safety number: 60 digits that are the same on both sides.
	Number string
}

// BeginVerification returns what to show for a member. Only this very
// fingerprint is recorded by [Engine.ConfirmVerification].
func (w *Workspace) BeginVerification(user schema.UserID) (Verification, error) {
	mine, err := w.e.Fingerprint()
	if err != nil {
		return Verification{}, err
	}
	w.mu.RLock()
	c, ok := w.roster.Certificate(user)
	w.mu.RUnlock()
	if !ok {
		return Verification{}, schema.Errorf(schema.CodeNotFound, "user %s", user)
	}
	return Verification{
		User: user, Fingerprint: c.Fingerprint(),
		Number: seal.SafetyNumber(w.e.User(), mine, user, c.Fingerprint()),
	}, nil
}

// ConfirmVerification records that the user compared the number. It signs the
// fingerprint that was displayed, whatever has come from the server since.
func (e *Engine) ConfirmVerification(ctx context.Context, v Verification) error {
	mine, err := e.Fingerprint()
	if err != nil {
		return err
	}
	if !seal.SameSafetyNumber(v.Number, seal.SafetyNumber(e.User(), mine, v.User, v.Fingerprint)) {
		return schema.Errorf(schema.CodeKeyChanged, "the safety number is not the one of the displayed key")
	}
	if err := e.pin(ctx, v.User, v.Fingerprint); err != nil {
		return err
	}
	return e.writePersonal(ctx, schema.KindVerification, personal.VerificationBody{
		User: v.User, Fingerprint: v.Fingerprint, Method: personal.MethodCode, At: e.opt.Clock.Now().UnixMilli(),
	})
}

// writePersonal writes to the personal stream, see [Engine.withPersonal].
func (e *Engine) writePersonal(ctx context.Context, kind schema.EventKind, body any) error {
	if e.personal() == nil {
		if err := e.Sync(ctx); err != nil {
			return err
		}
		if e.personal() == nil {
			return schema.Errorf(schema.CodeOffline, "the personal workspace is not there yet")
		}
	}
	for _, w := range e.personals() {
		if _, err := w.write(ctx, w.members().Everyone(), w.personalStream(), kind, body); err != nil {
			return err
		}
	}
	return nil
}

// personalStream is the one stream of a personal workspace beside its index.
func (w *Workspace) personalStream() schema.StreamID {
	return schema.PersonalStream(w.id)
}
