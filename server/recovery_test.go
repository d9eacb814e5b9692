package server_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/limit"
)

// recoveryKey is a recovery phrase as the server sees it.
func recoveryKey(t *testing.T, version uint32) (ed25519.PrivateKey, schema.Credential) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return private, schema.Credential{Kind: schema.CredentialRecovery, Version: version, KDF: schema.DefaultKDF,
		LoginKey: public, Locked: []byte("the same identity, locked otherwise")}
}

// recover signs in with a key and says of which kind it is.
func (p *person) recover(key ed25519.PrivateKey, kind schema.CredentialKind) (s schema.Session, err error) {
	p.w.t.Helper()
	var c schema.Challenge
	p.w.must("POST", "/v1/challenges", "", schema.ChallengeRequest{Handle: p.handle, Kind: schema.CredentialRecovery}, &c)
	b := schema.MustMarshal(p.statement(c))
	err = p.w.do("POST", "/v1/sessions", "", schema.SessionRequest{Statement: b, Signature: ed25519.Sign(key, b), Kind: kind}, &s)
	return s, err
}

func (p *person) identity(token string) (r schema.IdentityRecord) {
	p.w.t.Helper()
	p.w.must("GET", "/v1/identity", token, nil, &r)
	return r
}

// Somebody who lost passphrase and account key comes back by the recovery phrase,
// sets others, and whoever had signed in with the old ones is out.
func TestRecoveryFromItsCreationToItsRemoval(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("alice@example.org")
	certificate := alice.id.Certificate().Bytes()
	key, credential := recoveryKey(t, 1)
	if _, err := alice.recover(key, schema.CredentialRecovery); !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Fatalf("before there is any: %v", err)
	}
	thief, err := alice.signIn()
	if err != nil {
		t.Fatal(err)
	}
	s, err := alice.signIn()
	if err != nil {
		t.Fatal(err)
	}
	w.refused(schema.CodeNotFound, "GET", "/v1/identity?kind=2", s.Token, nil)
	if r := alice.identity(alice.token); r.Recovery || r.RecoveryVersion != 0 {
		t.Fatalf("before: %+v", r)
	}
	_, skipped := recoveryKey(t, 2)
	w.refused(schema.CodeConflict, "PUT", "/v1/identity", s.Token, schema.IdentityUpdate{
		Expect: 1, Certificate: certificate, Credentials: []schema.Credential{skipped}})
	var r schema.IdentityRecord
	w.must("PUT", "/v1/identity", s.Token, schema.IdentityUpdate{
		Expect: 1, Certificate: certificate, Credentials: []schema.Credential{credential}}, &r)
	if !r.Recovery || r.RecoveryVersion != 1 || r.Revision != 2 {
		t.Fatalf("answered %+v", r)
	}
	if r := alice.identity(alice.token); !r.Recovery || r.RecoveryVersion != 1 {
		t.Fatalf("a device sees %+v", r)
	}
	// Who was signed in with a login key beside is out; devices are not.
	w.refused(schema.CodeUnauthenticated, "GET", "/v1/identity", thief.Token, nil)
	alice.identity(s.Token)

	// Neither key is good for the other's kind.
	for name, err := range map[string]error{
		"passphrase's key": second(alice.recover(alice.login, schema.CredentialRecovery)),
		"other kind":       second(alice.recover(key, schema.CredentialPassphrase)),
		"for a passphrase": second(alice.answer(alice.challenge(), key, alice.statement(alice.challenge()))),
	} {
		if !schema.HasCode(err, schema.CodeSignInFailed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	back, err := alice.recover(key, schema.CredentialRecovery)
	if err != nil {
		t.Fatal(err)
	}
	w.must("GET", "/v1/identity?kind=2", back.Token, nil, &r)
	if r.Credential == nil || string(r.Credential.Locked) != string(credential.Locked) || r.Credential.Kind != schema.CredentialRecovery {
		t.Fatalf("the recovery credential is %+v", r.Credential)
	}
	w.refused(schema.CodeForbidden, "GET", "/v1/workspaces", back.Token, nil)

	// A new passphrase, and a new phrase with it.
	old := alice.login
	if _, alice.login, err = ed25519.GenerateKey(rand.Reader); err != nil {
		t.Fatal(err)
	}
	newKey, newCredential := recoveryKey(t, 2)
	w.must("PUT", "/v1/identity", back.Token, schema.IdentityUpdate{
		Expect: 2, Certificate: certificate, Credentials: []schema.Credential{alice.credential(2), newCredential}}, nil)
	for name, err := range map[string]error{
		"old passphrase": second(alice.answer(alice.challenge(), old, alice.statement(alice.challenge()))),
		"old phrase":     second(alice.recover(key, schema.CredentialRecovery)),
	} {
		if !schema.HasCode(err, schema.CodeSignInFailed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if s, err = alice.signIn(); err != nil {
		t.Fatal(err)
	}

	// Removed, it opens nothing; the next one follows its version.
	_, again := recoveryKey(t, 1)
	w.refused(schema.CodeBadRequest, "PUT", "/v1/identity", s.Token, schema.IdentityUpdate{
		Expect: 3, Certificate: certificate, Credentials: []schema.Credential{again}, RemoveRecovery: true})
	w.must("PUT", "/v1/identity", s.Token, schema.IdentityUpdate{Expect: 3, Certificate: certificate, RemoveRecovery: true}, &r)
	if r.Recovery || r.RecoveryVersion != 2 {
		t.Fatalf("after the removal: %+v", r)
	}
	w.refused(schema.CodeUnauthenticated, "GET", "/v1/identity", back.Token, nil)
	w.refused(schema.CodeNotFound, "GET", "/v1/identity?kind=2", s.Token, nil)
	if _, err := alice.recover(newKey, schema.CredentialRecovery); !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Fatalf("the removed phrase: %v", err)
	}
	w.refused(schema.CodeNotFound, "PUT", "/v1/identity", s.Token, schema.IdentityUpdate{Expect: 4, Certificate: certificate, RemoveRecovery: true})
	w.refused(schema.CodeConflict, "PUT", "/v1/identity", s.Token, schema.IdentityUpdate{
		Expect: 4, Certificate: certificate, Credentials: []schema.Credential{again}})
	_, third := recoveryKey(t, 3)
	w.must("PUT", "/v1/identity", s.Token, schema.IdentityUpdate{
		Expect: 4, Certificate: certificate, Credentials: []schema.Credential{third}}, nil)
}

func TestIdentitiesAreReplacedAtABoundedRate(t *testing.T) {
	w := start(t, func(o *server.Options) { o.Quotas.Identities = limit.Rate{PerSecond: 0.001, Burst: 2} })
	alice := w.signUp("alice@example.org")
	s, err := alice.signIn()
	if err != nil {
		t.Fatal(err)
	}
	for i := range uint64(2) {
		w.must("PUT", "/v1/identity", s.Token, schema.IdentityUpdate{Expect: i + 1, Certificate: alice.id.Certificate().Bytes()}, nil)
	}
	w.refused(schema.CodeRateLimited, "PUT", "/v1/identity", s.Token, schema.IdentityUpdate{Expect: 3, Certificate: alice.id.Certificate().Bytes()})
}
