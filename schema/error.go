package schema

import (
	"errors"
	"fmt"
	"time"
)

//go:generate go run ./errorsgen

// Code is a stable error code. Its number, HTTP status and sentences stand in
// errors.json, which is data for every implementation; the constants are
// generated from it.
type Code string

// Error is the one error that crosses a boundary: between server and client,
// and between the client's core and a UI. What a person reads is the code's
// sentence (see [Code.Sentence]); Detail and Cause are for logs and must never
// hold content, keys or tokens.
type Error struct {
	Code   Code
	Detail string
	// RetryAfter, when not zero, is how long to wait before trying again.
	RetryAfter time.Duration
	Cause      error
}

// Errorf makes an [Error] with a formatted detail.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Detail: fmt.Sprintf(format, args...)}
}

func (e *Error) Error() string {
	s := string(e.Code)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause, which is never shown to people.
func (e *Error) Unwrap() error { return e.Cause }

// Is makes errors.Is(err, &Error{Code: c}) compare codes alone.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// CodeOf returns the code of the first [Error] in err's chain, CodeInternal for
// any other error, and "" for nil.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// HasCode reports whether an [Error] with the code is anywhere in err's tree.
func HasCode(err error, code Code) bool { return errors.Is(err, &Error{Code: code}) }

// WireError is how an [Error] travels.
type WireError struct {
	Code         Code   `cbor:"1,keyasint"`
	Detail       string `cbor:"2,keyasint,omitempty"`
	RetryAfterMS int64  `cbor:"3,keyasint,omitempty"`
	// Head helps a conflicting roster batch: the workspace's current head.
	Head *RosterHead `cbor:"4,keyasint,omitempty"`
}
