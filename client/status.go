package client

import (
	"context"
	"fmt"

	"github.com/cenacle-team/cenacle/schema"
)

// Status is what a person may want to know about this device.
type Status struct {
	User       schema.UserID
	Device     schema.DeviceID
	Handle     string
	Origin     string
	Online     bool
	Outbox     int
	Workspaces []WorkspaceStatus
	Warnings   []string
}

// WorkspaceStatus is the part of one workspace.
type WorkspaceStatus struct {
	ID            schema.WorkspaceID
	Name          string
	Role          schema.Role
	Roster        uint64
	Streams       int
	Events        uint64
	Removed       bool
	Misbehaviours []*Misbehaviour
	Warnings      []string
}

// Status reports without talking to the server.
func (e *Engine) Status(ctx context.Context) (Status, error) {
	items, err := e.outbox(ctx)
	if err != nil {
		return Status{}, err
	}
	p := e.Profile()
	out := Status{User: p.User, Device: e.Device(), Handle: p.Handle, Origin: p.Origin, Outbox: len(items)}
	for _, w := range e.Workspaces() {
		out.Workspaces = append(out.Workspaces, w.status())
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	out.Online = e.online
	out.Warnings = append(out.Warnings, e.warnings...)
	return out, nil
}

func (w *Workspace) status() WorkspaceStatus {
	s := WorkspaceStatus{ID: w.id, Name: w.Name(), Role: w.Role(), Removed: w.Removed(), Misbehaviours: w.Misbehaviours(), Roster: w.Roster().Seq}
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, st := range w.streams {
		s.Streams++
		s.Events += st.cur.Seq
	}
	s.Warnings = append(s.Warnings, w.flags...)
	for id, c := range w.circles {
		for _, x := range c.index.Contradictions() {
			s.Warnings = append(s.Warnings, fmt.Sprintf("device %s signed a false summary of circle %s; it was not used", x.Device, id))
		}
		for _, x := range c.index.Erased() {
			s.Warnings = append(s.Warnings, fmt.Sprintf("the server withholds entry %d of the index of circle %s", x.Seq, id))
		}
	}
	return s
}

func (e *Engine) setOnline(on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.online = on
}
