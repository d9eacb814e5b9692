package seal

import (
	"regexp"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

func TestSafetyNumber(t *testing.T) {
	alice, bob := schema.UserID{1}, schema.UserID{2}
	a, b := schema.Fingerprint{9}, schema.Fingerprint{3}
	number := SafetyNumber(alice, a, bob, b)
	if !regexp.MustCompile(`^[0-9]{5}( [0-9]{5}){11}$`).MatchString(number) {
		t.Errorf("got %q", number)
	}
	if SafetyNumber(bob, b, alice, a) != number {
		t.Error("the number depends on who asks")
	}
	seen := map[string]bool{number: true}
	for _, other := range []string{
		SafetyNumber(alice, b, bob, a), // each with the other's key
		SafetyNumber(alice, a, bob, schema.Fingerprint{4}),
		SafetyNumber(alice, schema.Fingerprint{8}, bob, b),
		SafetyNumber(schema.UserID{3}, a, bob, b),
		SafetyNumber(alice, a, schema.UserID{3}, b),
		SafetyNumber(alice, a, alice, a),
	} {
		if seen[other] {
			t.Errorf("two pairs have the number %s", other)
		}
		seen[other] = true
	}
}

// A key that the server swapped changes the number, for both sides.
func TestAttack_K1_SwappedKeyShows(t *testing.T) {
	alice, bob := newTestUser(t), newTestUser(t)
	mallory := newTestUser(t).identity.Certificate().Fingerprint()
	a, b := alice.identity.Certificate().Fingerprint(), bob.identity.Certificate().Fingerprint()
	atAlice := SafetyNumber(schema.UserID{1}, a, schema.UserID{2}, mallory)
	atBob := SafetyNumber(schema.UserID{2}, b, schema.UserID{1}, mallory)
	if SameSafetyNumber(atAlice, atBob) {
		t.Error("two people with swapped keys see one number")
	}
}

func TestFormatSafetyNumber(t *testing.T) {
	number := SafetyNumber(schema.UserID{1}, schema.Fingerprint{1}, schema.UserID{2}, schema.Fingerprint{2})
	digits := strings.ReplaceAll(number, " ", "")
	for _, text := range []string{number, digits, " " + number + "\r\n", strings.ReplaceAll(number, " ", "\n\t"), digits[:7] + " " + digits[7:]} {
		got, err := FormatSafetyNumber(text)
		if err != nil || got != number || !SameSafetyNumber(text, number) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	other := []byte(number)
	other[0] = '0' + (other[0]-'0'+1)%10
	if SameSafetyNumber(string(other), number) {
		t.Error("two numbers are the same")
	}
	for _, text := range []string{"", " ", digits[1:], digits + "0", digits[:59] + "x", digits[:59] + "٣", digits[:30] + "-" + digits[30:]} {
		if _, err := FormatSafetyNumber(text); schema.CodeOf(err) != schema.CodeBadRequest {
			t.Errorf("%q: %v", text, err)
		}
		if SameSafetyNumber(text, text) {
			t.Errorf("%q is taken for a safety number", text)
		}
	}
}
