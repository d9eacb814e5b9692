package seal

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// RFC 5869, appendix A.1: the HKDF that everything here is derived with.
func TestHKDFVector(t *testing.T) {
	got, err := hkdf.Key(sha256.New, bytes.Repeat([]byte{0x0b}, 22), unhex(t, "000102030405060708090a0b0c"),
		string(unhex(t, "f0f1f2f3f4f5f6f7f8f9")), 42)
	if err != nil {
		t.Fatal(err)
	}
	if hex.EncodeToString(got) != "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865" {
		t.Errorf("got %x", got)
	}
}

// RFC 9580, appendix A.11: a SEIPD version 2 packet with AES-128 and GCM. Ours
// differ in the key's length and the chunk size octet only, which the derivation
// takes from the session key and the prefix.
func TestMessageKeyVector(t *testing.T) {
	const prefix = "\xD2\x02\x07\x03\x06"
	sessionKey := unhex(t, "1936fc8568980274bb900d8319360c77")
	body := unhex(t, "02070306fcb94490bcb98bbdc9d106c6090266940f72e89edc21b5596b1576b101ed0f9f"+
		"fc6fc6d65bbfd24dcd0790966e6d1e85a30053784cb1d8b6a0699ef12155a7b2ad6258531b"+
		"57651fd7777912fa95e35d9b40216f69a4c248db28ff4331f1632907399e6ff9")
	plain := unhex(t, "cb1362000000000048656c6c6f2c20776f726c6421d50e1ce2269a9eddef81032172b7ed7c")
	salt, data := body[4:36], body[36:]

	k, err := newMessageKey(sessionKey, salt, prefix)
	if err != nil {
		t.Fatal(err)
	}
	got := k.aead.Seal(nil, k.nonce(0), plain, []byte(prefix))
	got = k.aead.Seal(got, k.nonce(1), nil, finalData(prefix, len(plain)))
	if !bytes.Equal(got, data) {
		t.Errorf("got %x", got)
	}
	// The product's reader accepts its own parameters alone.
	_, err = openSEIPD(append([]byte{headSEIPD, byte(len(body))}, body...), sessionKey)
	wantUnreadable(t, err)
}

func TestSEIPDBounds(t *testing.T) {
	if _, err := newSEIPD(maxChunk+1, new(counter)); err == nil {
		t.Error("a plaintext of two chunks was begun")
	}
	w, err := newSEIPD(10, new(counter))
	if err != nil {
		t.Fatal(err)
	}
	w.buf = append(w.buf, "nine octe"...)
	if _, err := w.seal(make([]byte, 32)); err == nil {
		t.Error("a plaintext of another length than announced was sealed")
	}
	key := testSecret(t, 1)
	for _, n := range []int{0, 1, 100, 9000} {
		sealed := sealPlain(t, key, make([]byte, n))
		if plain, err := openSEIPD(sealed, key.octets()); err != nil || len(plain) != n {
			t.Errorf("%d octets do not come back: %v", n, err)
		}
	}
	// More than a chunk holds, in one chunk and with good tags.
	salt, total := make([]byte, saltLength), maxChunk+1
	k, err := newMessageKey(key.octets(), salt, seipdPrefix)
	if err != nil {
		t.Fatal(err)
	}
	body := k.aead.Seal(append([]byte(seipdPrefix[1:]), salt...), k.nonce(0), make([]byte, total), []byte(seipdPrefix))
	body = k.aead.Seal(body, k.nonce(1), nil, finalData(seipdPrefix, total))
	_, err = openSEIPD(packetOf(headSEIPD, body), key.octets())
	wantUnreadable(t, err)
}

// Opening leaves the sealed octets as they were: they are stored and hashed.
func TestOpenDoesNotChangeItsInput(t *testing.T) {
	f := newFixture(t)
	before := bytes.Clone(f.sealed)
	if _, err := f.device.open(f.key, f.sealed); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, f.sealed) {
		t.Error("the ciphertext was changed")
	}
}
