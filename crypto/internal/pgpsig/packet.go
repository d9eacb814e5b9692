package pgpsig

import "encoding/binary"

// Tag is a packet type (RFC 9580 section 5).
type Tag byte

// The packet types that identities are made of.
const (
	TagKeyPacket    Tag = 1 // public-key encrypted session key
	TagSignature    Tag = 2
	TagSecretKey    Tag = 5
	TagPublicKey    Tag = 6
	TagSecretSubkey Tag = 7
	TagPublicSubkey Tag = 14
)

// maxBody is the longest body that a two-octet length can state (RFC 9580
// section 4.2.1.2). No packet of an identity is longer.
const maxBody = 8383

// AppendPacket appends a packet with a new-format header and the shortest
// definite length. The body must not exceed 8,383 octets.
func AppendPacket(dst []byte, tag Tag, body []byte) []byte {
	return append(appendHeader(dst, tag, len(body)), body...)
}

func appendHeader(dst []byte, tag Tag, n int) []byte {
	dst = append(dst, 0xC0|byte(tag))
	if n < 192 {
		return append(dst, byte(n))
	}
	n -= 192
	return append(dst, byte(n>>8)+192, byte(n))
}

// NextPacket splits off the first packet of b. It accepts only new-format
// headers with the shortest definite length of one or two octets (RFC 9580
// section 4.2.1), and reports false for anything else: old formats, partial and
// indeterminate lengths, five-octet lengths, longer than necessary lengths, and
// lengths beyond the end of b. Nothing is copied.
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
