package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The TypeScript in the repository is what the Go types say.
func TestGeneratedTypesAreFresh(t *testing.T) {
	const root = "../../.."
	want, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, target))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error(target + " is out of date: run go generate ./client/api")
	}
}
