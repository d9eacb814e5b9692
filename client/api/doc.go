// Package api is the one surface that a user interface calls: coarse, typed calls
// and a stream of state changes, over the engine of package client. The web app
// reaches it through the messages of a worker, or through a loopback socket when
// `cenacle open` serves it; both carry the same JSON.
//
// A call has a name and one object of parameters, and answers with one object or
// with a [Failure]. methods.go lists every call; each area has a file that holds
// its types and its calls side by side. What a call answers is a snapshot:
// [Change] says which snapshot is out of date, never what is new, so that nothing
// can be missed.
//
// The types here are the contract with the TypeScript side. They are written
// to client/web/src/api/generated.ts by `go generate`, and a test fails when that
// file is out of date. Ids are text (see schema), times are Unix milliseconds,
// absent values are null or empty lists, never missing.
package api

//go:generate go run ./typescript -root ../..
