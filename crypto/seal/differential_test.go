package seal

import (
	"bytes"
	"io"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

// rawKeyPacket is a key packet around any session key.
func rawKeyPacket(t testing.TB, to cert.EncryptionKey, sessionKey []byte) []byte {
	t.Helper()
	key, err := to.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := packet.SerializeEncryptedKeyAEAD(&out, key, packet.CipherAES256, true, sessionKey, nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// keyRing is the user's own export as go-crypto reads it, private keys included.
func (u testUser) keyRing(t testing.TB) openpgp.EntityList {
	t.Helper()
	armored, err := u.identity.Export()
	if err != nil {
		t.Fatal(err)
	}
	ring, err := openpgp.ReadArmoredKeyRing(bytes.NewReader(armored))
	if err != nil {
		t.Fatalf("go-crypto does not read the identity: %v", err)
	}
	return ring
}

// Another OpenPGP implementation, given the session key in a key packet, decrypts
// our events and verifies their signatures.
func TestGoCryptoReadsEvents(t *testing.T) {
	u, k := newTestUser(t), testKey(t)
	ring := u.keyRing(t)
	for _, n := range []int{0, 300, 9_000, schema.MaxBody} {
		p := u.payload(n)
		sealed, _, err := k.Seal(u.device, p)
		if err != nil {
			t.Fatal(err)
		}
		message := append(rawKeyPacket(t, u.identity.Certificate().Encryption(), k.octets()), sealed...)
		checkPackets := true
		config := &packet.Config{CheckPacketSequence: &checkPackets}
		md, err := openpgp.ReadMessage(bytes.NewReader(message), ring, nil, config)
		if err != nil {
			t.Fatalf("%d octets: %v", n, err)
		}
		body, err := io.ReadAll(md.UnverifiedBody)
		if err != nil {
			t.Fatalf("%d octets: %v", n, err)
		}
		if !md.IsSigned || md.SignatureError != nil || !md.IsVerified {
			t.Errorf("%d octets: signed %v, verified %v, %v", n, md.IsSigned, md.IsVerified, md.SignatureError)
		}
		if md.DecryptedWithAlgorithm != packet.CipherAES256 || !bytes.Equal(body, schema.MustMarshal(p)) {
			t.Errorf("%d octets: another message came out", n)
		}
		if !md.LiteralData.IsBinary || md.LiteralData.FileName != "" || md.LiteralData.Time != 0 {
			t.Errorf("%d octets: the literal has other fields", n)
		}
	}
}

// Ours reads what go-crypto encrypts with exactly our parameters: the two agree on
// the derivation in both directions.
func TestOpensWhatGoCryptoEncrypts(t *testing.T) {
	u, k := newTestUser(t), testKey(t)
	sealed, _, err := k.Seal(u.device, u.payload(300))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := openSEIPD(sealed, k.octets())
	if err != nil {
		t.Fatal(err)
	}
	theirs := fixed(t, encryptWith(t, k.octets(), gcm, 16, plain))
	if len(theirs) != len(sealed) {
		t.Fatalf("go-crypto's packet has %d octets, ours %d", len(theirs), len(sealed))
	}
	if _, _, err := k.Open(theirs, u.public); err != nil {
		t.Fatal(err)
	}
}

var (
	gcm = packet.CipherSuite{Cipher: packet.CipherAES256, Mode: packet.AEADModeGCM}
	ocb = packet.CipherSuite{Cipher: packet.CipherAES256, Mode: packet.AEADModeOCB}
	eax = packet.CipherSuite{Cipher: packet.CipherAES256, Mode: packet.AEADModeEAX}
)

// encryptWith makes a SEIPD version 2 packet with go-crypto.
func encryptWith(t testing.TB, sessionKey []byte, suite packet.CipherSuite, chunk int, plain []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	config := &packet.Config{AEADConfig: &packet.AEADConfig{ChunkSize: 1 << (chunk + 6)}}
	w, err := packet.SerializeSymmetricallyEncrypted(&out, suite.Cipher, true, suite, sessionKey, config)
	if err != nil {
		t.Fatal(err)
	}
	finish(t, w, plain)
	return out.Bytes()
}

func finish(t testing.TB, w io.WriteCloser, b []byte) {
	t.Helper()
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// fixed rewrites a packet of partial bodies, as go-crypto streams them, into one of
// definite length.
func fixed(t testing.TB, b []byte) []byte {
	t.Helper()
	p, err := packet.NewOpaqueReader(bytes.NewReader(b)).Next()
	if err != nil {
		t.Fatal(err)
	}
	return packetOf(0xC0|p.Tag, p.Contents)
}

// What other programs may well make and read is refused here, whatever is in it.
func TestAttack_P2_OtherEncryptions(t *testing.T) {
	u, k := newTestUser(t), testKey(t)
	sealed, _, err := k.Seal(u.device, u.payload(300))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := openSEIPD(sealed, k.octets())
	if err != nil {
		t.Fatal(err)
	}
	var mdc bytes.Buffer
	w, err := packet.SerializeSymmetricallyEncrypted(&mdc, packet.CipherAES256, false, packet.CipherSuite{}, k.octets(), nil)
	if err != nil {
		t.Fatal(err)
	}
	finish(t, w, plain)
	aes128 := packet.CipherSuite{Cipher: packet.CipherAES128, Mode: packet.AEADModeGCM}
	for name, b := range map[string][]byte{
		"OCB":                  fixed(t, encryptWith(t, k.octets(), ocb, 16, plain)),
		"EAX":                  fixed(t, encryptWith(t, k.octets(), eax, 16, plain)),
		"AES-128":              fixed(t, encryptWith(t, k.octets()[:16], aes128, 16, plain)),
		"chunks of 64 octets":  fixed(t, encryptWith(t, k.octets(), gcm, 0, plain)),
		"chunks of 2 MiB":      fixed(t, encryptWith(t, k.octets(), gcm, 15, plain)),
		"partial bodies":       encryptWith(t, k.octets(), gcm, 16, plain),
		"version 1":            fixed(t, mdc.Bytes()),
		"version 1, streamed":  mdc.Bytes(),
		"version 1, key fixed": append(rawKeyPacket(t, u.identity.Certificate().Encryption(), k.octets()), fixed(t, mdc.Bytes())...),
		"whole message":        append(rawKeyPacket(t, u.identity.Certificate().Encryption(), k.octets()), sealed...),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := k.Open(b, u.public)
			wantUnreadable(t, err)
		})
	}
}

// sign makes a signed message with go-crypto and the device's own key.
func (u testUser) sign(t testing.TB, compression packet.CompressionAlgo, text bool, content []byte) []byte {
	t.Helper()
	config := &packet.Config{
		Time:                   func() time.Time { return testTime.Add(time.Hour) },
		DefaultCompressionAlgo: compression,
	}
	var out bytes.Buffer
	w, err := openpgp.SignWithParams(&out, u.signers(t), &openpgp.SignParams{Config: config, TextSig: text})
	if err != nil {
		t.Fatal(err)
	}
	for len(content) > 1000 { // several writes make go-crypto stream in partial bodies
		if _, err := w.Write(content[:1000]); err != nil {
			t.Fatal(err)
		}
		content = content[1000:]
	}
	finish(t, w, content)
	return out.Bytes()
}

// The form of our signed message is the one that go-crypto gives to a short one.
func TestOpensWhatGoCryptoSigns(t *testing.T) {
	u, k := newTestUser(t), testKey(t)
	p := u.payload(10)
	content := u.sign(t, packet.CompressionNone, false, schema.MustMarshal(p))
	got, _, err := k.Open(sealContent(t, k.secret, content), u.public)
	if err != nil || !reflect.DeepEqual(got, p) {
		t.Fatalf("another payload came out: %v", err)
	}
}

// Messages in other shapes are refused though their signatures are good.
func TestAttack_P8_OtherContents(t *testing.T) {
	u, k := newTestUser(t), testKey(t)
	payload := schema.MustMarshal(u.payload(300))
	long := schema.MustMarshal(u.payload(3000))
	ours := u.signedMessage(t, payload)
	var compressed bytes.Buffer
	w, err := packet.SerializeCompressed(nopCloser{&compressed}, packet.CompressionZLIB, nil)
	if err != nil {
		t.Fatal(err)
	}
	finish(t, w, ours)
	for name, content := range map[string][]byte{
		"streamed literal":   u.sign(t, packet.CompressionNone, false, long),
		"text signature":     u.sign(t, packet.CompressionNone, true, payload),
		"compressed":         compressed.Bytes(),
		"compressed, fixed":  fixed(t, compressed.Bytes()),
		"two messages":       slices.Concat(ours, ours),
		"encrypted again":    fixed(t, encryptWith(t, k.octets(), gcm, 16, ours)),
		"nested signatures":  slices.Concat(altered(ours[:onePassLength], -1, 0), ours, ours[len(ours)-138:]),
		"literal and signed": slices.Concat(appendLiteral(nil, payload), ours),
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := k.Open(sealContent(t, k.secret, content), u.public)
			wantUnreadable(t, err)
		})
	}
	if _, _, err := k.Open(sealContent(t, k.secret, ours), u.public); err != nil {
		t.Fatalf("the good message: %v", err)
	}
}

// signers is the user's certificate with the private key of the device, which an
// export does not hold.
func (u testUser) signers(t testing.TB) openpgp.EntityList {
	t.Helper()
	p, err := packet.Read(bytes.NewReader(u.device.Marshal()))
	if err != nil {
		t.Fatal(err)
	}
	ring, id := u.keyRing(t), u.device.ID()
	for i := range ring[0].Subkeys {
		if sub := &ring[0].Subkeys[i]; bytes.Equal(sub.PublicKey.Fingerprint, id[:]) {
			sub.PrivateKey = p.(*packet.PrivateKey)
			return ring
		}
	}
	t.Fatal("the export does not list the device")
	return nil
}

// signedMessage is the three packets of an event, before padding.
func (u testUser) signedMessage(t testing.TB, payload []byte) []byte {
	t.Helper()
	d := testDevice{private: privateKey(u.device), public: u.public}
	var p schema.Payload
	if err := schema.Unmarshal(payload, &p); err != nil {
		t.Fatal(err)
	}
	s := d.packets(t, &p)
	return slices.Concat(s.onePass, s.literal, s.signature)
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
