//go:build js

package indexeddb

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"syscall/js"

	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/wasm/browser"
)

// Numbers of records that one request of a scan brings: few at first, because
// many scans want one record only.
const (
	firstBatch = 8
	nextBatch  = 256
)

// reader reads what is stored, with the changes of its own transaction on top.
type reader struct {
	s       *Store
	changes *changes // nil in a view

	// records is the object store in a transaction of IndexedDB that may have
	// ended meanwhile; the locks of Store keep what another one finds the same.
	records js.Value
}

// ask makes a request to the object store, in a new transaction where the last
// one has ended.
func (r *reader) ask(fn func(records js.Value) js.Value) (js.Value, error) {
	if !r.records.IsUndefined() {
		v, err := browser.Request(func() js.Value { return fn(r.records) })
		var e browser.Exception
		if !errors.As(err, &e) || e.Name != "TransactionInactiveError" && e.Name != "InvalidStateError" && e.Name != "AbortError" {
			return v, err
		}
	}
	tx, err := browser.Begin(r.s.db, "readonly", records)
	if err != nil {
		return js.Value{}, err
	}
	r.records = tx.Call("objectStore", records)
	return browser.Request(func() js.Value { return fn(r.records) })
}

// Get implements [store.Reader].
func (r *reader) Get(key []byte) ([]byte, error) {
	if r.changes != nil {
		if value, known := r.changes.get(string(key)); known {
			return bytes.Clone(value), nil
		}
	}
	found, err := r.ask(func(records js.Value) js.Value { return records.Call("get", browser.Octets(key)) })
	if err != nil {
		return nil, failed("read from the local store", err)
	}
	if found.IsUndefined() {
		return nil, nil
	}
	_, value, err := parseRecord(found)
	return value, err
}

// Scan implements [store.Reader].
func (r *reader) Scan(prefix, from []byte, reverse bool, fn func(key, value []byte) (bool, error)) error {
	stored := &cursor{r: r, lower: prefix, upper: store.PrefixEnd(prefix), reverse: reverse, size: firstBatch}
	switch {
	case from == nil:
	case !reverse && bytes.Compare(from, prefix) > 0:
		stored.lower = from
	case reverse && (stored.upper == nil || bytes.Compare(from, stored.upper) < 0):
		stored.upper, stored.closed = from, true
	}
	changed := r.changes.within(stored)
	for {
		key, value, err := stored.peek()
		if err != nil {
			return err
		}
		switch {
		case len(changed) > 0 && (key == nil || !stored.before(key, changed[0])):
			if bytes.Equal(key, changed[0]) {
				stored.next()
			}
			key, changed = changed[0], changed[1:]
			if value = r.changes.put[string(key)]; value == nil {
				continue // deleted
			}
			value = bytes.Clone(value)
		case key == nil:
			return nil
		default:
			stored.next()
			if r.changes.erases(string(key)) {
				continue
			}
		}
		if more, err := fn(key, value); err != nil || !more {
			return err
		}
	}
}

// cursor walks over stored records, a batch at a time.
type cursor struct {
	r            *reader
	lower, upper []byte
	open, closed bool // of lower, of upper: see keyRange
	reverse      bool
	size         int
	batch        [][2][]byte
	done         bool
}

// before tells whether a comes before b in the direction of the cursor.
func (c *cursor) before(a, b []byte) bool {
	if c.reverse {
		a, b = b, a
	}
	return bytes.Compare(a, b) < 0
}

func (c *cursor) holds(key []byte) bool {
	if bytes.Compare(key, c.lower) < 0 {
		return false
	}
	if c.upper == nil {
		return true
	}
	n := bytes.Compare(key, c.upper)
	return n < 0 || c.closed && n == 0
}

// void tells that nothing is left between the bounds, which IndexedDB would
// refuse as a range.
func (c *cursor) void() bool {
	if c.upper == nil {
		return false
	}
	n := bytes.Compare(c.lower, c.upper)
	return n > 0 || n == 0 && (c.open || !c.closed)
}

// peek returns the record at the cursor; a nil key at the end.
func (c *cursor) peek() (key, value []byte, err error) {
	if len(c.batch) == 0 && !c.done && !c.void() {
		if err := c.fetch(); err != nil {
			return nil, nil, err
		}
	}
	if len(c.batch) == 0 {
		return nil, nil, nil
	}
	return c.batch[0][0], c.batch[0][1], nil
}

func (c *cursor) next() { c.batch = c.batch[1:] }

func (c *cursor) fetch() error {
	var found []js.Value
	var err error
	if c.reverse {
		found, err = c.backward()
	} else {
		found, err = c.forward()
	}
	if err != nil {
		return failed("read from the local store", err)
	}
	c.done = len(found) < c.size
	c.size = nextBatch
	for _, v := range found {
		key, value, err := parseRecord(v)
		if err != nil {
			return err
		}
		c.batch = append(c.batch, [2][]byte{key, value})
	}
	if len(c.batch) == 0 {
		return nil
	}
	last := c.batch[len(c.batch)-1][0]
	if c.reverse {
		c.upper, c.closed = last, false
	} else {
		c.lower, c.open = last, true
	}
	return nil
}

func (c *cursor) forward() ([]js.Value, error) {
	all, err := c.r.ask(func(records js.Value) js.Value {
		return records.Call("getAll", keyRange(c.lower, c.upper, c.open, c.closed), c.size)
	})
	if err != nil {
		return nil, err
	}
	found := make([]js.Value, all.Length())
	for i := range found {
		found[i] = all.Index(i)
	}
	return found, nil
}

// backward goes step by step: only a cursor of IndexedDB descends.
func (c *cursor) backward() ([]js.Value, error) {
	var req js.Value
	at, err := c.r.ask(func(records js.Value) js.Value {
		req = records.Call("openCursor", keyRange(c.lower, c.upper, c.open, c.closed), "prev")
		return req
	})
	var found []js.Value
	for err == nil && at.Truthy() {
		if found = append(found, at.Get("value")); len(found) == c.size {
			break
		}
		at, err = browser.Request(func() js.Value { at.Call("continue"); return req })
	}
	return found, err
}

// changes are those of a transaction that is not committed. Prefixes are erased
// first: whatever put holds came after.
type changes struct {
	put    map[string][]byte // nil for a deletion
	erased []string
}

func (c *changes) empty() bool { return len(c.put) == 0 && len(c.erased) == 0 }

func (c *changes) get(key string) (value []byte, known bool) {
	if value, ok := c.put[key]; ok {
		return value, true
	}
	return nil, c.erases(key)
}

func (c *changes) erases(key string) bool {
	return c != nil && slices.ContainsFunc(c.erased, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

// within are the changed keys in the range of a cursor, in its order.
func (c *changes) within(at *cursor) [][]byte {
	if c == nil {
		return nil
	}
	var out [][]byte
	for _, key := range slices.Sorted(maps.Keys(c.put)) {
		if at.holds([]byte(key)) {
			out = append(out, []byte(key))
		}
	}
	if at.reverse {
		slices.Reverse(out)
	}
	return out
}

// write makes the requests of a commit.
func (c *changes) write(records js.Value) {
	for _, prefix := range c.erased {
		if prefix == "" {
			records.Call("clear")
			continue
		}
		records.Call("delete", keyRange([]byte(prefix), store.PrefixEnd([]byte(prefix)), false, false))
	}
	for key, value := range c.put {
		if value == nil {
			records.Call("delete", browser.Octets([]byte(key)))
		} else {
			records.Call("put", record([]byte(key), value), browser.Octets([]byte(key)))
		}
	}
}

type writer struct{ reader }

// Put implements [store.Writer].
func (w *writer) Put(key, value []byte) error {
	w.changes.put[string(key)] = append(make([]byte, 0, len(value)), value...)
	return nil
}

// Delete implements [store.Writer].
func (w *writer) Delete(key []byte) error {
	w.changes.put[string(key)] = nil
	return nil
}

// DeletePrefix implements [store.Writer].
func (w *writer) DeletePrefix(prefix []byte) error {
	maps.DeleteFunc(w.changes.put, func(key string, _ []byte) bool { return strings.HasPrefix(key, string(prefix)) })
	w.changes.erased = append(w.changes.erased, string(prefix))
	return nil
}
