package api_test

import (
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/apitest"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/schema"
)

// lied is a page whose server lies as the test tells it to.
func lied(t *testing.T, c *clienttest.Cluster) (*apitest.Page, *hostile.Transport) {
	t.Helper()
	honest, err := network.New(c.Nodes[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	net := hostile.New(honest)
	return apitest.New(t, c, 0, func(w *api.World) {
		w.Transport = func(string) (client.Transport, error) { return net, nil }
	}), net
}

func report(p *apitest.Page) []api.Finding {
	var out api.SecurityReport
	p.Must("security.report", api.Empty{}, &out)
	return out.Findings
}

func shield(p *apitest.Page, at api.ChannelRef) (out api.Shield) {
	p.Must("security.shield", at, &out)
	return out
}

// A server that leaves an event out is caught: the report says so in words, with
// its proof and with what goes on; the channel shows it; nobody dismisses it.
func TestAttack_E1_DroppedEventIsReported(t *testing.T) {
	c := start(t)
	alice := apitest.New(t, c, 0, nil)
	alice.SignUp("Alice", "alice@example.org")
	at := room(t, alice, "Aurore")
	bob, net := lied(t, c)
	bob.SignUp("Bob", "bob@example.org")
	join(t, alice, bob, at)
	if got := report(bob); len(got) != 0 {
		t.Fatalf("before: %+v", got)
	}
	bob.Must("session.lock", api.Empty{}, nil)
	for _, text := range []string{"one", "two", "three"} {
		alice.Must("messages.post", api.PostParams{ChannelRef: at, Text: text}, nil)
	}
	hostile.Events.Lie(net, func(q client.Request, p *schema.EventPage) error {
		if hostile.StreamOf(q) == at.Channel && len(p.Events) > 1 {
			p.Events = p.Events[1:]
		}
		return nil
	})
	bob.Must("session.unlock", api.PassphraseParams{Passphrase: clienttest.Passphrase}, nil)
	clienttest.Eventually(t, "the server is caught", func() bool { return len(report(bob)) == 1 })
	f := report(bob)[0]
	if f.Code != client.FoundEventGap || f.Severity != client.SeverityMisbehaviour || *f.Kind != client.MisbehaviourGap ||
		f.Sentence["en"] == "" || f.Sentence["fr"] == "" || f.StillWorks["en"] == "" || f.StillWorks["fr"] == "" {
		t.Errorf("%+v", f)
	}
	if *f.Workspace != at.Workspace || *f.Channel != at.Channel || f.Stands != api.StandsChannel || f.MayDismiss || f.Dismissed != 0 || f.At == 0 || f.Facts.Accuser != nil {
		t.Errorf("%+v", f)
	}
	for i := range f.Proof {
		var item api.ProofItem
		bob.Must("security.proof", api.ProofParams{FindingRef: api.FindingRef{Finding: f.ID}, Item: i}, &item)
		if item.What == "" || len(item.Bytes) == 0 {
			t.Errorf("item %d of the proof: %+v", i, item)
		}
	}
	if f.Proof == 0 {
		t.Error("there is no proof")
	}
	for _, i := range []int{-1, f.Proof} {
		bob.Refused("security.proof", api.ProofParams{FindingRef: api.FindingRef{Finding: f.ID}, Item: i}, schema.CodeNotFound)
	}
	bob.Refused("security.dismiss", api.FindingRef{Finding: f.ID}, schema.CodeForbidden)
	if s := shield(bob, at); !s.Caught || s.Findings != 1 {
		t.Errorf("the shield: %+v", s)
	}
}

// What the shield says of people's keys.
func TestShieldTellsWhoWasVerified(t *testing.T) {
	alice, bob, at := pair(t, start(t), "Bob")
	user := api.UserRef{Workspace: at.Workspace, User: *bob.State().User}
	s := shield(alice, at)
	if len(s.Readers) != 2 || s.Devices != 2 || s.FirstContact != 1 || s.Verified != 0 || s.Guests != 0 || s.Caught || s.Since == 0 || s.Epoch == 0 {
		t.Errorf("%+v", s)
	}
	var v api.Verification
	alice.Must("people.beginVerification", user, &v)
	alice.Must("people.confirmVerification", v, nil)
	s = shield(alice, at)
	i := slices.IndexFunc(s.Readers, func(r api.Reader) bool { return r.User == user.User })
	if r := s.Readers[i]; s.Verified != 1 || s.FirstContact != 0 || r.Trust != api.TrustVerified || r.Name != "Bob" || len(r.Reading) != 1 || r.VerifiedAt == 0 {
		t.Errorf("once verified: %+v", s)
	}
	if i := slices.IndexFunc(s.Readers, func(r api.Reader) bool { return r.Self }); s.Readers[i].Trust != api.TrustSelf {
		t.Errorf("the user: %+v", s.Readers[i])
	}
	clienttest.Eventually(t, "Bob's presence is known", func() bool {
		bob.Must("people.presence", api.PresenceParams{Presence: api.PresenceBusy}, nil)
		return person(alice, at, user.User).Presence == api.PresenceBusy
	})
}

// security is the part of the story about what was found.
func (s *story) security() {
	p, net := lied(s.t, s.cluster)
	p.SignUp("Carol", "carol@example.org")
	own := room(s.t, p, "Chez Carol")
	shield(p, own)
	changes := p.Subscribe()
	defer changes.Close()
	hostile.Identity.Lie(net, func(_ client.Request, r *schema.IdentityRecord) error { r.Certificate = []byte{0}; return nil })
	p.Refused("account.devices", api.Empty{}, schema.CodeServerMisbehaved)
	waitFor(s.t, changes, func(c api.Change) bool { return c.Kind == api.ChangeSecurity })
	net.Honest()
	f := report(p)[0]
	if f.Code != client.FoundOwnCertificateUnacceptable || f.Workspace != nil || f.Stands != api.StandsNothing || !f.MayDismiss {
		s.t.Errorf("%+v", f)
	}
	p.Must("security.proof", api.ProofParams{FindingRef: api.FindingRef{Finding: f.ID}}, nil)
	p.Must("security.dismiss", api.FindingRef{Finding: f.ID}, nil)
	if f := report(p)[0]; f.Dismissed == 0 || f.MayDismiss {
		s.t.Errorf("dismissed: %+v", f)
	}
	for name := range p.Called {
		s.alice.Called[name] = true
	}
}
