package personal

import (
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/text"
)

// The bodies of personal events, kinds 300 to 399. They are kept for years: the
// numbers of fields are never reused or retyped, no field is ever added to a
// body (strict decoders would quarantine it: a new kind is needed), and the
// octets in testdata decode for ever.

const (
	// MaxSettingKey bounds a setting's key in octets.
	MaxSettingKey = 64
	// MaxSettingValue bounds a setting's value in octets.
	MaxSettingValue = 4 << 10
	// MaxSettings bounds the settings that are set at one time.
	MaxSettings = 1000
)

// ReadMarkerBody says that the user has read a stream up to a sequence number
// ([schema.KindReadMarker]). Markers only move forward.
type ReadMarkerBody struct {
	Workspace schema.WorkspaceID `cbor:"1,keyasint"`
	Stream    schema.StreamID    `cbor:"2,keyasint"`
	Seq       uint64             `cbor:"3,keyasint"`
}

// Check implements [stream.Body].
func (b *ReadMarkerBody) Check() error {
	if b.Seq == 0 {
		return schema.Errorf(schema.CodeBadRequest, "read marker: nothing is read")
	}
	return nil
}

// Method is how a person was verified. Append-only.
type Method uint8

const (
	// MethodCode is comparing the safety number.
	MethodCode Method = 1
	// MethodQR is scanning it.
	MethodQR Method = 2
)

// VerificationBody says that the user compared exactly this fingerprint with its
// owner ([schema.KindVerification]), or takes that back. The last one counts.
type VerificationBody struct {
	User        schema.UserID      `cbor:"1,keyasint"`
	Fingerprint schema.Fingerprint `cbor:"2,keyasint"` // of the primary key
	Method      Method             `cbor:"3,keyasint"`
	At          int64              `cbor:"4,keyasint"` // Unix milliseconds
	Withdrawn   bool               `cbor:"5,keyasint,omitempty"`
}

// Check implements [stream.Body].
func (b *VerificationBody) Check() error {
	if b.Method != MethodCode && b.Method != MethodQR {
		return schema.Errorf(schema.CodeBadRequest, "verification: unknown method %d", b.Method)
	}
	return checkKey(b.User, b.Fingerprint)
}

// DraftBody is what the user has not sent yet ([schema.KindDraft]); an empty
// text removes it. The last one counts.
type DraftBody struct {
	Workspace schema.WorkspaceID `cbor:"1,keyasint"`
	Stream    schema.StreamID    `cbor:"2,keyasint"`
	Thread    *schema.EventID    `cbor:"3,keyasint,omitempty"` // each thread has its own
	Text      string             `cbor:"4,keyasint"`           // at most [schema.MaxMessage] octets
}

// Check implements [stream.Body].
func (b *DraftBody) Check() error { return text.CheckText("draft", b.Text, schema.MaxMessage) }

// KeyPinBody fixes the primary key by which the user knows somebody
// ([schema.KindKeyPin]). The first one counts, for ever.
type KeyPinBody struct {
	User        schema.UserID      `cbor:"1,keyasint"`
	Fingerprint schema.Fingerprint `cbor:"2,keyasint"`
	FirstSeen   int64              `cbor:"3,keyasint"` // Unix milliseconds
}

// Check implements [stream.Body].
func (b *KeyPinBody) Check() error { return checkKey(b.User, b.Fingerprint) }

// SettingBody is a setting that follows the user to all devices
// ([schema.KindSetting]); an empty value removes it. The last one counts.
type SettingBody struct {
	// Key is 1 to [MaxSettingKey] octets of a-z, 0-9, dot and hyphen.
	Key string `cbor:"1,keyasint"`
	// Value is at most [MaxSettingValue] octets; its form is the key's.
	Value []byte `cbor:"2,keyasint"`
}

// Check implements [stream.Body].
func (b *SettingBody) Check() error {
	if len(b.Key) > MaxSettingKey {
		return schema.Errorf(schema.CodeTooLarge, "setting: key of %d octets, at most %d are allowed", len(b.Key), MaxSettingKey)
	}
	if len(b.Value) > MaxSettingValue {
		return schema.Errorf(schema.CodeTooLarge, "setting: value of %d octets, at most %d are allowed", len(b.Value), MaxSettingValue)
	}
	if b.Key == "" {
		return schema.Errorf(schema.CodeBadRequest, "setting: no key")
	}
	for _, c := range []byte(b.Key) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-') {
			return schema.Errorf(schema.CodeBadRequest, "setting: the key holds octet %#x", c)
		}
	}
	return nil
}

func checkKey(u schema.UserID, f schema.Fingerprint) error {
	if u.IsZero() || f.IsZero() {
		return schema.Errorf(schema.CodeBadRequest, "no user or no fingerprint")
	}
	return nil
}
