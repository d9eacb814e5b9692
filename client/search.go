package client

import (
	"context"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
	"github.com/cenacle-team/cenacle/workspace/search"
)

// searcher is the full-text index of a workspace. It lives in memory only, and
// is brought up to date by each search.
type searcher struct {
	mu    sync.Mutex
	index *search.Index
	// seen are the messages as they were indexed; a message that changed is
	// another object.
	seen map[search.Key]*chat.Message
	head map[schema.StreamID]uint64
}

// Search finds messages in some channels, in all that the user reads when none is
// given, newest first. See [search.Parse] for what a query may say.
func (w *Workspace) Search(ctx context.Context, query string, limit int, channels ...Channel) ([]search.Result, error) {
	q, err := search.Parse(query, names{w})
	if err != nil {
		return nil, err
	}
	if len(channels) == 0 {
		channels = w.Channels()
	} else {
		for _, ch := range channels {
			q.In = append(q.In, ch.Stream)
		}
	}
	q.Limit = limit
	x := &w.searcher
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.index == nil {
		x.index, x.seen, x.head = search.New(), map[search.Key]*chat.Message{}, map[schema.StreamID]uint64{}
	}
	for _, ch := range channels {
		err := w.withChat(ctx, ch, 1, 1, func(s *chat.State) {
			if x.head[ch.Stream] != s.Head() {
				x.refresh(ch, s.Messages(1, math.MaxInt))
				x.head[ch.Stream] = s.Head()
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return x.index.Search(q), nil
}

func (x *searcher) refresh(ch Channel, messages []*chat.Message) {
	for _, m := range messages {
		key := search.Key{Stream: ch.Stream, Event: m.ID}
		if x.seen[key] == m {
			continue
		}
		x.seen[key] = m
		if m.Gone() {
			x.index.Remove(key)
			continue
		}
		x.index.Add(search.Document{Key: key, Author: m.Author, Time: m.Arrived, Text: m.Text})
	}
}

// names resolves what people write in a query.
type names struct{ w *Workspace }

// Users implements [search.Names].
func (n names) Users(name string) []schema.UserID {
	if strings.EqualFold(name, "me") {
		return []schema.UserID{n.w.e.User()}
	}
	p, err := n.w.FindPerson(name)
	if err != nil {
		return nil
	}
	return []schema.UserID{p.User}
}

// Streams implements [search.Names].
func (n names) Streams(name string) []schema.StreamID {
	ch, err := n.w.FindChannel(name)
	if err != nil {
		return nil
	}
	return []schema.StreamID{ch.Stream}
}

// Time implements [search.Names]: dates as 2006-01-02 in the local time zone.
func (names) Time(date string) (int64, bool) {
	at, err := time.ParseInLocation(time.DateOnly, date, time.Local)
	return at.UnixMilli(), err == nil
}
