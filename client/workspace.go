package client

import (
	"context"
	"sync"

	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/index"
	"github.com/cenacle-team/cenacle/workspace/personal"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// Workspace is one workspace as this device sees it. Reading methods answer from
// memory and the local store; methods that take a context and change something
// talk to the server.
type Workspace struct {
	e  *Engine
	id schema.WorkspaceID

	// op serialises everything that talks to the server or advances state; a
	// channel, so that waiting for it ends with the context.
	op chan struct{}

	// mu guards what follows. It is written with op held too, so whoever holds
	// op may read without mu.
	mu      sync.RWMutex
	roster  *roster.State
	circles map[schema.CircleID]*circle
	// left are circles that the user is not in any more, in case of a return.
	left    map[schema.CircleID]*circle
	streams map[schema.StreamID]*stream
	bad     *Misbehaviour
	removed bool
	// consented tells that the user founded or joined this workspace, or has
	// accepted it; otherwise somebody else put the user there, see offers.go.
	consented bool
	// settings is the reduced personal stream, in the personal workspace only.
	settings *personal.State

	searcher  searcher
	presences presences
}

// circle is what this device holds of a circle that its user is in.
type circle struct {
	id schema.CircleID
	// mu guards secrets and unknown, which reading and verifying both fill.
	mu      sync.Mutex
	secrets map[uint64]seal.EpochSecret
	// unknown epochs have no key for this device: their history was not shared.
	unknown map[uint64]error
	tried   tried              // what unknown was found with
	cuts    map[uint64]keptCut // by the epoch that they precede
	index   *index.State
	// looksMu guards looks, the answer for the index at looksAt; see lookalikes.
	looksMu sync.Mutex
	looks   map[schema.UserID][]schema.UserID
	looksAt uint64
}

func newWorkspace(e *Engine, id schema.WorkspaceID) *Workspace {
	return &Workspace{
		e: e, id: id, op: make(chan struct{}, 1),
		circles: map[schema.CircleID]*circle{}, left: map[schema.CircleID]*circle{}, streams: map[schema.StreamID]*stream{},
	}
}

// lock takes op; see there.
func (w *Workspace) lock(ctx context.Context) (func(), error) {
	select {
	case w.op <- struct{}{}:
		leave, err := w.e.work.enter()
		if err != nil {
			<-w.op
			return nil, err
		}
		return func() { leave(); <-w.op }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ID is the workspace's id.
func (w *Workspace) ID() schema.WorkspaceID { return w.id }

// Personal reports whether this is the user's workspace of one.
func (w *Workspace) Personal() bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.roster != nil && w.roster.Personal()
}

// Removed reports whether the user is no longer a member.
func (w *Workspace) Removed() bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.removed
}

// Role is the user's own role.
func (w *Workspace) Role() schema.Role {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.roster == nil {
		return 0
	}
	m, _ := w.roster.Member(w.e.User())
	return m.Role
}

// Roster returns the head of the membership log that this device verified.
func (w *Workspace) Roster() schema.RosterHead {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.roster == nil {
		return schema.RosterHead{}
	}
	return w.roster.Head()
}

// members returns the verified roster as it stands: a state that is replaced and
// never changed.
func (w *Workspace) members() *roster.State {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.roster
}

// usable fails on a workspace that can be read but not used any more.
func (w *Workspace) usable() error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	switch {
	case w.bad != nil:
		return w.bad
	case w.removed:
		return schema.Errorf(schema.CodeRemoved, "workspace %s", w.id)
	case !w.consented:
		return schema.Errorf(schema.CodeForbidden, "the workspace %s was offered to you; accept it first", w.id)
	}
	return nil
}

// Misbehaviours lists what the server was caught at in this workspace.
func (w *Workspace) Misbehaviours() []*Misbehaviour {
	w.mu.RLock()
	defer w.mu.RUnlock()
	var out []*Misbehaviour
	if w.bad != nil {
		out = append(out, w.bad)
	}
	for _, s := range w.streams {
		if s.bad != nil {
			out = append(out, s.bad)
		}
	}
	return out
}

// load reads everything but the chat streams' events from the local store.
func (w *Workspace) load(ctx context.Context) error {
	rs, err := w.loadRoster(ctx)
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.roster = rs
	w.mu.Unlock()
	w.standStill()
	if err := w.loadCursors(ctx); err != nil {
		return err
	}
	return w.refreshCircles(ctx)
}
