package pgpsig

import "github.com/cenacle-team/cenacle/schema"

// UserNotation is the notation (RFC 9580 section 5.2.3.24) of the direct-key
// signature that holds the 16 octets of the user id.
const UserNotation = "user-id@cenacle"

// Key flags (RFC 9580 section 5.2.3.29).
const (
	flagCertify = 0x01
	flagSign    = 0x02
	flagEncrypt = 0x04 | 0x08 // communications and storage
)

// Reasons for revocation (RFC 9580 section 5.2.3.31). Both are soft: what was
// signed before stays valid for other OpenPGP programs, as it does for us.
const (
	reasonSuperseded = 1
	reasonRetired    = 3
)

func keyFlags(flags byte) []byte { return []byte{2, 0x80 | 27, flags} }

// DirectKeyExtra returns the further subpackets of a direct-key signature: key
// flags (certify), features (SEIPDv2 alone), preferred AEAD cipher suite
// (AES-256 with GCM) and the notation with the user id.
func DirectKeyExtra(user schema.UserID) []byte {
	b := keyFlags(flagCertify)
	b = append(b, 2, 30, 0x08)
	b = append(b, 3, 39, 9, 3)
	b = append(b, byte(1+8+len(UserNotation)+len(user)), 20, 0, 0, 0, 0, 0, byte(len(UserNotation)), 0, byte(len(user)))
	b = append(b, UserNotation...)
	return append(b, user[:]...)
}

// DirectKeyUser returns the user id that stands in the body of a direct-key
// signature, without any check of the signature.
func DirectKeyUser(body []byte) (user schema.UserID, ok bool) {
	end := len(body) - tailSize
	if end < len(user) {
		return user, false
	}
	copy(user[:], body[end-len(user):end])
	return user, true
}

// EncryptionBindingExtra returns the further subpackets of the binding of an
// encryption subkey.
func EncryptionBindingExtra() []byte { return keyFlags(flagEncrypt) }

// DeviceBindingExtra returns the further subpackets of the binding of a device
// subkey: key flags and the embedded back signature (RFC 9580 section 5.2.3.34),
// which is the body of a [PrimaryBinding] made by the device.
func DeviceBindingExtra(back []byte) []byte {
	return append(append(keyFlags(flagSign), byte(1+len(back)), 32), back...)
}

// DeviceBindingBack returns the embedded back signature's body that stands in
// the body of a device's binding, without any check of either.
func DeviceBindingBack(body []byte) (back []byte, ok bool) {
	end := len(body) - tailSize
	if end < BodySize {
		return nil, false
	}
	return body[end-BodySize : end], true
}

// RevocationExtra returns the further subpackets of the revocation of a subkey
// of the algorithm: superseded for encryption, retired for devices.
func RevocationExtra(a Algorithm) []byte {
	reason := byte(reasonRetired)
	if a == MLKEM768X25519 {
		reason = reasonSuperseded
	}
	return []byte{2, 29, reason}
}
