// Package open serves the web app from the user's own machine: `cenacle open`. The
// command line's engine does what the browser's does elsewhere, on the profile of
// the command line, and the pages reach it through a socket on a loopback port. No
// code of a server runs.
//
// Other programs and other pages on the machine can reach that port too. A page is
// let in by a token of 256 bits in the fragment of its address, which works once,
// and gets a secret for it, with which it alone can connect again. Requests are
// refused unless they name the loopback address as host, so that a name that was
// made to lead here (DNS rebinding) leads nowhere, and sockets unless they are
// opened by a page of this very origin. The address is handed to the browser in a
// file that only the user can read: what stands on a command line, everybody on
// the machine can.
package open
