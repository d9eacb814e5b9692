package seal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// leaks reports whether a text shows the octets, in any of the ways in which Go
// prints octets.
func leaks(text string, b []byte) bool {
	part := b[4:12]
	list := strings.Trim(fmt.Sprint(part), "[]")
	return strings.Contains(text, string(part)) || strings.Contains(text, list) ||
		strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", part)) ||
		strings.Contains(text, strings.ReplaceAll(list, " ", ", "))
}

func TestSecretsDoNotPrint(t *testing.T) {
	epoch, invite, key := epochSecret(t, 1), inviteSecret(t, 2), testKey(t)
	content := InviteContent{Private: testSecret(t, 3).Bytes(), Genesis: schema.Hash{1}}
	for name, c := range map[string]struct {
		value any
		octet []byte
	}{
		"epoch secret":       {epoch, epoch.octets()},
		"invite secret":      {invite, invite.octets()},
		"stream key":         {key, key.octets()},
		"stream key's value": {struct{ K *StreamKey }{key}, key.octets()},
		"content":            {content, content.Private},
		"link":               {InviteLink{Base: "https://x", Secret: invite}, invite.octets()},
		"nested":             {struct{ hidden EpochSecret }{epoch}, epoch.octets()},
		"pointer":            {&epoch, epoch.octets()},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%b"} {
				fmt.Fprintf(&out, verb+"\n", c.value)
			}
			slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", c.value)
			slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", c.value)
			if b, err := json.Marshal(c.value); err == nil {
				out.Write(b)
			}
			if leaks(out.String(), c.octet) {
				t.Errorf("the secret is shown: %s", out.String())
			}
		})
	}
	for _, s := range []string{epoch.String(), fmt.Sprintf("%#v", invite), fmt.Sprint(key), fmt.Sprintf("%x", content)} {
		if s != "[secret]" {
			t.Errorf("%q is printed in place of [secret]", s)
		}
	}
	if text, err := json.Marshal(epoch); err != nil || string(text) != `"[secret]"` {
		t.Errorf("JSON shows %s, %v", text, err)
	}
}

func TestSecretLifecycle(t *testing.T) {
	s := NewEpochSecret()
	if s.IsZero() || s.Equal(NewEpochSecret()) {
		t.Fatal("a new secret is not random")
	}
	again, err := ParseEpochSecret(s.Bytes())
	if err != nil || !again.Equal(s) {
		t.Fatalf("a secret does not survive its octets: %v", err)
	}
	b := s.Bytes()
	b[0]++
	if !again.Equal(s) {
		t.Error("Bytes hands out the secret itself")
	}
	copied := s
	s.Zero()
	if !s.IsZero() || !copied.IsZero() || again.IsZero() {
		t.Error("Zero wipes the value and its copies, and nothing else")
	}
	if (EpochSecret{}).Equal(EpochSecret{}) || !(EpochSecret{}).IsZero() || (EpochSecret{}).Bytes() != nil {
		t.Error("no secret is not a secret")
	}
	EpochSecret{}.Zero()
	if i := NewInviteSecret(); i.IsZero() {
		t.Error("a new invite secret is zero")
	}
}

// A secret that nobody drew at random is refused wherever one is used or received.
func TestAttack_F7_WeakSecrets(t *testing.T) {
	good := epochSecret(t, 1)
	wiped := NewEpochSecret()
	wiped.Zero()
	same := EpochSecret{hold(bytes.Repeat([]byte{0xAA}, 32))}
	for name, weak := range map[string]EpochSecret{"none": {}, "zero": wiped, "all octets the same": same} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewStreamKey(weak, testWorkspace, testCircle, testStream, 1); err == nil {
				t.Error("a stream key was derived")
			}
			if _, err := NewSignalKey(weak, testWorkspace, testCircle, 1); err == nil {
				t.Error("a signal key was derived")
			}
			if _, err := SealPrevious(weak, good, testWorkspace, testCircle, 1); err == nil {
				t.Error("it sealed another secret")
			}
			if _, err := SealPrevious(good, weak, testWorkspace, testCircle, 1); err == nil {
				t.Error("it was sealed")
			}
			if _, err := ParseEpochSecret(weak.Bytes()); err == nil {
				t.Error("it was parsed")
			}
			commitment := weak.Commitment(testWorkspace, testCircle, 1)
			wantUnreadable(t, CheckCommitment(weak, testWorkspace, testCircle, 1, commitment))

			invite := InviteSecret(weak)
			if _, err := SealInvite(invite, testWorkspace, testInvite, InviteContent{Private: []byte{1}}); err == nil {
				t.Error("it sealed an invite")
			}
			if _, err := InviteProof(invite, testWorkspace, testInvite); err == nil {
				t.Error("it proved an invite")
			}
			if _, err := FormatInviteURL(InviteLink{Base: "https://x.example", Secret: invite}); err == nil {
				t.Error("it was put into a URL")
			}
			if _, err := ParseInviteSecret(weak.Bytes()); err == nil {
				t.Error("it was parsed as an invite's")
			}
		})
	}
	for _, n := range []int{0, 16, 31, 33, 64} {
		_, err := ParseEpochSecret(good.derived(t, n))
		wantCode(t, err, schema.CodeBadEncoding)
	}
}

// derived is n octets that are not all the same.
func (s EpochSecret) derived(t *testing.T, n int) []byte {
	t.Helper()
	b := make([]byte, n)
	if _, err := new(counter).Read(b); err != nil {
		t.Fatal(err)
	}
	return b
}

// A weak previous secret that a member sealed properly is not accepted either.
func TestAttack_F7_WeakPrevious(t *testing.T) {
	current := epochSecret(t, 1)
	key, err := derive(current.secret, schema.PurposeEpochChain, epochInfo(testWorkspace, testCircle, 2))
	if err != nil {
		t.Fatal(err)
	}
	for _, content := range [][]byte{make([]byte, 32), bytes.Repeat([]byte{7}, 32)} {
		_, err := OpenPrevious(current, sealPlain(t, key, appendLiteral(nil, content)), testWorkspace, testCircle, 2)
		wantUnreadable(t, err)
	}
}
