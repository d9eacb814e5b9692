//go:build unix

package cli

// Names of the controlling terminal.
const terminalIn, terminalOut = "/dev/tty", "/dev/tty"
