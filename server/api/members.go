package api

import (
	"context"
	"sync"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

const (
	// memberTrust is how long a membership that was looked up is believed by
	// routes of authors without looking again.
	memberTrust = 5 * time.Second
	// membersKept bounds the cache.
	membersKept = 32 << 10
)

// memberCache remembers for a moment who is a member: a busy author would
// otherwise cost a query for each message. It keeps nobody in who has left: only
// the gate of appends goes by it, and the store checks again under the
// workspace's lock, on whichever node the roster grew. Who is no member is never
// remembered.
type memberCache struct {
	store *store.Store
	now   func() time.Time

	mu sync.Mutex
	// changes counts the rosters that grew on this node: what was read before is
	// not remembered after.
	changes uint64
	known   map[memberKey]knownMember
}

type memberKey struct {
	workspace schema.WorkspaceID
	user      schema.UserID
}

type knownMember struct {
	member store.Member
	until  time.Time
}

func newMemberCache(s *store.Store, now func() time.Time) *memberCache {
	return &memberCache{store: s, now: now, known: make(map[memberKey]knownMember)}
}

// lookUp returns a member as of at most memberTrust ago, or CodeNotFound.
func (c *memberCache) lookUp(ctx context.Context, ws schema.WorkspaceID, user schema.UserID) (store.Member, error) {
	key, now := memberKey{ws, user}, c.now()
	c.mu.Lock()
	k, known := c.known[key]
	changes := c.changes
	c.mu.Unlock()
	if known && now.Before(k.until) {
		return k.member, nil
	}
	m, err := c.store.MemberRole(ctx, ws, user)
	if err != nil {
		return m, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.changes == changes {
		if len(c.known) >= membersKept {
			clear(c.known)
		}
		c.known[key] = knownMember{member: m, until: now.Add(memberTrust)}
	}
	return m, nil
}

// changed forgets the members of a workspace whose roster has grown.
func (c *memberCache) changed(ws schema.WorkspaceID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changes++
	for key := range c.known {
		if key.workspace == ws {
			delete(c.known, key)
		}
	}
}
