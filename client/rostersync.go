package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// loadRoster replays the locally kept entries. They were verified before they
// were kept and are authenticated by the cache, so their signatures are not
// verified again; all rules are.
func (w *Workspace) loadRoster(ctx context.Context) (*roster.State, error) {
	rs := roster.New(w.id)
	err := w.e.cache.view(ctx, func(r cacheReader) error {
		return r.scan(keyRosterPrefix(w.id), nil, false, func(_, plain []byte) (bool, error) {
			var entry schema.SignedEntry
			if err := schema.Unmarshal(plain, &entry); err != nil {
				return false, errors.Join(errCorruptRecord, err)
			}
			if err := rs.ApplyVerified(entry); err != nil {
				return false, errors.Join(errCorruptRecord, err)
			}
			return true, nil
		})
	})
	return rs, err
}

// syncRoster fetches, verifies and keeps new roster entries. It is called with
// op held.
func (w *Workspace) syncRoster(ctx context.Context) error {
	for {
		head := w.roster.Head()
		page, err := w.e.fetchRoster(ctx, w.id, head.Seq)
		if err != nil {
			return w.gone(err)
		}
		if err := w.checkRosterHead(ctx, page.Head); err != nil {
			return err
		}
		if err := w.applyRoster(ctx, page.Entries); err != nil {
			return err
		}
		now := w.roster.Head()
		if now.Seq >= page.Head.Seq {
			if now.Seq == page.Head.Seq && now.Hash != page.Head.Hash {
				return w.caught(ctx, MisbehaviourFork, schema.StreamID{}, "the roster's head is not the hash of its last entry", proof("roster head", page.Head))
			}
			break
		}
		if len(page.Entries) == 0 {
			return w.caught(ctx, MisbehaviourWithheld, schema.StreamID{}, "the roster's head is ahead of the entries that are handed out", proof("roster head", page.Head))
		}
	}
	if !w.roster.Complete() {
		return w.caught(ctx, MisbehaviourRoster, schema.StreamID{}, "a removal is not followed by the epochs that it needs", proof("roster head", w.roster.Head()))
	}
	w.refreshCircles()
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
		return w.caught(ctx, MisbehaviourRollback, schema.StreamID{},
			fmt.Sprintf("the roster's head is %d, and %d was seen before", claimed.Seq, head.Seq), proof("roster head", claimed))
	}
	if claimed.Seq == head.Seq && claimed.Hash != head.Hash {
		return w.caught(ctx, MisbehaviourFork, schema.StreamID{}, "another roster head at a known position", proof("roster head", claimed))
	}
	return nil
}

// applyRoster verifies entries, keeps them durably and then makes them visible.
func (w *Workspace) applyRoster(ctx context.Context, entries []schema.SignedEntry) error {
	if len(entries) == 0 {
		return nil
	}
	next := w.roster.Clone()
	for _, entry := range entries {
		if err := next.Apply(entry); err != nil {
			return w.caught(ctx, MisbehaviourRoster, schema.StreamID{}, "a roster entry breaks a rule: "+err.Error(), proof("roster entry", entry))
		}
	}
	first := w.roster.Head().Seq + 1
	err := w.e.cache.update(ctx, func(cw cacheWriter) error {
		for i, entry := range entries {
			if err := cw.put(keyRoster(w.id, first+uint64(i)), entry); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := w.pinMembers(ctx, next, next.TakeChanges().Users); err != nil {
		return err
	}
	w.mu.Lock()
	w.roster = next
	w.mu.Unlock()
	w.e.listeners.notify(Change{Workspace: w.id, Roster: true})
	return nil
}
