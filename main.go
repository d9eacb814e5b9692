// Command cenacle is both halves of an end-to-end encrypted team workspace: the
// server, which orders and stores bytes that it cannot read, and the command-line
// client. This file dispatches only.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
)

const usage = `usage: cenacle COMMAND

commands:
  version   print the version of this program
`

// Exit codes, the same for every command.
const (
	exitOK    = 0
	exitUsage = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, stdout, stderr io.Writer) int {
	if len(args) == 1 && args[0] == "version" {
		fmt.Fprintf(stdout, "cenacle %s\n", version())
		return exitOK
	}
	fmt.Fprint(stderr, usage)
	return exitUsage
}

// version is the module's version as the Go tool recorded it in the binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(devel)"
	}
	return info.Main.Version
}
