package client

import (
	"context"
	"errors"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// keptEntry is a roster entry as the local store holds it: authenticated there by
// the cache, and written only after [roster.State.Apply] accepted it here.
type keptEntry struct {
	schema.SignedEntry
	// Policy is the [cert.Policy] under which its signatures and certificates
	// were verified; 0 in what is not known to have been.
	Policy uint16 `cbor:"15,keyasint,omitempty"`
}

// newRoster is the workspace's roster before its genesis. It keeps the user's own
// key packets only: other people's are megabytes for each epoch of a large
// workspace.
func (w *Workspace) newRoster() *roster.State {
	rs := roster.New(w.id)
	rs.KeepKeysOf(w.e.User())
	return rs
}

// loadRoster replays the locally kept entries. Signatures are not verified again
// where this program's policy verified them before; all rules are applied. What
// was kept under another policy is verified like news, and noted as verified.
func (w *Workspace) loadRoster(ctx context.Context) (*roster.State, error) {
	rs := w.newRoster()
	var renewed []keptEntry
	err := w.e.cache.view(ctx, func(r cacheReader) error {
		return r.scan(keyRosterPrefix(w.id), nil, false, func(_, plain []byte) (bool, error) {
			var kept keptEntry
			if err := schema.Unmarshal(plain, &kept); err != nil {
				return false, errors.Join(errCorruptRecord, err)
			}
			apply := rs.ApplyVerified
			if kept.Policy != cert.Policy {
				apply = rs.Apply
				renewed = append(renewed, keptEntry{kept.SignedEntry, cert.Policy})
			}
			if err := apply(kept.SignedEntry); err != nil {
				return false, errors.Join(errCorruptRecord, err)
			}
			w.consented = w.consents(w.consented, kept.SignedEntry)
			return true, nil
		})
	})
	if err != nil || len(renewed) == 0 {
		return rs, err
	}
	return rs, w.e.cache.update(ctx, func(cw cacheWriter) error {
		for _, kept := range renewed {
			var now keptEntry
			var e schema.RosterEntry
			if err := schema.Unmarshal(kept.Entry, &e); err != nil {
				return err
			}
			found, err := cw.get(keyRoster(w.id, e.Seq), &now)
			if err != nil {
				return err
			}
			if !found || now.Hash() != kept.Hash() {
				continue // another process of this profile has emptied the store meanwhile
			}
			if err := cw.put(keyRoster(w.id, e.Seq), kept); err != nil {
				return err
			}
		}
		return nil
	})
}
