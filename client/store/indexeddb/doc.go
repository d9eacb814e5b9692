// Package indexeddb is a [store.Store] over IndexedDB, for the engine in a
// browser. It exists for js/wasm only.
//
// A store belongs to one engine at a time: whoever opens it takes it over, and
// every commit checks in its own transaction that nobody has done so since, so
// that an engine that was thought dead, and was only asleep, can write nothing
// more (see [ErrTakenOver]). Within the engine a lock makes views stable;
// IndexedDB's own transactions would end whenever the program waits for something
// else. A commit is one transaction of durability "strict".
package indexeddb

import "errors"

// ErrTakenOver is what every change fails with after another engine opened the
// same store.
var ErrTakenOver = errors.New("another engine has opened this store")
