package search

import (
	"bytes"
	"cmp"
	"container/heap"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/cenacle-team/cenacle/workspace/text"
)

// Result is a message that was found.
type Result struct {
	Document
	// Highlights are the words that were looked for, ascending.
	Highlights []Span
}

// Span is a part of a message's text, in octets.
type Span struct{ Start, End int }

// Search returns the newest messages that match, newest first; those of one time
// by stream and event id. A query without terms and filters finds everything.
func (x *Index) Search(q Query) []Result {
	terms, ok := x.resolve(q.Terms)
	if !ok || len(q.Unknown) > 0 {
		return nil
	}
	limit := q.Limit
	if limit <= 0 || limit > MaxResults {
		limit = MaxResults
	}
	best := &newest{}
	x.candidates(terms)(func(n uint32) bool {
		d := &x.docs[n]
		if d.dead || !q.passes(d) || best.Len() == limit && order(d, (*best)[0]) > 0 || !x.holds(d, terms) {
			return true
		}
		heap.Push(best, d)
		if best.Len() > limit {
			heap.Pop(best)
		}
		return true
	})
	slices.SortFunc(*best, order)
	out := make([]Result, best.Len())
	for i, d := range *best {
		out[i] = Result{Document: d.Document, Highlights: highlights(d.Text, q.Terms)}
	}
	return out
}

// order puts the newer document first.
func order(a, b *document) int {
	return cmp.Or(cmp.Compare(b.Time, a.Time), bytes.Compare(a.Stream[:], b.Stream[:]), bytes.Compare(a.Event[:], b.Event[:]))
}

// newest is a heap with the oldest document on top.
type newest []*document

func (h newest) Len() int           { return len(h) }
func (h newest) Less(i, j int) bool { return order(h[i], h[j]) > 0 }
func (h newest) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *newest) Push(v any) { *h = append(*h, v.(*document)) }

// Pop implements heap.Interface.
func (h *newest) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

// resolved is a term by the numbers of its words; that of a word that may go on
// is not used.
type resolved struct {
	Term
	ids     []uint32
	pattern []byte // the exact words as a document holds them
}

// exact is the number of words that must be met as they are.
func (t Term) exact() int {
	if t.Prefix {
		return len(t.Words) - 1
	}
	return len(t.Words)
}

// resolve numbers the words; false if one of them occurs nowhere.
func (x *Index) resolve(terms []Term) ([]resolved, bool) {
	var out []resolved
	for _, t := range terms {
		if len(t.Words) == 0 {
			continue
		}
		r := resolved{Term: t, ids: make([]uint32, len(t.Words))}
		for i, w := range t.Words[:t.exact()] {
			id, ok := x.ids[w]
			if !ok {
				return nil, false
			}
			r.ids[i] = id
			r.pattern = binary.AppendUvarint(r.pattern, uint64(id))
		}
		out = append(out, r)
	}
	return out, true
}

// candidates yields the documents that hold every word, wherever.
func (x *Index) candidates(terms []resolved) func(func(uint32) bool) {
	var set, next bitset
	meet := func(fill func(bitset)) {
		if set == nil {
			set = newBitset(len(x.docs))
			fill(set)
			return
		}
		if next == nil {
			next = newBitset(len(x.docs))
		}
		clear(next)
		fill(next)
		set.and(next)
	}
	for _, t := range terms {
		for _, id := range t.ids[:t.exact()] {
			meet(x.postings[id].mark)
		}
		if t.Prefix {
			meet(func(s bitset) {
				x.withPrefix(t.Words[len(t.Words)-1], func(id uint32) { x.postings[id].mark(s) })
			})
		}
	}
	if set != nil {
		return set.all
	}
	return func(yield func(uint32) bool) {
		for n := len(x.docs) - 1; n >= 0 && yield(uint32(n)); n-- {
		}
	}
}

func (q *Query) passes(d *document) bool {
	return (len(q.From) == 0 || slices.Contains(q.From, d.Author)) &&
		(len(q.In) == 0 || slices.Contains(q.In, d.Stream)) &&
		(!q.HasLink || d.link) &&
		(q.Before == nil || d.Time < *q.Before) &&
		(q.After == nil || d.Time >= *q.After)
}

// holds reports whether the words of each term follow each other in the
// document, which is known to hold them.
func (x *Index) holds(d *document, terms []resolved) bool {
	for _, t := range terms {
		if len(t.ids) > 1 && !x.follows(d.terms, t) {
			return false
		}
	}
	return true
}

// follows looks for a term of two words or more in a document's words without
// decoding them: the last octet of a number, and no other, is below 0x80.
func (x *Index) follows(words []byte, t resolved) bool {
	for from := 0; ; {
		i := bytes.Index(words[from:], t.pattern)
		if i < 0 {
			return false
		}
		i += from
		from = i + 1
		if i > 0 && words[i-1] >= 0x80 {
			continue // within a number
		}
		if !t.Prefix {
			return true
		}
		if next := words[i+len(t.pattern):]; len(next) > 0 {
			id, _ := binary.Uvarint(next)
			if strings.HasPrefix(x.names[id], t.Words[len(t.Words)-1]) {
				return true
			}
		}
	}
}

// highlights finds the words of the terms in a text that holds them.
func highlights(s string, terms []Term) []Span {
	type word struct {
		folded string
		span   Span
	}
	var words []word
	text.Tokens(s, func(t text.Token) bool {
		words = append(words, word{string(t.Folded), Span{t.Start, t.End}})
		return true
	})
	marked := make([]bool, len(words))
	for _, t := range terms {
		done := 0 // marked up to here for this term
		for i := 0; i+len(t.Words) <= len(words); i++ {
			met := 0
			for met < len(t.Words) {
				got, w := words[i+met].folded, t.Words[met]
				if got != w && !(met == t.exact() && strings.HasPrefix(got, w)) {
					break
				}
				met++
			}
			if met == len(t.Words) {
				for j := max(i, done); j < i+met; j++ {
					marked[j] = true
				}
				done = i + met
			}
		}
	}
	var out []Span
	for i, m := range marked {
		if m {
			out = append(out, words[i].span)
		}
	}
	return out
}
