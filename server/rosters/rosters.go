// Package rosters keeps the states of the workspaces' rosters in memory. The
// store is the truth: other nodes write to it too, so every use compares the
// head first and reads what is missing. The number of states is bounded; a state
// that was dropped is made again from the log.
package rosters

import (
	"container/list"
	"context"
	"sync"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/live"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// Log is the part of the store that is read.
type Log interface {
	// RosterHead returns the head, or CodeNotFound.
	RosterHead(ctx context.Context, w schema.WorkspaceID) (schema.RosterHead, error)
	// RosterPage returns entries after a sequence number and the head.
	RosterPage(ctx context.Context, w schema.WorkspaceID, after uint64, maxEntries, maxOctets int) ([]schema.SignedEntry, schema.RosterHead, error)
}

// DefaultWeight is the sum of members, circles and invites in all states that
// are kept: about 10 kB each.
const DefaultWeight = 16 << 10

// Cache keeps states. It is safe for concurrent use.
type Cache struct {
	log    Log
	weight int

	mu      sync.Mutex
	entries map[schema.WorkspaceID]*list.Element
	recent  *list.List // of *entry; the most recently used first
	total   int
}

type entry struct {
	workspace schema.WorkspaceID
	weight    int // guarded by the cache's mu

	mu      sync.Mutex
	state   *roster.State // never changed, only replaced
	members *live.Members // of state; nil until asked for
}

// New returns an empty cache whose states weigh at most weight together, or one
// state if that weighs more.
func New(log Log, weight int) *Cache {
	return &Cache{log: log, weight: weight, entries: make(map[schema.WorkspaceID]*list.Element), recent: list.New()}
}

// Clone returns a copy of the current state, for the caller to change.
func (c *Cache) Clone(ctx context.Context, w schema.WorkspaceID) (*roster.State, error) {
	e := c.entry(w)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := c.refresh(ctx, e); err != nil {
		return nil, err
	}
	return e.state.Clone(), nil
}

// Members returns who may receive what at the current head.
func (c *Cache) Members(ctx context.Context, w schema.WorkspaceID) (*live.Members, error) {
	e := c.entry(w)
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := c.refresh(ctx, e); err != nil {
		return nil, err
	}
	if e.members == nil {
		e.members = membersOf(e.state)
	}
	return e.members, nil
}

// Put hands over the state after a change that is stored now. The caller must
// not change it any more.
func (c *Cache) Put(s *roster.State) {
	e := c.entry(s.Workspace())
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.state == nil || e.state.Head().Seq < s.Head().Seq {
		c.replace(e, s)
	}
}

func membersOf(s *roster.State) *live.Members {
	m := &live.Members{
		Head:    s.Head(),
		Circles: make(map[schema.UserID][]schema.CircleID),
		Epochs:  make(map[schema.CircleID]uint64),
	}
	for _, member := range s.Members() {
		var circles []schema.CircleID
		if !member.Pending {
			circles = s.CirclesOf(member.User)
		}
		m.Circles[member.User] = circles
	}
	for _, id := range s.Circles() {
		if circle, ok := s.Circle(id); ok {
			m.Epochs[id] = circle.Epoch
		}
	}
	return m
}

func (c *Cache) entry(w schema.WorkspaceID) *entry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.entries[w]; ok {
		c.recent.MoveToFront(el)
		return el.Value.(*entry)
	}
	e := &entry{workspace: w, weight: 1}
	c.entries[w] = c.recent.PushFront(e)
	c.total++
	c.evict()
	return e
}

// evict drops what was not used for longest, but never the last state. A state
// that is in use at this moment lives on with its user.
func (c *Cache) evict() {
	for c.total > c.weight && c.recent.Len() > 1 {
		e := c.recent.Remove(c.recent.Back()).(*entry)
		delete(c.entries, e.workspace)
		c.total -= e.weight
	}
}

// drop forgets an entry that has no state.
func (c *Cache) drop(e *entry) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.entries[e.workspace]; ok && el.Value.(*entry) == e {
		c.recent.Remove(el)
		delete(c.entries, e.workspace)
		c.total -= e.weight
	}
}

func (c *Cache) replace(e *entry, s *roster.State) {
	e.state, e.members = s, nil
	weight := 1 + len(s.Members()) + len(s.Circles()) + len(s.OpenInvites())
	c.mu.Lock()
	defer c.mu.Unlock()
	if el, ok := c.entries[e.workspace]; ok && el.Value.(*entry) == e {
		c.total += weight - e.weight
		e.weight = weight
		c.evict()
	}
}

// refresh brings an entry up to the store's head. The caller holds the entry's mu.
func (c *Cache) refresh(ctx context.Context, e *entry) error {
	head, err := c.log.RosterHead(ctx, e.workspace)
	if err != nil {
		if e.state == nil {
			c.drop(e)
		}
		return err
	}
	if e.state != nil && e.state.Head() == head {
		return nil
	}
	if e.state != nil && e.state.Head().Seq < head.Seq {
		next := e.state.Clone()
		err := c.read(ctx, next)
		if err == nil {
			c.replace(e, next)
			return nil
		}
		if !schema.HasCode(err, schema.CodeInternal) {
			return err
		}
		// What was kept does not lead to what is stored (the database was
		// restored from a backup): begin again.
	}
	next := roster.New(e.workspace)
	next.KeepKeysOf()
	if err := c.read(ctx, next); err != nil {
		if e.state == nil {
			c.drop(e)
		}
		return err
	}
	c.replace(e, next)
	return nil
}

// read applies what the log holds after the state's head.
func (c *Cache) read(ctx context.Context, s *roster.State) error {
	for {
		entries, head, err := c.log.RosterPage(ctx, s.Workspace(), s.Head().Seq, schema.MaxPage, schema.MaxPageOctets)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if err := s.Apply(entry); err != nil {
				return &schema.Error{Code: schema.CodeInternal, Detail: "a stored roster entry is refused", Cause: err}
			}
		}
		if s.Head() == head {
			return nil
		}
		if len(entries) == 0 {
			return schema.Errorf(schema.CodeInternal, "the roster ends at entry %d, its head is %d", s.Head().Seq, head.Seq)
		}
	}
}
