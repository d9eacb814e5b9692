package api

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// Failure is why a call did not succeed. What a person reads is the sentence of
// the code in the person's language; Detail is for an expert who asks for it, and
// holds no content and no secret.
type Failure struct {
	Code    schema.Code       `json:"code"`
	Message map[string]string `json:"message"` // by language: en, fr
	Detail  string            `json:"detail"`
	// RetryAfter, when not 0, is how long to wait, in milliseconds.
	RetryAfter int64 `json:"retryAfter"`
	// Misbehaved tells that the server was caught: see security.report.
	Misbehaved bool `json:"misbehaved"`
}

// FailureOf describes an error. A cancelled call is CodeCancelled's, and what is
// not typed is internal: its text stays here.
func FailureOf(err error) *Failure {
	var typed *schema.Error
	f := &Failure{Code: schema.CodeOf(err), Misbehaved: errors.Is(err, client.ErrServerMisbehaved)}
	if errors.As(err, &typed) {
		f.Detail, f.RetryAfter = typed.Detail, typed.RetryAfter.Milliseconds()
	}
	if f.Code == "" || errors.Is(err, context.Canceled) {
		f.Code = schema.CodeInternal
	}
	f.Message = map[string]string{"en": f.Code.Sentence("en"), "fr": f.Code.Sentence("fr")}
	return f
}

// badRequest refuses parameters that are not what a call takes.
func badRequest(err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return schema.Errorf(schema.CodeBadRequest, "the parameters are not JSON")
	}
	return &schema.Error{Code: schema.CodeBadRequest, Detail: "the parameters are not those of the call", Cause: err}
}
