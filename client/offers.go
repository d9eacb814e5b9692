package client

import (
	"context"
	"encoding/hex"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/personal"
)

// Anybody on a server can found a workspace, call it what they like and admit
// others to it, and a malicious server can do so with people that it made up. A
// workspace is therefore only an offer until the user has consented: by founding
// it or joining it by an invite, which this user's own signature in its roster
// shows to every device, or by accepting it, which is recorded, with the hash of
// its genesis, in the personal workspace.

// Offered reports whether the workspace waits for the user's consent. It can be
// looked at; nothing is written or encrypted there.
func (w *Workspace) Offered() bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return !w.consented
}

// Offers lists the workspaces that somebody put the user in.
func (e *Engine) Offers() []*Workspace {
	return slices.DeleteFunc(e.allWorkspaces(), func(w *Workspace) bool { return !w.Offered() || w.Removed() })
}

// Decline leaves an offered workspace, of which nothing else is read or signed.
func (e *Engine) Decline(ctx context.Context, w *Workspace) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if w.consented {
		return schema.Errorf(schema.CodeBadRequest, "workspace %s is not an offer; leave it", w.id)
	}
	err = w.attempt(ctx, func(c *change) error {
		c.unseen = true
		cuts, err := c.takeCuts(ctx, c.next.CirclesOf(e.User()))
		if err != nil {
			return err
		}
		return c.add(schema.RosterLeave, schema.LeaveBody{Cuts: cuts})
	})
	if err != nil && !schema.HasCode(err, schema.CodeRemoved) {
		return err
	}
	w.mu.Lock()
	w.removed = true
	w.mu.Unlock()
	return nil
}

// Accept consents to being a member of an offered workspace, for all devices.
func (e *Engine) Accept(ctx context.Context, w *Workspace) error {
	if !w.Offered() {
		return nil
	}
	genesis := w.members().Genesis()
	err := e.writePersonal(ctx, schema.KindSetting, personal.SettingBody{Key: settingAccepted(w.id), Value: genesis[:]})
	if err != nil {
		return err
	}
	if err := w.consent(ctx); err != nil {
		return err
	}
	// Without a live connection there is nothing to subscribe on.
	_ = e.live.send(ctx, schema.Frame{Subscribe: &schema.Subscribe{Workspace: w.id}})
	return w.Sync(ctx)
}

// consent makes the workspace one of the user's own; from here on it tells whose
// key is whose.
func (w *Workspace) consent(ctx context.Context) error {
	rs := w.members()
	if err := w.pinMembers(ctx, rs, everybody(rs)); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.consented = true
	return nil
}

// Bounds of what offers cost, which anybody can make, before they are accepted.
const (
	// maxOffers bounds the offers that a device keeps. Further ones are not looked
	// at until earlier ones were accepted or declined, or withdrawn by their makers.
	maxOffers = 16
	// maxOfferOctets bounds what one synchronisation fetches of the roster of an
	// offer; the next one goes on where it ended.
	maxOfferOctets = 32 << 20
	// maxOfferCircles bounds the circles of an offer whose names are read.
	maxOfferCircles = 8
)

// glance reads what there is to show of an offer: one page of the indexes of the
// user's circles, once. It is called with op held.
func (w *Workspace) glance(ctx context.Context) error {
	if _, err := w.e.Workspace(w.id); err != nil && len(w.e.Offers()) >= maxOffers {
		return schema.Errorf(schema.CodeTooLarge, "there are %d offers already", maxOffers)
	}
	everyone := w.roster.Everyone()
	circles := w.roster.CirclesOf(w.e.User())
	slices.SortStableFunc(circles, func(a, b schema.CircleID) int { return boolRank(a == everyone) - boolRank(b == everyone) })
	for _, id := range circles[:min(len(circles), maxOfferCircles)] {
		s := w.stream(id, schema.IndexStream(w.id, id))
		if s.bad != nil {
			return s.bad
		}
		if s.cur.Seq > 0 {
			continue
		}
		page, err := w.e.fetchEvents(ctx, w.id, s.id, 0)
		if schema.HasCode(err, schema.CodeNotFound) {
			continue // nothing was written there
		}
		if err != nil {
			return err
		}
		if err := w.accept(ctx, s, page.Events); err != nil {
			return err
		}
	}
	return nil
}

// octetsOf is how much a page of a roster takes.
func octetsOf(page schema.RosterPage) (n int) {
	for _, entry := range page.Entries {
		n += len(entry.Entry) + len(entry.Signature) + len(entry.InviteSignature)
	}
	return n
}

// checkOffer refuses an offer to a key that is not the user's: its maker, and not
// the server, may have got that wrong.
func (w *Workspace) checkOffer() error {
	mine, err := w.e.Fingerprint()
	if err != nil {
		return err
	}
	if c, ok := w.roster.Certificate(w.e.User()); ok && c.Fingerprint() != mine {
		return schema.Errorf(schema.CodeKeyChanged, "the workspace %s is offered to another key of this account", w.id)
	}
	return nil
}

// withdrawAcceptance forgets that an offered workspace was accepted.
func (e *Engine) withdrawAcceptance(ctx context.Context, id schema.WorkspaceID) error {
	if _, accepted := e.Setting(settingAccepted(id)); !accepted {
		return nil
	}
	return e.writePersonal(ctx, schema.KindSetting, personal.SettingBody{Key: settingAccepted(id)})
}

// consents reports whether the user consents to the membership after a verified
// entry: founding and joining are consent, and the end of a membership ends it.
func (w *Workspace) consents(before bool, signed schema.SignedEntry) bool {
	var entry schema.RosterEntry
	if err := schema.Unmarshal(signed.Entry, &entry); err != nil {
		return before
	}
	mine := entry.Author == w.e.User()
	switch entry.Kind {
	case schema.RosterGenesis, schema.RosterJoin:
		return before || mine
	case schema.RosterLeave:
		return before && !mine
	case schema.RosterRemove:
		var body schema.RemoveBody
		return before && (schema.Unmarshal(entry.Body, &body) != nil || body.User != w.e.User())
	}
	return before
}

// findConsent looks for an acceptance by another device. It is called with op
// held.
func (w *Workspace) findConsent(ctx context.Context) error {
	if w.consented {
		return nil
	}
	value, ok := w.e.Setting(settingAccepted(w.id))
	if !ok {
		return nil
	}
	if genesis := w.roster.Genesis(); string(value) != string(genesis[:]) {
		return w.caught(ctx, FoundAcceptedWorkspaceReplaced, schema.StreamID{}, Facts{},
			proof("own head", w.roster.Head()), ProofItem{What: "accepted genesis", Bytes: value})
	}
	return w.consent(ctx)
}

func settingAccepted(w schema.WorkspaceID) string { return "workspace." + hex.EncodeToString(w[:]) }
