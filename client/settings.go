package client

import (
	"context"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/personal"
)

// Setting returns a setting that the user chose, on this device or another. See
// [personal.SettingBody] for the form of keys.
func (e *Engine) Setting(key string) (value []byte, ok bool) {
	e.withPersonal(func(s *personal.State) {
		if !ok {
			value, ok = s.Setting(key)
		}
	})
	return value, ok
}

// SetSetting keeps a setting on all devices of the user; an empty value removes
// it.
func (e *Engine) SetSetting(ctx context.Context, key string, value []byte) error {
	body := personal.SettingBody{Key: key, Value: value}
	if err := body.Check(); err != nil {
		return err
	}
	if was, _ := e.Setting(key); string(was) == string(value) {
		return nil
	}
	return e.writePersonal(ctx, schema.KindSetting, body)
}

// Strict reports whether nothing may be encrypted to keys that were not verified.
func (e *Engine) Strict() bool { return e.strict() }
