//go:build !js

package vault_test

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/client/wasm/browsertest"
)

func TestInTheBrowser(t *testing.T) {
	out := browsertest.New(t, nil).Run(t, "Conformance|Unlocking|Altered|State|Speed")
	for line := range strings.Lines(out) {
		if strings.Contains(line, "speed: ") {
			t.Log(strings.TrimSpace(line))
		}
	}
}

// What locking leaves in the browser's files opens nothing without the
// passphrase. That the search finds what is there is shown before locking: a key
// that no program can export stands in the files all the same.
func TestAttack_W7_LockedBrowserHoldsNoKey(t *testing.T) {
	b := browsertest.New(t, nil)
	opener, mark := make([]byte, 32), rand.Text()
	if _, err := rand.Read(opener); err != nil {
		t.Fatal(err)
	}
	out := b.Run(t, "OutsideLeaveOpen", "outside", hex.EncodeToString(opener), mark)
	printed := regexp.MustCompile(`profile key ([0-9a-f]{64}) sealed ([0-9a-f]+)`).FindStringSubmatch(out)
	key, err := hex.DecodeString(printed[1])
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := hex.DecodeString(printed[2])
	if err != nil {
		t.Fatal(err)
	}
	if len(holding(t, b.Dir, opener)) == 0 || len(holding(t, b.Dir, sealed)) == 0 {
		t.Error("the search does not find what opens the profile while the device is open: it proves nothing")
	}
	// The mark stands in every secret of the profile, and in the passphrase.
	secrets := map[string][]byte{"the profile key": key, "something of the profile": []byte(mark)}
	for what, secret := range secrets {
		if in := holding(t, b.Dir, secret); len(in) > 0 {
			t.Errorf("%s stands in the files of an open browser: %v", what, in)
		}
	}
	b.Run(t, "OutsideLock", "outside")
	secrets["what the browser's key opens"] = sealed
	for what, secret := range secrets {
		if in := holding(t, b.Dir, secret); len(in) > 0 {
			t.Errorf("%s stands in the files of a locked browser: %v", what, in)
		}
	}
}

// holding are the files of a folder that hold some octets, raw or in the
// hexadecimal and UTF-16 forms that a browser might write.
func holding(t *testing.T, dir string, secret []byte) (in []string) {
	t.Helper()
	var wide []byte
	for _, c := range secret {
		wide = append(wide, c, 0)
	}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, form := range [][]byte{secret, wide, []byte(hex.EncodeToString(secret))} {
			if bytes.Contains(b, form) {
				in = append(in, strings.TrimPrefix(path, dir))
				break
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return in
}
