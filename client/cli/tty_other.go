//go:build !unix

package cli

// Names of the console.
const terminalIn, terminalOut = "CONIN$", "CONOUT$"
