// Package redact keeps secrets out of logs and messages.
package redact

import (
	"fmt"
	"io"
	"log/slog"
)

const text = "[secret]"

// Secret is embedded, first, in the struct types that hold secrets: however such
// a value is printed, logged or encoded as text, "[secret]" appears. It also
// makes the type not comparable, so that == cannot be used where constant time
// is due.
type Secret struct{ _ [0]func() }

// String implements fmt.Stringer.
func (Secret) String() string { return text }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return text }

// Format implements fmt.Formatter, so that no verb reaches the fields.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, text) }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(text) }

// MarshalText implements encoding.TextMarshaler, which JSON uses.
func (Secret) MarshalText() ([]byte, error) { return []byte(text), nil }
