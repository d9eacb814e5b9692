package api

import (
	"context"
	"slices"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// rosterConflict is a CodeRosterConflict that tells the current head.
type rosterConflict struct {
	err  error
	head schema.RosterHead
}

func (c *rosterConflict) Error() string { return c.err.Error() }
func (c *rosterConflict) Unwrap() error { return c.err }

// batch is a request's entries with what is read from each.
type batch struct {
	schema.RosterBatch
	entries []schema.RosterEntry
}

// readBatch decodes a batch and checks that all of it was written by the
// session's device for one workspace.
func readBatch(r *request) (b batch, err error) {
	if b.RosterBatch, err = decode[schema.RosterBatch](r); err != nil {
		return b, err
	}
	if len(b.Entries) == 0 || len(b.Entries) > schema.MaxRosterBatch {
		return b, schema.Errorf(schema.CodeBadRequest, "1 to %d entries are expected", schema.MaxRosterBatch)
	}
	b.entries = make([]schema.RosterEntry, len(b.Entries))
	for i, signed := range b.Entries {
		if len(signed.Entry) > schema.MaxRosterEntry {
			return b, schema.Errorf(schema.CodeTooLarge, "entry %d has %d octets", i, len(signed.Entry))
		}
		if err := schema.Unmarshal(signed.Entry, &b.entries[i]); err != nil {
			return b, err
		}
		if e := &b.entries[i]; e.Author != r.session.User || e.Device != *r.session.Device {
			return b, schema.Errorf(schema.CodeForbidden, "entry %d is of another author or device", i)
		}
	}
	return b, nil
}

// postWorkspace founds a workspace.
func (a *API) postWorkspace(r *request) (any, error) {
	if err := tooFast(a.limits.rosters, string(r.session.User[:])); err != nil {
		return nil, err
	}
	b, err := readBatch(r)
	if err != nil {
		return nil, err
	}
	if b.entries[0].Kind != schema.RosterGenesis {
		return nil, schema.Errorf(schema.CodeRosterInvalid, "a genesis is expected")
	}
	r.workspace = b.entries[0].Workspace
	// Only what one founds counts: others can make anybody a member.
	if most := a.settings.now.Load().Workspaces; most >= 0 {
		founded, err := a.store.Foundings(r.Context(), r.session.User)
		if err != nil {
			return nil, err
		}
		if founded >= most {
			return nil, schema.Errorf(schema.CodeQuotaExceeded, "at most %d workspaces", most)
		}
	}
	state := roster.New(r.workspace)
	state.KeepKeysOf()
	head, err := a.apply(r.Context(), b, state, schema.RoleOwner)
	if err != nil {
		return nil, err
	}
	// The workspace is there, counted or not.
	if err := a.store.NoteFounding(r.Context(), r.session.User, r.workspace); err != nil {
		a.log.Warn("count a new workspace", "workspace", r.workspace, "error", err)
	}
	return head, nil
}

// postRoster extends a roster. Whoever is no member may only join by an invite.
func (a *API) postRoster(r *request) (any, error) {
	b, err := readBatch(r)
	if err != nil {
		if !r.inside {
			return nil, errNotFound()
		}
		return nil, err
	}
	if !r.inside && b.entries[0].Kind != schema.RosterJoin {
		return nil, errNotFound()
	}
	for i := range b.entries {
		if err := a.checkJoin(r.Context(), r.workspace, &b.entries[i]); err != nil {
			return nil, err
		}
	}
	// Only now: whoever made up workspaces to join would push others out of the
	// limit's memory.
	if err := tooFast(a.limits.rosters, perWorkspace(r)); err != nil {
		return nil, err
	}
	state, err := a.rosters.Clone(r.Context(), r.workspace)
	if err != nil {
		return nil, hidden(err)
	}
	return a.apply(r.Context(), b, state, r.member.Role)
}

// checkJoin checks by the server's clock that a join's invite is still open;
// everything else about it is for the rules.
func (a *API) checkJoin(ctx context.Context, w schema.WorkspaceID, e *schema.RosterEntry) error {
	if e.Kind != schema.RosterJoin {
		return nil
	}
	var body schema.JoinBody
	if err := schema.Unmarshal(e.Body, &body); err != nil {
		return err
	}
	invite, err := a.store.InviteByID(ctx, w, body.Invite)
	if err != nil {
		return hidden(err)
	}
	return a.usable(invite)
}

// checkNewcomer checks that a user whom the roster did not know before has the
// primary key of an account here, whoever wrote the entry. The rules cannot: they
// know of no accounts. They do see to it that a primary key never changes in a
// roster, and the directory does in an account, so that once is enough. A user
// who does not exist and one who has another key are answered alike.
func (a *API) checkNewcomer(ctx context.Context, before, after *roster.State, u schema.UserID) error {
	given, is := after.Certificate(u)
	if !is || before.EverMember(u) {
		return nil
	}
	identity, err := a.store.Identity(ctx, u)
	if err != nil && !schema.HasCode(err, schema.CodeNotFound) {
		return err
	}
	if err == nil {
		own, err := cert.Parse(identity.Certificate)
		if err != nil {
			return &schema.Error{Code: schema.CodeInternal, Detail: "a stored certificate", Cause: err}
		}
		if own.Fingerprint() == given.Fingerprint() {
			return nil
		}
	}
	return schema.Errorf(schema.CodeBadCertificate, "user %v has no account with this key", u)
}

// apply judges a batch by the rules, beginning from a state that it may change,
// and stores it whole. role is the author's before it.
func (a *API) apply(ctx context.Context, b batch, state *roster.State, role schema.Role) (any, error) {
	before := state.Clone()
	expect := before.Head()
	first := &b.entries[0]
	if first.Seq != expect.Seq+1 || first.Prev != expect.Hash {
		return nil, &rosterConflict{schema.Errorf(schema.CodeRosterConflict, "the roster is at entry %d", expect.Seq), expect}
	}
	for _, e := range b.Entries {
		if err := state.Apply(e); err != nil {
			return nil, err
		}
	}
	if !state.Complete() {
		return nil, schema.Errorf(schema.CodeRosterInvalid, "%d circles need a new epoch in the same batch", len(state.Pending()))
	}
	change, err := a.changeOf(ctx, before, state)
	if err != nil {
		return nil, err
	}
	change.Entries, change.Hold, change.Role = b.Entries, b.Hold, role
	if err := a.store.ApplyRoster(ctx, change); err != nil {
		if schema.HasCode(err, schema.CodeRosterConflict) {
			if head, headErr := a.store.RosterHead(ctx, state.Workspace()); headErr == nil {
				return nil, &rosterConflict{err, head}
			}
		}
		return nil, err
	}
	a.members.changed(state.Workspace())
	a.rosters.Put(state)
	a.hub.RosterChanged(state.Workspace(), state.Head())
	a.opts.Metrics.RosterPosted(len(b.Entries))
	return state.Head(), nil
}

// changeOf is what the store has to know of the step from one state to the next,
// once it is seen that newcomers have accounts and that cuts are current.
func (a *API) changeOf(ctx context.Context, before, after *roster.State) (store.RosterChange, error) {
	touched := after.TakeChanges()
	change := store.RosterChange{Workspace: after.Workspace(), Expect: before.Head(), NewHead: after.Head()}
	for _, u := range touched.Users {
		if err := a.checkNewcomer(ctx, before, after, u); err != nil {
			return change, err
		}
		changeOfUser(&change, before, after, u)
	}
	var cut []schema.CircleID
	for _, id := range touched.Circles {
		circle, ok := after.Circle(id)
		if !ok {
			continue
		}
		change.Circles = append(change.Circles, store.CircleRow{Circle: id, Epoch: circle.Epoch, Stale: circle.Stale})
		if old, existed := before.Circle(id); existed && old.Epoch > 0 && (old.Epoch != circle.Epoch || circle.Stale && !old.Stale) {
			cut = append(cut, id)
		}
	}
	for _, id := range touched.Invites {
		if invite, ok := after.Invite(id); ok {
			change.Invites = append(change.Invites, store.InviteRow{
				Invite: id, ProofHash: invite.Body.ProofHash, Expires: invite.Body.Expires, Open: invite.Open,
			})
		}
	}
	if len(cut) == 0 {
		return change, nil
	}
	var err error
	if change.Cuts, err = a.store.CurrentCuts(ctx, after.Workspace(), cut); err != nil {
		return change, err
	}
	for _, c := range change.Cuts {
		if err := matchesCut(before, after, c); err != nil {
			return change, err
		}
	}
	return change, nil
}

// changeOfUser compares a user's membership.
func changeOfUser(change *store.RosterChange, before, after *roster.State, u schema.UserID) {
	member, is := after.Member(u)
	if !is {
		if _, was := before.Member(u); was {
			change.MemberRemovals = append(change.MemberRemovals, u)
		}
		return
	}
	change.MemberUpserts = append(change.MemberUpserts, store.Member{User: u, Role: member.Role, Pending: member.Pending})
	had, has := before.CirclesOf(u), after.CirclesOf(u)
	for _, c := range has {
		if !slices.Contains(had, c) {
			change.CircleJoins = append(change.CircleJoins, store.CircleUser{Circle: c, User: u})
		}
	}
	for _, c := range had {
		if !slices.Contains(has, c) {
			change.CircleLeaves = append(change.CircleLeaves, store.CircleUser{Circle: c, User: u})
		}
	}
}

// matchesCut checks that the entries name the cut that the circle has now. That
// it is still the same when the batch is stored is checked by the store.
func matchesCut(before, after *roster.State, c schema.Cut) error {
	hash := c.Hash()
	old, _ := before.Circle(c.Circle)
	circle, _ := after.Circle(c.Circle)
	moved := circle.Stale && circle.StaleCut != hash
	for _, e := range circle.Epochs {
		moved = moved || e.Epoch > old.Epoch && e.Cut != hash
	}
	if moved {
		return schema.Errorf(schema.CodeCutMoved, "circle %v has other heads", c.Circle)
	}
	return nil
}
