//go:build js

package indexeddb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall/js"

	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/wasm/browser"
	"github.com/cenacle-team/cenacle/schema"
)

// failed tells errors apart by what they mean to the engine.
func failed(what string, err error) error {
	var e browser.Exception
	if !errors.As(err, &e) {
		return err
	}
	switch e.Name {
	case "NotReadableError", "DataCloneError": // data on disk that cannot be read any more
		return fmt.Errorf("%s: %w: %w", what, e, store.ErrCorrupt)
	case "QuotaExceededError":
		return &schema.Error{Code: schema.CodeQuotaExceeded, Detail: "this browser has no room left", Cause: e}
	}
	return fmt.Errorf("%s: %w", what, e)
}

// A record is stored as the length of its key, the key, and its value, so that one
// request brings both: IndexedDB returns many keys or many values, not pairs.
func record(key, value []byte) js.Value {
	b := binary.AppendUvarint(make([]byte, 0, binary.MaxVarintLen64+len(key)+len(value)), uint64(len(key)))
	return browser.Octets(append(append(b, key...), value...))
}

// parseRecord is the inverse of record.
func parseRecord(v js.Value) (key, value []byte, err error) {
	if !browser.IsOctets(v) {
		return nil, nil, fmt.Errorf("a record is no octets: %w", store.ErrCorrupt)
	}
	b := browser.Bytes(v)
	n, head := binary.Uvarint(b)
	if head <= 0 || n > uint64(len(b)-head) {
		return nil, nil, fmt.Errorf("a record has no key: %w", store.ErrCorrupt)
	}
	end := head + int(n)
	return b[head:end:end], b[end:], nil
}

// keyRange is an IDBKeyRange from lower to upper; nil is no bound. Lower is
// inclusive unless open; upper exclusive unless closed.
func keyRange(lower, upper []byte, lowerOpen, upperClosed bool) js.Value {
	kinds := js.Global().Get("IDBKeyRange")
	switch {
	case lower == nil && upper == nil:
		return js.Undefined()
	case upper == nil:
		return kinds.Call("lowerBound", browser.Octets(lower), lowerOpen)
	case lower == nil:
		return kinds.Call("upperBound", browser.Octets(upper), !upperClosed)
	}
	return kinds.Call("bound", browser.Octets(lower), browser.Octets(upper), lowerOpen, !upperClosed)
}
