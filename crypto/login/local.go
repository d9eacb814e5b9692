package login

import (
	"bytes"
	"crypto"
	"fmt"
	"io"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/ProtonMail/go-crypto/openpgp/s2k"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

// A sealed profile is two packets with definite lengths. The first is a
// symmetric-key encrypted session key of version 6 (RFC 9580 section 5.3.2), 87
// octets of which these are fixed: header, version, count, AES-256, GCM, length
// of the S2K specifier, Argon2; then 16 octets of salt; t=3, p=4, m=2^16 KiB; 12
// octets of nonce; 48 octets of wrapped session key.
//
// The second is a SEIPD packet of version 2 (section 5.13.2) with AES-256, GCM
// and chunks of 64 KiB, which holds one literal packet in binary form without
// name or date (section 5.9).
const (
	skeskSize   = 2 + 85
	skeskSaltAt = 8
	seipdFixed  = 4 + 32 // version, cipher, mode and chunk size; salt
	gcmTag      = 16
	literalHead = 6
	chunkSize   = 1 << 16
	chunkOctet  = 10 // 2^(10+6)

	// maxSealed is the longest sealed profile: two packet headers of six octets,
	// a tag for each chunk, of which the literal's head may fill one more, and
	// the final tag.
	maxSealed = skeskSize + 6 + seipdFixed + 6 + literalHead + schema.MaxLocalProfile +
		(schema.MaxLocalProfile/chunkSize+2)*gcmTag
)

var (
	skeskHead    = [skeskSaltAt]byte{0xC0 | byte(pgpsig.TagPassphrase), 85, 6, 3 + 20 + 12, 9, 3, 20, 4}
	skeskArgon2  = [3]byte{schema.KDFTime, schema.KDFParallelism, 16}
	seipdHead    = [4]byte{2, 9, 3, chunkOctet}
	literalFixed = [literalHead]byte{'b', 0, 0, 0, 0, 0}
)

func localConfig() *packet.Config {
	return &packet.Config{
		DefaultCipher: packet.CipherAES256,
		AEADConfig:    &packet.AEADConfig{DefaultMode: packet.AEADModeGCM, ChunkSize: chunkSize},
		S2KConfig: &s2k.Config{
			S2KMode: s2k.Argon2S2K,
			Hash:    crypto.SHA256,
			Argon2Config: &s2k.Argon2Config{
				NumberOfPasses:      schema.KDFTime,
				DegreeOfParallelism: schema.KDFParallelism,
				Memory:              schema.KDFMemoryKiB,
			},
		},
	}
}

// SealLocal encrypts data under a passphrase as an OpenPGP message that every
// RFC 9580 program can decrypt: for the profile on a device's disk, which must
// open without any server. The passphrase is stretched by Argon2id with 64 MiB.
// The error has [schema.CodeBadRequest] for an unusable passphrase and
// [schema.CodeTooLarge] for more than [schema.MaxLocalProfile] octets.
func SealLocal(passphrase string, data []byte) ([]byte, error) {
	password, err := normalise(passphrase)
	if err != nil {
		return nil, err
	}
	defer clear(password)
	if len(data) > schema.MaxLocalProfile {
		return nil, schema.Errorf(schema.CodeTooLarge, "more than %d octets for the profile", schema.MaxLocalProfile)
	}
	config := localConfig()
	var out, stream bytes.Buffer
	key := make([]byte, 32)
	defer clear(key)
	if _, err := io.ReadFull(config.Random(), key); err != nil {
		return nil, fmt.Errorf("seal profile: %w", err)
	}
	if err := packet.SerializeSymmetricKeyEncryptedAEADReuseKey(&out, key, password, true, config); err != nil {
		return nil, fmt.Errorf("seal profile: %w", err)
	}
	suite := packet.CipherSuite{Cipher: packet.CipherAES256, Mode: packet.AEADModeGCM}
	w, err := packet.SerializeSymmetricallyEncrypted(&stream, packet.CipherAES256, true, suite, key, config)
	if err != nil {
		return nil, fmt.Errorf("seal profile: %w", err)
	}
	literal := pgpsig.AppendHeader(make([]byte, 0, 6+literalHead+len(data)), pgpsig.TagLiteral, literalHead+len(data))
	literal = append(append(literal, literalFixed[:]...), data...)
	defer clear(literal)
	if _, err := w.Write(literal); err != nil {
		return nil, fmt.Errorf("seal profile: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("seal profile: %w", err)
	}
	// go-crypto writes a stream of partial lengths, which we never accept.
	whole, err := packet.NewOpaqueReader(&stream).Next()
	if err != nil {
		return nil, fmt.Errorf("seal profile: %w", err)
	}
	return pgpsig.AppendPacket(out.Bytes(), pgpsig.TagEncrypted, whole.Contents), nil
}

// OpenLocal opens what [SealLocal] made. Every octet that is not random is
// compared before anything is derived, so the file cannot ask for other Argon2
// parameters, an older format or a compressed packet, and nothing is returned
// before the last tag has been checked. Whatever is wrong, the error is the same
// and has [schema.CodeSignInFailed].
func OpenLocal(passphrase string, sealed []byte) ([]byte, error) {
	refused := schema.Errorf(schema.CodeSignInFailed, "the profile cannot be opened")
	password, err := normalise(passphrase)
	if err != nil || !localShape(sealed) {
		return nil, refused
	}
	defer clear(password)
	key, err := unwrapLocal(password, sealed[:skeskSize])
	if err != nil {
		return nil, refused
	}
	defer clear(key)
	plain, err := decryptLocal(key, sealed[skeskSize:])
	if err != nil {
		return nil, refused
	}
	data, ok := literalData(plain)
	if !ok {
		return nil, refused
	}
	return data, nil
}

// localShape reports whether sealed has the one form of a sealed profile.
func localShape(sealed []byte) bool {
	if len(sealed) < skeskSize || len(sealed) > maxSealed {
		return false
	}
	if !bytes.Equal(sealed[:skeskSaltAt], skeskHead[:]) || !bytes.Equal(sealed[skeskSaltAt+saltSize:][:3], skeskArgon2[:]) {
		return false
	}
	body, ok := wholePacket(pgpsig.TagEncrypted, sealed[skeskSize:])
	return ok && len(body) >= seipdFixed+2*gcmTag && bytes.Equal(body[:4], seipdHead[:])
}

// unwrapLocal derives from the passphrase and unwraps the session key of the
// first packet.
func unwrapLocal(password, skesk []byte) ([]byte, error) {
	p, err := packet.Read(bytes.NewReader(skesk))
	if err != nil {
		return nil, err
	}
	s, ok := p.(*packet.SymmetricKeyEncrypted)
	if !ok {
		return nil, fmt.Errorf("unexpected %T", p)
	}
	key, _, err := s.Decrypt(password)
	return key, err
}

// decryptLocal returns the whole content of the second packet, once its last
// tag has been checked.
func decryptLocal(key, seipd []byte) ([]byte, error) {
	p, err := packet.Read(bytes.NewReader(seipd))
	if err != nil {
		return nil, err
	}
	s, ok := p.(*packet.SymmetricallyEncrypted)
	if !ok {
		return nil, fmt.Errorf("unexpected %T", p)
	}
	r, err := s.Decrypt(packet.CipherAES256, key)
	if err != nil {
		return nil, err
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	if err := r.Close(); err != nil { // the final tag
		return nil, err
	}
	return plain, nil
}

// literalData returns the data of the one literal packet that plain must be.
func literalData(plain []byte) ([]byte, bool) {
	body, ok := wholePacket(pgpsig.TagLiteral, plain)
	if !ok || len(body) < literalHead || !bytes.Equal(body[:literalHead], literalFixed[:]) {
		return nil, false
	}
	return body[literalHead:], true
}

// wholePacket returns the body of the packet that b must be exactly: of the tag,
// with the shortest definite length, and with nothing after it.
func wholePacket(tag pgpsig.Tag, b []byte) ([]byte, bool) {
	for _, head := range []int{2, 3, 6} {
		if len(b) >= head && bytes.Equal(b[:head], pgpsig.AppendHeader(nil, tag, len(b)-head)) {
			return b[head:], true
		}
	}
	return nil, false
}
