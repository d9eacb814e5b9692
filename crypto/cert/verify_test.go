package cert_test

import (
	"bytes"
	"crypto/ed25519"
	"os"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

func device(n byte) cert.Device {
	return cert.Device{ID: schema.DeviceID(pgpsig.Fingerprint(edBody(n))), Key: ed(n).Public().(ed25519.PublicKey), Created: created}
}

func signAs(n byte, message []byte) []byte {
	return pgpsig.Sign(ed(n), pgpsig.Fingerprint(edBody(n)), created, message)
}

func TestVerifyDetached(t *testing.T) {
	message := []byte("message")
	d, b := device(20), signAs(20, message)
	if err := cert.VerifyDetached(d, message, b); err != nil {
		t.Fatal(err)
	}
	d.Revoked = true
	if err := cert.VerifyDetached(d, message, b); err != nil {
		t.Error("causality decides about a revoked device, not this function")
	}
	for name, err := range map[string]error{
		"other message": cert.VerifyDetached(d, []byte("other"), b),
		"other device":  cert.VerifyDetached(device(21), message, b),
		"other id":      cert.VerifyDetached(cert.Device{ID: device(21).ID, Key: d.Key}, message, b),
		"no signature":  cert.VerifyDetached(d, message, nil),
		"no device":     cert.VerifyDetached(cert.Device{}, message, b),
		"two packets":   cert.VerifyDetached(d, message, append(b, b...)),
	} {
		if !schema.HasCode(err, schema.CodeBadSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func statement(change func(*schema.SignInStatement)) []byte {
	s := schema.SignInStatement{Purpose: schema.PurposeSignIn, Nonce: schema.Hash{9}, User: user, Origin: "https://chat.example.org"}
	if change != nil {
		change(&s)
	}
	return schema.MustMarshal(s)
}

func TestVerifyAnswer(t *testing.T) {
	key := ed(30)
	public := key.Public().(ed25519.PublicKey)
	b := statement(nil)
	neutral := [64]byte{1} // as key and as signature, fits every message
	if !ed25519.Verify(neutral[:32], b, neutral[:]) {
		t.Error("the weak key is not weak")
	}
	got, err := cert.VerifyAnswer(b, ed25519.Sign(key, b), public)
	if err != nil || got.Nonce != (schema.Hash{9}) || got.User != user || got.Origin != "https://chat.example.org" {
		t.Fatal(got, err)
	}
	for name, err := range map[string]error{
		"other statement": second(cert.VerifyAnswer(statement(func(s *schema.SignInStatement) { s.Nonce[0]++ }), ed25519.Sign(key, b), public)),
		"other key":       second(cert.VerifyAnswer(b, ed25519.Sign(ed(31), b), public)),
		"short signature": second(cert.VerifyAnswer(b, ed25519.Sign(key, b)[:63], public)),
		"no key":          second(cert.VerifyAnswer(b, ed25519.Sign(key, b), nil)),
		"weak key":        second(cert.VerifyAnswer(b, neutral[:], neutral[:32])),
	} {
		if !schema.HasCode(err, schema.CodeBadSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	junk := append(b, 0)
	if _, err := cert.VerifyAnswer(junk, ed25519.Sign(key, junk), public); !schema.HasCode(err, schema.CodeBadEncoding) {
		t.Error(err)
	}
}

func second[T any](_ T, err error) error { return err }

// TestAttack_L12_SignatureForAnotherPurpose offers as answers what the keys
// signed for other purposes, and answers as something else.
func TestAttack_L12_SignatureForAnotherPurpose(t *testing.T) {
	key, d := ed(30), device(20)
	public := key.Public().(ed25519.PublicKey)
	forDevice := func(s *schema.SignInStatement) { s.Purpose, s.Device = schema.PurposeDevice, d.ID }

	good := statement(forDevice)
	if got, err := cert.VerifyDeviceAnswer(d, good, signAs(20, good)); err != nil || got.Device != d.ID {
		t.Fatal(got, err)
	}
	for name, change := range map[string]func(*schema.SignInStatement){
		"event":          func(s *schema.SignInStatement) { s.Purpose = schema.PurposeEvent },
		"device session": func(s *schema.SignInStatement) { s.Purpose = schema.PurposeDevice },
		"with a device":  func(s *schema.SignInStatement) { s.Device = d.ID },
	} {
		b := statement(change)
		if _, err := cert.VerifyAnswer(b, ed25519.Sign(key, b), public); !schema.HasCode(err, schema.CodeBadSignature) {
			t.Errorf("login key, %s: %v", name, err)
		}
	}
	for name, change := range map[string]func(*schema.SignInStatement){
		"sign-in":      nil,
		"event":        func(s *schema.SignInStatement) { forDevice(s); s.Purpose = schema.PurposeEvent },
		"other device": func(s *schema.SignInStatement) { forDevice(s); s.Device[0]++ },
	} {
		b := statement(change)
		if _, err := cert.VerifyDeviceAnswer(d, b, signAs(20, b)); !schema.HasCode(err, schema.CodeBadSignature) {
			t.Errorf("device, %s: %v", name, err)
		}
	}
	// A plain signature is not a packet, and a packet not a plain signature.
	plain := ed25519.Sign(ed(20), good)
	if _, err := cert.VerifyDeviceAnswer(d, good, plain); !schema.HasCode(err, schema.CodeBadSignature) {
		t.Error(err)
	}
	b := statement(nil)
	if _, err := cert.VerifyAnswer(b, signAs(20, b), d.Key); !schema.HasCode(err, schema.CodeBadSignature) {
		t.Error(err)
	}
	if _, err := cert.VerifyAnswer(b, signAs(20, b)[pgpsig.PacketSize-64:], d.Key); !schema.HasCode(err, schema.CodeBadSignature) {
		t.Error(err)
	}
	d.Revoked = true
	if _, err := cert.VerifyDeviceAnswer(d, good, signAs(20, good)); !schema.HasCode(err, schema.CodeDeviceRevoked) {
		t.Error(err)
	}
}

func publicKey(t testing.TB, k cert.EncryptionKey) *packet.PublicKey {
	t.Helper()
	key, err := k.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// keyPacket seals a session key by go-crypto to the nth encryption subkey.
func keyPacket(t testing.TB, n byte) []byte {
	t.Helper()
	m := newMaker(1)
	var out bytes.Buffer
	key := publicKey(t, m.make(t, m.kem(n)).Encryption())
	if err := packet.SerializeEncryptedKeyAEAD(&out, key, packet.CipherAES256, true, make([]byte, 32), nil); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestKeyPacketRecipient(t *testing.T) {
	b := keyPacket(t, 10)
	if len(b) != cert.KeyPacketSize || len(b) > schema.MaxKeyPacket {
		t.Fatalf("%d octets", len(b))
	}
	got, err := cert.KeyPacketRecipient(b)
	if err != nil || got != pgpsig.Fingerprint(newMaker(1).kem(10).Key) {
		t.Fatal(got, err)
	}
}

// TestAttack_P2_OtherKeyPackets offers key packets of other versions, lengths
// and algorithms, among them the version 3 one of RFC 9980.
func TestAttack_P2_OtherKeyPackets(t *testing.T) {
	b := keyPacket(t, 10)
	set := func(i int, v byte) []byte { c := bytes.Clone(b); c[i] = v; return c }
	var v3, short bytes.Buffer
	m := newMaker(1)
	key := publicKey(t, m.make(t, m.kem(10)).Encryption())
	if err := packet.SerializeEncryptedKeyAEAD(&v3, key, packet.CipherAES256, false, make([]byte, 32), nil); err != nil {
		t.Fatal(err)
	}
	if err := packet.SerializeEncryptedKeyAEAD(&short, key, packet.CipherAES256, true, make([]byte, 16), nil); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"empty":                nil,
		"version 3":            v3.Bytes(),
		"16-octet session key": short.Bytes(),
		"other tag":            set(0, 0xC3),
		"version":              set(3, 3),
		"fingerprint length":   set(4, 0),
		"fingerprint version":  set(5, 4),
		"X25519":               set(6+32, 25),
		"ML-KEM-1024":          set(6+32, 36),
		"wrapped length":       set(len(b)-41, 39),
		"cut off":              b[:len(b)-1],
		"trailing octet":       append(bytes.Clone(b), 0),
		"two":                  append(bytes.Clone(b), b...),
		"partial length":       append([]byte{0xC1, 0xEA}, b[3:]...),
		"five-octet length":    append([]byte{0xC1, 0xFF, 0, 0, 4, 0xAD}, b[3:]...),
	} {
		if _, err := cert.KeyPacketRecipient(bad); !schema.HasCode(err, schema.CodeUnreadable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func seeded(f *testing.F) {
	f.Helper()
	if files, err := os.ReadDir("testdata/fuzz/" + f.Name()); err != nil || len(files) == 0 {
		f.Fatal("the fuzzer has no seeds: ", err)
	}
}

func FuzzParseCertificate(f *testing.F) {
	seeded(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := cert.Parse(b)
		if err != nil {
			if !schema.HasCode(err, schema.CodeBadCertificate) {
				t.Fatal(err)
			}
			return
		}
		if !bytes.Equal(c.Bytes(), b) {
			t.Fatal("not the octets that were parsed")
		}
		again, err := cert.Assemble(c.Parts())
		if err != nil || !bytes.Equal(again.Bytes(), b) {
			t.Fatal("not canonical", err)
		}
		merged, err := cert.Merge(c, again)
		if err != nil || !bytes.Equal(merged.Bytes(), b) || cert.Extends(c, merged) != nil {
			t.Fatal("does not merge with itself", err)
		}
	})
}

func FuzzVerifyDetached(f *testing.F) {
	seeded(f)
	d := device(20)
	f.Fuzz(func(t *testing.T, message, b []byte) {
		err := cert.VerifyDetached(d, message, b)
		if err != nil {
			if !schema.HasCode(err, schema.CodeBadSignature) {
				t.Fatal(err)
			}
			return
		}
		// Ed25519 signatures over one digest are unique for honest keys, so a
		// second form of the packet would show here.
		again := bytes.Clone(b)
		again[0] ^= 0x40
		if len(b) != pgpsig.PacketSize || cert.VerifyDetached(d, message, again) == nil {
			t.Fatal("accepted another layout")
		}
	})
}

func FuzzKeyPacketRecipient(f *testing.F) {
	seeded(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		recipient, err := cert.KeyPacketRecipient(b)
		if err != nil {
			if !schema.HasCode(err, schema.CodeUnreadable) {
				t.Fatal(err)
			}
			return
		}
		p, err := packet.Read(bytes.NewReader(b))
		if err != nil {
			t.Fatal("go-crypto does not read it", err)
		}
		k, ok := p.(*packet.EncryptedKey)
		if !ok || k.Version != 6 || !bytes.Equal(k.KeyFingerprint, recipient[:]) || len(b) != cert.KeyPacketSize {
			t.Fatal("go-crypto reads something else")
		}
	})
}
