package api

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/limit"
	"github.com/cenacle-team/cenacle/server/live"
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
	return schema.ServerInfo{
		Version: schema.Version, Registration: string(a.opts.Registration), Name: a.opts.Name,
		Now: a.now().UnixMilli(), Empty: !some,
	}, nil
}

// postAccount makes an account. That a handle is taken can be seen here by
// whoever may sign up; the limit per address is what slows down trying many.
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
	c, err := cert.Parse(req.Certificate)
	if err != nil {
		return nil, err
	}
	if c.User() != req.User {
		return nil, schema.Errorf(schema.CodeBadCertificate, "the certificate is of another user")
	}
	invited := false
	if a.opts.Registration == RegistrationInvite && req.Invite != nil {
		if err := a.checkInvite(r.Context(), *req.Invite); err == nil {
			invited = true
		} else if code := schema.CodeOf(err); code != schema.CodeNotFound && code != schema.CodeInviteUnusable {
			return nil, err
		}
	}
	allow := func(first bool) error {
		// Somebody has to be the first: that account administers the server.
		if first || invited || a.opts.Registration == RegistrationOpen {
			return nil
		}
		return schema.Errorf(schema.CodeRegistrationClosed, "registration is %s", a.opts.Registration)
	}
	_, err = a.store.CreateAccount(r.Context(), store.NewAccount{
		User: req.User, Handle: req.Handle, Credential: req.Credential, Certificate: req.Certificate, Now: a.now(),
	}, allow)
	return nil, err
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

// pretendUser is the user id of a handle that does not exist: the same at every
// time and on every node, and not to be told from a real one.
func (a *API) pretendUser(handle string) (u schema.UserID) {
	mac := hmac.New(sha256.New, a.pretend)
	mac.Write([]byte(store.Handle(handle)))
	copy(u[:], mac.Sum(nil))
	return u
}

// postChallenge answers alike, with the same work, whether the account, the
// credential or the device exists or not.
func (a *API) postChallenge(r *request) (any, error) {
	if err := tooFast(a.limits.challenges, limit.AddressKey(r.address)); err != nil {
		return nil, err
	}
	req, err := decode[schema.ChallengeRequest](r)
	if err != nil {
		return nil, err
	}
	c := store.Challenge{Expires: a.now().Add(schema.ChallengeLife)}
	// It never fails: the runtime ends the program when there is no randomness.
	_, _ = rand.Read(c.Nonce[:])
	answer := schema.Challenge{Nonce: c.Nonce, KDF: schema.DefaultKDF, Version: 1}
	switch {
	case req.Handle != "" && req.User == nil && req.Device == nil:
		if err := checkHandle(req.Handle); err != nil {
			return nil, err
		}
		if req.Kind != schema.CredentialPassphrase && req.Kind != schema.CredentialRecovery {
			return nil, schema.Errorf(schema.CodeBadRequest, "unknown kind of credential")
		}
		c.Kind = req.Kind
		if err := a.challengeHandle(r.Context(), req.Handle, &c, &answer); err != nil {
			return nil, err
		}
	case req.Handle == "" && req.Kind == 0 && req.User != nil && req.Device != nil:
		c.User, c.Device = *req.User, req.Device
	default:
		return nil, schema.Errorf(schema.CodeBadRequest, "a handle, or a user and a device are expected")
	}
	answer.User = c.User
	if err := a.store.PutChallenge(r.Context(), c); err != nil {
		return nil, err
	}
	return answer, nil
}

func (a *API) challengeHandle(ctx context.Context, handle string, c *store.Challenge, answer *schema.Challenge) error {
	c.User = a.pretendUser(handle)
	account, err := a.store.AccountByHandle(ctx, handle)
	switch {
	case err == nil:
		c.User = account.User
	case schema.HasCode(err, schema.CodeNotFound):
		c.Fake = true
	default:
		return err
	}
	credential, err := a.store.Credential(ctx, c.User, c.Kind)
	switch {
	case err == nil:
		answer.KDF, answer.Version = credential.KDF, credential.Version
	case !schema.HasCode(err, schema.CodeNotFound):
		return err
	}
	return nil
}

// dummyKey verifies answers for which there is no key. Nobody has its private
// half: it is the hash of a sentence, and need not even be a point of the curve.
var dummyKey = func() []byte {
	h := sha256.Sum256([]byte("nobody's login key"))
	return h[:]
}()

// postSession opens a session for the right answer to a challenge. Everything
// that is wrong is the one CodeSignInFailed.
func (a *API) postSession(r *request) (any, error) {
	address := limit.AddressKey(r.address)
	if err := tooFast(a.limits.challenges, address); err != nil {
		return nil, err
	}
	if err := tooFast(a.limits.signIns, ""); err != nil {
		return nil, err
	}
	req, err := decode[schema.SessionRequest](r)
	if err != nil {
		return nil, err
	}
	var statement schema.SignInStatement
	if err := schema.Unmarshal(req.Statement, &statement); err != nil {
		return nil, err
	}
	// Whoever failed too often here waits, even with the right answer; the
	// same account is not disturbed elsewhere.
	attempt := address + "|" + string(statement.User[:])
	if err := rateLimited(a.limits.failures.Wait(attempt)); err != nil {
		return nil, err
	}
	c, err := a.store.TakeChallenge(r.Context(), statement.Nonce)
	if err == nil {
		err = a.verifyAnswer(r.Context(), req, c)
	}
	if code := schema.CodeOf(err); err != nil {
		switch code {
		case schema.CodeNotFound, schema.CodeSignInFailed:
			a.limits.failures.Take(attempt)
			a.opts.Metrics.SignInFailed()
			return nil, schema.Errorf(schema.CodeSignInFailed, "")
		}
		return nil, err
	}
	return a.openSession(r.Context(), c.User, c.Device)
}

// verifyAnswer checks an answer to a challenge that was taken. It fails with
// CodeSignInFailed, or with CodeDeviceRevoked for whoever holds a revoked
// device's key.
func (a *API) verifyAnswer(ctx context.Context, req schema.SessionRequest, c store.Challenge) error {
	failed := schema.Errorf(schema.CodeSignInFailed, "")
	var statement schema.SignInStatement
	var err error
	if c.Device == nil {
		key := dummyKey
		credential, lookUp := a.store.Credential(ctx, c.User, c.Kind)
		switch {
		case lookUp == nil && !c.Fake:
			key = credential.LoginKey
		case lookUp != nil && !schema.HasCode(lookUp, schema.CodeNotFound):
			return lookUp
		}
		statement, err = cert.VerifyAnswer(req.Statement, req.Signature, key)
		if err != nil || req.Kind != c.Kind {
			return failed
		}
	} else {
		identity, lookUp := a.store.Identity(ctx, c.User)
		if schema.HasCode(lookUp, schema.CodeNotFound) {
			return failed
		}
		if lookUp != nil {
			return lookUp
		}
		certificate, parse := cert.Parse(identity.Certificate)
		if parse != nil {
			return &schema.Error{Code: schema.CodeInternal, Detail: "a stored certificate", Cause: parse}
		}
		device, ok := certificate.Device(*c.Device)
		if !ok || req.Kind != 0 {
			return failed
		}
		statement, err = cert.VerifyDeviceAnswer(device, req.Statement, req.Signature)
		if schema.HasCode(err, schema.CodeDeviceRevoked) {
			return err
		}
		if err != nil {
			return failed
		}
	}
	if statement.Nonce != c.Nonce || statement.User != c.User || statement.Origin != a.opts.Origin {
		return failed
	}
	return nil
}

// openSession makes a token that did not exist before.
func (a *API) openSession(ctx context.Context, user schema.UserID, device *schema.DeviceID) (any, error) {
	life := loginSessionLife
	if device != nil {
		life = schema.SessionLife
	}
	account, err := a.store.Account(ctx, user)
	if err != nil {
		return nil, err
	}
	token, hash := newToken()
	until := a.now().Add(life).Truncate(time.Millisecond)
	if err := a.store.CreateSession(ctx, hash, user, device, until); err != nil {
		return nil, err
	}
	answer := schema.Session{Token: token, User: user, Until: until.UnixMilli(), Admin: account.Admin}
	if device != nil {
		answer.Bound = *device
	}
	return answer, nil
}

// deleteSession signs out.
func (a *API) deleteSession(r *request) (any, error) {
	if err := a.store.DeleteSession(r.Context(), r.session.hash); err != nil {
		return nil, err
	}
	a.hub.EndSessions(live.SessionEnd{User: r.session.User, Session: r.session.hash})
	return nil, nil
}
