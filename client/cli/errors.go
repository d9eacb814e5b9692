package cli

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// Exit codes, the same for every command.
const (
	exitOK       = 0
	exitFailure  = 1
	exitUsage    = 2
	exitSecurity = 3
)

// Codes of this package, beside those of package schema.
const (
	codeUsage       schema.Code = "usage"
	codeNoProfile   schema.Code = "no_profile"
	codeHasProfile  schema.Code = "profile_exists"
	codeNoWorkspace schema.Code = "no_workspace"
	codeNoTerminal  schema.Code = "no_terminal"
	codeMismatch    schema.Code = "safety_number_differs"
	codeTwice       schema.Code = "passphrases_differ"
	codeServe       schema.Code = "serve_failed"
	codeFile        schema.Code = "file"
	codeWebDiffers  schema.Code = "web_app_differs"
	// codeWebUnreachable: the server did not answer all that was asked.
	codeWebUnreachable schema.Code = "web_unreachable"
	codeNoApp          schema.Code = "no_app"
)

// problem is an error that this package explains itself, by a text of the
// catalogue.
type problem struct {
	code schema.Code
	key  string
	args []any
}

func (p *problem) Error() string { return fmt.Sprintf("%s: %s", p.code, p.key) }

func fail(code schema.Code, key string, args ...any) error {
	return &problem{code: code, key: key, args: args}
}

// usage is an error in the command line itself.
func usage(key string, args ...any) error { return fail(codeUsage, key, args...) }

// failure marks what a command returned. Every other error that cobra returns is
// about the form of the command line.
type failure struct{ error }

func (f failure) Unwrap() error { return f.error }

// isRefusal tells the codes of exit code 3: something that came from outside was
// checked and refused, and going on would have put content or keys at risk. That a
// device was revoked or a member removed is not among them: it was decided by
// people and is an ordinary failure.
func isRefusal(code schema.Code) bool {
	switch code {
	case schema.CodeServerMisbehaved, schema.CodeKeyChanged, schema.CodeUnverified, schema.CodeWeakParameters,
		schema.CodeVersionRolledBack, schema.CodeBadCertificate, schema.CodeBadSignature, schema.CodeUnreadable, codeMismatch, codeWebDiffers:
		return true
	}
	return false
}

// showsDetail tells the codes whose detail helps whoever typed the command. All
// others are explained by their sentence alone; above all a failed sign-in never
// says which part was wrong.
func showsDetail(code schema.Code) bool {
	switch code {
	case schema.CodeBadRequest, schema.CodeNotFound, schema.CodeAmbiguous, schema.CodeForbidden, schema.CodeTooLarge,
		schema.CodeRosterInvalid, schema.CodeServerMisbehaved:
		return true
	}
	return false
}

// codeOf is the code by which an error is known outside.
func codeOf(err error) schema.Code {
	var p *problem
	if errors.As(err, &p) {
		return p.code
	}
	// Several errors may be joined; the gravest one decides.
	for _, code := range []schema.Code{
		schema.CodeServerMisbehaved, schema.CodeKeyChanged, schema.CodeVersionRolledBack, schema.CodeWeakParameters,
	} {
		if errors.Is(err, &schema.Error{Code: code}) {
			return code
		}
	}
	var e *schema.Error
	var file *fs.PathError
	if !errors.As(err, &e) && errors.As(err, &file) {
		return codeFile
	}
	return schema.CodeOf(err)
}

// exitCode is what the program ends with.
func exitCode(err error) int {
	var f failure
	code := codeOf(err)
	switch {
	case err == nil:
		return exitOK
	case !errors.As(err, &f), code == codeUsage:
		return exitUsage
	case isRefusal(code):
		return exitSecurity
	}
	return exitFailure
}

// message is what a person reads: a sentence and, where it helps and cannot give
// anything away, a detail. Never a chain of Go errors.
func (l language) message(err error) string {
	var p *problem
	if errors.As(err, &p) {
		return safe(l.t(p.key, p.args...))
	}
	var f failure
	if !errors.As(err, &f) { // of cobra, about the command line
		return safe(l.t("error.usage", err.Error()))
	}
	code := codeOf(err)
	if file := (*fs.PathError)(nil); code == codeFile && errors.As(err, &file) {
		return safe(l.t("error.file", file.Path, file.Err))
	}
	text := code.Sentence(l.code)
	if detail := l.detailOf(err, code); detail != "" && showsDetail(code) {
		text = l.t("error.detail", text, detail)
	}
	if hint := l.texts["hint."+string(code)]; hint != "" {
		text += " " + hint
	}
	return safe(text)
}

// maxDetail bounds what a server can make us print, in octets.
const maxDetail = 300

func (l language) detailOf(err error, code schema.Code) string {
	var detail string
	var m *client.Misbehaviour
	var e *schema.Error
	switch {
	case errors.As(err, &m):
		detail = m.Sentence(l.code)
	case errors.As(err, &e) && e.Code == code:
		detail = e.Detail
	}
	if len(detail) > maxDetail {
		detail = detail[:maxDetail] + "…"
	}
	return detail
}

type errorJSON struct {
	Error struct {
		Code    schema.Code `json:"code"`
		Message string      `json:"message"`
	} `json:"error"`
}

// report tells about an error on standard error.
func (a *app) report(err error) {
	message := a.message(err)
	if !a.json {
		fmt.Fprintln(a.Stderr, a.t("error.prefix")+message)
		return
	}
	var out errorJSON
	out.Error.Code, out.Error.Message = codeOf(err), message
	var f failure
	if !errors.As(err, &f) {
		out.Error.Code = codeUsage
	}
	if b, err := encode(out); err == nil {
		fmt.Fprintln(a.Stderr, string(b))
	}
}
