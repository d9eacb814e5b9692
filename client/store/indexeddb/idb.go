//go:build js

package indexeddb

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall/js"

	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/schema"
)

// exception is an error of IndexedDB, known by its name (Web IDL section 2.8.1).
type exception struct{ name string }

func (e exception) Error() string { return "IndexedDB: " + e.name }

// lost tells the names that mean that data on disk cannot be read any more.
func (e exception) lost() bool { return e.name == "NotReadableError" || e.name == "DataCloneError" }

// failed tells errors apart by what they mean to the engine.
func failed(what string, err error) error {
	var e exception
	if !errors.As(err, &e) {
		return err
	}
	switch {
	case e.lost():
		return fmt.Errorf("%s: %w: %w", what, e, store.ErrCorrupt)
	case e.name == "QuotaExceededError":
		return &schema.Error{Code: schema.CodeQuotaExceeded, Detail: "this browser has no room left", Cause: e}
	}
	return fmt.Errorf("%s: %w", what, e)
}

// nameOf is the name of a DOMException, which may be missing.
func nameOf(v js.Value) exception {
	if !v.Truthy() {
		return exception{"UnknownError"}
	}
	return exception{v.Get("name").String()}
}

// try turns what JavaScript throws into an error.
func try(fn func() js.Value) (v js.Value, err error) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case js.Error:
			err = nameOf(thrown.Value)
		default:
			panic(thrown)
		}
	}()
	return fn(), nil
}

// await waits for an event of a target. The two names are those of success and
// of failure; blocked is not one of them.
func await(target js.Value, good, bad string) error {
	done := make(chan error, 1)
	ok := js.FuncOf(func(js.Value, []js.Value) any {
		done <- nil
		return nil
	})
	defer ok.Release()
	fail := js.FuncOf(func(js.Value, []js.Value) any {
		done <- nameOf(target.Get("error"))
		return nil
	})
	defer fail.Release()
	target.Set(good, ok)
	target.Set(bad, fail)
	err := <-done
	target.Set(good, js.Null())
	target.Set(bad, js.Null())
	return err
}

// request makes a request and waits for its result.
func request(fn func() js.Value) (js.Value, error) {
	req, err := try(fn)
	if err == nil {
		err = await(req, "onsuccess", "onerror")
	}
	if err != nil {
		return js.Value{}, err
	}
	return req.Get("result"), nil
}

// octets copies to JavaScript.
func octets(b []byte) js.Value {
	out := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(out, b)
	return out
}

// bytesOf copies from JavaScript.
func bytesOf(v js.Value) []byte {
	out := make([]byte, v.Get("byteLength").Int())
	js.CopyBytesToGo(out, v)
	return out
}

// A record is stored as the length of its key, the key, and its value, so that one
// request brings both: IndexedDB returns many keys or many values, not pairs.
func record(key, value []byte) js.Value {
	b := binary.AppendUvarint(make([]byte, 0, binary.MaxVarintLen64+len(key)+len(value)), uint64(len(key)))
	return octets(append(append(b, key...), value...))
}

// parseRecord is the inverse of record.
func parseRecord(v js.Value) (key, value []byte, err error) {
	if !v.InstanceOf(js.Global().Get("Uint8Array")) {
		return nil, nil, fmt.Errorf("a record is no octets: %w", store.ErrCorrupt)
	}
	b := bytesOf(v)
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
		return kinds.Call("lowerBound", octets(lower), lowerOpen)
	case lower == nil:
		return kinds.Call("upperBound", octets(upper), !upperClosed)
	}
	return kinds.Call("bound", octets(lower), octets(upper), lowerOpen, !upperClosed)
}
