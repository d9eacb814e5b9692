// Package seal closes and opens what only members may read: events and signals,
// the secrets of epochs, and the private half of invites. It also makes the
// safety numbers by which two people compare keys.
//
// Everything sealed is OpenPGP (RFC 9580) in one fixed shape, written and read
// here octet by octet instead of by a general reader: a reader that knows a
// single form has no downgrade, no compression, no nesting and no length to be
// tricked with. A general OpenPGP implementation opens these messages when it is
// given the session key; a test shows it with go-crypto. The shape is
//
//	SEIPD version 2 (section 5.13.2), AES-256, GCM, chunk size octet 16, always one chunk
//	    One-Pass Signature version 6 (section 5.4)      events and signals only
//	    Literal Data, binary, no name, date 0 (5.9)     the content
//	    Signature version 6 (section 5.2.3)             events and signals only
//	    Padding (section 5.14)                          to a Padmé length; not in an epoch's chain
//
// The session key of a SEIPD packet is never random and never travels: it is
// derived with HKDF-SHA256 (RFC 5869) from an epoch's or an invite's secret and
// from where the packet belongs, so that a packet that is moved elsewhere does
// not open. Only the secret of an epoch travels, in a PKESK version 6.
//
// Refusals. Whatever is wrong with a sealed thing, the answer is one error,
// [schema.CodeUnreadable], without detail: somebody who can feed altered packets
// to a reader learns nothing from it. Only a well formed message whose signature
// does not verify is told apart, as [schema.CodeBadSignature], because that is
// evidence against a member. Nothing is returned beside an error, and nothing
// is looked at before all of the packet has been authenticated.
package seal
