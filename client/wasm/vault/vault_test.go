//go:build js

package vault

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/hometest"
	"github.com/cenacle-team/cenacle/client/wasm/webcrypto"
	"github.com/cenacle-team/cenacle/schema"
)

const origin = "https://chat.example.org"

func at(t *testing.T) *Vault { return New(strings.ReplaceAll(t.Name(), "/", " "), origin) }

func fresh(t *testing.T) *Vault {
	t.Helper()
	v := at(t)
	if err := v.Erase(context.Background()); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestConformance(t *testing.T) {
	hometest.Run(t, hometest.Options{Resumes: true, Open: func(t *testing.T) func() api.Home {
		fresh(t)
		return func() api.Home {
			v := at(t)
			v.seal, v.unseal = quickSeal, quickUnseal
			return v
		}
	}})
}

// quickSeal stands for crypto/login where it is not what is tested.
func quickSeal(passphrase string, data []byte) ([]byte, error) {
	return append([]byte(passphrase+"\n"), data...), nil
}

func quickUnseal(passphrase string, sealed []byte) ([]byte, error) {
	if data, ok := bytes.CutPrefix(sealed, []byte(passphrase+"\n")); ok {
		return data, nil
	}
	return nil, schema.Errorf(schema.CodeSignInFailed, "the profile cannot be opened")
}

func create(t *testing.T, v *Vault) {
	t.Helper()
	if err := v.Create(context.Background(), hometest.Profile(), "correct horse battery staple"); err != nil {
		t.Fatal(err)
	}
}

// Each unlocking makes another key: one that leaked opens nothing later.
func TestEachUnlockingLeavesAnotherKey(t *testing.T) {
	v := fresh(t)
	create(t, v)
	before, err := v.disk.left()
	if err != nil || before == nil {
		t.Fatalf("%v, %v", before, err)
	}
	if _, err := v.Unlock(context.Background(), "correct horse battery staple"); err != nil {
		t.Fatal(err)
	}
	after, err := v.disk.left()
	if err != nil || after == nil {
		t.Fatalf("%v, %v", after, err)
	}
	if _, err := before.opener.Open(after.sealed, []byte(openPlace)); err == nil {
		t.Error("the old key opens what is kept now")
	}
}

// Whatever was done to the files, what does not authenticate is not opened, and
// what opens without the passphrase is no longer trusted then.
func TestAlteredVaultDoesNotOpen(t *testing.T) {
	flip := func(b []byte) []byte {
		b = bytes.Clone(b)
		b[len(b)/2] ^= 1
		return b
	}
	for name, alter := range map[string]func(*Vault, *record, *opened) error{
		"profile": func(v *Vault, r *record, _ *opened) error { return v.disk.keep(&record{profile: flip(r.profile)}) },
		"key":     func(v *Vault, _ *record, o *opened) error { o.sealed = flip(o.sealed); return v.disk.leave(*o) },
		"another browser's key": func(v *Vault, _ *record, o *opened) (err error) {
			if o.opener, err = webcrypto.Generate(); err == nil {
				err = v.disk.leave(*o)
			}
			return err
		},
		"another place": func(v *Vault, _ *record, o *opened) (err error) {
			if o.sealed, err = o.opener.Seal(v.key, []byte("elsewhere")); err == nil {
				err = v.disk.leave(*o)
			}
			return err
		},
		"short": func(v *Vault, _ *record, _ *opened) error { return v.disk.keep(&record{profile: []byte{1}}) },
	} {
		v := fresh(t)
		create(t, v)
		kept, err := v.disk.kept()
		if err != nil {
			t.Fatal(err)
		}
		left, err := v.disk.left()
		if err != nil {
			t.Fatal(err)
		}
		if err := alter(v, kept, left); err != nil {
			t.Fatal(err)
		}
		again := at(t)
		if p, err := again.Resume(context.Background()); p != nil || err != nil {
			t.Errorf("%s: resumed, %v", name, err)
		}
		if left, err := again.disk.left(); left != nil || err != nil {
			t.Errorf("%s: what opened it is still there, %v", name, err)
		}
	}
	v := fresh(t)
	create(t, v)
	if err := v.disk.keep(&record{profile: flip(make([]byte, 100)), lock: flip(make([]byte, 100))}); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Unlock(context.Background(), "correct horse battery staple"); !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Errorf("a damaged lock: %v", err)
	}
}

func TestStateTellsNobodysName(t *testing.T) {
	v := fresh(t)
	create(t, v)
	if s, err := v.State(context.Background()); err != nil || s.Handle != "" || s.Origin != origin || !s.Open {
		t.Errorf("%+v, %v", s, err)
	}
}

// The next two leave a vault in the files of the browser, open and then locked,
// for a test outside to look at. Its secrets come from there: what is written in
// this program stands in the browser's cache of it.
func TestOutsideLeaveOpen(t *testing.T) {
	i := slices.Index(os.Args, "outside")
	if i < 0 {
		return // run with the others
	}
	raw, err := hex.DecodeString(os.Args[i+1])
	if err != nil {
		t.Fatal(err)
	}
	mark := os.Args[i+2]
	v := New("outside", origin)
	p := hometest.Profile()
	p.AccountKey, p.Device, p.StoreKey = "account "+mark, []byte("device "+mark), []byte("store "+mark)
	p.Handle, p.Name = mark+"@example.org", "name "+mark
	if err := v.Create(context.Background(), p, "passphrase "+mark); err != nil {
		t.Fatal(err)
	}
	opener, err := webcrypto.Import(raw)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := opener.Seal(v.key, []byte(openPlace))
	if err != nil {
		t.Fatal(err)
	}
	if err := v.disk.leave(opened{opener: opener, sealed: sealed}); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("profile key %x sealed %x\n", v.key, sealed)
}

func TestOutsideLock(t *testing.T) {
	if !slices.Contains(os.Args, "outside") {
		return // run with the others
	}
	v := New("outside", origin)
	p, err := v.Resume(context.Background())
	if err != nil || p == nil {
		t.Fatalf("it did not stay open over a restart of the browser: %v", err)
	}
	if err := v.Lock(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// Printed for the record; the numbers are not asserted.
func TestReportSpeed(t *testing.T) {
	v := fresh(t)
	start := time.Now()
	create(t, v)
	made := time.Since(start)
	start = time.Now()
	if _, err := v.Unlock(context.Background(), "correct horse battery staple"); err != nil {
		t.Fatal(err)
	}
	unlocked := time.Since(start)
	start = time.Now()
	if p, err := at(t).Resume(context.Background()); err != nil || p == nil {
		t.Fatal(err)
	}
	t.Logf("speed: made in %v, unlocked in %v, resumed in %v", made, unlocked, time.Since(start))
}
