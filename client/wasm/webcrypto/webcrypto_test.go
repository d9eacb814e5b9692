//go:build js

package webcrypto

import (
	"bytes"
	"crypto/rand"
	"errors"
	"syscall/js"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/wasm/browser"
)

func random(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := rand.Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestKeySealsAndCannotBeExported(t *testing.T) {
	k, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := k.Seal([]byte("plain"), []byte("place"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := k.Open(sealed, []byte("place")); err != nil || string(got) != "plain" {
		t.Errorf("%q, %v", got, err)
	}
	for name, c := range map[string]struct{ sealed, additional []byte }{
		"flipped": {append(bytes.Clone(sealed[:20]), append([]byte{sealed[20] ^ 1}, sealed[21:]...)...), []byte("place")},
		"moved":   {sealed, []byte("other place")},
		"cut":     {sealed[:len(sealed)-1], []byte("place")},
		"nothing": {nil, []byte("place")},
	} {
		if _, err := k.Open(c.sealed, c.additional); !errors.Is(err, ErrOpen) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var e browser.Exception
	if _, err := browser.Await(func() js.Value { return subtle().Call("exportKey", "raw", k.v) }); !errors.As(err, &e) {
		t.Errorf("exported: %v", err)
	}
}

func TestFromStoredRefusesWhatCouldBeRead(t *testing.T) {
	k, err := Generate()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := FromStored(k.Stored()); err != nil {
		t.Error(err)
	}
	readable, err := browser.Await(func() js.Value {
		return subtle().Call("generateKey", map[string]any{"name": "AES-GCM", "length": 256}, true, uses())
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]js.Value{"readable": readable, "nothing": js.Undefined(), "octets": browser.Octets(random(t, 32))} {
		if _, err := FromStored(v); err == nil {
			t.Errorf("%s is taken for a key", name)
		}
	}
	if _, err := Import(random(t, 16)); err == nil {
		t.Error("a short key is imported")
	}
}

// The browser and Go must make the same octets, or a store written by one could
// not be read by the other.
func TestBulkIsTheSameCipher(t *testing.T) {
	key, nonce, place := random(t, 32), random(t, 12), []byte("place")
	own, err := client.NewAESGCM(key)
	if err != nil {
		t.Fatal(err)
	}
	long, err := NewBulk(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, bulkFrom - 1, bulkFrom, bulkFrom + 1, 1 << 20} {
		plain := random(t, n)
		want := own.Seal([]byte("before"), nonce, plain, place)
		if got := long.Seal([]byte("before"), nonce, plain, place); !bytes.Equal(got, want) {
			t.Errorf("%d octets are sealed otherwise", n)
		}
		sealed := want[len("before"):]
		if got, err := long.Open(nil, nonce, sealed, place); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("%d octets do not open: %v", n, err)
		}
		sealed[n] ^= 1
		if _, err := long.Open(nil, nonce, sealed, place); err == nil {
			t.Errorf("%d altered octets open", n)
		}
	}
}

// Printed for the record; the numbers are what bulkFrom was chosen by.
func TestReportSpeed(t *testing.T) {
	key, nonce := random(t, 32), random(t, 12)
	own, err := client.NewAESGCM(key)
	if err != nil {
		t.Fatal(err)
	}
	k, err := Import(key)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{256, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 4 << 20} {
		plain := random(t, n)
		rounds := max(3, min(50, 1<<20/n))
		start := time.Now()
		for range rounds {
			own.Seal(nil, nonce, plain, nil)
		}
		inGo := time.Since(start) / time.Duration(rounds)
		start = time.Now()
		for range rounds {
			if _, err := k.run("encrypt", nonce, plain, nil); err != nil {
				t.Fatal(err)
			}
		}
		t.Logf("sealing %d octets: %v in Go, %v by the browser", n, inGo, time.Since(start)/time.Duration(rounds))
	}
}
