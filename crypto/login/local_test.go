package login

import (
	"bytes"
	"compress/flate"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	"golang.org/x/crypto/argon2"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

const (
	password = "a passphrase"

	tagSEIPD   = 0xC0 | byte(pgpsig.TagEncrypted)
	tagLiteral = 0xC0 | byte(pgpsig.TagLiteral)
)

var sessionKey = bytes.Repeat([]byte{7}, 32)

// skesk is, once made, a good first packet for sessionKey.
var skesk = sync.OnceValue(func() []byte {
	var out bytes.Buffer
	if err := packet.SerializeSymmetricKeyEncryptedAEADReuseKey(&out, sessionKey, []byte(password), true, localConfig()); err != nil {
		panic(err)
	}
	return out.Bytes()
})

// seipd encrypts packets with sessionKey as SEIPDv2, in definite length.
func seipd(t *testing.T, inner []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := packet.SerializeSymmetricallyEncrypted(&out, packet.CipherAES256, true,
		packet.CipherSuite{Cipher: packet.CipherAES256, Mode: packet.AEADModeGCM}, sessionKey, localConfig())
	if err != nil {
		t.Fatal(err)
	}
	w.Write(inner)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := packet.NewOpaqueReader(&out).Next()
	if err != nil {
		t.Fatal(err)
	}
	return pack(tagSEIPD, p.Contents)
}

func pack(tag byte, body []byte) []byte {
	return pgpsig.AppendPacket(nil, pgpsig.Tag(tag&0x3F), body)
}

func literal(data string) []byte { return pack(tagLiteral, append(literalFixed[:], data...)) }

func message(second []byte) []byte { return append(bytes.Clone(skesk()), second...) }

// refusesLocal checks that every refusal is one and the same error, without data.
func refusesLocal(t *testing.T, name string, sealed []byte) {
	t.Helper()
	data, err := OpenLocal(password, sealed)
	_, want := OpenLocal("", nil)
	if data != nil || !schema.HasCode(err, schema.CodeSignInFailed) || err.Error() != want.Error() {
		t.Errorf("%s: %q, %v", name, data, err)
	}
}

func TestLocalRoundTrip(t *testing.T) {
	for _, n := range []int{0, chunkSize - 8, schema.MaxLocalProfile} {
		data := bytes.Repeat([]byte{'d'}, n)
		sealed, err := SealLocal(password, data)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := OpenLocal(password, sealed); err != nil || !bytes.Equal(got, data) {
			t.Errorf("%d octets: %v", n, err)
		}
	}
	if _, err := SealLocal(password, make([]byte, schema.MaxLocalProfile+1)); !schema.HasCode(err, schema.CodeTooLarge) {
		t.Error(err)
	}
	if _, err := SealLocal("", nil); !schema.HasCode(err, schema.CodeBadRequest) {
		t.Error(err)
	}
}

// Another OpenPGP program opens a profile.
func TestGoCryptoOpensLocal(t *testing.T) {
	sealed, err := SealLocal(password, []byte("profile"))
	if err != nil {
		t.Fatal(err)
	}
	asked := false
	md, err := openpgp.ReadMessage(bytes.NewReader(sealed), nil, func([]openpgp.Key, bool) ([]byte, error) {
		if asked {
			return nil, io.EOF
		}
		asked = true
		return []byte(password), nil
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(md.UnverifiedBody); err != nil || string(got) != "profile" {
		t.Errorf("%q, %v", got, err)
	}
}

// The form that docs/protocol.md states, opened with the standard library alone.
func TestLocalAsDocumented(t *testing.T) {
	sealed, err := SealLocal("Å", []byte("profile"))
	if err != nil {
		t.Fatal(err)
	}
	gcm := func(key []byte) cipher.AEAD {
		block, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			t.Fatal(err)
		}
		return aead
	}
	expand := func(secret, salt []byte, info []byte, n int) []byte {
		b, err := hkdf.Key(sha256.New, secret, salt, string(info), n)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first, second := sealed[:87], sealed[87:]
	stretched := argon2.IDKey([]byte("\u00C5"), first[8:24], 3, 65536, 4, 32)
	info := []byte{0xC3, 6, 9, 3}
	key, err := gcm(expand(stretched, nil, info, 32)).Open(nil, first[27:39], first[39:], info)
	if err != nil {
		t.Fatal(err)
	}
	if second[0] != 0xD2 || int(second[1]) != len(second)-2 {
		t.Fatalf("header %x", second[:2])
	}
	info = append([]byte{0xD2}, second[2:6]...)
	okm := expand(key, second[6:38], info, 32+4)
	nonce := append(okm[32:], make([]byte, 8)...)
	aead, body := gcm(okm[:32]), second[38:]
	plain, err := aead.Open(nil, nonce, body[:len(body)-16], info)
	if err != nil {
		t.Fatal(err)
	}
	nonce[11] = 1
	final := binary.BigEndian.AppendUint64(info, uint64(len(plain)))
	if _, err := aead.Open(nil, nonce, body[len(body)-16:], final); err != nil {
		t.Fatal(err)
	}
	if want := append([]byte{0xCB, 13, 'b', 0, 0, 0, 0, 0}, "profile"...); !bytes.Equal(plain, want) {
		t.Errorf("%x", plain)
	}
}

// TestAttack_P1_NoIntegrity replaces the authenticated packet by older ones.
func TestAttack_P1_NoIntegrity(t *testing.T) {
	var v1 bytes.Buffer
	w, err := packet.SerializeSymmetricallyEncrypted(&v1, packet.CipherAES256, false, packet.CipherSuite{}, sessionKey, localConfig())
	if err != nil {
		t.Fatal(err)
	}
	w.Write(literal("profile"))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := packet.NewOpaqueReader(&v1).Next()
	if err != nil {
		t.Fatal(err)
	}
	good := seipd(t, literal("profile"))
	if _, err := OpenLocal(password, message(good)); err != nil {
		t.Fatal(err)
	}
	refusesLocal(t, "SED", message(pack(0xC9, good[6:])))
	refusesLocal(t, "SEIPDv1", message(pack(tagSEIPD, p.Contents)))
	refusesLocal(t, "AEAD packet of a draft", message(pack(0xD4, good[2:])))
	refusesLocal(t, "nothing encrypted", message(literal("profile")))
}

// TestAttack_P2_OtherVersions mixes versions, ciphers and modes.
func TestAttack_P2_OtherVersions(t *testing.T) {
	good := message(seipd(t, literal("profile")))
	set := func(i int, v byte) []byte { b := bytes.Clone(good); b[i] = v; return b }
	a9, err := os.ReadFile("testdata/rfc9580-a9.hex")
	if err != nil {
		t.Fatal(err)
	}
	published, err := hex.DecodeString(strings.TrimSpace(string(a9)))
	if err != nil {
		t.Fatal(err)
	}
	at := skeskSize
	for name, bad := range map[string][]byte{
		"SKESK version 4":  set(2, 4),
		"SKESK AES-128":    set(4, 7),
		"SKESK OCB":        set(5, 2),
		"S2K iterated":     set(7, 3),
		"SEIPD version 1":  set(at+2, 1),
		"SEIPD AES-128":    set(at+3, 7),
		"SEIPD OCB":        set(at+4, 2),
		"SEIPD chunk size": set(at+5, 16),
		"RFC 9580 A.9":     published,
		"RFC 9580 A.12.1":  dearmor(t, "testdata/rfc9580-a12-1.asc"),
		"armored":          []byte("-----BEGIN PGP MESSAGE-----\n\n"),
	} {
		if localShape(bad) {
			t.Errorf("%s: the shape is accepted", name)
		}
		refusesLocal(t, name, bad)
	}
}

func dearmor(t *testing.T, name string) []byte {
	f, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	block, err := armor.Decode(bytes.NewReader(f))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(block.Body)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestAttack_L2_LocalParameters asks for other Argon2 parameters in the file.
func TestAttack_L2_LocalParameters(t *testing.T) {
	good := message(seipd(t, literal("profile")))
	for name, params := range map[string][3]byte{
		"2 TiB": {3, 4, 31}, "255 passes": {255, 4, 16}, "255 lanes": {3, 255, 16}, "8 KiB": {3, 1, 3}, "one pass": {1, 4, 16}, "none": {},
	} {
		bad := bytes.Clone(good)
		copy(bad[24:], params[:])
		quiet(t, name, func() { refusesLocal(t, name, bad) })
	}
}

// TestAttack_P8_CompressedAndNested encrypts, with the right key, something else
// than one plain literal packet.
func TestAttack_P8_CompressedAndNested(t *testing.T) {
	var compressed bytes.Buffer
	compressed.WriteByte(1) // ZIP
	w, err := flate.NewWriter(&compressed, 9)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(literal(strings.Repeat("bomb", 100_000)))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	good := literal("profile")
	edit := func(i int, v byte) []byte { b := bytes.Clone(good); b[i] = v; return b }
	for name, inner := range map[string][]byte{
		"compressed":       pack(0xC8, compressed.Bytes()),
		"nested":           seipd(t, good),
		"nothing":          {},
		"two literals":     append(bytes.Clone(good), good...),
		"trailing octet":   append(bytes.Clone(good), 0),
		"padding":          append(bytes.Clone(good), pack(0xD5, make([]byte, 8))...),
		"marker first":     append(pack(0xCA, []byte("PGP")), good...),
		"text":             edit(2, 't'),
		"named":            append([]byte{tagLiteral, 7, 'b', 1, 'x', 0, 0, 0, 0}, 0),
		"dated":            edit(7, 1),
		"partial length":   append([]byte{tagLiteral, 0xE3}, append(literalFixed[:], "da\x00"...)...),
		"old format":       append([]byte{0xAC, 13}, good[2:]...),
		"longer header":    append([]byte{tagLiteral, 255, 0, 0, 0, 13}, good[2:]...),
		"short literal":    {tagLiteral, 2, 'b', 0},
		"a signed literal": append(pack(0xC4, make([]byte, 54)), good...),
	} {
		plain, err := decryptLocal(sessionKey, seipd(t, inner))
		if data, ok := literalData(plain); err != nil || ok || data != nil {
			t.Errorf("%s: %q, %v", name, data, err)
		}
	}
	// Once the whole way; deriving takes its time.
	refusesLocal(t, "compressed", message(seipd(t, pack(0xC8, compressed.Bytes()))))
	refusesLocal(t, "nested", message(seipd(t, seipd(t, good))))
}

// TestAttack_P9_LocalLengths lies about lengths.
func TestAttack_P9_LocalLengths(t *testing.T) {
	good := seipd(t, literal("profile"))
	body := good[2:]
	for name, second := range map[string][]byte{
		"four gigabytes": append([]byte{tagSEIPD, 255, 255, 255, 255, 255}, body...),
		"longer header":  append([]byte{tagSEIPD, 255, 0, 0, 0, byte(len(body))}, body...),
		"partial":        append([]byte{tagSEIPD, 0xE6}, body...),
		"endless":        append([]byte{tagSEIPD, 0xFE}, body...),
		"one short":      append([]byte{tagSEIPD, byte(len(body) - 1)}, body...),
		"one long":       append([]byte{tagSEIPD, byte(len(body) + 1)}, body...),
		"tags only":      pack(tagSEIPD, body[:seipdFixed+gcmTag]),
		"too large":      pack(tagSEIPD, append(bytes.Clone(body), make([]byte, maxSealed)...)),
		"none":           nil,
	} {
		if localShape(message(second)) {
			t.Errorf("%s: the shape is accepted", name)
		}
		refusesLocal(t, name, message(second))
	}
	refusesLocal(t, "no SKESK", good)
	refusesLocal(t, "empty", nil)
}

// TestAttack_P12_OneErrorForLocal breaks a profile of several chunks where only
// decryption can find it: nothing of it is returned (also P4).
func TestAttack_P12_OneErrorForLocal(t *testing.T) {
	good := message(seipd(t, literal(strings.Repeat("x", 2*chunkSize))))
	flip := func(i int) []byte { b := bytes.Clone(good); b[i] ^= 1; return b }
	for name, i := range map[string]int{"Argon2 salt": 8, "wrapped key": 50, "final tag": len(good) - 1} {
		if !localShape(flip(i)) {
			t.Errorf("%s: refused by its shape", name)
		}
		refusesLocal(t, name, flip(i))
	}
	// The second packet alone, without deriving each time.
	header, chunk := 6+seipdFixed, chunkSize+gcmTag
	body := good[skeskSize+6:]
	for name, bad := range map[string][]byte{
		"SEIPD salt":            flip(skeskSize + 12)[skeskSize:],
		"first chunk":           flip(skeskSize + header)[skeskSize:],
		"second chunk":          flip(skeskSize + header + chunk)[skeskSize:],
		"last chunk":            flip(len(good) - 20 - gcmTag)[skeskSize:],
		"final tag":             flip(len(good) - 1)[skeskSize:],
		"without the final tag": pack(tagSEIPD, body[:len(body)-gcmTag]),
		"a chunk dropped":       pack(tagSEIPD, append(bytes.Clone(body[:seipdFixed]), body[seipdFixed+chunk:]...)),
		"last chunk dropped":    pack(tagSEIPD, append(bytes.Clone(body[:seipdFixed+chunk]), body[len(body)-gcmTag:]...)),
	} {
		if plain, err := decryptLocal(sessionKey, bad); plain != nil || err == nil {
			t.Errorf("%s: %d octets, %v", name, len(plain), err)
		}
	}
	if data, err := OpenLocal("another passphrase", good); data != nil || !schema.HasCode(err, schema.CodeSignInFailed) {
		t.Errorf("wrong passphrase: %v", err)
	}
}

func seeded(f *testing.F) {
	f.Helper()
	if files, err := os.ReadDir("testdata/fuzz/" + f.Name()); err != nil || len(files) == 0 {
		f.Fatal("the fuzzer has no seeds: ", err)
	}
}

// FuzzOpenLocal fuzzes the structure alone; Argon2 would take all the time.
func FuzzOpenLocal(f *testing.F) {
	seeded(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		if data, ok := literalData(b); ok && !bytes.Equal(pack(tagLiteral, append(literalFixed[:], data...)), b) {
			t.Fatal("two forms of one literal packet")
		}
		if !localShape(b) {
			return
		}
		r := packet.NewReader(bytes.NewReader(b))
		p, err := r.Next()
		if k, ok := p.(*packet.SymmetricKeyEncrypted); err != nil || !ok || k.Version != 6 || k.CipherFunc != packet.CipherAES256 || k.Mode != packet.AEADModeGCM {
			t.Fatal("go-crypto reads another first packet", p, err)
		}
		p, err = r.Next()
		if e, ok := p.(*packet.SymmetricallyEncrypted); err != nil || !ok || e.Version != 2 || e.Cipher != packet.CipherAES256 || e.ChunkSizeByte != chunkOctet {
			t.Fatal("go-crypto reads another second packet", p, err)
		}
	})
}
