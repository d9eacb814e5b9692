package seal

import (
	"bytes"
	"runtime"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

func TestAttack_P1_IntegrityStripped(t *testing.T)       { runHostile(t, "P1") }
func TestAttack_P2_OlderVersionOrAlgorithm(t *testing.T) { runHostile(t, "P2") }
func TestAttack_P4_FinalTagNotVerified(t *testing.T)     { runHostile(t, "P4") }
func TestAttack_P5_SignatureOverOtherData(t *testing.T)  { runHostile(t, "P5") }
func TestAttack_P7_CleartextAndHeaders(t *testing.T)     { runHostile(t, "P7") }
func TestAttack_P8_CompressionAndNesting(t *testing.T)   { runHostile(t, "P8") }
func TestAttack_P9_Lengths(t *testing.T)                 { runHostile(t, "P9") }
func TestAttack_P11_WeakHash(t *testing.T)               { runHostile(t, "P11") }
func TestAttack_E6_HeaderOfAnotherPlace(t *testing.T)    { runHostile(t, "E6") }
func TestAttack_E7_OneKindForAnother(t *testing.T)       { runHostile(t, "E7") }
func TestAttack_E11_OtherClaimedSender(t *testing.T)     { runHostile(t, "E11") }
func TestAttack_E14_MalformedEvent(t *testing.T)         { runHostile(t, "E14") }
func TestAttack_F15_OtherPadding(t *testing.T)           { runHostile(t, "F15") }

// Every octet of a sealed event is authenticated: whatever bit is flipped, it does
// not open, and the answer is always the same.
func TestAttack_P4_EveryOctetCounts(t *testing.T) {
	f := newFixture(t)
	for at := range f.sealed {
		p, err := f.device.open(f.key, flipped(f.sealed, at))
		if p != nil {
			t.Fatalf("something was returned with octet %d altered", at)
		}
		wantUnreadable(t, err)
	}
	for n := range f.sealed {
		if _, err := f.device.open(f.key, f.sealed[:n]); schema.CodeOf(err) != schema.CodeUnreadable {
			t.Fatalf("cut to %d octets: %v", n, err)
		}
	}
}

// A packet that claims more than it has, or that is larger than any event, costs
// nothing in proportion to what it claims.
func TestAttack_P9_MemoryIsBounded(t *testing.T) {
	f := newFixture(t)
	huge := append([]byte{headSEIPD, 255, 0x7F, 255, 255, 255}, bodyOf(t, f.sealed)...)
	large := sealPlain(t, f.key.secret, make([]byte, schema.MaxCiphertext))
	var before, after runtime.MemStats
	for name, b := range map[string][]byte{"claimed": huge, "real": large} {
		runtime.ReadMemStats(&before)
		_, err := f.device.open(f.key, b)
		runtime.ReadMemStats(&after)
		wantUnreadable(t, err)
		if n := after.TotalAlloc - before.TotalAlloc; n > 64<<10 {
			t.Errorf("%s: %d octets were allocated", name, n)
		}
	}
}

// A wrong key, a moved packet and an altered one cannot be told apart.
func TestAttack_P12_OneError(t *testing.T) {
	f := newFixture(t)
	other, err := NewStreamKey(epochSecret(t, 2), testWorkspace, testCircle, testStream, testEpoch)
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range map[string]func() error{
		"wrong key":   func() error { _, err := f.device.open(other, f.sealed); return err },
		"wiped key":   func() error { _, err := f.device.open(&StreamKey{}, f.sealed); return err },
		"altered":     func() error { _, err := f.device.open(f.key, flipped(f.sealed, 99)); return err },
		"not padded":  func() error { _, err := f.device.open(f.key, f.padded(t, 2000)); return err },
		"wrong place": func() error { return CheckCommitment(epochSecret(t, 1), testWorkspace, testCircle, 1, schema.Hash{}) },
		"chain": func() error {
			_, err := OpenPrevious(epochSecret(t, 1), f.sealed, testWorkspace, testCircle, 1)
			return err
		},
		"invite": func() error {
			_, err := OpenInvite(inviteSecret(t, 1), testWorkspace, testInvite, f.sealed)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { wantUnreadable(t, open()) })
	}
}

// A key that was wiped opens nothing, not even what was sealed with what is left.
func TestAttack_F7_WipedKey(t *testing.T) {
	f := newFixture(t)
	f.key.Zero()
	_, err := f.device.open(f.key, f.pack(t, f.parts.onePass, f.parts.literal, f.parts.signature))
	wantUnreadable(t, err)
}

// The key is derived from the place: an event that is served as another stream's,
// circle's, workspace's or epoch's does not open.
func TestAttack_E6_MovedEvent(t *testing.T) {
	f := newFixture(t)
	s := epochSecret(t, 1)
	w, c, st := testWorkspace, testCircle, testStream
	w[0], c[0], st[0] = 1, 1, 1
	for name, make := range map[string]func() (*StreamKey, error){
		"workspace": func() (*StreamKey, error) { return NewStreamKey(s, w, testCircle, testStream, testEpoch) },
		"circle":    func() (*StreamKey, error) { return NewStreamKey(s, testWorkspace, c, testStream, testEpoch) },
		"stream":    func() (*StreamKey, error) { return NewStreamKey(s, testWorkspace, testCircle, st, testEpoch) },
		"epoch":     func() (*StreamKey, error) { return NewStreamKey(s, testWorkspace, testCircle, testStream, testEpoch+1) },
		"signal":    func() (*StreamKey, error) { return NewSignalKey(s, testWorkspace, testCircle, testEpoch) },
	} {
		t.Run(name, func(t *testing.T) {
			k, err := make()
			if err != nil {
				t.Fatal(err)
			}
			if k.equal(f.key.secret) {
				t.Fatal("the key is that of the other place")
			}
			_, err = f.device.open(k, f.sealed)
			wantUnreadable(t, err)
		})
	}
	// The zero stream's key and the signals' key differ by their purpose.
	zero, err := NewStreamKey(s, testWorkspace, testCircle, schema.StreamID{}, testEpoch)
	if err != nil {
		t.Fatal(err)
	}
	if zero.equal(testSignalKey(t).secret) {
		t.Error("a stream has the key of the signals")
	}
}

// A member takes the signed message of another out of its event and seals it for
// somebody else, who did not get it before.
func TestAttack_E8_SignedContentRewrapped(t *testing.T) {
	f := newFixture(t)
	s := epochSecret(t, 3)
	stream, workspace := testStream, testWorkspace
	stream[0], workspace[0] = 1, 1
	otherStream, err := NewStreamKey(s, testWorkspace, testCircle, stream, 1)
	if err != nil {
		t.Fatal(err)
	}
	otherWorkspace, err := NewStreamKey(s, workspace, testCircle, testStream, 1)
	if err != nil {
		t.Fatal(err)
	}
	signals, err := NewSignalKey(s, testWorkspace, testCircle, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, k := range map[string]*StreamKey{"stream": otherStream, "workspace": otherWorkspace, "signals": signals} {
		t.Run(name, func(t *testing.T) {
			_, err := f.device.open(k, sealContent(t, k.secret, f.parts.onePass, f.parts.literal, f.parts.signature))
			wantUnreadable(t, err)
		})
	}
}

// Who has the epoch's secret, but not the device's key, cannot speak for it.
func TestAttack_E11_AnotherDeviceAnswers(t *testing.T) {
	f := newFixture(t)
	_, err := newTestDevice(2).open(f.key, f.sealed)
	wantCode(t, err, schema.CodeBadSignature)

	stolen := newTestDevice(2)
	stolen.public.ID = f.device.public.ID // the right id with the wrong key
	_, err = stolen.open(f.key, f.sealed)
	wantCode(t, err, schema.CodeBadSignature)
}

// Equal contents give different events, and what would compress well is as long as
// what would not.
func TestAttack_F14_NoEqualityNoCompression(t *testing.T) {
	f := newFixture(t)
	p := testPayload(f.device, 4000)
	one, _, err := f.key.sealWith(f.device.sign, f.device.public.ID, p, &counter{n: 1})
	if err != nil {
		t.Fatal(err)
	}
	two, _, err := f.key.sealWith(f.device.sign, f.device.public.ID, p, &counter{n: 2})
	if err != nil {
		t.Fatal(err)
	}
	// The salt, and a part of the content: the padding at the end differs anyhow.
	if bytes.Equal(one[7:39], two[7:39]) || bytes.Equal(one[1000:2000], two[1000:2000]) {
		t.Error("equal contents give equal ciphertexts")
	}
	noise := *p
	noise.Body = make([]byte, len(p.Body))
	if _, err := new(counter).Read(noise.Body); err != nil {
		t.Fatal(err)
	}
	if got := len(f.device.seal(t, f.key, &noise)); got != len(one) {
		t.Errorf("%d and %d octets for bodies of the same length", got, len(one))
	}
}

// Short messages are all of one length, and longer ones show a Padmé length only.
func TestAttack_F15_LengthsAreHidden(t *testing.T) {
	f := newFixture(t)
	lengths := map[int]bool{}
	for n := 0; n <= 500; n += 20 {
		lengths[len(f.device.seal(t, f.key, testPayload(f.device, n)))] = true
	}
	if len(lengths) != 1 {
		t.Errorf("bodies up to 500 octets show %d lengths", len(lengths))
	}
	lengths = map[int]bool{}
	for n := 500; n <= 4500; n += 10 {
		sealed := f.device.seal(t, f.key, testPayload(f.device, n))
		plain, err := openSEIPD(sealed, f.key.octets())
		if err != nil {
			t.Fatal(err)
		}
		if padme(len(plain)) != len(plain) {
			t.Fatalf("a body of %d octets gives a plaintext of %d", n, len(plain))
		}
		lengths[len(sealed)] = true
	}
	if len(lengths) > 40 {
		t.Errorf("400 lengths of bodies show as %d lengths", len(lengths))
	}
}
