package client_test

import (
	"os"
	"os/exec"
	"testing"
)

// The engine runs in browsers: it must build for them at any time.
func TestBuildsForTheBrowser(t *testing.T) {
	cmd := exec.Command("go", "build", "-o", os.DevNull, "./", "./store/memory")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build for js/wasm: %v\n%s", err, out)
	}
}
