package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
)

// SignUpOptions are what a person gives to make an account.
type SignUpOptions struct {
	Handle     string // the sign-in handle, an email address
	Name       string // the display name, sent to nobody in clear
	Passphrase string
	// Invite, on a server whose registration is by invite, is an invite's URL.
	Invite string
}

// SignUp makes an account on the server: an identity, its first device, and the
// credential that unlocks it. The account key in the returned profile has to be
// shown to the user once, in the emergency kit. Nothing is kept locally by
// SignUp; the caller seals and stores the profile, then calls [Open].
func SignUp(ctx context.Context, o Options, s SignUpOptions) (*Profile, error) {
	o = o.withDefaults()
	r := remote{o.Transport, o.Origin}
	now := o.Clock.Now()
	user := schema.NewUserID()
	id, err := identity.New(user, now)
	if err != nil {
		return nil, fmt.Errorf("make identity: %w", err)
	}
	defer id.Wipe()
	device, err := id.AddDevice(now)
	if err != nil {
		return nil, fmt.Errorf("make device: %w", err)
	}
	defer device.Wipe()
	accountKey := login.NewAccountKey()
	defer accountKey.Wipe()
	credential, key, err := makeCredential(id, s.Passphrase, accountKey, user, 1)
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	req := schema.SignUpRequest{User: user, Handle: s.Handle, Credential: *credential, Certificate: id.Certificate().Bytes()}
	if s.Invite != "" {
		inv, err := parseInvite(s.Invite, o.Origin)
		if err != nil {
			return nil, err
		}
		p := inv.proof()
		req.Invite = &p
	}
	if err := r.do(ctx, "POST", "/v1/accounts", "", req, nil, maxSmall); err != nil {
		return nil, err
	}
	// Prove at once that the credential works, so that nobody keeps a kit that
	// opens nothing.
	c, err := r.challenge(ctx, schema.ChallengeRequest{Handle: s.Handle, Kind: schema.CredentialPassphrase})
	if err != nil {
		return nil, err
	}
	if c.User != user {
		return nil, schema.Errorf(schema.CodeSignInFailed, "the server answers for another account")
	}
	session, err := r.loginSession(ctx, c, schema.CredentialPassphrase, key)
	if err != nil {
		return nil, err
	}
	record, err := r.identity(ctx, session.Token, schema.CredentialPassphrase)
	if err != nil {
		return nil, err
	}
	if own := id.Certificate().Bytes(); record.User != user || !bytes.Equal(record.Certificate, own) {
		return nil, identityMisbehaviour(o, FoundOwnCertificateSwapped, record, nil, ProofItem{What: "own certificate", Bytes: own})
	}
	return newProfile(o, record, s.Name, accountKey, credential.Version, id, device)
}

// makeCredential derives login key and lock key and locks the identity.
func makeCredential(id *identity.Identity, passphrase string, k login.AccountKey, user schema.UserID, version uint32) (*schema.Credential, *login.LoginKey, error) {
	key, lock, err := login.Derive(passphrase, k, user, version, schema.DefaultKDF)
	if err != nil {
		return nil, nil, err
	}
	defer lock.Wipe()
	locked, err := id.Lock(lock, version)
	if err != nil {
		return nil, nil, fmt.Errorf("lock identity: %w", err)
	}
	return &schema.Credential{
		Kind: schema.CredentialPassphrase, Version: version, KDF: schema.DefaultKDF, LoginKey: key.Public(), Locked: locked,
	}, key, nil
}

func newProfile(o Options, record schema.IdentityRecord, name string, k login.AccountKey, version uint32, id *identity.Identity, d *identity.Device) (*Profile, error) {
	storeKey := make([]byte, 32)
	if _, err := rand.Read(storeKey); err != nil {
		return nil, fmt.Errorf("make store key: %w", err)
	}
	keys := id.Keys()
	defer keys.Wipe()
	return &Profile{
		Origin: o.Origin, Handle: record.Handle, Name: name, User: id.Certificate().User(),
		Device: d.Marshal(), Keys: keys.Marshal(), Certificate: id.Certificate().Bytes(),
		Revision: record.Revision, CredentialVersion: version, AccountKey: k.Text(), StoreKey: storeKey,
	}, nil
}

// unlocked is an identity that was unlocked for a moment, with the session of
// the login key that may replace it.
type unlocked struct {
	remote     remote
	token      string
	id         *identity.Identity
	record     schema.IdentityRecord
	accountKey login.AccountKey
	version    uint32
}

// wipe ends the moment: the primary key is in memory only while it is used.
func (u *unlocked) wipe() {
	u.id.Wipe()
	u.accountKey.Wipe()
}

// encryptionKeys are the identity's encryption subkeys as a profile holds them.
func (u *unlocked) encryptionKeys() []byte {
	keys := u.id.Keys()
	defer keys.Wipe()
	return keys.Marshal()
}

// unlock signs in with passphrase and account key and unlocks the identity. The
// account key becomes the result's: whoever gets it wipes both.
// known is what a device of this account has seen before, nil on a new one.
func unlock(ctx context.Context, o Options, handle, passphrase string, k login.AccountKey, known *Profile) (*unlocked, error) {
	u, err := unlockBy(ctx, o, handle, schema.CredentialPassphrase, known, func(c schema.Challenge) (*login.LoginKey, login.LockKey, error) {
		return login.Derive(passphrase, k, c.User, c.Version, c.KDF)
	})
	if u != nil {
		u.accountKey = k
	}
	return u, err
}

// unlockBy is unlock with a credential of any kind, from what derive makes of the
// server's challenge.
func unlockBy(ctx context.Context, o Options, handle string, kind schema.CredentialKind, known *Profile,
	derive func(schema.Challenge) (*login.LoginKey, login.LockKey, error),
) (*unlocked, error) {
	r := remote{o.Transport, o.Origin}
	c, err := r.challenge(ctx, schema.ChallengeRequest{Handle: handle, Kind: kind})
	if err != nil {
		return nil, err
	}
	if known != nil {
		if c.User != known.User {
			return nil, schema.Errorf(schema.CodeSignInFailed, "the server answers for another account")
		}
		if c.Version < known.CredentialVersion {
			return nil, &witnessed{schema.Errorf(schema.CodeVersionRolledBack, "credential %d, below %d", c.Version, known.CredentialVersion), Finding{
				Code: FoundOwnCredentialRolledBack, Facts: Facts{Seq: uint64(c.Version), Known: uint64(known.CredentialVersion)}, Proof: []ProofItem{proof("challenge", c)},
			}}
		}
	}
	key, lock, err := derive(c)
	if schema.HasCode(err, schema.CodeWeakParameters) {
		return nil, &witnessed{err, Finding{Code: FoundWeakParameters, Facts: Facts{}.causedBy(err), Proof: []ProofItem{proof("challenge", c)}}}
	}
	if err != nil {
		return nil, err
	}
	defer key.Wipe()
	defer lock.Wipe()
	session, err := r.loginSession(ctx, c, kind, key)
	if err != nil {
		return nil, err
	}
	record, err := r.identity(ctx, session.Token, kind)
	if err != nil {
		return nil, err
	}
	if record.Credential == nil || record.User != c.User ||
		record.Credential.Kind != kind || record.Credential.Version != c.Version {
		return nil, schema.Errorf(schema.CodeSignInFailed, "the server returned another identity")
	}
	id, err := identity.Unlock(record.Credential.Locked, lock, c.Version)
	if err != nil {
		return nil, err
	}
	sound := false
	defer func() {
		if !sound {
			id.Wipe()
		}
	}()
	if id.Certificate().User() != c.User {
		return nil, schema.Errorf(schema.CodeSignInFailed, "the identity is of another user")
	}
	// The published certificate may be newer than the locked one (devices are
	// added without relocking), and never contradicts it: certificates only grow.
	published, err := cert.Parse(record.Certificate)
	if err != nil {
		return nil, identityMisbehaviour(o, FoundOwnCertificateUnacceptable, record, err)
	}
	if err := id.MergeCertificate(published); err != nil {
		return nil, identityMisbehaviour(o, FoundOwnCertificateSwapped, record, err, ProofItem{What: "own certificate", Bytes: id.Certificate().Bytes()})
	}
	if known != nil {
		seen, err := cert.Parse(known.Certificate)
		if err != nil {
			return nil, err
		}
		if err := cert.Extends(seen, published); err != nil || record.Revision < known.Revision {
			return nil, certificateMisbehaviour(o, known, record, err)
		}
	}
	sound = true
	return &unlocked{remote: r, token: session.Token, id: id, record: record, version: c.Version}, nil
}

// publish replaces certificate and credentials on the server. A recovery credential
// that the change leaves behind is removed with it.
func (u *unlocked) publish(ctx context.Context, credentials ...schema.Credential) error {
	return u.replace(ctx, schema.IdentityUpdate{Credentials: credentials, RemoveRecovery: u.outdatesRecovery()})
}

// outdatesRecovery reports whether the identity has another encryption subkey than
// the published one: what a recovery phrase opens does not hold it, and whoever
// changes it does not have the phrase.
func (u *unlocked) outdatesRecovery() bool {
	published, err := cert.Parse(u.record.Certificate)
	return u.record.Recovery && (err != nil || published.Encryption().Fingerprint != u.id.Certificate().Encryption().Fingerprint)
}

// replace sends an update of the identity as it stands.
func (u *unlocked) replace(ctx context.Context, update schema.IdentityUpdate) error {
	update.Expect, update.Certificate = u.record.Revision, u.id.Certificate().Bytes()
	err := u.remote.replaceIdentity(ctx, u.token, update)
	if err == nil {
		u.record.Revision++
		u.record.Certificate = update.Certificate
		u.record.Recovery = u.record.Recovery && !update.RemoveRecovery
	}
	return err
}

// SignInOptions are what a person gives on a further device.
type SignInOptions struct {
	Handle     string
	Name       string // optional; the name known to the workspaces is used otherwise
	Passphrase string
	AccountKey string // as it stands in the emergency kit
	// Profile, when this device signed in before, keeps its device key: signing
	// in again then refreshes keys that another device replaced.
	Profile *Profile
}

// SignIn makes this device one of the account's devices. Wrong passphrase,
// unknown handle and wrong account key are the one CodeSignInFailed.
func SignIn(ctx context.Context, o Options, s SignInOptions) (*Profile, error) {
	o = o.withDefaults()
	k, err := login.ParseAccountKey(s.AccountKey)
	if err != nil {
		return nil, schema.Errorf(schema.CodeSignInFailed, "the account key is not of the expected form")
	}
	u, err := unlock(ctx, o, s.Handle, s.Passphrase, k, s.Profile)
	if err != nil {
		return nil, noteWithoutEngine(ctx, o, s.Profile, err)
	}
	defer u.wipe()
	if s.Profile != nil {
		device, err := s.Profile.device()
		if err != nil {
			return nil, err
		}
		defer device.Wipe()
		if d, ok := u.id.Certificate().Device(device.ID()); ok {
			if d.Revoked {
				return nil, schema.Errorf(schema.CodeDeviceRevoked, "device %s", d.ID)
			}
			p := *s.Profile
			p.Keys, p.Certificate = u.encryptionKeys(), u.id.Certificate().Bytes()
			p.Revision, p.CredentialVersion, p.AccountKey = u.record.Revision, u.version, k.Text()
			return &p, nil
		}
	}
	device, err := u.id.AddDevice(o.Clock.Now())
	if err != nil {
		return nil, fmt.Errorf("add device: %w", err)
	}
	defer device.Wipe()
	if err := u.publish(ctx); err != nil {
		return nil, err
	}
	return newProfile(o, u.record, s.Name, k, u.version, u.id, device)
}
