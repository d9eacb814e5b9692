package client_test

import (
	"slices"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/index"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// Between a join that waits for approval and the approval, the directory names
// another key for the joiner.
func TestAttack_I13_IdentitySwappedBeforeApproval(t *testing.T) {
	tm := newTeam(t)
	carol := newActor(t, tm.c, "Carol")
	if _, err := carol.TryJoin(tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{Approval: true})); err != nil {
		t.Fatal(err)
	}
	tm.alice.Sync()
	swap(t, tm.alice.net, carol.Engine.User())
	if err := tm.alice.In(tm.id).Approve(tm.ctx(), carol.Engine.User(), schema.RoleMember, nil); err != nil {
		t.Fatal(err)
	}
	carol.Expect(tm.id, "general", said)
	if p := tm.person(tm.alice, carol.Engine.User()); p.Fingerprint != carol.id.Certificate().Fingerprint() {
		t.Error("the history went to the key of the directory")
	}
}

// The server answers an invite with a workspace of its own, around the genuine
// invite.
func TestAttack_I14_InviteLeadsElsewhere(t *testing.T) {
	tm := newTeam(t)
	url, id, err := tm.alice.In(tm.id).Invite(tm.ctx(), client.InviteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	genuine, _ := tm.insider(tm.alice).rs.Invite(id)
	evil := newActor(t, tm.c, "Evil")
	in := &hostile.Insider{User: evil.Engine.User()}
	in.Device = tm.insiderDevice(evil)

	rs, everyone, secret := roster.New(tm.id), schema.NewCircleID(), seal.NewEpochSecret()
	var entries []schema.SignedEntry
	add := func(kind schema.RosterKind, body any) {
		e := in.Entry(rs, kind, body)
		if err := rs.Apply(e); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	own, err := seal.SealKey(secret, evil.id.Certificate().Encryption())
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.SealKey(secret, genuine.Certificate.Encryption())
	if err != nil {
		t.Fatal(err)
	}
	add(schema.RosterGenesis, schema.GenesisBody{Certificate: evil.id.Certificate().Bytes(), Everyone: everyone})
	add(schema.RosterEpoch, schema.EpochBody{Circle: everyone, Epoch: 1, Commitment: secret.Commitment(tm.id, everyone, 1), Packets: [][]byte{own}})
	body := genuine.Body
	body.Circles, body.Keys = []schema.CircleID{everyone}, []schema.CircleKey{{Circle: everyone, Epoch: 1, Packet: key}}
	add(schema.RosterInvite, body)

	victim := newActor(t, tm.c, "Victim")
	hostile.InviteRoute.Instead(victim.net, func(q client.Request) (*schema.RosterPage, error) {
		after := min(hostile.AfterOf(q), uint64(len(entries)))
		return &schema.RosterPage{Entries: entries[after:], Head: rs.Head()}, nil
	})
	since := len(victim.net.Calls())
	_, err = victim.TryJoin(url)
	clienttest.ExpectCode(t, err, schema.CodeServerMisbehaved)
	quiet(t, victim.net, since)
	if len(victim.Workspaces()) != 0 {
		t.Error("the workspace is kept")
	}
	victim.net.Honest()
	victim.Join(url)
	if got := victim.Texts(tm.id, "general"); got != said {
		t.Errorf("the genuine workspace does not open afterwards: %q", got)
	}
}

// offer is an invite entry as this insider signs it, and its URL.
func (in *insider) offer() (schema.SignedEntry, string) {
	in.tm.t.Helper()
	secret, id := seal.NewInviteSecret(), schema.NewInviteID()
	invitee, err := seal.NewInviteIdentity(id, time.Now().Add(-time.Hour))
	if err != nil {
		in.tm.t.Fatal(err)
	}
	proof, err := seal.InviteProof(secret, in.tm.id, id)
	if err != nil {
		in.tm.t.Fatal(err)
	}
	sealed, err := seal.SealInvite(secret, in.tm.id, id, seal.InviteContent{Private: invitee.Private(), Genesis: in.rs.Genesis()})
	if err != nil {
		in.tm.t.Fatal(err)
	}
	packet, err := seal.SealKey(in.secret, invitee.Certificate.Encryption())
	if err != nil {
		in.tm.t.Fatal(err)
	}
	url, err := seal.FormatInviteURL(seal.InviteLink{Base: clienttest.Origin, Workspace: in.tm.id, Invite: id, Secret: secret})
	if err != nil {
		in.tm.t.Fatal(err)
	}
	return in.Entry(in.rs, schema.RosterInvite, schema.InviteBody{
		Invite: id, Certificate: invitee.Certificate.Bytes(), Role: schema.RoleMember, Circles: []schema.CircleID{in.place.Circle},
		Uses: 1, ProofHash: seal.InviteProofHash(proof), Sealed: sealed,
		Keys: []schema.CircleKey{{Circle: in.place.Circle, Epoch: in.place.Epoch, Packet: packet}},
	}), url
}

// An invite is used after its expiry, more often than it allows, and after it was
// cancelled.
func TestAttack_I15_InviteBeyondItsUses(t *testing.T) {
	tm := newTeam(t)
	once := tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{})
	short := tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{Expires: time.Nanosecond})
	cancelled, id, err := tm.alice.In(tm.id).Invite(tm.ctx(), client.InviteOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := tm.alice.In(tm.id).CancelInvite(tm.ctx(), id); err != nil {
		t.Fatal(err)
	}
	newActor(t, tm.c, "Carol").Join(once)
	dave := newActor(t, tm.c, "Dave")
	for _, url := range []string{once, short, cancelled} {
		_, err := dave.TryJoin(url)
		clienttest.ExpectCode(t, err, schema.CodeInviteUnusable)
	}
	// The same from a server that hands out the roster all the same.
	all := tm.insider(tm.alice)
	hostile.InviteRoute.Instead(dave.net, func(q client.Request) (*schema.RosterPage, error) {
		after := min(hostile.AfterOf(q), uint64(len(all.entries)))
		return &schema.RosterPage{Entries: all.entries[after:], Head: all.rs.Head()}, nil
	})
	for _, url := range []string{once, short, cancelled} {
		since := len(dave.net.Calls())
		_, err := dave.TryJoin(url)
		clienttest.ExpectCode(t, err, schema.CodeInviteUnusable)
		quiet(t, dave.net, since)
	}
	// A second join by the same invite, which a lying server lets through.
	in := tm.insider(tm.alice)
	first := slices.IndexFunc(in.entries, func(e schema.SignedEntry) bool { return len(e.InviteSignature) > 0 })
	tm.bob.Sync()
	tm.showRoster(tm.bob, in.rs, in.entries[first])
	tm.rejects(tm.bob, schema.CodeServerMisbehaved, client.MisbehaviourRoster, tm.sync(tm.bob))
}

// A guest widens its scope; the honest server refuses, and clients refuse what a
// lying one lets through.
func TestAttack_I16_GuestWidensScope(t *testing.T) {
	tm := newTeam(t)
	partners, err := tm.alice.In(tm.id).CreateChannel(tm.ctx(), "partners", client.ChannelOptions{Private: true})
	if err != nil {
		t.Fatal(err)
	}
	guest := newActor(t, tm.c, "Guest")
	guest.Join(tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{Role: schema.RoleGuest, Circles: []schema.CircleID{partners.Circle}}))
	if people := guest.In(tm.id).People(); slices.ContainsFunc(people, func(p client.Person) bool { return p.User == tm.bob.Engine.User() }) {
		t.Errorf("a guest lists those who share nothing with it: %v", people)
	}
	owner := tm.insider(tm.alice)
	in := &insider{Insider: &hostile.Insider{User: guest.Engine.User(), Device: tm.insiderDevice(guest)}, tm: tm, rs: owner.rs, place: owner.place, secret: seal.NewEpochSecret()}
	packet, err := seal.SealKey(in.secret, guest.id.Certificate().Encryption())
	if err != nil {
		t.Fatal(err)
	}
	key := schema.CircleKey{Circle: in.place.Circle, Epoch: in.place.Epoch, Packet: packet}
	invite, _ := in.offer()
	entries := []schema.SignedEntry{
		in.Entry(in.rs, schema.RosterCircleAdmit, schema.CircleAdmitBody{User: in.User, Key: key}),
		in.Entry(in.rs, schema.RosterRole, schema.RoleBody{User: in.User, Role: schema.RoleMember, Keys: []schema.CircleKey{key}, Cuts: []schema.CircleCut{}}),
		in.Entry(in.rs, schema.RosterCircle, schema.CircleBody{Circle: schema.NewCircleID(), Members: []schema.UserID{}}),
		invite,
	}
	victims := []*actor{tm.alice, tm.bob, guest}
	raw := tm.session(guest)
	tm.bob.Sync()
	for i, entry := range entries {
		clienttest.ExpectCode(t, raw.PostRoster(tm.ctx(), tm.id, entry), schema.CodeRosterInvalid)
		if i < 2 {
			tm.showRoster(victims[i], in.rs, entry)
			tm.rejects(victims[i], schema.CodeServerMisbehaved, client.MisbehaviourRoster, tm.sync(victims[i]))
		}
	}
}

// A member takes the place of an archived stream; the server shows a stream in
// another circle.
func TestAttack_I17_ArchivedStreamReplaced(t *testing.T) {
	tm := newTeam(t)
	owner := tm.insider(tm.alice)
	owner.move(schema.IndexStream(tm.id, tm.general.Circle))
	owner.post(owner.message("", func(p *schema.Payload) {
		p.Header.Kind, p.Body = schema.KindStreamArchive, schema.MustMarshal(index.StreamArchiveBody{Stream: tm.general.Stream, Archived: true})
	}))
	tm.bob.Sync()
	in := tm.insider(tm.bob)
	in.move(owner.place.Stream)
	in.post(in.message("", announces(tm.general.Stream, "trap")))
	tm.bob.Sync()
	ch, err := tm.bob.In(tm.id).FindChannel(tm.general.Stream.String())
	if err != nil || ch.Name != "general" || !ch.Archived {
		t.Errorf("the archived channel is %+v, %v", ch, err)
	}

	partners, err := tm.alice.In(tm.id).CreateChannel(tm.ctx(), "partners", client.ChannelOptions{Private: true, Members: []schema.UserID{tm.bob.Engine.User()}})
	if err != nil {
		t.Fatal(err)
	}
	tm.bob.Sync()
	hostile.Heads.Lie(tm.bob.net, func(_ client.Request, h *schema.WorkspaceHeads) error {
		for i := range h.Streams {
			if h.Streams[i].Head.Stream == tm.general.Stream {
				h.Streams[i].Circle = partners.Circle
			}
		}
		return nil
	})
	before := tm.status(tm.bob).Events
	clienttest.ExpectCode(t, tm.bob.In(tm.id).Sync(tm.ctx()), schema.CodeServerMisbehaved)
	if got := tm.status(tm.bob); got.Misbehaviours[0].Kind != client.MisbehaviourAltered || got.Events != before {
		t.Errorf("%d events, misbehaviour %v", got.Events-before, got.Misbehaviours)
	}
}

// Somebody asks for keys, from a device that nobody knows: there is no request
// that a client answers with a key, so nothing at all is sent.
func TestAttack_I18_KeyRequest(t *testing.T) {
	tm := newTeam(t)
	tm.alice.Follow()
	online(t, tm.alice.User)
	in := tm.insider(tm.bob)
	_, evil := impostor(t, tm.alice.Engine.User())
	payload := schema.MustMarshal(schema.Payload{
		Header: schema.Header{
			Purpose: schema.PurposeSignal, Version: schema.Version, Workspace: tm.id, Event: schema.NewEventID(), Author: tm.alice.Engine.User(),
			Device: evil.ID(), Roster: in.rs.Head(), At: time.Now().UnixMilli(), Kind: 950,
		}, Body: []byte("send me the keys"),
	})
	listener := tm.alice.Listen()
	defer listener.Close()
	since := len(tm.alice.net.Calls())
	if !tm.alice.net.Inject(tm.ctx(), schema.Frame{Signals: &schema.PushSignal{
		Workspace: tm.id, Circle: in.place.Circle, Author: tm.alice.Engine.User(), Device: evil.ID(), Epoch: in.place.Epoch,
		Ciphertext: hostile.SealPacket(in.place.SignalKey(in.secret), hostile.Message(payload, evil.Sign(payload), evil.ID())),
	}}) {
		t.Fatal("no live connection")
	}
	tm.bob.Post(tm.id, "general", "onward")
	clienttest.Eventually(t, "Alice has gone on", func() bool { return tm.alice.Texts(tm.id, "general") == said+" | onward" })
	quiet(t, tm.alice.net, since)
	changes, err := listener.Next(tm.ctx())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range changes {
		if c.Signal != nil {
			t.Errorf("a signal of an unknown device is shown: %+v", c.Signal)
		}
	}
}

// A plain member hands out keys that nobody asked for: an epoch of its own, and an
// admission with keys.
func TestAttack_I19_UnsolicitedKey(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	fresh := seal.NewEpochSecret()
	body := schema.EpochBody{
		Circle: in.place.Circle, Epoch: 2, Commitment: fresh.Commitment(tm.id, in.place.Circle, 2), Cut: schema.Hash{1},
	}
	for _, k := range in.rs.Recipients(in.place.Circle) {
		packet, err := seal.SealKey(fresh, k)
		if err != nil {
			t.Fatal(err)
		}
		body.Packets = append(body.Packets, packet)
	}
	var err error
	if body.Previous, err = seal.SealPrevious(fresh, in.secret, tm.id, in.place.Circle, 2); err != nil {
		t.Fatal(err)
	}
	epoch := in.Entry(in.rs, schema.RosterEpoch, body)
	admission := in.admission(newActor(t, tm.c, "Carol"), schema.RoleMember)
	for a, entry := range map[*actor]schema.SignedEntry{tm.alice: epoch, tm.bob: admission} {
		clienttest.ExpectCode(t, in.PostRoster(tm.ctx(), tm.id, entry), schema.CodeRosterInvalid)
		tm.showRoster(a, in.rs, entry)
		tm.rejects(a, schema.CodeServerMisbehaved, client.MisbehaviourRoster, tm.sync(a))
	}
}
