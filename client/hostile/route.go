package hostile

import (
	"fmt"
	"strings"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// A Route is a request of the protocol whose answer has the form T. Stars in its
// path stand for one segment.
type Route[T any] struct{ method, path string }

// None is the answer of routes that have none.
type None struct{}

// The routes whose answers a client reads.
var (
	Challenges  = Route[schema.Challenge]{"POST", "/v1/challenges"}
	Sessions    = Route[schema.Session]{"POST", "/v1/sessions"}
	SignUps     = Route[None]{"POST", "/v1/accounts"}
	Identity    = Route[schema.IdentityRecord]{"GET", "/v1/identity"}
	SetIdentity = Route[None]{"PUT", "/v1/identity"}
	Directory   = Route[schema.DirectoryEntry]{"GET", "/v1/users"}
	DirectoryID = Route[schema.DirectoryEntry]{"GET", "/v1/users/*"}
	Workspaces  = Route[schema.WorkspaceList]{"GET", "/v1/workspaces"}
	Roster      = Route[schema.RosterPage]{"GET", "/v1/workspaces/*/roster"}
	SetRoster   = Route[None]{"POST", "/v1/workspaces/*/roster"}
	InviteRoute = Route[schema.RosterPage]{"POST", "/v1/invites/*/*/roster"}
	Heads       = Route[schema.WorkspaceHeads]{"GET", "/v1/workspaces/*/heads"}
	Events      = Route[schema.EventPage]{"GET", "/v1/workspaces/*/streams/*/events"}
	Append      = Route[schema.AppendResponse]{"POST", "/v1/workspaces/*/events"}
	Holds       = Route[schema.Hold]{"POST", "/v1/workspaces/*/holds"}
	Cuts        = Route[schema.Cut]{"GET", "/v1/workspaces/*/cuts/*"}
)

// Matches reports whether a request is one of the route.
func (r Route[T]) Matches(q client.Request) bool {
	path, _, _ := strings.Cut(q.Path, "?")
	want, got := strings.Split(r.path, "/"), strings.Split(path, "/")
	if r.method != q.Method || len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != "*" && want[i] != got[i] {
			return false
		}
	}
	return true
}

// Lie lets the honest server answer and fn then change the answer; an error of
// fn is the answer instead. A later lie about a route changes what the earlier
// ones have made of the answer.
func (r Route[T]) Lie(t *Transport, fn func(q client.Request, answer *T) error) {
	r.Replace(t, func(q client.Request, honest func() ([]byte, error)) (*T, error) {
		b, err := honest()
		if err != nil {
			return nil, err
		}
		answer := new(T)
		if len(b) > 0 {
			if err := schema.Unmarshal(b, answer); err != nil {
				return nil, fmt.Errorf("the honest answer to %s: %w", q.Path, err)
			}
		}
		return answer, fn(q, answer)
	})
}

// Instead answers without asking the honest server.
func (r Route[T]) Instead(t *Transport, fn func(q client.Request) (*T, error)) {
	r.Replace(t, func(q client.Request, _ func() ([]byte, error)) (*T, error) { return fn(q) })
}

// Replace answers as fn does, which may ask the honest server, or the lie that
// was installed before.
func (r Route[T]) Replace(t *Transport, fn func(q client.Request, honest func() ([]byte, error)) (*T, error)) {
	t.install(r.Matches, func(q client.Request, honest func() ([]byte, error)) ([]byte, error) {
		answer, err := fn(q, honest)
		if err != nil {
			return nil, err
		}
		if _, none := any(answer).(*None); none {
			return nil, nil
		}
		return schema.Marshal(answer)
	})
}

// Raw answers with octets that need not be of the route's form.
func (r Route[T]) Raw(t *Transport, answer []byte) {
	t.install(r.Matches, func(client.Request, func() ([]byte, error)) ([]byte, error) { return answer, nil })
}

// Asked returns the recorded requests of the route, decoded into a body type.
func Asked[B, T any](t *Transport, r Route[T]) []B {
	var out []B
	for _, q := range t.Calls() {
		var body B
		if r.Matches(q) && schema.Unmarshal(q.Body, &body) == nil {
			out = append(out, body)
		}
	}
	return out
}

// segment is the n-th segment of a request's path, counted from 1.
func segment(q client.Request, n int) string {
	path, _, _ := strings.Cut(q.Path, "?")
	if parts := strings.Split(path, "/"); n < len(parts) {
		return parts[n]
	}
	return ""
}

// WorkspaceOf is the workspace that a request is about.
func WorkspaceOf(q client.Request) (w schema.WorkspaceID) {
	_ = w.UnmarshalText([]byte(segment(q, 3)))
	return w
}

// StreamOf is the stream that a request for events is about.
func StreamOf(q client.Request) (s schema.StreamID) {
	_ = s.UnmarshalText([]byte(segment(q, 5)))
	return s
}

// AfterOf is the sequence after which a request wants to read.
func AfterOf(q client.Request) (seq uint64) {
	_, query, _ := strings.Cut(q.Path, "?after=")
	_, _ = fmt.Sscanf(query, "%d", &seq)
	return seq
}
