//go:build js

package browser

import "syscall/js"

// Exception is what JavaScript threw or rejected with, known by its name (Web IDL
// section 2.8.1). Its message, which may hold anything, is left behind.
type Exception struct{ Name string }

func (e Exception) Error() string { return "the browser: " + e.Name }

// exceptionOf reads a thrown value, which need not be an Error.
func exceptionOf(v js.Value) Exception {
	if v.Type() != js.TypeObject {
		return Exception{"UnknownError"}
	}
	name := v.Get("name")
	if name.Type() != js.TypeString {
		return Exception{"UnknownError"}
	}
	return Exception{name.String()}
}

// Try turns what JavaScript throws into an [Exception].
func Try(fn func() js.Value) (v js.Value, err error) {
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case js.Error:
			err = exceptionOf(thrown.Value)
		default:
			panic(thrown)
		}
	}()
	return fn(), nil
}

// Await waits for the promise that fn returns. The error is an [Exception].
func Await(fn func() js.Value) (js.Value, error) {
	promise, err := Try(fn)
	if err != nil {
		return js.Value{}, err
	}
	type outcome struct {
		v   js.Value
		err error
	}
	settled := make(chan outcome, 1)
	good := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- outcome{v: first(args)}
		return nil
	})
	defer good.Release()
	bad := js.FuncOf(func(_ js.Value, args []js.Value) any {
		settled <- outcome{err: exceptionOf(first(args))}
		return nil
	})
	defer bad.Release()
	promise.Call("then", good, bad)
	out := <-settled
	return out.v, out.err
}

func first(args []js.Value) js.Value {
	if len(args) == 0 {
		return js.Undefined()
	}
	return args[0]
}

// Octets copies to a Uint8Array.
func Octets(b []byte) js.Value {
	out := js.Global().Get("Uint8Array").New(len(b))
	js.CopyBytesToJS(out, b)
	return out
}

// IsOctets tells whether a value is a Uint8Array.
func IsOctets(v js.Value) bool { return v.InstanceOf(js.Global().Get("Uint8Array")) }

// Bytes copies from a Uint8Array.
func Bytes(v js.Value) []byte {
	out := make([]byte, v.Get("byteLength").Int())
	js.CopyBytesToGo(out, v)
	return out
}

// Buffer copies from an ArrayBuffer.
func Buffer(v js.Value) []byte { return Bytes(js.Global().Get("Uint8Array").New(v)) }
