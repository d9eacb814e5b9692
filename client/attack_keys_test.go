package client_test

import (
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/index"
)

// swap lets the directory name another certificate for a user.
func swap(t *testing.T, net *hostile.Transport, u schema.UserID) schema.Fingerprint {
	t.Helper()
	id, _ := impostor(t, u)
	lie := func(_ client.Request, d *schema.DirectoryEntry) error {
		d.Certificate = id.Certificate().Bytes()
		return nil
	}
	hostile.Directory.Lie(net, lie)
	hostile.DirectoryID.Lie(net, lie)
	return id.Certificate().Fingerprint()
}

func (tm *team) person(a *actor, u schema.UserID) client.Person {
	tm.t.Helper()
	p, err := a.In(tm.id).FindPerson(u.String())
	if err != nil {
		tm.t.Fatal(err)
	}
	return p
}

// The directory names the attacker's key for somebody whom nobody here knows yet.
func TestAttack_K1_KeySwappedBeforeFirstContact(t *testing.T) {
	tm := newTeam(t)
	carol, dave := newActor(t, tm.c, "Carol"), newActor(t, tm.c, "Dave")
	evil := swap(t, tm.alice.net, carol.Engine.User())
	tm.takeRoster(tm.alice)
	if _, err := tm.alice.In(tm.id).Admit(tm.ctx(), carol.Handle, schema.RoleMember, nil); err != nil {
		t.Fatal(err)
	}
	if p := tm.person(tm.alice, carol.Engine.User()); p.Fingerprint != evil || p.Verified {
		t.Errorf("a key on first use is not marked: %+v", p)
	}

	if err := tm.alice.SetStrict(tm.ctx(), true); err != nil {
		t.Fatal(err)
	}
	swap(t, tm.alice.net, dave.Engine.User())
	tm.rejects(tm.alice, schema.CodeUnverified, "", func() error {
		_, err := tm.alice.In(tm.id).Admit(tm.ctx(), dave.Handle, schema.RoleMember, nil)
		return err
	})
}

// The directory names another key for a member who is known.
func TestAttack_K2_KnownKeySwapped(t *testing.T) {
	tm := newTeam(t)
	other := tm.alice.Create("Second")
	swap(t, tm.alice.net, tm.bob.Engine.User())
	tm.rejects(tm.alice, schema.CodeKeyChanged, "", func() error {
		_, err := tm.alice.In(other.ID()).Admit(tm.ctx(), tm.bob.Handle, schema.RoleMember, nil)
		return err
	})
}

// The certificate is another user's, under the right name.
func TestAttack_K2_CertificateOfAnother(t *testing.T) {
	tm := newTeam(t)
	carol := newActor(t, tm.c, "Carol")
	hostile.Directory.Lie(tm.alice.net, func(_ client.Request, d *schema.DirectoryEntry) error {
		d.Certificate = tm.bob.id.Certificate().Bytes()
		return nil
	})
	tm.rejects(tm.alice, schema.CodeKeyChanged, "", func() error {
		_, err := tm.alice.In(tm.id).Admit(tm.ctx(), carol.Handle, schema.RoleMember, nil)
		return err
	})
}

// Between the display of a number and its confirmation, key or user are swapped.
func TestAttack_K4_SwapDuringVerification(t *testing.T) {
	tm := newTeam(t)
	carol := tm.join("Carol", client.InviteOptions{})
	shown, err := tm.alice.In(tm.id).BeginVerification(tm.bob.Engine.User())
	if err != nil {
		t.Fatal(err)
	}
	evil, _ := impostor(t, tm.bob.Engine.User())
	key, user, number := shown, shown, shown
	key.Fingerprint = evil.Certificate().Fingerprint()
	user.User = carol.Engine.User()
	number.Number = seal.SafetyNumber(tm.alice.Engine.User(), tm.alice.id.Certificate().Fingerprint(), shown.User, evil.Certificate().Fingerprint())
	for _, v := range []client.Verification{key, user, number} {
		tm.rejects(tm.alice, schema.CodeKeyChanged, "", func() error { return tm.alice.ConfirmVerification(tm.ctx(), v) })
	}
	swap(t, tm.alice.net, tm.bob.Engine.User())
	if err := tm.alice.ConfirmVerification(tm.ctx(), shown); err != nil {
		t.Fatal(err)
	}
	if p := tm.person(tm.alice, tm.bob.Engine.User()); !p.Verified || p.Fingerprint != tm.bob.id.Certificate().Fingerprint() {
		t.Errorf("what was displayed is not what is verified: %+v", p)
	}
}

// An event comes from a device that the user's certificate does not bind, made by
// a member who knows the secret.
func TestAttack_K8_UnsignedDevice(t *testing.T) {
	tm := newTeam(t)
	mallory := tm.insider(tm.bob)
	_, evil := impostor(t, tm.alice.Engine.User())
	mallory.Device, mallory.User = evil, tm.alice.Engine.User()
	mallory.log.Add(mallory.event(mallory.message("not Alice")))
	tm.show(mallory.log, tm.alice, tm.bob)
	tm.voids(1, tm.alice, tm.bob)
}

// An administrator signs two admissions of one user with different keys, and the
// server shows each to somebody else.
func TestAttack_K9_DifferentKeysToDifferentMembers(t *testing.T) {
	tm := newTeam(t)
	carol := newActor(t, tm.c, "Carol")
	mallory := tm.insider(tm.alice)
	tm.showRoster(tm.bob, mallory.rs, mallory.forgedAdmission(carol))
	if err := mallory.PostRoster(tm.ctx(), tm.id, mallory.admission(carol, schema.RoleMember)); err != nil {
		t.Fatal(err)
	}
	tm.bob.Sync() // nothing contradicts itself yet
	tm.alice.Sync()
	tm.alice.Post(tm.id, "general", "who has seen the true Carol")
	tm.rejects(tm.bob, schema.CodeServerMisbehaved, client.MisbehaviourFork, tm.sync(tm.bob))
}

// The server shows a member's event as another's; a member claims another's name.
func TestAttack_K12_UserIsNotTheSigner(t *testing.T) {
	tm := newTeam(t)
	mallory := tm.insider(tm.bob)
	outside := mallory.event(mallory.message("as Alice, says the server"))
	outside.Author = tm.alice.Engine.User()
	mallory.resume()
	inside := mallory.event(mallory.message("as Alice, says Mallory", func(p *schema.Payload) { p.Header.Author = tm.alice.Engine.User() }))
	both := mallory.event(mallory.message("as Alice, say both", func(p *schema.Payload) { p.Header.Author = tm.alice.Engine.User() }))
	both.Author = tm.alice.Engine.User()
	mallory.log.Add(outside, inside, both)
	tm.show(mallory.log, tm.alice, tm.bob)
	tm.voids(3, tm.alice)
}

// An administrator admits a user under a key of the administrator's making, which
// a server that works with the administrator takes.
func TestAttack_K13_WrongKeyIntroduced(t *testing.T) {
	tm := newTeam(t)
	second := tm.alice.Create("Second")
	carol := newActor(t, tm.c, "Carol")
	carol.Join(tm.alice.Invite(second, client.InviteOptions{}))
	tm.alice.Sync() // Carol's key is pinned
	if err := tm.alice.In(tm.id).SetRole(tm.ctx(), tm.bob.Engine.User(), schema.RoleAdmin); err != nil {
		t.Fatal(err)
	}
	mallory := tm.insider(tm.bob)
	tm.showRoster(tm.alice, mallory.rs, mallory.forgedAdmission(carol))
	tm.alice.Sync()
	if p := tm.person(tm.alice, carol.Engine.User()); !p.KeyChanged || p.Verified {
		t.Errorf("an introduction overrides a pinned key: %+v", p)
	}
	if len(tm.status(tm.alice).Warnings) == 0 {
		t.Error("nothing is flagged")
	}
	tm.rejects(tm.alice, schema.CodeKeyChanged, "", func() error {
		_, err := tm.alice.In(tm.id).CreateChannel(tm.ctx(), "secret", client.ChannelOptions{
			Private: true, Members: []schema.UserID{carol.Engine.User()},
		})
		return err
	})
	// The genuine key is still the pinned one.
	if p, err := tm.alice.In(second.ID()).FindPerson(carol.Engine.User().String()); err != nil || p.KeyChanged {
		t.Errorf("the pin was replaced: %+v, %v", p, err)
	}
}

// A member takes a name that looks like another's, or that reads backwards.
func TestAttack_K14_LookAlikeNames(t *testing.T) {
	tm := newTeam(t)
	tm.join("Аlice", client.InviteOptions{}) // Cyrillic А
	for _, p := range tm.bob.In(tm.id).People() {
		if p.Name != "Bob" && !p.LooksLike {
			t.Errorf("%q is not flagged", p.Name)
		}
	}
	mallory := tm.insider(tm.bob)
	mallory.move(schema.IndexStream(tm.id, mallory.place.Circle))
	mallory.post(mallory.message("", func(p *schema.Payload) {
		p.Header.Kind, p.Body = schema.KindProfile, schema.MustMarshal(index.ProfileBody{Name: "ecil\u202eA"})
	}))
	tm.alice.Sync()
	if got := tm.alice.In(tm.id).NameOf(tm.bob.Engine.User()); got != "Bob" {
		t.Errorf("a bidirectional name is shown: %q", got)
	}
}
