package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// Bounds of reconnecting.
const (
	reconnectMin = 200 * time.Millisecond
	reconnectMax = 30 * time.Second
)

// live is the connection that Follow holds, for signals to go out on.
type live struct {
	mu   sync.Mutex
	conn LiveConn
}

func (l *live) set(c LiveConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.conn = c
}

// send writes one frame; it fails with CodeOffline while there is no connection.
func (l *live) send(ctx context.Context, f schema.Frame) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return schema.Errorf(schema.CodeOffline, "no live connection")
	}
	return l.conn.Send(ctx, schema.MustMarshal(f))
}

// Follow keeps this device up to date until ctx ends: it connects, subscribes to
// every workspace, catches up, applies what is pushed, and connects again after
// any failure, with growing pauses. What it learns is told to [Engine.Listen].
// It returns ctx's error, or at once when the device was revoked.
func (e *Engine) Follow(ctx context.Context) error {
	pause := reconnectMin
	for {
		start := e.opt.Clock.Now()
		err := e.followOnce(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if schema.HasCode(err, schema.CodeDeviceRevoked) || schema.HasCode(err, schema.CodeSignInFailed) {
			return err
		}
		e.opt.Logger.Info("live connection ended", "error", err)
		if e.opt.Clock.Now().Sub(start) > reconnectMax {
			pause = reconnectMin
		}
		select {
		case <-e.opt.Clock.After(ctx, pause/2+rand.N(pause)):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause = min(2*pause, reconnectMax)
	}
}

func (e *Engine) followOnce(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := e.Sync(ctx)
	var m *Misbehaviour
	if endsConnection(err) || errors.As(err, &m) && m.Workspace.IsZero() {
		return err // the account itself is in doubt: nothing goes on
	}
	token, err := e.token(ctx, "")
	if err != nil {
		return err
	}
	conn, err := e.opt.Transport.Live(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.Send(ctx, schema.MustMarshal(schema.Frame{Hello: &schema.Hello{Version: schema.Version, Token: token}})); err != nil {
		return err
	}
	frame, err := receive(ctx, conn)
	if err != nil {
		return err
	}
	if frame.Error != nil {
		if frame.Error.Code == schema.CodeUnauthenticated {
			if _, err := e.token(ctx, token); err != nil {
				return err
			}
		}
		return &schema.Error{Code: frame.Error.Code, Detail: frame.Error.Detail}
	}
	if frame.Welcome == nil {
		return schema.Errorf(schema.CodeBadEncoding, "the server did not welcome the connection")
	}
	for _, w := range e.allWorkspaces() {
		if w.usable() != nil {
			continue
		}
		if err := conn.Send(ctx, schema.MustMarshal(schema.Frame{Subscribe: &schema.Subscribe{Workspace: w.id}})); err != nil {
			return err
		}
	}
	e.live.set(conn)
	defer e.live.set(nil)
	e.setOnline(true)
	defer e.setOnline(false)
	var background sync.WaitGroup
	defer background.Wait()
	defer cancel()
	background.Go(func() { e.keepUp(ctx) })
	for {
		frame, err := receive(ctx, conn)
		if err != nil {
			return err
		}
		if err := e.handle(ctx, frame); err != nil {
			return err
		}
	}
}

// Pauses of what is done in the background while the live connection stands.
const (
	retryEvery  = 5 * time.Second
	gossipEvery = 30 * time.Second
)

// keepUp sends again what could not be sent, tells other members what this device
// has verified, and looks for workspaces that somebody else or another device put
// the user in, which nothing is pushed of, until ctx ends.
func (e *Engine) keepUp(ctx context.Context) {
	var gossiped time.Time
	named := map[schema.WorkspaceID]bool{}
	for {
		now := e.opt.Clock.Now()
		gossip := now.Sub(gossiped) >= gossipEvery
		if gossip {
			gossiped = now
			if err := e.lookForOthers(ctx, named); err != nil {
				e.opt.Logger.Debug("the workspaces were not brought up to date", "error", err)
			}
		}
		for _, w := range e.allWorkspaces() {
			if w.usable() != nil {
				continue
			}
			if gossip {
				if err := w.SendHeads(ctx); err != nil {
					e.opt.Logger.Debug("heads were not sent", "workspace", w.id, "error", err)
				}
			}
			if waiting, err := e.outbox(ctx); err == nil && len(waiting) > 0 {
				if err := e.empty(ctx, w); err != nil {
					e.opt.Logger.Debug("the outbox was not emptied", "workspace", w.id, "error", err)
				}
			}
		}
		select {
		case <-e.opt.Clock.After(ctx, retryEvery):
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// lookForOthers catches up when the server names a workspace that this device does
// not know, once for each: one that is not sound stays unknown.
func (e *Engine) lookForOthers(ctx context.Context, named map[schema.WorkspaceID]bool) error {
	ids, err := e.fetchWorkspaces(ctx)
	if err != nil {
		return err
	}
	fresh := false
	for _, id := range ids {
		_, err := e.Workspace(id)
		fresh = fresh || err != nil && !named[id]
		named[id] = true
	}
	if !fresh {
		return nil
	}
	return e.Sync(ctx)
}

func receive(ctx context.Context, conn LiveConn) (schema.Frame, error) {
	var f schema.Frame
	b, err := conn.Receive(ctx)
	if err == nil {
		err = schema.Unmarshal(b, &f)
	}
	return f, err
}

// handle applies one pushed frame. An error ends the connection; what concerns
// one workspace alone does not.
func (e *Engine) handle(ctx context.Context, f schema.Frame) error {
	var id schema.WorkspaceID
	var apply func(*Workspace) error
	switch {
	case f.Heads != nil:
		id = f.Heads.Workspace
		apply = func(w *Workspace) error { return w.pushedHeads(ctx, f.Heads.Heads) }
	case f.Events != nil:
		id = f.Events.Workspace
		apply = func(w *Workspace) error { return w.pushedEvents(ctx, f.Events) }
	case f.Roster != nil:
		id = f.Roster.Workspace
		apply = func(w *Workspace) error { return w.catchUp(ctx) }
	case f.Erased != nil:
		// The local copy goes by the signed deletion (see forgetDeleted), never on
		// the server's word.
		return nil
	case f.Signals != nil:
		id = f.Signals.Workspace
		apply = func(w *Workspace) error { return w.pushedSignal(ctx, f.Signals) }
	case f.Error != nil:
		// One signal or one subscription was refused. The end of the session ends
		// the connection by itself.
		e.opt.Logger.Debug("the server refused a frame", "code", f.Error.Code, "detail", f.Error.Detail)
		return nil
	default:
		return nil
	}
	w, err := e.Workspace(id)
	if err != nil || w.Offered() {
		return nil // not one of ours: nothing to do with it
	}
	if err := apply(w); endsConnection(err) {
		return err
	} else if err != nil {
		e.opt.Logger.Info("a workspace could not be brought up to date", "workspace", id, "error", err)
	}
	return nil
}

// endsConnection reports failures of the connection, the session, the context or
// the local store. Whatever else is wrong concerns one workspace, where other people may
// have caused it, and does not keep this device from the others.
func endsConnection(err error) bool {
	switch schema.CodeOf(err) {
	case schema.CodeOffline, schema.CodeUnavailable, schema.CodeRateLimited, schema.CodeUnauthenticated,
		schema.CodeDeviceRevoked, schema.CodeSignInFailed, schema.CodeInternal:
		return true
	}
	return false
}

// pushedHeads catches up when the answer to a subscription names more than is
// known here. It proves nothing when it names less: it may have waited while this
// device went on. Rollbacks are looked for in answers to requests, see catchUp.
func (w *Workspace) pushedHeads(ctx context.Context, heads schema.WorkspaceHeads) error {
	w.mu.RLock()
	behind := heads.Roster.Seq > w.roster.Head().Seq
	for _, info := range heads.Streams {
		s := w.streams[info.Head.Stream]
		behind = behind || s == nil || info.Head.Seq > s.cur.Seq
	}
	w.mu.RUnlock()
	if behind {
		return w.Sync(ctx)
	}
	return w.e.empty(ctx, w)
}

// pushedEvents applies events that continue a stream, and fetches what lies
// between otherwise.
func (w *Workspace) pushedEvents(ctx context.Context, p *schema.PushEvents) error {
	if len(p.Events) == 0 {
		return nil
	}
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if w.bad != nil {
		return w.bad
	}
	if w.circles[p.Circle] == nil {
		if err := w.syncRoster(ctx); err != nil || w.circles[p.Circle] == nil {
			return err
		}
	}
	s := w.stream(p.Circle, p.Events[0].Stream)
	events := p.Events
	for len(events) > 0 && events[0].Seq <= s.cur.Seq {
		events = events[1:] // seen already: own events, or a catch-up was faster
	}
	switch {
	case s.bad != nil:
		return s.bad
	case len(events) == 0:
		return nil
	case s.cur.Circle != p.Circle || events[0].Seq != s.cur.Seq+1:
		return w.syncStream(ctx, s)
	}
	if err := w.accept(ctx, s, events); err != nil {
		return err
	}
	return w.compareCuts(ctx, s)
}

// eraseLocal forgets the ciphertext of deleted events on this device too; their
// place in the chain stays.
func (w *Workspace) eraseLocal(ctx context.Context, id schema.StreamID, sequences ...uint64) error {
	return w.e.cache.update(ctx, func(cw cacheWriter) error {
		for _, seq := range sequences {
			var rec eventRecord
			key := keyEvent(w.id, id, seq)
			found, err := cw.get(key, &rec)
			if err != nil {
				return err
			}
			if !found || len(rec.Event.Ciphertext) == 0 {
				continue
			}
			if rec.Verdict == VerdictAccepted {
				rec.Verdict = VerdictErased
			}
			rec.Event.Ciphertext = nil
			if err := cw.put(key, &rec); err != nil {
				return err
			}
		}
		return nil
	})
}
