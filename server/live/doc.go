// Package live pushes what is new to connected clients: the socket hub.
//
// A [Hub] keeps the WebSocket connections of one node, and for every workspace
// that at least one of them follows a topic. A topic is an inbox that one
// goroutine works off, one item after the other and only while there is
// something in it, so that subscriptions, membership and pushes have one order:
// nothing falls between the heads that a subscriber is told and the first push,
// and nobody is sent anything after a topic has learned of their removal.
//
// The log in the store is the truth. What was committed on this node reaches the
// topic directly, what was committed elsewhere over the bus; a topic remembers
// the last sequence number that it pushed of each stream, drops what it has
// pushed, and fills every gap from the store. It compares all heads with the
// store from time to time, after each reconnection of the bus, and every second
// while the bus is away.
//
// No client can slow another down: each connection has a bounded queue with a
// writer that exists only while the queue holds something, and a client that
// does not keep up is cut and catches up from the log.
package live

import (
	"context"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// Who is the holder of a session.
type Who struct {
	User   schema.UserID
	Device schema.DeviceID
	// Session is the SHA-256 of the session's token.
	Session schema.Hash
}

// Members is who may receive what in a workspace, at one position of its roster.
// It is never changed once made.
type Members struct {
	Head schema.RosterHead
	// Circles are the circles of each member; a member who waits for approval
	// has none.
	Circles map[schema.UserID][]schema.CircleID
	// Epochs is the current epoch of each circle.
	Epochs map[schema.CircleID]uint64
}

// Source is what the hub reads. All methods are safe for concurrent use, and
// what was committed anywhere before a call is in its answer.
type Source interface {
	// Authenticate returns the holder of a token, or CodeUnauthenticated.
	Authenticate(ctx context.Context, token string) (Who, error)
	// StillValid returns CodeUnauthenticated when the session has ended. Unlike
	// Authenticate it never answers from a cache.
	StillValid(ctx context.Context, who Who) error
	// Members returns the membership of a workspace, or CodeNotFound.
	Members(ctx context.Context, w schema.WorkspaceID) (*Members, error)
	// Heads returns the heads of all streams of the circles, in any order.
	Heads(ctx context.Context, w schema.WorkspaceID, circles []schema.CircleID) ([]schema.StreamInfo, error)
	// EventsAfter returns the events of a stream that follow a position,
	// ascending and without gaps, as many as the source thinks fit for one page;
	// none at the end.
	EventsAfter(ctx context.Context, w schema.WorkspaceID, s schema.StreamID, after uint64) ([]schema.Event, error)
}

// Bounds of the hub. Times are those of one connection.
const (
	// greetingTime is how long a connection may take to send Hello.
	greetingTime = 10 * time.Second
	// pingEvery is the interval of keepalive pings; deadAfter is the silence
	// after which a connection is given up.
	pingEvery = 30 * time.Second
	deadAfter = 75 * time.Second
	// writeTime is how long one frame may take to leave.
	writeTime = 10 * time.Second
	// checkEvery is how often a topic compares its heads with the store, and
	// recheckEvery how often the session of a connection is looked up again.
	checkEvery   = 15 * time.Second
	recheckEvery = 60 * time.Second
	// readTime bounds one read of the source.
	readTime = 5 * time.Second
	// concurrentReads bounds the topics that read from the source at once.
	concurrentReads = 16
	// helloOctets bounds the first frame.
	helloOctets = 1 << 10
	// queueFrames and queueOctets bound what waits for one connection. Pushes
	// are shared between the connections that wait for them.
	queueFrames = 512
	queueOctets = 4 << 20
	// inboxItems and inboxOctets bound what waits for one topic; what does not
	// fit is read from the store later.
	inboxItems  = 4096
	inboxOctets = 16 << 20
	// pushOctets is where a push of several events ends.
	pushOctets = 128 << 10
	// maxSubscriptions bounds the workspaces that one connection follows.
	maxSubscriptions = 256
)

// Codes with which the server closes a connection (RFC 6455 section 7.4), beside
// 1001 (the server stops), 1002, 1003, 1008 and 1009 (a bad frame), and 1011 (a
// fault of the server).
const (
	// CloseSlow (1013): the client did not keep up; it may connect again at once
	// and catches up from the log.
	CloseSlow = 1013
	// CloseUnauthenticated: no Hello in time, or the session has ended.
	CloseUnauthenticated = 4001
	// CloseTooMany: too many connections of the account, or frames too fast.
	CloseTooMany = 4029
)
