package seal

import (
	"bytes"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/cenacle-team/cenacle/schema"
)

const (
	safetyGroups = 12
	safetyDigits = 5
)

// SafetyNumber is what two people read to one another to make sure that each has
// the other's true key: 12 groups of 5 digits, separated by single spaces, the
// same for both whichever is called a.
//
// It is SHA-512(PurposeSafetyNumber ‖ pair ‖ pair), where a pair is a user id and
// the fingerprint of that user's primary key, the lesser pair first; the first 60
// octets are 12 big-endian numbers of 40 bits, each reduced modulo 100,000 (which
// prefers no digit by more than one in ten million).
//
// 60 digits are 199 bits. Who wants to stand between two people must find two
// keys, one to show to each, that give both the same number; as both keys are the
// attacker's to choose this is a collision, about 2^99 key generations.
func SafetyNumber(userA schema.UserID, a schema.Fingerprint, userB schema.UserID, b schema.Fingerprint) string {
	first, second := append(userA[:], a[:]...), append(userB[:], b[:]...)
	if bytes.Compare(first, second) > 0 {
		first, second = second, first
	}
	digest := sha512.Sum512(append(append([]byte(schema.PurposeSafetyNumber), first...), second...))
	groups := make([]string, safetyGroups)
	for i := range groups {
		var v uint64
		for _, octet := range digest[5*i : 5*i+5] {
			v = v<<8 | uint64(octet)
		}
		groups[i] = fmt.Sprintf("%0*d", safetyDigits, v%100_000)
	}
	return strings.Join(groups, " ")
}

// FormatSafetyNumber brings what a person typed or scanned into the form of
// [SafetyNumber]: spaces and line breaks are ignored. Anything but exactly 60
// ASCII digits is refused with [schema.CodeBadRequest].
func FormatSafetyNumber(text string) (string, error) {
	digits := make([]byte, 0, safetyGroups*(safetyDigits+1))
	n := 0
	for _, c := range []byte(text) {
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		case c >= '0' && c <= '9' && n < safetyGroups*safetyDigits:
			if n > 0 && n%safetyDigits == 0 {
				digits = append(digits, ' ')
			}
			digits = append(digits, c)
			n++
		default:
			return "", schema.Errorf(schema.CodeBadRequest, "a safety number has %d digits", safetyGroups*safetyDigits)
		}
	}
	if n != safetyGroups*safetyDigits {
		return "", schema.Errorf(schema.CodeBadRequest, "a safety number has %d digits", safetyGroups*safetyDigits)
	}
	return string(digits), nil
}

// SameSafetyNumber reports whether two texts are the same safety number, however
// they are spaced. A text that is none is the same as nothing.
func SameSafetyNumber(a, b string) bool {
	x, errX := FormatSafetyNumber(a)
	y, errY := FormatSafetyNumber(b)
	return errX == nil && errY == nil && subtle.ConstantTimeCompare([]byte(x), []byte(y)) == 1
}
