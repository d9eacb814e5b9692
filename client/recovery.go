package client

import (
	"bytes"
	"context"
	"fmt"

	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
)

// A recovery phrase is a second way into the account: it unlocks the identity by
// itself, without passphrase and account key. It is made on a device, by somebody
// who knows the passphrase, and the user's devices remember, signed and sealed in
// the personal workspace, which one they made: what the server shows is compared
// with that. Revoking a device replaces the encryption subkey, which the phrase's
// lock does not hold; it therefore removes the recovery credential, and the user
// makes another phrase.

// settingRecovery is the personal setting with the recovery that was made.
const settingRecovery = "account.recovery"

// madeRecovery is what the user's devices remember of a recovery credential.
type madeRecovery struct {
	Version uint32 `cbor:"1,keyasint"`
	At      int64  `cbor:"2,keyasint"` // Unix milliseconds
	// Encryption is the encryption subkey that was current: the phrase opens nothing
	// newer.
	Encryption schema.Fingerprint `cbor:"3,keyasint"`
}

// RecoveryState is whether the account can be recovered by a phrase.
type RecoveryState struct {
	// Enrolled tells that a device of the user made a phrase that opens the present
	// keys, and that the server shows one.
	Enrolled bool
	// MadeAt is when the last phrase was made, Unix milliseconds; 0 for never.
	MadeAt int64
	// Outdated tells that a device was revoked since, and the phrase with it.
	Outdated bool
	// Doubtful tells that the server shows another state than the user's devices
	// made: a phrase that is thought to help may not, or is not the user's.
	Doubtful bool
}

// Recovery compares what the server shows with what the user's devices made. Without
// the server it is what they made.
func (e *Engine) Recovery(ctx context.Context) (RecoveryState, error) {
	made, ok, err := e.madeRecovery()
	if err != nil {
		return RecoveryState{}, err
	}
	own, err := e.certificate()
	if err != nil {
		return RecoveryState{}, err
	}
	current := made.Encryption == own.Encryption().Fingerprint
	out := RecoveryState{Enrolled: ok && current, MadeAt: made.At, Outdated: ok && !current}
	var record schema.IdentityRecord
	err = e.call(ctx, "GET", "/v1/identity", nil, &record, maxSmall)
	if schema.HasCode(err, schema.CodeOffline) {
		return out, nil
	}
	if err != nil {
		return RecoveryState{}, err
	}
	if record.Recovery != out.Enrolled || out.Enrolled && record.RecoveryVersion != made.Version {
		out.Enrolled, out.Doubtful = false, true
	}
	return out, nil
}

func (e *Engine) madeRecovery() (made madeRecovery, ok bool, err error) {
	value, ok := e.Setting(settingRecovery)
	if !ok {
		return made, false, nil
	}
	return made, true, schema.Unmarshal(value, &made)
}

// CreateRecovery makes a recovery phrase, which is returned and kept nowhere, and
// replaces the one that there was. Before it returns, the phrase's keys have opened
// the identity as the server keeps it.
func (e *Engine) CreateRecovery(ctx context.Context, passphrase string) (phrase string, err error) {
	u, err := e.unlockOwn(ctx, passphrase)
	if err != nil {
		return "", err
	}
	defer u.wipe()
	last, _, err := e.madeRecovery()
	if err != nil {
		return "", err
	}
	fresh := login.NewRecoveryPhrase()
	defer fresh.Wipe()
	version := max(u.record.RecoveryVersion, last.Version) + 1
	key, lock, err := login.DeriveRecovery(fresh, e.User(), version, schema.DefaultKDF)
	if err != nil {
		return "", err
	}
	defer key.Wipe()
	defer lock.Wipe()
	locked, err := u.id.Lock(lock, version)
	if err != nil {
		return "", fmt.Errorf("lock identity: %w", err)
	}
	c := schema.Credential{Kind: schema.CredentialRecovery, Version: version, KDF: schema.DefaultKDF, LoginKey: key.Public(), Locked: locked}
	if err := u.replace(ctx, schema.IdentityUpdate{Credentials: []schema.Credential{c}}); err != nil {
		return "", err
	}
	if err := e.published(ctx, u); err != nil {
		return "", err
	}
	if err := e.tryRecovery(ctx, c, key, lock); err != nil {
		return "", err
	}
	return fresh.Text(), e.SetSetting(ctx, settingRecovery, schema.MustMarshal(madeRecovery{
		Version: version, At: e.opt.Clock.Now().UnixMilli(), Encryption: u.id.Certificate().Encryption().Fingerprint,
	}))
}

// tryRecovery signs in with a recovery credential that was just made and unlocks
// what the server keeps of it.
func (e *Engine) tryRecovery(ctx context.Context, made schema.Credential, key *login.LoginKey, lock login.LockKey) error {
	known := e.Profile()
	u, err := unlockBy(ctx, e.opt, known.Handle, schema.CredentialRecovery, nil, func(c schema.Challenge) (*login.LoginKey, login.LockKey, error) {
		if c.User != known.User || c.Version != made.Version || c.KDF != made.KDF {
			return nil, login.LockKey{}, schema.Errorf(schema.CodeSignInFailed, "the server keeps another recovery credential than was made")
		}
		return key, lock, nil
	})
	if err != nil {
		return e.witness(ctx, err)
	}
	defer u.wipe()
	if !bytes.Equal(u.record.Credential.Locked, made.Locked) {
		return schema.Errorf(schema.CodeSignInFailed, "the server keeps another locked identity than was made")
	}
	return nil
}

// RemoveRecovery makes the recovery phrase useless.
func (e *Engine) RemoveRecovery(ctx context.Context, passphrase string) error {
	u, err := e.unlockOwn(ctx, passphrase)
	if err != nil {
		return err
	}
	defer u.wipe()
	if u.record.Recovery {
		if err := u.replace(ctx, schema.IdentityUpdate{RemoveRecovery: true}); err != nil {
			return err
		}
		if err := e.published(ctx, u); err != nil {
			return err
		}
	}
	return e.SetSetting(ctx, settingRecovery, nil)
}

// unlockOwn unlocks the identity of this device's account.
func (e *Engine) unlockOwn(ctx context.Context, passphrase string) (*unlocked, error) {
	known := e.Profile()
	k, err := login.ParseAccountKey(known.AccountKey)
	if err != nil {
		return nil, err
	}
	return e.unlock(ctx, passphrase, k, &known)
}

// published keeps in the profile what was published of the identity beside its
// passphrase.
func (e *Engine) published(ctx context.Context, u *unlocked) error {
	p := e.Profile()
	if u.record.Revision <= p.Revision {
		return nil
	}
	p.Revision, p.Certificate = u.record.Revision, u.record.Certificate
	return e.setProfile(ctx, p)
}

// RecoverOptions are what a person gives who has the recovery phrase alone.
type RecoverOptions struct {
	Handle     string
	Name       string // optional; the name known to the workspaces is used otherwise
	Phrase     string // as it was printed
	Passphrase string // the new one
}

// Recover opens an account by its recovery phrase: it makes a new account key, a
// new passphrase credential and a device. The account key in the returned profile
// has to be shown to the user, as after [SignUp]. Devices of the account go on, and
// so does the phrase; what was lost is to be revoked, see [Engine.RevokeDevice]. A
// wrong phrase and an account without one are CodeSignInFailed, a text that is no
// phrase CodeBadRequest.
func Recover(ctx context.Context, o Options, r RecoverOptions) (*Profile, error) {
	o = o.withDefaults()
	phrase, err := login.ParseRecoveryPhrase(r.Phrase)
	if err != nil {
		return nil, err
	}
	defer phrase.Wipe()
	u, err := unlockBy(ctx, o, r.Handle, schema.CredentialRecovery, nil, func(c schema.Challenge) (*login.LoginKey, login.LockKey, error) {
		return login.DeriveRecovery(phrase, c.User, c.Version, c.KDF)
	})
	if err != nil {
		return nil, err
	}
	defer u.wipe()
	present, err := u.remote.identity(ctx, u.token, schema.CredentialPassphrase)
	if err != nil {
		return nil, err
	}
	if present.User != u.record.User || present.Credential == nil || present.Credential.Kind != schema.CredentialPassphrase {
		return nil, schema.Errorf(schema.CodeSignInFailed, "the server returned another identity")
	}
	device, err := u.id.AddDevice(o.Clock.Now())
	if err != nil {
		return nil, fmt.Errorf("add device: %w", err)
	}
	defer device.Wipe()
	u.accountKey = login.NewAccountKey() // which wipe wipes
	version := present.Credential.Version + 1
	credential, key, err := makeCredential(u.id, r.Passphrase, u.accountKey, u.record.User, version)
	if err != nil {
		return nil, err
	}
	key.Wipe() // the server has the public half
	if err := u.publish(ctx, *credential); err != nil {
		return nil, err
	}
	return newProfile(o, u.record, r.Name, u.accountKey, version, u.id, device)
}
