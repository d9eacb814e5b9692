package client

import (
	"context"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
)

// Message is one message of a channel, with what this device has to say against
// taking it at face value.
type Message struct {
	*chat.Message
	// Doubts are codes of severity "doubt", gravest first; none for most messages.
	// FoundAuthorKeyDiffers: the author's key in the roster is not the pinned one.
	// FoundAuthorNameLookalike: the author's name is easily taken for another's.
	// FoundClockDoubtful: as [chat.Message.Doubtful].
	Doubts []FindingCode
}

// View adds the doubts to messages of a workspace. It is for whatever shows them;
// mu must not be held.
func (w *Workspace) View(ctx context.Context, messages []*chat.Message) ([]Message, error) {
	authors := map[schema.UserID][]FindingCode{}
	for _, m := range messages {
		authors[m.Author] = nil
	}
	if err := w.doubtAuthors(ctx, authors); err != nil {
		return nil, err
	}
	out := make([]Message, 0, len(messages))
	for _, m := range messages {
		doubts := authors[m.Author]
		if m.Doubtful {
			doubts = append(doubts[:len(doubts):len(doubts)], FoundClockDoubtful)
		}
		out = append(out, Message{Message: m, Doubts: doubts})
	}
	return out, nil
}

// doubtAuthors fills in what speaks against each of the authors.
func (w *Workspace) doubtAuthors(ctx context.Context, authors map[schema.UserID][]FindingCode) error {
	rs := w.members()
	agreed := map[schema.UserID]schema.Fingerprint{} // before a transaction is begun
	for u := range authors {
		if pin, ok := w.e.personalPin(u); ok {
			agreed[u] = pin.Fingerprint
		}
	}
	err := w.e.cache.view(ctx, func(r cacheReader) error {
		for u := range authors {
			var p pinned
			known, err := r.get(keyPin(u), &p)
			if err != nil {
				return err
			}
			c, ok := rs.Certificate(u)
			if !ok || u == w.e.User() {
				continue
			}
			f, found := agreed[u]
			if known && p.Fingerprint != c.Fingerprint() || found && f != c.Fingerprint() {
				authors[u] = append(authors[u], FoundAuthorKeyDiffers)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, c := range w.circles {
		for u := range c.lookalikes() {
			if doubts, ok := authors[u]; ok && (len(doubts) == 0 || doubts[len(doubts)-1] != FoundAuthorNameLookalike) {
				authors[u] = append(doubts, FoundAuthorNameLookalike)
			}
		}
	}
	return nil
}

// lookalikes are the users whose names are easily taken for somebody else's, each
// with the group of them, itself included. They are worked out once for each state of the index. It is
// called with the workspace's mu held.
func (c *circle) lookalikes() map[schema.UserID][]schema.UserID {
	c.looksMu.Lock()
	defer c.looksMu.Unlock()
	if head := c.index.Head(); c.looks == nil || c.looksAt != head {
		c.looks, c.looksAt = map[schema.UserID][]schema.UserID{}, head
		for _, group := range c.index.Lookalikes() {
			for _, u := range group {
				c.looks[u] = group
			}
		}
	}
	return c.looks
}
