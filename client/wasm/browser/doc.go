// Package browser is how Go code talks to the browser that it runs in: octets,
// what JavaScript throws, promises, IndexedDB, and files of the origin. Everything in
// it exists for js/wasm only.
package browser
