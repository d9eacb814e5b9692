package login

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

// Wiping zeroes the octets themselves, in every copy, and what is left is no
// secret: nothing is derived from it, written down or signed with it.
func TestWipe(t *testing.T) {
	k, p := NewAccountKey(), NewRecoveryPhrase()
	lock := LockKey{key: redact.Hide(bytes.Repeat([]byte{1}, derivedSize))}
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	login := &LoginKey{key: redact.Hide(key)}
	copies := [][]byte{k.key.Reveal(), p.key.Reveal(), lock.key.Reveal(), key}
	sameLock := lock

	k.Wipe()
	p.Wipe()
	lock.Wipe()
	login.Wipe()
	for i, b := range copies {
		for _, octet := range b {
			if octet != 0 {
				t.Fatalf("secret %d is still in memory", i)
			}
		}
	}
	if sameLock.Reveal() != [derivedSize]byte{} {
		t.Error("a copy of the lock key survives")
	}
	if k.Text() != "" || p.Text() != "" || login.Public() != nil {
		t.Error("a wiped secret is shown")
	}
	if statement, signature := login.Answer(schema.SignInStatement{}); statement != nil || signature != nil {
		t.Error("a wiped key answers")
	}
	if _, _, err := Derive("x", k, user, 1, schema.DefaultKDF); !schema.HasCode(err, schema.CodeBadRequest) {
		t.Errorf("derived from a wiped account key: %v", err)
	}
	if _, _, err := DeriveRecovery(p, user, 1, schema.DefaultKDF); !schema.HasCode(err, schema.CodeBadRequest) {
		t.Errorf("derived from a wiped phrase: %v", err)
	}
	// None is as good as wiped.
	AccountKey{}.Wipe()
	RecoveryPhrase{}.Wipe()
	LockKey{}.Wipe()
	new(LoginKey).Wipe()
}

// fmt calls no methods on private fields of somebody else's struct: what it finds
// there by itself must not be the secret.
func TestSecretsDoNotPrintWhenNested(t *testing.T) {
	leak := func() redact.Octets { return redact.Hide([]byte("LEAKLEAK")) }
	holder := struct {
		k AccountKey
		p RecoveryPhrase
		l LockKey
		s *LoginKey
	}{AccountKey{key: leak()}, RecoveryPhrase{key: leak()}, LockKey{key: leak()}, &LoginKey{key: leak()}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		for _, v := range []any{holder, &holder, []any{holder}} {
			got := fmt.Sprintf(verb, v)
			for _, leak := range []string{"LEAK", "4c4541", "0x4c", "76 69 65"} {
				if strings.Contains(strings.ToLower(got), strings.ToLower(leak)) {
					t.Errorf("%s shows %s", verb, got)
				}
			}
		}
	}
}
