package client

import (
	"context"

	"github.com/cenacle-team/cenacle/schema"
)

// compareCuts holds a stream against the signed cuts. Where one of them names more
// than was verified, the server is asked first.
func (w *Workspace) compareCuts(ctx context.Context, s *stream) error {
	last, err := w.lastCut(ctx, s)
	if err != nil {
		return err
	}
	if last > s.cur.Seq {
		return w.syncStream(ctx, s)
	}
	return w.checkCuts(ctx, s)
}

// lastCut is the highest position of a stream that a known cut names.
func (w *Workspace) lastCut(ctx context.Context, s *stream) (seq uint64, err error) {
	c := w.circles[s.cur.Circle]
	if c == nil {
		return 0, nil
	}
	bounds, err := w.boundaries(ctx, c, s.id)
	for _, b := range bounds {
		seq = max(seq, b.seq)
	}
	return seq, err
}

// checkCuts reports a stream that is not what the cuts that members signed say:
// one that ends below a cut, or that had gone on otherwise, or further under the
// epoch that the cut ends, when this device verified it.
func (w *Workspace) checkCuts(ctx context.Context, s *stream) error {
	c := w.circles[s.cur.Circle]
	if c == nil {
		return nil
	}
	bounds, err := w.boundaries(ctx, c, s.id)
	if err != nil {
		return err
	}
	next := s.cur.clone()
	for _, b := range bounds {
		if b.seq > s.cur.Seq {
			return w.caught(ctx, FoundCutEventMissing, s.id, Facts{Seq: b.seq, Known: s.cur.Seq},
				proof("cut", c.cuts[b.epoch].Cut), proof("verified head", schema.StreamHead{Stream: s.id, Seq: s.cur.Seq, Link: s.cur.Link}))
		}
		if b.epoch > s.cur.Compared {
			if err := w.compareCut(ctx, s, c, b); err != nil {
				return err
			}
			next.Compared = b.epoch
		}
	}
	if next.Compared == s.cur.Compared || s.cur.Seq == 0 {
		return nil
	}
	return w.turn(ctx, s, next)
}

// turn keeps a cursor that stands where the stream's does, and knows more.
func (w *Workspace) turn(ctx context.Context, s *stream, next cursor) error {
	err := w.e.cache.update(ctx, func(cw cacheWriter) error {
		var kept cursor
		if found, err := cw.get(keyCursor(w.id, s.id), &kept); err != nil || !found || kept.Seq != next.Seq {
			return err
		}
		return cw.put(keyCursor(w.id, s.id), &next)
	})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	s.cur = next
	return nil
}

// compareCut compares a cut with what was verified before it was known.
func (w *Workspace) compareCut(ctx context.Context, s *stream, c *circle, b boundary) error {
	x := &examiner{w: w, s: s, c: c, next: s.cur}
	link, err := x.linkAt(ctx, b.seq)
	if err != nil {
		return err
	}
	if link != b.link {
		return w.caught(ctx, FoundEventNotInCut, s.id, Facts{Seq: b.seq},
			proof("cut", c.cuts[b.epoch].Cut), ProofItem{What: "own link", Bytes: link[:]})
	}
	for seq := b.seq + 1; seq <= s.cur.Seq; seq++ {
		var rec eventRecord
		err := w.e.cache.view(ctx, func(r cacheReader) error { _, err := r.get(keyEvent(w.id, s.id, seq), &rec); return err })
		if err != nil {
			return err
		}
		if rec.Event.Epoch >= b.epoch {
			return nil
		}
		if rec.Verdict == VerdictAccepted {
			return w.caught(ctx, FoundEventMissingFromCut, s.id, Facts{Seq: seq},
				proof("cut", c.cuts[b.epoch].Cut), proof("event", rec.Event))
		}
	}
	return nil
}
