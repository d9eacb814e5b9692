package pgpsig

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/hex"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/cenacle-team/cenacle/schema"
)

// signer is a fixed key in our form and in go-crypto's.
type signer struct {
	key         ed25519.PrivateKey
	body        []byte
	fingerprint schema.Fingerprint
	object      *packet.PrivateKey
}

var created = time.Unix(1_700_000_000, 0)

func newSigner(t testing.TB, first byte) signer {
	t.Helper()
	seed := make([]byte, ed25519.SeedSize)
	seed[0] = first
	key := ed25519.NewKeyFromSeed(seed)
	body := KeyBody(Ed25519, created, key[32:])
	secret := append(append(bytes.Clone(body), 0), seed...)
	p, err := packet.Read(bytes.NewReader(AppendPacket(nil, TagSecretKey, secret)))
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, body, Fingerprint(body), p.(*packet.PrivateKey)}
}

func (s signer) public() ed25519.PublicKey { return s.key.Public().(ed25519.PublicKey) }

func TestGoCryptoVerifiesOurSignatures(t *testing.T) {
	s := newSigner(t, 1)
	for _, message := range [][]byte{nil, []byte("x"), bytes.Repeat([]byte("long"), 5000)} {
		b := Sign(s.key, s.fingerprint, created.Add(time.Hour), message)
		p, err := packet.Read(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		sig := p.(*packet.Signature)
		h, err := sig.PrepareVerify()
		if err != nil {
			t.Fatal(err)
		}
		h.Write(message)
		if err := s.object.PublicKey.VerifySignature(h, sig); err != nil {
			t.Fatal(err)
		}
		if !sig.CreationTime.Equal(created.Add(time.Hour)) || !bytes.Equal(sig.IssuerFingerprint, s.fingerprint[:]) ||
			sig.SigType != packet.SigTypeBinary || sig.Hash != crypto.SHA256 || !bytes.Equal(sig.Salt(), Salt(b)) {
			t.Errorf("go-crypto reads something else: %+v", sig)
		}
		if err := Verify(s.public(), s.fingerprint, message, b); err != nil {
			t.Error(err)
		}
	}
}

// go-crypto's own signatures have our layout, octet for octet.
func TestWeVerifyGoCryptosSignatures(t *testing.T) {
	s, message := newSigner(t, 1), []byte("message")
	if err := Verify(s.public(), s.fingerprint, message, foreign(t, s, message, nil)); err != nil {
		t.Error(err)
	}
}

// foreign is a detached signature by go-crypto, after change.
func foreign(t *testing.T, s signer, message []byte, change func(*packet.Signature)) []byte {
	t.Helper()
	sig := &packet.Signature{Version: 6, SigType: packet.SigTypeBinary, PubKeyAlgo: packet.PubKeyAlgoEd25519, Hash: crypto.SHA256, CreationTime: created}
	if change != nil {
		change(sig)
	}
	h, err := sig.PrepareSign(nil)
	if err != nil {
		t.Fatal(err)
	}
	h.Write(message)
	if err := sig.Sign(h, s.object, nil); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := sig.Serialize(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestAttack_P11_OtherSignatureForms offers signatures that are valid OpenPGP,
// by the right key over the right message, and not of the one layout.
func TestAttack_P11_OtherSignatureForms(t *testing.T) {
	s, message := newSigner(t, 1), []byte("message")
	lifetime := uint32(3600)
	for name, change := range map[string]func(*packet.Signature){
		"SHA-512":  func(g *packet.Signature) { g.Hash = crypto.SHA512 },
		"SHA3-256": func(g *packet.Signature) { g.Hash = crypto.SHA3_256 },
		"text":     func(g *packet.Signature) { g.SigType = packet.SigTypeText },
		"expires":  func(g *packet.Signature) { g.SigLifetimeSecs = &lifetime },
		"notation": func(g *packet.Signature) { g.Notations = []*packet.Notation{{Name: "a@b", Value: []byte("c")}} },
		"policy":   func(g *packet.Signature) { g.PolicyURI = "https://example.org" },
	} {
		if err := Verify(s.public(), s.fingerprint, message, foreign(t, s, message, change)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	// Ours, signed with another layout.
	for name, form := range map[string]func() []byte{
		"other type":          func() []byte { return resign(s, 0x40, nil, nil, message) },
		"a further subpacket": func() []byte { return resign(s, Document, []byte{2, 27, 2}, nil, message) },
		"unhashed subpacket":  func() []byte { return resign(s, Document, nil, []byte{2, 27, 2}, message) },
		"time not critical":   func() []byte { return lax(s, message, 1) },
		"issuer not critical": func() []byte { return lax(s, message, 7) },
	} {
		if err := Verify(s.public(), s.fingerprint, message, form()); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func resign(s signer, t Type, extra, unhashed, message []byte) []byte {
	body := SignBody(s.key, t, s.fingerprint, created, extra, message)
	if unhashed != nil {
		n := len(body) - tailSize
		body = append(append(append(append([]byte{}, body[:n]...), 0, 0, 0, byte(len(unhashed))), unhashed...), body[n+4:]...)
	}
	return AppendPacket(nil, TagSignature, body)
}

// lax signs properly what has the critical bit of one hashed subpacket cleared.
func lax(s signer, message []byte, at int) []byte {
	b := Sign(s.key, s.fingerprint, created, message)
	hashed, tail := b[2:2+fieldsSize+baseSize], b[2+fieldsSize+baseSize:]
	hashed[fieldsSize+at] &= 0x7F
	sum := digest(Salt(b), hashed, message)
	copy(tail[4:], sum[:2])
	copy(tail[7+SaltSize:], ed25519.Sign(s.key, sum[:]))
	return b
}

func TestVerifyRefusesEveryChange(t *testing.T) {
	s, other := newSigner(t, 1), newSigner(t, 2)
	message := []byte("message")
	b := Sign(s.key, s.fingerprint, created, message)
	for i := range b {
		for bit := range 8 {
			bad := bytes.Clone(b)
			bad[i] ^= 1 << bit
			if err := Verify(s.public(), s.fingerprint, message, bad); !schema.HasCode(err, schema.CodeBadSignature) {
				t.Fatalf("octet %d, bit %d: %v", i, bit, err)
			}
		}
	}
	for n := range b {
		if Verify(s.public(), s.fingerprint, message, b[:n]) == nil {
			t.Fatalf("accepted %d octets", n)
		}
	}
	if Verify(s.public(), s.fingerprint, message, append(bytes.Clone(b), 0)) == nil {
		t.Error("accepted a trailing octet")
	}
	if Verify(s.public(), s.fingerprint, []byte("Message"), b) == nil {
		t.Error("accepted for another message")
	}
	if Verify(other.public(), s.fingerprint, message, b) == nil {
		t.Error("accepted for another key")
	}
	if Verify(s.public(), other.fingerprint, message, b) == nil {
		t.Error("accepted for another issuer")
	}
	if Verify(nil, s.fingerprint, message, b) == nil || Verify(s.public()[:31], s.fingerprint, message, b) == nil {
		t.Error("accepted a key of the wrong length")
	}
	// The digest's first octets are checked on their own, not only the value.
	bad := bytes.Clone(b)
	bad[2+BodySize-64-SaltSize-1-2] ^= 1
	if Verify(s.public(), s.fingerprint, message, bad) == nil {
		t.Error("accepted a wrong digest prefix")
	}
}

func TestVerifyBodyBoundsExtra(t *testing.T) {
	s := newSigner(t, 1)
	extra := make([]byte, maxExtra+1)
	body := SignBody(s.key, DirectKey, s.fingerprint, created, extra)
	if VerifyBody(s.public(), DirectKey, s.fingerprint, extra, body) == nil {
		t.Error("accepted more subpackets than the bound")
	}
	extra = extra[:maxExtra]
	body = SignBody(s.key, DirectKey, s.fingerprint, created, extra)
	if err := VerifyBody(s.public(), DirectKey, s.fingerprint, extra, body); err != nil {
		t.Error(err)
	}
}

func TestSaltsDiffer(t *testing.T) {
	s := newSigner(t, 1)
	a, b := Sign(s.key, s.fingerprint, created, nil), Sign(s.key, s.fingerprint, created, nil)
	if bytes.Equal(Salt(a), Salt(b)) {
		t.Error("two signatures share a salt")
	}
	if Salt(a[:10]) != nil || len(Salt(a)) != SaltSize {
		t.Error("wrong salt")
	}
}

// The sample certificate of RFC 9580, appendix A.3: fingerprint of its primary key.
func TestFingerprintOfRFC9580A3(t *testing.T) {
	material, _ := hex.DecodeString("f94da7bb48d60a61e567706a6587d0331999bb9d891a08242ead84543df895a3")
	body := KeyBody(Ed25519, time.Unix(0x63877fe3, 0), material)
	const want = "CB186C4F0609A697E4D52DFA6C722B0C1F1E27C18A56708F6525EC27BAD9ACC9"
	if got := Fingerprint(body).String(); got != want {
		t.Errorf("got %s", got)
	}
	k, ok := ParseKey(body)
	if !ok || k.Fingerprint.String() != want || k.Created.Unix() != 0x63877fe3 || !bytes.Equal(k.Material, material) {
		t.Errorf("parsed %+v", k)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	good := KeyBody(Ed25519, created, make([]byte, 32))
	change := func(i int, v byte) []byte { b := bytes.Clone(good); b[i] = v; return b }
	for name, b := range map[string][]byte{
		"empty":             nil,
		"header alone":      good[:keyHeader],
		"version 4":         change(0, 4),
		"EdDSA legacy":      change(5, 22),
		"X25519":            change(5, 25),
		"RSA":               change(5, 1),
		"KEM length":        change(5, byte(MLKEM768X25519)),
		"length field":      change(9, 31),
		"short material":    good[:len(good)-1],
		"trailing material": append(bytes.Clone(good), 0),
	} {
		if _, ok := ParseKey(b); ok {
			t.Errorf("%s: accepted", name)
		}
	}
	if KeySize(nil) != 0 || KeySize(change(5, 25)) != 0 || KeySize(good) != len(good) {
		t.Error("wrong size")
	}
}

// TestAttack_P9_PacketLengths offers every form of length that is not the
// shortest definite one within the input.
func TestAttack_P9_PacketLengths(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":               {},
		"tag alone":           {0xC2},
		"old format":          {0x88, 1, 0},
		"not a packet":        {0x02, 1, 0},
		"beyond the end":      {0xC2, 2, 0},
		"partial":             {0xC2, 0xE0, 0},
		"huge partial":        {0xC2, 0xFE, 0},
		"partial, all there":  append([]byte{0xC2, 0xE0}, make([]byte, 9000)...),
		"five octets":         {0xC2, 0xFF, 0, 0, 0, 1, 0},
		"four gigabytes":      {0xC2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0},
		"two octets, cut off": {0xC2, 0xC0},
		"two octets, beyond":  {0xC2, 0xC0, 0, 1},
	} {
		if _, _, _, ok := NextPacket(b); ok {
			t.Errorf("%s: accepted", name)
		}
	}
	for _, n := range []int{0, 1, 191, 192, 193, 1000, 8383} {
		b := append(AppendPacket(nil, TagSignature, make([]byte, n)), 7)
		tag, body, rest, ok := NextPacket(b)
		if !ok || tag != TagSignature || len(body) != n || !bytes.Equal(rest, []byte{7}) {
			t.Errorf("%d octets: not read back", n)
		}
	}
	if _, _, _, ok := NextPacket(AppendPacket(nil, TagSignature, make([]byte, 8384))); ok {
		t.Error("accepted 8,384 octets")
	}
}
