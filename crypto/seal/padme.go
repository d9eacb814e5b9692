package seal

import "math/bits"

// minPlaintext is the length of the smallest plaintext of a padded packet, in
// octets. An event without a body takes about 480; up to about 540 octets of body
// therefore look alike, which covers typing signals, reactions, read markers and
// nearly every chat message.
const minPlaintext = 1024

// paddedLength is the length of the plaintext that hides a content of n octets,
// the empty Padding packet included: the smallest Padmé length that is at least n
// and at least minPlaintext.
func paddedLength(n int) int {
	return padme(max(n, minPlaintext))
}

// padme rounds n up as the Padmé scheme does (Nikitin, Barman, Lueks, Underwood,
// Hubaux, Ford: "Reducing Metadata Leakage from Encrypted Files and Communication
// with PURBs", PETS 2019, section 4, algorithm 1): a length keeps as many
// significant bits as its exponent needs bits to be written. It adds at most 12 %
// and leaks O(log log n) bits of the length. n must be at least 2.
func padme(n int) int {
	e := bits.Len(uint(n)) - 1 // floor(log2 n)
	s := bits.Len(uint(e))     // floor(log2 e) + 1
	mask := 1<<(e-s) - 1
	return (n + mask) &^ mask
}
