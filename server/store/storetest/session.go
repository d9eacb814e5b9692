package storetest

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

func testChallenge(t *testing.T, s *store.Store) {
	device := schema.DeviceID(Octets(32))
	soon := time.UnixMilli(time.Now().Add(time.Minute).UnixMilli())
	for _, c := range []store.Challenge{
		{User: schema.NewUserID(), Kind: schema.CredentialRecovery, Expires: soon},
		{User: schema.NewUserID(), Device: &device, Fake: true, Expires: soon},
	} {
		c.Nonce = schema.Hash(Octets(32))
		must(t, s.PutChallenge(t.Context(), c))
		// Of eight who answer at once, one is heard.
		var taken atomic.Int32
		var done sync.WaitGroup
		for range 8 {
			done.Go(func() {
				got, err := s.TakeChallenge(t.Context(), c.Nonce)
				if err != nil {
					wantCode(t, err, schema.CodeNotFound)
					return
				}
				taken.Add(1)
				if (got.Device == nil) != (c.Device == nil) || got.Device != nil && *got.Device != device {
					t.Errorf("the device is %v, want %v", got.Device, c.Device)
				}
				got.Device = c.Device
				if got != c {
					t.Errorf("TakeChallenge = %+v, want %+v", got, c)
				}
			})
		}
		done.Wait()
		if taken.Load() != 1 {
			t.Errorf("a challenge was taken %d times", taken.Load())
		}
	}
	old := store.Challenge{Nonce: schema.Hash(Octets(32)), Expires: time.Now().Add(-time.Second)}
	must(t, s.PutChallenge(t.Context(), old))
	_, err := s.TakeChallenge(t.Context(), old.Nonce)
	wantCode(t, err, schema.CodeNotFound)
}

func testSession(t *testing.T, s *store.Store) {
	user, other := NewAccount(t, s), NewAccount(t, s)
	soon := time.UnixMilli(time.Now().Add(time.Minute).UnixMilli())
	open := func(user schema.UserID, device *schema.DeviceID, until time.Time) schema.Hash {
		token := schema.Hash(Octets(32))
		must(t, s.CreateSession(t.Context(), token, user, device, until))
		return token
	}
	isOpen := func(token schema.Hash, want bool) {
		t.Helper()
		_, err := s.Session(t.Context(), token)
		if want {
			wantCode(t, err, "")
		} else {
			wantCode(t, err, schema.CodeNotFound)
		}
	}
	d1, d2 := schema.DeviceID(Octets(32)), schema.DeviceID(Octets(32))

	login, first, second := open(user, nil, soon), open(user, &d1, soon), open(user, &d2, soon)
	i, err := s.Session(t.Context(), first)
	must(t, err)
	if i.User != user || i.Device == nil || *i.Device != d1 || !i.Until.Equal(soon) || i.Admin || time.Since(i.Created) > time.Minute {
		t.Errorf("Session = %+v", i)
	}
	if i, err = s.Session(t.Context(), login); err != nil || i.Device != nil {
		t.Errorf("a session of the login key = %+v, %v", i, err)
	}

	old := open(user, &d1, time.Now().Add(-time.Second))
	isOpen(old, false)
	must(t, s.ExtendSession(t.Context(), old, soon))
	isOpen(old, true)
	wantCode(t, s.ExtendSession(t.Context(), schema.Hash{}, soon), schema.CodeNotFound)

	must(t, s.DeleteSession(t.Context(), old))
	must(t, s.DeleteSession(t.Context(), old))
	isOpen(old, false)
	must(t, s.DeleteSessionsOfDevice(t.Context(), user, d1))
	isOpen(first, false)
	isOpen(second, true)

	foreign, third := open(other, &d1, soon), open(user, &d1, soon)
	must(t, s.DeleteSessionsOfUser(t.Context(), user, &third))
	isOpen(login, false)
	isOpen(second, false)
	isOpen(third, true)
	must(t, s.DeleteSessionsOfUser(t.Context(), user, nil))
	isOpen(third, false)
	isOpen(foreign, true)

	wantCode(t, s.CreateSession(t.Context(), schema.Hash(Octets(32)), schema.NewUserID(), nil, soon), schema.CodeNotFound)

	c := store.Challenge{Nonce: schema.Hash(Octets(32)), Expires: soon}
	must(t, s.PutChallenge(t.Context(), c))
	must(t, s.SweepExpired(t.Context(), time.Now()))
	isOpen(foreign, true)
	must(t, s.SweepExpired(t.Context(), soon))
	_, err = s.TakeChallenge(t.Context(), c.Nonce)
	wantCode(t, err, schema.CodeNotFound)
	wantCode(t, s.ExtendSession(t.Context(), foreign, soon.Add(time.Hour)), schema.CodeNotFound)
}

// testRevokedDevice revokes a device while it opens sessions: none survives.
func testRevokedDevice(t *testing.T, s *store.Store) {
	user := NewAccount(t, s)
	lost, kept := schema.DeviceID(Octets(32)), schema.DeviceID(Octets(32))
	soon := time.Now().Add(time.Minute)
	keep := schema.Hash(Octets(32))
	must(t, s.CreateSession(t.Context(), keep, user, &kept, soon))
	var opened []schema.Hash
	var some sync.Once
	begun := make(chan struct{})
	var done sync.WaitGroup
	done.Go(func() {
		for range 10_000 {
			token := schema.Hash(Octets(32))
			if err := s.CreateSession(t.Context(), token, user, &lost, soon); err != nil {
				wantCode(t, err, schema.CodeDeviceRevoked)
				return
			}
			opened = append(opened, token)
			some.Do(func() { close(begun) })
		}
		t.Error("a revoked device goes on opening sessions")
	})
	<-begun
	err := s.ReplaceIdentity(t.Context(), user, schema.IdentityUpdate{Expect: 1, Certificate: Octets(10)}, []schema.DeviceID{lost, lost}, schema.Hash{})
	wantCode(t, s.CreateSession(t.Context(), schema.Hash(Octets(32)), user, &lost, soon), schema.CodeDeviceRevoked)
	done.Wait()
	must(t, err)
	for _, token := range opened {
		_, err := s.Session(t.Context(), token)
		wantCode(t, err, schema.CodeNotFound)
	}
	_, err = s.Session(t.Context(), keep)
	must(t, err)
}
