// Package identity holds a user's private keys: the primary key, which changes
// the certificate and is in memory only while that happens; the encryption
// subkeys, which open epochs' secrets; and the device's own signing key.
//
// They come apart on purpose. [Identity] has the primary key and is made by
// [New] or [Unlock]. [Keys] has the encryption subkeys only and [Device] one
// signing key only; these two are what a signed-in device keeps. No type can do
// another's work: a signing key is never used to decrypt, and neither [Keys] nor
// [Device] can add a device.
//
// The server keeps an identity locked (see [Identity.Lock]) in a form that other
// OpenPGP programs can open. [Unlock] trusts nothing of it: shape and policy are
// checked before anything is derived, and the public keys are computed anew from
// the private ones.
//
// Wiping. [Identity.Wipe], [Device.Wipe] and [Keys.Wipe] zero every secret octet
// that this package holds, and the seeds and scalars in go-crypto's objects. Go
// gives no more than that: copies that other packages made cannot be reached (the
// expanded ML-KEM key of go-crypto's KEM, the expanded Ed25519 key that
// crypto/ed25519 caches, key schedules of AES), nor what was left on stacks and in
// registers, and the system may have written memory to a swap file. What cannot be
// reached is let go, and is overwritten when the garbage collector hands the
// memory out again. The heap's objects are never moved, so that no further copies
// come from there.
package identity
