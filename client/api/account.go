package api

import (
	"context"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

func accountMethods() []Method {
	return []Method{
		method("account.kit", (*API).kit),
		method("account.changePassphrase", (*API).changePassphrase),
		method("account.setName", (*API).setName),
		method("account.devices", (*API).devices),
		method("account.revokeDevice", (*API).revokeDevice),
		method("account.exportKey", (*API).exportKey),
	}
}

// kit shows the emergency kit again. The passphrase is asked for, so that nobody
// who finds the device open carries it away.
func (a *API) kit(ctx context.Context, p PassphraseParams) (Kit, error) {
	e, err := a.engine()
	if err != nil {
		return Kit{}, err
	}
	if _, err := a.world.Home.Unlock(ctx, p.Passphrase); err != nil {
		return Kit{}, err
	}
	profile := e.Profile()
	return Kit{Origin: profile.Origin, Handle: profile.Handle, AccountKey: profile.AccountKey}, nil
}

// ChangePassphraseParams replace the passphrase.
type ChangePassphraseParams struct {
	Old string `json:"old"`
	New string `json:"new"`
}

func (a *API) changePassphrase(ctx context.Context, p ChangePassphraseParams) (Empty, error) {
	e, err := a.engine()
	if err != nil {
		return Empty{}, err
	}
	return Empty{}, a.world.Home.Change(ctx, p.New, func() error { return e.ChangePassphrase(ctx, p.Old, p.New) })
}

// setName changes the user's display name everywhere.
func (a *API) setName(ctx context.Context, p NameParams) (Empty, error) {
	e, err := a.engine()
	if err == nil {
		err = e.SetName(ctx, p.Name)
	}
	a.changes.tell(Change{Kind: ChangeSession}, Change{Kind: ChangePeople})
	return Empty{}, err
}

// Device is one of the user's devices.
type Device struct {
	ID      schema.DeviceID `json:"id"`
	Created int64           `json:"created"`
	Revoked bool            `json:"revoked"`
	Current bool            `json:"current"` // this one
}

// DeviceList is the user's devices.
type DeviceList struct {
	Devices []Device `json:"devices"`
}

func (a *API) devices(ctx context.Context, _ Empty) (DeviceList, error) {
	out := DeviceList{Devices: []Device{}}
	e, err := a.engine()
	if err != nil {
		return out, err
	}
	found, err := e.RefreshDevices(ctx)
	for _, d := range found {
		out.Devices = append(out.Devices, deviceOf(d))
	}
	return out, err
}

func deviceOf(d client.DeviceInfo) Device {
	return Device{ID: d.ID, Created: d.Created.UnixMilli(), Revoked: d.Revoked, Current: d.Current}
}

// RevokeDeviceParams lock a device out for good.
type RevokeDeviceParams struct {
	Device     schema.DeviceID `json:"device"`
	Passphrase string          `json:"passphrase"`
}

// revokeDevice answers with the new kit: the old one opens nothing any more, and a
// recovery phrase neither, which account.recovery then tells.
func (a *API) revokeDevice(ctx context.Context, p RevokeDeviceParams) (Kit, error) {
	e, err := a.engine()
	if err != nil {
		return Kit{}, err
	}
	key, err := e.RevokeDevice(ctx, p.Passphrase, p.Device)
	if key == "" {
		return Kit{}, err
	}
	// The server has taken the change: the key must be told whatever failed after it,
	// and what failed is done again by the next sync.
	if err != nil {
		a.world.Logger.Warn("a revocation was not finished", "error", err)
	}
	profile := e.Profile()
	return Kit{Origin: profile.Origin, Handle: profile.Handle, AccountKey: key}, nil
}

// ExportKeyParams ask for the user's OpenPGP key.
type ExportKeyParams struct {
	Private bool `json:"private"`
	// Passphrase is needed for the private half only.
	Passphrase string `json:"passphrase"`
}

// ExportedKey is an OpenPGP key, ASCII armored (RFC 9580 section 6.2).
type ExportedKey struct {
	Armored     string             `json:"armored"`
	Fingerprint schema.Fingerprint `json:"fingerprint"`
}

func (a *API) exportKey(ctx context.Context, p ExportKeyParams) (ExportedKey, error) {
	e, err := a.engine()
	if err != nil {
		return ExportedKey{}, err
	}
	fingerprint, err := e.Fingerprint()
	if err != nil {
		return ExportedKey{}, err
	}
	armored, err := e.ExportKey(ctx, p.Passphrase, p.Private)
	return ExportedKey{Armored: string(armored), Fingerprint: fingerprint}, err
}
