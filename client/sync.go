package client

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/cenacle-team/cenacle/schema"
)

// Sync catches up with the server in one workspace, does the duties of a member's
// device, and sends what waits in the outbox.
func (w *Workspace) Sync(ctx context.Context) error {
	if err := w.catchUp(ctx); err != nil || w.Offered() {
		return err
	}
	// What the server cannot take now stays queued and is shown as such: reading
	// works all the same.
	if err := w.e.empty(ctx, w); err != nil && !temporary(err) {
		return err
	}
	return nil
}

func (w *Workspace) catchUp(ctx context.Context) error {
	unlock, err := w.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if w.bad != nil {
		return w.bad
	}
	if w.roster == nil {
		if err := w.load(ctx); err != nil {
			return err
		}
	}
	if err := w.syncRoster(ctx); err != nil {
		return err
	}
	if err := w.reconsider(ctx); err != nil {
		return err
	}
	if err := w.findConsent(ctx); err != nil {
		return err
	}
	if !w.consented {
		if err := w.checkOffer(); err != nil {
			return err
		}
		return w.glance(ctx)
	}
	duty := w.publishCertificate(ctx)
	if schema.HasCode(duty, schema.CodeKeysReplaced) {
		duty = nil
	}
	if m, ok := w.roster.Member(w.e.User()); ok && m.Pending {
		return duty
	}
	if duty == nil {
		duty = w.renewIfStale(ctx, w.roster.CirclesOf(w.e.User())...)
	}
	// What cannot be done now, because somebody else holds the circles for example,
	// keeps nobody from reading.
	if endsConnection(duty) || errors.Is(duty, ErrServerMisbehaved) || schema.HasCode(duty, schema.CodeRemoved) {
		return duty
	}
	if err := w.look(ctx); err != nil {
		return err
	}
	if duty != nil {
		return duty
	}
	if err := w.cancelExpired(ctx); err != nil {
		return err
	}
	return w.publishProfiles(ctx)
}

// maxLooks bounds how often the heads are asked for again because the membership
// changes meanwhile.
const maxLooks = 5

// errLookAgain means that the roster has grown since the heads were named: what is
// missing from them proves nothing.
var errLookAgain = errors.New("the heads are older than the roster")

// look catches up with every stream without writing anything.
func (w *Workspace) look(ctx context.Context) error {
	for range maxLooks {
		heads, err := w.e.fetchHeads(ctx, w.id)
		if err != nil {
			return w.gone(err)
		}
		if err := w.follow(ctx, heads); !errors.Is(err, errLookAgain) {
			return err
		}
	}
	return nil // what is hidden shows once the membership rests
}

// follow brings every stream to the heads that the server names. A stream whose
// history contradicts itself stops alone; the others go on.
func (w *Workspace) follow(ctx context.Context, heads schema.WorkspaceHeads) error {
	if heads.Roster.Seq > w.roster.Head().Seq {
		if err := w.syncRoster(ctx); err != nil {
			return err
		}
		head := w.roster.Head()
		if head.Seq < heads.Roster.Seq {
			return w.caught(ctx, FoundRosterEntriesWithheld, schema.StreamID{}, Facts{Seq: heads.Roster.Seq, Known: head.Seq},
				proof("roster head", heads.Roster), proof("own head", head))
		}
		if hash, _ := w.roster.HashAt(heads.Roster.Seq); hash != heads.Roster.Hash {
			return w.caught(ctx, FoundRosterForked, schema.StreamID{}, Facts{Seq: heads.Roster.Seq}, proof("roster head", heads.Roster), proof("own head", head))
		}
	} else if err := w.checkRosterHead(ctx, heads.Roster); err != nil {
		return err
	}
	// Indexes first: they say what the other streams are.
	slices.SortStableFunc(heads.Streams, func(a, b schema.StreamInfo) int {
		return boolRank(a.Head.Stream == schema.IndexStream(w.id, a.Circle)) - boolRank(b.Head.Stream == schema.IndexStream(w.id, b.Circle))
	})
	named := map[schema.StreamID]bool{}
	var first error
	for _, info := range heads.Streams {
		named[info.Head.Stream] = true
		if w.circles[info.Circle] == nil {
			continue // not (or no longer) one of the user's circles
		}
		s := w.stream(info.Circle, info.Head.Stream)
		err := w.followStream(ctx, s, info)
		if err != nil && !errors.Is(err, ErrServerMisbehaved) {
			return err
		}
		if err != nil && first == nil {
			first = err
		}
	}
	if w.roster.Head() != heads.Roster {
		return cmp.Or(first, errLookAgain)
	}
	if err := w.checkHidden(ctx, named); err != nil {
		return err
	}
	for _, s := range w.streams {
		switch {
		case named[s.id] || w.circles[s.cur.Circle] == nil:
		case s.bad != nil:
			first = s.bad
		case s.cur.Seq > 0:
			return w.caught(ctx, FoundStreamHidden, s.id, Facts{Known: s.cur.Seq},
				proof("verified head", schema.StreamHead{Stream: s.id, Seq: s.cur.Seq, Link: s.cur.Link}), proof("heads", heads))
		}
	}
	return first
}

// checkHidden reports a stream that a signed cut names and that is not shown,
// also to somebody who has never seen it.
func (w *Workspace) checkHidden(ctx context.Context, named map[schema.StreamID]bool) error {
	for _, c := range w.circles {
		if _, err := w.boundaries(ctx, c, schema.IndexStream(w.id, c.id)); err != nil {
			return err
		}
		for _, cut := range c.cuts {
			for _, h := range cut.Heads {
				if s := w.stream(c.id, h.Stream); !named[s.id] && s.bad == nil {
					return w.caught(ctx, FoundCutStreamHidden, s.id, Facts{}, proof("cut", cut.Cut))
				}
			}
		}
	}
	return nil
}

func (w *Workspace) followStream(ctx context.Context, s *stream, info schema.StreamInfo) error {
	switch {
	case s.bad != nil:
		return s.bad
	case s.cur.Circle != info.Circle:
		return w.caught(ctx, FoundStreamMoved, s.id, Facts{Circle: info.Circle}, proof("heads", info))
	}
	if err := w.checkStrangers(ctx, s); err != nil {
		return err
	}
	if info.Head.Seq > s.cur.Seq {
		return w.syncStream(ctx, s)
	}
	if acks, err := w.openAcks(ctx, s); err != nil {
		return err
	} else if len(acks) > 0 {
		return w.syncStream(ctx, s) // which settles what became of them
	}
	if err := w.checkHead(ctx, s, info.Head); err != nil {
		return err
	}
	return w.compareCuts(ctx, s)
}

func boolRank(first bool) int {
	if first {
		return 0
	}
	return 1
}

// syncStreams catches up with every known stream of some circles.
func (w *Workspace) syncStreams(ctx context.Context, circles []schema.CircleID) error {
	for _, s := range w.streams {
		if s.bad != nil || w.circles[s.cur.Circle] == nil || !slices.Contains(circles, s.cur.Circle) {
			continue
		}
		if err := w.syncStream(ctx, s); err != nil {
			return err
		}
	}
	return nil
}
