package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
)

// examiner verifies the events that follow a stream's cursor. Every check of
// docs/protocol.md, "Reading an event", is here, in the order of that section.
type examiner struct {
	w      *Workspace
	s      *stream
	c      *circle
	next   cursor
	bounds []boundary
	own    ownState
	links  linkRing
	opened map[uint64]opened
}

// opened is what decrypting an event gave, before anything but its signature was
// checked.
type opened struct {
	payload *schema.Payload
	hash    schema.Hash
	err     error
}

// errUnknownDevice means that the roster binds no such device to the author.
var errUnknownDevice = errors.New("the roster knows no such device of the author")

// prepare gathers what the checks need and opens the events on all processors.
func (x *examiner) prepare(ctx context.Context, events []schema.Event) error {
	if x.behind(events) {
		if err := x.w.syncRoster(ctx); err != nil {
			return err
		}
	}
	var err error
	if x.bounds, err = x.w.boundaries(ctx, x.c, x.s.id); err != nil {
		return err
	}
	err = x.w.e.cache.view(ctx, func(r cacheReader) error { _, err := r.get(keyOwn(x.w.id, x.s.id), &x.own); return err })
	if err != nil {
		return err
	}
	x.openAll(events)
	for _, o := range x.opened {
		if o.payload != nil && o.payload.Header.Roster.Seq > x.w.roster.Head().Seq {
			if err := x.w.syncRoster(ctx); err != nil {
				return err
			}
			x.bounds, err = x.w.boundaries(ctx, x.c, x.s.id)
			return err
		}
	}
	return nil
}

// behind reports whether events name an epoch or a device that the local roster
// does not know yet.
func (x *examiner) behind(events []schema.Event) bool {
	info, _ := x.w.roster.Circle(x.c.id)
	for i := range events {
		if events[i].Epoch > info.Epoch {
			return true
		}
		if _, ok := x.w.roster.Device(events[i].Author, events[i].Device); !ok {
			return true
		}
	}
	return false
}

// openAll decrypts and verifies signatures in parallel; each result is judged
// later, in order.
func (x *examiner) openAll(events []schema.Event) {
	type job struct {
		ev     *schema.Event
		key    *seal.StreamKey
		device cert.Device
	}
	x.opened = make(map[uint64]opened, len(events))
	keys := map[uint64]*seal.StreamKey{}
	var jobs []job
	for i := range events {
		ev := &events[i]
		if len(ev.Ciphertext) == 0 {
			continue
		}
		device, ok := x.w.roster.Device(ev.Author, ev.Device)
		if !ok {
			x.opened[ev.Seq] = opened{err: errUnknownDevice}
			continue
		}
		key := keys[ev.Epoch]
		if key == nil {
			var err error
			if key, err = x.w.streamKey(x.c, x.s.id, ev.Epoch); err != nil {
				x.opened[ev.Seq] = opened{err: err}
				continue
			}
			keys[ev.Epoch] = key
		}
		jobs = append(jobs, job{ev, key, device})
	}
	results := make([]opened, len(jobs))
	workers := min(runtime.GOMAXPROCS(0), (len(jobs)+15)/16)
	var wg sync.WaitGroup
	for n := range workers {
		wg.Go(func() {
			for i := n; i < len(jobs); i += workers {
				r := &results[i]
				r.payload, r.hash, r.err = jobs[i].key.Open(jobs[i].ev.Ciphertext, jobs[i].device)
			}
		})
	}
	wg.Wait()
	for i, j := range jobs {
		x.opened[j.ev.Seq] = results[i]
	}
}

// streamKey returns the key of a stream in an epoch. It is called with op held,
// or with mu held for writing.
func (w *Workspace) streamKey(c *circle, s schema.StreamID, epoch uint64) (*seal.StreamKey, error) {
	secret, err := w.secret(c, epoch)
	if err != nil {
		return nil, err
	}
	return seal.NewStreamKey(secret, w.id, c.id, s, epoch)
}

// examine checks one event. The error is misbehaviour or a failure of the local
// store; everything else is a verdict.
func (x *examiner) examine(ctx context.Context, ev *schema.Event) (eventRecord, *schema.Payload, error) {
	w := x.w
	if ev.Stream != x.s.id || ev.Seq != x.next.Seq+1 {
		return eventRecord{}, nil, w.caught(ctx, FoundEventGap, x.s.id, Facts{Seq: ev.Seq, Known: x.next.Seq},
			proof("event", ev), proof("verified head", schema.StreamHead{Stream: x.s.id, Seq: x.next.Seq, Link: x.next.Link}))
	}
	if len(ev.Ciphertext) > 0 && sha256.Sum256(ev.Ciphertext) != ev.Digest {
		return eventRecord{}, nil, w.caught(ctx, FoundEventAltered, x.s.id, Facts{Seq: ev.Seq}, proof("event", ev))
	}
	link := ev.Link(x.next.Link)
	if err := x.checkChain(ctx, ev, link); err != nil {
		return eventRecord{}, nil, err
	}
	if info, _ := x.w.roster.Circle(x.c.id); ev.Epoch > info.Epoch {
		// A server takes no event under an epoch before it has the epoch's entry.
		return eventRecord{}, nil, w.caught(ctx, FoundRosterEpochWithheld, schema.StreamID{}, Facts{Seq: ev.Seq, Epoch: ev.Epoch, Known: info.Epoch},
			proof("event", ev), proof("own head", w.roster.Head()))
	}
	rec := eventRecord{Event: *ev, Link: link}
	payload, err := x.judge(ctx, &rec)
	if err != nil {
		return eventRecord{}, nil, err
	}
	if rec.Verdict != VerdictAccepted {
		payload = nil
		if err := x.ownEventRefused(ctx, &rec); err != nil {
			return eventRecord{}, nil, err
		}
	}
	x.next.Seq, x.next.Link = ev.Seq, link
	x.links.add(ev.Seq, link)
	return rec, payload, nil
}

// checkChain compares a link with what was signed or acknowledged about it.
func (x *examiner) checkChain(ctx context.Context, ev *schema.Event, link schema.Hash) error {
	for _, b := range x.bounds {
		if b.seq == ev.Seq && b.link != link {
			return x.w.caught(ctx, FoundEventNotInCut, x.s.id, Facts{Seq: ev.Seq}, proof("event", ev), proof("cut", x.c.cuts[b.epoch].Cut))
		}
	}
	for _, a := range x.own.Acks {
		if a.Seq == ev.Seq && (a.ID != ev.ID || a.Link != link) {
			return x.w.unborne(ctx, x.s.id, a, eventRecord{Event: *ev, Link: link})
		}
	}
	return nil
}

// ownEventRefused reports an event of this device that was acknowledged and that
// the others will not show: a cut declares it void, or the server has stored
// another one under its number after all.
func (x *examiner) ownEventRefused(ctx context.Context, rec *eventRecord) error {
	if rec.Event.Device != x.w.e.Device() || !refused(rec.Verdict) {
		return nil
	}
	for _, a := range x.own.Acks {
		if a.Seq == rec.Event.Seq {
			return x.w.unborne(ctx, x.s.id, a, *rec)
		}
	}
	return nil
}

// refused tells verdicts that an honest server has no part in, of events of
// one's own: it stored what it should not have, or a cut left out what it had.
func refused(v Verdict) bool {
	return v == VerdictVoid || v == VerdictEquivocal || v == VerdictReplayed
}

// judge decides on the content of an event whose place in the chain is sound.
func (x *examiner) judge(ctx context.Context, rec *eventRecord) (*schema.Payload, error) {
	ev := &rec.Event
	refuse := func(v Verdict, reason string) (*schema.Payload, error) {
		rec.Verdict, rec.Reason = v, reason
		if v == VerdictErased || v == VerdictUnshared || v == VerdictUnreadable {
			if _, ok := x.w.roster.Device(ev.Author, ev.Device); ok {
				x.next.device(ev.Device).Unseen++
			}
		}
		return nil, nil
	}
	if reason := x.outsideEpoch(ev); reason != "" {
		return refuse(VerdictVoid, reason)
	}
	if len(ev.Ciphertext) == 0 {
		if x.w.settings != nil && ev.Stream == x.w.personalStream() {
			// Only this user's devices write there, and they erase nothing: pins,
			// verifications and the strict policy cannot be taken from a new device.
			return nil, x.w.caught(ctx, FoundPersonalEventWithheld, x.s.id, Facts{Seq: ev.Seq}, proof("event", ev))
		}
		return refuse(VerdictErased, "erased")
	}
	o := x.opened[ev.Seq]
	switch {
	case errors.Is(o.err, errUnknownDevice):
		if x.next.Stranger == 0 {
			x.next.Stranger, x.next.Looked = ev.Seq, x.w.roster.Head().Seq
		}
		return refuse(VerdictVoid, reasonStranger)
	case errors.Is(o.err, errBadPacket):
		info, _ := x.w.roster.Circle(x.c.id)
		x.w.flagEpochKey(ctx, x.c.id, info.Epochs[ev.Epoch-1])
		return refuse(VerdictUnshared, "its epoch's key packet is not usable")
	case errors.Is(o.err, errNoSecret):
		return refuse(VerdictUnshared, "sealed before this account entered")
	case o.err != nil:
		return refuse(VerdictUnreadable, string(schema.CodeOf(o.err)))
	}
	h := &o.payload.Header
	if h.Workspace != x.w.id || h.Stream != ev.Stream || h.Event != ev.ID || h.Author != ev.Author || h.Device != ev.Device {
		return refuse(VerdictVoid, "the signed header contradicts the outside")
	}
	if !x.witness(h) {
		return refuse(VerdictVoid, "its author had no right to write here")
	}
	if c, err := x.contradiction(ctx, ev, h); err != nil {
		return nil, err
	} else if c != nil {
		if ignore, err := x.w.wordless(ctx, ev.Author, ev.Device, c.proof); err != nil {
			return nil, err
		} else if ignore {
			return refuse(VerdictVoid, "contradicts what this device has seen")
		}
		c.facts.User = ev.Author
		return nil, x.w.contradicted(ctx, c.code, x.s.id, ev.Device, c.facts, c.proof...)
	}
	if reason := x.authority(rec, h); reason != "" {
		return refuse(VerdictVoid, reason)
	}
	if v, reason := x.count(ctx, ev, h, o.hash); v != VerdictAccepted {
		return refuse(v, reason)
	}
	rec.Verdict = VerdictAccepted
	return o.payload, nil
}

// outsideEpoch says why an event may not stand at its place under its epoch: a
// cut separates epochs, whatever clocks or the server say.
func (x *examiner) outsideEpoch(ev *schema.Event) string {
	for _, b := range x.bounds {
		if ev.Seq > b.seq && ev.Epoch < b.epoch {
			return "sealed under an epoch that had ended"
		}
		if ev.Seq <= b.seq && ev.Epoch >= b.epoch {
			return "sealed under an epoch that had not begun"
		}
	}
	return ""
}

// witness reports whether an author's word about the history counts here: whoever
// had no right to write when the event says that it was made, and has none by
// what is known now, must not stop others by signing something false. A roster
// that goes further than what the server shows may hold the right, or its end.
func (x *examiner) witness(h *schema.Header) bool {
	rs := x.w.roster
	head := rs.Head().Seq
	may := func(at uint64) bool {
		return rs.InCircleAt(x.c.id, h.Author, at) && rs.DeviceValidAt(h.Author, h.Device, at)
	}
	return h.Roster.Seq > head || may(max(x.next.Roster, h.Roster.Seq)) || may(head)
}

// contradiction is what an author's signed header says against what this device
// has verified. It stops the stream that the author could write to, also when it
// is about the roster: a guest's word must not stop a whole workspace.
type contradiction struct {
	code  FindingCode
	facts Facts
	proof []ProofItem
}

// contradiction compares what the author had seen of this stream and of the
// roster with what this device has: every member is a witness against a second
// history.
func (x *examiner) contradiction(ctx context.Context, ev *schema.Event, h *schema.Header) (*contradiction, error) {
	if h.SeenSeq >= ev.Seq {
		return &contradiction{FoundAuthorSawLater, Facts{Seq: ev.Seq, Known: h.SeenSeq},
			[]ProofItem{proof("event", ev)}}, nil
	}
	link, err := x.linkAt(ctx, h.SeenSeq)
	if err != nil {
		return nil, err
	}
	if link != h.SeenLink {
		return &contradiction{FoundAuthorSawOther, Facts{Seq: ev.Seq, Known: h.SeenSeq},
			[]ProofItem{proof("event", ev), {What: "own link", Bytes: link[:]}}}, nil
	}
	head := x.w.roster.Head()
	if h.Roster.Seq > head.Seq {
		return &contradiction{FoundAuthorKnowsLaterRoster, Facts{Seq: h.Roster.Seq, Known: head.Seq},
			[]ProofItem{proof("event", ev), proof("own head", head)}}, nil
	}
	if hash, ok := x.w.roster.HashAt(h.Roster.Seq); !ok || hash != h.Roster.Hash {
		return &contradiction{FoundAuthorKnowsOtherRoster, Facts{Seq: h.Roster.Seq, Known: head.Seq},
			[]ProofItem{proof("event", ev), proof("own head", head)}}, nil
	}
	return nil, nil
}

// linkAt returns the verified link at a sequence at or below the cursor.
func (x *examiner) linkAt(ctx context.Context, seq uint64) (schema.Hash, error) {
	switch {
	case seq == 0:
		return schema.FirstLink(x.w.id, x.c.id, x.s.id), nil
	case seq == x.next.Seq:
		return x.next.Link, nil
	}
	if link, ok := x.links.at(seq); ok {
		return link, nil
	}
	if link, ok := x.s.recent.at(seq); ok {
		return link, nil
	}
	var rec eventRecord
	err := x.w.e.cache.view(ctx, func(r cacheReader) error {
		found, err := r.get(keyEvent(x.w.id, x.s.id, seq), &rec)
		if err == nil && !found {
			err = errCorruptRecord
		}
		return err
	})
	return rec.Link, err
}

// authority says why the author had no right to write here, judged at the causal
// position: the highest roster sequence that this stream has witnessed so far.
func (x *examiner) authority(rec *eventRecord, h *schema.Header) string {
	rs, ev := x.w.roster, &rec.Event
	info, ok := rs.Circle(x.c.id)
	if !ok || ev.Epoch == 0 || ev.Epoch > info.Epoch {
		return "unknown epoch"
	}
	if h.Roster.Seq < info.Epochs[ev.Epoch-1].Seq {
		return "made before its epoch began"
	}
	if ev.Epoch < info.Epoch && h.Roster.Seq >= info.Epochs[ev.Epoch].Seq {
		return "sealed under an epoch that its author knew had ended"
	}
	position := max(x.next.Roster, h.Roster.Seq)
	role, member := rs.RoleAt(ev.Author, position)
	switch {
	case !member || !rs.InCircleAt(x.c.id, ev.Author, position):
		return "its author was not in the circle"
	case !rs.DeviceValidAt(ev.Author, ev.Device, position):
		return "its device was revoked or unknown"
	}
	x.next.Roster = position
	rec.Role = role
	rec.Manager = role >= schema.RoleAdmin || role == schema.RoleMember && info.Creator == ev.Author
	return ""
}

// count follows the device's own numbering. A jump is no proof of anything, as
// the device itself may be the liar; a number used twice is.
func (x *examiner) count(ctx context.Context, ev *schema.Event, h *schema.Header, payload schema.Hash) (Verdict, string) {
	d := x.next.device(h.Device)
	if h.Counter == 0 {
		return VerdictVoid, "an event without a number"
	}
	if h.Counter <= d.Counter {
		if h.Counter == d.Counter && payload != d.Prev {
			x.w.flag(ctx, FoundNumberUsedTwice, x.s.id, Facts{User: h.Author, Device: h.Device, Seq: h.Counter},
				proof("event", ev), ProofItem{What: "hash of the first content", Bytes: d.Prev[:]})
			return VerdictEquivocal, fmt.Sprintf("the device used number %d for two contents", h.Counter)
		}
		return VerdictReplayed, "its number stood earlier"
	}
	expected := d.Counter + 1 + d.Unseen
	switch {
	case h.Counter > expected:
		x.w.flag(ctx, FoundNumbersMissing, x.s.id, Facts{User: h.Author, Device: h.Device, Seq: h.Counter, Known: d.Counter}, proof("event", ev))
	case d.Unseen == 0 && h.Prev != d.Prev:
		return VerdictEquivocal, fmt.Sprintf("the device names another event before its number %d", h.Counter)
	}
	d.Counter, d.Prev, d.Unseen = h.Counter, payload, 0
	return VerdictAccepted, ""
}
