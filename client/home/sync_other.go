//go:build !unix

package home

// syncDir does nothing: folders cannot be opened for that here.
func syncDir(string) error { return nil }
