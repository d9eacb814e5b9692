// Package login derives what a user needs to sign in and to unlock the identity
// from what the user knows, without telling the server any of it.
//
// Two secrets go in: a passphrase, and an account key of 128 random bits that
// devices keep and that people print once. Argon2id (RFC 9106) slows guessing
// down for whoever holds a stolen account key; the account key makes guessing
// pointless for whoever holds only the server's database. Two independent
// secrets come out: the login key, an Ed25519 key whose public half the server
// keeps and which answers its challenges, and the lock key, which unlocks the
// identity and never leaves the device. Neither reveals anything of the other.
//
// A recovery phrase of 160 random bits is a second credential that goes the same
// way on its own (see [DeriveRecovery]).
//
// The package also seals the profile on the device's disk under the passphrase
// alone ([SealLocal]).
package login
