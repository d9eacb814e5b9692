package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// note is what the log says about one request: ids only.
type note struct {
	user      schema.UserID
	workspace schema.WorkspaceID
	code      schema.Code
	cause     error
	status    int
	written   bool
}

type noteKey struct{}

func noteOf(ctx context.Context) *note { return ctx.Value(noteKey{}).(*note) }

// answer sends a wire type.
func (a *API) answer(w http.ResponseWriter, r *http.Request, out any) {
	b, err := schema.Marshal(out)
	if err != nil {
		a.answerError(w, r, err)
		return
	}
	a.send(w, http.StatusOK, b)
}

// answerError sends an error in the one form that all errors have. What it
// wraps is for the log.
func (a *API) answerError(w http.ResponseWriter, r *http.Request, err error) {
	var e *schema.Error
	if !errors.As(err, &e) {
		e = &schema.Error{Code: schema.CodeInternal, Cause: err}
		if r.Context().Err() != nil {
			e.Code = schema.CodeUnavailable
		}
	}
	wire := schema.WireError{Code: e.Code, Detail: e.Detail, RetryAfterMS: e.RetryAfter.Milliseconds()}
	var conflict *rosterConflict
	if errors.As(err, &conflict) {
		wire.Head = &conflict.head
	}
	if e.Code == schema.CodeInternal {
		wire.Detail = ""
	}
	n := noteOf(r.Context())
	n.code, n.cause = e.Code, err
	switch e.Code {
	case schema.CodeInternal, schema.CodeUnavailable, schema.CodeReadOnly:
		// A client that left is no trouble of the server.
		if !errors.Is(r.Context().Err(), context.Canceled) {
			a.opts.Metrics.Failed(e.Code)
		}
	}
	if wire.RetryAfterMS > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt((wire.RetryAfterMS+999)/1000, 10))
	}
	if n.written {
		return
	}
	a.send(w, e.Code.Status(), schema.MustMarshal(wire))
}

func (a *API) send(w http.ResponseWriter, status int, b []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.WriteHeader(status)
	// A client that has gone does not get its answer.
	_, _ = w.Write(b)
}

// recorder notes the status; it lets the connection be hijacked and its
// deadlines be moved.
type recorder struct {
	http.ResponseWriter
	note *note
}

func (r *recorder) WriteHeader(status int) {
	if !r.note.written {
		r.note.status, r.note.written = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if !r.note.written {
		r.note.status, r.note.written = http.StatusOK, true
	}
	return r.ResponseWriter.Write(b)
}

// Hijack implements [http.Hijacker], for the live connection.
func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(r.ResponseWriter).Hijack()
	if err == nil {
		r.note.status, r.note.written = http.StatusSwitchingProtocols, true
	}
	return conn, rw, err
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// around is what happens around every request: panics, log, metrics.
func (a *API) around(pattern string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		n := &note{}
		rec := &recorder{ResponseWriter: w, note: n}
		r = r.WithContext(context.WithValue(r.Context(), noteKey{}, n))
		w.Header().Set("Cache-Control", "no-store")
		defer func() {
			if p := recover(); p != nil {
				if p == http.ErrAbortHandler {
					panic(p)
				}
				a.opts.Metrics.Panicked()
				a.log.Error("panic in a handler", "route", pattern, "panic", panicText(p), "stack", string(debug.Stack()))
				a.answerError(rec, r, schema.Errorf(schema.CodeInternal, "panic"))
			}
			d := time.Since(began)
			a.opts.Metrics.Request(pattern, n.status, d)
			a.logRequest(r, pattern, n, d)
		}()
		next.ServeHTTP(rec, r)
	})
}

// panicText is what the log may say of a panic: what the runtime found, and of
// anything else only the type.
func panicText(p any) string {
	if e, ok := p.(runtime.Error); ok {
		return e.Error()
	}
	return fmt.Sprintf("%T", p)
}

func (a *API) logRequest(r *http.Request, pattern string, n *note, d time.Duration) {
	level := slog.LevelDebug
	switch {
	case n.status >= 500:
		level = slog.LevelError
	case n.status >= 400 && pattern != "/": // whoever looks for holes asks for many files
		level = slog.LevelInfo
	}
	if !a.log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{slog.String("route", pattern), slog.Int("status", n.status), slog.Duration("duration", d)}
	if !n.user.IsZero() {
		attrs = append(attrs, slog.String("user", n.user.String()))
	}
	if !n.workspace.IsZero() {
		attrs = append(attrs, slog.String("workspace", n.workspace.String()))
	}
	if n.code != "" {
		attrs = append(attrs, slog.String("code", string(n.code)))
	}
	if n.status >= 500 && n.cause != nil {
		attrs = append(attrs, slog.String("cause", n.cause.Error()))
	}
	a.log.LogAttrs(r.Context(), level, "request", attrs...)
}

// secureHeaders stand in every answer; their names are in canonical form. The web
// app replaces the content policy by its own, and says how long its files may be
// kept. Camera, microphone and screen are for meetings.
var secureHeaders = [...]struct{ name, value string }{
	{"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"},
	{"X-Content-Type-Options", "nosniff"},
	{"X-Frame-Options", "DENY"},
	{"Referrer-Policy", "no-referrer"},
	{"Cross-Origin-Opener-Policy", "same-origin"},
	{"Cross-Origin-Resource-Policy", "same-origin"},
	{"Permissions-Policy", "camera=(self), microphone=(self), display-capture=(self), geolocation=(), payment=(), usb=(), serial=(), midi=()"},
}

// secure sets the headers that every answer has; all values share one allocation.
func secure(h http.Header, origin string) {
	values := make([]string, len(secureHeaders))
	for i, s := range secureHeaders {
		values[i] = s.value
		h[s.name] = values[i : i+1 : i+1]
	}
	if len(origin) > 6 && origin[:6] == "https:" {
		h.Set("Strict-Transport-Security", "max-age=63072000")
	}
}
