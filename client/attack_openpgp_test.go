package client_test

import (
	"bytes"
	"compress/flate"
	"runtime"
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
)

// changed shows an event of Alice's again and again, each time as a change made it
// and under an id of its own, with a consistent chain.
func (in *insider) changed(changes ...func(ciphertext []byte) []byte) {
	ev := in.log.Events()[0]
	for _, change := range changes {
		next := ev
		next.ID, next.Ciphertext = schema.NewEventID(), change(bytes.Clone(ev.Ciphertext))
		in.log.Add(next)
	}
}

// set changes one octet.
func set(at int, to byte) func([]byte) []byte {
	return func(b []byte) []byte { b[at] = to; return b }
}

// The packet's integrity protection is taken away: another packet type, the tags
// cut off or zeroed.
func TestAttack_P1_IntegrityStripped(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	in.changed(
		set(0, 0xC0|9), // Symmetrically Encrypted Data
		set(0, 0x80|9<<2),
		func(b []byte) []byte { return b[:len(b)-16] },
		func(b []byte) []byte { clear(b[len(b)-16:]); return b },
		func(b []byte) []byte { clear(b[len(b)-32:]); return b },
	)
	tm.show(in.log, tm.alice, tm.bob)
	tm.voids(5, tm.alice, tm.bob)
}

// The packet claims an older version, another cipher, mode or chunk size; an epoch
// comes with key packets of an older version.
func TestAttack_P2_Downgraded(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	in.changed(set(3, 1), set(4, 7), set(5, 1), set(5, 2), set(6, 0))
	tm.show(in.log, tm.alice, tm.bob)
	tm.voids(5, tm.alice, tm.bob)

	owner := tm.insider(tm.alice)
	fresh := seal.NewEpochSecret()
	circle := schema.NewCircleID()
	packet, err := seal.SealKey(fresh, tm.alice.id.Certificate().Encryption())
	if err != nil {
		t.Fatal(err)
	}
	// The version follows the two-octet length.
	if packet[3] != 6 {
		t.Fatalf("a key packet of version %d", packet[3])
	}
	packet[3] = 3
	made := owner.Entry(owner.rs, schema.RosterCircle, schema.CircleBody{Circle: circle, Members: []schema.UserID{}})
	next := owner.rs.Clone()
	if err := next.Apply(made); err != nil {
		t.Fatal(err)
	}
	epoch := owner.Entry(next, schema.RosterEpoch, schema.EpochBody{
		Circle: circle, Epoch: 1, Commitment: fresh.Commitment(tm.id, circle, 1), Packets: [][]byte{packet},
	})
	tm.bob.Sync()
	tm.showRoster(tm.bob, owner.rs, made, epoch)
	err = tm.bob.In(tm.id).Sync(tm.ctx())
	if !schema.HasCode(err, schema.CodeServerMisbehaved) || tm.status(tm.bob).Roster != owner.rs.Head().Seq {
		t.Errorf("an epoch with old key packets ends in %v at roster entry %d", err, tm.status(tm.bob).Roster)
	}
}

// A member wraps a signed message in compression, sends a bomb, or nests packets.
func TestAttack_P8_CompressionAndNesting(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	payload, signature := in.open(in.log.Events()[0])
	message := hostile.Message(payload, signature, in.log.Events()[0].Device)
	squeeze := func(b []byte) []byte {
		out := bytes.NewBuffer([]byte{1}) // ZIP
		w, err := flate.NewWriter(out, flate.BestCompression)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(b)
		_ = w.Close()
		return hostile.Packet(0xC0|8, out.Bytes())
	}
	key := in.place.StreamKey(in.secret)
	as := func(plain []byte) func([]byte) []byte {
		return func([]byte) []byte { return hostile.SealPacket(key, plain) }
	}
	nested := message
	for range 16 {
		nested = hostile.SealPacket(key, nested)
	}
	in.changed(
		as(squeeze(message)), as(hostile.Pad(squeeze(message))), as(squeeze(make([]byte, 64<<20))),
		as(hostile.SealPacket(key, message)), as(nested), as(append(bytes.Clone(message), message...)),
	)
	tm.show(in.log, tm.alice, tm.bob)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	tm.voids(6, tm.alice, tm.bob)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
		t.Errorf("%d octets were allocated", got)
	}
}

// Packets claim huge lengths, lengths without an end, and more than is there.
func TestAttack_P9_Lengths(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	head := func(octets ...byte) func([]byte) []byte {
		return func(b []byte) []byte { return append(octets, b[3:]...) }
	}
	in.changed(
		head(0xD2, 255, 0xff, 0xff, 0xff, 0xff), head(0xD2, 255, 0, 0, 4, 0), head(0xD2, 224), head(0xD2, 254, 254, 254),
		head(0xD2, 0), head(0xCB, 255, 0x7f, 0xff, 0xff, 0xff), func(b []byte) []byte { return b[:2] }, func([]byte) []byte { return []byte{0xD2} },
		func(b []byte) []byte { return append(b, make([]byte, schema.MaxCiphertext)...) },
	)
	tm.show(in.log, tm.alice, tm.bob)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	tm.voids(9, tm.alice, tm.bob)
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; got > 64<<20 {
		t.Errorf("%d octets were allocated", got)
	}
}

// A server learns from what a client asks next, or tells, at which step an event
// failed to open.
func TestAttack_P12_OneError(t *testing.T) {
	tm := newTeam(t)
	in := tm.insider(tm.bob)
	key := in.place.StreamKey(in.secret)
	var first []string
	for i, change := range []func([]byte) []byte{
		set(0, 0), set(3, 1), set(40, 0), set(200, 0), // form, version, salt, content
		func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		func([]byte) []byte { return hostile.SealPacket(key, []byte("no message")) },
		func([]byte) []byte {
			return hostile.SealPacket(key, hostile.Message([]byte("no payload"), in.Device.Sign([]byte("x")), in.Device.ID()))
		},
	} {
		tm.bob.net.Honest()
		in.changed(change)
		tm.show(in.log, tm.bob)
		since := len(tm.bob.net.Calls())
		if err := tm.bob.In(tm.id).Sync(tm.ctx()); err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
		asked := paths(tm.bob.net.Calls()[since:])
		for j := range asked {
			asked[j] = asked[j][:min(len(asked[j]), 60)] // without the position
		}
		if i == 0 {
			first = asked
		}
		if !slices.Equal(asked, first) {
			t.Errorf("change %d is followed by %v, the first by %v", i, asked, first)
		}
		if got := tm.bob.Texts(tm.id, "general"); got != said {
			t.Errorf("change %d: Bob reads %q", i, got)
		}
	}
	if got := tm.status(tm.bob).Warnings; len(got) != 0 {
		t.Errorf("warnings tell them apart: %v", got)
	}
}
