package client_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
)

// The attacks of this file are on the locked identity that the server keeps.

// locked is the identity as it was locked at sign-up.
func (a *account) locked() []byte {
	return hostile.Asked[schema.SignUpRequest](a.net, hostile.SignUps)[0].Credential.Locked
}

// The public parts of the locked identity are overwritten.
func TestAttack_L4_PublicPartsOverwritten(t *testing.T) {
	a := newAccount(t)
	other, _ := impostor(t, a.Engine.User())
	own, evil := a.Engine.Profile().Certificate, other.Certificate().Bytes()
	public := own[12:44] // the primary public key's octets, at one place in all
	hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error {
		if !bytes.Contains(r.Credential.Locked, public) {
			t.Fatal("the locked identity does not hold the public key where it is expected")
		}
		r.Credential.Locked = bytes.Replace(r.Credential.Locked, public, evil[12:44], 1)
		return nil
	})
	a.refused(schema.CodeSignInFailed, nil, askedIdentity)

	// What is left is a certificate as the user signed it, an older one.
	a.net.Honest()
	hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error {
		r.Credential.Locked = withoutDevices(t, r.Credential.Locked)
		return nil
	})
	a.refused(schema.CodeSignInFailed, nil, askedIdentity)
}

// withoutDevices takes the devices, which are public subkeys with their bindings,
// out of a locked identity.
func withoutDevices(t *testing.T, locked []byte) []byte {
	t.Helper()
	const signature, publicSubkey = 2, 14 // packet types of RFC 9580 section 5
	var out bytes.Buffer
	dropped, inside := 0, false
	for r := packet.NewOpaqueReader(bytes.NewReader(locked)); ; {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if inside = p.Tag == publicSubkey || inside && p.Tag == signature; inside {
			dropped++
			continue
		}
		if err := p.Serialize(&out); err != nil {
			t.Fatal(err)
		}
	}
	if dropped != 2 {
		t.Fatalf("%d packets of devices in a locked identity, want 2", dropped)
	}
	return out.Bytes()
}

// Bits of the locked identity flip, here and there: one answer for all.
func TestAttack_L5_BitFlips(t *testing.T) {
	a := newAccount(t)
	n := len(a.locked())
	// The primary key's public and locked octets and their tag, then anything.
	for _, at := range []int{0, 20, 80, 110, n / 3, n / 2, n - 1} {
		a.net.Honest()
		hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error {
			r.Credential.Locked[at] ^= 4
			return nil
		})
		a.refused(schema.CodeSignInFailed, nil, askedIdentity)
	}
}

// After a change of the passphrase the server returns the old locked identity,
// whole, or under the new version's number.
func TestAttack_L7_OldLockReplayed(t *testing.T) {
	a := newAccount(t)
	old := hostile.Asked[schema.SignUpRequest](a.net, hostile.SignUps)[0].Credential
	ctx := clienttest.Context(t)
	if err := a.ChangePassphrase(ctx, clienttest.Passphrase, clienttest.Passphrase); err != nil {
		t.Fatal(err)
	}
	known := a.Engine.Profile()
	hostile.Challenges.Lie(a.net, func(_ client.Request, c *schema.Challenge) error { c.Version = 1; return nil })
	a.refused(schema.CodeVersionRolledBack, &known, askedChallenge)
	a.net.Honest()
	hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error { r.Credential = &old; return nil })
	a.refused(schema.CodeSignInFailed, &known, askedIdentity)
	a.net.Honest()
	hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error { r.Credential.Locked = old.Locked; return nil })
	a.refused(schema.CodeSignInFailed, &known, askedIdentity)
}

// The server has the verifier and every answer to its challenges; the locked
// identity must not open with them.
func TestAttack_L9_VerifierIsNotTheLock(t *testing.T) {
	a := newAccount(t)
	up := hostile.Asked[schema.SignUpRequest](a.net, hostile.SignUps)[0]
	for _, s := range hostile.Asked[schema.SessionRequest](a.net, hostile.Sessions) {
		var statement schema.SignInStatement
		if err := schema.Unmarshal(s.Statement, &statement); err != nil {
			t.Fatal(err)
		}
		if statement.Purpose != schema.PurposeSignIn {
			continue
		}
		if !ed25519.Verify(up.Credential.LoginKey, s.Statement, s.Signature) {
			t.Error("the answer is not one of the login key")
		}
	}
	if bytes.Contains(up.Credential.Locked, up.Credential.LoginKey) {
		t.Error("the locked identity holds the login key")
	}
	accountKey, err := login.ParseAccountKey(a.Engine.Profile().AccountKey)
	if err != nil {
		t.Fatal(err)
	}
	_, lock, err := login.Derive(clienttest.Passphrase, accountKey, up.User, up.Credential.Version, up.Credential.KDF)
	if err != nil {
		t.Fatal(err)
	}
	if !opensWith(t, up, lock.Reveal()) {
		t.Fatal("the lock key itself does not open the identity: the method does not work")
	}
	if opensWith(t, up, [32]byte(up.Credential.LoginKey)) || opensWith(t, up, sha(up.Credential.LoginKey)) {
		t.Error("the verifier opens the identity")
	}
	for _, s := range hostile.Asked[schema.SessionRequest](a.net, hostile.Sessions) {
		if opensWith(t, up, [32]byte(s.Signature[:32])) || opensWith(t, up, [32]byte(s.Signature[32:64])) || opensWith(t, up, sha(s.Signature)) {
			t.Error("an answer to a challenge opens the identity")
		}
	}
}

// opensWith tries octets as the lock key, by the string of docs/protocol.md and
// another OpenPGP program.
func opensWith(t *testing.T, up schema.SignUpRequest, key [32]byte) bool {
	t.Helper()
	list, err := openpgp.ReadKeyRing(bytes.NewReader(up.Credential.Locked))
	if err != nil {
		t.Fatal(err)
	}
	typed := fmt.Sprintf("cenacle/v1/lock:%d:%x:%x", up.Credential.Version, [32]byte(sha(up.Certificate)), key)
	return list[0].DecryptPrivateKeys([]byte(typed)) == nil
}
