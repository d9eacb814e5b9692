package api

import (
	"context"

	"github.com/cenacle-team/cenacle/schema"
)

func settingsMethods() []Method {
	return []Method{
		method("settings.get", (*API).settings),
		method("settings.set", (*API).setSetting),
		method("settings.setStrict", (*API).setStrict),
	}
}

// Settings are what the user chose, on all devices. Values belongs to the pages:
// keys and values are theirs.
type Settings struct {
	Values map[string]string `json:"values"`
	// Strict asks that nothing is encrypted to keys that were not verified.
	Strict bool `json:"strict"`
}

func (a *API) settings(_ context.Context, _ Empty) (Settings, error) {
	e, err := a.engine()
	if err != nil {
		return Settings{}, err
	}
	out := Settings{Values: map[string]string{}, Strict: e.Strict()}
	for _, key := range settingKeys {
		if v, ok := e.Setting(settingPrefix + key); ok {
			out.Values[key] = string(v)
		}
	}
	return out, nil
}

// settingPrefix keeps the settings of pages apart from the engine's.
const settingPrefix = "ui."

// settingKeys are the settings that pages know. Append-only.
var settingKeys = []string{"language", "theme", "density", "notifications", "sounds", "kit-kept", "enter-sends", "muted"}

// SetSettingParams choose a setting; "" goes back to the default.
type SetSettingParams struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

func (a *API) setSetting(ctx context.Context, p SetSettingParams) (Empty, error) {
	e, err := a.engine()
	if err != nil {
		return Empty{}, err
	}
	for _, key := range settingKeys {
		if key == p.Key {
			err := e.SetSetting(ctx, settingPrefix+key, []byte(p.Value))
			a.changes.tell(Change{Kind: ChangeSettings})
			return Empty{}, err
		}
	}
	return Empty{}, schema.Errorf(schema.CodeBadRequest, "there is no such setting")
}

// StrictParams choose whether anything may be encrypted to keys that were not
// verified.
type StrictParams struct {
	On bool `json:"on"`
}

func (a *API) setStrict(ctx context.Context, p StrictParams) (Empty, error) {
	e, err := a.engine()
	if err == nil {
		err = e.SetStrict(ctx, p.On)
	}
	a.changes.tell(Change{Kind: ChangeSettings})
	return Empty{}, err
}
