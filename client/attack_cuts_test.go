package client_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
)

// The server has a cut signed, by a manager who cannot or will not check it, that
// leaves out or replaces what others have verified. For newcomers that would be
// void, so those who had it find out.
func TestAttack_I7_CutBelowWhatWasVerified(t *testing.T) {
	for _, c := range []struct {
		kind client.MisbehaviourKind
		lie  func(l *hostile.Log, h *schema.StreamHead)
	}{
		{client.MisbehaviourRollback, func(l *hostile.Log, h *schema.StreamHead) { *h = l.HeadAt(1) }},
		{client.MisbehaviourFork, func(_ *hostile.Log, h *schema.StreamHead) { h.Link = schema.Hash{1} }},
	} {
		t.Run(string(c.kind), func(t *testing.T) {
			tm := newTeam(t)
			in := tm.insider(tm.alice)
			index, err := in.Log(tm.ctx(), tm.id, in.place.Circle, schema.IndexStream(tm.id, in.place.Circle))
			if err != nil {
				t.Fatal(err)
			}
			cut := schema.Cut{Workspace: tm.id, Circle: in.place.Circle, Heads: []schema.StreamHead{in.log.Head(), index.Head()}}
			c.lie(in.log, &cut.Heads[0])
			slices.SortFunc(cut.Heads, func(a, b schema.StreamHead) int { return bytes.Compare(a.Stream[:], b.Stream[:]) })
			fresh := seal.NewEpochSecret()
			body := schema.EpochBody{
				Circle: cut.Circle, Epoch: 2, Commitment: fresh.Commitment(tm.id, cut.Circle, 2), Cut: cut.Hash(),
			}
			for _, k := range in.rs.Recipients(cut.Circle) {
				packet, err := seal.SealKey(fresh, k)
				if err != nil {
					t.Fatal(err)
				}
				body.Packets = append(body.Packets, packet)
			}
			tm.showRoster(tm.bob, in.rs, in.Entry(in.rs, schema.RosterEpoch, body))
			hostile.Cuts.Instead(tm.bob.net, func(client.Request) (*schema.Cut, error) { return &cut, nil })
			if err := tm.bob.In(tm.id).Sync(tm.ctx()); !schema.HasCode(err, schema.CodeServerMisbehaved) {
				t.Fatalf("Bob synchronises with %v", err)
			}
			bad := tm.status(tm.bob).Misbehaviours
			if len(bad) != 1 || bad[0].Kind != c.kind || bad[0].Stream != tm.general.Stream || len(bad[0].Proof) != 2 {
				t.Errorf("Bob has caught %v", bad)
			}
		})
	}
}

// Two processes of one device are shown two histories: what one of them keeps is
// not replaced by what the other one is shown.
func TestAttack_E5_TwoProcessesOfADevice(t *testing.T) {
	tm := newTeam(t)
	honest, err := network.New(tm.c.Nodes[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	net := hostile.New(honest)
	options := tm.bob.Options
	options.Transport = net
	second, err := client.Open(tm.ctx(), options, tm.bob.Profile)
	if err != nil {
		t.Fatal(err)
	}
	in := tm.insider(tm.alice)
	fork := hostile.NewLog(tm.id, tm.general.Circle, tm.general.Stream, in.log.Events()...)
	fork.Add(in.event(in.message("to the second")))
	net.Show(fork, tm.bob.Engine.User(), tm.bob.Engine.Device())
	tm.alice.Post(tm.id, "general", "to the first")
	tm.bob.Expect(tm.id, "general", said+" | to the first")
	w, err := second.Workspace(tm.id)
	if err != nil {
		t.Fatal(err)
	}
	clienttest.ExpectCode(t, w.Sync(tm.ctx()), schema.CodeServerMisbehaved)
	tm.bob.Restart()
	if got := tm.bob.Texts(tm.id, "general"); got != said+" | to the first" {
		t.Errorf("after a restart Bob reads %q", got)
	}
}
