package client

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
)

// unlockedWorkspace is a workspace whose keys were used.
func unlockedWorkspace(t *testing.T) (*Workspace, *Profile, seal.EpochSecret) {
	t.Helper()
	e, p := offline(t, memory.New())
	w := foundOffline(t, e, nothing)
	if err := w.refreshCircles(t.Context()); err != nil {
		t.Fatal(err)
	}
	secret, err := w.secret(w.circles[w.roster.Everyone()], 1)
	if err != nil {
		t.Fatal(err)
	}
	return w, p, secret
}

// After Close the secrets that the engine held are zero where they were, and
// nothing that was decrypted can be reached.
func TestAttack_W7_CloseWipesSecrets(t *testing.T) {
	w, p, secret := unlockedWorkspace(t)
	e := w.e
	device, keys, certificate := e.device, e.decryptionKeys(), e.own
	held := map[string][]byte{"device": e.profile.Device, "keys": e.profile.Keys, "store key": e.profile.StoreKey, "pending": e.profile.Pending}
	replaced := e.Profile()
	replaced.Keys = otherKeys(t)
	if err := e.setProfile(t.Context(), replaced); err != nil {
		t.Fatal(err)
	}
	newer := e.decryptionKeys()
	held["newer keys"] = e.profile.Keys

	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	for name, b := range held {
		if len(b) == 0 || strings.Trim(string(b), "\x00") != "" {
			t.Errorf("the profile's %s: still in memory", name)
		}
	}
	if device.Marshal() != nil || device.Sign([]byte("m")) != nil {
		t.Error("the device's key is still there")
	}
	if keys.Marshal() != nil || keys.Holds(certificate.Encryption().Fingerprint) || newer.Marshal() != nil {
		t.Error("an encryption key is still there")
	}
	if !secret.IsZero() || secret.Bytes() != nil {
		t.Error("an epoch's secret is still there")
	}
	if len(w.circles)+len(w.left)+len(w.streams) != 0 || w.settings != nil || w.searcher.index != nil || len(e.allWorkspaces()) != 0 {
		t.Error("what was decrypted is still there")
	}
	if left := e.Profile(); left.Keys != nil || left.Device != nil || left.StoreKey != nil || left.Pending != nil || left.AccountKey != "" {
		t.Errorf("the profile still holds secrets: %+v", left)
	}
	if len(p.Keys) == 0 || strings.Trim(string(p.Keys), "\x00") == "" {
		t.Error("Close wiped the caller's profile")
	}
	if err := e.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func otherKeys(t *testing.T) []byte {
	t.Helper()
	e, _ := offline(t, memory.New())
	return e.profile.Keys
}

// Close waits for what is under way, with all keys: an event that was judged
// without them would be kept as unreadable for good. Nothing begins any more.
func TestCloseWaitsAndShuts(t *testing.T) {
	w, _, secret := unlockedWorkspace(t)
	e := w.e
	unlock, err := w.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() { closed <- e.Close() }()
	for shut := false; !shut; runtime.Gosched() {
		e.work.mu.Lock()
		shut = e.work.closed
		e.work.mu.Unlock()
	}
	if secret.IsZero() || e.decryptionKeys().Marshal() == nil || len(w.circles) == 0 {
		t.Error("the keys were wiped under a change of state")
	}
	select {
	case err := <-closed:
		t.Fatalf("Close did not wait: %v", err)
	default:
	}
	unlock()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if _, err := w.lock(context.Background()); !schema.HasCode(err, schema.CodeUnauthenticated) {
		t.Errorf("a closed engine begins to change state: %v", err)
	}
}

// A closed engine has a profile without keys; it is never saved over the real one.
func TestClosedEngineSavesNoProfile(t *testing.T) {
	w, _, _ := unlockedWorkspace(t)
	saved := false
	w.e.opt.SaveProfile = func(context.Context, *Profile) error { saved = true; return nil }
	before := w.e.Profile()
	if err := w.e.Close(); err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]Profile{"of before": before, "of after": w.e.Profile()} {
		if err := w.e.setProfile(t.Context(), p); !schema.HasCode(err, schema.CodeUnauthenticated) || saved {
			t.Errorf("the profile %s was saved: %v, %v", name, err, saved)
		}
	}
}

// An engine that is printed by mistake shows none of its secrets.
func TestEngineDoesNotPrintSecrets(t *testing.T) {
	w, p, secret := unlockedWorkspace(t)
	holder := struct {
		e *Engine
		w *Workspace
	}{w.e, w}
	for _, verb := range []string{"%v", "%+v", "%s", "%d", "%x", "%q"} {
		for _, v := range []any{holder, &holder, w.e, w} {
			got := fmt.Sprintf(verb, v)
			for _, b := range [][]byte{p.Device[60:65], p.Keys[1300:1305], p.StoreKey[:5], secret.Bytes()[:5]} {
				for _, leak := range []string{strings.Trim(fmt.Sprint(b), "[]"), fmt.Sprintf("%x", b)} {
					if strings.Contains(got, leak) {
						t.Errorf("%s of %T shows a secret", verb, v)
					}
				}
			}
		}
	}
}
