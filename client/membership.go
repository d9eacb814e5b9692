package client

import (
	"context"
	"slices"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/index"
	"github.com/cenacle-team/cenacle/workspace/text"
)

type certificateKey = cert.EncryptionKey

func compareIDs[T ~[16]byte](a, b T) int { return slices.Compare(a[:], b[:]) }

// found creates a workspace's roster with its circle everyone.
func (e *Engine) found(ctx context.Context, personal bool) (*Workspace, error) {
	certificate, err := e.certificate()
	if err != nil {
		return nil, err
	}
	w := newWorkspace(e, schema.NewWorkspaceID())
	w.roster = w.newRoster()
	c := &change{w: w, next: w.roster.Clone(), secrets: map[schema.CircleID]seal.EpochSecret{}, genesis: true}
	everyone := schema.NewCircleID()
	if err := c.add(schema.RosterGenesis, schema.GenesisBody{Certificate: certificate.Bytes(), Everyone: everyone, Personal: personal}); err != nil {
		return nil, err
	}
	if err := c.epoch(everyone, false); err != nil {
		return nil, err
	}
	if err := c.post(ctx); err != nil {
		return nil, err
	}
	return w, e.addWorkspace(ctx, w)
}

// createPersonal makes the user's workspace of one, unless another process of this
// profile was faster.
func (e *Engine) createPersonal(ctx context.Context) error {
	unlock, err := e.cache.store.Lock(ctx, "personal")
	if err != nil {
		return err
	}
	defer unlock()
	var list known
	if err := e.cache.view(ctx, func(r cacheReader) error { _, err := r.get(keyKnown(), &list); return err }); err != nil {
		return err
	}
	for _, id := range list.Workspaces {
		if _, err := e.Workspace(id); err == nil {
			continue
		}
		w := newWorkspace(e, id)
		if err := w.load(ctx); err != nil {
			return err
		}
		if err := e.addWorkspace(ctx, w); err != nil {
			return err
		}
	}
	if e.personal() != nil {
		return nil
	}
	_, err = e.found(ctx, true)
	return err
}

// CreateWorkspace makes a workspace with its first channel, general.
func (e *Engine) CreateWorkspace(ctx context.Context, name string) (*Workspace, error) {
	name, err := text.CleanName(name)
	if err != nil {
		return nil, err
	}
	w, err := e.found(ctx, false)
	if err != nil {
		return nil, err
	}
	everyone := w.members().Everyone()
	if _, err := w.write(ctx, everyone, schema.IndexStream(w.id, everyone), schema.KindWorkspaceName, index.WorkspaceNameBody{Name: name}); err != nil {
		return nil, err
	}
	if err := w.publishProfile(ctx, everyone); err != nil {
		return nil, err
	}
	if _, err := w.CreateChannel(ctx, "general", ChannelOptions{}); err != nil {
		return nil, err
	}
	return w, nil
}

// Admit makes an account of this server a member without an invite. The key
// comes from the directory and is therefore pinned on first use and unverified;
// a key that differs from a pinned one is refused.
func (w *Workspace) Admit(ctx context.Context, handle string, role schema.Role, circles []schema.CircleID) (schema.UserID, error) {
	entry, certificate, err := w.e.lookUp(ctx, handle)
	if err != nil {
		return schema.UserID{}, err
	}
	// Nothing is pinned by an attempt that the policy refuses.
	if err := w.e.mayEncryptToUser(entry.User, certificate.Fingerprint()); err != nil {
		return entry.User, err
	}
	if err := w.e.pin(ctx, entry.User, certificate.Fingerprint()); err != nil {
		return entry.User, err
	}
	return entry.User, w.admit(ctx, entry.User, certificate, role, circles)
}

// Approve admits somebody who joined by an invite that asks for approval.
func (w *Workspace) Approve(ctx context.Context, user schema.UserID, role schema.Role, circles []schema.CircleID) error {
	m, ok := w.members().Member(user)
	if !ok || !m.Pending {
		return schema.Errorf(schema.CodeNotFound, "nobody of that id waits for approval")
	}
	return w.admit(ctx, user, m.Certificate, role, circles)
}

func (w *Workspace) admit(ctx context.Context, user schema.UserID, certificate *cert.Certificate, role schema.Role, circles []schema.CircleID) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	circles = slices.Clone(circles)
	if role != schema.RoleGuest {
		circles = append(circles, w.roster.Everyone())
	}
	slices.SortFunc(circles, compareIDs)
	circles = slices.Compact(circles)
	if err := w.renewIfStale(ctx, circles...); err != nil {
		return err
	}
	if err := w.e.mayEncryptToUser(user, certificate.Fingerprint()); err != nil {
		return err
	}
	return w.change(ctx, func(c *change) error {
		keys, err := c.keys(circles, certificate.Encryption())
		if err != nil {
			return err
		}
		return c.add(schema.RosterAdmit, schema.AdmitBody{User: user, Certificate: certificate.Bytes(), Role: role, Keys: keys})
	})
}

// Remove removes a member: every circle of that member gets new keys in the same
// step, or, where the remover is not in it, before anybody writes there again.
func (w *Workspace) Remove(ctx context.Context, user schema.UserID) error {
	return w.depart(ctx, func(c *change, cuts []schema.CircleCut) error {
		return c.add(schema.RosterRemove, schema.RemoveBody{User: user, Cuts: cuts})
	}, user)
}

// Leave ends the user's own membership.
func (w *Workspace) Leave(ctx context.Context) error {
	err := w.depart(ctx, func(c *change, cuts []schema.CircleCut) error {
		return c.add(schema.RosterLeave, schema.LeaveBody{Cuts: cuts})
	}, w.e.User())
	if err != nil {
		return err
	}
	w.mu.Lock()
	w.removed = true
	w.mu.Unlock()
	return w.e.withdrawAcceptance(ctx, w.id)
}

func (w *Workspace) depart(ctx context.Context, add func(*change, []schema.CircleCut) error, user schema.UserID) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return w.change(ctx, func(c *change) error {
		if _, ok := c.next.Member(user); !ok {
			return schema.Errorf(schema.CodeNotFound, "user %s is not a member", user)
		}
		cuts, err := c.takeCuts(ctx, c.next.CirclesOf(user))
		if err != nil {
			return err
		}
		if err := add(c, cuts); err != nil {
			return err
		}
		return c.settle()
	})
}

// SetRole changes a member's role. A guest who becomes a member enters the
// circle everyone; a member who becomes a guest leaves it, with new keys for
// those who stay. When rights are taken away, the circles that both are in get a
// new epoch too: it draws the line from which on the old rights count for nothing,
// whatever older membership the demoted member claims to know.
func (w *Workspace) SetRole(ctx context.Context, user schema.UserID, role schema.Role) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	return w.change(ctx, func(c *change) error {
		m, ok := c.next.Member(user)
		if !ok {
			return schema.Errorf(schema.CodeNotFound, "user %s is not a member", user)
		}
		body := schema.RoleBody{User: user, Role: role, Keys: []schema.CircleKey{}, Cuts: []schema.CircleCut{}}
		everyone := []schema.CircleID{c.next.Everyone()}
		var shared []schema.CircleID
		if role < m.Role {
			shared = slices.DeleteFunc(c.next.CirclesOf(user), func(id schema.CircleID) bool {
				return !c.next.InCircle(id, w.e.User()) || !c.next.MayManage(id, w.e.User())
			})
		}
		switch {
		case m.Role == schema.RoleGuest && role > schema.RoleGuest:
			if err := w.e.mayEncryptTo(c.next, user); err != nil {
				return err
			}
			body.Keys, err = c.keys(everyone, m.Certificate.Encryption())
		case len(shared) > 0:
			var cuts []schema.CircleCut
			cuts, err = c.takeCuts(ctx, shared)
			if role == schema.RoleGuest {
				body.Cuts = slices.DeleteFunc(cuts, func(cut schema.CircleCut) bool { return cut.Circle != c.next.Everyone() })
			}
		}
		if err != nil {
			return err
		}
		if err := c.add(schema.RosterRole, body); err != nil {
			return err
		}
		if err := c.settle(); err != nil {
			return err
		}
		for _, id := range shared {
			if role == schema.RoleGuest && id == c.next.Everyone() {
				continue // settled above
			}
			if err := c.epoch(id, true); err != nil {
				return err
			}
		}
		return nil
	})
}
