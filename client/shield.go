package client

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

// Shield is what this device can say for the protection of a channel: whatever is
// sealed there now opens for these readers and for nobody else.
type Shield struct {
	Readers []Reader // the user included, in the order of [Workspace.People]
	// Invites counts the open invites to which the keys are sealed too: whoever has
	// such a URL can join and read, see [InviteOptions.Approval].
	Invites int
	// Epoch numbers the present keys; Since is when they were made, by the clock of
	// whoever made them, zero when it is not known here.
	Epoch uint64
	Since time.Time
	// Stale tells that somebody has left since: nothing is written before there are
	// new keys.
	Stale bool
	// Caught is what the channel, or its workspace, stands still for, nil if nothing.
	Caught *Misbehaviour
}

// Reader is somebody who can read a channel.
type Reader struct {
	Person
	// Devices are those that can, revoked ones apart, oldest first.
	Devices []cert.Device
}

// Shield describes the protection of a channel by what this device has verified.
func (w *Workspace) Shield(ctx context.Context, ch Channel) (Shield, error) {
	people := w.People()
	rs := w.members()
	info, ok := rs.Circle(ch.Circle)
	if !ok || info.Epoch == 0 {
		return Shield{}, schema.Errorf(schema.CodeNotFound, "circle %s", ch.Circle)
	}
	out := Shield{Epoch: info.Epoch, Stale: info.Stale}
	for _, p := range people {
		c, known := rs.Certificate(p.User)
		if !known || !slices.Contains(info.Members, p.User) {
			continue
		}
		devices := working(c)
		slices.SortStableFunc(devices, func(a, b cert.Device) int { return a.Created.Compare(b.Created) })
		out.Readers = append(out.Readers, Reader{Person: p, Devices: devices})
	}
	for _, inv := range rs.OpenInvites() {
		if !inv.Body.Approval && slices.Contains(inv.Body.Circles, ch.Circle) {
			out.Invites++
		}
	}
	entry, err := w.keptEntry(ctx, info.Epochs[info.Epoch-1].Seq)
	if err != nil {
		return Shield{}, err
	}
	if entry.At > 0 {
		out.Since = time.UnixMilli(entry.At)
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	out.Caught = w.bad
	if s := w.streams[ch.Stream]; out.Caught == nil && s != nil {
		out.Caught = s.bad
	}
	return out, nil
}

// keptEntry reads a roster entry from the local store; it is zero when it is not
// there.
func (w *Workspace) keptEntry(ctx context.Context, seq uint64) (entry schema.RosterEntry, err error) {
	var kept keptEntry
	err = w.e.cache.view(ctx, func(r cacheReader) error { _, err := r.get(keyRoster(w.id, seq), &kept); return err })
	if err != nil || len(kept.Entry) == 0 {
		return entry, err
	}
	return entry, schema.Unmarshal(kept.Entry, &entry)
}

// Finding returns what was detected under an id.
func (e *Engine) Finding(id FindingID) (Finding, error) {
	f, ok := e.book.get(id)
	if !ok {
		return f, schema.Errorf(schema.CodeNotFound, "nothing was found under %s", id)
	}
	return f, nil
}

// DismissFinding records that the user has dealt with a finding. One that stops
// something on the word of a device is dismissed as [Workspace.Dismiss] does, with
// everything else that rests on that word. One that the server itself has proven,
// and that stops something, is CodeForbidden.
func (e *Engine) DismissFinding(ctx context.Context, id FindingID) error {
	f, err := e.Finding(id)
	switch {
	case err != nil || !f.Open():
		return err
	case !f.Stops:
		return e.book.acknowledge(ctx, id)
	case f.Accuser.IsZero():
		return schema.Errorf(schema.CodeForbidden, "what the server itself has proven stays")
	}
	w, err := e.Workspace(f.Workspace)
	if err != nil {
		return err
	}
	return w.Dismiss(ctx, f.Accuser)
}

// UnmarshalText implements [encoding.TextUnmarshaler].
func (id *FindingID) UnmarshalText(b []byte) error {
	if len(b) != hex.EncodedLen(len(id)) {
		return schema.Errorf(schema.CodeBadEncoding, "this is not the id of a finding")
	}
	if _, err := hex.Decode(id[:], b); err != nil {
		return &schema.Error{Code: schema.CodeBadEncoding, Detail: "this is not the id of a finding", Cause: err}
	}
	return nil
}
