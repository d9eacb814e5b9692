package api

import (
	"context"
	"slices"
	"sync"

	"github.com/cenacle-team/cenacle/schema"
)

// Change says which part of what a page shows is out of date.
type Change struct {
	Kind ChangeKind `json:"kind"`
	// Workspace and Channel narrow it down; null where everything is concerned.
	Workspace *schema.WorkspaceID `json:"workspace"`
	Channel   *schema.StreamID    `json:"channel"`
	// User is whose presence or typing it is.
	User     *schema.UserID `json:"user"`
	Typing   bool           `json:"typing"`
	Presence Presence       `json:"presence"`
	// Notify is set when people would want to be told: of a mention, or of a
	// message in a direct conversation. It never carries content.
	Notify NotifyKind `json:"notify"`
}

// ChangeKind is what to read again. Append-only.
type ChangeKind string

const (
	ChangeSession    ChangeKind = "session"    // session.state
	ChangeWorkspaces ChangeKind = "workspaces" // workspaces.list
	ChangeChannels   ChangeKind = "channels"   // channels.list of Workspace
	ChangeMessages   ChangeKind = "messages"   // messages.* of Channel
	ChangePeople     ChangeKind = "people"     // people.list, invites.list of Workspace
	ChangeSecurity   ChangeKind = "security"   // security.*
	ChangeSettings   ChangeKind = "settings"   // settings.get
	ChangeTyping     ChangeKind = "typing"     // says it all itself
	ChangePresence   ChangeKind = "presence"   // says it all itself
	ChangeAll        ChangeKind = "all"        // everything: changes were lost
)

// NotifyKind is why somebody may be told. Append-only.
type NotifyKind string

const (
	NotifyNothing NotifyKind = ""
	NotifyMessage NotifyKind = "message"
	NotifyMention NotifyKind = "mention"
	NotifyDirect  NotifyKind = "direct"
)

// feed hands changes to any number of pages without waiting for a slow one.
type feed struct {
	mu  sync.Mutex
	all map[*Subscription]struct{}
}

// maxPending bounds the changes that are kept for a slow page.
const maxPending = 1024

// Subscription receives changes. It must be closed.
type Subscription struct {
	parent  *feed
	mu      sync.Mutex
	pending []Change
	wake    chan struct{}
}

// Subscribe starts to collect changes.
func (a *API) Subscribe() *Subscription {
	s := &Subscription{parent: &a.changes, wake: make(chan struct{}, 1)}
	a.changes.mu.Lock()
	defer a.changes.mu.Unlock()
	if a.changes.all == nil {
		a.changes.all = map[*Subscription]struct{}{}
	}
	a.changes.all[s] = struct{}{}
	return s
}

// Next waits for changes and returns all that have come, each once.
func (s *Subscription) Next(ctx context.Context) ([]Change, error) {
	for {
		s.mu.Lock()
		out := s.pending
		s.pending = nil
		s.mu.Unlock()
		if len(out) > 0 {
			return out, nil
		}
		select {
		case <-s.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close ends the subscription.
func (s *Subscription) Close() {
	s.parent.mu.Lock()
	defer s.parent.mu.Unlock()
	delete(s.parent.all, s)
}

// tell adds changes for everybody. One that waits already is not added twice.
func (f *feed) tell(changes ...Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s := range f.all {
		s.add(changes)
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

func (s *Subscription) add(changes []Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		if slices.ContainsFunc(s.pending, c.same) {
			continue
		}
		if len(s.pending) >= maxPending {
			s.pending = []Change{{Kind: ChangeAll}}
			return
		}
		s.pending = append(s.pending, c)
	}
}

// same tells changes apart by what they say, not by where it is kept.
func (c Change) same(o Change) bool {
	return c.Kind == o.Kind && c.Typing == o.Typing && c.Presence == o.Presence && c.Notify == o.Notify &&
		equal(c.Workspace, o.Workspace) && equal(c.Channel, o.Channel) && equal(c.User, o.User)
}

func equal[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }
