//go:build js

package browser

import "syscall/js"

// Settle waits for an event of a target that has an error: a request (success,
// error) or a transaction (complete, abort) of IndexedDB. The error is an
// [Exception].
func Settle(target js.Value, good, bad string) error {
	done := make(chan error, 1)
	ok := js.FuncOf(func(js.Value, []js.Value) any {
		done <- nil
		return nil
	})
	defer ok.Release()
	fail := js.FuncOf(func(js.Value, []js.Value) any {
		done <- exceptionOf(target.Get("error"))
		return nil
	})
	defer fail.Release()
	target.Set("on"+good, ok)
	target.Set("on"+bad, fail)
	err := <-done
	target.Set("on"+good, js.Null())
	target.Set("on"+bad, js.Null())
	return err
}

// Request makes a request of IndexedDB and waits for its result. Whoever goes on
// at once finds the request's transaction still active: the program is resumed
// from within the event.
func Request(fn func() js.Value) (js.Value, error) {
	req, err := Try(fn)
	if err == nil {
		err = Settle(req, "success", "error")
	}
	if err != nil {
		return js.Value{}, err
	}
	return req.Get("result"), nil
}

// OpenDatabase opens a database of IndexedDB, and makes it with those object
// stores where there is none.
func OpenDatabase(name string, version int, stores ...string) (js.Value, error) {
	req, err := Try(func() js.Value { return js.Global().Get("indexedDB").Call("open", name, version) })
	if err != nil {
		return js.Value{}, err
	}
	upgrade := js.FuncOf(func(js.Value, []js.Value) any {
		for _, s := range stores {
			req.Get("result").Call("createObjectStore", s)
		}
		return nil
	})
	defer upgrade.Release()
	req.Set("onupgradeneeded", upgrade)
	err = Settle(req, "success", "error")
	req.Set("onupgradeneeded", js.Null())
	if err != nil {
		return js.Value{}, err
	}
	return req.Get("result"), nil
}

// Begin starts a transaction whose commit is durable.
func Begin(db js.Value, mode string, stores ...any) (js.Value, error) {
	return Try(func() js.Value {
		return db.Call("transaction", js.ValueOf(stores), mode, map[string]any{"durability": "strict"})
	})
}

// Commit commits a transaction and waits until it is durable.
func Commit(tx js.Value) error {
	if _, err := Try(func() js.Value { return tx.Call("commit") }); err != nil {
		return err
	}
	return Settle(tx, "complete", "abort")
}

// DeleteDatabase removes a database, which need not exist. It waits for whoever
// still has it open.
func DeleteDatabase(name string) error {
	_, err := Request(func() js.Value { return js.Global().Get("indexedDB").Call("deleteDatabase", name) })
	return err
}
