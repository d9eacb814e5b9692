package stream

import (
	"errors"
	"math"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

func TestAttack_E12_DoubtfulClock(t *testing.T) {
	hour := schema.DoubtfulClock.Milliseconds()
	for _, c := range []struct {
		at, arrived int64
		want        bool
	}{
		{0, 0, false},
		{hour - 1, 0, false},
		{hour, 0, true},
		{0, hour - 1, false},
		{0, hour, true},
		{math.MinInt64, math.MaxInt64, true},
		{math.MaxInt64, math.MinInt64, true},
		{math.MinInt64, math.MinInt64 + hour - 1, false},
		{math.MaxInt64, math.MaxInt64 - hour, true},
		{-hour / 2, hour / 2, true},
	} {
		if got := (Meta{At: c.at, Arrived: c.arrived}).Doubtful(); got != c.want {
			t.Errorf("Doubtful(%d, %d) = %v", c.at, c.arrived, got)
		}
	}
}

type body struct {
	A string `cbor:"1,keyasint"`
	b error
}

func (b *body) Check() error { return b.b }

func TestDecode(t *testing.T) {
	good := schema.MustMarshal(&body{A: "x"})
	for _, c := range []struct {
		name   string
		octets []byte
		check  error
		want   Reason
	}{
		{"good", good, nil, 0},
		{"empty", nil, nil, ReasonMalformed},
		{"trailing", append(append([]byte{}, good...), 0), nil, ReasonMalformed},
		{"too long", make([]byte, schema.MaxBody+1), nil, ReasonTooLarge},
		{"bound", good, schema.Errorf(schema.CodeTooLarge, "x"), ReasonTooLarge},
		{"range", good, schema.Errorf(schema.CodeBadRequest, "x"), ReasonMalformed},
		{"other error", good, errors.New("x"), ReasonMalformed},
	} {
		if got := Decode(c.octets, &body{b: c.check}); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestForeign(t *testing.T) {
	for kind, want := range map[schema.EventKind]Reason{
		0: ReasonWrongKind, 199: ReasonWrongKind, 200: ReasonUnknownKind, 299: ReasonUnknownKind, 300: ReasonWrongKind, 65535: ReasonWrongKind,
	} {
		if got := Foreign(kind, 200); got != want {
			t.Errorf("Foreign(%d) = %v, want %v", kind, got, want)
		}
	}
}

// The numbers and names of outcomes are shown, logged and compared between
// implementations.
func TestNumbersAreFrozen(t *testing.T) {
	for i, want := range []string{"none", "malformed", "too_large", "wrong_kind", "unknown_kind", "duplicate", "forbidden",
		"unknown_target", "wrong_target", "bad_name", "exists", "limit", "contradiction", "key_conflict", "target_gone",
		"stale", "out_of_order", "unverifiable", "below_window"} {
		if got := Reason(i).String(); got != want {
			t.Errorf("reason %d is %q, want %q", i, got, want)
		}
	}
	for i, want := range []string{"unknown", "applied", "void", "pending", "quarantined", "unknown"} {
		if got := Status(i).String(); got != want {
			t.Errorf("status %d is %q, want %q", i, got, want)
		}
	}
	if Reason(200).String() != "unknown" {
		t.Error("an unknown reason has a name")
	}
}
