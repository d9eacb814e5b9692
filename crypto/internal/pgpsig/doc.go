// Package pgpsig writes and checks the few OpenPGP packets that Cénacle's
// identities are made of, octet by octet (RFC 9580, RFC 9980): version 6 key
// packets of two algorithms and version 6 Ed25519 signatures of five types.
//
// Each of them has exactly one acceptable form. A checker therefore never
// interprets what it was given: it writes down the only octets that would be
// acceptable, takes over from the input nothing but the creation time, the salt
// and the signature value, and compares. What a general OpenPGP parser would
// have to be told to refuse (unknown subpackets, unhashed subpackets, other
// hashes, expirations, partial lengths) cannot be expressed here at all.
//
// Everything in this package is public-key data except the private keys that
// its Sign functions are handed; nothing is kept.
package pgpsig
