package search

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

func user(name string) (u schema.UserID) { copy(u[:], name); return u }

func key(n int) Key {
	return Key{Stream: schema.StreamID{byte(n % 3)}, Event: schema.EventID{byte(n >> 16), byte(n >> 8), byte(n)}}
}

// people knows alice, bob, general and the word yesterday.
type people struct{}

func (people) Users(name string) []schema.UserID {
	if name == "alice" || name == "bob" || name == "Alice Martin" {
		return []schema.UserID{user(strings.ToLower(strings.Fields(name)[0]))}
	}
	return nil
}

func (people) Streams(name string) []schema.StreamID {
	if name == "general" {
		return []schema.StreamID{{1}}
	}
	return nil
}

func (people) Time(s string) (int64, bool) { return 5000, s == "yesterday" }

func parse(t testing.TB, s string) Query {
	t.Helper()
	q, err := Parse(s, people{})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// found lists the numbers of the messages that a query finds, in order.
func found(t testing.TB, x *Index, query string) string {
	t.Helper()
	var out []string
	for _, r := range x.Search(parse(t, query)) {
		out = append(out, fmt.Sprint(int(r.Event[1])<<8|int(r.Event[2])))
	}
	return strings.Join(out, " ")
}

var corpus = []string{
	0: "L'équipe se réunit à Noël",
	1: "Equipment for the office",
	2: "The notary sent the contract: https://example.org/contract",
	3: "le contrat du notaire, le cœur du sujet",
	4: "office contract, the second",
	5: "Straße nach München",
	6: "東京タワー",
	7: "e-mail about the contract",
}

func small() *Index {
	x := New()
	for n, s := range corpus {
		x.Add(Document{Key: key(n), Author: user([]string{"alice", "bob"}[n%2]), Time: int64(1000 * n), Text: s})
	}
	return x
}

func TestSearch(t *testing.T) {
	x := small()
	for query, want := range map[string]string{
		"":                            "7 6 5 4 3 2 1 0",
		"contract ":                   "7 4 2",
		"contract":                    "7 4 2",
		"contr":                       "7 4 3 2", // the last word may go on
		"contr ":                      "",
		"contr* office":               "4",
		"office contract":             "4",
		"the contract":                "7 4 2",
		`"the contract"`:              "7 2",
		`"contract the"`:              "4", // punctuation does not count
		`"the contract" notary`:       "2",
		`"the con"`:                   "",
		"EQUIPE":                      "0",
		"équip":                       "1 0",
		"l'équipe":                    "0",
		"l'equi":                      "0",
		"noel":                        "0",
		"coeur":                       "3",
		"strasse MUNCHEN":             "5",
		"タワー":                         "6",
		"東京":                          "6",
		"京東 ":                         "",
		"e-mail":                      "7",
		"mail-e":                      "",
		"from:alice":                  "6 4 2 0",
		"from:alice contract":         "4 2",
		"from:alice from:bob office":  "4 1",
		`from:"Alice Martin" notary`:  "2",
		"from:nobody contract":        "",
		"in:general":                  "7 4 1",
		"in:#general contract":        "7 4",
		"in:nowhere":                  "",
		"has:link":                    "2",
		"has:lien contract":           "2",
		"has:wings":                   "",
		"before:3000":                 "2 1 0",
		"after:3000":                  "7 6 5 4 3",
		"after:2000 before:4000":      "3 2",
		"before:yesterday after:4000": "4",
		"before:sometime":             "",
		"FROM:bob office":             "1",
		"from: alice":                 "",
		"absent":                      "",
		"absent contract":             "",
		"'' ... contract":             "7 4 2",
		`""`:                          "7 6 5 4 3 2 1 0",
		`"contract`:                   "7 4 2",
	} {
		if got := found(t, x, query); got != want {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
	}
	q := parse(t, "contract from:nobody")
	if !slices.Equal(q.Unknown, []string{"from:nobody"}) {
		t.Errorf("unknown: %q", q.Unknown)
	}
	q = parse(t, "")
	q.Limit = 3
	if got := x.Search(q); len(got) != 3 || got[0].Time != 7000 || got[2].Time != 5000 {
		t.Errorf("limited: %v", got)
	}
}

func TestParseIsBounded(t *testing.T) {
	for _, s := range []string{strings.Repeat("x", MaxQuery+1), strings.Repeat("x ", MaxTerms+1)} {
		if _, err := Parse(s, people{}); schema.CodeOf(err) != schema.CodeTooLarge {
			t.Errorf("%d octets: %v", len(s), err)
		}
	}
	if _, err := Parse(strings.Repeat("x ", MaxTerms), people{}); err != nil {
		t.Error(err)
	}
}

func TestHighlights(t *testing.T) {
	x := New()
	x.Add(Document{Key: key(1), Text: "L'équipe, l'Équipe du cœur; une équipée et équipe l"})
	for query, want := range map[string]string{
		"equipe ":    "équipe|Équipe|équipe",
		"equip":      "équipe|Équipe|équipée|équipe",
		"l'equipe ":  "L|équipe|l|Équipe",
		`"du coeur"`: "du|cœur",
		"coeur du ":  "du|cœur",
	} {
		r := x.Search(parse(t, query))
		if len(r) != 1 {
			t.Fatalf("%q finds %d", query, len(r))
		}
		var got []string
		for _, h := range r[0].Highlights {
			got = append(got, r[0].Text[h.Start:h.End])
		}
		if s := strings.Join(got, "|"); s != want {
			t.Errorf("%q highlights %q, want %q", query, s, want)
		}
	}
}

// A phrase that overlaps itself is marked wherever it stands, once.
func TestHighlightsOverlap(t *testing.T) {
	for text, want := range map[string]string{
		"no no no":        "0-2 3-5 6-8",
		"no no yes no":    "0-2 3-5",
		"no yes no no no": "7-9 10-12 13-15",
	} {
		var got []string
		for _, h := range highlights(text, parse(t, `"no no"`).Terms) {
			got = append(got, fmt.Sprintf("%d-%d", h.Start, h.End))
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%q: %s, want %s", text, s, want)
		}
	}
}

// BenchmarkHighlightsPasted looks for a pasted paragraph in a long text that
// repeats one of its words: each place is left at the first word that differs.
func BenchmarkHighlightsPasted(b *testing.B) {
	text, terms := strings.Repeat("a ", 32<<10), parse(b, `"`+strings.Repeat("a b ", 240)+`"`).Terms
	for b.Loop() {
		highlights(text, terms)
	}
}

func TestReplaceAndRemove(t *testing.T) {
	x := small()
	x.Add(Document{Key: key(4), Author: user("alice"), Time: 4000, Text: "something else"})
	if found(t, x, "contract") != "7 2" || found(t, x, "else") != "4" || x.Len() != 8 {
		t.Error("a replaced message is found by its old text")
	}
	x.Remove(key(2))
	x.Remove(key(2))
	x.Remove(key(99))
	if found(t, x, "contract") != "7" || found(t, x, "") != "7 6 5 4 3 1 0" || x.Len() != 7 {
		t.Error("a removed message is found")
	}
	if x.docs[2].Text != "" || x.docs[2].terms != nil {
		t.Error("a removed message is still held")
	}
}

func TestHasLink(t *testing.T) {
	for s, want := range map[string]bool{
		"see http://x": true, "HTTPS://X": true, "(https://x)": true, "http:// x": false, "ftp://x": false, "": false,
		"://": false, "ftp://a https://b": true, "http://": false, "xhttp://y": true,
	} {
		if hasLink(s) != want {
			t.Errorf("hasLink(%q) = %v", s, !want)
		}
	}
}

// naive finds by looking at every word of every message.
func naive(docs map[Key]Document, q Query) (out []Key) {
	var hits []Document
	for _, d := range docs {
		words := newTerm(d.Text, false).Words
		all := true
		for _, term := range q.Terms {
			any := false
			for i := 0; i+len(term.Words) <= len(words); i++ {
				met := true
				for j, w := range term.Words {
					got := words[i+j]
					met = met && (got == w || term.Prefix && j == len(term.Words)-1 && strings.HasPrefix(got, w))
				}
				any = any || met
			}
			all = all && any
		}
		if all && q.passes(&document{Document: d, link: hasLink(d.Text)}) {
			hits = append(hits, d)
		}
	}
	slices.SortFunc(hits, func(a, b Document) int { return order(&document{Document: a}, &document{Document: b}) })
	for _, d := range hits[:min(len(hits), q.Limit)] {
		out = append(out, d.Key)
	}
	return out
}

// The index finds what the naive search finds, through additions in any order,
// replacements, removals and compaction.
func TestIndexEqualsNaiveSearch(t *testing.T) {
	words := strings.Fields("a ab abc b ba l'équipe cœur été éte x https://x y z")
	queries := []string{"a", "a ", `"a b"`, "ab* b ", "l'equ", `"x y z" a`, "has:link a", "from:alice b", "after:3000 before:9000 a", "coeur ete ", ""}
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 3))
		x, docs := New(), map[Key]Document{}
		compacted := false
		for range 4000 {
			k, size := key(rng.IntN(500)), len(x.docs)
			if rng.IntN(3) == 0 {
				x.Remove(k)
				compacted = compacted || len(x.docs) < size
				delete(docs, k)
				continue
			}
			var text []string
			for range rng.IntN(8) {
				text = append(text, words[rng.IntN(len(words))])
			}
			d := Document{Key: k, Author: user([]string{"alice", "bob"}[rng.IntN(2)]), Time: int64(rng.IntN(12)) * 1000, Text: strings.Join(text, " ")}
			x.Add(d)
			compacted = compacted || len(x.docs) < size
			docs[k] = d
		}
		if !compacted || x.Len() != len(docs) {
			t.Fatalf("seed %d: compacted %v, %d of %d", seed, compacted, x.Len(), len(docs))
		}
		for _, s := range queries {
			q := parse(t, s)
			q.Limit = 1 + rng.IntN(100)
			var got []Key
			for _, r := range x.Search(q) {
				got = append(got, r.Key)
			}
			if want := naive(docs, q); !slices.Equal(got, want) {
				t.Fatalf("seed %d: %q finds %v, want %v", seed, s, got, want)
			}
		}
	}
}

// Terms are found by prefix before and after they are merged into the sorted ones.
func TestPrefixOverManyTerms(t *testing.T) {
	x := New()
	for n := range 3*recentTerms + 10 {
		x.Add(Document{Key: key(n), Time: int64(n), Text: fmt.Sprintf("w%d", n)})
	}
	if len(x.sorted) == 0 || len(x.recent) == 0 || !slices.IsSortedFunc(x.sorted, func(a, b uint32) int { return strings.Compare(x.names[a], x.names[b]) }) {
		t.Fatalf("%d sorted, %d recent", len(x.sorted), len(x.recent))
	}
	q := Query{Terms: []Term{{Words: []string{"w1229"}, Prefix: true}}}
	if got := x.Search(q); len(got) != 9 { // w1229 and w12290 to w12297
		t.Errorf("found %d", len(got))
	}
}

// The number of one word may end in the octet that is another's number.
func TestPhraseDoesNotMatchWithinANumber(t *testing.T) {
	x := New()
	for n := range 400 {
		x.Add(Document{Key: key(n), Text: fmt.Sprintf("w%d", n)})
	}
	x.Add(Document{Key: key(500), Text: "w2 . w300 w5"}) // 02 ac 02 05
	for query, want := range map[string]int{`"w2 w5"`: 0, `"w300 w5"`: 1, `"w2 w300"`: 1, "w2-w30": 1, "w2-w4": 0} {
		if got := len(x.Search(parse(t, query))); got != want {
			t.Errorf("%s finds %d, want %d", query, got, want)
		}
	}
}

// FuzzSearch compares the index with the naive search on two messages.
func FuzzSearch(f *testing.F) {
	for i, s := range corpus {
		f.Add(s, corpus[(i+1)%len(corpus)], `"the contract" equi* from:bob`)
	}
	f.Add("a\xff b", "İ ﬁ ß", `a "b`)
	f.Fuzz(func(t *testing.T, one, two, query string) {
		q, err := Parse(query, people{})
		if err != nil || len(q.Unknown) > 0 || len(one)+len(two) > 1<<12 {
			return
		}
		q.Limit = 2
		x, docs := New(), map[Key]Document{}
		for n, s := range []string{one, two} {
			d := Document{Key: key(n), Author: user("bob"), Time: int64(n), Text: s}
			x.Add(d)
			docs[d.Key] = d
		}
		var got []Key
		for _, r := range x.Search(q) {
			got = append(got, r.Key)
			end := 0
			for _, h := range r.Highlights {
				if h.Start < end || h.End <= h.Start || h.End > len(r.Text) {
					t.Fatalf("highlight %v", h)
				}
				end = h.End
			}
			if len(q.Terms) > 0 && len(r.Highlights) == 0 {
				t.Fatal("found without a highlight")
			}
		}
		if want := naive(docs, q); !slices.Equal(got, want) {
			t.Fatalf("%q finds %v, want %v", query, got, want)
		}
	})
}

// chatter makes n messages of about 50 words from 50,000, of which some are
// frequent as in a language.
func chatter(n int) []Document {
	rng := rand.New(rand.NewPCG(1, 4))
	zipf := rand.NewZipf(rng, 1.15, 4, 50000)
	out := make([]Document, n)
	var b strings.Builder
	for i := range out {
		b.Reset()
		for range 5 + rng.IntN(90) {
			w := zipf.Uint64()
			b.WriteString([]string{"é", "a", "l'", "co", ""}[w%5])
			for v := w + 7; v > 0; v /= 14 {
				b.WriteByte("aeioulrstnmdpc"[v%14])
			}
			b.WriteByte(' ')
		}
		out[i] = Document{Key: key(i), Author: user(fmt.Sprint(i % 50)), Time: int64(i), Text: b.String()}
	}
	return out
}

func heapInUse() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

func BenchmarkIndex100k(b *testing.B) {
	docs := chatter(100_000)
	for b.Loop() {
		before := heapInUse()
		x := New()
		for _, d := range docs {
			x.Add(d)
		}
		b.ReportMetric((heapInUse()-before)/(1<<20), "MiB")
		runtime.KeepAlive(x)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(docs)), "ns/message")
}

func BenchmarkSearch100k(b *testing.B) {
	x := New()
	for _, d := range chatter(100_000) {
		x.Add(d)
	}
	byCount := slices.Clone(x.names)
	slices.SortFunc(byCount, func(a, b string) int { return len(x.postings[x.ids[b]].gaps) - len(x.postings[x.ids[a]].gaps) })
	common, second := byCount[0], byCount[1]
	b.Logf("%d terms; the most frequent are in %d and %d messages", len(byCount),
		len(x.postings[x.ids[common]].gaps), len(x.postings[x.ids[second]].gaps))
	for name, q := range map[string]Query{
		"word":     {Terms: []Term{{Words: []string{common}}}},
		"and":      {Terms: []Term{{Words: []string{common}}, {Words: []string{second}}}},
		"prefix":   {Terms: []Term{{Words: []string{"a"}, Prefix: true}}},
		"phrase":   {Terms: []Term{{Words: []string{common, second}}}},
		"nophrase": {Terms: []Term{{Words: []string{common, second, common, second, common, second}}}},
		"from":     {Terms: []Term{{Words: []string{common}}}, From: []schema.UserID{user("7")}},
		"all":      {},
	} {
		q.Limit = 50
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				x.Search(q)
			}
		})
	}
}
