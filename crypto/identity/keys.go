package identity

import (
	"bytes"
	"sync"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/crypto/internal/redact"
	"github.com/cenacle-team/cenacle/schema"
)

// Keys are a user's private encryption subkeys, current and old. They may be used
// by several goroutines, beside Wipe too; they change only by that.
type Keys struct {
	redact.Secret
	mu      sync.RWMutex
	secrets []secretKey // ascending by fingerprint; none once wiped
	objects map[schema.Fingerprint]*packet.PrivateKey
}

// newKeys takes the secrets over.
func newKeys(secrets []secretKey) (*Keys, error) {
	k := &Keys{secrets: secrets, objects: make(map[schema.Fingerprint]*packet.PrivateKey, len(secrets))}
	for _, s := range secrets {
		object, err := s.object(pgpsig.TagSecretSubkey)
		if err != nil {
			return nil, err
		}
		k.objects[s.fingerprint()] = object
	}
	return k, nil
}

// Keys returns the private encryption subkeys, old ones included: what a device
// needs to read. They are copies: wiping one of the two leaves the other as it is.
func (id *Identity) Keys() *Keys {
	secrets := make([]secretKey, len(id.keys))
	for i, s := range id.keys {
		secrets[i] = s.clone()
	}
	k, err := newKeys(secrets)
	if err != nil {
		panic("identity: a checked key is refused by go-crypto: " + err.Error())
	}
	return k
}

// Open decrypts a key packet (RFC 9580 section 5.1, RFC 9980) that names one of
// the keys and returns its session key, 32 octets. Whatever is wrong, the error
// is the same and has [schema.CodeUnreadable], and so it is once the keys are
// wiped. The caller wipes the result.
func (k *Keys) Open(pkesk []byte) ([]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	unreadable := schema.Errorf(schema.CodeUnreadable, "the key packet cannot be opened")
	recipient, err := cert.KeyPacketRecipient(pkesk)
	if err != nil {
		return nil, unreadable
	}
	private, ok := k.objects[recipient]
	if !ok {
		return nil, unreadable
	}
	p, err := packet.Read(bytes.NewReader(pkesk))
	if err != nil {
		return nil, unreadable
	}
	encrypted, ok := p.(*packet.EncryptedKey)
	if !ok || encrypted.Decrypt(private, nil) != nil {
		return nil, unreadable
	}
	return encrypted.Key, nil // 32 octets: what 40 wrapped ones hold
}

// Marshal returns the keys as OpenPGP secret-subkey packets without a passphrase
// (RFC 9580 section 5.5.1.4), ascending by fingerprint: a secret. It is nil once
// the keys are wiped.
func (k *Keys) Marshal() []byte {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if len(k.secrets) == 0 {
		return nil
	}
	packets := make([][]byte, len(k.secrets))
	for i, s := range k.secrets {
		packets[i] = s.packet(pgpsig.TagSecretSubkey)
	}
	out := bytes.Join(packets, nil)
	for _, p := range packets {
		clear(p)
	}
	return out
}

// Wipe zeroes the keys; nothing opens any more. The package's comment says what
// this cannot reach.
func (k *Keys) Wipe() {
	k.mu.Lock()
	defer k.mu.Unlock()
	wipeAll(k.secrets)
	for _, object := range k.objects {
		wipeObject(object.PrivateKey)
	}
	k.secrets, k.objects = nil, nil
}

// ParseKeys reads what [Keys.Marshal] wrote and computes the public halves anew.
// The error has [schema.CodeBadEncoding].
func ParseKeys(b []byte) (*Keys, error) {
	var secrets []secretKey
	var last schema.Fingerprint
	for rest := b; len(rest) > 0; {
		var s secretKey
		var ok bool
		s, rest, ok = parseSecret(rest, pgpsig.TagSecretSubkey, pgpsig.MLKEM768X25519)
		fingerprint := s.fingerprint()
		if !ok || len(secrets) == schema.MaxEncryptionKeys || bytes.Compare(fingerprint[:], last[:]) <= 0 {
			return nil, badKeys()
		}
		secrets, last = append(secrets, s), fingerprint
	}
	if len(secrets) == 0 {
		return nil, badKeys()
	}
	k, err := newKeys(secrets)
	if err != nil {
		return nil, badKeys()
	}
	return k, nil
}

func badKeys() error { return schema.Errorf(schema.CodeBadEncoding, "not encryption keys") }
