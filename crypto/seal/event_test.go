package seal

import (
	"crypto/sha256"
	"reflect"
	"sync"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

func TestEventRoundTrip(t *testing.T) {
	d, k := newTestDevice(1), testKey(t)
	// The lengths cross all forms of a packet's length, inside and outside.
	for _, n := range []int{0, 1, 300, 1000, 7_000, 7_900, 8_100, 9_000, schema.MaxMessage, schema.MaxBody} {
		p := testPayload(d, n)
		sealed, hash, err := k.sealWith(d.sign, d.public.ID, p, new(counter))
		if err != nil {
			t.Fatalf("seal %d octets: %v", n, err)
		}
		if len(sealed) > schema.MaxCiphertext {
			t.Errorf("a body of %d octets gives a ciphertext of %d", n, len(sealed))
		}
		got, gotHash, err := k.Open(sealed, d.public)
		if err != nil {
			t.Fatalf("open %d octets: %v", n, err)
		}
		if !reflect.DeepEqual(got, p) {
			t.Errorf("%d octets: another payload came back", n)
		}
		if want := schema.Hash(sha256.Sum256(schema.MustMarshal(p))); hash != want || gotHash != want {
			t.Errorf("%d octets: the hash is not that of the payload", n)
		}
	}
}

func TestSignalRoundTrip(t *testing.T) {
	d, k := newTestDevice(1), testSignalKey(t)
	p := testPayload(d, 40)
	p.Header.Purpose, p.Header.Kind = schema.PurposeSignal, schema.KindTyping
	got, err := d.open(k, d.seal(t, k, p))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, p) {
		t.Error("another payload came back")
	}
}

// What Open would refuse is not sealed in the first place.
func TestSealRefusals(t *testing.T) {
	d := newTestDevice(1)
	event, signal := testKey(t), testSignalKey(t)
	for _, c := range []struct {
		name   string
		key    *StreamKey
		change func(*schema.Payload)
		code   schema.Code
	}{
		{"signal under an event's key", event, func(p *schema.Payload) { p.Header.Purpose = schema.PurposeSignal }, schema.CodeInternal},
		{"event under the signals' key", signal, func(*schema.Payload) {}, schema.CodeInternal},
		{"other version", event, func(p *schema.Payload) { p.Header.Version++ }, schema.CodeInternal},
		{"other workspace", event, func(p *schema.Payload) { p.Header.Workspace[0]++ }, schema.CodeInternal},
		{"other stream", event, func(p *schema.Payload) { p.Header.Stream[0]++ }, schema.CodeInternal},
		{"other device", event, func(p *schema.Payload) { p.Header.Device[0]++ }, schema.CodeInternal},
		{"large body", event, func(p *schema.Payload) { p.Body = make([]byte, schema.MaxBody+1) }, schema.CodeTooLarge},
		{"large signal", signal, func(p *schema.Payload) {
			p.Header.Purpose = schema.PurposeSignal
			p.Body = make([]byte, schema.MaxSignal)
		}, schema.CodeTooLarge},
		{"wiped key", &StreamKey{}, func(*schema.Payload) {}, schema.CodeBadEncoding},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := testPayload(d, 10)
			c.change(p)
			out, hash, err := c.key.sealWith(d.sign, d.public.ID, p, new(counter))
			wantCode(t, err, c.code)
			if out != nil || !hash.IsZero() {
				t.Error("something was returned beside the error")
			}
		})
	}
	_, _, err := event.sealWith(func([]byte) []byte { return []byte("no") }, d.public.ID, testPayload(d, 10), new(counter))
	wantCode(t, err, schema.CodeInternal)
}

func TestSignalsAreBounded(t *testing.T) {
	d, k := newTestDevice(1), testSignalKey(t)
	p := testPayload(d, schema.MaxSignal)
	p.Header.Purpose = schema.PurposeSignal
	s := d.packets(t, p)
	_, err := d.open(k, sealContent(t, k.secret, s.onePass, s.literal, s.signature))
	wantUnreadable(t, err)
}

func TestRandomSourceFails(t *testing.T) {
	d, k := newTestDevice(1), testKey(t)
	for _, n := range []int{0, 10, saltLength, saltLength + 1} {
		out, _, err := k.sealWith(d.sign, d.public.ID, testPayload(d, 300), &limited{left: n})
		if err == nil || out != nil {
			t.Errorf("an event was sealed with %d random octets", n)
		}
	}
}

// A key is used by all goroutines of an engine at once.
func TestConcurrentUse(t *testing.T) {
	d, k := newTestDevice(1), testKey(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			p := testPayload(d, 100*i)
			sealed, _, err := k.sealWith(d.sign, d.public.ID, p, &counter{n: byte(i)})
			if err != nil {
				t.Errorf("seal: %v", err)
				return
			}
			if got, err := d.open(k, sealed); err != nil || !reflect.DeepEqual(got, p) {
				t.Errorf("open: %v", err)
			}
		})
	}
	wg.Wait()
}
