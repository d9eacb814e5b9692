package identity

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

// unreadable checks that every refusal is one and the same error.
func unreadable(t *testing.T, what string, k *Keys, pkesk []byte) {
	t.Helper()
	_, want := k.Open(nil)
	got, err := k.Open(pkesk)
	if got != nil || !schema.HasCode(err, schema.CodeUnreadable) || err.Error() != want.Error() {
		t.Errorf("%s: %x, %v", what, got, err)
	}
}

// TestAttack_P12_OneErrorForKeyPackets breaks a key packet everywhere.
func TestAttack_P12_OneErrorForKeyPackets(t *testing.T) {
	id := must(New(user, now))(t)
	keys, to := id.Keys(), id.Certificate().Encryption()
	good := seal(t, to, bytes.Repeat([]byte{1}, 32))
	must(keys.Open(good))(t)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		unreadable(t, "an octet changed", keys, bad)
	}
	for n := 0; n < len(good); n += 11 {
		unreadable(t, "cut off", keys, good[:n])
	}
	stranger := must(New(user, now))(t)
	unreadable(t, "sealed to another", keys, seal(t, stranger.Certificate().Encryption(), make([]byte, 32)))
	zero := bytes.Clone(good)
	clear(zero[39 : 39+32])
	unreadable(t, "ephemeral key of low order", keys, zero)
	unreadable(t, "session key of 16 octets", keys, seal(t, to, make([]byte, 16)))
	unreadable(t, "session key of 40 octets", keys, seal(t, to, make([]byte, 40)))
}

// TestAttack_P2_KeyPacketVersion3 seals to the right key in the older form.
func TestAttack_P2_KeyPacketVersion3(t *testing.T) {
	id := must(New(user, now))(t)
	var v3, anonymous bytes.Buffer
	to := must(id.Certificate().Encryption().PublicKey())(t)
	if err := packet.SerializeEncryptedKeyAEAD(&v3, to, packet.CipherAES256, false, make([]byte, 32), nil); err != nil {
		t.Fatal(err)
	}
	if err := packet.SerializeEncryptedKeyAEADwithHiddenOption(&anonymous, to, packet.CipherAES256, true, make([]byte, 32), true, nil); err != nil {
		t.Fatal(err)
	}
	unreadable(t, "version 3", id.Keys(), v3.Bytes())
	unreadable(t, "anonymous recipient", id.Keys(), anonymous.Bytes())
}

// TestAttack_P11_SigningKeyDecrypts addresses key packets to keys that sign. The
// keys that open cannot hold one either.
func TestAttack_P11_SigningKeyDecrypts(t *testing.T) {
	id, d := veteran(t)
	good := seal(t, id.Certificate().Encryption(), make([]byte, 32))
	for name, fingerprint := range map[string]schema.Fingerprint{"device": schema.Fingerprint(d.ID()), "primary": id.Certificate().Fingerprint()} {
		bad := bytes.Clone(good)
		copy(bad[6:], fingerprint[:])
		if got, err := cert.KeyPacketRecipient(bad); err != nil || got != fingerprint {
			t.Fatal("not addressed to it", err)
		}
		unreadable(t, name, id.Keys(), bad)
	}
	for _, signing := range [][]byte{d.Marshal(), id.primary.packet(pgpsig.TagSecretSubkey)} {
		if _, err := ParseKeys(append(id.Keys().Marshal(), signing...)); !schema.HasCode(err, schema.CodeBadEncoding) {
			t.Error("a signing key among the encryption keys", err)
		}
	}
	if _, err := ParseDevice(id.keys[0].packet(pgpsig.TagSecretSubkey)); !schema.HasCode(err, schema.CodeBadEncoding) {
		t.Error("an encryption key as device", err)
	}
}

// packets splits a published file and gives its packets our form of header.
func packets(t *testing.T, name string) map[pgpsig.Tag][]byte {
	t.Helper()
	block := must(armor.Decode(bytes.NewReader(must(os.ReadFile("testdata/" + name))(t))))(t)
	found := map[pgpsig.Tag][]byte{}
	for r := packet.NewOpaqueReader(block.Body); ; {
		p, err := r.Next()
		if err == io.EOF {
			return found
		}
		if err != nil {
			t.Fatal(err)
		}
		found[pgpsig.Tag(p.Tag)] = pgpsig.AppendPacket(nil, pgpsig.Tag(p.Tag), p.Contents)
	}
}

// The version 6 sample of RFC 9980: its ML-KEM-768+X25519 subkey is one of ours,
// and opens the key packet of the sample message.
func TestVectorRFC9980(t *testing.T) {
	secret := packets(t, "rfc9980-v6-mldsa-65-sk.asc")[pgpsig.TagSecretSubkey]
	keys := must(ParseKeys(secret))(t)
	const want = "7DAE8FBCE23022607167AF72A002E774E0CA379A2D7AE072384E1E8FDE3265E4"
	if got := keys.secrets[0].fingerprint().String(); got != want {
		t.Errorf("fingerprint %s", got)
	}
	message := packets(t, "rfc9980-v6-mldsa-65-message.asc")
	key := must(keys.Open(message[pgpsig.TagKeyPacket]))(t)
	p := must(packet.Read(bytes.NewReader(message[18])))(t)
	r := must(p.(*packet.SymmetricallyEncrypted).Decrypt(packet.CipherAES256, key))(t)
	plain := must(io.ReadAll(r))(t)
	if err := r.Close(); err != nil || !bytes.Contains(plain, []byte("Testing\n")) {
		t.Errorf("%q, %v", plain, err)
	}
}

func BenchmarkOpen(b *testing.B) {
	id, _ := veteran(b)
	keys, pkesk := id.Keys(), seal(b, id.Certificate().Encryption(), make([]byte, 32))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := keys.Open(pkesk); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUnlock(b *testing.B) {
	id, _ := veteran(b)
	key, _ := lockKeys()
	locked := must(id.Lock(key, 1))(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Unlock(locked, key, 1); err != nil {
			b.Fatal(err)
		}
	}
}
