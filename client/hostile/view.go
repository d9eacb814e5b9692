package hostile

import (
	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// View is a state in which a workspace once was.
type View struct {
	Workspace schema.WorkspaceID
	Heads     schema.WorkspaceHeads
}

// ViewOf is the newest state that the honest server told this client of.
func (t *Transport) ViewOf(w schema.WorkspaceID) View {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.views[w]
}

// Freeze shows the workspace as it was: nothing later of its roster and its
// streams, and no push about it. Signals still pass: members send them, and a
// server that drops all of them only delays what the next message shows.
func (t *Transport) Freeze(v View) {
	t.FreezeRoster(v)
	Heads.Lie(t, func(q client.Request, heads *schema.WorkspaceHeads) error {
		if WorkspaceOf(q) == v.Workspace {
			*heads = v.Heads
		}
		return nil
	})
	Events.Lie(t, func(q client.Request, page *schema.EventPage) error {
		if WorkspaceOf(q) != v.Workspace {
			return nil
		}
		for _, info := range v.Heads.Streams {
			if info.Head.Stream != StreamOf(q) {
				continue
			}
			page.Head = info.Head
			for i := range page.Events {
				if page.Events[i].Seq > info.Head.Seq {
					page.Events = page.Events[:i]
					break
				}
			}
			return nil
		}
		return schema.Errorf(schema.CodeNotFound, "no such stream")
	})
	t.OnFrame(func(f *schema.Frame) bool {
		switch {
		case f.Heads != nil:
			return f.Heads.Workspace != v.Workspace
		case f.Events != nil:
			return f.Events.Workspace != v.Workspace
		case f.Roster != nil:
			return f.Roster.Workspace != v.Workspace
		}
		return true
	})
}

// FreezeRoster shows the roster as it was, and streams as they are.
func (t *Transport) FreezeRoster(v View) {
	Roster.Lie(t, func(q client.Request, page *schema.RosterPage) error {
		if WorkspaceOf(q) != v.Workspace {
			return nil
		}
		page.Head = v.Heads.Roster
		keep := 0
		if after := AfterOf(q); v.Heads.Roster.Seq > after {
			keep = int(v.Heads.Roster.Seq - after)
		}
		page.Entries = page.Entries[:min(keep, len(page.Entries))]
		return nil
	})
	Heads.Lie(t, func(q client.Request, heads *schema.WorkspaceHeads) error {
		if WorkspaceOf(q) == v.Workspace {
			heads.Roster = v.Heads.Roster
		}
		return nil
	})
}
