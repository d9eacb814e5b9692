package limit_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/server/limit"
)

type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func TestKeyedRefusesAndRecovers(t *testing.T) {
	c := &clock{time.Unix(1000, 0)}
	k := limit.New(limit.Rate{PerSecond: 0.5, Burst: 3}, 10, c.now)
	for i := range 3 {
		if w := k.Take("a"); w != 0 {
			t.Fatalf("take %d: wait %v within the burst", i, w)
		}
	}
	if w := k.Wait("a"); w != 2*time.Second {
		t.Fatalf("Wait = %v, want 2s", w)
	}
	if w := k.Take("a"); w != 2*time.Second {
		t.Fatalf("Take = %v, want 2s", w)
	}
	if w := k.Take("b"); w != 0 {
		t.Fatalf("another key waits %v", w)
	}
	c.t = c.t.Add(2 * time.Second)
	if w := k.Wait("a"); w != 0 {
		t.Fatalf("Wait after the pause = %v", w)
	}
	if w := k.Take("a"); w != 0 {
		t.Fatalf("Take after the pause = %v", w)
	}
}

func TestKeyedWaitTakesNothing(t *testing.T) {
	c := &clock{time.Unix(1000, 0)}
	k := limit.New(limit.Rate{PerSecond: 1, Burst: 1}, 10, c.now)
	for range 10 {
		if w := k.Wait("a"); w != 0 {
			t.Fatalf("Wait = %v", w)
		}
	}
	if w := k.Take("a"); w != 0 {
		t.Fatalf("Take = %v", w)
	}
	if k.Len() != 1 {
		t.Fatalf("%d keys remembered", k.Len())
	}
}

func TestKeyedForgetsTheLeastRecent(t *testing.T) {
	c := &clock{time.Unix(1000, 0)}
	k := limit.New(limit.Rate{PerSecond: 0.001, Burst: 1}, 4, c.now)
	k.Take("kept")
	for i := range 100 {
		k.Take("kept") // refused, and still the most recently used
		k.Take(fmt.Sprint(i))
		if k.Len() > 4 {
			t.Fatalf("%d keys remembered, bound is 4", k.Len())
		}
	}
	if k.Wait("kept") == 0 {
		t.Fatal("a key in use was forgotten")
	}
}

func TestAddressKey(t *testing.T) {
	for _, tc := range []struct{ a, b string }{
		{"192.0.2.1", "::ffff:192.0.2.1"},
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9"},
		{"fe80::1%eth0", "fe80::2%eth1"},
	} {
		a, b := limit.AddressKey(netip.MustParseAddr(tc.a)), limit.AddressKey(netip.MustParseAddr(tc.b))
		if a != b {
			t.Errorf("%s and %s have keys %s and %s", tc.a, tc.b, a, b)
		}
	}
	if limit.AddressKey(netip.MustParseAddr("192.0.2.1")) == limit.AddressKey(netip.MustParseAddr("192.0.2.2")) {
		t.Error("two IPv4 addresses share a key")
	}
	if limit.AddressKey(netip.MustParseAddr("2001:db8:1:2::1")) == limit.AddressKey(netip.MustParseAddr("2001:db8:1:3::1")) {
		t.Error("two IPv6 networks share a key")
	}
}
