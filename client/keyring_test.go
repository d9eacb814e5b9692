package client

import (
	"errors"
	"testing"

	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
)

// spoilt starts an epoch whose key packet holds another secret than the one that
// the author commits to, and which does not open the one before it.
func spoilt(c *change) error {
	id := c.next.Everyone()
	info, _ := c.next.Circle(id)
	body := schema.EpochBody{Circle: id, Epoch: info.Epoch + 1, Cut: schema.Hash{1}, Packets: [][]byte{}}
	body.Commitment = seal.NewEpochSecret().Commitment(c.w.id, id, body.Epoch)
	for _, k := range c.next.Recipients(id) {
		packet, err := seal.SealKey(seal.NewEpochSecret(), k)
		if err != nil {
			return err
		}
		body.Packets = append(body.Packets, packet)
	}
	return c.add(schema.RosterEpoch, body)
}

// Opening a key packet is slow, and a member who manages a circle can make any
// number that do not open. Each is tried once, whatever is asked for and however
// often, until something has changed.
func TestAttack_O4_BadKeyPacketsAreTriedOnce(t *testing.T) {
	const epochs = 20
	e, _ := offline(t, memory.New())
	w := foundOffline(t, e, func(c *change) error {
		for range epochs - 1 {
			if err := spoilt(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err := w.refreshCircles(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := w.circles[w.roster.Everyone()]
	if _, err := w.secret(c, 1); err != nil {
		t.Fatalf("the first epoch, whose packet is sound: %v", err)
	}
	if _, err := w.secret(c, 2); !errors.Is(err, errBadPacket) {
		t.Fatalf("an epoch whose packet is not: %v", err)
	}
	if len(c.unknown) != epochs-1 {
		t.Errorf("after one walk %d epochs are known to have no key, want %d", len(c.unknown), epochs-1)
	}
	if err := w.refreshCircles(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(c.unknown) != epochs-1 {
		t.Error("all packets are tried again although nothing has changed")
	}
	for n := uint64(2); n <= epochs; n++ {
		if _, err := w.secret(c, n); !errors.Is(err, errBadPacket) {
			t.Errorf("epoch %d: %v", n, err)
		}
	}

	// A later epoch that opens, and that does not chain, is no way back; and it
	// makes the others worth another try.
	next := &change{w: w, next: w.roster.Clone(), cuts: map[schema.CircleID]schema.Hash{c.id: {2}}, secrets: map[schema.CircleID]seal.EpochSecret{}}
	if err := next.epoch(c.id, false); err != nil {
		t.Fatal(err)
	}
	if _, err := w.applyRoster(t.Context(), next.entries); err != nil {
		t.Fatal(err)
	}
	if err := w.refreshCircles(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(c.unknown) != 0 {
		t.Error("nothing is tried again after a new epoch")
	}
	if _, err := w.secret(c, epochs+1); err != nil {
		t.Errorf("a sound epoch after bad ones: %v", err)
	}
	if _, err := w.secret(c, 2); !errors.Is(err, errNoSecret) || len(c.unknown) != epochs-1 {
		t.Errorf("epoch 2: %v, %d epochs are known to have no key", err, len(c.unknown))
	}
	if _, err := w.secret(c, 1); err != nil {
		t.Errorf("the first epoch: %v", err)
	}
}
