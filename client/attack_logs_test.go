package client_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
	"github.com/cenacle-team/cenacle/workspace/index"
)

// lieInGeneral lets fn lie about the pages of general.
func (tm *team) lieInGeneral(a *actor, fn func(*schema.EventPage)) {
	hostile.Events.Lie(a.net, func(q client.Request, p *schema.EventPage) error {
		if hostile.StreamOf(q) == tm.general.Stream {
			fn(p)
		}
		return nil
	})
}

// aliceSays makes Alice post what Bob has not seen yet.
func (tm *team) aliceSays(texts ...string) {
	tm.t.Helper()
	for _, text := range texts {
		tm.alice.Post(tm.id, "general", text)
	}
}

// An event is left out of the middle, as it is or with the rest chained anew.
func TestAttack_E1_MiddleEventDropped(t *testing.T) {
	tm := newTeam(t)
	tm.aliceSays("three", "four", "five")
	tm.lieInGeneral(tm.bob, func(p *schema.EventPage) { p.Events = slices.Delete(p.Events, 1, 2) })
	before := tm.status(tm.bob).Events
	err := tm.bob.In(tm.id).Sync(tm.ctx())
	clienttest.ExpectCode(t, err, schema.CodeServerMisbehaved)
	if got := tm.status(tm.bob); got.Events != before+1 || got.Misbehaviours[0].Kind != client.MisbehaviourGap {
		t.Errorf("behind the gap %d events are kept, misbehaviour %v", got.Events-before, got.Misbehaviours)
	}
	if got := tm.bob.Texts(tm.id, "general"); got != said+" | three" {
		t.Errorf("Bob reads %q", got)
	}
}

// The first event that a reader misses is left out.
func TestAttack_E1_NextEventDropped(t *testing.T) {
	tm := newTeam(t)
	tm.aliceSays("three", "four")
	tm.lieInGeneral(tm.bob, func(p *schema.EventPage) { p.Events = p.Events[1:] })
	tm.rejects(tm.bob, schema.CodeServerMisbehaved, client.MisbehaviourGap, tm.sync(tm.bob))
}

// An event is left out and the others are chained anew, so that only what their
// author had seen shows it.
func TestAttack_E1_DroppedAndChainedAnew(t *testing.T) {
	tm := newTeam(t)
	tm.aliceSays("three", "four")
	in := tm.insider(tm.bob)
	log := hostile.NewLog(tm.id, tm.general.Circle, tm.general.Stream, slices.Delete(in.log.Events(), 2, 3)...)
	tm.show(log, tm.bob)
	tm.rejects(tm.bob, schema.CodeServerMisbehaved, client.MisbehaviourFork, tm.sync(tm.bob))
}

// Two events change places, as they are or numbered and chained anew.
func TestAttack_E2_Reordered(t *testing.T) {
	tm := newTeam(t)
	tm.aliceSays("three", "four")
	in := tm.insider(tm.bob)
	tm.lieInGeneral(tm.bob, func(p *schema.EventPage) { slices.Reverse(p.Events) })
	tm.rejects(tm.bob, schema.CodeServerMisbehaved, client.MisbehaviourGap, tm.sync(tm.bob))

	events := in.log.Events()
	events[2], events[3] = events[3], events[2]
	dave := newActor(t, tm.c, "Dave")
	tm.show(hostile.NewLog(tm.id, tm.general.Circle, tm.general.Stream, events...), dave)
	_, err := dave.TryJoin(tm.alice.Invite(tm.alice.In(tm.id), client.InviteOptions{}))
	if err == nil {
		err = dave.In(tm.id).Sync(tm.ctx())
	}
	clienttest.ExpectCode(t, err, schema.CodeServerMisbehaved)
	if got := dave.Texts(tm.id, "general"); got != said {
		t.Errorf("Dave reads %q", got)
	}
}

// Somebody's event comes again, under a new id and under its own.
func TestAttack_E3_Replayed(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	first := in.log.Events()[0]
	renamed := first
	renamed.ID = schema.NewEventID()
	in.log.Add(renamed, first)
	tm.show(in.log, tm.alice, tm.bob)
	tm.voids(2, tm.alice, tm.bob)
}

// The server forgets the newest events and serves an older head.
func TestAttack_E4_TailCut(t *testing.T) {
	tm := newTeam(t)
	old := tm.bob.net.ViewOf(tm.id)
	tm.aliceSays("three")
	tm.bob.Expect(tm.id, "general", said+" | three")
	tm.bob.net.Freeze(old)
	tm.rejects(tm.bob, schema.CodeServerMisbehaved, client.MisbehaviourRollback, tm.sync(tm.bob))
}

// A stream that was there is not shown any more.
func TestAttack_E4_StreamHidden(t *testing.T) {
	tm := newTeam(t)
	hostile.Heads.Lie(tm.bob.net, func(_ client.Request, h *schema.WorkspaceHeads) error {
		h.Streams = slices.DeleteFunc(h.Streams, func(i schema.StreamInfo) bool { return i.Head.Stream == tm.general.Stream })
		return nil
	})
	tm.rejects(tm.bob, schema.CodeServerMisbehaved, client.MisbehaviourRollback, tm.sync(tm.bob))
}

// The head is another one at the position that was verified, or is ahead of what
// is handed out.
func TestAttack_E4_FalseHead(t *testing.T) {
	tm := newTeam(t)
	for _, c := range []struct {
		kind client.MisbehaviourKind
		lie  func(*schema.StreamHead)
	}{
		{client.MisbehaviourFork, func(h *schema.StreamHead) { h.Link[0]++ }},
		{client.MisbehaviourWithheld, func(h *schema.StreamHead) { h.Seq++ }},
	} {
		victim := tm.join("Victim"+string(c.kind), client.InviteOptions{})
		head := func(h *schema.StreamHead) {
			if h.Stream == tm.general.Stream {
				c.lie(h)
			}
		}
		tm.lieInGeneral(victim, func(p *schema.EventPage) { head(&p.Head) })
		hostile.Heads.Lie(victim.net, func(_ client.Request, h *schema.WorkspaceHeads) error {
			for i := range h.Streams {
				head(&h.Streams[i].Head)
			}
			return nil
		})
		tm.rejects(victim, schema.CodeServerMisbehaved, c.kind, tm.sync(victim))
	}
}

// A member is shown a past state for ever; what others have verified tells.
func TestAttack_E4_FrozenViewIsFlagged(t *testing.T) {
	tm := newTeam(t)
	tm.bob.net.Freeze(tm.bob.net.ViewOf(tm.id))
	tm.alice.Follow()
	tm.bob.Follow()
	online(t, tm.alice.User, tm.bob.User)
	tm.aliceSays("three")
	tm.gossip("the frozen view is flagged", tm.alice, func() bool { return len(tm.status(tm.bob).Warnings) > 0 })
	if got := tm.bob.Texts(tm.id, "general"); got != said {
		t.Errorf("Bob reads %q", got)
	}
}

// fork shows Alice and Bob a history each, which agree so far, and lets both go
// on in theirs.
func (tm *team) fork() (forAlice, forBob *hostile.Log) {
	tm.t.Helper()
	events := tm.insider(tm.bob).log.Events()
	forAlice = hostile.NewLog(tm.id, tm.general.Circle, tm.general.Stream, events...)
	forBob = hostile.NewLog(tm.id, tm.general.Circle, tm.general.Stream, events...)
	tm.show(forAlice, tm.alice)
	tm.show(forBob, tm.bob)
	tm.alice.Post(tm.id, "general", "only Alice sees this")
	tm.bob.Post(tm.id, "general", "only Bob sees this")
	tm.alice.Expect(tm.id, "general", said+" | only Alice sees this")
	tm.bob.Expect(tm.id, "general", said+" | only Bob sees this")
	return forAlice, forBob
}

// last is the newest event of a log.
func last(l *hostile.Log) schema.Event {
	events := l.Events()
	return events[len(events)-1]
}

// Two members are shown two histories; then one is handed what the other wrote.
func TestAttack_E5_Fork(t *testing.T) {
	tm := newTeam(t)
	forAlice, forBob := tm.fork()
	tm.bob.Post(tm.id, "general", "and this")
	forAlice.Add(last(forBob))
	tm.rejects(tm.alice, schema.CodeServerMisbehaved, client.MisbehaviourFork, tm.sync(tm.alice))
	forBob.Add(last(forAlice))
	tm.alice.Restart()
	if err := tm.alice.In(tm.id).Sync(tm.ctx()); !schema.HasCode(err, schema.CodeServerMisbehaved) {
		t.Errorf("a stream whose history forked goes on: %v", err)
	}
	if _, err := tm.alice.In(tm.id).Post(tm.ctx(), tm.general, "into the fork", client.PostOptions{}); !schema.HasCode(err, schema.CodeServerMisbehaved) {
		t.Errorf("something is sent into a fork: %v", err)
	}
}

// Two members are shown two histories; the heads that they exchange tell.
func TestAttack_E5_ForkFoundByHeads(t *testing.T) {
	tm := newTeam(t)
	tm.fork()
	tm.alice.Follow()
	tm.bob.Follow()
	online(t, tm.alice.User, tm.bob.User)
	tm.gossip("the fork is found", tm.alice, func() bool {
		// Whoever hears of the other first has found it.
		bad := append(tm.status(tm.bob).Misbehaviours, tm.status(tm.alice).Misbehaviours...)
		return len(bad) > 0 && bad[0].Kind == client.MisbehaviourFork && bad[0].Stream == tm.general.Stream
	})
}

// gossip lets an actor tell what it has verified, now and then, until a condition
// holds.
func (tm *team) gossip(what string, a *actor, condition func() bool) {
	tm.t.Helper()
	polls := 0
	clienttest.Eventually(tm.t, what, func() bool {
		if polls%50 == 0 {
			_ = a.In(tm.id).SendHeads(tm.ctx()) // a lost one is made good by the next
		}
		polls++
		return condition()
	})
}

// Events of another stream and of another workspace are shown in general; a
// member's own say that they belong elsewhere.
func TestAttack_E6_Moved(t *testing.T) {
	tm := newTeam(t)
	if _, err := tm.alice.In(tm.id).CreateChannel(tm.ctx(), "second", client.ChannelOptions{}); err != nil {
		t.Fatal(err)
	}
	tm.alice.Post(tm.id, "second", "from another channel")
	other := tm.alice.Create("Second")
	tm.alice.Post(other.ID(), "general", "from another workspace")
	tm.bob.Sync()

	in := tm.insider(tm.bob)
	log := in.log
	second := tm.alice.Channel(tm.id, "second").Stream
	in.move(second)
	moved := in.log.Events()[0]
	elsewhere := tm.insider(tm.alice)
	ch := tm.alice.Channel(other.ID(), "general")
	foreign, err := elsewhere.Log(tm.ctx(), other.ID(), ch.Circle, ch.Stream)
	if err != nil {
		t.Fatal(err)
	}
	in.move(tm.general.Stream)
	stream := in.event(in.message("says another stream", func(p *schema.Payload) { p.Header.Stream = second }))
	in.resume()
	workspace := in.event(in.message("says another workspace", func(p *schema.Payload) { p.Header.Workspace = other.ID() }))
	log.Add(moved, last(foreign), stream, workspace)
	tm.show(log, tm.alice, tm.bob)
	tm.voids(4, tm.alice, tm.bob)
}

// Bodies and purposes of one kind are signed as another.
func TestAttack_E7_KindForAnother(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	var items []schema.AppendItem
	for _, kind := range []schema.EventKind{
		0, schema.KindStreamCreate, schema.KindProfile, schema.KindSnapshot, schema.KindVerification, schema.KindSetting, schema.KindTyping, 299, 65535,
	} {
		items = append(items, in.message("of another kind", func(p *schema.Payload) { p.Header.Kind = kind }))
	}
	in.post(items...)
	for _, edit := range []func(*schema.Header){
		func(h *schema.Header) { h.Purpose = schema.PurposeSignal },
		func(h *schema.Header) { h.Purpose = schema.PurposeRoster },
		func(h *schema.Header) { h.Version = 2 },
	} {
		kept := *in
		in.post(in.message("of another purpose", func(p *schema.Payload) { edit(&p.Header) }))
		in.counter, in.prev = kept.counter, kept.prev
	}
	tm.voids(uint64(len(items)+3), tm.alice)
	if got := len(tm.alice.In(tm.id).Channels()); got != 1 {
		t.Errorf("there are %d channels", got)
	}
}

// A member seals what another one signed elsewhere for the readers of general.
func TestAttack_E8_Rewrapped(t *testing.T) {
	tm := newTeam(t)
	if _, err := tm.alice.In(tm.id).CreateChannel(tm.ctx(), "second", client.ChannelOptions{}); err != nil {
		t.Fatal(err)
	}
	tm.alice.Post(tm.id, "second", "said elsewhere")
	tm.bob.Sync()
	in := tm.insider(tm.bob)
	log := in.log
	rewrap := func(ev schema.Event) schema.Event {
		payload, signature := in.open(ev)
		ev.Ciphertext = hostile.SealPacket(in.place.StreamKey(in.secret), hostile.Message(payload, signature, ev.Device))
		return ev
	}
	again := rewrap(log.Events()[0])
	again.ID = schema.NewEventID()
	in.move(tm.alice.Channel(tm.id, "second").Stream)
	ev := in.log.Events()[0]
	payload, signature := in.open(ev)
	in.move(tm.general.Stream)
	ev.Ciphertext = hostile.SealPacket(in.place.StreamKey(in.secret), hostile.Message(payload, signature, ev.Device))
	asMine := ev
	asMine.Author, asMine.Device = in.User, in.Device.ID()
	log.Add(ev, asMine, again)
	tm.show(log, tm.alice, tm.bob)
	tm.voids(3, tm.alice, tm.bob)
}

// A member edits, deletes and pins what another one wrote; the server says that
// it was erased.
func TestAttack_E10_ActingAsSomebodyElse(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	target := in.log.Events()[0].ID
	as := func(kind schema.EventKind, body any) schema.AppendItem {
		return in.message("", func(p *schema.Payload) { p.Header.Kind, p.Body = kind, schema.MustMarshal(body) })
	}
	tm.alice.Follow()
	online(t, tm.alice.User)
	in.post(as(schema.KindEdit, chat.EditBody{Target: target, Text: "Alice never said this"}), as(schema.KindDelete, chat.DeleteBody{Target: target}))
	if !tm.alice.net.Inject(tm.ctx(), schema.Frame{Erased: &schema.PushErasure{Workspace: tm.id, Stream: tm.general.Stream, Seq: 1}}) {
		t.Fatal("no live connection")
	}
	tm.bob.Sync()
	clienttest.Eventually(t, "Alice has seen it", func() bool { return tm.status(tm.alice).Events == tm.status(tm.bob).Events })
	tm.voids(0, tm.alice, tm.bob)
}

// A signature is valid, and the sender that is claimed another one.
func TestAttack_E11_OtherClaimedSender(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	alice, device := tm.alice.Engine.User(), tm.alice.Engine.Device()
	forge := func(issuer schema.DeviceID) schema.Event {
		h := in.following(in.log.Events()[0])
		payload := schema.MustMarshal(schema.Payload{Header: h, Body: schema.MustMarshal(chat.MessageBody{Text: "not Alice"})})
		return schema.Event{
			Stream: in.place.Stream, ID: h.Event, Author: alice, Device: device, Epoch: in.place.Epoch,
			Ciphertext: hostile.SealPacket(in.place.StreamKey(in.secret), hostile.Message(payload, in.Device.Sign(payload), issuer)),
		}
	}
	in.log.Add(forge(device), forge(in.Device.ID()))
	tm.show(in.log, tm.alice, tm.bob)
	tm.voids(2, tm.bob)
}

// Clocks of the far future and past, a member's and the server's.
func TestAttack_E12_Clocks(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	in.post(
		in.message("in 2100", func(p *schema.Payload) { p.Header.At = 4102444800000 }),
		in.message("in 1970", func(p *schema.Payload) { p.Header.At = 0 }),
		in.message("before time", func(p *schema.Payload) { p.Header.At = -1 << 62 }),
		in.message("now"),
	)
	tm.alice.Expect(tm.id, "general", said+" | in 2100 | in 1970 | before time | now")
	for i, m := range tm.alice.Read(tm.id, "general") {
		if doubtful := i >= 2 && i < 5; m.Doubtful != doubtful {
			t.Errorf("%q: doubtful %v", m.Text, m.Doubtful)
		}
	}
}

// Malformed events of a member do not wedge the stream and are treated alike.
func TestAttack_E14_Malformed(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	garbage := func(ciphertext []byte) schema.AppendItem {
		return schema.AppendItem{Circle: in.place.Circle, Stream: in.place.Stream, ID: schema.NewEventID(), Epoch: in.place.Epoch, Ciphertext: ciphertext}
	}
	key := in.place.StreamKey(in.secret)
	items := []schema.AppendItem{
		garbage([]byte("no packet at all")),
		garbage(hostile.SealPacket(key, []byte("no message"))),
		garbage(hostile.SealPacket(key, hostile.Message([]byte("no payload"), in.Device.Sign([]byte("no payload")), in.Device.ID()))),
		in.message("", func(p *schema.Payload) { p.Body = []byte("no CBOR") }),
		in.message("", func(p *schema.Payload) { p.Body = []byte{0xa1, 0x01, 0x01} }),
		in.message("", func(p *schema.Payload) { p.Body = []byte{} }),
		in.message("without a number", func(p *schema.Payload) { p.Header.Counter = 0 }),
	}
	in.post(items...)
	tm.voids(uint64(len(items)), tm.alice, tm.bob)
}

// One device signs two contents under one number, or denies its last event.
func TestAttack_E15_OneNumberTwice(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	kept := *in
	first := in.message("the first")
	in.counter, in.prev = kept.counter, kept.prev
	second := in.message("the second")
	denies := in.message("denies", func(p *schema.Payload) { p.Header.Counter, p.Header.Prev = 3, schema.Hash{1} })
	in.post(first, second, denies)
	tm.alice.Expect(tm.id, "general", said+" | the first")
	if got := tm.status(tm.alice); len(got.Warnings) == 0 {
		t.Errorf("two contents under one number are not told: %v", got.Warnings)
	}
	prefix := append(append([]byte("w"), tm.id[:]...), 'e')
	prefix = append(prefix, tm.general.Stream[:]...)
	kind := 0
	for k := range tm.look(tm.alice).store {
		if bytes.HasPrefix([]byte(k), prefix) {
			kind++
		}
	}
	if kind != 5 {
		t.Errorf("%d events are kept, want all 5", kind)
	}
	tm.alice.Restart()
	tm.alice.Expect(tm.id, "general", said+" | the first")
}

// The server acknowledges and does not keep, at the next place or far beyond, or
// acknowledges something else.
func TestAttack_E16_AcknowledgedAndNotDelivered(t *testing.T) {
	for name, c := range map[string]struct {
		kind client.MisbehaviourKind
		// ack is the lie about what comes after head; claims tells that nothing
		// contradicts it yet.
		ack    func(head schema.StreamHead, ev schema.Event, r *schema.AppendResult)
		claims bool
		// place is what somebody else writes at the place that was acknowledged.
		place string
	}{
		"next": {client.MisbehaviourRollback, func(head schema.StreamHead, ev schema.Event, r *schema.AppendResult) {
			ev.Seq = head.Seq + 1
			r.Seq, r.Link = ev.Seq, ev.Link(head.Link)
		}, true, ""},
		"given away": {client.MisbehaviourFork, func(head schema.StreamHead, ev schema.Event, r *schema.AppendResult) {
			ev.Seq = head.Seq + 1
			r.Seq, r.Link = ev.Seq, ev.Link(head.Link)
		}, true, "in its place"},
		"beyond": {client.MisbehaviourRollback, func(head schema.StreamHead, _ schema.Event, r *schema.AppendResult) {
			r.Seq, r.Link = head.Seq+7, schema.Hash{1}
		}, true, ""},
		"link": {client.MisbehaviourFork, func(head schema.StreamHead, _ schema.Event, r *schema.AppendResult) { r.Seq = head.Seq + 1 }, false, ""},
		"past": {client.MisbehaviourFork, func(head schema.StreamHead, _ schema.Event, r *schema.AppendResult) { r.Seq = head.Seq }, false, ""},
		"digest": {client.MisbehaviourAltered, func(head schema.StreamHead, _ schema.Event, r *schema.AppendResult) {
			r.Seq, r.Digest = head.Seq+1, schema.Hash{1}
		}, false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tm := newTeam(t)
			head := tm.insider(tm.bob).log.Head()
			hostile.Append.Instead(tm.bob.net, func(q client.Request) (*schema.AppendResponse, error) {
				var req schema.AppendRequest
				if err := schema.Unmarshal(q.Body, &req); err != nil {
					return nil, err
				}
				ev := hostile.AsEvent(req.Items[0], tm.bob.Engine.User(), tm.bob.Engine.Device())
				r := schema.AppendResult{Arrived: ev.Arrived, Digest: ev.Digest}
				c.ack(head, ev, &r)
				return &schema.AppendResponse{Results: []schema.AppendResult{r}}, nil
			})
			sent, err := tm.bob.In(tm.id).Post(tm.ctx(), tm.general, "lost", client.PostOptions{})
			if c.claims != (err == nil) || err != nil && sent.Seq != 0 {
				t.Fatalf("sent %+v, error %v", sent, err)
			}
			tm.bob.net.Honest()
			want := said
			if c.place != "" {
				tm.alice.Post(tm.id, "general", c.place)
				want += " | " + c.place
			}
			err = tm.bob.In(tm.id).Sync(tm.ctx())
			var m *client.Misbehaviour
			if !errors.As(err, &m) || m.Kind != c.kind || len(m.Proof) == 0 {
				t.Fatalf("a lost message ends in %v", err)
			}
			tm.alice.Expect(tm.id, "general", want)
		})
	}
}

// A member signs a summary of the index that the log does not bear out.
func TestAttack_E17_FalseSnapshot(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	in.move(schema.IndexStream(tm.id, in.place.Circle))
	at := in.log.Head().Seq
	in.post(in.message("", func(p *schema.Payload) {
		p.Header.Kind, p.Body = schema.KindSnapshot, schema.MustMarshal(index.SnapshotBody{Seq: at, State: schema.Hash{1}, Rules: index.Rules})
	}))
	before := tm.alice.In(tm.id).Channels()
	tm.alice.Sync()
	if got := tm.alice.In(tm.id).Channels(); !slices.Equal(got, before) {
		t.Errorf("channels are %v, and were %v", got, before)
	}
	if got := tm.status(tm.alice).Warnings; len(got) != 1 {
		t.Errorf("the contradiction is not told: %v", got)
	}
}
