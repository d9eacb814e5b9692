package server_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/limit"
	"github.com/cenacle-team/cenacle/server/live"
)

func TestSigningInWithTheLoginKey(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("Alice@Example.org ")
	s, err := alice.signIn()
	if err != nil {
		t.Fatal(err)
	}
	if s.User != alice.user || !s.Bound.IsZero() || !s.Admin {
		t.Fatalf("session %+v", s)
	}
	var record schema.IdentityRecord
	w.must("GET", "/v1/identity", s.Token, nil, &record)
	if record.Credential == nil || record.Revision != 1 || record.Handle != "alice@example.org" {
		t.Fatalf("record %+v", record)
	}
	w.must("GET", "/v1/identity", alice.token, nil, &record)
	if record.Credential != nil {
		t.Fatal("a device is given the locked keys")
	}
}

func TestTheFirstAccountAdministersAnyServer(t *testing.T) {
	for _, r := range []server.Registration{server.RegistrationOpen, server.RegistrationInvite, server.RegistrationClosed} {
		w := start(t, func(o *server.Options) { o.Registration = r })
		var info schema.ServerInfo
		w.must("GET", "/v1/server", "", nil, &info)
		if !info.Empty || info.Registration != string(r) {
			t.Fatalf("%s: %+v", r, info)
		}
		alice := w.signUp("alice@example.org")
		if s, err := alice.tryOpen(alice.dev); err != nil || !s.Admin {
			t.Fatalf("%s: %+v %v", r, s, err)
		}
		w.must("GET", "/v1/server", "", nil, &info)
		if info.Empty {
			t.Fatalf("%s: still empty", r)
		}
		bob, req := w.newPerson("bob@example.org")
		err := w.do("POST", "/v1/accounts", "", req, nil)
		if r != server.RegistrationOpen {
			if !schema.HasCode(err, schema.CodeRegistrationClosed) {
				t.Fatalf("%s: a second account: %v", r, err)
			}
			continue
		}
		if s, err := bob.tryOpen(bob.dev); err != nil || s.Admin {
			t.Fatalf("%s: %+v %v", r, s, err)
		}
	}
}

func TestRegistrationByInvite(t *testing.T) {
	w := start(t, func(o *server.Options) { o.Registration = server.RegistrationInvite })
	alice := w.signUp("alice@example.org")
	tm := alice.found()
	o := tm.invite(alice, schema.RoleMember, 5, 0, false, tm.everyone)
	_, req := w.newPerson("bob@example.org")
	wrong := o.proof
	wrong.Proof[0] ^= 1
	for name, proof := range map[string]*schema.InviteProof{"none": nil, "wrong": &wrong} {
		req.Invite = proof
		if err := w.do("POST", "/v1/accounts", "", req, nil); !schema.HasCode(err, schema.CodeRegistrationClosed) {
			t.Fatalf("proof %s: %v", name, err)
		}
	}
	req.Invite = &o.proof
	w.must("POST", "/v1/accounts", "", req, nil)
}

func TestSignUpRefusals(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("alice@example.org")
	for name, tc := range map[string]struct {
		change func(*schema.SignUpRequest)
		code   schema.Code
	}{
		"taken handle":      {func(r *schema.SignUpRequest) { r.Handle = " ALICE@example.org" }, schema.CodeHandleTaken},
		"no handle":         {func(r *schema.SignUpRequest) { r.Handle = "" }, schema.CodeBadRequest},
		"no address":        {func(r *schema.SignUpRequest) { r.Handle = "bob" }, schema.CodeBadRequest},
		"control character": {func(r *schema.SignUpRequest) { r.Handle = "b\x00b@example.org" }, schema.CodeBadRequest},
		"other user":        {func(r *schema.SignUpRequest) { r.User = schema.NewUserID() }, schema.CodeBadCertificate},
		"no certificate":    {func(r *schema.SignUpRequest) { r.Certificate = nil }, schema.CodeBadCertificate},
		"alice's":           {func(r *schema.SignUpRequest) { r.Certificate = alice.id.Certificate().Bytes() }, schema.CodeBadCertificate},
		"weak derivation":   {func(r *schema.SignUpRequest) { r.Credential.KDF.MemoryKiB = 1 }, schema.CodeBadRequest},
		"huge derivation":   {func(r *schema.SignUpRequest) { r.Credential.KDF.Time = 1000 }, schema.CodeBadRequest},
		"short login key":   {func(r *schema.SignUpRequest) { r.Credential.LoginKey = make([]byte, 31) }, schema.CodeBadRequest},
		"version 2":         {func(r *schema.SignUpRequest) { r.Credential.Version = 2 }, schema.CodeBadRequest},
		"nothing locked":    {func(r *schema.SignUpRequest) { r.Credential.Locked = nil }, schema.CodeTooLarge},
	} {
		_, req := w.newPerson("bob@example.org")
		tc.change(&req)
		if err := w.do("POST", "/v1/accounts", "", req, nil); !schema.HasCode(err, tc.code) {
			t.Errorf("%s: %v, want %s", name, err, tc.code)
		}
	}
}

func TestAttack_L13_UnknownHandlesLookLikeKnownOnes(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("alice@example.org")
	// Some who do not exist look as if they had changed their passphrase; this one
	// does not.
	ghost := &person{w: w, login: alice.login}
	versions := make(map[uint32]int)
	for i := range 64 {
		p := &person{w: w, handle: fmt.Sprintf("ghost%d@example.org", i)}
		c := p.challenge()
		if versions[c.Version]++; c.Version == 1 {
			ghost.handle = p.handle
		}
		if again := p.challenge(); again.Version != c.Version {
			t.Fatalf("version %d was %d before", again.Version, c.Version)
		}
	}
	if len(versions) < 2 || versions[1] < 32 {
		t.Fatalf("versions above 1 tell that an account exists: %v", versions)
	}
	if _, key, err := ed25519.GenerateKey(rand.Reader); err == nil {
		alice.login = key // a wrong one
	}
	first, again := ghost.challenge(), ghost.challenge()
	if first.User != again.User || first.User.IsZero() || first.Nonce == again.Nonce {
		t.Fatal("an unknown handle has no stable user")
	}
	if other := (&person{w: w, handle: strings.ToUpper(ghost.handle), login: alice.login}).challenge(); other.User != first.User {
		t.Fatal("spelling tells an unknown handle from a known one")
	}
	known := alice.challenge()
	if known.KDF != first.KDF || known.Version != first.Version {
		t.Fatalf("challenges differ: %+v and %+v", known, first)
	}
	_, knownErr := alice.answer(known, alice.login, alice.statement(known))
	_, ghostErr := ghost.answer(first, ghost.login, ghost.statement(first))
	if !schema.HasCode(knownErr, schema.CodeSignInFailed) || knownErr.Error() != ghostErr.Error() {
		t.Fatalf("answers differ: %v and %v", knownErr, ghostErr)
	}
	// The recovery credential, which Alice does not have.
	for _, p := range []*person{alice, ghost} {
		var c, again schema.Challenge
		request := schema.ChallengeRequest{Handle: p.handle, Kind: schema.CredentialRecovery}
		w.must("POST", "/v1/challenges", "", request, &c)
		w.must("POST", "/v1/challenges", "", request, &again)
		if c.User != p.challenge().User || c.KDF != schema.DefaultKDF || c.Version == 0 || again.Version != c.Version {
			t.Errorf("%s: %+v, then %+v", p.handle, c, again)
		}
	}
	// Devices, too: one of nobody, one of Alice's that does not exist.
	for _, u := range []schema.UserID{alice.user, schema.NewUserID()} {
		device := schema.DeviceID{1}
		var c schema.Challenge
		w.must("POST", "/v1/challenges", "", schema.ChallengeRequest{User: &u, Device: &device}, &c)
		b := schema.MustMarshal(schema.SignInStatement{Purpose: schema.PurposeDevice, Nonce: c.Nonce, User: u, Device: device, Origin: w.origin()})
		w.refused(schema.CodeSignInFailed, "POST", "/v1/sessions", "", schema.SessionRequest{Statement: b, Signature: alice.dev.Sign(b)})
	}
}

// The time to answer does not tell either: medians over many attempts, taken in
// turns so that a busy machine disturbs both alike.
func TestAttack_L13_TimeDoesNotTell(t *testing.T) {
	w := start(t, func(o *server.Options) { o.Quotas.SignInFailures = plenty })
	alice := w.signUp("alice@example.org")
	_, wrong, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	people := []*person{alice, {w: w, handle: "ghost@example.org"}}
	times := make([][]time.Duration, len(people))
	for range 50 {
		for i, p := range people {
			began := time.Now()
			c := p.challenge()
			_, _ = p.answer(c, wrong, p.statement(c))
			times[i] = append(times[i], time.Since(began))
		}
	}
	median := func(d []time.Duration) time.Duration { slices.Sort(d); return d[len(d)/2] }
	a, b := median(times[0]), median(times[1])
	if d := max(a-b, b-a); d > max(a, b)/2 {
		t.Fatalf("known %v, unknown %v", a, b)
	}
}

// A challenge tells a user id, real or not: that a certificate of several devices is
// looked into for a real one does not show.
func TestAttack_L13_DevicesDoNotTellEither(t *testing.T) {
	w := start(t, func(o *server.Options) { o.Quotas.SignInFailures = plenty })
	alice := w.signUp("alice@example.org")
	for range 12 {
		if _, err := alice.id.AddDevice(time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	s, err := alice.signIn()
	if err != nil {
		t.Fatal(err)
	}
	w.must("PUT", "/v1/identity", s.Token, schema.IdentityUpdate{Expect: 1, Certificate: alice.id.Certificate().Bytes()}, nil)
	users := []schema.UserID{alice.user, (&person{w: w, handle: "ghost@example.org"}).challenge().User}
	times := make([][]time.Duration, len(users))
	for range 25 {
		for i, u := range users {
			device := schema.DeviceID{1}
			var c schema.Challenge
			w.must("POST", "/v1/challenges", "", schema.ChallengeRequest{User: &u, Device: &device}, &c)
			b := schema.MustMarshal(schema.SignInStatement{Purpose: schema.PurposeDevice, Nonce: c.Nonce, User: u, Device: device, Origin: w.origin()})
			began := time.Now()
			w.refused(schema.CodeSignInFailed, "POST", "/v1/sessions", "", schema.SessionRequest{Statement: b, Signature: alice.dev.Sign(b)})
			times[i] = append(times[i], time.Since(began))
		}
	}
	median := func(d []time.Duration) time.Duration { slices.Sort(d); return d[len(d)/2] }
	known, unknown := median(times[0]), median(times[1])
	if d := max(known-unknown, unknown-known); d > min(known, unknown)/4 {
		t.Fatalf("known %v, unknown %v", known, unknown)
	}
}

// Whoever knows a device's id, as all fellow members do, is not told that it was
// revoked.
func TestAttack_L13_ARevocationIsToldToTheDeviceAlone(t *testing.T) {
	w := start(t, nil)
	alice, mallory := w.signUp("alice@example.org"), w.signUp("mallory@example.org")
	phone, err := alice.id.AddDevice(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := alice.id.RevokeDevice(phone.ID(), time.Now()); err != nil {
		t.Fatal(err)
	}
	s, err := alice.signIn()
	if err != nil {
		t.Fatal(err)
	}
	w.must("PUT", "/v1/identity", s.Token, schema.IdentityUpdate{Expect: 1, Certificate: alice.id.Certificate().Bytes()}, nil)
	if _, err := alice.tryOpen(phone); !schema.HasCode(err, schema.CodeDeviceRevoked) {
		t.Fatalf("the device itself: %v", err)
	}
	id := phone.ID()
	var c schema.Challenge
	w.must("POST", "/v1/challenges", "", schema.ChallengeRequest{User: &alice.user, Device: &id}, &c)
	b := schema.MustMarshal(schema.SignInStatement{Purpose: schema.PurposeDevice, Nonce: c.Nonce, User: alice.user, Device: id, Origin: w.origin()})
	w.refused(schema.CodeSignInFailed, "POST", "/v1/sessions", "", schema.SessionRequest{Statement: b, Signature: mallory.dev.Sign(b)})
}

func TestAttack_L12_OnlyTheExactStatementIsAnAnswer(t *testing.T) {
	w := start(t, func(o *server.Options) { o.Quotas.SignInFailures = plenty })
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	for name, change := range map[string]func(*schema.SignInStatement){
		"other origin":   func(s *schema.SignInStatement) { s.Origin = "https://evil.example.org" },
		"other user":     func(s *schema.SignInStatement) { s.User = bob.user },
		"device purpose": func(s *schema.SignInStatement) { s.Purpose = schema.PurposeDevice },
		"event purpose":  func(s *schema.SignInStatement) { s.Purpose = schema.PurposeEvent },
		"a device":       func(s *schema.SignInStatement) { s.Device = alice.dev.ID() },
		"other nonce":    func(s *schema.SignInStatement) { s.Nonce[0] ^= 1 },
	} {
		c := alice.challenge()
		st := alice.statement(c)
		change(&st)
		if _, err := alice.answer(c, alice.login, st); !schema.HasCode(err, schema.CodeSignInFailed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A challenge is answered once.
	c := alice.challenge()
	if _, err := alice.answer(c, alice.login, alice.statement(c)); err != nil {
		t.Fatal(err)
	}
	if _, err := alice.answer(c, alice.login, alice.statement(c)); !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Fatalf("answered twice: %v", err)
	}
	// Bob's answer to Alice's challenge.
	c = alice.challenge()
	if _, err := bob.answer(c, bob.login, bob.statement(c)); !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Fatalf("bob answered: %v", err)
	}
	// A device's signature over an event is no answer, nor is a signature for
	// another purpose, nor another device's.
	id := alice.dev.ID()
	var d schema.Challenge
	ask := func() schema.SignInStatement {
		w.must("POST", "/v1/challenges", "", schema.ChallengeRequest{User: &alice.user, Device: &id}, &d)
		return schema.SignInStatement{Purpose: schema.PurposeDevice, Nonce: d.Nonce, User: alice.user, Device: id, Origin: w.origin()}
	}
	st := ask()
	st.Purpose = schema.PurposeSignIn
	b := schema.MustMarshal(st)
	w.refused(schema.CodeSignInFailed, "POST", "/v1/sessions", "", schema.SessionRequest{Statement: b, Signature: alice.dev.Sign(b)})
	b = schema.MustMarshal(ask())
	w.refused(schema.CodeSignInFailed, "POST", "/v1/sessions", "", schema.SessionRequest{Statement: b, Signature: bob.dev.Sign(b)})
}

func TestChallengesExpire(t *testing.T) {
	clock := newClock()
	w := start(t, func(o *server.Options) { o.Clock = clock.now })
	alice := w.signUp("alice@example.org")
	c := alice.challenge()
	clock.add(schema.ChallengeLife + time.Second)
	if _, err := alice.answer(c, alice.login, alice.statement(c)); !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Fatalf("an old challenge: %v", err)
	}
}

func TestAttack_L14_GuessingIsSlowedAndTheVictimIsNotLockedOut(t *testing.T) {
	w := start(t, func(o *server.Options) {
		o.Quotas.SignInFailures = limit.Rate{PerSecond: 1.0 / 60, Burst: 5}
		o.TrustedProxies = loopback
	})
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	_, wrong, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	from := func(address string, p *person, key ed25519.PrivateKey) error {
		c := p.challenge()
		b := schema.MustMarshal(p.statement(c))
		return w.from(address, "POST", "/v1/sessions", schema.SessionRequest{
			Statement: b, Signature: ed25519.Sign(key, b), Kind: schema.CredentialPassphrase,
		})
	}
	for range 5 {
		if err := from("198.51.100.7", alice, wrong); !schema.HasCode(err, schema.CodeSignInFailed) {
			t.Fatal(err)
		}
	}
	err = from("198.51.100.7", alice, alice.login)
	if !schema.HasCode(err, schema.CodeRateLimited) {
		t.Fatalf("the sixth guess: %v", err)
	}
	if e := err.(*schema.Error); e.RetryAfter <= 0 || e.RetryAfter > time.Minute {
		t.Fatalf("retry after %v", e.RetryAfter)
	}
	if err := from("203.0.113.9", alice, alice.login); err != nil {
		t.Fatalf("alice elsewhere: %v", err)
	}
	if err := from("198.51.100.7", bob, bob.login); err != nil {
		t.Fatalf("bob at the guesser's address: %v", err)
	}
	// The address in the header of somebody who is no proxy is not believed.
	w2 := start(t, func(o *server.Options) { o.Quotas.SignUps = limit.Rate{PerSecond: 0.001, Burst: 2} })
	for i, address := range []string{"198.51.100.1", "198.51.100.2", "198.51.100.3"} {
		_, req := w2.newPerson("p" + address + "@example.org")
		err := w2.from(address, "POST", "/v1/accounts", req)
		if i < 2 && err != nil || i == 2 && !schema.HasCode(err, schema.CodeRateLimited) {
			t.Fatalf("sign-up %d: %v", i, err)
		}
	}
}

func TestAttack_L14_DeviceFloodsAreBounded(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("alice@example.org")
	for range schema.MaxDevices - 1 {
		if _, err := alice.id.AddDevice(time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := alice.id.AddDevice(time.Now()); !schema.HasCode(err, schema.CodeTooLarge) {
		t.Fatalf("one device more: %v", err)
	}
	s, err := alice.signIn()
	if err != nil {
		t.Fatal(err)
	}
	w.must("PUT", "/v1/identity", s.Token, schema.IdentityUpdate{Expect: 1, Certificate: alice.id.Certificate().Bytes()}, nil)
}

func TestAttack_L15_TokensRotateAndEnd(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("alice@example.org")
	other := alice.open()
	if other == alice.token {
		t.Fatal("two sessions share a token")
	}
	here, there := alice.connect(), func() *conn {
		p := *alice
		p.token = other
		return p.connect()
	}()
	w.must("GET", "/v1/workspaces", other, nil, nil) // it is in the cache now
	w.must("DELETE", "/v1/sessions/current", other, nil, nil)
	w.refused(schema.CodeUnauthenticated, "GET", "/v1/workspaces", other, nil)
	if code := there.ends(); code != live.CloseUnauthenticated {
		t.Fatalf("the socket ended with %d", code)
	}
	here.quiet()
	w.must("GET", "/v1/workspaces", alice.token, nil, nil)

	// A second device, revoked from a session of the login key.
	s, err := alice.signIn()
	if err != nil {
		t.Fatal(err)
	}
	phone, err := alice.id.AddDevice(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	w.must("PUT", "/v1/identity", s.Token, schema.IdentityUpdate{Expect: 1, Certificate: alice.id.Certificate().Bytes()}, nil)
	onPhone, err := alice.tryOpen(phone)
	if err != nil {
		t.Fatal(err)
	}
	p := *alice
	p.token = onPhone.Token
	socket := p.connect()
	w.must("GET", "/v1/workspaces", onPhone.Token, nil, nil)
	if err := alice.id.RevokeDevice(phone.ID(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := alice.id.ReplaceEncryption(time.Now()); err != nil {
		t.Fatal(err)
	}
	w.must("PUT", "/v1/identity", s.Token, schema.IdentityUpdate{
		Expect: 2, Certificate: alice.id.Certificate().Bytes(), Credentials: []schema.Credential{alice.credential(2)},
	}, nil)
	w.refused(schema.CodeUnauthenticated, "GET", "/v1/workspaces", onPhone.Token, nil)
	if code := socket.ends(); code != live.CloseUnauthenticated {
		t.Fatalf("the phone's socket ended with %d", code)
	}
	if _, err := alice.tryOpen(phone); !schema.HasCode(err, schema.CodeDeviceRevoked) {
		t.Fatalf("the phone opens a session: %v", err)
	}
	here.quiet()
	// A dead token does not open a socket.
	c := w.dial()
	c.send(schema.Frame{Hello: &schema.Hello{Version: schema.Version, Token: onPhone.Token}})
	if f := c.next(); f.Error == nil || f.Error.Code != schema.CodeUnauthenticated {
		t.Fatalf("answered %+v", f)
	}
	if code := c.ends(); code != live.CloseUnauthenticated {
		t.Fatalf("ended with %d", code)
	}
}

func TestCertificatesOnlyGrow(t *testing.T) {
	w := start(t, nil)
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	before := alice.id.Certificate().Bytes()
	s, err := alice.signIn()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alice.id.AddDevice(time.Now()); err != nil {
		t.Fatal(err)
	}
	after := alice.id.Certificate().Bytes()
	w.must("PUT", "/v1/identity", s.Token, schema.IdentityUpdate{Expect: 1, Certificate: after}, nil)
	for name, tc := range map[string]struct {
		u    schema.IdentityUpdate
		code schema.Code
	}{
		"older certificate": {schema.IdentityUpdate{Expect: 2, Certificate: before}, schema.CodeBadCertificate},
		"other user's":      {schema.IdentityUpdate{Expect: 2, Certificate: bob.id.Certificate().Bytes()}, schema.CodeBadCertificate},
		"old revision":      {schema.IdentityUpdate{Expect: 1, Certificate: after}, schema.CodeConflict},
		"skipped version":   {schema.IdentityUpdate{Expect: 2, Certificate: after, Credentials: []schema.Credential{alice.credential(3)}}, schema.CodeConflict},
		"old version":       {schema.IdentityUpdate{Expect: 2, Certificate: after, Credentials: []schema.Credential{alice.credential(1)}}, schema.CodeConflict},
		"two of a kind":     {schema.IdentityUpdate{Expect: 2, Certificate: after, Credentials: []schema.Credential{alice.credential(2), alice.credential(2)}}, schema.CodeBadRequest},
	} {
		if err := w.do("PUT", "/v1/identity", s.Token, tc.u, nil); !schema.HasCode(err, tc.code) {
			t.Errorf("%s: %v, want %s", name, err, tc.code)
		}
	}
	w.refused(schema.CodeForbidden, "PUT", "/v1/identity", alice.token, schema.IdentityUpdate{Expect: 2, Certificate: after})
}

func TestTheDirectory(t *testing.T) {
	w := start(t, func(o *server.Options) { o.Quotas.Lookups = limit.Rate{PerSecond: 0.001, Burst: 3} })
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	var e schema.DirectoryEntry
	w.must("GET", "/v1/users?handle=BOB%40example.org", alice.token, nil, &e)
	if e.User != bob.user || e.Handle != "bob@example.org" {
		t.Fatalf("%+v", e)
	}
	w.must("GET", "/v1/users/"+bob.user.String(), alice.token, nil, &e)
	if e.User != bob.user || e.Handle != "" {
		t.Fatalf("by id: %+v", e)
	}
	w.refused(schema.CodeNotFound, "GET", "/v1/users?handle=nobody%40example.org", alice.token, nil)
	w.refused(schema.CodeRateLimited, "GET", "/v1/users?handle=bob%40example.org", alice.token, nil)
	w.refused(schema.CodeNotFound, "GET", "/v1/users/"+schema.NewUserID().String(), bob.token, nil)
}
