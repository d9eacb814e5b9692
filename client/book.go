package client

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// book keeps what this device has found, in memory and, sealed, in the local
// store. What is in it never goes away: not by what the server shows later, not
// by a dismissal, not with a restart, and not when the rest of a damaged store is
// dropped.
type book struct {
	cache *cache
	opt   Options

	mu  sync.Mutex
	all map[FindingID]Finding
	// notices are what happened since the engine was opened.
	notices []Finding
}

// maxFindings bounds the findings of one workspace, and of the account itself,
// beside those that stop a stream: each stream is stopped once. So neither a
// member nor an invented workspace pushes out what is found elsewhere.
const maxFindings = 100

// refreshFinding is how old Finding.Last may become.
const refreshFinding = time.Hour

func keyFindingPrefix() []byte { return []byte("m") }

func keyFinding(w schema.WorkspaceID, id FindingID) []byte {
	return append(append(keyFindingPrefix(), w[:]...), id[:]...)
}

func newBook(c *cache, o Options) *book { return &book{cache: c, opt: o, all: map[FindingID]Finding{}} }

// load reads the kept findings. It reads past damaged ones and then reports them,
// so that [book.restore] has all that was left.
func (b *book) load(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var damage error
	err := b.cache.view(ctx, func(r cacheReader) error {
		damage = nil
		return r.r.Scan(keyFindingPrefix(), nil, false, func(key, sealed []byte) (bool, error) {
			var f Finding
			plain, err := r.c.open(key, sealed)
			if err == nil {
				err = schema.Unmarshal(plain, &f)
			}
			if err != nil {
				damage = errors.Join(errCorruptRecord, err)
				return true, nil
			}
			b.all[f.ID()] = f
			return true, nil
		})
	})
	return errors.Join(err, damage)
}

// restore writes everything that is known into an emptied store.
func (b *book) restore(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cache.update(ctx, func(cw cacheWriter) error {
		for id, f := range b.all {
			if err := cw.put(keyFinding(f.Workspace, id), f); err != nil {
				return err
			}
			if f.Open() || f.Accuser.IsZero() || !f.Stops {
				continue
			}
			if err := cw.put(keyDismissed(f.Workspace, f.Accuser), dismissal{At: f.Dismissed}); err != nil {
				return err
			}
		}
		return nil
	})
}

// note records a finding and returns it as it is kept, and whether it is new. What
// was found before is only dated anew. It must not be called within a transaction.
func (b *book) note(ctx context.Context, f Finding) (kept Finding, fresh bool) {
	info := findingCodes[f.Code]
	now := b.opt.Clock.Now().UnixMilli()
	f.Kind, f.At, f.Last, f.Proof = info.kind, now, now, boundProof(f.Proof)
	f.Facts.Note = strings.ToValidUTF8(f.Facts.Note[:min(len(f.Facts.Note), maxNote)], "")
	if f.Facts.Cause != "" && !f.Facts.Cause.Known() {
		f.Facts.Cause = schema.CodeInternal // a server may call an error anything
	}
	id := f.ID()
	if old, ok := b.get(id); ok {
		if now-old.Last < refreshFinding.Milliseconds() && (old.Stops || !f.Stops) {
			return old, false
		}
		f.At, f.Proof, f.Facts = old.At, old.Proof, old.Facts
		if old.Stops || !f.Stops { // what was seen as harmless is not dismissed as what stops
			f.Stops, f.Dismissed = old.Stops, old.Dismissed
		}
	} else if fresh = true; !f.Stops && len(b.of(f.Workspace)) >= maxFindings {
		b.opt.Logger.Warn("a finding is not kept: there are too many", "code", f.Code, "workspace", f.Workspace)
		return f, false
	}
	kept = f
	// Without the record it would not outlive this process; here it stands either way.
	err := b.cache.update(context.WithoutCancel(ctx), func(cw cacheWriter) error {
		kept = f
		var before Finding // perhaps of another process
		if found, err := cw.get(keyFinding(f.Workspace, id), &before); err == nil && found {
			if before.Last = max(before.Last, f.Last); f.Stops && !before.Stops {
				before.Stops, before.Dismissed = true, 0
			}
			kept, fresh = before, false
		}
		return cw.put(keyFinding(f.Workspace, id), kept)
	})
	if err != nil {
		b.opt.Logger.Error("a finding could not be recorded", "code", f.Code, "error", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all[id] = kept
	if info.severity == SeverityNotice {
		b.notices = append(slices.DeleteFunc(b.notices, func(n Finding) bool { return n.ID() == id }), kept)
	}
	return kept, fresh
}

func (b *book) get(id FindingID) (Finding, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f, ok := b.all[id]
	return f, ok
}

// of lists the findings about one workspace, or, for the zero id, about the
// account, in the order in which they were found.
func (b *book) of(w schema.WorkspaceID) []Finding {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Finding
	for _, f := range b.all {
		if f.Workspace == w {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, earlier)
	return out
}

func earlier(a, b Finding) int {
	if a.At != b.At {
		return cmp.Compare(a.At, b.At)
	}
	x, y := a.ID(), b.ID()
	return slices.Compare(x[:], y[:])
}

// dismiss marks what rests on the word of a device, and that its word counts for
// nothing from now on.
func (b *book) dismiss(ctx context.Context, found []Finding, w schema.WorkspaceID, accuser schema.DeviceID) error {
	now := b.opt.Clock.Now().UnixMilli()
	err := b.cache.update(ctx, func(cw cacheWriter) error {
		for i := range found {
			found[i].Dismissed = now
			if err := cw.put(keyFinding(w, found[i].ID()), found[i]); err != nil {
				return err
			}
		}
		return cw.put(keyDismissed(w, accuser), dismissal{At: now})
	})
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range found {
		b.all[f.ID()] = f
	}
	return nil
}

// acknowledge marks a finding that stops nothing as seen by the user.
func (b *book) acknowledge(ctx context.Context, id FindingID) error {
	f, ok := b.get(id)
	if !ok || f.Stops || !f.Open() {
		return nil
	}
	f.Dismissed = b.opt.Clock.Now().UnixMilli()
	if err := b.cache.update(ctx, func(cw cacheWriter) error { return cw.put(keyFinding(f.Workspace, id), f) }); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all[id] = f
	return nil
}

// note records a finding and tells whoever listens of a new one.
func (e *Engine) note(ctx context.Context, f Finding) Finding {
	kept, fresh := e.book.note(ctx, f)
	if fresh {
		e.listeners.notify(Change{Workspace: f.Workspace, Finding: &kept})
	}
	return kept
}

// notice records something that happened to this device alone.
func (e *Engine) notice(ctx context.Context, code FindingCode) { e.note(ctx, Finding{Code: code}) }

// Findings lists all that this device has detected, ever, about the account and
// about every workspace: misbehaviour with its proof, warnings and notices, open
// and dismissed, the newest first.
func (e *Engine) Findings(ctx context.Context) []Finding {
	for _, w := range e.allWorkspaces() {
		w.noteIndexes(ctx)
	}
	e.book.mu.Lock()
	defer e.book.mu.Unlock()
	out := make([]Finding, 0, len(e.book.all))
	for _, f := range e.book.all {
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Finding) int { return -earlier(a, b) })
	return out
}

// Notices lists the notices of this device since the engine was opened.
func (e *Engine) Notices() []Finding {
	e.book.mu.Lock()
	defer e.book.mu.Unlock()
	return slices.Clone(e.book.notices)
}

// flag remembers something doubtful in a workspace.
func (w *Workspace) flag(ctx context.Context, code FindingCode, s schema.StreamID, facts Facts, items ...ProofItem) {
	w.e.note(ctx, Finding{Code: code, Workspace: w.id, Stream: s, Facts: facts, Proof: items})
}

// noteIndexes records what the reducers of the circles' indexes have found.
func (w *Workspace) noteIndexes(ctx context.Context) {
	var found []Finding
	w.mu.RLock()
	for id, c := range w.circles {
		at := Finding{Workspace: w.id, Stream: schema.IndexStream(w.id, id)}
		for _, x := range c.index.Contradictions() {
			at.Code, at.Facts = FoundFalseSummary, Facts{Device: x.Device, User: x.Author, Circle: id, Seq: x.Seq, Known: x.At}
			found = append(found, at)
		}
		for _, x := range c.index.Erased() {
			at.Code, at.Facts = FoundIndexEventErased, Facts{Circle: id, Seq: x.Seq}
			found = append(found, at)
		}
	}
	w.mu.RUnlock()
	for _, f := range found {
		if _, ok := w.e.book.get(f.ID()); ok {
			continue
		}
		err := w.e.cache.view(ctx, func(r cacheReader) error {
			var rec eventRecord
			ok, err := r.get(keyEvent(w.id, f.Stream, f.Facts.Seq), &rec)
			if ok {
				f.Proof = []ProofItem{proof("event", rec.Event)}
			}
			return err
		})
		if err != nil { // without its proof it is noted all the same
			w.e.opt.Logger.Warn("the proof of a finding cannot be read", "code", f.Code, "error", err)
		}
		w.e.note(ctx, f)
	}
}
