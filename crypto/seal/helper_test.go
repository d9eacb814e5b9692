package seal

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

// Places that the tests seal for. They are fixed, so that failures repeat.
var (
	testWorkspace = schema.WorkspaceID{1: 'w', 15: 1}
	testCircle    = schema.CircleID{1: 'c', 15: 2}
	testStream    = schema.StreamID{1: 's', 15: 3}
	testInvite    = schema.InviteID{1: 'i', 15: 4}
	testUserID    = schema.UserID{1: 'u', 15: 5}
	testTime      = time.Unix(1_760_000_000, 0)
)

const testEpoch = 7

// testDevice is a device made of a seed, without an identity around it.
type testDevice struct {
	private ed25519.PrivateKey
	public  cert.Device
}

func newTestDevice(seed byte) testDevice {
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize))
	public := private.Public().(ed25519.PublicKey)
	body := pgpsig.KeyBody(pgpsig.Ed25519, testTime, public)
	return testDevice{private: private, public: cert.Device{
		ID: schema.DeviceID(pgpsig.Fingerprint(body)), Key: public, Created: testTime,
	}}
}

func (d testDevice) sign(message []byte) []byte {
	return pgpsig.Sign(d.private, schema.Fingerprint(d.public.ID), testTime, message)
}

func (d testDevice) seal(t testing.TB, k *StreamKey, p *schema.Payload) []byte {
	t.Helper()
	out, _, err := k.sealWith(d.sign, d.public.ID, p, new(counter))
	if err != nil {
		t.Fatalf("seal: %v", err)
	}
	return out
}

func (d testDevice) open(k *StreamKey, ciphertext []byte) (*schema.Payload, error) {
	p, _, err := k.Open(ciphertext, d.public)
	return p, err
}

// testUser is a user with an identity and one device.
type testUser struct {
	identity *identity.Identity
	keys     *identity.Keys
	device   *identity.Device
	public   cert.Device
}

func newTestUser(t testing.TB) testUser {
	t.Helper()
	id, err := identity.New(testUserID, testTime)
	if err != nil {
		t.Fatal(err)
	}
	device, err := id.AddDevice(testTime)
	if err != nil {
		t.Fatal(err)
	}
	public, ok := id.Certificate().Device(device.ID())
	if !ok {
		t.Fatal("the device is not in the certificate")
	}
	return testUser{identity: id, keys: id.Keys(), device: device, public: public}
}

func (u testUser) payload(n int) *schema.Payload {
	return testPayload(testDevice{public: u.public}, n)
}

// counter is a reproducible source of octets: SHA-256 of 0, 1, 2, ...
type counter struct {
	n    byte
	rest []byte
}

func (c *counter) Read(b []byte) (int, error) {
	if len(c.rest) == 0 {
		sum := sha256.Sum256([]byte{c.n})
		c.n++
		c.rest = sum[:]
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// limited is a source of random octets that fails after some.
type limited struct{ left int }

func (l *limited) Read(b []byte) (int, error) {
	if l.left == 0 {
		return 0, errors.New("no more")
	}
	n := min(len(b), l.left)
	l.left -= n
	return n, nil
}

func testSecret(t testing.TB, seed byte) secret {
	t.Helper()
	sum := sha256.Sum256([]byte{'s', seed})
	s, err := parseSecret(sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func epochSecret(t testing.TB, seed byte) EpochSecret   { return EpochSecret{testSecret(t, seed)} }
func inviteSecret(t testing.TB, seed byte) InviteSecret { return InviteSecret{testSecret(t, seed)} }

func testKey(t testing.TB) *StreamKey {
	t.Helper()
	k, err := NewStreamKey(epochSecret(t, 1), testWorkspace, testCircle, testStream, testEpoch)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func testSignalKey(t testing.TB) *StreamKey {
	t.Helper()
	k, err := NewSignalKey(epochSecret(t, 1), testWorkspace, testCircle, testEpoch)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// testPayload is an event of the device with a body of n octets.
func testPayload(d testDevice, n int) *schema.Payload {
	return &schema.Payload{
		Header: schema.Header{
			Purpose: schema.PurposeEvent, Version: schema.Version,
			Workspace: testWorkspace, Stream: testStream, Event: schema.EventID{9},
			Author: testUserID, Device: d.public.ID, Counter: 12, Prev: schema.Hash{1},
			SeenSeq: 99_999, SeenLink: schema.Hash{2},
			Roster: schema.RosterHead{Seq: 12, Hash: schema.Hash{3}},
			At:     testTime.UnixMilli(), Kind: schema.KindMessage,
		},
		Body: bytes.Repeat([]byte{'m'}, n),
	}
}

func wantCode(t testing.TB, err error, code schema.Code) {
	t.Helper()
	if schema.CodeOf(err) != code {
		t.Fatalf("got error %v, want code %s", err, code)
	}
}

// wantUnreadable checks that an error is the one answer and tells nothing more.
func wantUnreadable(t testing.TB, err error) {
	t.Helper()
	wantCode(t, err, schema.CodeUnreadable)
	if err.Error() != string(schema.CodeUnreadable) {
		t.Fatalf("the refusal says more than its code: %v", err)
	}
}

// sealPlain makes a well-formed packet around any plaintext.
func sealPlain(t testing.TB, key secret, plain []byte) []byte {
	t.Helper()
	w, err := newSEIPD(len(plain), new(counter))
	if err != nil {
		t.Fatal(err)
	}
	w.buf = append(w.buf, plain...)
	out, err := w.seal(key.octets())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sealContent pads packets as they should be and seals them.
func sealContent(t testing.TB, key secret, packets ...[]byte) []byte {
	t.Helper()
	plain, err := appendPadding(bytes.Join(packets, nil), 0, new(counter))
	if err != nil {
		t.Fatal(err)
	}
	return sealPlain(t, key, plain)
}

// signed are the three packets of an event, before padding.
type signed struct{ onePass, literal, signature []byte }

func (d testDevice) packets(t testing.TB, p *schema.Payload) signed {
	t.Helper()
	payload := schema.MustMarshal(p)
	s := d.sign(payload)
	return signed{
		onePass: appendOnePass(nil, pgpsig.Salt(s), &d.public.ID),
		literal: appendLiteral(nil, payload), signature: s,
	}
}

// octets are the 32 octets themselves, nil if there is no secret.
func (s secret) octets() []byte {
	if s.held == nil {
		return nil
	}
	return s.held.octets[:]
}

// privateKey is a device's signing key, whose seed ends its packet.
func privateKey(d *identity.Device) ed25519.PrivateKey {
	b := d.Marshal()
	return ed25519.NewKeyFromSeed(b[len(b)-ed25519.SeedSize:])
}
