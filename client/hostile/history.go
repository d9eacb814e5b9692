package hostile

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"sync"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// Rechain makes events a consistent chain from the first sequence on: sequence
// numbers without gaps, digests of the ciphertexts that are there. It returns
// the link of the last.
func Rechain(link schema.Hash, first uint64, events []schema.Event) schema.Hash {
	for i := range events {
		events[i].Seq = first + uint64(i)
		if len(events[i].Ciphertext) > 0 {
			events[i].Digest = sha256.Sum256(events[i].Ciphertext)
		}
		link = events[i].Link(link)
	}
	return link
}

// Log is a whole history of one stream that a lying server shows. It may be used
// by many goroutines and by several transports.
type Log struct {
	Workspace schema.WorkspaceID
	Circle    schema.CircleID
	Stream    schema.StreamID

	mu     sync.Mutex
	events []schema.Event
}

// NewLog makes a consistent history of events, which are copied.
func NewLog(w schema.WorkspaceID, c schema.CircleID, s schema.StreamID, events ...schema.Event) *Log {
	l := &Log{Workspace: w, Circle: c, Stream: s}
	l.Add(events...)
	return l
}

// Add appends events, chained; their sequence numbers and links follow.
func (l *Log) Add(events ...schema.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ev := range events {
		ev.Stream = l.Stream
		l.events = append(l.events, ev)
	}
	Rechain(schema.FirstLink(l.Workspace, l.Circle, l.Stream), 1, l.events)
}

// Events returns a copy of the history.
func (l *Log) Events() []schema.Event {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.events)
}

// Head is the position of its last event.
func (l *Log) Head() schema.StreamHead { return l.HeadAt(len(l.Events())) }

// HeadAt is the position of its n-th event.
func (l *Log) HeadAt(n int) schema.StreamHead {
	events := l.Events()[:n]
	return schema.StreamHead{
		Stream: l.Stream, Seq: uint64(n), Link: Rechain(schema.FirstLink(l.Workspace, l.Circle, l.Stream), 1, events),
	}
}

// Show shows the log in place of the server's stream: its events, its head, and
// what is appended to it as somebody, which the honest server never gets.
func (t *Transport) Show(l *Log, user schema.UserID, device schema.DeviceID) {
	Events.Replace(t, func(q client.Request, honest func() ([]byte, error)) (*schema.EventPage, error) {
		if StreamOf(q) != l.Stream {
			return pass[schema.EventPage](honest)
		}
		page := &schema.EventPage{Events: []schema.Event{}, Head: l.Head()}
		for _, ev := range l.Events() {
			if ev.Seq > AfterOf(q) {
				page.Events = append(page.Events, ev)
			}
		}
		return page, nil
	})
	Heads.Lie(t, func(q client.Request, heads *schema.WorkspaceHeads) error {
		if WorkspaceOf(q) == l.Workspace {
			setHead(heads, schema.StreamInfo{Circle: l.Circle, Head: l.Head()})
		}
		return nil
	})
	Append.Replace(t, func(q client.Request, honest func() ([]byte, error)) (*schema.AppendResponse, error) {
		var req schema.AppendRequest
		if err := schema.Unmarshal(q.Body, &req); err != nil {
			return nil, err
		}
		out := &schema.AppendResponse{}
		for _, item := range req.Items {
			if item.Stream != l.Stream {
				return pass[schema.AppendResponse](honest)
			}
			l.Add(AsEvent(item, user, device))
			events := l.Events()
			last := events[len(events)-1]
			out.Results = append(out.Results, schema.AppendResult{Seq: last.Seq, Arrived: last.Arrived, Digest: last.Digest, Link: l.Head().Link})
		}
		return out, nil
	})
}

// AsEvent is what a server makes of an item that somebody appends; its place in
// the chain is still to be set.
func AsEvent(item schema.AppendItem, user schema.UserID, device schema.DeviceID) schema.Event {
	return schema.Event{
		Stream: item.Stream, ID: item.ID, Author: user, Device: device, Epoch: item.Epoch,
		Arrived: 1, Digest: sha256.Sum256(item.Ciphertext), Ciphertext: item.Ciphertext,
	}
}

func pass[T any](honest func() ([]byte, error)) (*T, error) {
	b, err := honest()
	if err != nil {
		return nil, err
	}
	out := new(T)
	return out, schema.Unmarshal(b, out)
}

// setHead replaces what the heads say of a stream, or adds it in order.
func setHead(heads *schema.WorkspaceHeads, info schema.StreamInfo) {
	i, found := slices.BinarySearchFunc(heads.Streams, info.Head.Stream, func(a schema.StreamInfo, id schema.StreamID) int {
		return bytes.Compare(a.Head.Stream[:], id[:])
	})
	if !found {
		heads.Streams = slices.Insert(heads.Streams, i, schema.StreamInfo{})
	}
	heads.Streams[i] = info
}
