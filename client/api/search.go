package api

import (
	"context"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
	"github.com/cenacle-team/cenacle/workspace/search"
)

func searchMethods() []Method {
	return []Method{method("search.messages", (*API).searchMessages)}
}

// SearchParams look for messages. See search.Parse for what a query may say:
// words, "a phrase", from:name, in:channel, before: and after: a date.
type SearchParams struct {
	Workspace schema.WorkspaceID `json:"workspace"`
	Query     string             `json:"query"`
	Channel   *schema.StreamID   `json:"channel"` // null for all that the user reads
	Limit     int                `json:"limit"`
}

// Found is a message that was found.
type Found struct {
	Channel schema.StreamID `json:"channel"`
	Message schema.EventID  `json:"message"`
	Author  schema.UserID   `json:"author"`
	At      int64           `json:"at"`
	Text    string          `json:"text"`
	// Marks are the words that were looked for, in UTF-16 code units of Text.
	Marks []Mark `json:"marks"`
	// Doubts are those of the message.
	Doubts []client.FindingCode `json:"doubts"`
}

// Mark is a part of a text, from Start up to End.
type Mark struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// FoundList is what was found, newest first.
type FoundList struct {
	Found []Found `json:"found"`
}

// maxFound bounds one answer.
const maxFound = 500

func (a *API) searchMessages(ctx context.Context, p SearchParams) (FoundList, error) {
	out := FoundList{Found: []Found{}}
	w, err := a.workspace(p.Workspace)
	if err != nil {
		return out, err
	}
	channels := w.Channels()[:0]
	if p.Channel != nil {
		_, ch, err := a.channel(ChannelRef{Workspace: p.Workspace, Channel: *p.Channel})
		if err != nil {
			return out, err
		}
		channels = append(channels, ch)
	}
	found, err := w.Search(ctx, p.Query, min(max(p.Limit, 1), maxFound), channels...)
	if err != nil {
		return out, err
	}
	doubts, err := doubtsOf(ctx, w, found)
	if err != nil {
		return out, err
	}
	for i, f := range found {
		view := Found{Channel: f.Key.Stream, Message: f.Key.Event, Author: f.Author, At: f.Time, Text: f.Text, Marks: []Mark{}, Doubts: list(doubts[i])}
		for _, h := range f.Highlights {
			view.Marks = append(view.Marks, Mark{Start: units(f.Text[:h.Start]), End: units(f.Text[:h.End])})
		}
		out.Found = append(out.Found, view)
	}
	return out, nil
}

// doubtsOf looks the messages up that were found. One that was deleted meanwhile
// has none.
func doubtsOf(ctx context.Context, w *client.Workspace, found []search.Result) ([][]client.FindingCode, error) {
	channels := map[schema.StreamID]client.Channel{}
	for _, ch := range w.Channels() {
		channels[ch.Stream] = ch
	}
	messages := make([]*chat.Message, len(found))
	for i, f := range found {
		m, err := w.Locate(ctx, channels[f.Key.Stream], f.Key.Event)
		switch {
		case err == nil:
			messages[i] = m
		case schema.HasCode(err, schema.CodeNotFound):
			messages[i] = &chat.Message{Author: f.Author}
		default:
			return nil, err
		}
	}
	viewed, err := w.View(ctx, messages)
	if err != nil {
		return nil, err
	}
	out := make([][]client.FindingCode, len(found))
	for i, m := range viewed {
		out[i] = m.Doubts
	}
	return out, nil
}

// units counts the UTF-16 code units of a text, which is how a page counts.
func units(s string) (n int) {
	for _, r := range s {
		n++
		if r >= 0x10000 {
			n++
		}
	}
	return n
}
