package client_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/schema"
)

// watched is a store that tells of its use.
type watched struct {
	store.Store
	beforeUpdate, beforeLock atomic.Pointer[func()]
}

func (w *watched) Update(ctx context.Context, fn func(store.Writer) error) error {
	if f := w.beforeUpdate.Swap(nil); f != nil {
		(*f)()
	}
	return w.Store.Update(ctx, fn)
}

func (w *watched) Lock(ctx context.Context, name string) (func(), error) {
	if f := w.beforeLock.Load(); f != nil {
		(*f)()
	}
	return w.Store.Lock(ctx, name)
}

// process is another process of an actor's device, behind a network and a store of
// its own making.
func (tm *team) process(a *actor) (*client.Workspace, *hostile.Transport, *watched) {
	tm.t.Helper()
	honest, err := network.New(tm.c.Nodes[0].URL)
	if err != nil {
		tm.t.Fatal(err)
	}
	net, st := hostile.New(honest), &watched{Store: a.Options.Store}
	o := a.Options
	o.Transport, o.Store = net, st
	e, err := client.Open(tm.ctx(), o, a.Profile)
	if err != nil {
		tm.t.Fatal(err)
	}
	w, err := e.Workspace(tm.id)
	if err != nil {
		tm.t.Fatal(err)
	}
	return w, net, st
}

// While one process keeps a false history, the other one is acknowledged an event
// that is not in it: the acknowledgement is not forgotten with the history.
func TestAttack_E16_AcknowledgedToAnotherProcess(t *testing.T) {
	tm := newTeam(t)
	second, net, st := tm.process(tm.bob)
	in := tm.insider(tm.alice)
	forged := hostile.NewLog(tm.id, tm.general.Circle, tm.general.Stream, in.log.Events()...)
	forged.Add(in.event(in.message("three")), in.event(in.message("four")))
	net.Show(forged, tm.bob.Engine.User(), tm.bob.Engine.Device())
	tm.aliceSays("unseen by Bob, so that his next is not examined at once")
	var posted client.Sent
	post := func() { posted = tm.bob.Post(tm.id, "general", "acknowledged") }
	hostile.Events.Lie(net, func(q client.Request, _ *schema.EventPage) error {
		if hostile.StreamOf(q) == tm.general.Stream {
			st.beforeUpdate.Store(&post)
		}
		return nil
	})
	err := second.Sync(tm.ctx())
	if posted.Seq != 4 {
		t.Fatalf("the message is at %d", posted.Seq)
	}
	clienttest.ExpectCode(t, err, schema.CodeServerMisbehaved)
	tm.bob.Restart()
	if len(tm.status(tm.bob).Misbehaviours) != 1 {
		t.Error("nothing is recorded")
	}
}

// A message failed before the user's eyes while another process was about to send
// it: either it is not sent, or it is not said to have failed.
func TestWithdrawnMessageIsNotSentByAnotherProcess(t *testing.T) {
	tm := newTeam(t)
	tm.must(tm.alice.In(tm.id).CreateChannel(tm.ctx(), "fresh", client.ChannelOptions{}))
	tm.bob.Sync()
	fresh := tm.bob.Channel(tm.id, "fresh")
	first, firstNet, firstStore := tm.process(tm.bob)
	second, secondNet, _ := tm.process(tm.bob)
	// The second process lists what waits, and pauses.
	listed, resume := make(chan struct{}), make(chan struct{})
	var pause, start, goOn sync.Once
	hostile.Heads.Lie(secondNet, func(client.Request, *schema.WorkspaceHeads) error {
		pause.Do(func() { close(listed); <-resume })
		return nil
	})
	var flushed sync.WaitGroup
	send := func() {
		start.Do(func() {
			flushed.Go(func() { _, _ = second.Post(tm.ctx(), fresh, "from the second", client.PostOptions{}) })
			<-listed
		})
	}
	// It begins when the first one has failed and wants its message back, and goes
	// on when the first one waits for it, or is done.
	hostile.Heads.Replace(firstNet, func(client.Request, func() ([]byte, error)) (*schema.WorkspaceHeads, error) {
		firstStore.beforeUpdate.Store(&send)
		return nil, schema.Errorf(schema.CodeInternal, "not now")
	})
	locks := 0
	lock := func() {
		if locks++; locks == 2 {
			send()
			goOn.Do(func() { close(resume) })
		}
	}
	firstStore.beforeLock.Store(&lock)
	_, err := first.Post(tm.ctx(), fresh, "from the first", client.PostOptions{})
	goOn.Do(func() { close(resume) })
	flushed.Wait()
	tm.alice.Sync()
	if got := tm.alice.Texts(tm.id, "fresh"); err != nil && got != "from the second" {
		t.Errorf("said to have failed, %v, and sent: %q", err, got)
	}
}
