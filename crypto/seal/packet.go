package seal

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// First octets of the packets in new format (RFC 9580 section 4.2.1): 0xC0 and
// the packet type.
const (
	headOnePass = 0xC0 | 4
	headLiteral = 0xC0 | 11
	headSEIPD   = 0xC0 | 18
	headPadding = 0xC0 | 21
)

// literalPrefix begins the body of a Literal Data packet (RFC 9580 section 5.9):
// format 'b', an empty file name, date 0.
const literalPrefix = "b\x00\x00\x00\x00\x00"

// paddingHeader is the length of a Padding packet's header: its length is always
// written in the five-octet form, so that a packet can be made for every length.
const paddingHeader = 6

// appendHeader writes a packet header with the shortest length (RFC 9580
// section 4.2.1).
func appendHeader(b []byte, head byte, n int) []byte {
	b = append(b, head)
	switch {
	case n < 192:
		return append(b, byte(n))
	case n < 8384:
		n -= 192
		return append(b, byte(n>>8)+192, byte(n))
	default:
		return binary.BigEndian.AppendUint32(append(b, 255), uint32(n))
	}
}

// headerLength is the number of octets that appendHeader writes.
func headerLength(n int) int {
	switch {
	case n < 192:
		return 2
	case n < 8384:
		return 3
	default:
		return 6
	}
}

// cutPacket takes a packet of the given kind off the front of b. It accepts what
// appendHeader writes and nothing else: no other kind, no old format, no partial
// or indeterminate length, no length that is not the shortest or exceeds b.
func cutPacket(b []byte, head byte) (body, rest []byte, ok bool) {
	if len(b) < 2 || b[0] != head {
		return nil, nil, false
	}
	var n uint64
	var skip int
	switch first := b[1]; {
	case first < 192:
		n, skip = uint64(first), 2
	case first < 224 && len(b) >= 3:
		n, skip = uint64(first-192)<<8+uint64(b[2])+192, 3
	case first == 255 && len(b) >= 6:
		n, skip = uint64(binary.BigEndian.Uint32(b[2:6])), 6
		if n < 8384 {
			return nil, nil, false
		}
	default:
		return nil, nil, false
	}
	b = b[skip:]
	if uint64(len(b)) < n {
		return nil, nil, false
	}
	return b[:n], b[n:], true
}

func appendLiteral(b, content []byte) []byte {
	b = appendHeader(b, headLiteral, len(literalPrefix)+len(content))
	b = append(b, literalPrefix...)
	return append(b, content...)
}

func literalLength(content int) int {
	n := len(literalPrefix) + content
	return headerLength(n) + n
}

// cutLiteral takes a Literal Data packet off the front of b.
func cutLiteral(b []byte) (content, rest []byte, ok bool) {
	body, rest, ok := cutPacket(b, headLiteral)
	if !ok {
		return nil, nil, false
	}
	content, ok = bytes.CutPrefix(body, []byte(literalPrefix))
	if !ok {
		return nil, nil, false
	}
	return content, rest, true
}

// appendPadding ends b, whose plaintext began at octet start, with a Padding
// packet (RFC 9580 section 5.14) of random octets.
func appendPadding(b []byte, start int, random io.Reader) ([]byte, error) {
	used := len(b) - start + paddingHeader
	n := paddedLength(used) - used
	b = append(b, headPadding, 255)
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	at := len(b)
	b = append(b, make([]byte, n)...)
	if _, err := io.ReadFull(random, b[at:]); err != nil {
		return nil, fmt.Errorf("read random octets: %w", err)
	}
	return b, nil
}

// isPadding reports whether b is exactly the Padding packet that appendPadding
// writes behind a content of used octets. What the padding consists of cannot be
// told and does not matter.
func isPadding(b []byte, used int) bool {
	return len(b) >= paddingHeader && b[0] == headPadding && b[1] == 255 &&
		uint64(binary.BigEndian.Uint32(b[2:6])) == uint64(len(b)-paddingHeader) &&
		used+len(b) == paddedLength(used+paddingHeader)
}
