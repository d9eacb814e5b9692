package api

import (
	"context"
	"crypto/ed25519"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/limit"
	"github.com/cenacle-team/cenacle/server/store"
)

// decode reads a request's body strictly into a wire type.
func decode[T any](r *request) (v T, err error) {
	err = schema.Unmarshal(r.body, &v)
	return v, err
}

// peopled remembers that there are accounts; once true it stays so.
type peopled struct{ yes atomic.Bool }

func (p *peopled) check(ctx context.Context, s *store.Store) (bool, error) {
	if p.yes.Load() {
		return true, nil
	}
	some, err := s.HasAccounts(ctx)
	if err == nil && some {
		p.yes.Store(true)
	}
	return some, err
}

func (a *API) getServer(r *request) (any, error) {
	some, err := a.peopled.check(r.Context(), a.store)
	if err != nil {
		return nil, err
	}
	now := a.settings.now.Load()
	info := schema.ServerInfo{
		Version: schema.Version, Registration: now.Registration, Name: a.opts.Name,
		Now: a.now().UnixMilli(), Empty: !some,
	}
	if now.state.Branding != (schema.Branding{}) {
		info.Branding = &now.state.Branding
	}
	if now.state.Branding.Name != "" {
		info.Name = now.state.Branding.Name
	}
	return info, nil
}

// postAccount makes an account. That a handle is taken can be seen here by
// whoever may sign up, and by nobody else; the limit per address is what slows
// down trying many.
func (a *API) postAccount(r *request) (any, error) {
	if err := tooFast(a.limits.signUps, limit.AddressKey(r.address)); err != nil {
		return nil, err
	}
	req, err := decode[schema.SignUpRequest](r)
	if err != nil {
		return nil, err
	}
	if err := checkHandle(req.Handle); err != nil {
		return nil, err
	}
	if req.User.IsZero() {
		return nil, schema.Errorf(schema.CodeBadRequest, "a user id is expected")
	}
	if req.Credential.Kind != schema.CredentialPassphrase || req.Credential.Version != 1 {
		return nil, schema.Errorf(schema.CodeBadRequest, "an account begins with version 1 of a passphrase credential")
	}
	if err := checkCredential(req.Credential); err != nil {
		return nil, err
	}
	mode := a.registration()
	admitted, err := a.mayRegister(r.Context(), mode, req.Invite)
	if err != nil {
		return nil, err
	}
	allow := func(first bool) error {
		// Somebody has to be the first: that account administers the server.
		if first || admitted {
			return nil
		}
		return schema.Errorf(schema.CodeRegistrationClosed, "registration is %s", mode)
	}
	// Whoever may not register is told so before certificates are verified for
	// them; it is decided again under the store's lock.
	some, err := a.peopled.check(r.Context(), a.store)
	if err != nil {
		return nil, err
	}
	if err := allow(!some); err != nil {
		return nil, err
	}
	c, err := cert.Parse(req.Certificate)
	if err != nil {
		return nil, err
	}
	if c.User() != req.User {
		return nil, schema.Errorf(schema.CodeBadCertificate, "the certificate is of another user")
	}
	_, err = a.store.CreateAccount(r.Context(), store.NewAccount{
		User: req.User, Handle: req.Handle, Credential: req.Credential, Certificate: req.Certificate, Now: a.now(),
	}, allow)
	return nil, err
}

// mayRegister reports whether somebody who is not the first may make an account.
func (a *API) mayRegister(ctx context.Context, mode Registration, proof *schema.InviteProof) (bool, error) {
	if mode != RegistrationInvite || proof == nil {
		return mode == RegistrationOpen, nil
	}
	err := a.checkInvite(ctx, *proof)
	if schema.HasCode(err, schema.CodeNotFound) || schema.HasCode(err, schema.CodeInviteUnusable) {
		return false, nil
	}
	return err == nil, err
}

func checkHandle(h string) error {
	if n := store.Handle(h); n == "" || len(n) > schema.MaxHandle || len(h) > 2*schema.MaxHandle {
		return schema.Errorf(schema.CodeBadRequest, "a handle has 1 to %d octets", schema.MaxHandle)
	}
	if strings.ContainsFunc(h, func(c rune) bool { return !unicode.IsGraphic(c) }) || strings.Count(h, "@") != 1 ||
		strings.HasPrefix(h, "@") || strings.HasSuffix(h, "@") {
		return schema.Errorf(schema.CodeBadRequest, "a handle is an email address")
	}
	return nil
}

// checkCredential refuses what clients would refuse when they get it back.
func checkCredential(c schema.Credential) error {
	k := c.KDF
	switch {
	case c.Kind != schema.CredentialPassphrase && c.Kind != schema.CredentialRecovery:
		return schema.Errorf(schema.CodeBadRequest, "unknown kind of credential")
	case len(c.LoginKey) != ed25519.PublicKeySize:
		return schema.Errorf(schema.CodeBadRequest, "a login key has %d octets", ed25519.PublicKeySize)
	case len(c.Locked) == 0 || len(c.Locked) > schema.MaxLockedIdentity:
		return schema.Errorf(schema.CodeTooLarge, "a locked identity has 1 to %d octets", schema.MaxLockedIdentity)
	case k.Time < schema.KDFTime || k.MemoryKiB < schema.KDFMemoryKiB || k.Parallelism < schema.KDFParallelism,
		k.Time > schema.KDFMaxTime || k.MemoryKiB > schema.KDFMaxMemoryKiB || k.Parallelism > schema.KDFMaxParallel:
		return schema.Errorf(schema.CodeBadRequest, "the parameters of the key derivation are out of bounds")
	}
	return nil
}
