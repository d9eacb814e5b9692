// Package limit bounds how often something may happen, per key: per network
// address, per account, per pair of both. The memory that it uses is bounded
// too: the keys that were not used for the longest time are forgotten first.
package limit

import (
	"container/list"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Rate is a sustained rate and what may happen at once before it applies (a
// token bucket).
type Rate struct {
	// PerSecond is the sustained rate in events per second.
	PerSecond float64
	// Burst is the size of the bucket, at least 1.
	Burst int
}

// Keyed is one token bucket for each key. It is safe for concurrent use.
type Keyed struct {
	rate Rate
	size int
	now  func() time.Time

	mu      sync.Mutex
	entries map[string]*list.Element
	recent  *list.List // of *entry; the most recently used first
}

type entry struct {
	key    string
	bucket *rate.Limiter
}

// New returns buckets of the given rate for at most size keys. An evicted key
// starts over with a full bucket, so size must be well above what one attacker
// can spread over; see [AddressKey]. now is the clock.
func New(r Rate, size int, now func() time.Time) *Keyed {
	return &Keyed{rate: r, size: size, now: now, entries: make(map[string]*list.Element), recent: list.New()}
}

// Take takes one token of key's bucket and returns 0, or takes nothing and
// returns how long to wait for the next token.
func (k *Keyed) Take(key string) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	b := k.bucket(key)
	if b.AllowN(now, 1) {
		return 0
	}
	return k.wait(b, now)
}

// Wait tells what [Keyed.Take] would return, without taking anything.
func (k *Keyed) Wait(key string) time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	el, known := k.entries[key]
	if !known {
		return 0
	}
	now := k.now()
	b := el.Value.(*entry).bucket
	if b.TokensAt(now) >= 1 {
		return 0
	}
	return k.wait(b, now)
}

// Len returns the number of keys that are remembered.
func (k *Keyed) Len() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.entries)
}

func (k *Keyed) bucket(key string) *rate.Limiter {
	if el, known := k.entries[key]; known {
		k.recent.MoveToFront(el)
		return el.Value.(*entry).bucket
	}
	for len(k.entries) >= k.size {
		oldest := k.recent.Back()
		delete(k.entries, k.recent.Remove(oldest).(*entry).key)
	}
	e := &entry{key: key, bucket: rate.NewLimiter(rate.Limit(k.rate.PerSecond), k.rate.Burst)}
	k.entries[key] = k.recent.PushFront(e)
	return e.bucket
}

func (k *Keyed) wait(b *rate.Limiter, now time.Time) time.Duration {
	const longest = time.Hour
	if k.rate.PerSecond <= 0 {
		return longest
	}
	d := time.Duration((1 - b.TokensAt(now)) / k.rate.PerSecond * float64(time.Second))
	return min(max(d, time.Millisecond), longest)
}

// AddressKey is the key of a network address: all of an IPv4 address, and the
// first 64 bits of an IPv6 address, which is what one subscriber is given.
func AddressKey(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}
