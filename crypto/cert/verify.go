package cert

import (
	"crypto/ed25519"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

// VerifyDetached checks a device's detached signature over message (RFC 9580
// section 5.2.3; the one accepted layout is in docs/protocol.md, "Detached
// signatures"). It looks neither at the time in the signature nor at
// [Device.Revoked]: whether a signature by a revoked device counts is for its
// place in the roster or stream to decide. The error has
// [schema.CodeBadSignature].
func VerifyDetached(d Device, message, signature []byte) error {
	return pgpsig.Verify(d.Key, schema.Fingerprint(d.ID), message, signature)
}

// VerifyAnswer checks a login key's answer to a challenge: a plain Ed25519
// signature (RFC 8032) over the encoded statement, whose purpose must be
// [schema.PurposeSignIn] and whose device must be zero. The caller compares
// nonce, user and origin with what it expects. The error has
// [schema.CodeBadSignature] or, for a malformed statement that the key did sign,
// [schema.CodeBadEncoding].
func VerifyAnswer(statement, signature, loginKey []byte) (schema.SignInStatement, error) {
	if weakEd25519(loginKey) || len(signature) != ed25519.SignatureSize || !ed25519.Verify(loginKey, statement, signature) {
		return schema.SignInStatement{}, badAnswer()
	}
	return readStatement(statement, schema.PurposeSignIn, schema.DeviceID{})
}

// VerifyDeviceAnswer checks a device's answer to a challenge: a detached
// signature over the encoded statement, whose purpose must be
// [schema.PurposeDevice] and whose device must be d. A revoked device cannot
// answer. The caller compares nonce, user and origin with what it expects. The
// error has [schema.CodeBadSignature], [schema.CodeDeviceRevoked] or, for a
// malformed statement that the device did sign, [schema.CodeBadEncoding].
func VerifyDeviceAnswer(d Device, statement, signature []byte) (schema.SignInStatement, error) {
	if d.Revoked {
		return schema.SignInStatement{}, schema.Errorf(schema.CodeDeviceRevoked, "answer of a revoked device")
	}
	if err := VerifyDetached(d, statement, signature); err != nil {
		return schema.SignInStatement{}, err
	}
	return readStatement(statement, schema.PurposeDevice, d.ID)
}

func readStatement(b []byte, purpose string, device schema.DeviceID) (schema.SignInStatement, error) {
	var s schema.SignInStatement
	if err := schema.Unmarshal(b, &s); err != nil {
		return schema.SignInStatement{}, err
	}
	if s.Purpose != purpose || s.Device != device {
		return schema.SignInStatement{}, badAnswer()
	}
	return s, nil
}

func badAnswer() error {
	return schema.Errorf(schema.CodeBadSignature, "not an answer to a challenge")
}
