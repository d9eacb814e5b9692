//go:build !js

package webcrypto_test

import (
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/client/wasm/browsertest"
)

func TestInTheBrowser(t *testing.T) {
	out := browsertest.New(t, nil).Run(t, ".")
	for line := range strings.Lines(out) {
		if strings.Contains(line, "sealing ") {
			t.Log(strings.TrimSpace(line))
		}
	}
}
