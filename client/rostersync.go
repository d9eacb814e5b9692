package client

import (
	"context"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// syncRoster fetches, verifies and keeps new roster entries. A removal whose
// epochs do not follow is not kept. It is called with op held.
func (w *Workspace) syncRoster(ctx context.Context) error {
	var tail []schema.SignedEntry // fetched, and not complete without what follows
	fetched := 0                  // octets
	for {
		page, err := w.e.fetchRoster(ctx, w.id, w.roster.Head().Seq+uint64(len(tail)))
		if err != nil {
			return w.gone(err)
		}
		if err := w.checkRosterHead(ctx, page.Head); err != nil {
			return err
		}
		tail = append(tail, page.Entries...)
		fetched += octetsOf(page)
		kept, err := w.applyRoster(ctx, tail)
		if err != nil {
			return err
		}
		if kept {
			tail = nil
		}
		now := w.roster.Head()
		if now.Seq+uint64(len(tail)) >= page.Head.Seq {
			if len(tail) == 0 && now.Seq == page.Head.Seq && now.Hash != page.Head.Hash {
				return w.caught(ctx, FoundRosterHeadContradictsEntries, schema.StreamID{}, Facts{Seq: now.Seq}, proof("roster head", page.Head), proof("own head", now))
			}
			break
		}
		if !w.consented && fetched > maxOfferOctets {
			return schema.Errorf(schema.CodeTooLarge, "the membership of the offered workspace %s takes more than %d octets", w.id, maxOfferOctets)
		}
		if len(page.Entries) == 0 {
			return w.caught(ctx, FoundRosterEntriesWithheld, schema.StreamID{}, Facts{Seq: page.Head.Seq, Known: now.Seq}, proof("roster head", page.Head), proof("own head", now))
		}
	}
	if len(tail) > 0 {
		return w.caught(ctx, FoundRemovalWithoutEpochs, schema.StreamID{}, Facts{}, proof("roster entry", tail[len(tail)-1]))
	}
	if err := w.refreshCircles(ctx); err != nil {
		return err
	}
	_, member := w.roster.Member(w.e.User())
	w.mu.Lock()
	w.removed = !member
	w.mu.Unlock()
	if !member {
		return schema.Errorf(schema.CodeRemoved, "workspace %s", w.id)
	}
	return nil
}

// gone turns "not found" for a workspace that this device knows into "removed":
// the server tells nothing more to somebody who is no longer a member.
func (w *Workspace) gone(err error) error {
	if !schema.HasCode(err, schema.CodeNotFound) || w.roster.Head().Seq == 0 {
		return err
	}
	w.mu.Lock()
	w.removed = true
	w.mu.Unlock()
	return &schema.Error{Code: schema.CodeRemoved, Cause: err}
}

// checkRosterHead compares a head that the server claims with what is known.
func (w *Workspace) checkRosterHead(ctx context.Context, claimed schema.RosterHead) error {
	head := w.roster.Head()
	if claimed.Seq < head.Seq {
		return w.caught(ctx, FoundRosterRolledBack, schema.StreamID{}, Facts{Seq: claimed.Seq, Known: head.Seq},
			proof("roster head", claimed), proof("own head", head))
	}
	if claimed.Seq == head.Seq && claimed.Hash != head.Hash {
		return w.caught(ctx, FoundRosterForked, schema.StreamID{}, Facts{Seq: claimed.Seq}, proof("roster head", claimed), proof("own head", head))
	}
	return nil
}

// applyRoster verifies entries, keeps them durably and then makes them visible.
// Entries that leave the roster incomplete are verified and not kept: false.
func (w *Workspace) applyRoster(ctx context.Context, entries []schema.SignedEntry) (kept bool, err error) {
	if len(entries) == 0 {
		return true, nil
	}
	next := w.roster.Clone()
	for _, entry := range entries {
		if err := next.Apply(entry); err != nil {
			return false, w.caught(ctx, FoundRosterEntryInvalid, schema.StreamID{}, Facts{Seq: next.Head().Seq + 1}.causedBy(err), proof("roster entry", entry))
		}
	}
	if !next.Complete() {
		return false, nil
	}
	first := w.roster.Head().Seq + 1
	fork := uint64(0)
	err = w.e.cache.update(ctx, func(cw cacheWriter) error {
		fork = 0
		for i, entry := range entries {
			// Another process of this profile may have been faster.
			var kept keptEntry
			seq := first + uint64(i)
			found, err := cw.get(keyRoster(w.id, seq), &kept)
			switch {
			case err != nil:
				return err
			case found && kept.Hash() != entry.Hash():
				fork = seq
				return nil
			}
			if err := cw.put(keyRoster(w.id, seq), keptEntry{entry, cert.Policy}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && fork > 0 {
		err = w.caught(ctx, FoundProcessesShownOtherRoster, schema.StreamID{}, Facts{Seq: fork},
			proof("roster entry", entries[fork-first]))
	}
	if err != nil {
		return false, err
	}
	before, consented := w.consented, w.consented
	for _, entry := range entries {
		consented = w.consents(consented, entry)
	}
	// The first key counts for ever, so it is not taken from a workspace that
	// anybody may have made up.
	changed := next.TakeChanges().Users
	if consented && !before {
		changed = everybody(next)
	}
	if consented {
		if err := w.pinMembers(ctx, next, changed); err != nil {
			return false, err
		}
	}
	w.mu.Lock()
	w.roster, w.consented = next, consented
	w.mu.Unlock()
	w.e.listeners.notify(Change{Workspace: w.id, Roster: true})
	return true, nil
}

func everybody(rs *roster.State) []schema.UserID {
	var out []schema.UserID
	for _, m := range rs.Members() {
		out = append(out, m.User)
	}
	return out
}
