package client

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/index"
	"github.com/cenacle-team/cenacle/workspace/personal"
)

// errBadPacket means that the author of an epoch handed this user a key that does
// not open, or not the secret that the others have.
var errBadPacket = fmt.Errorf("the key packet of this epoch is not usable: %w", &schema.Error{Code: schema.CodeUnreadable})

// refreshCircles follows the roster: circles that the user entered or left. What
// is kept of the index of a circle that is new here is read again, as the user
// may have been in it before.
func (w *Workspace) refreshCircles(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.settings == nil && w.roster.Personal() {
		w.settings = personal.New(w.e.User())
	}
	mine := map[schema.CircleID]bool{}
	for _, id := range w.roster.CirclesOf(w.e.User()) {
		mine[id] = true
		switch {
		case w.circles[id] != nil:
			w.tryAgain(w.circles[id])
		case w.left[id] != nil:
			c := w.left[id]
			c.mu.Lock()
			c.tried = tried{} // there are new keys now
			c.mu.Unlock()
			w.tryAgain(c)
			w.circles[id] = c
			delete(w.left, id)
		default:
			c := &circle{
				id: id, secrets: map[uint64]seal.EpochSecret{}, unknown: map[uint64]error{},
				cuts: map[uint64]keptCut{}, index: index.New(schema.IndexStream(w.id, id)),
			}
			w.tryAgain(c)
			if err := w.replayStored(ctx, c, schema.IndexStream(w.id, id), c.index); err != nil {
				return err
			}
			if w.settings != nil {
				if err := w.replayStored(ctx, c, w.personalStream(), w.settings); err != nil {
					return err
				}
			}
			w.circles[id] = c
		}
	}
	for id, c := range w.circles {
		if !mine[id] {
			w.left[id] = c
			delete(w.circles, id)
		}
	}
	return nil
}

// errNoSecret means that this device was never given the secret of an epoch: it
// belongs to a time before the user entered, whose history was not shared.
// It is an error of its own, so that errors.Is does not take another unreadable
// thing for it.
var errNoSecret = fmt.Errorf("no key for this epoch: %w", &schema.Error{Code: schema.CodeUnreadable})

// secret returns the secret of an epoch of a circle that the user is in: from a
// key packet of the roster, or backward along the chain of previous secrets. It
// is called with op held, or with mu held for writing.
func (w *Workspace) secret(c *circle, epoch uint64) (seal.EpochSecret, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s, ok := c.secrets[epoch]; ok {
		return s, nil
	}
	if err := c.unknown[epoch]; err != nil {
		return seal.EpochSecret{}, err
	}
	info, ok := w.roster.Circle(c.id)
	if !ok || epoch == 0 || epoch > info.Epoch {
		return seal.EpochSecret{}, schema.Errorf(schema.CodeUnreadable, "epoch %d of circle %s is not in the roster", epoch, c.id)
	}
	// Walk forward to the nearest epoch that opens with an own key, then back.
	at := epoch
	for {
		if _, ok := c.secrets[at]; ok {
			break
		}
		err := c.unknown[at]
		if err == nil {
			var s seal.EpochSecret
			if s, err = w.openPacket(c.id, info.Epochs[at-1].Commitment, at); err == nil {
				c.secrets[at] = s
				break
			}
			if at < info.Epoch {
				at++
				continue
			}
		}
		return seal.EpochSecret{}, c.giveUp(epoch, at, err)
	}
	for ; at > epoch; at-- {
		from := info.Epochs[at-1]
		if !from.HasPrevious {
			return seal.EpochSecret{}, c.giveUp(epoch, at-1, errNoSecret)
		}
		s, err := seal.OpenPrevious(c.secrets[at], from.Previous, w.id, c.id, at)
		if err == nil {
			err = seal.CheckCommitment(s, w.id, c.id, at-1, info.Epochs[at-2].Commitment)
		}
		if err != nil {
			return seal.EpochSecret{}, c.giveUp(epoch, at-1, fmt.Errorf("open the previous secret of epoch %d: %w", at, err))
		}
		c.secrets[at-1] = s
	}
	return c.secrets[epoch], nil
}

// giveUp remembers that the epochs from first to last have no key. They share the
// reason, as a walk from any of them comes to the same end: each bad key packet is
// tried once, however many of them somebody made.
func (c *circle) giveUp(first, last uint64, err error) error {
	for n := first; n <= last; n++ {
		c.unknown[n] = err
	}
	return err
}

// tried is what epochs were looked for with. Where it is the same, so is the result.
type tried struct {
	epochs      uint64
	keys        *identity.Keys
	certificate *cert.Certificate
}

// tryAgain forgets which epochs have no key if a later epoch or new keys may bring
// what was missing.
func (w *Workspace) tryAgain(c *circle) {
	n, _, _ := w.roster.CircleEpoch(c.id)
	certificate, _ := w.roster.Certificate(w.e.User())
	now := tried{n, w.e.decryptionKeys(), certificate}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tried != now {
		c.tried, c.unknown = now, map[uint64]error{}
	}
}

// openPacket opens the key packet that the roster holds for any of the user's
// encryption subkeys and checks it against the epoch's commitment, which makes
// a packet of another workspace, circle or epoch useless.
func (w *Workspace) openPacket(c schema.CircleID, commitment schema.Hash, epoch uint64) (seal.EpochSecret, error) {
	certificate, ok := w.roster.Certificate(w.e.User())
	if !ok {
		return seal.EpochSecret{}, errNoSecret
	}
	var last error = errNoSecret
	for _, k := range certificate.EncryptionKeys() {
		packet, ok := w.roster.KeyFor(c, epoch, k.Fingerprint)
		if !ok {
			continue
		}
		s, err := seal.OpenKey(packet, w.e.decryptionKeys())
		if err == nil {
			err = seal.CheckCommitment(s, w.id, c, epoch, commitment)
		}
		if err == nil {
			return s, nil
		}
		last = fmt.Errorf("%w: %w", errBadPacket, err)
	}
	return seal.EpochSecret{}, last
}

// keysReplaced reports whether another device replaced the encryption subkey and
// this one does not have the new private half yet.
func (w *Workspace) keysReplaced() bool {
	certificate, ok := w.roster.Certificate(w.e.User())
	return ok && !w.e.decryptionKeys().Holds(certificate.Encryption().Fingerprint)
}

// cut returns the cut that precedes an epoch, from the local store or the server,
// checked against the hash in the roster.
func (w *Workspace) cut(ctx context.Context, c *circle, epoch uint64, hash schema.Hash) (schema.Cut, error) {
	if kept, ok := c.cuts[epoch]; ok && kept.hash == hash {
		return kept.Cut, nil
	}
	var cut schema.Cut
	var found bool
	err := w.e.cache.view(ctx, func(r cacheReader) (err error) {
		found, err = r.get(keyCut(w.id, hash), &cut)
		return err
	})
	if err != nil {
		return cut, err
	}
	if !found {
		cut, err = w.e.fetchCut(ctx, w.id, hash)
		if schema.HasCode(err, schema.CodeNotFound) {
			// Cuts are for those in the circle: the user may have left it meanwhile.
			if err := w.syncRoster(ctx); err != nil {
				return cut, err
			}
			if w.circles[c.id] == nil {
				return cut, err
			}
			return cut, w.caught(ctx, FoundCutWithheld, schema.StreamID{}, Facts{Circle: c.id, Epoch: epoch},
				ProofItem{What: "cut hash", Bytes: hash[:]})
		}
		if err != nil {
			return cut, err
		}
		if cut.Hash() != hash || cut.Workspace != w.id || cut.Circle != c.id || !slices.IsSortedFunc(cut.Heads, byStream) {
			return cut, w.caught(ctx, FoundCutAltered, schema.StreamID{}, Facts{Circle: c.id, Epoch: epoch}, proof("cut", cut), ProofItem{What: "signed hash", Bytes: hash[:]})
		}
		err = w.e.cache.update(ctx, func(cw cacheWriter) error { return cw.put(keyCut(w.id, hash), cut) })
		if err != nil {
			return cut, err
		}
	}
	c.cuts[epoch] = keptCut{cut, hash}
	return cut, nil
}

// keptCut is a cut that was compared with its hash, whose heads ascend by stream.
type keptCut struct {
	schema.Cut
	hash schema.Hash
}

func byStream(a, b schema.StreamHead) int { return bytes.Compare(a.Stream[:], b.Stream[:]) }

// headIn finds the head of a stream in a cut.
func headIn(cut schema.Cut, s schema.StreamID) (schema.StreamHead, bool) {
	i, ok := slices.BinarySearchFunc(cut.Heads, schema.StreamHead{Stream: s}, byStream)
	if !ok {
		return schema.StreamHead{}, false
	}
	return cut.Heads[i], true
}

// boundary is where an epoch begins in one stream: everything up to seq, whose
// link is link, was there before it.
type boundary struct {
	epoch uint64
	seq   uint64
	link  schema.Hash
}

// boundaries lists the known beginnings of epochs in a stream, ascending. Where
// a circle waits for its next epoch, the cut of the departure is the last one.
func (w *Workspace) boundaries(ctx context.Context, c *circle, s schema.StreamID) ([]boundary, error) {
	info, ok := w.roster.Circle(c.id)
	if !ok {
		return nil, schema.Errorf(schema.CodeNotFound, "circle %s", c.id)
	}
	type step struct {
		epoch uint64
		hash  schema.Hash
	}
	var steps []step
	for _, ep := range info.Epochs {
		if ep.Epoch > 1 {
			steps = append(steps, step{ep.Epoch, ep.Cut})
		}
	}
	if info.Stale && !info.StaleCut.IsZero() {
		steps = append(steps, step{info.Epoch + 1, info.StaleCut})
	}
	out := make([]boundary, 0, len(steps))
	first := schema.FirstLink(w.id, c.id, s)
	for _, st := range steps {
		cut, err := w.cut(ctx, c, st.epoch, st.hash)
		if err != nil {
			return nil, err
		}
		b := boundary{epoch: st.epoch, link: first}
		if h, ok := headIn(cut, s); ok {
			b.seq, b.link = h.Seq, h.Link
		}
		out = append(out, b)
	}
	return out, nil
}
