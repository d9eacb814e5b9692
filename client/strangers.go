package client

import (
	"context"
	"errors"

	"github.com/cenacle-team/cenacle/schema"
)

// An event by a device that the roster does not know is void. The server could
// make use of that: show a newcomer's message before the entry that brought the
// newcomer in, and so keep the message from a chosen reader for good. When the
// roster learns of a device later, what was void for this reason is therefore
// looked at again: whoever signs to have seen the own entry was in the roster that
// the server did not show when it was asked.

// reasonStranger is the reason of such a verdict.
const reasonStranger = "unknown device"

// checkStrangers looks at the events of a stream by devices that the roster did
// not know. It is called with op held and the roster synchronised.
func (w *Workspace) checkStrangers(ctx context.Context, s *stream) error {
	c, head := w.circles[s.cur.Circle], w.roster.Head()
	if s.cur.Stranger == 0 || s.cur.Looked == head.Seq || c == nil {
		return nil
	}
	next := s.cur.clone()
	next.Stranger, next.Looked = 0, head.Seq
	var known []eventRecord
	err := w.e.cache.view(ctx, func(r cacheReader) error {
		return r.scan(keyEventPrefix(w.id, s.id), keyEvent(w.id, s.id, s.cur.Stranger), false, func(_, plain []byte) (bool, error) {
			var rec eventRecord
			if err := schema.Unmarshal(plain, &rec); err != nil {
				return false, errors.Join(errCorruptRecord, err)
			}
			ev := &rec.Event
			if rec.Verdict != VerdictVoid || rec.Reason != reasonStranger {
				return true, nil
			}
			if _, ok := w.roster.Device(ev.Author, ev.Device); ok {
				known = append(known, rec)
			} else if next.Stranger == 0 {
				next.Stranger = ev.Seq
			}
			return len(known) < maxStrangers, nil
		})
	})
	if err != nil {
		return err
	}
	if len(known) == maxStrangers {
		next.Stranger = known[maxStrangers-1].Event.Seq // the rest another time
	}
	for i := range known {
		if err := w.checkStranger(ctx, s, c, &known[i].Event); err != nil {
			return err
		}
	}
	return w.turn(ctx, s, next)
}

// maxStrangers bounds what is looked at at one time.
const maxStrangers = 1000

// checkStranger reports the server if the author of a void event had seen the
// entry that the server did not show.
func (w *Workspace) checkStranger(ctx context.Context, s *stream, c *circle, ev *schema.Event) error {
	device, _ := w.roster.Device(ev.Author, ev.Device)
	key, err := w.streamKey(c, s.id, ev.Epoch)
	if err != nil {
		return nil // what it says is not known
	}
	payload, _, err := key.Open(ev.Ciphertext, device)
	if err != nil {
		return nil // not the device's
	}
	h := &payload.Header
	hash, ok := w.roster.HashAt(h.Roster.Seq)
	if h.Event != ev.ID || h.Author != ev.Author || !ok || hash != h.Roster.Hash ||
		!w.roster.InCircleAt(c.id, ev.Author, h.Roster.Seq) || !w.roster.DeviceValidAt(ev.Author, ev.Device, h.Roster.Seq) {
		return nil // made before its device, or its author, was let in
	}
	items := []ProofItem{proof("event", ev), proof("own head", w.roster.Head())}
	if ignore, err := w.wordless(ctx, ev.Author, ev.Device, items); err != nil || ignore {
		return err
	}
	return w.contradicted(ctx, FoundAuthorKnowsLaterRoster, s.id, ev.Device,
		Facts{User: ev.Author, Seq: h.Roster.Seq, Known: s.cur.Looked}, items...)
}
