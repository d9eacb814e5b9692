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
package identity
