// Package search finds messages on the device that decrypted them: an inverted
// index in memory, of which nothing is ever stored or sent.
//
// Words are compared by their folded form (see [text.Tokens]): case, accents
// and ligatures do not matter, and apostrophes separate, so that "equipe" finds
// "l'Équipe".
package search

import (
	"encoding/binary"
	"strings"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/text"
)

// Key names a message.
type Key struct {
	Stream schema.StreamID
	Event  schema.EventID
}

// Document is a message as it is indexed. The index keeps Text without copying it.
type Document struct {
	Key
	Author schema.UserID
	// Time orders the results and is what before: and after: compare, Unix
	// milliseconds.
	Time int64
	Text string
}

// Index is an inverted index. It must not be used by several goroutines at once.
type Index struct {
	vocabulary
	postings []posting // by term
	docs     []document
	byKey    map[Key]uint32
	dead     int
}

// document is one version of a message; a new version is a new document.
type document struct {
	Document
	terms []byte // the numbers of its words, in order, in variable length
	link  bool
	dead  bool
}

// New is an empty index.
func New() *Index { return &Index{vocabulary: newVocabulary(), byKey: map[Key]uint32{}} }

// Len is the number of messages in the index.
func (x *Index) Len() int { return len(x.byKey) }

// Add indexes a message, in place of what was indexed under its key.
func (x *Index) Add(d Document) {
	x.Remove(d.Key)
	n := uint32(len(x.docs))
	var buf [512]byte
	terms := buf[:0]
	text.Tokens(d.Text, func(t text.Token) bool {
		id := x.id(t.Folded)
		if int(id) == len(x.postings) {
			x.postings = append(x.postings, posting{})
		}
		x.postings[id].add(n)
		terms = binary.AppendUvarint(terms, uint64(id))
		return true
	})
	x.docs = append(x.docs, document{Document: d, terms: append([]byte(nil), terms...), link: hasLink(d.Text)})
	x.byKey[d.Key] = n
}

// Remove forgets a message; it does nothing if it is not in the index.
func (x *Index) Remove(k Key) {
	n, ok := x.byKey[k]
	if !ok {
		return
	}
	delete(x.byKey, k)
	x.docs[n] = document{dead: true}
	if x.dead++; x.dead >= 1024 && x.dead > len(x.docs)/2 {
		x.compact()
	}
}

// compact numbers the documents and terms that are left anew. It takes time
// proportional to them and runs when more than half are dead.
func (x *Index) compact() {
	old := *x
	*x = *New()
	renamed := make([]uint32, len(old.names)) // one above the new number
	for _, d := range old.docs {
		if d.dead {
			continue
		}
		n := uint32(len(x.docs))
		var terms []byte
		for b := d.terms; len(b) > 0; {
			id, size := binary.Uvarint(b)
			b = b[size:]
			if renamed[id] == 0 {
				renamed[id] = x.id([]byte(old.names[id])) + 1
				x.postings = append(x.postings, posting{})
			}
			x.postings[renamed[id]-1].add(n)
			terms = binary.AppendUvarint(terms, uint64(renamed[id]-1))
		}
		d.terms = terms
		x.docs = append(x.docs, d)
		x.byKey[d.Key] = n
	}
}

// hasLink reports whether a text links to the web.
func hasLink(s string) bool {
	for {
		i := strings.Index(s, "://")
		if i < 0 {
			return false
		}
		if scheme := strings.ToLower(s[max(0, i-5):i]); strings.HasSuffix(scheme, "http") || strings.HasSuffix(scheme, "https") {
			return len(s) > i+3 && s[i+3] != ' ' && s[i+3] != '\n'
		}
		s = s[i+3:]
	}
}
