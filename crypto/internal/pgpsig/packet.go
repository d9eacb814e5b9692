package pgpsig

import "encoding/binary"

// Tag is a packet type (RFC 9580 section 5).
type Tag byte

// The packet types in use.
const (
	TagKeyPacket    Tag = 1 // public-key encrypted session key
	TagSignature    Tag = 2
	TagPassphrase   Tag = 3 // symmetric-key encrypted session key
	TagSecretKey    Tag = 5
	TagPublicKey    Tag = 6
	TagSecretSubkey Tag = 7
	TagLiteral      Tag = 11
	TagPublicSubkey Tag = 14
	TagEncrypted    Tag = 18 // symmetrically encrypted and integrity protected
)

// AppendPacket appends a packet with the header of [AppendHeader].
func AppendPacket(dst []byte, tag Tag, body []byte) []byte {
	return append(AppendHeader(dst, tag, len(body)), body...)
}

// AppendHeader appends a new-format header with the shortest definite length
// (RFC 9580 section 4.2.1).
func AppendHeader(dst []byte, tag Tag, n int) []byte {
	dst = append(dst, 0xC0|byte(tag))
	switch {
	case n < 192:
		return append(dst, byte(n))
	case n < 8384:
		n -= 192
		return append(dst, byte(n>>8)+192, byte(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, 255), uint32(n))
}

// NextPacket splits off the first packet of b. It accepts only new-format
// headers with the shortest definite length of one or two octets (RFC 9580
// section 4.2.1), and reports false for anything else: old formats, partial and
// indeterminate lengths, five-octet lengths, longer than necessary lengths, and
// lengths beyond the end of b. No packet of an identity is longer than the 8,383
// octets that this leaves. Nothing is copied.
func NextPacket(b []byte) (tag Tag, body, rest []byte, ok bool) {
	if len(b) < 2 || b[0]&0xC0 != 0xC0 {
		return 0, nil, nil, false
	}
	tag = Tag(b[0] & 0x3F)
	n, rest := int(b[1]), b[2:]
	switch {
	case n < 192:
	case n < 224 && len(rest) > 0:
		n = (n-192)<<8 + int(rest[0]) + 192
		rest = rest[1:]
	default:
		return 0, nil, nil, false
	}
	if n > len(rest) {
		return 0, nil, nil, false
	}
	return tag, rest[:n:n], rest[n:], true
}

func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
