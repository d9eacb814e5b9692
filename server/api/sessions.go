package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"sync"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/live"
	"github.com/cenacle-team/cenacle/server/store"
)

const (
	// loginSessionLife is how long a session of the login key lives: long enough
	// to fetch and replace the identity.
	loginSessionLife = 10 * time.Minute
	// sessionTrust is how long a session that was looked up is believed without
	// looking again. Its end on this node is seen at once, its end on another as
	// soon as the bus delivers it; without the bus nothing is believed.
	sessionTrust = 5 * time.Second
	// sessionsKept bounds the cache.
	sessionsKept = 32 << 10
)

// session is the holder of a token.
type session struct {
	store.SessionInfo
	hash schema.Hash
}

// bound reports whether it is a device's session.
func (s session) bound() bool { return s.Device != nil }

// newToken returns a bearer token of 256 random bits and the hash that is stored.
func newToken() (token string, hash schema.Hash) {
	var b [32]byte
	// It never fails: the runtime ends the program when there is no randomness.
	_, _ = rand.Read(b[:])
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, sha256.Sum256(b[:])
}

// tokenHash returns the hash of a well-formed token.
func tokenHash(token string) (schema.Hash, bool) {
	var b [33]byte
	if len(token) != base64.RawURLEncoding.EncodedLen(32) {
		return schema.Hash{}, false
	}
	n, err := base64.RawURLEncoding.Strict().Decode(b[:], []byte(token))
	if err != nil || n != 32 {
		return schema.Hash{}, false
	}
	return sha256.Sum256(b[:32]), true
}

// sessionCache looks sessions up and remembers them for a moment.
type sessionCache struct {
	store *store.Store
	now   func() time.Time
	// ready reports whether the bus would tell of an end on another node.
	ready func() bool

	mu sync.Mutex
	// ends counts the sessions that ended: what was read before an end is not
	// remembered after it.
	ends  uint64
	known map[schema.Hash]knownSession
}

type knownSession struct {
	info  store.SessionInfo
	until time.Time
}

func newSessionCache(s *store.Store, now func() time.Time) *sessionCache {
	return &sessionCache{
		store: s, now: now,
		ready: func() bool { return false },
		known: make(map[schema.Hash]knownSession),
	}
}

// lookUp returns the session of a token, and keeps it alive, or
// CodeUnauthenticated. With fresh it does not answer from memory.
func (c *sessionCache) lookUp(ctx context.Context, hash schema.Hash, fresh bool) (session, error) {
	now := c.now()
	c.mu.Lock()
	k, known := c.known[hash]
	ends := c.ends
	c.mu.Unlock()
	if known && !fresh && c.ready() && now.Before(k.until) && now.Before(k.info.Until) {
		return session{k.info, hash}, nil
	}
	info, err := c.store.Session(ctx, hash)
	if schema.HasCode(err, schema.CodeNotFound) || err == nil && !now.Before(info.Until) {
		return session{}, schema.Errorf(schema.CodeUnauthenticated, "no such session")
	}
	if err != nil {
		return session{}, err
	}
	if info.Device != nil && info.Until.Sub(now) < schema.SessionLife/2 {
		// A session in use stays alive. If this fails it is tried again by the
		// next request.
		if c.store.ExtendSession(ctx, hash, now.Add(schema.SessionLife)) == nil {
			info.Until = now.Add(schema.SessionLife)
		}
	}
	if c.ready() {
		c.mu.Lock()
		if c.ends == ends {
			if len(c.known) >= sessionsKept {
				clear(c.known)
			}
			c.known[hash] = knownSession{info: info, until: now.Add(sessionTrust)}
		}
		c.mu.Unlock()
	}
	return session{info, hash}, nil
}

// end forgets sessions that have ended, here or on another node.
func (c *sessionCache) end(e live.SessionEnd) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends++
	if !e.Session.IsZero() {
		delete(c.known, e.Session)
		return
	}
	for hash, k := range c.known {
		who := live.Who{User: k.info.User, Session: hash}
		if k.info.Device != nil {
			who.Device = *k.info.Device
		}
		if e.Ends(who) {
			delete(c.known, hash)
		}
	}
}

// source is what the hub reads.
type source struct{ api *API }

// Authenticate implements [live.Source].
func (s source) Authenticate(ctx context.Context, token string) (live.Who, error) {
	hash, ok := tokenHash(token)
	if !ok {
		return live.Who{}, schema.Errorf(schema.CodeUnauthenticated, "malformed token")
	}
	found, err := s.api.sessions.lookUp(ctx, hash, true)
	if err != nil {
		return live.Who{}, err
	}
	who := live.Who{User: found.User, Session: hash}
	if found.bound() {
		who.Device = *found.Device
	}
	return who, nil
}

// StillValid implements [live.Source].
func (s source) StillValid(ctx context.Context, who live.Who) error {
	_, err := s.api.sessions.lookUp(ctx, who.Session, true)
	return err
}

// Members implements [live.Source].
func (s source) Members(ctx context.Context, w schema.WorkspaceID) (*live.Members, error) {
	return s.api.rosters.Members(ctx, w)
}

// Heads implements [live.Source].
func (s source) Heads(ctx context.Context, w schema.WorkspaceID, circles []schema.CircleID) ([]schema.StreamInfo, error) {
	// One query, however many circles there are.
	heads, err := s.api.store.StreamHeads(ctx, w)
	if err != nil {
		return nil, err
	}
	among := make(map[schema.CircleID]bool, len(circles))
	for _, c := range circles {
		among[c] = true
	}
	return slices.DeleteFunc(heads, func(i schema.StreamInfo) bool { return !among[i.Circle] }), nil
}

// EventsAfter implements [live.Source].
func (s source) EventsAfter(ctx context.Context, w schema.WorkspaceID, stream schema.StreamID, after uint64) ([]schema.Event, error) {
	events, _, err := s.api.store.EventsAfter(ctx, w, stream, after, schema.MaxPage, pushPage)
	return events, err
}

// pushPage is how much of a gap the hub reads at once, in octets.
const pushPage = 512 << 10
