package login

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"strings"

	"github.com/cenacle-team/cenacle/schema"
)

// Secrets that people write down are Crockford's base32: 5 bits a character,
// without I, L, O and U, in groups joined by hyphens. The last characters are a
// checksum, so that a slip of the pen is found before anything is derived.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// maxText bounds what is read; the longest text has 47 characters, and people
// add spaces.
const maxText = 128

// codec writes secrets of one kind down.
type codec struct {
	label    string // of the checksum, different for each kind
	name     string // for messages
	secret   int    // octets
	checksum int    // octets; with the secret a multiple of 5
	group    int    // characters
}

func (c codec) check(secret []byte) []byte {
	h := sha256.New()
	h.Write([]byte(c.label))
	h.Write(secret)
	return h.Sum(nil)[:c.checksum]
}

func (c codec) encode(secret []byte) string {
	all := append(append(make([]byte, 0, c.secret+c.checksum), secret...), c.check(secret)...)
	s := crockford.EncodeToString(all)
	var b strings.Builder
	for i := 0; i < len(s); i += c.group {
		if i > 0 {
			b.WriteByte('-')
		}
		b.WriteString(s[i:min(i+c.group, len(s))])
	}
	return b.String()
}

// decode reads what encode wrote. Case, spaces and hyphens do not matter, and O,
// I and L count as the digits that they look like.
func (c codec) decode(text string) ([]byte, error) {
	if len(text) > maxText {
		return nil, c.refused()
	}
	clean := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\t', '\n', '\r':
			return -1
		case 'o', 'O':
			return '0'
		case 'i', 'I', 'l', 'L':
			return '1'
		}
		if 'a' <= r && r <= 'z' {
			return r - 'a' + 'A'
		}
		return r
	}, text)
	if len(clean) != crockford.EncodedLen(c.secret+c.checksum) {
		return nil, c.refused()
	}
	all, err := crockford.DecodeString(clean)
	if err != nil || subtle.ConstantTimeCompare(c.check(all[:c.secret]), all[c.secret:]) != 1 {
		return nil, c.refused()
	}
	return all[:c.secret], nil
}

func (c codec) refused() error {
	return schema.Errorf(schema.CodeBadRequest, "this is not %s; please check each character", c.name)
}
