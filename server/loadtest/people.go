package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
)

// person is an account with one device and an open session.
type person struct {
	user   schema.UserID
	handle string
	id     *identity.Identity
	device *identity.Device
	token  string
}

// call performs one request; out is nil for an answer that does not matter.
func call(ctx context.Context, t client.Transport, method, path, token string, in, out any) error {
	r := client.Request{Method: method, Path: path, Token: token, MaxResponse: 64 << 20}
	if in != nil {
		r.Body = schema.MustMarshal(in)
	}
	b, err := t.Do(ctx, r)
	if err == nil && out != nil {
		err = schema.Unmarshal(b, out)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	return nil
}

// crowd makes accounts with open sessions.
func crowd(ctx context.Context, t client.Transport, n int) ([]*person, error) {
	people := make([]*person, n)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(8)
	for i := range people {
		g.Go(func() (err error) {
			people[i], err = newPerson(ctx, t)
			return err
		})
	}
	return people, g.Wait()
}

// newPerson signs up with a random login key, where a client derives one from a
// passphrase at the cost of a second: the server sees no difference.
func newPerson(ctx context.Context, t client.Transport) (*person, error) {
	p := &person{user: schema.NewUserID(), handle: strings.ToLower(rand.Text()) + "@example.org"}
	now := time.Now()
	var err error
	if p.id, err = identity.New(p.user, now); err != nil {
		return nil, fmt.Errorf("make an identity: %w", err)
	}
	if p.device, err = p.id.AddDevice(now); err != nil {
		return nil, fmt.Errorf("make a device: %w", err)
	}
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a login key: %w", err)
	}
	err = call(ctx, t, "POST", "/v1/accounts", "", schema.SignUpRequest{
		User: p.user, Handle: p.handle, Certificate: p.id.Certificate().Bytes(),
		Credential: schema.Credential{
			Kind: schema.CredentialPassphrase, Version: 1, KDF: schema.DefaultKDF, LoginKey: public, Locked: []byte("nobody unlocks this identity"),
		},
	}, nil)
	if err != nil {
		return nil, err
	}
	return p, p.openSession(ctx, t)
}

func (p *person) openSession(ctx context.Context, t client.Transport) error {
	id := p.device.ID()
	var c schema.Challenge
	if err := call(ctx, t, "POST", "/v1/challenges", "", schema.ChallengeRequest{User: &p.user, Device: &id}, &c); err != nil {
		return err
	}
	statement := schema.MustMarshal(schema.SignInStatement{
		Purpose: schema.PurposeDevice, Nonce: c.Nonce, User: p.user, Device: id, Origin: origin,
	})
	var s schema.Session
	err := call(ctx, t, "POST", "/v1/sessions", "", schema.SessionRequest{Statement: statement, Signature: p.device.Sign(statement)}, &s)
	p.token = s.Token
	return err
}

// profile is what an engine needs to be this person's device.
func (p *person) profile() (*client.Profile, error) {
	storeKey := make([]byte, 32)
	if _, err := rand.Read(storeKey); err != nil {
		return nil, fmt.Errorf("make a store key: %w", err)
	}
	return &client.Profile{
		Origin: origin, Handle: p.handle, Name: p.handle[:8], User: p.user,
		Device: p.device.Marshal(), Keys: p.id.Keys().Marshal(), Certificate: p.id.Certificate().Bytes(),
		Revision: 1, CredentialVersion: 1, AccountKey: login.NewAccountKey().Text(), StoreKey: storeKey,
	}, nil
}
