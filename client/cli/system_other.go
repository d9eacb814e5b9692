//go:build !unix

package cli

// syncDir does nothing: folders cannot be opened for that here.
func syncDir(string) error { return nil }

const terminalIn, terminalOut = "CONIN$", "CONOUT$"
