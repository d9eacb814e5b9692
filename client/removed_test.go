package client_test

import (
	"fmt"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// everything is what a server holds of a workspace, as one of its members (here:
// an owner who gives it all away) can fetch it.
type everything struct {
	roster *roster.State
	heads  schema.WorkspaceHeads
	events []schema.Event
}

func fetchEverything(t *testing.T, u *clienttest.User, id schema.WorkspaceID) everything {
	t.Helper()
	ctx := clienttest.Context(t)
	get := func(path string, out any) {
		t.Helper()
		var challenge schema.Challenge
		device, err := identity.ParseDevice(u.Engine.Profile().Device)
		if err != nil {
			t.Fatal(err)
		}
		user, name := u.User(), device.ID()
		do := func(method, path, token string, in, out any) {
			t.Helper()
			r := client.Request{Method: method, Path: path, Token: token, MaxResponse: 64 << 20}
			if in != nil {
				r.Body = schema.MustMarshal(in)
			}
			b, err := u.Options.Transport.Do(ctx, r)
			if err == nil {
				err = schema.Unmarshal(b, out)
			}
			if err != nil {
				t.Fatalf("%s %s: %v", method, path, err)
			}
		}
		do("POST", "/v1/challenges", "", schema.ChallengeRequest{User: &user, Device: &name}, &challenge)
		statement := schema.MustMarshal(schema.SignInStatement{
			Purpose: schema.PurposeDevice, Nonce: challenge.Nonce, User: user, Device: name, Origin: clienttest.Origin,
		})
		var session schema.Session
		do("POST", "/v1/sessions", "", schema.SessionRequest{Statement: statement, Signature: device.Sign(statement)}, &session)
		do("GET", path, session.Token, nil, out)
	}
	var out everything
	var page schema.RosterPage
	get(fmt.Sprintf("/v1/workspaces/%s/roster?after=0", id), &page)
	rs, err := roster.Replay(id, page.Entries)
	if err != nil {
		t.Fatal(err)
	}
	out.roster = rs
	get(fmt.Sprintf("/v1/workspaces/%s/heads", id), &out.heads)
	for _, s := range out.heads.Streams {
		var events schema.EventPage
		get(fmt.Sprintf("/v1/workspaces/%s/streams/%s/events?after=0", id, s.Head.Stream), &events)
		out.events = append(out.events, events.Events...)
	}
	return out
}

// openWith tries everything that the holder of some encryption keys can try: every
// key packet of the roster, every chain of previous secrets, and with each secret
// every epoch number of the circle. It returns which events opened.
func (e everything) openWith(t *testing.T, keys *identity.Keys) map[schema.EventID]bool {
	t.Helper()
	secrets := map[schema.CircleID][]seal.EpochSecret{}
	var recipients []cert.EncryptionKey
	for _, m := range e.roster.Members() {
		recipients = append(recipients, m.Certificate.EncryptionKeys()...)
	}
	for _, id := range e.roster.Circles() {
		circle, _ := e.roster.Circle(id)
		for n := circle.Epoch; n > 0; n-- {
			var packets [][]byte
			for _, k := range recipients {
				if p, ok := e.roster.KeyFor(id, n, k.Fingerprint); ok {
					packets = append(packets, p)
				}
			}
			for _, own := range keys.Fingerprints() {
				if p, ok := e.roster.KeyFor(id, n, own); ok {
					packets = append(packets, p)
				}
			}
			for _, p := range packets {
				if s, err := seal.OpenKey(p, keys); err == nil {
					secrets[id] = append(secrets[id], s)
				}
			}
			for _, s := range secrets[id] {
				if previous, err := seal.OpenPrevious(s, circle.Epochs[n-1].Previous, e.roster.Workspace(), id, n); err == nil {
					secrets[id] = append(secrets[id], previous)
				}
			}
		}
	}
	circleOf := map[schema.StreamID]schema.CircleID{}
	for _, s := range e.heads.Streams {
		circleOf[s.Head.Stream] = s.Circle
	}
	opened := map[schema.EventID]bool{}
	for _, ev := range e.events {
		id := circleOf[ev.Stream]
		circle, _ := e.roster.Circle(id)
		device, ok := e.roster.Device(ev.Author, ev.Device)
		if !ok {
			t.Fatalf("event %d of an unknown device", ev.Seq)
		}
		for _, s := range secrets[id] {
			for n := uint64(1); n <= circle.Epoch+1; n++ {
				key, err := seal.NewStreamKey(s, e.roster.Workspace(), id, ev.Stream, n)
				if err != nil {
					t.Fatal(err)
				}
				if _, _, err := key.Open(ev.Ciphertext, device); err == nil {
					opened[ev.ID] = true
				}
			}
		}
	}
	return opened
}

// Nothing that the server holds from a removal on opens with the removed member's
// keys, nor with those of a revoked device.
func TestAttack_I8_RemovedMemberOpensNothingLater(t *testing.T) {
	c := clienttest.Start(t, 1, server.Options{})
	alice, bob, carol := c.SignUp("Alice", 0), c.SignUp("Bob", 0), c.SignUp("Carol", 0)
	w := alice.Create("Aurore")
	id := w.ID()
	ctx := clienttest.Context(t)
	invitation := alice.Invite(w, client.InviteOptions{Uses: 5})
	bob.Join(invitation)
	carol.Join(invitation)
	alice.Sync()
	if _, err := alice.In(id).CreateChannel(ctx, "secret", client.ChannelOptions{
		Private: true, Members: []schema.UserID{bob.User(), carol.User()},
	}); err != nil {
		t.Fatal(err)
	}
	bob.Sync()
	carol.Sync()
	talk := func(users ...*clienttest.User) {
		for i := range 5 {
			for _, u := range users {
				u.Post(id, "general", fmt.Sprintf("general %d", i))
				u.Post(id, "secret", fmt.Sprintf("secret %d", i))
			}
		}
	}
	talk(alice, bob, carol)
	tablet := c.Device(carol, 0, nil)
	talk(tablet)
	bobs, tablets := keysOf(t, bob), keysOf(t, tablet)

	before := fetchEverything(t, alice, id)
	invites := inviteKeys(t, before.roster, invitation)
	for name, keys := range map[string]*identity.Keys{"Bob": bobs, "the tablet": tablets} {
		if got := len(before.openWith(t, keys)); got != len(before.events) {
			t.Fatalf("while a member, %s opens %d of %d events: the method does not work", name, got, len(before.events))
		}
	}
	old := map[schema.EventID]bool{}
	for _, ev := range before.events {
		old[ev.ID] = true
	}
	check := func(name string, keys *identity.Keys) {
		t.Helper()
		after := fetchEverything(t, alice, id)
		later, opened := 0, after.openWith(t, keys)
		for _, ev := range after.events {
			if !old[ev.ID] {
				later++
				if opened[ev.ID] {
					t.Errorf("%s opens event %d of %s, which is later", name, ev.Seq, ev.Stream)
				}
			}
		}
		if later == 0 {
			t.Fatal("nothing was written later")
		}
	}
	if err := alice.In(id).Remove(ctx, bob.User()); err != nil {
		t.Fatal(err)
	}
	talk(alice)
	carol.Sync()
	talk(carol)
	check("Bob", bobs)
	check("the open invite that Bob came by", invites)

	// From here on, what was written between counts as old for the tablet.
	for _, ev := range fetchEverything(t, alice, id).events {
		old[ev.ID] = true
	}
	if _, err := carol.RevokeDevice(ctx, clienttest.Passphrase, tablet.Device()); err != nil {
		t.Fatal(err)
	}
	alice.Sync()
	talk(alice, carol)
	check("Bob", bobs)
	check("the tablet", tablets)
}

// inviteKeys are the keys that everybody has who ever saw an invite's URL.
func inviteKeys(t *testing.T, rs *roster.State, url string) *identity.Keys {
	t.Helper()
	link, err := seal.ParseInviteURL(url)
	if err != nil {
		t.Fatal(err)
	}
	inv, ok := rs.Invite(link.Invite)
	if !ok || !inv.Open {
		t.Fatal("the invite is not open")
	}
	content, err := seal.OpenInvite(link.Secret, link.Workspace, link.Invite, inv.Body.Sealed)
	if err != nil {
		t.Fatal(err)
	}
	identity, err := seal.ParseInviteIdentity(content.Private, inv.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	return identity.Keys
}

func keysOf(t *testing.T, u *clienttest.User) *identity.Keys {
	t.Helper()
	k, err := identity.ParseKeys(u.Engine.Profile().Keys)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
