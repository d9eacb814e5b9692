package server_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/limit"
)

func TestAWorkspaceFromItsFoundingToARemoval(t *testing.T) {
	w := start(t, nil)
	alice, bob, carol := w.signUp("alice@example.org"), w.signUp("bob@example.org"), w.signUp("carol@example.org")
	tm := alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	o := tm.invite(alice, schema.RoleMember, 1, 0, false, tm.everyone)

	var page schema.RosterPage
	w.must("POST", "/v1/invites/"+tm.ws.String()+"/"+o.body.Invite.String()+"/roster?after=1", carol.token, o.proof, &page)
	if page.Head != tm.state.Head() || len(page.Entries) != int(page.Head.Seq)-1 {
		t.Fatalf("the joiner is shown %d entries up to %v", len(page.Entries), page.Head)
	}
	tm.join(carol, o).mustPost(carol)

	stream := schema.NewStreamID()
	posted := tm.append(bob, tm.item(tm.everyone, stream), tm.item(tm.everyone, stream))
	var events schema.EventPage
	w.must("GET", tm.path("/streams/"+stream.String()+"/events?after=1"), carol.token, nil, &events)
	if len(events.Events) != 1 || events.Head.Link != posted[1].Link {
		t.Fatalf("carol reads %d events, head %v", len(events.Events), events.Head)
	}

	tm.remove(alice, bob)
	w.refused(schema.CodeNotFound, "GET", tm.path("/heads"), bob.token, nil)
	w.refused(schema.CodeNotFound, "GET", tm.path("/roster"), bob.token, nil)
	var heads schema.WorkspaceHeads
	w.must("GET", tm.path("/heads"), carol.token, nil, &heads)
	if heads.Roster != tm.state.Head() || len(heads.Streams) != 1 || heads.Streams[0].Head.Seq != 2 {
		t.Fatalf("heads are %+v", heads)
	}
	circle, _ := tm.state.Circle(tm.everyone)
	var cut schema.Cut
	w.must("GET", tm.path("/cuts/"+circle.Epochs[1].Cut.String()), carol.token, nil, &cut)
	if cut.Hash() != circle.Epochs[1].Cut {
		t.Fatal("another cut is returned")
	}
	w.must("DELETE", tm.path("/streams/"+stream.String()+"/events/1"), alice.token, nil, nil)
	w.must("GET", tm.path("/streams/"+stream.String()+"/events"), carol.token, nil, &events)
	if len(events.Events) != 2 || len(events.Events[0].Ciphertext) != 0 || events.Events[0].Digest != posted[0].Digest {
		t.Fatal("the event was not erased, or lost its digest")
	}
}

// The answer to a hold has a cut for each circle that is named: naming one again
// and again would multiply it.
func TestAHoldNamesACircleOnce(t *testing.T) {
	w := start(t, nil)
	alice := w.signUp("alice@example.org")
	tm := alice.found()
	w.refused(schema.CodeBadRequest, "POST", tm.path("/holds"), alice.token,
		schema.HoldRequest{Circles: []schema.CircleID{tm.everyone, tm.everyone}})
}

// A member who holds a circle again and again keeps nobody from being removed,
// and soon nobody from writing.
func TestHoldsAreNoWeapon(t *testing.T) {
	c := newClock()
	w := start(t, func(o *server.Options) { o.Clock, o.Quotas.MemberHolds = c.now, limit.Rate{} })
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	tm, second := alice.found(), alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	second.admit(alice, bob, schema.RoleMember, second.everyone)
	holdCircle := func(p *person, tm *team, circle schema.CircleID) error {
		return w.do("POST", tm.path("/holds"), p.token, schema.HoldRequest{Circles: []schema.CircleID{circle}}, nil)
	}
	hold := func(p *person, tm *team) error { return holdCircle(p, tm, tm.everyone) }
	if err := hold(bob, tm); err != nil {
		t.Fatalf("a hold: %v", err)
	}
	if err := hold(alice, tm); err != nil {
		t.Fatalf("a member's hold keeps the owner from another: %v", err)
	}
	for _, p := range []*person{alice, bob, bob, bob} {
		if err := hold(p, tm); !schema.HasCode(err, schema.CodeConflict) {
			t.Fatalf("beside the owner's hold: %v", err)
		}
	}
	for range 2 {
		if err := holdCircle(bob, tm, tm.circle(bob)); err != nil {
			t.Fatalf("what was refused is counted: %v", err)
		}
	}
	err := hold(bob, tm)
	var e *schema.Error
	if !errors.As(err, &e) || e.Code != schema.CodeRateLimited || e.RetryAfter <= 0 {
		t.Fatalf("holds without end: %v", err)
	}
	if err := hold(bob, second); err != nil {
		t.Errorf("in another workspace: %v", err)
	}
	for range 10 {
		c.add(schema.HoldLife + time.Millisecond)
		if err := hold(alice, tm); err != nil {
			t.Errorf("the owner's hold: %v", err)
		}
	}
	c.add(schema.HoldLife + time.Millisecond)
	if err := hold(bob, tm); err != nil {
		t.Errorf("after a while: %v", err)
	}
	tm.remove(alice, bob) // under the member's hold
}

// In the long run nobody below admin holds a circle for more than a sixth of the
// time, asking whenever there may be another hold.
func TestHoldsOfMembersAreRare(t *testing.T) {
	c := newClock()
	w := start(t, func(o *server.Options) { o.Clock, o.Quotas.MemberHolds = c.now, limit.Rate{} })
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	tm := alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	const during = 10 * time.Minute
	var held, passed time.Duration
	for ; passed < during; passed += schema.HoldLife + time.Millisecond {
		err := w.do("POST", tm.path("/holds"), bob.token, schema.HoldRequest{Circles: []schema.CircleID{tm.everyone}}, nil)
		switch {
		case err == nil:
			held += schema.HoldLife
		case !schema.HasCode(err, schema.CodeRateLimited):
			t.Fatal(err)
		}
		c.add(schema.HoldLife + time.Millisecond)
	}
	const atOnce = 3 * schema.HoldLife
	if held < atOnce || held > atOnce+passed/6 {
		t.Errorf("held for %v of %v", held, passed)
	}
}

// Rosters are kept for ever: nobody writes into one without end.
func TestRosterChangesAreLimited(t *testing.T) {
	c := newClock()
	w := start(t, func(o *server.Options) { o.Clock, o.Quotas.Rosters = c.now, limit.Rate{} })
	alice := w.signUp("alice@example.org")
	tm, second := alice.found(), alice.found()
	var err error
	n := 0
	for ; err == nil && n < 100; n++ {
		d := tm.begin()
		d.sign(alice, schema.RosterCircle, schema.CircleBody{}, nil) // which the rules refuse
		err = w.do("POST", tm.path("/roster"), alice.token, d.batch, nil)
		if schema.HasCode(err, schema.CodeRosterInvalid) {
			err = nil
		}
	}
	if n != 61 || !schema.HasCode(err, schema.CodeRateLimited) {
		t.Fatalf("post %d: %v", n, err)
	}
	second.circle(alice)
	c.add(2 * time.Second)
	tm.circle(alice)
}

func TestABatchWithAMovedCutIsRefusedWhole(t *testing.T) {
	w := start(t, nil)
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	tm := alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	stream := schema.NewStreamID()
	tm.append(alice, tm.item(tm.everyone, stream))
	d := tm.begin()
	d.cuts[tm.everyone] = schema.Cut{Workspace: tm.ws, Circle: tm.everyone}.Hash() // before the event
	d.add(alice, schema.RosterRemove, schema.RemoveBody{User: bob.user, Cuts: []schema.CircleCut{d.cut(tm.everyone)}})
	d.epoch(alice, tm.everyone)
	if err := d.post(alice); !schema.HasCode(err, schema.CodeCutMoved) {
		t.Fatalf("posted with an old cut: %v", err)
	}
	w.must("GET", tm.path("/heads"), bob.token, nil, new(schema.WorkspaceHeads))
}

func TestAStaleBatchIsToldTheHead(t *testing.T) {
	w := start(t, nil)
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	tm := alice.found()
	stale := tm.begin()
	stale.add(alice, schema.RosterAdmit, schema.AdmitBody{
		User: bob.user, Certificate: bob.id.Certificate().Bytes(), Role: schema.RoleMember, Keys: tm.keys(bob.id.Certificate(), tm.everyone),
	})
	tm.circle(alice)
	status, _, b := w.raw("POST", tm.path("/roster"), alice.token, schema.MustMarshal(stale.batch), nil)
	var e schema.WireError
	if err := schema.Unmarshal(b, &e); err != nil {
		t.Fatal(err)
	}
	if status != 409 || e.Code != schema.CodeRosterConflict || e.Head == nil || *e.Head != tm.state.Head() {
		t.Fatalf("status %d, %+v", status, e)
	}
}

// Nobody enters a roster under a key that is not the account's own, and nobody
// who has no account. Both are answered alike.
func TestNewcomersHaveTheKeyOfTheirAccount(t *testing.T) {
	w := start(t, nil)
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	forged := func(p *person) *person {
		q := *p
		var err error
		if q.id, err = identity.New(p.user, time.Now()); err != nil {
			t.Fatal(err)
		}
		if _, err = q.id.AddDevice(time.Now()); err != nil {
			t.Fatal(err)
		}
		return &q
	}
	tm := alice.found()
	stranger, _ := w.newPerson("stranger@example.org")
	var answers []string
	for _, p := range []*person{forged(bob), stranger} {
		d := tm.begin()
		d.add(alice, schema.RosterAdmit, schema.AdmitBody{
			User: p.user, Certificate: p.id.Certificate().Bytes(), Role: schema.RoleMember, Keys: tm.keys(p.id.Certificate(), tm.everyone),
		})
		err := d.post(alice)
		if !schema.HasCode(err, schema.CodeBadCertificate) {
			t.Fatalf("admitted under a key that is no account's: %v", err)
		}
		answers = append(answers, strings.ReplaceAll(err.Error(), p.user.String(), "somebody"))
	}
	if answers[0] != answers[1] {
		t.Errorf("the answers tell who has an account: %q", answers)
	}
	w.refused(schema.CodeNotFound, "GET", tm.path("/heads"), bob.token, nil)

	// The genuine one enters, and stays who he is.
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	d := tm.begin()
	d.sign(bob, schema.RosterCertificate, schema.CertificateBody{Certificate: forged(bob).id.Certificate().Bytes()}, nil)
	if err := d.post(bob); !schema.HasCode(err, schema.CodeBadCertificate) {
		t.Errorf("another key for a member: %v", err)
	}
}

func TestAnIncompleteBatchIsRefused(t *testing.T) {
	w := start(t, nil)
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	tm := alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	d := tm.begin()
	d.hold(alice, tm.everyone)
	d.add(alice, schema.RosterRemove, schema.RemoveBody{User: bob.user, Cuts: []schema.CircleCut{d.cut(tm.everyone)}})
	if err := d.post(alice); !schema.HasCode(err, schema.CodeRosterInvalid) {
		t.Fatalf("a removal without new keys: %v", err)
	}
}

func TestEntriesOfOthersAreRefused(t *testing.T) {
	w := start(t, nil)
	alice, bob := w.signUp("alice@example.org"), w.signUp("bob@example.org")
	tm := alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	d := tm.begin()
	d.sign(alice, schema.RosterLeave, schema.LeaveBody{}, nil)
	w.refused(schema.CodeForbidden, "POST", tm.path("/roster"), bob.token, d.batch)
}

// Whoever is no member learns nothing by posting, whatever it is.
func TestStrangersPostNothing(t *testing.T) {
	w := start(t, nil)
	alice, eve := w.signUp("alice@example.org"), w.signUp("eve@example.org")
	tm := alice.found()
	for kind, body := range map[schema.RosterKind]any{
		schema.RosterLeave:  schema.LeaveBody{},
		schema.RosterCircle: schema.CircleBody{Circle: schema.NewCircleID()},
		schema.RosterJoin:   schema.JoinBody{Invite: schema.NewInviteID(), Certificate: eve.id.Certificate().Bytes()},
	} {
		d := tm.begin()
		d.sign(eve, kind, body, nil)
		w.refused(schema.CodeNotFound, "POST", tm.path("/roster"), eve.token, d.batch)
	}
}

func TestPushesReachTheCircleOnly(t *testing.T) {
	w := start(t, nil)
	alice, bob, guest := w.signUp("alice@example.org"), w.signUp("bob@example.org"), w.signUp("guest@example.org")
	tm := alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	shared := tm.circle(alice)
	tm.admit(alice, guest, schema.RoleGuest, shared)
	a, b, g := alice.connect(), bob.connect(), guest.connect()
	a.follow(tm.ws)
	b.follow(tm.ws)
	if heads := g.follow(tm.ws); len(heads.Streams) != 0 || heads.Roster != tm.state.Head() {
		t.Fatalf("the guest is told %+v", heads)
	}
	inner, outer := schema.NewStreamID(), schema.NewStreamID()
	tm.append(alice, tm.item(tm.everyone, inner))
	tm.append(alice, tm.item(shared, outer))
	if f := b.next(); f.Events == nil || f.Events.Circle != tm.everyone || f.Events.Events[0].Stream != inner {
		t.Fatalf("bob is pushed %+v", f)
	}
	// The first and only thing that the guest is sent is of the shared circle.
	if f := g.next(); f.Events == nil || f.Events.Circle != shared || f.Events.Events[0].Stream != outer {
		t.Fatalf("the guest is pushed %+v", f)
	}
	for _, want := range []schema.StreamID{inner, outer} {
		if f := a.next(); f.Events == nil || f.Events.Events[0].Stream != want {
			t.Fatalf("alice is pushed %+v", f)
		}
	}
	w.must("DELETE", tm.path("/streams/"+inner.String()+"/events/1"), alice.token, nil, nil)
	if f := b.next(); f.Erased == nil || f.Erased.Stream != inner || f.Erased.Seq != 1 {
		t.Fatalf("bob is pushed %+v", f)
	}
}

// A removed member is sent nothing that came after the removal.
func TestAttack_I5_RemovedMembersSocketIsUnsubscribed(t *testing.T) {
	w := start(t, nil)
	alice, bob, carol := w.signUp("alice@example.org"), w.signUp("bob@example.org"), w.signUp("carol@example.org")
	tm := alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	tm.admit(alice, carol, schema.RoleMember, tm.everyone)
	b, c := bob.connect(), carol.connect()
	b.follow(tm.ws)
	c.follow(tm.ws)
	stream := schema.NewStreamID()
	tm.append(alice, tm.item(tm.everyone, stream))
	b.next()
	c.next()
	tm.remove(alice, bob)
	tm.append(alice, tm.item(tm.everyone, stream))
	if f := b.next(); f.Error == nil || f.Error.Code != schema.CodeNotFound || f.Error.Detail != tm.ws.String() {
		t.Fatalf("bob is pushed %+v", f)
	}
	if f := c.next(); f.Roster == nil || f.Roster.Head != tm.state.Head() {
		t.Fatalf("carol is pushed %+v", f)
	}
	if f := c.next(); f.Events == nil || f.Events.Events[0].Seq != 2 {
		t.Fatalf("carol is pushed %+v", f)
	}
	b.quiet()
	b.send(schema.Frame{Subscribe: &schema.Subscribe{Workspace: tm.ws}})
	if f := b.next(); f.Error == nil || f.Error.Code != schema.CodeNotFound {
		t.Fatalf("bob subscribes again: %+v", f)
	}
	b.send(schema.Frame{Signal: &schema.SendSignal{Workspace: tm.ws, Circle: tm.everyone, Epoch: 2, Ciphertext: []byte("x")}})
	if f := b.next(); f.Error == nil || f.Error.Code != schema.CodeNotFound {
		t.Fatalf("bob signals: %+v", f)
	}
}

func TestSignalsReachTheOthersOfTheCircle(t *testing.T) {
	w := start(t, nil)
	alice, bob, guest := w.signUp("alice@example.org"), w.signUp("bob@example.org"), w.signUp("guest@example.org")
	tm := alice.found()
	tm.admit(alice, bob, schema.RoleMember, tm.everyone)
	shared := tm.circle(alice)
	tm.admit(alice, guest, schema.RoleGuest, shared)
	a, a2, b, g := alice.connect(), alice.connect(), bob.connect(), guest.connect()
	for _, c := range []*conn{a, a2, b, g} {
		c.follow(tm.ws)
	}
	signal := func(circle schema.CircleID, epoch uint64, octets int) schema.Frame {
		return schema.Frame{Signal: &schema.SendSignal{Workspace: tm.ws, Circle: circle, Epoch: epoch, Ciphertext: make([]byte, octets)}}
	}
	a.send(signal(tm.everyone, 1, 100))
	for _, c := range []*conn{a2, b} {
		f := c.next()
		if f.Signals == nil || f.Signals.Author != alice.user || f.Signals.Device != alice.dev.ID() || len(f.Signals.Ciphertext) != 100 {
			t.Fatalf("pushed %+v", f)
		}
	}
	a.send(signal(shared, 1, 1))
	if f := g.next(); f.Signals == nil || f.Signals.Circle != shared {
		t.Fatalf("the guest is pushed %+v", f)
	}
	if f := a2.next(); f.Signals == nil || f.Signals.Circle != shared {
		t.Fatalf("pushed %+v", f)
	}
	for name, tc := range map[string]struct {
		from *conn
		f    schema.Frame
		code schema.Code
	}{
		"another circle": {g, signal(tm.everyone, 1, 1), schema.CodeNotFound},
		"an old epoch":   {b, signal(tm.everyone, 0, 1), schema.CodeEpochStale},
		"a coming epoch": {b, signal(tm.everyone, 2, 1), schema.CodeEpochStale},
		"too large":      {b, signal(tm.everyone, 1, schema.MaxSignal+1), schema.CodeTooLarge},
		"empty":          {b, signal(tm.everyone, 1, 0), schema.CodeTooLarge},
	} {
		tc.from.send(tc.f)
		if f := tc.from.next(); f.Error == nil || f.Error.Code != tc.code {
			t.Errorf("%s: %+v", name, f)
		}
	}
	a.quiet() // nobody hears oneself
}

func TestAPendingMemberSeesTheRosterOnly(t *testing.T) {
	w := start(t, nil)
	alice, dora := w.signUp("alice@example.org"), w.signUp("dora@example.org")
	tm := alice.found()
	o := tm.invite(alice, schema.RoleMember, 1, time.Now().Add(time.Hour).UnixMilli(), true, tm.everyone)
	tm.join(dora, o).mustPost(dora)
	stream := schema.NewStreamID()
	d := dora.connect()
	if heads := d.follow(tm.ws); len(heads.Streams) != 0 {
		t.Fatalf("told %+v", heads)
	}
	tm.append(alice, tm.item(tm.everyone, stream))
	w.must("GET", tm.path("/roster"), dora.token, nil, new(schema.RosterPage))
	w.refused(schema.CodeForbidden, "GET", tm.path("/streams/"+stream.String()+"/events"), dora.token, nil)
	tm.admit(alice, dora, schema.RoleMember, tm.everyone)
	if f := d.next(); f.Roster == nil || f.Roster.Head != tm.state.Head() {
		t.Fatalf("pushed %+v", f)
	}
	tm.append(alice, tm.item(tm.everyone, stream))
	if f := d.next(); f.Events == nil || f.Events.Events[0].Seq != 2 {
		t.Fatalf("pushed %+v", f)
	}
	w.must("GET", tm.path("/streams/"+stream.String()+"/events"), dora.token, nil, new(schema.EventPage))
}
