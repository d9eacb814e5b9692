package api

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
	"slices"
)

// Method is one call.
type Method struct {
	Name   string
	Params reflect.Type
	Answer reflect.Type
	run    func(ctx context.Context, a *API, params []byte) (any, error)
}

// method describes a call that is served by fn. Unknown parameters are refused, so
// that a misspelt one is not ignored.
func method[P, R any](name string, fn func(*API, context.Context, P) (R, error)) Method {
	return Method{
		Name: name, Params: reflect.TypeFor[P](), Answer: reflect.TypeFor[R](),
		run: func(ctx context.Context, a *API, params []byte) (any, error) {
			var p P
			d := json.NewDecoder(bytes.NewReader(params))
			d.DisallowUnknownFields()
			if err := d.Decode(&p); err != nil {
				return nil, badRequest(err)
			}
			if d.More() {
				return nil, badRequest(nil)
			}
			return fn(a, ctx, p)
		},
	}
}

// Methods lists every call, area by area.
func Methods() []Method {
	return slices.Concat(
		sessionMethods(), accountMethods(), recoveryMethods(), workspaceMethods(), channelMethods(), messageMethods(), writingMethods(),
		peopleMethods(), inviteMethods(), searchMethods(), settingsMethods(), serverMethods(), securityMethods(), adminMethods(), inboxMethods(),
	)
}
