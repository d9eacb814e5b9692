package home

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/schema"
)

const testPassphrase = "correct horse battery staple"

func testProfile() *client.Profile {
	return &client.Profile{
		Origin: "https://chat.example.org", Handle: "a@example.org", User: schema.NewUserID(),
		Device: []byte("device"), Keys: []byte("keys 1"), Certificate: []byte("certificate 1"),
		Revision: 1, CredentialVersion: 1, AccountKey: "key 1", StoreKey: make([]byte, 32),
	}
}

func opened(t *testing.T, h Dir, passphrase string) *client.Profile {
	t.Helper()
	sealed, err := h.Read()
	if err != nil {
		t.Fatal(err)
	}
	p, err := client.OpenProfile(passphrase, sealed)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Two processes that each learn something lose nothing of it, whoever writes last.
func TestKeeperJoinsWhatTwoProcessesKnow(t *testing.T) {
	ctx, h := context.Background(), Dir(t.TempDir())
	locks := memory.New()
	first := &Keeper{dir: h, locks: locks, passphrase: testPassphrase}
	p := testProfile()
	if err := first.Save(ctx, p); err != nil {
		t.Fatal(err)
	}
	second := &Keeper{dir: h, locks: locks, passphrase: testPassphrase, sealed: bytes.Clone(first.sealed)}
	replaced := *p
	replaced.CredentialVersion, replaced.AccountKey, replaced.Keys = 2, "key 2", []byte("keys 2")
	replaced.Pending = []byte("change that awaits its answer")
	if err := first.Save(ctx, &replaced); err != nil {
		t.Fatal(err)
	}
	newer := *p
	newer.Revision, newer.Certificate = 3, []byte("certificate 3")
	if err := second.Save(ctx, &newer); err != nil {
		t.Fatal(err)
	}
	got := opened(t, h, testPassphrase)
	if got.AccountKey != "key 2" || string(got.Keys) != "keys 2" || got.CredentialVersion != 2 {
		t.Errorf("the replaced keys are lost: %q, version %d", got.Keys, got.CredentialVersion)
	}
	if string(got.Pending) != "change that awaits its answer" {
		t.Errorf("the pending change is lost: %q", got.Pending)
	}
	if got.Revision != 3 || string(got.Certificate) != "certificate 3" {
		t.Errorf("the newer certificate is lost: %q", got.Certificate)
	}
	names, err := filepath.Glob(filepath.Join(string(h), "*"))
	if err != nil || len(names) != 1 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}

func TestKeeperDoesNotUndoAPassphrase(t *testing.T) {
	ctx, h := context.Background(), Dir(t.TempDir())
	locks := memory.New()
	first := &Keeper{dir: h, locks: locks, passphrase: testPassphrase}
	p := testProfile()
	if err := first.Save(ctx, p); err != nil {
		t.Fatal(err)
	}
	second := &Keeper{dir: h, locks: locks, passphrase: testPassphrase, sealed: bytes.Clone(first.sealed)}
	first.next = "another passphrase"
	if err := first.Save(ctx, p); err != nil {
		t.Fatal(err)
	}
	if err := second.Save(ctx, p); !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Errorf("a process with the old passphrase writes: %v", err)
	}
	opened(t, h, "another passphrase")
}

func TestKeeperLeavesOtherAccountsAlone(t *testing.T) {
	ctx, h := context.Background(), Dir(t.TempDir())
	locks := memory.New()
	if err := (&Keeper{dir: h, locks: locks, passphrase: testPassphrase}).Save(ctx, testProfile()); err != nil {
		t.Fatal(err)
	}
	before, err := h.Read()
	if err != nil {
		t.Fatal(err)
	}
	err = (&Keeper{dir: h, locks: locks, passphrase: testPassphrase}).Save(ctx, testProfile())
	if !schema.HasCode(err, schema.CodeConflict) {
		t.Errorf("another account's profile is overwritten: %v", err)
	}
	if after, err := h.Read(); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the file has changed: %v", err)
	}
}

func TestHomeRefusesAHugeProfile(t *testing.T) {
	h := Dir(t.TempDir())
	if err := os.WriteFile(h.profile(), make([]byte, maxSealedProfile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Read(); !schema.HasCode(err, schema.CodeTooLarge) {
		t.Errorf("read: %v", err)
	}
}

func TestProfileIsForItsOwnerOnly(t *testing.T) {
	h := Dir(filepath.Join(t.TempDir(), "new"))
	if err := h.Write([]byte("sealed")); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{string(h): 0o700, h.profile(): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v, want %v", path, got, want)
		}
	}
}
