package client

import (
	"context"
	"fmt"

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

func keyPin(u schema.UserID) []byte { return append([]byte("p"), u[:]...) }

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
	var conflicts []schema.UserID
	err := w.e.cache.update(ctx, func(cw cacheWriter) error {
		conflicts = conflicts[:0]
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
				conflicts = append(conflicts, u)
			}
		}
		return nil
	})
	for _, u := range conflicts {
		w.flag(fmt.Sprintf("the key of %s in this workspace is not the one known so far; nothing will be encrypted to it", u))
	}
	return err
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

// withPersonal runs fn on the reduced personal stream, if it is there yet.
func (e *Engine) withPersonal(fn func(*personal.State)) {
	w := e.personal()
	if w == nil {
		return
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.settings != nil {
		fn(w.settings)
	}
}

// personalPin is what the user's devices have agreed on about somebody's key.
func (e *Engine) personalPin(user schema.UserID) (pin personal.Pin, ok bool) {
	e.withPersonal(func(s *personal.State) {
		if p, found := s.Pin(user); found {
			pin, ok = *p, true
		}
	})
	return pin, ok
}

func (e *Engine) strict() (on bool) {
	e.withPersonal(func(s *personal.State) { on = s.StrictVerification() })
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

// writePersonal writes to the personal stream.
func (e *Engine) writePersonal(ctx context.Context, kind schema.EventKind, body any) error {
	w := e.personal()
	if w == nil {
		if err := e.Sync(ctx); err != nil {
			return err
		}
		if w = e.personal(); w == nil {
			return schema.Errorf(schema.CodeOffline, "the personal workspace is not there yet")
		}
	}
	_, err := w.write(ctx, w.members().Everyone(), w.personalStream(), kind, body)
	return err
}

// personalStream is the one stream of a personal workspace beside its index.
func (w *Workspace) personalStream() schema.StreamID {
	return schema.PersonalStream(w.id)
}
