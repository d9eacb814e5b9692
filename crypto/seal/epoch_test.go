package seal

import (
	"bytes"
	"testing"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

func TestKeyPacketRoundTrip(t *testing.T) {
	u, s := newTestUser(t), NewEpochSecret()
	to := u.identity.Certificate().Encryption()
	sealed, err := SealKey(s, to)
	if err != nil {
		t.Fatal(err)
	}
	if len(sealed) != cert.KeyPacketSize || len(sealed) > schema.MaxKeyPacket {
		t.Errorf("a key packet has %d octets", len(sealed))
	}
	if got, err := cert.KeyPacketRecipient(sealed); err != nil || got != to.Fingerprint {
		t.Errorf("the server sees recipient %v, %v", got, err)
	}
	got, err := OpenKey(sealed, u.keys)
	if err != nil || !got.Equal(s) {
		t.Fatalf("another secret came back: %v", err)
	}
	again, err := SealKey(s, to)
	if err != nil || bytes.Equal(again[50:], sealed[50:]) {
		t.Errorf("equal secrets give equal key packets: %v", err)
	}
}

func TestKeyPacketRefusals(t *testing.T) {
	u, other, s := newTestUser(t), newTestUser(t), epochSecret(t, 1)
	to := u.identity.Certificate().Encryption()

	revoked, mismatched, empty := to, to, to
	revoked.Revoked = true
	mismatched = other.identity.Certificate().Encryption()
	mismatched.Fingerprint = to.Fingerprint
	empty = cert.EncryptionKey{Fingerprint: to.Fingerprint}
	for name, k := range map[string]cert.EncryptionKey{"revoked": revoked, "mismatched": mismatched, "empty": empty} {
		out, err := SealKey(s, k)
		if out != nil || schema.CodeOf(err) != schema.CodeBadCertificate {
			t.Errorf("%s: %v", name, err)
		}
	}

	sealed, err := SealKey(s, to)
	if err != nil {
		t.Fatal(err)
	}
	_, err = OpenKey(sealed, other.keys)
	wantUnreadable(t, err)
	for _, at := range []int{0, 3, 4, 5, 20, 37, 38, 60, 70, 500, 1158, 1159, -1} {
		_, err := OpenKey(flipped(sealed, at), u.keys)
		wantUnreadable(t, err)
	}
	for _, b := range [][]byte{nil, sealed[:len(sealed)-1], append(bytes.Clone(sealed), 0)} {
		_, err := OpenKey(b, u.keys)
		wantUnreadable(t, err)
	}
}

// A secret that is not random is neither sealed nor accepted from whoever could
// seal one: a server that knows a public key, too.
func TestAttack_F7_WeakKeyPacket(t *testing.T) {
	u := newTestUser(t)
	to := u.identity.Certificate().Encryption()
	for name, b := range map[string][]byte{"zero": make([]byte, 32), "all octets the same": bytes.Repeat([]byte{1}, 32)} {
		t.Run(name, func(t *testing.T) {
			weak := EpochSecret{hold(b)}
			_, err := SealKey(weak, to)
			wantCode(t, err, schema.CodeBadEncoding)
			_, err = OpenKey(rawKeyPacket(t, to, b), u.keys)
			wantUnreadable(t, err)
		})
	}
	t.Run("short", func(t *testing.T) {
		_, err := OpenKey(rawKeyPacket(t, to, make([]byte, 16)), u.keys)
		wantUnreadable(t, err)
	})
}

// A key packet says nothing of what it is for. The commitment does: what was
// sealed for one workspace, circle or epoch is refused in every other.
func TestAttack_I10_KeyPacketOfAnotherPlace(t *testing.T) {
	u, s := newTestUser(t), epochSecret(t, 1)
	sealed, err := SealKey(s, u.identity.Certificate().Encryption())
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenKey(sealed, u.keys)
	if err != nil {
		t.Fatal(err)
	}
	want := s.Commitment(testWorkspace, testCircle, 3)
	if err := CheckCommitment(got, testWorkspace, testCircle, 3, want); err != nil {
		t.Fatalf("in its own place: %v", err)
	}
	w, c := testWorkspace, testCircle
	w[3], c[3] = 1, 1
	wantUnreadable(t, CheckCommitment(got, w, testCircle, 3, want))
	wantUnreadable(t, CheckCommitment(got, testWorkspace, c, 3, want))
	wantUnreadable(t, CheckCommitment(got, testWorkspace, testCircle, 4, want))
	wantUnreadable(t, CheckCommitment(epochSecret(t, 2), testWorkspace, testCircle, 3, want))
	wantUnreadable(t, CheckCommitment(EpochSecret{}, testWorkspace, testCircle, 3, schema.Hash{}))
	if !(EpochSecret{}).Commitment(testWorkspace, testCircle, 3).IsZero() {
		t.Error("there is a commitment to no secret")
	}
}

func TestPreviousRoundTrip(t *testing.T) {
	current, previous := NewEpochSecret(), NewEpochSecret()
	sealed, err := SealPrevious(current, previous, testWorkspace, testCircle, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(sealed) != 110 {
		t.Errorf("a sealed secret has %d octets", len(sealed))
	}
	got, err := OpenPrevious(current, sealed, testWorkspace, testCircle, 2)
	if err != nil || !got.Equal(previous) {
		t.Fatalf("another secret came back: %v", err)
	}
}

func TestAttack_I10_PreviousOfAnotherPlace(t *testing.T) {
	current, previous := epochSecret(t, 1), epochSecret(t, 2)
	sealed, err := SealPrevious(current, previous, testWorkspace, testCircle, 2)
	if err != nil {
		t.Fatal(err)
	}
	w, c := testWorkspace, testCircle
	w[3], c[3] = 1, 1
	for name, open := range map[string]func() (EpochSecret, error){
		"workspace": func() (EpochSecret, error) { return OpenPrevious(current, sealed, w, testCircle, 2) },
		"circle":    func() (EpochSecret, error) { return OpenPrevious(current, sealed, testWorkspace, c, 2) },
		"epoch":     func() (EpochSecret, error) { return OpenPrevious(current, sealed, testWorkspace, testCircle, 3) },
		"secret":    func() (EpochSecret, error) { return OpenPrevious(previous, sealed, testWorkspace, testCircle, 2) },
		"no secret": func() (EpochSecret, error) { return OpenPrevious(EpochSecret{}, sealed, testWorkspace, testCircle, 2) },
		"cut":       func() (EpochSecret, error) { return OpenPrevious(current, sealed[:109], testWorkspace, testCircle, 2) },
		"with more": func() (EpochSecret, error) {
			return OpenPrevious(current, append(bytes.Clone(sealed), 0), testWorkspace, testCircle, 2)
		},
		"as nothing": func() (EpochSecret, error) { return OpenPrevious(current, nil, testWorkspace, testCircle, 2) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := open()
			wantUnreadable(t, err)
			if !s.IsZero() {
				t.Error("a secret was returned beside the error")
			}
		})
	}
	for at := range sealed {
		_, err := OpenPrevious(current, flipped(sealed, at), testWorkspace, testCircle, 2)
		wantUnreadable(t, err)
	}
}

// What a member with the current secret might seal in place of a secret.
func TestPreviousContents(t *testing.T) {
	current, previous := epochSecret(t, 1), testSecret(t, 2)
	key, err := derive(current.secret, schema.PurposeEpochChain, epochInfo(testWorkspace, testCircle, 2))
	if err != nil {
		t.Fatal(err)
	}
	good := appendLiteral(nil, previous.octets())
	for name, plain := range map[string][]byte{
		"31 octets and another":  append(appendLiteral(nil, previous.octets()[:31]), 0),
		"other format":           altered(good, 2, 't'),
		"other packet":           altered(good, 0, headPadding),
		"no literal, 40 octets":  make([]byte, 40),
		"33 octets":              appendLiteral(nil, append(previous.Bytes(), 0)),
		"padded":                 append(bytes.Clone(good), longForm(headPadding, nil)...),
		"31 octets":              appendLiteral(nil, previous.octets()[:31]),
		"name in place of octet": append([]byte{headLiteral, 38, 'b', 1, 'x', 0, 0, 0, 0}, previous.octets()[:31]...),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := OpenPrevious(current, sealPlain(t, key, plain), testWorkspace, testCircle, 2)
			wantUnreadable(t, err)
		})
	}
}
