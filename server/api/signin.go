package api

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"math/bits"
	"time"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/limit"
	"github.com/cenacle-team/cenacle/server/live"
	"github.com/cenacle-team/cenacle/server/store"
)

// postChallenge answers alike, with the same work, whether the account, the
// credential or the device exists or not.
func (a *API) postChallenge(r *request) (any, error) {
	if err := tooFast(a.limits.challenges, limit.AddressKey(r.address)); err != nil {
		return nil, err
	}
	// Each challenge is a commit of the database.
	if err := tooFast(a.limits.signIns, "challenges"); err != nil {
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
	c.User, answer.Version = a.pretendAccount(handle, c.Kind)
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

// pretendAccount is the user id of a handle that does not exist, and the version
// of a credential that does not: the same at every time and on every node, and not
// to be told from real ones. Versions above 1 are as rare as people who change
// their passphrase.
func (a *API) pretendAccount(handle string, kind schema.CredentialKind) (u schema.UserID, version uint32) {
	mac := hmac.New(sha256.New, a.pretend)
	mac.Write([]byte(store.Handle(handle)))
	copy(u[:], mac.Sum(nil))
	mac.Write([]byte{0, byte(kind)})
	return u, 1 + uint32(bits.TrailingZeros8(mac.Sum(nil)[0])/2)
}

// newDummyKey makes the key that verifies answers for which there is none: a point
// of the curve like any other, so that it takes as long. Nobody has its private
// half.
func newDummyKey() (ed25519.PublicKey, error) {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	return public, err
}

// failureTime is how long a wrong answer to a challenge takes at least. What is
// looked up and verified depends on what exists, and takes less: the largest
// certificate a quarter of it.
const failureTime = 100 * time.Millisecond

// settle waits until a failure has taken failureTime.
func settle(ctx context.Context, began time.Time) {
	timer := time.NewTimer(time.Until(began.Add(failureTime)))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// postSession opens a session for the right answer to a challenge. Everything
// that is wrong is the one CodeSignInFailed.
func (a *API) postSession(r *request) (any, error) {
	began := time.Now()
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
			settle(r.Context(), began)
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
		key := a.dummyKey
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
		revoked := device.Revoked
		// That it was revoked is for whoever holds its key.
		device.Revoked = false
		statement, err = cert.VerifyDeviceAnswer(device, req.Statement, req.Signature)
		if err != nil {
			return failed
		}
		if revoked {
			return schema.Errorf(schema.CodeDeviceRevoked, "answer of a revoked device")
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
