package hostile

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// Transport is a [client.Transport] to an honest server with somebody hostile in
// between. It may be used by many goroutines.
type Transport struct {
	honest client.Transport

	mu    sync.Mutex
	calls []client.Request
	lies  []lie
	frame func(*schema.Frame) bool
	conn  *liveConn
	views map[schema.WorkspaceID]View
}

type lie struct {
	matches func(client.Request) bool
	answer  func(q client.Request, honest func() ([]byte, error)) ([]byte, error)
}

var _ client.Transport = (*Transport)(nil)

// New stands before a transport, honest at first.
func New(honest client.Transport) *Transport {
	return &Transport{honest: honest, views: map[schema.WorkspaceID]View{}}
}

func (t *Transport) install(matches func(client.Request) bool, answer func(client.Request, func() ([]byte, error)) ([]byte, error)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lies = append(t.lies, lie{matches, answer})
}

// Honest ends all lies.
func (t *Transport) Honest() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lies, t.frame = nil, nil
}

// Calls returns the requests so far, the first first.
func (t *Transport) Calls() []client.Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.calls)
}

// Said reports whether any request, its path, token or body, held the octets.
func (t *Transport) Said(octets []byte) bool {
	return slices.ContainsFunc(t.Calls(), func(q client.Request) bool {
		return bytes.Contains(q.Body, octets) || bytes.Contains([]byte(q.Path), octets) || bytes.Contains([]byte(q.Token), octets)
	})
}

// Do implements [client.Transport].
func (t *Transport) Do(ctx context.Context, q client.Request) ([]byte, error) {
	t.mu.Lock()
	kept := q
	kept.Body = bytes.Clone(q.Body)
	t.calls = append(t.calls, kept)
	lies := slices.Clone(t.lies)
	t.mu.Unlock()
	answer := func() ([]byte, error) {
		b, err := t.honest.Do(ctx, q)
		if err == nil {
			t.observe(q, b)
		}
		return b, err
	}
	for _, l := range lies {
		if !l.matches(q) {
			continue
		}
		honest := answer
		answer = func() ([]byte, error) { return l.answer(q, honest) }
	}
	return answer()
}

// observe remembers the newest honest heads of each workspace.
func (t *Transport) observe(q client.Request, body []byte) {
	var heads schema.WorkspaceHeads
	if !Heads.Matches(q) || schema.Unmarshal(body, &heads) != nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.views[WorkspaceOf(q)] = View{Workspace: WorkspaceOf(q), Heads: heads}
}
