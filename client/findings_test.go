package client_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/schema"
)

// found returns what an actor's device has detected under a code.
func found(t *testing.T, u *clienttest.User, code client.FindingCode) []client.Finding {
	t.Helper()
	return slices.DeleteFunc(u.Findings(clienttest.Context(t)), func(f client.Finding) bool { return f.Code != code })
}

// one returns the only finding under a code, which must carry a proof.
func one(t *testing.T, u *clienttest.User, code client.FindingCode) client.Finding {
	t.Helper()
	all := found(t, u, code)
	if len(all) != 1 || len(all[0].Proof) == 0 || all[0].At == 0 {
		t.Fatalf("%s has found %v, want %s once with a proof", u.Name, all, code)
	}
	return all[0]
}

// A warning is found once, with what proves it, and survives a restart.
func TestWarningsSurvive(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	kept := *in
	first := in.message("the first")
	in.counter, in.prev = kept.counter, kept.prev
	in.post(first, in.message("the second"))
	listener := tm.alice.Listen()
	defer listener.Close()
	tm.alice.Sync()
	f := one(t, tm.alice.User, client.FoundNumberUsedTwice)
	if f.Facts.Device != in.Device.ID() || f.Workspace != tm.id || f.Stream != tm.general.Stream || !f.Open() || f.Stops {
		t.Errorf("%+v", f)
	}
	changes, err := listener.Next(tm.ctx())
	if err != nil || !slices.ContainsFunc(changes, func(c client.Change) bool { return c.Finding != nil && c.Finding.ID() == f.ID() }) {
		t.Errorf("nobody is told of it: %v", err)
	}
	tm.alice.Restart()
	if got := one(t, tm.alice.User, client.FoundNumberUsedTwice); got.At != f.At || got.ID() != f.ID() {
		t.Errorf("after a restart: %+v", got)
	}
	if got := tm.status(tm.alice).Warnings; len(got) != 1 {
		t.Errorf("the status has %v", got)
	}
}

// Misbehaviour stays when the server is honest again, through restarts, and is
// listed once however often it was met.
func TestMisbehaviourIsNotClearedByGoodBehaviour(t *testing.T) {
	tm := newTeam(t)
	tm.lieInGeneral(tm.bob, func(p *schema.EventPage) {
		if len(p.Events) > 1 {
			p.Events = p.Events[1:]
		}
	})
	tm.aliceSays("four", "five")
	for range 3 {
		if err := tm.bob.In(tm.id).Sync(tm.ctx()); !errors.Is(err, client.ErrServerMisbehaved) {
			t.Fatalf("Bob synchronises with %v", err)
		}
	}
	tm.bob.net.Honest()
	for range 2 {
		tm.bob.Restart()
		if err := tm.bob.Engine.Sync(tm.ctx()); !errors.Is(err, client.ErrServerMisbehaved) {
			t.Fatalf("Bob synchronises with %v", err)
		}
		f := one(t, tm.bob.User, client.FoundEventGap)
		if !f.Stops || !f.Open() || f.Stream != tm.general.Stream {
			t.Errorf("%+v", f)
		}
	}
}

// What was dismissed stays in the list, as dismissed, and stops nothing.
func TestDismissalIsRemembered(t *testing.T) {
	tm := newTeam(t)
	bob := tm.insider(tm.bob)
	bob.post(bob.message("a lie", func(p *schema.Payload) { p.Header.SeenLink = schema.Hash{1} }))
	if err := tm.alice.In(tm.id).Sync(tm.ctx()); !errors.Is(err, client.ErrServerMisbehaved) {
		t.Fatal(err)
	}
	if f := one(t, tm.alice.User, client.FoundAuthorSawOther); f.Accuser != bob.Device.ID() || !f.Open() {
		t.Errorf("%+v", f)
	}
	if err := tm.alice.In(tm.id).Dismiss(tm.ctx(), bob.Device.ID()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if f := one(t, tm.alice.User, client.FoundAuthorSawOther); f.Open() {
			t.Errorf("%+v", f)
		}
		tm.alice.Expect(tm.id, "general", said)
		tm.alice.Restart()
	}
}

// The server rolls back or swaps the certificate of the account itself.
func TestAttack_K6_OwnCertificateIsRemembered(t *testing.T) {
	a := newAccount(t)
	ctx := clienttest.Context(t)
	old := a.Engine.Profile()
	a.c.Device(a.User, 0, nil)
	a.Sync()
	known := a.Engine.Profile()
	evil, _ := impostor(t, a.Engine.User())
	for code, shown := range map[client.FindingCode][]byte{
		client.FoundOwnCertificateRolledBack:   old.Certificate,
		client.FoundOwnCertificateSwapped:      evil.Certificate().Bytes(),
		client.FoundOwnCertificateUnacceptable: []byte("no certificate"),
	} {
		a.net.Honest()
		hostile.Identity.Lie(a.net, func(_ client.Request, r *schema.IdentityRecord) error { r.Certificate = shown; return nil })
		for range 2 {
			clienttest.ExpectCode(t, a.Engine.Sync(ctx), schema.CodeServerMisbehaved)
		}
		f := one(t, a.User, code)
		if string(f.Proof[0].Bytes) != string(shown) || string(f.Proof[1].Bytes) != string(known.Certificate) || !f.Workspace.IsZero() {
			t.Errorf("%s: the proof has not both sides", code)
		}
	}
	a.net.Honest()
	a.Restart()
	a.Sync()
	st, err := a.Status(ctx)
	if err != nil || len(st.Misbehaviours) != 3 {
		t.Errorf("%d findings are left, want 3 (%v)", len(st.Misbehaviours), err)
	}
}

// What signing in again, or a change of passphrase, gives away is remembered too.
func TestAttack_L7_RollbackIsRemembered(t *testing.T) {
	a := newAccount(t)
	ctx := clienttest.Context(t)
	if err := a.ChangePassphrase(ctx, clienttest.Passphrase, clienttest.Passphrase); err != nil {
		t.Fatal(err)
	}
	known := a.Engine.Profile()
	hostile.Challenges.Lie(a.net, func(_ client.Request, c *schema.Challenge) error { c.Version = 1; return nil })
	if _, err := a.signIn(&known); !schema.HasCode(err, schema.CodeVersionRolledBack) {
		t.Fatal(err)
	}
	a.Restart()
	if f := one(t, a.User, client.FoundOwnCredentialRolledBack); f.Facts.Seq != 1 || f.Facts.Known != uint64(known.CredentialVersion) {
		t.Errorf("%+v", f)
	}
	a.net.Honest()
	hostile.Challenges.Lie(a.net, func(_ client.Request, c *schema.Challenge) error { c.KDF.MemoryKiB = 8; return nil })
	clienttest.ExpectCode(t, a.ChangePassphrase(ctx, clienttest.Passphrase, clienttest.Passphrase), schema.CodeWeakParameters)
	one(t, a.User, client.FoundWeakParameters)
}

// The directory shows another key of somebody who is known, or an older one.
func TestAttack_K2_DirectoryIsRemembered(t *testing.T) {
	tm := newTeam(t)
	swap(t, tm.alice.net, tm.bob.Engine.User())
	for range 2 {
		if _, err := tm.alice.In(tm.id).LookUpPerson(tm.ctx(), tm.bob.Handle); err != nil {
			t.Fatal(err) // it only chooses among members whose keys the roster fixes
		}
	}
	f := one(t, tm.alice.User, client.FoundDirectoryKeyDiffers)
	if f.Facts.User != tm.bob.Engine.User() || len(f.Proof) != 2 {
		t.Errorf("%+v", f)
	}
	tm.alice.Restart()
	one(t, tm.alice.User, client.FoundDirectoryKeyDiffers)
}

// The directory rolls back a member's certificate: what the rosters hold of it is
// not lost, and the next workspace gets the newer one.
func TestAttack_K6_PeerCertificateRolledBack(t *testing.T) {
	tm := newTeam(t)
	carol := tm.c.SignUp("Carol", 0)
	carol.Join(tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{}))
	before := carol.Engine.Profile().Certificate
	tm.c.Device(carol, 0, nil)
	carol.Sync()
	tm.alice.Sync()
	hostile.Directory.Lie(tm.alice.net, func(_ client.Request, d *schema.DirectoryEntry) error { d.Certificate = before; return nil })
	second := tm.alice.Create("Second")
	if _, err := second.Admit(tm.ctx(), carol.Handle, schema.RoleMember, nil); err != nil {
		t.Fatal(err)
	}
	if f := one(t, tm.alice.User, client.FoundDirectoryCertificateOld); f.Facts.User != carol.Engine.User() || len(f.Proof) != 2 {
		t.Errorf("%+v", f)
	}
	entries := hostile.Asked[schema.RosterBatch](tm.alice.net, hostile.SetRoster)
	var entry schema.RosterEntry
	var admitted schema.AdmitBody
	last := entries[len(entries)-1].Entries
	if err := errors.Join(schema.Unmarshal(last[len(last)-1].Entry, &entry), schema.Unmarshal(entry.Body, &admitted)); err != nil {
		t.Fatal(err)
	}
	if string(admitted.Certificate) != string(carol.Engine.Profile().Certificate) {
		t.Error("the older certificate was used")
	}
}

// The key of a message's author conflicts with the pinned one: each message says
// so, and the finding has both keys.
func TestAttack_K2_MessagesOfAnotherKeyAreMarked(t *testing.T) {
	tm := newTeam(t)
	carol := newActor(t, tm.c, "Carol")
	evil := swap(t, tm.alice.net, carol.Engine.User())
	if _, err := tm.alice.In(tm.id).Admit(tm.ctx(), carol.Handle, schema.RoleMember, nil); err == nil {
		t.Fatal("an honest server takes a key of the attacker's making")
	}
	tm.alice.net.Honest()
	carol.Join(tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{}))
	carol.Post(tm.id, "general", "it is me")
	tm.alice.Sync()
	for range 2 {
		got := tm.alice.Read(tm.id, "general")
		last := got[len(got)-1]
		if last.Text != "it is me" || !slices.Equal(last.Doubts, []client.FindingCode{client.FoundAuthorKeyDiffers}) {
			t.Errorf("%q has the doubts %v", last.Text, last.Doubts)
		}
		for _, m := range got[:len(got)-1] {
			if len(m.Doubts) > 0 {
				t.Errorf("%q has the doubts %v", m.Text, m.Doubts)
			}
		}
		f := one(t, tm.alice.User, client.FoundPeerKeyDiffers)
		if f.Facts.User != carol.Engine.User() || f.Workspace != tm.id || len(f.Proof) != 3 || evil == carol.id.Certificate().Fingerprint() {
			t.Errorf("%+v", f)
		}
		tm.alice.Restart()
	}
}

// Messages say when a name is taken for another's and when a clock is not to be
// believed.
func TestAttack_E12_MessagesSayTheirDoubts(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	in.post(in.message("from the future", func(p *schema.Payload) { p.Header.At += 1e12 }))
	tm.alice.Sync()
	got := tm.alice.Read(tm.id, "general")
	if d := got[len(got)-1].Doubts; !slices.Equal(d, []client.FindingCode{client.FoundClockDoubtful}) {
		t.Errorf("the doubts are %v", d)
	}
	mallory := tm.join("Bоb", client.InviteOptions{}) // Cyrillic о
	mallory.Post(tm.id, "general", "I am Bob")
	tm.alice.Sync()
	got = tm.alice.Read(tm.id, "general")
	if d := got[len(got)-1].Doubts; !slices.Equal(d, []client.FindingCode{client.FoundAuthorNameLookalike}) {
		t.Errorf("the doubts are %v", d)
	}
}

// A damaged store is dropped, and with it no key that was pinned and nothing that
// was found: a server cannot use the moment.
func TestAttack_K2_PinsOutliveDamage(t *testing.T) {
	tm := newTeam(t)
	swap(t, tm.alice.net, tm.bob.Engine.User())
	if _, err := tm.alice.In(tm.id).LookUpPerson(tm.ctx(), tm.bob.Handle); err != nil {
		t.Fatal(err)
	}
	alter(t, tm.alice.Store(), 'r')
	tm.alice.Restart()
	warned(t, tm.alice.User)
	one(t, tm.alice.User, client.FoundDirectoryKeyDiffers)
	// Before anything else is known of Bob again.
	second := tm.alice.Create("Second")
	tm.takeRoster(tm.alice)
	_, err := second.Admit(tm.ctx(), tm.bob.Handle, schema.RoleMember, nil)
	clienttest.ExpectCode(t, err, schema.CodeKeyChanged)
}
