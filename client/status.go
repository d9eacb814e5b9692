package client

import (
	"context"

	"github.com/cenacle-team/cenacle/schema"
)

// Status is what a person may want to know about this device.
type Status struct {
	User   schema.UserID
	Device schema.DeviceID
	Handle string
	Origin string
	Online bool
	// Outbox counts what the user did and the server has not acknowledged; read
	// markers, which wait there too, are not among it.
	Outbox     int
	Workspaces []WorkspaceStatus
	// Misbehaviours are those about the account itself, ever: they stop nothing
	// once the server shows the right thing again. Warnings are about it too, and
	// notices about this device.
	Misbehaviours []Finding
	Warnings      []Finding
}

// WorkspaceStatus is the part of one workspace.
type WorkspaceStatus struct {
	ID      schema.WorkspaceID
	Name    string
	Role    schema.Role
	Roster  uint64
	Streams int
	Events  uint64
	Removed bool
	// Misbehaviours are what stands still now, and why. [Engine.Findings] has what
	// was dismissed too.
	Misbehaviours []*Misbehaviour
	Warnings      []Finding
}

// Status reports without talking to the server.
func (e *Engine) Status(ctx context.Context) (Status, error) {
	items, err := e.outbox(ctx)
	if err != nil {
		return Status{}, err
	}
	p := e.Profile()
	out := Status{User: p.User, Device: e.Device(), Handle: p.Handle, Origin: p.Origin}
	for _, item := range items {
		if item.Kind != schema.KindReadMarker {
			out.Outbox++
		}
	}
	for _, w := range e.Workspaces() {
		out.Workspaces = append(out.Workspaces, w.status(ctx))
	}
	for _, f := range e.book.of(schema.WorkspaceID{}) {
		if f.Code.Severity() == SeverityMisbehaviour {
			out.Misbehaviours = append(out.Misbehaviours, f)
		} else {
			out.Warnings = append(out.Warnings, f)
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	out.Online = e.online
	return out, nil
}

func (w *Workspace) status(ctx context.Context) WorkspaceStatus {
	s := WorkspaceStatus{ID: w.id, Name: w.Name(), Role: w.Role(), Removed: w.Removed(), Misbehaviours: w.Misbehaviours(), Roster: w.Roster().Seq}
	w.noteIndexes(ctx)
	for _, f := range w.e.book.of(w.id) {
		if f.Code.Severity() == SeverityWarning {
			s.Warnings = append(s.Warnings, f)
		}
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, st := range w.streams {
		s.Streams++
		s.Events += st.cur.Seq
	}
	return s
}

func (e *Engine) setOnline(on bool) {
	e.mu.Lock()
	was := e.online
	e.online = on
	e.mu.Unlock()
	if was != on {
		e.listeners.notify(Change{})
	}
}
