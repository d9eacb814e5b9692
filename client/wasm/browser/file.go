//go:build js

package browser

import (
	"errors"
	"fmt"
	"syscall/js"
)

// Files of the origin (File System Standard) are, unlike records of IndexedDB,
// overwritten in place: that is what they are for here.

// fileIn opens a file for reading and writing, by this worker alone. It calls fn
// with nothing when there is no such file and none is to be made.
func fileIn(name string, create bool, fn func(root, file js.Value) error) error {
	storage := js.Global().Get("navigator").Get("storage")
	if !storage.Truthy() || !storage.Get("getDirectory").Truthy() {
		return Exception{"NotSupportedError"}
	}
	root, err := Await(func() js.Value { return storage.Call("getDirectory") })
	if err != nil {
		return fmt.Errorf("open the origin's files: %w", err)
	}
	handle, err := Await(func() js.Value { return root.Call("getFileHandle", name, map[string]any{"create": create}) })
	var e Exception
	if errors.As(err, &e) && e.Name == "NotFoundError" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("find a file: %w", err)
	}
	if !handle.Get("createSyncAccessHandle").Truthy() {
		return Exception{"NotSupportedError"}
	}
	file, err := Await(func() js.Value { return handle.Call("createSyncAccessHandle") })
	if err != nil {
		return fmt.Errorf("open a file: %w", err)
	}
	err = fn(root, file)
	_, closed := Try(func() js.Value { return file.Call("close") })
	return errors.Join(err, closed)
}

// overwrite makes b the whole content of a file, durably.
func overwrite(file js.Value, b []byte) error {
	_, err := Try(func() js.Value {
		if n := file.Call("write", Octets(b), map[string]any{"at": 0}).Int(); n != len(b) {
			panic(js.Error{Value: js.Global().Get("Error").New("short write")})
		}
		file.Call("flush")
		file.Call("truncate", len(b))
		return file.Call("flush")
	})
	if err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	return nil
}

// WriteFile makes b the content of a file of the origin. It is durable when
// WriteFile returns.
func WriteFile(name string, b []byte) error {
	return fileIn(name, true, func(_, file js.Value) error { return overwrite(file, b) })
}

// ReadFile returns the content of a file of the origin, of at most limit octets;
// nil when there is none, or it is longer.
func ReadFile(name string, limit int) (b []byte, err error) {
	err = fileIn(name, false, func(_, file js.Value) error {
		v, err := Try(func() js.Value {
			size := file.Call("getSize").Int()
			if size == 0 || size > limit {
				return js.Undefined()
			}
			octets := js.Global().Get("Uint8Array").New(size)
			file.Call("read", octets, map[string]any{"at": 0})
			return octets
		})
		if err == nil && v.Truthy() {
			b = Bytes(v)
		}
		return err
	})
	return b, err
}

// EraseFile overwrites a file of the origin with zeros, waits until they are on
// disk, and removes it. It need not exist.
func EraseFile(name string) error {
	return fileIn(name, false, func(root, file js.Value) error {
		size, err := Try(func() js.Value { return file.Call("getSize") })
		if err == nil {
			err = overwrite(file, make([]byte, size.Int()))
		}
		if err != nil {
			return err
		}
		// An open file cannot be removed.
		if _, err := Try(func() js.Value { return file.Call("close") }); err != nil {
			return err
		}
		_, err = Await(func() js.Value { return root.Call("removeEntry", name) })
		return err
	})
}
