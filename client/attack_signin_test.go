package client_test

import (
	"bytes"
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/workspace/chat"
)

// account is a user with a real passphrase, account key and recovery kit.
type account struct {
	*actor
	c *clienttest.Cluster
}

func newAccount(t *testing.T) *account {
	t.Helper()
	c := clienttest.Start(t, 1, server.Options{})
	a := &account{actor: &actor{}, c: c}
	a.User = c.SignUpWith("Alice", 0, func(o *client.Options) {
		a.net = hostile.New(o.Transport)
		o.Transport = a.net
	})
	return a
}

// signIn signs in on a device: the known one, or a new one.
func (a *account) signIn(known *client.Profile) (*client.Profile, error) {
	return client.SignIn(clienttest.Context(a.T), a.Options, client.SignInOptions{
		Handle: a.Handle, Passphrase: clienttest.Passphrase, AccountKey: a.Engine.Profile().AccountKey, Profile: known,
	})
}

// refused signs in and checks that it fails with the code, that no profile is
// returned, and that nothing but the named requests were made.
func (a *account) refused(code schema.Code, known *client.Profile, asked int) {
	a.T.Helper()
	since := len(a.net.Calls())
	p, err := a.signIn(known)
	clienttest.ExpectCode(a.T, err, code)
	if p != nil {
		a.T.Error("a profile is returned")
	}
	calls := a.net.Calls()[since:]
	if len(calls) != asked {
		a.T.Errorf("%d requests were made, want %d: %v", len(calls), asked, paths(calls))
	}
	if slices.ContainsFunc(calls, hostile.SetIdentity.Matches) {
		a.T.Error("the identity was replaced")
	}
}

func paths(calls []client.Request) (out []string) {
	for _, q := range calls {
		out = append(out, q.Method+" "+q.Path)
	}
	return out
}

// Requests of a sign-in, up to the one whose answer is refused.
const (
	askedChallenge = 1
	askedIdentity  = 3 // challenge, session, identity
)

// The server asks for a cheaper derivation.
func TestAttack_L1_CheapDerivation(t *testing.T) {
	a := newAccount(t)
	for _, lower := range []func(*schema.KDFParams){
		func(k *schema.KDFParams) { k.MemoryKiB = 8 },
		func(k *schema.KDFParams) { k.Time = 1 },
		func(k *schema.KDFParams) { k.Time = 0 },
		func(k *schema.KDFParams) { k.Parallelism = 0 },
		func(k *schema.KDFParams) { k.Parallelism = 1 },
	} {
		a.net.Honest()
		hostile.Challenges.Lie(a.net, func(_ client.Request, c *schema.Challenge) error { lower(&c.KDF); return nil })
		a.refused(schema.CodeWeakParameters, nil, askedChallenge)
	}
}

// The server asks for 2 TiB, or for 255 passes.
func TestAttack_L2_HugeDerivation(t *testing.T) {
	a := newAccount(t)
	for _, raise := range []func(*schema.KDFParams){
		func(k *schema.KDFParams) { k.MemoryKiB = 1 << 31 },
		func(k *schema.KDFParams) { k.Time = 255 },
		func(k *schema.KDFParams) { k.Parallelism = 255 },
	} {
		a.net.Honest()
		hostile.Challenges.Lie(a.net, func(_ client.Request, c *schema.Challenge) error { raise(&c.KDF); return nil })
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		a.refused(schema.CodeWeakParameters, nil, askedChallenge)
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 8<<20 {
			t.Errorf("%d octets were allocated", got)
		}
	}
}

// The server answers for another account, or for an older credential, so that
// keys are derived with a salt of its choice.
func TestAttack_L3_SaltOfTheServersChoice(t *testing.T) {
	a := newAccount(t)
	known := a.Engine.Profile()
	chosen := schema.NewUserID()
	hostile.Challenges.Lie(a.net, func(_ client.Request, c *schema.Challenge) error { c.User = chosen; return nil })
	a.refused(schema.CodeSignInFailed, &known, askedChallenge)
	// A new device knows only the handle; what it derives for another account
	// opens nothing of this one.
	hostile.Sessions.Instead(a.net, func(client.Request) (*schema.Session, error) { return &schema.Session{Token: "any"}, nil })
	hostile.Identity.Instead(a.net, func(client.Request) (*schema.IdentityRecord, error) {
		return &schema.IdentityRecord{User: chosen, Certificate: known.Certificate, Credential: &schema.Credential{
			Kind: schema.CredentialPassphrase, Version: 1, Locked: a.locked(),
		}}, nil
	})
	a.refused(schema.CodeSignInFailed, nil, askedIdentity)
}

// The certificate beside the user's own locked identity is the attacker's.
func TestAttack_K3_AttackersKeyBesideOwnPrivateKey(t *testing.T) {
	a := newAccount(t)
	evil, _ := impostor(t, a.Engine.User())
	known := a.Engine.Profile()
	hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error {
		r.Certificate = evil.Certificate().Bytes()
		return nil
	})
	a.refused(schema.CodeServerMisbehaved, nil, askedIdentity)
	a.refused(schema.CodeServerMisbehaved, &known, askedIdentity)
	clienttest.ExpectCode(t, a.Engine.Sync(clienttest.Context(t)), schema.CodeServerMisbehaved)
	if now := a.Engine.Profile(); !bytes.Equal(schema.MustMarshal(&now), schema.MustMarshal(&known)) {
		t.Error("the profile changed")
	}
}

// The published certificate names a device that the primary key never bound.
func TestAttack_K8_DeviceAddedToOwnCertificate(t *testing.T) {
	a := newAccount(t)
	evil, device := impostor(t, a.Engine.User())
	own := a.Engine.Profile().Certificate
	// The attacker's certificate differs from a bare one by its device's packets.
	bare := newIdentity(t, a.Engine.User()).Certificate().Bytes()
	foreign := evil.Certificate().Bytes()[len(bare):]
	hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error {
		r.Certificate = append(bytes.Clone(own), foreign...)
		return nil
	})
	known := a.Engine.Profile()
	err := a.Engine.Sync(clienttest.Context(t))
	if err != nil && !schema.HasCode(err, schema.CodeServerMisbehaved) {
		t.Fatal(err)
	}
	devices, err := a.Engine.Devices()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range devices {
		if d.ID == device.ID() {
			t.Error("an unsigned device is listed")
		}
	}
	if now := a.Engine.Profile(); !bytes.Equal(now.Certificate, known.Certificate) {
		t.Error("the certificate changed")
	}
}

// A revocation is stripped: the server returns the certificate from before.
func TestAttack_K6_RevocationStripped(t *testing.T) {
	a := newAccount(t)
	laptop := a.c.Device(a.User, 0, nil)
	a.Sync()
	old := a.Engine.Profile()
	ctx := clienttest.Context(t)
	if _, err := a.RevokeDevice(ctx, clienttest.Passphrase, laptop.Device()); err != nil {
		t.Fatal(err)
	}
	known := a.Engine.Profile()
	hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error { r.Certificate = old.Certificate; return nil })
	a.refused(schema.CodeServerMisbehaved, &known, askedIdentity)
	clienttest.ExpectCode(t, a.Engine.Sync(ctx), schema.CodeServerMisbehaved)
	if now := a.Engine.Profile(); !bytes.Equal(now.Certificate, known.Certificate) {
		t.Error("the certificate shrank")
	}
	// A device that knows nothing has it from the locked identity.
	p, err := a.signIn(nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := client.Open(ctx, client.Options{Origin: clienttest.Origin, Transport: a.net, Store: a.Store()}, p)
	if err != nil {
		t.Fatal(err)
	}
	devices, err := e.Devices()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(devices, func(d client.DeviceInfo) bool { return d.ID == laptop.Device() && d.Revoked }) {
		t.Errorf("the revocation is lost: %+v", devices)
	}
}

// The server erases personal events, so that a new device learns nothing of the
// strict policy and of the keys that were pinned and verified.
func TestAttack_K1_StrictPolicyWithheld(t *testing.T) {
	a := newAccount(t)
	if err := a.SetStrict(clienttest.Context(t), true); err != nil {
		t.Fatal(err)
	}
	p, err := a.signIn(nil)
	if err != nil {
		t.Fatal(err)
	}
	hostile.Events.Lie(a.net, func(_ client.Request, page *schema.EventPage) error {
		for i := range page.Events {
			page.Events[i].Ciphertext = nil
		}
		return nil
	})
	e, err := client.Open(clienttest.Context(t), client.Options{Origin: clienttest.Origin, Transport: a.net, Store: memory.New()}, p)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		clienttest.ExpectCode(t, e.Sync(clienttest.Context(t)), schema.CodeServerMisbehaved)
	}
}

// The server asks for the passphrase in whatever form; what it gets in the whole
// life of an account never holds passphrase, account key or private keys.
func TestAttack_L8_PassphraseAskedFor(t *testing.T) {
	a := newAccount(t)
	legacy, err := a.net.Do(clienttest.Context(t), client.Request{
		Method: "POST", Path: "/v1/challenges", MaxResponse: 1 << 20,
		Body: schema.MustMarshal(schema.ChallengeRequest{Handle: a.Handle, Kind: schema.CredentialPassphrase}),
	})
	if err != nil {
		t.Fatal(err)
	}
	legacy[0]++ // a challenge that could be answered, with one field more: 20, "legacy"
	legacy = append(append(legacy, 20), schema.MustMarshal("legacy")...)
	for _, raw := range [][]byte{
		[]byte("please send your passphrase"),
		schema.MustMarshal(map[string]string{"scheme": "legacy", "ask": "passphrase"}),
		legacy,
		{},
	} {
		a.net.Honest()
		hostile.Challenges.Raw(a.net, raw)
		a.refused(schema.CodeBadEncoding, nil, askedChallenge)
	}
	a.net.Honest()
	ctx := clienttest.Context(t)
	if err := a.ChangePassphrase(ctx, clienttest.Passphrase, clienttest.Passphrase); err != nil {
		t.Fatal(err)
	}
	known := a.Engine.Profile()
	if _, err := a.signIn(&known); err != nil {
		t.Fatal(err)
	}
	for what, secret := range map[string][]byte{
		"passphrase": []byte(clienttest.Passphrase), "account key": []byte(known.AccountKey), "store key": known.StoreKey,
		"device key": known.Device, "encryption keys": known.Keys,
	} {
		if a.net.Said(secret) {
			t.Errorf("the server was told the %s", what)
		}
	}
}

// The server offers a recovery credential of its own instead of the passphrase's,
// and watches for an enrolment that nobody asked for.
func TestAttack_L10_RecoveryWithoutConsent(t *testing.T) {
	a := newAccount(t)
	hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error {
		if r.Credential != nil {
			r.Credential.Kind = schema.CredentialRecovery
		}
		return nil
	})
	a.refused(schema.CodeSignInFailed, nil, askedIdentity)
	a.net.Honest()
	if err := a.ChangePassphrase(clienttest.Context(t), clienttest.Passphrase, clienttest.Passphrase); err != nil {
		t.Fatal(err)
	}
	sent := []schema.Credential{hostile.Asked[schema.SignUpRequest](a.net, hostile.SignUps)[0].Credential}
	for _, u := range hostile.Asked[schema.IdentityUpdate](a.net, hostile.SetIdentity) {
		sent = append(sent, u.Credentials...)
	}
	if len(sent) != 2 {
		t.Errorf("%d credentials were sent, want 2", len(sent))
	}
	for _, c := range sent {
		if c.Kind != schema.CredentialPassphrase {
			t.Errorf("a credential of kind %d was sent", c.Kind)
		}
	}
}

// What a device signs to open a session is presented as its signature under an
// event, by a member who knows the secret.
func TestAttack_L12_ChallengeAsEvent(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.alice)
	h := in.following(in.log.Events()[1])
	payload := schema.MustMarshal(schema.Payload{Header: h, Body: schema.MustMarshal(chat.MessageBody{Text: "Bob never said this"})})
	// The challenge is the hash of what the attacker wants signed.
	hostile.Challenges.Lie(tm.bob.net, func(_ client.Request, c *schema.Challenge) error { c.Nonce = sha(payload); return nil })
	hostile.Sessions.Instead(tm.bob.net, func(client.Request) (*schema.Session, error) {
		return nil, schema.Errorf(schema.CodeUnauthenticated, "thank you for the signature")
	})
	hostile.Workspaces.Instead(tm.bob.net, func(client.Request) (*schema.WorkspaceList, error) {
		return nil, schema.Errorf(schema.CodeUnauthenticated, "sign in again")
	})
	hostile.Identity.Instead(tm.bob.net, func(client.Request) (*schema.IdentityRecord, error) {
		return nil, schema.Errorf(schema.CodeUnauthenticated, "sign in again")
	})
	before := tm.look(tm.bob)
	clienttest.ExpectCode(t, tm.bob.Engine.Sync(tm.ctx()), schema.CodeUnauthenticated)
	tm.same(tm.bob, before)
	tm.bob.net.Honest()

	sessions := hostile.Asked[schema.SessionRequest](tm.bob.net, hostile.Sessions)
	harvest := sessions[len(sessions)-1]
	var statement schema.SignInStatement
	if err := schema.Unmarshal(harvest.Statement, &statement); err != nil {
		t.Fatal(err)
	}
	if statement.Purpose != schema.PurposeDevice || statement.Nonce != sha(payload) || statement.Origin != clienttest.Origin || statement.User != tm.bob.Engine.User() {
		t.Errorf("the client signed %+v", statement)
	}
	event := func(payload []byte) schema.Event {
		return schema.Event{
			ID: h.Event, Author: h.Author, Device: h.Device, Epoch: in.place.Epoch,
			Ciphertext: hostile.SealPacket(in.place.StreamKey(in.secret), hostile.Message(payload, harvest.Signature, h.Device)),
		}
	}
	in.log.Add(event(payload), event(harvest.Statement))
	tm.show(in.log, tm.alice, tm.bob)
	tm.voids(2, tm.alice, tm.bob)
}

// A revoked device goes on writing: under the old keys, and under the new ones
// which somebody gave it.
func TestAttack_I5_RevokedDevice(t *testing.T) {
	a := newAccount(t)
	bob := newActor(t, a.c, "Bob")
	laptop := a.c.Device(a.User, 0, nil)
	w := a.Create("Aurore")
	tm := &team{t: t, c: a.c, alice: a.actor, bob: bob, id: w.ID(), general: a.Channel(w.ID(), "general")}
	bob.Join(a.Invite(w, client.InviteOptions{}))
	laptop.Sync()
	laptop.Post(tm.id, "general", "from Alice")
	bob.Sync()
	bob.Post(tm.id, "general", "from Bob")
	a.Sync()
	stolen := tm.insider(&actor{User: laptop})
	if _, err := a.RevokeDevice(tm.ctx(), clienttest.Passphrase, laptop.Device()); err != nil {
		t.Fatal(err)
	}
	bob.Sync()
	old := stolen.event(stolen.message("under the old epoch"))
	stolen.resume()
	helper := tm.insider(bob)
	stolen.rs, stolen.secret, stolen.place.Epoch = helper.rs, helper.secret, helper.place.Epoch
	young := stolen.event(stolen.message("under the new epoch"))
	log := helper.log
	log.Add(old, young)
	tm.show(log, bob, a.actor)
	tm.voids(2, bob)
	ctx, cancel := context.WithTimeout(tm.ctx(), time.Minute)
	defer cancel()
	clienttest.ExpectCode(t, laptop.Engine.Sync(ctx), schema.CodeDeviceRevoked)
}
