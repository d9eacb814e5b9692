package search

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
)

// posting lists the documents that hold a term, ascending, as gaps in variable
// length (encoding/binary, Uvarint).
type posting struct {
	gaps []byte
	next uint32 // one above the last document
}

// add appends a document; the same one twice is once.
func (p *posting) add(doc uint32) {
	if doc < p.next {
		return
	}
	p.gaps = binary.AppendUvarint(p.gaps, uint64(doc-p.next))
	p.next = doc + 1
}

// mark sets the bits of the documents.
func (p *posting) mark(set bitset) {
	doc := uint32(0)
	for b := p.gaps; len(b) > 0; doc++ {
		if b[0] < 0x80 { // most gaps
			doc += uint32(b[0])
			b = b[1:]
		} else {
			gap, n := binary.Uvarint(b)
			doc += uint32(gap)
			b = b[n:]
		}
		set[doc>>6] |= 1 << (doc & 63)
	}
}

// bitset is a set of document numbers.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

// and keeps what is in both.
func (s bitset) and(t bitset) {
	for i := range s {
		s[i] &= t[i]
	}
}

// all yields the members, descending: what was added last is usually newest.
func (s bitset) all(yield func(uint32) bool) {
	for i := len(s) - 1; i >= 0; i-- {
		for w := s[i]; w != 0; {
			top := 63 - bits.LeadingZeros64(w)
			w &^= 1 << top
			if !yield(uint32(i<<6 | top)) {
				return
			}
		}
	}
}

// recentTerms is how many new terms are kept apart before they are merged into
// the sorted ones.
const recentTerms = 4096

// vocabulary numbers the terms in the order of their first appearance, which
// gives frequent terms small numbers, and finds them by prefix.
type vocabulary struct {
	ids    map[string]uint32
	names  []string
	sorted []uint32 // by name
	recent []uint32 // not yet in sorted
}

func newVocabulary() vocabulary { return vocabulary{ids: map[string]uint32{}} }

// id numbers a term.
func (v *vocabulary) id(term []byte) uint32 {
	if id, ok := v.ids[string(term)]; ok {
		return id
	}
	id, name := uint32(len(v.names)), string(term)
	v.ids[name] = id
	v.names = append(v.names, name)
	if v.recent = append(v.recent, id); len(v.recent) >= recentTerms {
		v.merge()
	}
	return id
}

func (v *vocabulary) merge() {
	byName := func(a, b uint32) int { return strings.Compare(v.names[a], v.names[b]) }
	slices.SortFunc(v.recent, byName)
	merged := make([]uint32, 0, len(v.sorted)+len(v.recent))
	old := v.sorted
	for _, id := range v.recent {
		i, _ := slices.BinarySearchFunc(old, id, byName)
		merged = append(append(merged, old[:i]...), id)
		old = old[i:]
	}
	v.sorted, v.recent = append(merged, old...), nil
}

// withPrefix yields the terms that begin with the prefix.
func (v *vocabulary) withPrefix(prefix string, yield func(uint32)) {
	from, _ := slices.BinarySearchFunc(v.sorted, prefix, func(id uint32, p string) int { return strings.Compare(v.names[id], p) })
	for _, id := range v.sorted[from:] {
		if !strings.HasPrefix(v.names[id], prefix) {
			break
		}
		yield(id)
	}
	for _, id := range v.recent {
		if strings.HasPrefix(v.names[id], prefix) {
			yield(id)
		}
	}
}
