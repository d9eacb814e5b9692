package api

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// Memory for bodies: strangers, small and large requests wait each for their own,
// and no account takes all.
func TestAttack_O4_BodiesShareMemory(t *testing.T) {
	b := newBodies()
	nobody, alice, bob := schema.UserID{}, schema.UserID{1}, schema.UserID{2}
	const large = schema.MaxRosterBatchOctets
	take := func(user schema.UserID, most, octets int64) (func(), schema.Code) {
		soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		release, err := b.acquire(soon, user, most, octets)
		return release, schema.CodeOf(err)
	}
	var releases []func()
	for range 2 {
		release, code := take(alice, large, large)
		if code != "" {
			t.Fatal(code)
		}
		releases = append(releases, release)
	}
	if _, code := take(alice, large, large); code != schema.CodeRateLimited {
		t.Fatalf("a third large body of one account: %q", code)
	}
	if _, code := take(bob, large, large); code != "" {
		t.Fatalf("somebody else's: %q", code)
	}
	for _, release := range releases {
		release()
	}
	if _, code := take(alice, large, large); code != "" {
		t.Fatalf("after the others have ended: %q", code)
	}
	// All of the large memory, and all of the strangers'.
	for i := range byte(6) {
		if _, code := take(schema.UserID{10 + i}, large, large); code != "" {
			t.Fatalf("large body %d: %q", i, code)
		}
	}
	if _, code := take(schema.UserID{99}, large, large); code != schema.CodeUnavailable {
		t.Fatalf("one large body too many: %q", code)
	}
	for range strangersBodies / (256 << 10) {
		if _, code := take(nobody, signUpBody, 256<<10); code != "" {
			t.Fatal(code)
		}
	}
	if _, code := take(nobody, signUpBody, 256<<10); code != schema.CodeUnavailable {
		t.Fatalf("strangers take more than their part: %q", code)
	}
	if _, code := take(schema.UserID{99}, appendBody, 1<<20); code != "" {
		t.Fatalf("an append beside all that: %q", code)
	}
	if _, code := take(nobody, signUpBody, usualBody); code != "" {
		t.Fatalf("a usual sign-up beside all that: %q", code)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, held := b.held[nobody]; held {
		t.Error("strangers are counted as one account")
	}
}

func TestReleasedBodiesAreForgotten(t *testing.T) {
	b := newBodies()
	for i := range byte(20) {
		release, err := b.acquire(t.Context(), schema.UserID{i + 1}, appendBody, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		release()
	}
	if len(b.held) != 0 {
		t.Errorf("%d accounts are remembered", len(b.held))
	}
}

// The key that stands in for none takes as long as a real one.
func TestAttack_L13_TheDummyKeyIsAKey(t *testing.T) {
	dummy, err := newDummyKey()
	if err != nil {
		t.Fatal(err)
	}
	real, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signature, message := make([]byte, ed25519.SignatureSize), make([]byte, 200)
	times := make([][]time.Duration, 2)
	for range 101 {
		for i, key := range []ed25519.PublicKey{dummy, real} {
			began := time.Now()
			if ed25519.Verify(key, message, signature) {
				t.Fatal("a signature of zeros verifies")
			}
			times[i] = append(times[i], time.Since(began))
		}
	}
	median := func(d []time.Duration) time.Duration { slices.Sort(d); return d[len(d)/2] }
	if a, b := median(times[0]), median(times[1]); a*2 < b || b*2 < a {
		t.Fatalf("the dummy takes %v, a key %v", a, b)
	}
}
