// Loadtest measures what the product promises to be fast at, on the real server
// over loopback and with real sealed events, and prints one line for each: the
// goal, the figure of this machine, and what this machine's Ed25519 costs, which
// is the floor under all of it.
//
//	go run ./server/loadtest               all rows, about six minutes
//	go run ./server/loadtest -rows append  one of them
//	go run ./server/loadtest -quick        small sizes, to see that it works
//
// The servers, the bus and the client whose start is timed run as processes of
// their own: the program starts itself with a hidden subcommand (child.go). They
// end with it. Nothing listens on anything but the loopback interface, and
// everything is bounded in time and in number. docs/benchmarks.md explains each
// row. It serves measuring only and is never linked into the product.
package main
