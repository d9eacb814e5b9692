package client

import (
	"context"

	"github.com/cenacle-team/cenacle/schema"
)

// The word of a device against the history that the server shows stops what it is
// about, see examine.go: only one of the two can be true. It stops counting when
// the user dismisses it, and when those who answer for the device have taken its
// rights: somebody with the right to do so has removed its user, or its user has
// revoked it. Both are signed in the roster, so that neither the server nor another
// member can make a true witness fall silent in that way; that there was a
// contradiction stays on record.

// disowned reports whether a device was removed by somebody else, or revoked.
func (w *Workspace) disowned(u schema.UserID, d schema.DeviceID) bool {
	if w.roster.DeviceValidAt(u, d, w.roster.Head().Seq) {
		return false
	}
	device, ok := w.roster.Device(u, d)
	return ok && (device.Revoked || w.roster.RemovedAt(u) > 0)
}

// wordless reports whether what a device signs about the history counts for
// nothing any more.
func (w *Workspace) wordless(ctx context.Context, u schema.UserID, d schema.DeviceID, items []ProofItem) (bool, error) {
	if w.disowned(u, d) {
		w.flag(ctx, FoundWordSetAside, schema.StreamID{}, Facts{User: u, Device: d}, items...)
		return true, nil
	}
	return w.dismissed(ctx, d)
}

// accused records a fork that a device's signal shows.
func (w *Workspace) accused(ctx context.Context, code FindingCode, s schema.StreamID, p *schema.PushSignal, facts Facts, items ...ProofItem) error {
	if ignore, err := w.wordless(ctx, p.Author, p.Device, items); err != nil || ignore {
		return err
	}
	facts.User = p.Author
	return w.contradicted(ctx, code, s, p.Device, facts, append([]ProofItem{proof("signal", p)}, items...)...)
}

// reconsider lets go on what stands still on the word of a device alone that was
// disowned since. It is called with op held and the roster synchronised.
func (w *Workspace) reconsider(ctx context.Context) error {
	for _, f := range w.e.book.of(w.id) {
		if f.Accuser.IsZero() || !f.Stops || !f.Open() || !w.disowned(f.Facts.User, f.Accuser) {
			continue
		}
		w.flag(ctx, FoundWordSetAside, schema.StreamID{}, Facts{User: f.Facts.User, Device: f.Accuser}, f.Proof...)
		// Several findings of one device are dismissed at once.
		if err := w.dismissWord(ctx, f.Accuser); err != nil && !schema.HasCode(err, schema.CodeNotFound) {
			return err
		}
	}
	return nil
}
