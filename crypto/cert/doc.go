// Package cert reads users' certificates under one strict policy and verifies
// what their devices signed. It holds public keys only, so the server links it.
//
// A certificate is an OpenPGP version 6 Transferable Public Key (RFC 9580
// section 10.1.1) of this shape and no other:
//
//	primary key           Ed25519, certifies only
//	direct-key signature  names the user id; asks for SEIPDv2 with AES-256/GCM
//	then, ascending by fingerprint, any number of
//	  encryption subkey   ML-KEM-768+X25519, its binding, perhaps its revocation
//	  device subkey       Ed25519, its binding with back signature, perhaps its revocation
//
// Exactly one encryption subkey is not revoked. There are no User IDs: names
// live encrypted in profiles. [Parse] refuses every other octet instead of
// ignoring it, so that a certificate has one encoding and nobody can attach
// anything to somebody else's. Times are never compared: nothing expires, and
// whether a signature counts is decided by its place in the roster or stream.
//
// A certificate only grows. [Merge] and [Extends] keep what was known:
// subkeys never vanish and revocations are never taken back.
package cert
