package api

import (
	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/live"
)

// getIdentity answers the account's own identity. The credential is for the
// login key's session only: a device has no use for the locked keys. The query
// kind=2 asks for the recovery credential.
func (a *API) getIdentity(r *request) (any, error) {
	out, err := a.identityRecord(r)
	if err != nil || r.session.bound() {
		return out, err
	}
	kind := schema.CredentialPassphrase
	switch r.URL.Query().Get("kind") {
	case "", "1":
	case "2":
		kind = schema.CredentialRecovery
	default:
		return nil, schema.Errorf(schema.CodeBadRequest, "unknown kind of credential")
	}
	credential, err := a.store.Credential(r.Context(), r.session.User, kind)
	if err != nil {
		return nil, err
	}
	out.Credential = &credential
	return out, nil
}

// identityRecord is the record without a credential.
func (a *API) identityRecord(r *request) (schema.IdentityRecord, error) {
	identity, err := a.store.Identity(r.Context(), r.session.User)
	if err != nil {
		return schema.IdentityRecord{}, err
	}
	version, present, err := a.store.RecoveryVersion(r.Context(), r.session.User)
	return schema.IdentityRecord{
		User: r.session.User, Handle: identity.Handle, Certificate: identity.Certificate, Revision: identity.Revision,
		Recovery: present, RecoveryVersion: version,
	}, err
}

// putIdentity replaces certificate and credentials. The certificate only grows,
// the sessions of devices that it revokes end at once, and so do, when a
// credential changes, those of whoever signed in with the old ones.
func (a *API) putIdentity(r *request) (any, error) {
	if err := tooFast(a.limits.identities, string(r.session.User[:])); err != nil {
		return nil, err
	}
	u, err := decode[schema.IdentityUpdate](r)
	if err != nil {
		return nil, err
	}
	kinds := make(map[schema.CredentialKind]bool)
	for _, c := range u.Credentials {
		if err := checkCredential(c); err != nil {
			return nil, err
		}
		if kinds[c.Kind] {
			return nil, schema.Errorf(schema.CodeBadRequest, "two credentials of one kind")
		}
		kinds[c.Kind] = true
	}
	if u.RemoveRecovery && kinds[schema.CredentialRecovery] {
		return nil, schema.Errorf(schema.CodeBadRequest, "a recovery credential is given and removed")
	}
	identity, err := a.identityRecord(r)
	if err != nil {
		return nil, err
	}
	before, err := cert.Parse(identity.Certificate)
	if err != nil {
		return nil, &schema.Error{Code: schema.CodeInternal, Detail: "a stored certificate", Cause: err}
	}
	after, err := cert.Parse(u.Certificate)
	if err != nil {
		return nil, err
	}
	if after.User() != r.session.User || after.Fingerprint() != before.Fingerprint() {
		return nil, schema.Errorf(schema.CodeBadCertificate, "a certificate of another identity")
	}
	if err := cert.Extends(before, after); err != nil {
		// A key that is missing is a bad certificate here, whatever it is to a client.
		return nil, &schema.Error{Code: schema.CodeBadCertificate, Detail: "the certificate lacks what the stored one holds", Cause: err}
	}
	var revoked []schema.DeviceID
	for _, d := range after.Devices() {
		if was, known := before.Device(d.ID); d.Revoked && (!known || !was.Revoked) {
			revoked = append(revoked, d.ID)
		}
	}
	// The revision ties what was read above to what is replaced.
	if u.Expect != identity.Revision {
		return nil, schema.Errorf(schema.CodeConflict, "the identity is at revision %d", identity.Revision)
	}
	if err := a.store.ReplaceIdentity(r.Context(), r.session.User, u, revoked, r.session.hash); err != nil {
		return nil, err
	}
	for _, d := range revoked {
		a.hub.EndSessions(live.SessionEnd{User: r.session.User, Device: d})
	}
	if len(u.Credentials) > 0 || u.RemoveRecovery {
		a.hub.EndSessions(live.SessionEnd{User: r.session.User, Logins: true})
	}
	identity.Certificate, identity.Revision = u.Certificate, u.Expect+1
	for _, c := range u.Credentials {
		if c.Kind == schema.CredentialRecovery {
			identity.Recovery, identity.RecoveryVersion = true, c.Version
		}
	}
	if u.RemoveRecovery {
		identity.Recovery = false
	}
	return identity, nil
}

// getUser answers a user's certificate, to devices that know the user's id.
func (a *API) getUser(r *request) (any, error) {
	if err := tooFast(a.limits.lookups, string(r.session.User[:])); err != nil {
		return nil, err
	}
	var user schema.UserID
	if err := pathID(r, "user", &user); err != nil {
		return nil, err
	}
	identity, err := a.store.Identity(r.Context(), user)
	if err != nil {
		return nil, hidden(err)
	}
	return schema.DirectoryEntry{User: user, Certificate: identity.Certificate}, nil
}

// getUserByHandle answers the certificate of a handle.
func (a *API) getUserByHandle(r *request) (any, error) {
	if err := tooFast(a.limits.lookups, string(r.session.User[:])); err != nil {
		return nil, err
	}
	handle := r.URL.Query().Get("handle")
	if err := checkHandle(handle); err != nil {
		return nil, err
	}
	account, err := a.store.AccountByHandle(r.Context(), handle)
	if err != nil {
		return nil, hidden(err)
	}
	identity, err := a.store.Identity(r.Context(), account.User)
	if err != nil {
		return nil, hidden(err)
	}
	return schema.DirectoryEntry{User: account.User, Handle: account.Handle, Certificate: identity.Certificate}, nil
}

// hidden makes every "not found" the same.
func hidden(err error) error {
	if schema.HasCode(err, schema.CodeNotFound) {
		return errNotFound()
	}
	return err
}
