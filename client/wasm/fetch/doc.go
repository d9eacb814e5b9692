// Package fetch is the client.Transport of a browser: requests by fetch, the live
// connection by WebSocket. It exists for js/wasm only, where net/http would add a
// megabyte of code for the same.
//
// The browser itself answers the server's pings and keeps TLS; what it offers of
// a silent connection is to say that the device is offline, which ends the
// connection.
package fetch
