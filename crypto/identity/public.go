package identity

import (
	"bytes"
	"fmt"

	"github.com/ProtonMail/go-crypto/openpgp/armor"

	"github.com/cenacle-team/cenacle/schema"
)

// Holds reports whether the private half of an encryption subkey is among the keys.
func (k *Keys) Holds(f schema.Fingerprint) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	_, ok := k.objects[f]
	return ok
}

// Fingerprints lists the encryption subkeys whose private halves are here,
// ascending; none once they are wiped.
func (k *Keys) Fingerprints() []schema.Fingerprint {
	k.mu.RLock()
	defer k.mu.RUnlock()
	out := make([]schema.Fingerprint, 0, len(k.secrets))
	for _, s := range k.secrets {
		out = append(out, s.fingerprint())
	}
	return out
}

// ArmorCertificate armors a certificate (RFC 9580 sections 6 and 10.1.1), for
// other OpenPGP programs.
func ArmorCertificate(certificate []byte) ([]byte, error) {
	return armored("PGP PUBLIC KEY BLOCK", certificate)
}

// armored encodes octets under a header line, without the checksum that RFC 9580
// section 6.1 forbids with version 6, and with a newline at the end.
func armored(header string, octets []byte) ([]byte, error) {
	var out bytes.Buffer
	w, err := armor.EncodeWithChecksumOption(&out, header, nil, false)
	if err != nil {
		return nil, fmt.Errorf("armor: %w", err)
	}
	if _, err := w.Write(octets); err != nil {
		return nil, fmt.Errorf("armor: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("armor: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
