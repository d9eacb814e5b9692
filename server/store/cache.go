package store

import "github.com/cenacle-team/cenacle/schema"

// maxCached bounds the facts in a committer's cache; each is about 150 octets.
const maxCached = 200_000

// cache holds what a committer has read of workspaces. All facts of a workspace
// are as of one revision: what a committer makes of them is committed only if that
// revision is found in the workspace's row once it is locked. Every change of a
// workspace, on any node, changes the revision under that lock, so the facts are
// exact.
type cache struct {
	workspaces map[schema.WorkspaceID]*workspaceFacts
	accounts   map[schema.UserID]bool // that exist; none is ever deleted
}

type workspaceFacts struct {
	revision     int64
	octets       int64
	rosterOctets int64
	streamed     int64                   // how many streams there are
	made         map[schema.UserID]int64 // how many of them by an author
	circles      map[schema.CircleID]*circleFacts
	members      map[CircleUser]bool // those who are in a circle; only true is kept
	streams      map[schema.StreamID]*streamFacts
	// steady is set when the last commit found the workspace as remembered and had
	// nothing to refuse. The next one then trusts the memory; see commitTx.
	steady bool
}

type circleFacts struct {
	epoch     uint64
	stale     bool
	heldUntil int64
}

type streamFacts struct {
	circle  schema.CircleID
	creator schema.UserID // only of one that this committer has made
	seq     uint64
	link    schema.Hash
	arrived int64
	changed bool // in the transaction under way
}

func newCache() cache {
	return cache{workspaces: make(map[schema.WorkspaceID]*workspaceFacts), accounts: make(map[schema.UserID]bool)}
}

// at returns the facts of a workspace that is locked at a revision.
func (c *cache) at(ws schema.WorkspaceID, revision, octets int64) *workspaceFacts {
	f := c.workspaces[ws]
	known := f != nil && f.revision == revision
	if !known {
		f = &workspaceFacts{
			revision: revision,
			made:     make(map[schema.UserID]int64),
			circles:  make(map[schema.CircleID]*circleFacts),
			members:  make(map[CircleUser]bool),
			streams:  make(map[schema.StreamID]*streamFacts),
		}
		c.workspaces[ws] = f
	}
	f.octets, f.steady = octets, known
	return f
}

// drop forgets the workspaces of requests.
func (c *cache) drop(requests []*appendRequest) {
	for _, r := range requests {
		delete(c.workspaces, r.batch.Workspace)
	}
}

// trim empties a cache that has become too large.
func (c *cache) trim() {
	n := len(c.workspaces) + len(c.accounts)
	for _, f := range c.workspaces {
		n += len(f.made) + len(f.circles) + len(f.members) + len(f.streams)
	}
	if n > maxCached {
		clear(c.workspaces)
		clear(c.accounts)
	}
}
