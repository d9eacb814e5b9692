package api

import (
	"context"
	"sync/atomic"

	"github.com/cenacle-team/cenacle/schema"
)

// settings are what is in force on this node: what the administrator has set,
// over what the node was started with. They are read from the database at the
// start, after each change, and by [API.Refresh].
type settings struct {
	started schema.ServerSettings
	now     atomic.Pointer[inForce]
}

type inForce struct {
	state schema.ServerState
	schema.ServerSettings
}

// startedWith are the settings that the options come to; a quota of 0 is none
// there, and -1 here.
func startedWith(o Options) schema.ServerSettings {
	none := func(n int64) int64 {
		if n <= 0 {
			return -1
		}
		return n
	}
	return schema.ServerSettings{
		Registration:   string(o.Registration),
		WorkspaceQuota: none(o.Quotas.WorkspaceOctets),
		AccountQuota:   none(o.Quotas.AccountOctets),
		Workspaces:     none(int64(o.Quotas.Workspaces)),
	}
}

// over returns base where the set value says nothing.
func over(set, base schema.ServerSettings) schema.ServerSettings {
	pick := func(n *int64, base int64) {
		switch {
		case *n == 0:
			*n = base
		case *n < 0:
			*n = -1
		}
	}
	if set.Registration == "" {
		set.Registration = base.Registration
	}
	pick(&set.WorkspaceQuota, base.WorkspaceQuota)
	pick(&set.AccountQuota, base.AccountQuota)
	pick(&set.Workspaces, base.Workspaces)
	return set
}

// Refresh reads what the administrator may have changed on another node.
func (a *API) Refresh(ctx context.Context) error {
	state, err := a.store.ServerState(ctx)
	if err != nil {
		return err
	}
	a.install(state)
	return nil
}

// install puts a state in force, unless a later one is.
func (a *API) install(state schema.ServerState) {
	next := &inForce{state: state, ServerSettings: over(state.Settings, a.settings.started)}
	for {
		before := a.settings.now.Load()
		if before != nil && before.state.Revision >= state.Revision {
			return
		}
		if a.settings.now.CompareAndSwap(before, next) {
			break
		}
	}
	a.store.SetQuotas(max(next.WorkspaceQuota, 0), max(next.AccountQuota, 0))
}

// registration is who may make an account at this moment.
func (a *API) registration() Registration {
	return Registration(a.settings.now.Load().Registration)
}
