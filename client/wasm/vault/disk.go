//go:build js

package vault

import (
	"errors"
	"fmt"
	"syscall/js"

	"github.com/cenacle-team/cenacle/client/wasm/browser"
	"github.com/cenacle-team/cenacle/client/wasm/webcrypto"
	"github.com/cenacle-team/cenacle/schema"
)

// disk is where a vault keeps things: a database of what is always there; a
// database and a file that exist only while the device is not locked; and the
// engine's store.
type disk struct{ name string }

func (d disk) home() string  { return d.name + "-home" }
func (d disk) open() string  { return d.name + "-open" }
func (d disk) store() string { return d.name + "-store" }
func (d disk) file() string  { return d.name + "-open" }

// maxSealedKey bounds the file: nonce, profile key, tag.
const maxSealedKey = 12 + 32 + 16

// Names inside the databases.
const (
	version    = 1
	values     = "values"
	profileKey = "profile"
	lockKey    = "lock"
	probeKey   = "probe"
	openerKey  = "opener"
)

// record is what is always there.
type record struct {
	profile []byte // the profile under the profile key
	lock    []byte // the profile key under the passphrase; nil to leave what stands
}

// opened is what opens a vault without the passphrase.
type opened struct {
	opener webcrypto.Key
	sealed []byte // the profile key under the opener
}

func failed(what string, err error) error {
	var e browser.Exception
	if errors.As(err, &e) && e.Name == "QuotaExceededError" {
		return &schema.Error{Code: schema.CodeQuotaExceeded, Detail: "this browser has no room left", Cause: e}
	}
	return fmt.Errorf("%s: %w", what, err)
}

// within runs fn in a transaction of a database and closes that. The transaction
// is durable when within returns nil.
func within(name, mode string, fn func(s js.Value) error) error {
	db, err := browser.OpenDatabase(name, version, values)
	if err != nil {
		return failed("open "+name, err)
	}
	defer db.Call("close")
	tx, err := browser.Begin(db, mode, values)
	if err == nil {
		err = fn(tx.Call("objectStore", values))
	}
	if err == nil {
		err = browser.Commit(tx)
	}
	if err != nil {
		return failed("use "+name, err)
	}
	return nil
}

func get(s js.Value, key string) (js.Value, error) {
	return browser.Request(func() js.Value { return s.Call("get", key) })
}

func getOctets(s js.Value, key string) ([]byte, error) {
	v, err := get(s, key)
	if err != nil || !browser.IsOctets(v) {
		return nil, err
	}
	return browser.Bytes(v), nil
}

func put(s js.Value, key string, value js.Value) error {
	_, err := browser.Try(func() js.Value { return s.Call("put", value, key) })
	return err
}

// kept reads what is always there; nil when nothing, or not all of it, is.
func (d disk) kept() (*record, error) {
	var out record
	err := within(d.home(), "readonly", func(s js.Value) (err error) {
		if out.profile, err = getOctets(s, profileKey); err == nil {
			out.lock, err = getOctets(s, lockKey)
		}
		return err
	})
	if err != nil || out.profile == nil || out.lock == nil {
		return nil, err
	}
	return &out, nil
}

func (d disk) keep(r *record) error {
	return within(d.home(), "readwrite", func(s js.Value) error {
		err := put(s, profileKey, browser.Octets(r.profile))
		if err == nil && r.lock != nil {
			err = put(s, lockKey, browser.Octets(r.lock))
		}
		return err
	})
}

// probe fails where nothing can be kept.
func (d disk) probe() error {
	return within(d.home(), "readwrite", func(s js.Value) error { return put(s, probeKey, browser.Octets([]byte{1})) })
}

func (d disk) erase() error {
	if err := browser.DeleteDatabase(d.home()); err != nil {
		return failed("delete "+d.home(), err)
	}
	return nil
}

// left reads what opens the vault; nil when it is locked.
func (d disk) left() (*opened, error) {
	sealed, err := browser.ReadFile(d.file(), maxSealedKey)
	if err != nil || sealed == nil {
		return nil, unavailable(err)
	}
	out := opened{sealed: sealed}
	err = within(d.open(), "readonly", func(s js.Value) error {
		stored, err := get(s, openerKey)
		if err != nil {
			return err
		}
		if out.opener, err = webcrypto.FromStored(stored); err != nil {
			out.sealed = nil
		}
		return nil
	})
	if err != nil || out.sealed == nil {
		return nil, err
	}
	return &out, nil
}

// leave replaces what opens the vault. Where the browser has no file that can be
// overwritten, nothing is left, and the vault is locked by the next restart.
func (d disk) leave(o opened) error {
	if err := d.forget(); err != nil {
		return err
	}
	if err := browser.WriteFile(d.file(), o.sealed); err != nil {
		return unavailable(err)
	}
	return within(d.open(), "readwrite", func(s js.Value) error { return put(s, openerKey, o.opener.Stored()) })
}

// forget removes what opens the vault: the file first, by zeros, without which the
// key that may linger in the files of the database opens nothing.
func (d disk) forget() error {
	if err := unavailable(browser.EraseFile(d.file())); err != nil {
		return failed("erase "+d.file(), err)
	}
	if err := browser.DeleteDatabase(d.open()); err != nil {
		return failed("delete "+d.open(), err)
	}
	return nil
}

// unavailable passes over that a browser has no files of an origin: then there is
// none to read or to erase.
func unavailable(err error) error {
	var e browser.Exception
	if errors.As(err, &e) && (e.Name == "SecurityError" || e.Name == "NotSupportedError") {
		return nil
	}
	return err
}
