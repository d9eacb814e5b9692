package cli

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// watched is how many of the newest messages are watched for later edits,
// deletions and reactions, beside those that were printed first.
const watched = 500

// follow prints the newest messages, then each new one and each change as it
// arrives, until ctx ends, which is no error.
func (r *reader) follow(ctx context.Context, limit int) error {
	err := r.watch(ctx, limit)
	if err == nil {
		r.mark(ctx)
	}
	return err
}

// markEvery is how often following moves the read marker, beside its end: each
// move is an event.
const markEvery = 30 * time.Second

func (r *reader) watch(ctx context.Context, limit int) error {
	// Before the first look, so that nothing falls between.
	listener := r.s.engine.Listen()
	defer listener.Close()
	messages, err := r.w.Messages(ctx, r.ch, limit)
	if err != nil {
		return err
	}
	f := &follower{reader: r, keep: max(limit, watched), printed: map[schema.EventID]string{}}
	if err := f.start(ctx, messages); err != nil {
		return err
	}
	r.mark(ctx)
	marked := time.Now()
	live, end := context.WithCancelCause(ctx)
	var following sync.WaitGroup
	following.Go(func() { end(r.s.engine.Follow(live)) })
	defer following.Wait()
	defer end(nil)
	for {
		changes, err := listener.Next(live)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return context.Cause(live)
		}
		for _, c := range changes {
			if c.Misbehaviour != nil {
				r.s.caught = c.Misbehaviour
				if err := r.s.trust(r.w, r.ch.Stream); err != nil {
					return err
				}
			}
		}
		if r.w.Removed() {
			return schema.Errorf(schema.CodeRemoved, "workspace %s", r.w.ID())
		}
		if err := f.update(ctx); err != nil {
			return err
		}
		if time.Since(marked) >= markEvery {
			r.mark(ctx)
			marked = time.Now()
		}
	}
}

// follower remembers what it printed.
type follower struct {
	*reader
	keep int
	// from is the sequence of the oldest message that is watched.
	from uint64
	// printed holds, for each watched message, what was printed of it.
	printed map[schema.EventID]string
}

// start prints the first messages; what comes after them is new.
func (f *follower) start(ctx context.Context, messages []client.Message) error {
	if len(messages) == 0 {
		newest, err := f.w.Messages(ctx, f.ch, 1)
		if err != nil {
			return err
		}
		for _, m := range newest {
			f.from = m.Seq + 1
		}
	}
	for i, m := range messages {
		if i == 0 {
			f.from = m.Seq
		}
		if err := f.show(m); err != nil {
			return err
		}
	}
	return nil
}

// update prints the watched messages that are new or have changed.
func (f *follower) update(ctx context.Context) error {
	messages, err := f.w.MessagesSince(ctx, f.ch, f.from, everything)
	if err != nil {
		return err
	}
	for _, m := range messages {
		if err := f.show(m); err != nil {
			return err
		}
	}
	for len(messages) > f.keep {
		delete(f.printed, messages[0].ID)
		messages = messages[1:]
		f.from = messages[0].Seq
	}
	return nil
}

func (f *follower) show(m client.Message) error {
	// What people did to it; that its author is called otherwise now is no change.
	state := fmt.Sprintf("%d %t %t %v", len(m.Versions), m.Gone(), m.Pin != nil, m.Reactions)
	before, again := f.printed[m.ID]
	if again && before == state {
		return nil
	}
	f.printed[m.ID] = state
	f.last = max(f.last, m.Seq)
	return f.message(m, again)
}
