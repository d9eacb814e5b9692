package client_test

import (
	"errors"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
)

// The server hides the personal workspace from a new device until that has made
// another one, and shows both afterwards: the strict setting stands whichever of
// them is the first.
func TestAttack_K1_SecondPersonalWorkspace(t *testing.T) {
	tm := newTeam(t)
	dave := newActor(t, tm.c, "Dave")
	if err := tm.alice.SetStrict(tm.ctx(), true); err != nil {
		t.Fatal(err)
	}
	var hide atomic.Bool
	hostile.Workspaces.Lie(tm.alice.net, func(_ client.Request, l *schema.WorkspaceList) error {
		if hide.Load() {
			l.Workspaces = slices.DeleteFunc(l.Workspaces, func(id schema.WorkspaceID) bool { return id != tm.id })
		}
		return nil
	})
	for range 4 { // one of them has a lower id than the true one
		hide.Store(true)
		tm.alice.Options.Store = memory.New()
		tm.alice.Restart()
		tm.alice.Sync()
		if tm.alice.Engine.Strict() {
			t.Fatal("a new device knows what was hidden from it")
		}
	}
	hide.Store(false)
	tm.alice.Sync()
	_, err := tm.alice.In(tm.id).Admit(tm.ctx(), dave.Handle, schema.RoleMember, nil)
	clienttest.ExpectCode(t, err, schema.CodeUnverified)
	if err := tm.alice.SetStrict(tm.ctx(), false); err != nil {
		t.Fatal(err)
	}
	if tm.alice.Engine.Strict() {
		t.Error("the user's own word does not count")
	}
}

// Two processes of a new profile make one personal workspace.
func TestOnePersonalWorkspaceForTwoProcesses(t *testing.T) {
	tm := newTeam(t)
	made := func() (n int) {
		for _, q := range tm.alice.net.Calls() {
			if q.Method == "POST" && q.Path == "/v1/workspaces" {
				n++
			}
		}
		return n
	}
	before := made()
	hostile.Workspaces.Lie(tm.alice.net, func(_ client.Request, l *schema.WorkspaceList) error {
		l.Workspaces = []schema.WorkspaceID{}
		return nil
	})
	tm.alice.Options.Store = memory.New()
	tm.alice.Restart()
	second, err := client.Open(tm.ctx(), tm.alice.Options, tm.alice.Profile)
	if err != nil {
		t.Fatal(err)
	}
	tm.alice.Sync()
	if err := second.Sync(tm.ctx()); err != nil {
		t.Fatal(err)
	}
	if n := made() - before; n != 1 {
		t.Errorf("%d workspaces are made, want 1", n)
	}
}

// The server answers a sign-up with another certificate than the one that was made.
func TestAttack_K3_SwappedAtSignUp(t *testing.T) {
	c := clienttest.Start(t, 1, server.Options{})
	honest, err := network.New(c.Nodes[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	net := hostile.New(honest)
	hostile.Identity.Lie(net, func(_ client.Request, r *schema.IdentityRecord) error {
		other, _ := impostor(t, r.User)
		r.Certificate = other.Certificate().Bytes()
		return nil
	})
	_, err = client.SignUp(clienttest.Context(t), client.Options{Origin: clienttest.Origin, Transport: net}, client.SignUpOptions{
		Handle: "new@example.org", Name: "New", Passphrase: clienttest.Passphrase,
	})
	var m *client.Misbehaviour
	if !errors.As(err, &m) || m.Kind != client.MisbehaviourIdentity || len(m.Proof) != 2 {
		t.Fatalf("signing up ends in %v", err)
	}
}

// The server shows an older certificate of the account's own: a device that
// follows does not go online.
func TestAttack_K6_NobodyFollowsAnAlteredIdentity(t *testing.T) {
	tm := newTeam(t)
	var asked atomic.Int32
	hostile.Identity.Lie(tm.alice.net, func(_ client.Request, r *schema.IdentityRecord) error {
		asked.Add(1)
		other, _ := impostor(t, tm.alice.Engine.User())
		r.Certificate = other.Certificate().Bytes()
		return nil
	})
	tm.alice.Follow()
	clienttest.Eventually(t, "the device has tried again", func() bool { return asked.Load() >= 3 })
	if tm.alice.net.Inject(tm.ctx(), schema.Frame{Erased: &schema.PushErasure{Workspace: tm.id}}) {
		t.Error("the device is connected")
	}
	if !slices.ContainsFunc(tm.alice.Engine.Findings(tm.ctx()), func(f client.Finding) bool {
		return f.Code == client.FoundOwnCertificateSwapped && f.Kind == client.MisbehaviourIdentity
	}) {
		t.Error("nothing is recorded")
	}
}

// The answer to a revocation is lost, and the server then names another revision:
// the new keys, which nobody else has, are not.
func TestAttack_K6_LostAnswerAndOtherRevision(t *testing.T) {
	c, _, _, bob, _ := trio(t)
	tablet := c.Device(bob, 0, nil)
	bob.Sync()
	net := hostile.New(bob.Options.Transport)
	bob.Options.Transport = net
	bob.Restart()
	hostile.SetIdentity.Replace(net, func(_ client.Request, honest func() ([]byte, error)) (*hostile.None, error) {
		if _, err := honest(); err != nil {
			return nil, err
		}
		return nil, schema.Errorf(schema.CodeOffline, "the answer is lost")
	})
	_, err := bob.RevokeDevice(clienttest.Context(t), clienttest.Passphrase, tablet.Device())
	clienttest.ExpectCode(t, err, schema.CodeOffline)
	old := bob.Engine.Profile()
	hostile.Identity.Lie(net, func(_ client.Request, r *schema.IdentityRecord) error { r.Revision++; return nil })
	bob.Sync()
	now := bob.Engine.Profile()
	if now.AccountKey == old.AccountKey || now.CredentialVersion != old.CredentialVersion+1 || len(now.Pending) != 0 {
		t.Errorf("the new account key is lost: version %d", now.CredentialVersion)
	}
}
