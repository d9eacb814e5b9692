package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// change collects roster entries that are applied by the server in one step. The
// same rules that every reader applies are applied here first.
type change struct {
	w       *Workspace
	next    *roster.State
	entries []schema.SignedEntry
	hold    []byte
	cuts    map[schema.CircleID]schema.Hash
	secrets map[schema.CircleID]seal.EpochSecret
	genesis bool
	// unseen cuts are signed as the server names them, as those of circles that the
	// author is not in: their members check them.
	unseen bool
}

// maxChangeAttempts bounds how often a change is rebuilt because somebody else's
// came first.
const maxChangeAttempts = 8

// change builds and posts a batch; when another member's change or message came
// first, it catches up and builds again. It is called with op held and leaves
// the local roster at the new head.
func (w *Workspace) change(ctx context.Context, build func(*change) error) error {
	if err := w.usable(); err != nil {
		return err
	}
	return w.attempt(ctx, build)
}

// attempt is change where the user need not have consented.
func (w *Workspace) attempt(ctx context.Context, build func(*change) error) error {
	var err error
	for attempt := range maxChangeAttempts {
		if attempt > 0 {
			// Somebody else may hold the circles, or an own attempt that failed.
			pause := max(retryAfter(err), rand.N(20*time.Millisecond<<min(attempt, 6)))
			select {
			case <-w.e.opt.Clock.After(ctx, pause):
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if err = w.syncRoster(ctx); err != nil {
			return err
		}
		c := &change{w: w, next: w.roster.Clone(), cuts: map[schema.CircleID]schema.Hash{}, secrets: map[schema.CircleID]seal.EpochSecret{}}
		if err = build(c); err == nil {
			err = c.post(ctx)
		}
		switch schema.CodeOf(err) {
		case schema.CodeRosterConflict, schema.CodeCutMoved, schema.CodeConflict, schema.CodeRateLimited:
			continue
		}
		return err
	}
	return err
}

// retryAfter is how long the server asks to wait, within what a hold may take.
func retryAfter(err error) time.Duration {
	var e *schema.Error
	if !errors.As(err, &e) {
		return 0
	}
	return min(e.RetryAfter, schema.HoldLife)
}

// post sends the batch and applies it locally.
func (c *change) post(ctx context.Context) error {
	if len(c.entries) == 0 {
		return nil
	}
	err := c.w.e.postRoster(ctx, c.w.id, c.genesis, schema.RosterBatch{Entries: c.entries, Hold: c.hold})
	if err != nil {
		return err
	}
	if _, err := c.w.applyRoster(ctx, c.entries); err != nil {
		return err
	}
	if err := c.w.refreshCircles(ctx); err != nil {
		return err
	}
	for id, s := range c.secrets {
		if circle := c.w.circles[id]; circle != nil {
			info, _ := c.w.roster.Circle(id)
			circle.mu.Lock()
			circle.secrets[info.Epoch] = s
			circle.mu.Unlock()
		}
	}
	return nil
}

// add signs one entry, applies the rules to it and takes it into the batch.
func (c *change) add(kind schema.RosterKind, body any, sign ...func(entry []byte) []byte) error {
	encoded, err := schema.Marshal(body)
	if err != nil {
		return err
	}
	head := c.next.Head()
	entry, err := schema.Marshal(schema.RosterEntry{
		Purpose: schema.PurposeRoster, Workspace: c.w.id, Seq: head.Seq + 1, Prev: head.Hash,
		Author: c.w.e.User(), Device: c.w.e.Device(), At: c.w.e.opt.Clock.Now().UnixMilli(), Kind: kind, Body: encoded,
	})
	if err != nil {
		return err
	}
	signed := schema.SignedEntry{Entry: entry, Signature: c.w.e.device.Sign(entry)}
	for _, s := range sign {
		signed.InviteSignature = s(entry)
	}
	if err := c.next.Apply(signed); err != nil {
		return err
	}
	c.entries = append(c.entries, signed)
	return nil
}

// takeCuts holds the circles' appends and returns their cuts, checked against
// everything that this device has verified of their streams.
func (c *change) takeCuts(ctx context.Context, circles []schema.CircleID) ([]schema.CircleCut, error) {
	if len(circles) == 0 {
		return []schema.CircleCut{}, nil
	}
	// Catch up first, so that little is left to fetch while others wait.
	if !c.unseen {
		if err := c.w.syncStreams(ctx, circles); err != nil {
			return nil, err
		}
	}
	verified := map[schema.StreamID]uint64{}
	for _, s := range c.w.streams {
		verified[s.id] = s.cur.Seq
	}
	hold, err := c.w.e.placeHold(ctx, c.w.id, circles)
	if err != nil {
		return nil, err
	}
	if len(hold.Cuts) != len(circles) {
		return nil, schema.Errorf(schema.CodeBadEncoding, "%d cuts for %d circles", len(hold.Cuts), len(circles))
	}
	out := make([]schema.CircleCut, len(circles))
	for i, cut := range hold.Cuts {
		if cut.Workspace != c.w.id || cut.Circle != circles[i] {
			return nil, schema.Errorf(schema.CodeBadEncoding, "a cut of another circle")
		}
		if !c.unseen {
			if err := c.w.checkCut(ctx, cut, verified); err != nil {
				return nil, err
			}
		}
		hash := cut.Hash()
		c.cuts[cut.Circle] = hash
		out[i] = schema.CircleCut{Circle: cut.Circle, Cut: hash}
	}
	c.hold = hold.Token
	return out, nil
}

// checkCut makes sure that a cut that is about to be signed loses nothing that
// this device had verified before it was taken, and contains nothing that it
// cannot verify.
func (w *Workspace) checkCut(ctx context.Context, cut schema.Cut, verified map[schema.StreamID]uint64) error {
	if w.circles[cut.Circle] == nil {
		return nil // somebody else's circle: its own members check the cut
	}
	named := map[schema.StreamID]bool{}
	for i, h := range cut.Heads {
		if i > 0 && string(cut.Heads[i-1].Stream[:]) >= string(h.Stream[:]) {
			return schema.Errorf(schema.CodeBadEncoding, "a cut that is not in order")
		}
		named[h.Stream] = true
		s := w.stream(cut.Circle, h.Stream)
		if s.cur.Circle != cut.Circle {
			return w.caught(ctx, FoundCutNamesForeignStream, s.id, Facts{}, proof("cut", cut))
		}
		if s.bad != nil {
			continue
		}
		if h.Seq > s.cur.Seq {
			if err := w.syncStream(ctx, s); err != nil {
				return err
			}
		}
		if h.Seq < s.cur.Seq && h.Seq >= verified[s.id] {
			// The hold has ended meanwhile, and others went on.
			x := &examiner{w: w, s: s, c: w.circles[cut.Circle], next: s.cur}
			link, err := x.linkAt(ctx, h.Seq)
			if err != nil {
				return err
			}
			if link != h.Link {
				return w.caught(ctx, FoundStreamForked, s.id, Facts{Seq: h.Seq}, proof("claimed head", h), ProofItem{What: "own link", Bytes: link[:]})
			}
			return schema.Errorf(schema.CodeCutMoved, "circle %s", cut.Circle)
		}
		if err := w.checkHead(ctx, s, h); err != nil {
			return err
		}
	}
	for _, s := range w.streams {
		if s.cur.Circle == cut.Circle && s.cur.Seq > 0 && !named[s.id] {
			return w.caught(ctx, FoundCutOmitsStream, s.id, Facts{}, proof("cut", cut))
		}
	}
	return nil
}

// epoch starts a circle's next epoch: a fresh secret for exactly the circle's
// members and open invites.
func (c *change) epoch(id schema.CircleID, shareHistory bool) error {
	info, ok := c.next.Circle(id)
	if !ok {
		return schema.Errorf(schema.CodeNotFound, "circle %s", id)
	}
	body := schema.EpochBody{Circle: id, Epoch: info.Epoch + 1}
	secret := seal.NewEpochSecret()
	body.Commitment = secret.Commitment(c.w.id, id, body.Epoch)
	if err := c.w.e.mayEncryptTo(c.next, c.newcomers(info)...); err != nil {
		return err
	}
	for _, k := range c.next.Recipients(id) {
		packet, err := seal.SealKey(secret, k)
		if err != nil {
			return fmt.Errorf("seal epoch key: %w", err)
		}
		body.Packets = append(body.Packets, packet)
	}
	if info.Epoch > 0 {
		body.Cut = info.StaleCut
		if body.Cut.IsZero() {
			body.Cut = c.cuts[id]
		}
		if shareHistory {
			previous, err := c.currentSecret(id, info.Epoch)
			if schema.HasCode(err, schema.CodeUnreadable) && c.next.MayManage(id, c.w.e.User()) && !c.w.keysReplaced() {
				// Whoever made the epoch gave this manager no usable key: without a
				// new one, whose past ends here, the circle would stay broken.
				return c.finishEpoch(body, secret)
			}
			if err != nil {
				return err
			}
			if body.Previous, err = seal.SealPrevious(secret, previous, c.w.id, id, body.Epoch); err != nil {
				return fmt.Errorf("seal previous secret: %w", err)
			}
		}
	}
	return c.finishEpoch(body, secret)
}

// newcomers are those of a circle's members who do not have its present secret.
// Pins and the strict setting say who is given something. Who has the secret gets
// nothing new with the next one, and if that had to wait for a verification, a
// revoked device or a removed member would read on meanwhile.
func (c *change) newcomers(info roster.Circle) []schema.UserID {
	if n, _, ok := c.w.roster.CircleEpoch(info.ID); !ok || n == 0 {
		return info.Members
	}
	return slices.DeleteFunc(slices.Clone(info.Members), func(u schema.UserID) bool { return c.w.roster.InCircle(info.ID, u) })
}

func (c *change) finishEpoch(body schema.EpochBody, secret seal.EpochSecret) error {
	if err := c.add(schema.RosterEpoch, body); err != nil {
		return err
	}
	c.secrets[body.Circle] = secret
	return nil
}

// currentSecret returns a circle's secret, also one made in this batch.
func (c *change) currentSecret(id schema.CircleID, epoch uint64) (seal.EpochSecret, error) {
	if s, ok := c.secrets[id]; ok {
		return s, nil
	}
	circle := c.w.circles[id]
	if circle == nil {
		return seal.EpochSecret{}, schema.Errorf(schema.CodeForbidden, "circle %s is not one of yours", id)
	}
	return c.w.secret(circle, epoch)
}

// settle starts the epochs that the last entry asks of its author.
func (c *change) settle() error {
	for _, id := range c.next.Pending() {
		if err := c.epoch(id, true); err != nil {
			return err
		}
	}
	return nil
}

// keys seals the current secrets of circles to one recipient.
func (c *change) keys(circles []schema.CircleID, recipient certificateKey) ([]schema.CircleKey, error) {
	out := make([]schema.CircleKey, 0, len(circles))
	for _, id := range circles {
		info, ok := c.next.Circle(id)
		if !ok {
			return nil, schema.Errorf(schema.CodeNotFound, "circle %s", id)
		}
		secret, err := c.currentSecret(id, info.Epoch)
		if err != nil {
			return nil, err
		}
		packet, err := seal.SealKey(secret, recipient)
		if err != nil {
			return nil, fmt.Errorf("seal circle key: %w", err)
		}
		out = append(out, schema.CircleKey{Circle: id, Epoch: info.Epoch, Packet: packet})
	}
	return out, nil
}

// rekey starts an epoch of a circle that nobody has left. It is called with op
// held.
func (w *Workspace) rekey(ctx context.Context, id schema.CircleID) error {
	return w.change(ctx, func(c *change) error {
		if _, err := c.takeCuts(ctx, []schema.CircleID{id}); err != nil {
			return err
		}
		return c.epoch(id, true)
	})
}

// renewIfStale starts the epoch that a departure left to the others. It is
// called with op held.
func (w *Workspace) renewIfStale(ctx context.Context, ids ...schema.CircleID) error {
	for _, id := range ids {
		info, ok := w.roster.Circle(id)
		if !ok || !info.Stale || w.keysReplaced() {
			continue
		}
		err := w.change(ctx, func(c *change) error {
			info, ok := c.next.Circle(id)
			if !ok || !info.Stale {
				return nil // somebody else was faster
			}
			return c.epoch(id, true)
		})
		// A reader without the previous secret cannot chain it; the rules let a
		// manager start without, and anybody else has to wait for one who can.
		if errors.Is(err, errNoSecret) {
			err = nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}
