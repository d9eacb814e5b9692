package api

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/cenacle-team/cenacle/schema"
)

const (
	// usualBody is the space that a body is given before it has arrived. Bodies up
	// to it are not counted.
	usualBody = 16 << 10
	// smallBody tells bodies that are read within the server's usual time from
	// large ones, which have largeBodyTime to arrive.
	smallBody     = 2 << 20
	largeBodyTime = 5 * time.Minute
	// answerTime is how long an answer may take to be sent once a large body has
	// arrived.
	answerTime = 2 * time.Minute
	// bodyPatience is how long a request waits for memory.
	bodyPatience = 10 * time.Second
)

// Memory that the bodies of requests hold together: of those without a session, of
// small and of large ones. Each kind waits for its own, so that strangers cannot
// keep members waiting, nor large requests small ones. An account has at most
// accountBodies of all of it.
const (
	strangersBodies = 64 << 20
	smallBodies     = 256 << 20
	largeBodies     = 256 << 20
	accountBodies   = 2*schema.MaxRosterBatchOctets + 16<<20
)

// bodies shares memory out.
type bodies struct {
	strangers, small, large *semaphore.Weighted

	mu sync.Mutex
	// held is what each account has at this moment; nobody who has nothing is in it.
	held map[schema.UserID]int64
}

func newBodies() *bodies {
	return &bodies{
		strangers: semaphore.NewWeighted(strangersBodies),
		small:     semaphore.NewWeighted(smallBodies),
		large:     semaphore.NewWeighted(largeBodies),
		held:      make(map[schema.UserID]int64),
	}
}

// acquire waits for memory for a body of a route; user is zero for a stranger.
// CodeRateLimited when the account has as much as it may, CodeUnavailable when
// there is none in time.
func (b *bodies) acquire(ctx context.Context, user schema.UserID, most, octets int64) (release func(), err error) {
	if octets <= usualBody {
		return func() {}, nil
	}
	pool := b.small
	switch {
	case user.IsZero():
		pool = b.strangers
	case most > smallBody:
		pool = b.large
	}
	if !b.charge(user, octets) {
		return nil, &schema.Error{Code: schema.CodeRateLimited, Detail: "too many large requests of one account", RetryAfter: time.Second}
	}
	ctx, cancel := context.WithTimeout(ctx, bodyPatience)
	defer cancel()
	if err := pool.Acquire(ctx, octets); err != nil {
		b.charge(user, -octets)
		return nil, &schema.Error{Code: schema.CodeUnavailable, Detail: "too many large requests", RetryAfter: time.Second, Cause: err}
	}
	return func() {
		pool.Release(octets)
		b.charge(user, -octets)
	}, nil
}

// charge adds to what an account holds. It reports false, and adds nothing, when
// that would be too much.
func (b *bodies) charge(user schema.UserID, octets int64) bool {
	if user.IsZero() {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	held := b.held[user] + octets
	switch {
	case held > accountBodies:
		return false
	case held == 0:
		delete(b.held, user)
	default:
		b.held[user] = held
	}
	return true
}

// readBody reads the body of routes that have one, bounded by the route. All but
// usual ones wait until there is memory for them; release gives it back.
func (a *API) readBody(rt route, req *request) (release func(), err error) {
	if rt.maxBody == 0 {
		return func() {}, nil
	}
	if t := req.Header.Get("Content-Type"); t != mediaType {
		return nil, schema.Errorf(schema.CodeBadRequest, "a body of type %s is expected", mediaType)
	}
	octets := req.ContentLength
	switch {
	case octets > rt.maxBody:
		return nil, schema.Errorf(schema.CodeTooLarge, "a body of %d octets, at most %d are allowed", octets, rt.maxBody)
	case octets < 0:
		octets = rt.maxBody
	}
	if release, err = a.bodies.acquire(req.Context(), req.session.User, rt.maxBody, octets); err != nil {
		return nil, err
	}
	// A server without deadlines (a test's) has none to move.
	large, connection := octets > smallBody, http.NewResponseController(req.writer)
	if large {
		_ = connection.SetReadDeadline(time.Now().Add(largeBodyTime))
		_ = connection.SetWriteDeadline(time.Now().Add(largeBodyTime + answerTime))
	}
	var body bytes.Buffer
	// A usual body is read without growing; what is only announced costs nothing.
	body.Grow(int(min(max(req.ContentLength, 0), usualBody)) + bytes.MinRead)
	_, err = body.ReadFrom(http.MaxBytesReader(req.writer, req.Body, rt.maxBody))
	req.body = body.Bytes()
	if err != nil {
		release()
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, schema.Errorf(schema.CodeTooLarge, "at most %d octets are allowed", rt.maxBody)
		}
		return nil, &schema.Error{Code: schema.CodeBadRequest, Detail: "the body did not arrive", Cause: err}
	}
	return release, nil
}
