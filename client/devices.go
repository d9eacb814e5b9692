package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/login"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// DeviceInfo is one of the account's devices.
type DeviceInfo struct {
	ID      schema.DeviceID
	Created time.Time
	Revoked bool
	Current bool // this device
}

// Devices lists the account's devices as far as this device knows them.
func (e *Engine) Devices() ([]DeviceInfo, error) {
	c, err := e.certificate()
	if err != nil {
		return nil, err
	}
	var out []DeviceInfo
	for _, d := range c.Devices() {
		out = append(out, DeviceInfo{ID: d.ID, Created: d.Created, Revoked: d.Revoked, Current: d.ID == e.Device()})
	}
	return out, nil
}

// RefreshDevices asks the server for the newest certificate of the account before
// it lists the devices. Without the server it lists those that are known.
func (e *Engine) RefreshDevices(ctx context.Context) ([]DeviceInfo, error) {
	if err := e.refreshCertificate(ctx); err != nil && !schema.HasCode(err, schema.CodeOffline) {
		return nil, err
	}
	return e.Devices()
}

// RevokeDevice revokes another device of this account for good. It replaces the
// encryption subkey and the account key, ends the device's sessions, and gives
// every circle of the account new keys. The new account key is returned and has
// to be shown to the user, also beside an error: the server has taken it then. The
// remaining devices sign in again with it.
//
// When it fails half-way, the next [Engine.Sync] finishes it. Where the server's
// answer was lost, no key is returned; if it was taken after all, that is a notice
// (FoundIdentityChangeWasMade), and the key is in [Engine.Profile] from then on.
func (e *Engine) RevokeDevice(ctx context.Context, passphrase string, device schema.DeviceID) (accountKey string, err error) {
	if device == e.Device() {
		return "", schema.Errorf(schema.CodeBadRequest, "a device cannot revoke itself; use another one")
	}
	known := e.Profile()
	k, err := login.ParseAccountKey(known.AccountKey)
	if err != nil {
		return "", err
	}
	u, err := e.unlock(ctx, passphrase, k, &known)
	if err != nil {
		return "", err
	}
	defer u.wipe()
	d, ok := u.id.Certificate().Device(device)
	if !ok {
		return "", schema.Errorf(schema.CodeNotFound, "device %s", device)
	}
	if d.Revoked {
		return "", schema.Errorf(schema.CodeBadRequest, "device %s is revoked already", device)
	}
	now := e.opt.Clock.Now()
	if err := u.id.RevokeDevice(device, now); err != nil {
		return "", fmt.Errorf("revoke device: %w", err)
	}
	if err := u.id.ReplaceEncryption(now); err != nil {
		return "", fmt.Errorf("replace encryption key: %w", err)
	}
	fresh := login.NewAccountKey()
	defer fresh.Wipe()
	taken, err := e.relock(ctx, u, passphrase, fresh)
	if !taken {
		return "", err
	}
	if err == nil {
		err = e.publishCertificates(ctx)
	}
	return fresh.Text(), err
}

// ChangePassphrase replaces the passphrase; account key and devices stay.
func (e *Engine) ChangePassphrase(ctx context.Context, old, new string) error {
	known := e.Profile()
	k, err := login.ParseAccountKey(known.AccountKey)
	if err != nil {
		return err
	}
	u, err := e.unlock(ctx, old, k, &known)
	if err != nil {
		return err
	}
	defer u.wipe()
	_, err = e.relock(ctx, u, new, u.accountKey)
	return err
}

// relock locks the identity anew, publishes it, and keeps the result in the
// profile. It reports whether the server has said that it took it.
func (e *Engine) relock(ctx context.Context, u *unlocked, passphrase string, k login.AccountKey) (taken bool, err error) {
	version := u.version + 1
	credential, key, err := makeCredential(u.id, passphrase, k, e.User(), version)
	if err != nil {
		return false, err
	}
	key.Wipe() // the server has the public half
	next := e.Profile()
	next.Keys, next.Certificate = u.encryptionKeys(), u.id.Certificate().Bytes()
	next.Revision, next.CredentialVersion, next.AccountKey = u.record.Revision+1, version, k.Text()
	next.Pending = nil
	// The new keys must outlive a lost answer: nobody else has them.
	p := e.Profile()
	if p.Pending, err = schema.Marshal(next); err != nil {
		return false, err
	}
	if err := e.setProfile(ctx, p); err != nil {
		return false, err
	}
	if err := u.publish(ctx, *credential); err != nil {
		return false, err
	}
	return true, e.setProfile(ctx, next)
}

// settlePending takes over a change of the identity whose answer was lost, if
// the server shows that it was made.
func (e *Engine) settlePending(ctx context.Context, record schema.IdentityRecord) error {
	p := e.Profile()
	if len(p.Pending) == 0 || record.Revision <= p.Revision {
		return nil
	}
	var next Profile
	if err := schema.Unmarshal(p.Pending, &next); err != nil {
		return err
	}
	if record.Revision < next.Revision || !shows(record, p, next) {
		return nil // perhaps it was made all the same: see [Engine.unlockPending]
	}
	if err := e.setProfile(ctx, next); err != nil {
		return err
	}
	e.notice(ctx, FoundIdentityChangeWasMade)
	return nil
}

// shows reports whether a record can only be there because a change of the
// identity was made: it has what the change adds to the certificate, or is the
// very record that the change leads to.
func shows(record schema.IdentityRecord, before, next Profile) bool {
	if record.Revision == next.Revision && bytes.Equal(record.Certificate, next.Certificate) {
		return true
	}
	if bytes.Equal(before.Certificate, next.Certificate) {
		return false
	}
	added, err := cert.Parse(next.Certificate)
	if err != nil {
		return false
	}
	published, err := cert.Parse(record.Certificate)
	return err == nil && cert.Extends(added, published) == nil
}

// unlockPending unlocks the identity as a change left it whose answer was lost,
// and which the certificate does not show.
func (e *Engine) unlockPending(ctx context.Context, passphrase string) (*unlocked, error) {
	p := e.Profile()
	if len(p.Pending) == 0 {
		return nil, schema.Errorf(schema.CodeSignInFailed, "no change is pending")
	}
	var next Profile
	if err := schema.Unmarshal(p.Pending, &next); err != nil {
		return nil, err
	}
	k, err := login.ParseAccountKey(next.AccountKey)
	if err != nil {
		return nil, err
	}
	u, err := unlock(ctx, e.opt, next.Handle, passphrase, k, &next)
	if err != nil {
		return nil, err
	}
	if err := e.setProfile(ctx, next); err != nil {
		u.wipe()
		return nil, err
	}
	e.notice(ctx, FoundIdentityChangeWasMade)
	return u, nil
}

// refreshCertificate takes over what the account's other devices did to the
// certificate: it only grows, and this device must still be in it.
func (e *Engine) refreshCertificate(ctx context.Context) error {
	// What was known before asking: this device may go on meanwhile.
	before := e.Profile()
	var record schema.IdentityRecord
	if err := e.call(ctx, "GET", "/v1/identity", nil, &record, maxSmall); err != nil {
		return err
	}
	if err := e.settlePending(ctx, record); err != nil {
		return err
	}
	known, err := cert.Parse(before.Certificate)
	if err != nil {
		return err
	}
	published, err := cert.Parse(record.Certificate)
	if err == nil {
		err = cert.Extends(known, published)
	}
	if err == nil && record.Revision < before.Revision {
		err = schema.Errorf(schema.CodeBadCertificate, "revision %d, below %d", record.Revision, before.Revision)
	}
	p := e.Profile()
	if err != nil {
		return e.witness(ctx, certificateMisbehaviour(e.opt, &before, record, err))
	}
	if d, ok := published.Device(e.Device()); !ok || d.Revoked {
		return schema.Errorf(schema.CodeDeviceRevoked, "device %s", e.Device())
	}
	if record.Revision <= p.Revision {
		return nil
	}
	p.Certificate, p.Revision = published.Bytes(), record.Revision
	return e.setProfile(ctx, p)
}

// publishCertificates makes every workspace's roster hold this account's newest
// certificate; where that revokes a device, the circles get new keys in the same
// step.
func (e *Engine) publishCertificates(ctx context.Context) error {
	var failed error
	for _, w := range e.allWorkspaces() {
		if w.Removed() || w.Offered() {
			continue // an offer is told nothing; whoever accepts it publishes
		}
		unlock, err := w.lock(ctx)
		if err != nil {
			return err
		}
		err = w.publishCertificate(ctx)
		unlock()
		// One workspace that stands still keeps the device in no other.
		if err != nil && !schema.HasCode(err, schema.CodeRemoved) {
			failed = errors.Join(failed, fmt.Errorf("publish the certificate in %s: %w", w.ID(), err))
		}
	}
	return failed
}

// publishCertificate is called with op held and the roster synchronised.
func (w *Workspace) publishCertificate(ctx context.Context) error {
	mine, err := w.e.certificate()
	if err != nil {
		return err
	}
	rostered, ok := w.roster.Certificate(w.e.User())
	if !ok {
		return nil
	}
	// The roster may know more than the directory shows: then the directory was
	// rolled back, and what the roster has stands.
	merged, err := cert.Merge(rostered, mine)
	if err != nil {
		return w.caught(ctx, FoundOwnRosteredCertificateDiffers, schema.StreamID{}, Facts{User: w.e.User()}.causedBy(err),
			ProofItem{What: "rostered certificate", Bytes: rostered.Bytes()}, ProofItem{What: "own certificate", Bytes: mine.Bytes()})
	}
	if string(merged.Bytes()) == string(rostered.Bytes()) {
		return nil
	}
	if roster.Rekeys(rostered, merged) && !w.e.decryptionKeys().Holds(merged.Encryption().Fingerprint) {
		return schema.Errorf(schema.CodeKeysReplaced, "workspace %s", w.id)
	}
	return w.change(ctx, func(c *change) error {
		before, _ := c.next.Certificate(w.e.User())
		merged, err := cert.Merge(before, mine)
		if err != nil {
			return err
		}
		if string(merged.Bytes()) == string(before.Bytes()) {
			return nil // another device of this account was faster
		}
		var circles []schema.CircleID
		if roster.Rekeys(before, merged) {
			circles = c.next.CirclesOf(w.e.User())
		}
		cuts, err := c.takeCuts(ctx, circles)
		if err != nil {
			return err
		}
		if err := c.add(schema.RosterCertificate, schema.CertificateBody{Certificate: merged.Bytes(), Cuts: cuts}); err != nil {
			return err
		}
		return c.settle()
	})
}

// ExportKey returns the identity as armored OpenPGP: its certificate, or, with
// the passphrase, its private keys without protection.
func (e *Engine) ExportKey(ctx context.Context, passphrase string, private bool) ([]byte, error) {
	known := e.Profile()
	if !private {
		return identity.ArmorCertificate(known.Certificate)
	}
	k, err := login.ParseAccountKey(known.AccountKey)
	if err != nil {
		return nil, err
	}
	u, err := e.unlock(ctx, passphrase, k, &known)
	if err != nil {
		return nil, err
	}
	defer u.wipe()
	return u.id.Export()
}

// Fingerprint is the identity's primary fingerprint.
func (e *Engine) Fingerprint() (schema.Fingerprint, error) {
	c, err := e.certificate()
	if err != nil {
		return schema.Fingerprint{}, err
	}
	return c.Fingerprint(), nil
}
