package seal

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

// fixture is one good event and what it is made of.
type fixture struct {
	device  testDevice
	key     *StreamKey
	payload *schema.Payload
	parts   signed
	sealed  []byte
}

func newFixture(t testing.TB) fixture {
	t.Helper()
	f := fixture{device: newTestDevice(1), key: testKey(t)}
	f.payload = testPayload(f.device, 300)
	f.parts = f.device.packets(t, f.payload)
	f.sealed = sealContent(t, f.key.secret, f.parts.onePass, f.parts.literal, f.parts.signature)
	return f
}

// pack seals packets under the fixture's key, well padded.
func (f fixture) pack(t testing.TB, packets ...[]byte) []byte {
	t.Helper()
	return sealContent(t, f.key.secret, packets...)
}

// plain is the plaintext of the good event.
func (f fixture) plain(t testing.TB) []byte {
	t.Helper()
	b, err := openSEIPD(f.sealed, f.key.octets())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// signedAs is an event whose payload was changed before it was signed.
func (f fixture) signedAs(t testing.TB, change func(*schema.Payload)) []byte {
	t.Helper()
	p := *f.payload
	change(&p)
	s := f.device.packets(t, &p)
	return f.pack(t, s.onePass, s.literal, s.signature)
}

// signedBytes is an event over any octets in place of a payload.
func (f fixture) signedBytes(t testing.TB, content []byte) []byte {
	t.Helper()
	s := f.device.sign(content)
	return f.pack(t, appendOnePass(nil, pgpsig.Salt(s), &f.device.public.ID), appendLiteral(nil, content), s)
}

// altered is b with the octets from position at replaced; a negative position
// counts from the end.
func altered(b []byte, at int, octets ...byte) []byte {
	b = slices.Clone(b)
	if at < 0 {
		at += len(b)
	}
	copy(b[at:], octets)
	return b
}

func flipped(b []byte, at int) []byte {
	if at < 0 {
		at += len(b)
	}
	return altered(b, at, b[at]^1)
}

func packetOf(head byte, body []byte) []byte {
	return append(appendHeader(nil, head, len(body)), body...)
}

func bodyOf(t testing.TB, packet []byte) []byte {
	t.Helper()
	body, _, ok := cutPacket(packet, packet[0])
	if !ok {
		t.Fatal("a test's own packet is malformed")
	}
	return body
}

// longForm writes a packet with a five-octet length, whatever its length.
func longForm(head byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{head, 255}, uint32(len(body))), body...)
}

// partialForm writes a packet as one partial body of 512 octets and the rest.
func partialForm(head byte, body []byte) []byte {
	out := append([]byte{head, 224 + 9}, body[:512]...)
	rest := packetOf(head, body[512:])
	return append(out, rest[1:]...)
}

// oldForm writes a packet with the old header and a two-octet length.
func oldForm(tag byte, body []byte) []byte {
	return append([]byte{0x80 | tag<<2 | 1, byte(len(body) >> 8), byte(len(body))}, body...)
}

// hostileEvent is an event with one thing wrong, named after the row of the list
// of attacks that it belongs to.
type hostileEvent struct {
	name, shows string
	code        schema.Code
	make        func(testing.TB, fixture) []byte
}

// hostileEvents are the altered events. All but the first group are sealed with
// the right key: a member made them.
var hostileEvents = slices.Concat(hostilePackets, hostileContents, hostilePadding, hostilePayloads)

// hostilePackets are altered on the outside, which the server can do as well.
var hostilePackets = []hostileEvent{
	{"P1_sed_packet", "the packet is retyped as one without integrity protection", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return altered(f.sealed, 0, 0xC9) }},
	{"P1_bare_content", "the signed message comes without encryption", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return f.plain(t) }},
	{"P2_version_1", "the packet's version is 1", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return altered(f.sealed, 3, 1) }},
	{"P2_cipher_aes128", "the packet's cipher is AES-128", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return altered(f.sealed, 4, 7) }},
	{"P2_aead_ocb", "the packet's mode is OCB", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return altered(f.sealed, 5, 2) }},
	{"P2_other_chunk_size", "the packet's chunk size octet is 15", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return altered(f.sealed, 6, 15) }},
	{"P2_key_packet_in_front", "a version 3 key packet stands before the packet", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return append(packetOf(0xC1, append([]byte{3}, make([]byte, 60)...)), f.sealed...)
		}},
	{"P4_final_tag_missing", "the final tag is cut off", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			body := bodyOf(t, f.sealed)
			return packetOf(headSEIPD, body[:len(body)-tagLength])
		}},
	{"P4_final_tag_altered", "one bit of the final tag is flipped", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return flipped(f.sealed, -1) }},
	{"P4_chunk_tag_altered", "one bit of the chunk's tag is flipped", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return flipped(f.sealed, -tagLength-1) }},
	{"P4_chunk_altered", "one bit of the chunk is flipped", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return flipped(f.sealed, 100) }},
	{"P4_salt_altered", "one bit of the salt is flipped", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return flipped(f.sealed, 10) }},
	{"P4_cut_short", "the last octet is missing", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return f.sealed[:len(f.sealed)-1] }},
	{"P4_too_short", "the packet ends before its tags", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return packetOf(headSEIPD, bodyOf(t, f.sealed)[:40]) }},
	{"P4_followed_by_more", "an octet follows the packet", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return append(slices.Clone(f.sealed), 0) }},
	{"P4_empty", "there is nothing", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return nil }},
	{"P7_cleartext_signature", "a cleartext signed text in place of the packet", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return []byte("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nhello\n-----BEGIN PGP SIGNATURE-----\n")
		}},
	{"P7_armored", "the packet is armored", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return append([]byte("-----BEGIN PGP MESSAGE-----\n\n"), f.sealed...)
		}},
	{"P9_partial_body", "the packet's length is partial", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return partialForm(headSEIPD, bodyOf(t, f.sealed)) }},
	{"P9_huge_length", "the packet claims 4 GiB", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return append([]byte{headSEIPD, 255, 255, 255, 255, 255}, bodyOf(t, f.sealed)...)
		}},
	{"P9_long_form", "the packet's length is longer than necessary", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return longForm(headSEIPD, bodyOf(t, f.sealed)) }},
	{"P9_old_format", "the packet's header has the old format", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return oldForm(2, bodyOf(t, f.sealed)) }},
}

// hostileContents have other packets inside than they should.
var hostileContents = []hostileEvent{
	{"P5_signature_over_other_data", "the signature is over another payload", schema.CodeBadSignature,
		func(t testing.TB, f fixture) []byte {
			other := *f.payload
			other.Body = []byte("something else")
			return f.pack(t, f.parts.onePass, appendLiteral(nil, schema.MustMarshal(&other)), f.parts.signature)
		}},
	{"P5_two_literals", "a second literal follows the signed one", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, f.parts.onePass, f.parts.literal, f.parts.literal, f.parts.signature)
		}},
	{"P5_literal_in_front", "an unsigned literal stands before the signed message", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, f.parts.literal, f.parts.onePass, f.parts.literal, f.parts.signature)
		}},
	{"P5_literal_behind", "an unsigned literal follows the signature", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, f.parts.onePass, f.parts.literal, f.parts.signature, f.parts.literal)
		}},
	{"P5_no_signature", "the signature is missing", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return f.pack(t, f.parts.onePass, f.parts.literal) }},
	{"P5_unsigned", "only a literal", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return f.pack(t, f.parts.literal) }},
	{"P5_no_one_pass", "the signature stands before the literal, in the old manner", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return f.pack(t, f.parts.signature, f.parts.literal) }},
	{"P5_other_salt", "the one-pass packet has another salt than the signature", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, flipped(f.parts.onePass, len(onePassFixed)), f.parts.literal, f.parts.signature)
		}},
	{"P5_more_to_follow", "the one-pass packet says that another follows", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, altered(f.parts.onePass, -1, 0), f.parts.literal, f.parts.signature)
		}},
	{"P5_one_pass_text", "the one-pass packet announces a text signature", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, altered(f.parts.onePass, 3, 1), f.parts.literal, f.parts.signature)
		}},
	{"P5_digest_prefix", "the two octets of the digest in the signature are altered", schema.CodeBadSignature,
		func(t testing.TB, f fixture) []byte {
			at := pgpsig.PacketSize - 64 - pgpsig.SaltSize - 1 - 2
			return f.pack(t, f.parts.onePass, f.parts.literal, flipped(f.parts.signature, at))
		}},
	{"P5_value_altered", "one bit of the signature value is flipped", schema.CodeBadSignature,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, f.parts.onePass, f.parts.literal, flipped(f.parts.signature, -1))
		}},
	{"P5_text_signature", "the signature is of type 0x01", schema.CodeBadSignature,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, f.parts.onePass, f.parts.literal, altered(f.parts.signature, 3, 1))
		}},
	{"P7_literal_text", "the literal has the format of text", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			body := altered(bodyOf(t, f.parts.literal), 0, 't')
			return f.pack(t, f.parts.onePass, packetOf(headLiteral, body), f.parts.signature)
		}},
	{"P7_literal_name", "the literal has a file name, which no signature covers", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			body := slices.Insert(slices.Clone(bodyOf(t, f.parts.literal)), 2, 'x')
			body[1] = 1
			return f.pack(t, f.parts.onePass, packetOf(headLiteral, body), f.parts.signature)
		}},
	{"P7_literal_date", "the literal has a date, which no signature covers", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			body := altered(bodyOf(t, f.parts.literal), 5, 1)
			return f.pack(t, f.parts.onePass, packetOf(headLiteral, body), f.parts.signature)
		}},
	{"P8_compressed", "the signed message is inside a compression packet (uncompressed method)", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			inner := bytes.Join([][]byte{{0}, f.parts.onePass, f.parts.literal, f.parts.signature}, nil)
			return f.pack(t, packetOf(0xC8, inner))
		}},
	{"P8_nested_encryption", "the event is encrypted a second time", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return f.pack(t, f.sealed) }},
	{"P8_nested_signatures", "two signatures are nested", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, altered(f.parts.onePass, -1, 0), f.parts.onePass, f.parts.literal, f.parts.signature, f.parts.signature)
		}},
	{"P8_marker", "a marker packet stands before the signed message", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, packetOf(0xCA, []byte("PGP")), f.parts.onePass, f.parts.literal, f.parts.signature)
		}},
	{"P9_literal_partial", "the literal's length is partial", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, f.parts.onePass, partialForm(headLiteral, bodyOf(t, f.parts.literal)), f.parts.signature)
		}},
	{"P9_literal_long_form", "the literal's length is longer than necessary", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, f.parts.onePass, longForm(headLiteral, bodyOf(t, f.parts.literal)), f.parts.signature)
		}},
	{"P9_literal_beyond_end", "the literal claims more than there is", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, f.parts.onePass, altered(f.parts.literal, 1, 223, 255), f.parts.signature)
		}},
	{"P9_signature_long_form", "the signature's length is longer than necessary", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, f.parts.onePass, f.parts.literal, longForm(f.parts.signature[0], bodyOf(t, f.parts.signature)))
		}},
	{"P11_other_hash", "the signature's hash is SHA-1", schema.CodeBadSignature,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, f.parts.onePass, f.parts.literal, altered(f.parts.signature, 5, 2))
		}},
	{"E11_other_device_claimed", "the one-pass packet names another device", schema.CodeBadSignature,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, flipped(f.parts.onePass, -2), f.parts.literal, f.parts.signature)
		}},
	{"E11_other_device_signed", "another device signed what names this one", schema.CodeBadSignature,
		func(t testing.TB, f fixture) []byte {
			other := newTestDevice(2)
			s := pgpsig.Sign(other.private, schema.Fingerprint(f.device.public.ID), testTime, schema.MustMarshal(f.payload))
			return f.pack(t, appendOnePass(nil, pgpsig.Salt(s), &f.device.public.ID), f.parts.literal, s)
		}},
}

// hostilePadding are padded in another way.
var hostilePadding = []hostileEvent{
	{"F15_no_padding", "the padding packet is missing", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return sealPlain(t, f.key.secret, bytes.Join([][]byte{f.parts.onePass, f.parts.literal, f.parts.signature}, nil))
		}},
	{"F15_next_length", "the padding reaches to the next Padmé length", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return f.padded(t, paddedLength(len(f.plain(t))+1)) }},
	{"F15_one_octet_more", "the padding is one octet longer", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return f.padded(t, len(f.plain(t))+1) }},
	{"F15_one_octet_less", "the padding is one octet shorter", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return f.padded(t, len(f.plain(t))-1) }},
	{"F15_short_form", "the padding's length has the shortest form", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			content := bytes.Join([][]byte{f.parts.onePass, f.parts.literal, f.parts.signature}, nil)
			n := paddedLength(len(content)+paddingHeader) - len(content) - 2
			return sealPlain(t, f.key.secret, append(content, packetOf(headPadding, make([]byte, n))...))
		}},
	{"F15_partial_form", "the padding's length is partial", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			plain := f.plain(t)
			return sealPlain(t, f.key.secret, altered(plain, f.contentLength()+1, 254))
		}},
	{"F15_two_paddings", "two padding packets", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.pack(t, f.parts.onePass, f.parts.literal, f.parts.signature, longForm(headPadding, nil))
		}},
	{"F15_other_packet", "another packet in place of the padding", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			content := bytes.Join([][]byte{f.parts.onePass, f.parts.literal, f.parts.signature}, nil)
			n := paddedLength(len(content)+paddingHeader) - len(content) - paddingHeader
			return sealPlain(t, f.key.secret, append(content, longForm(0xCA, make([]byte, n))...))
		}},
}

// contentLength is the length of the good event's content, without the padding.
func (f fixture) contentLength() int {
	return len(f.parts.onePass) + len(f.parts.literal) + len(f.parts.signature)
}

// padded is the good event with a plaintext of total octets.
func (f fixture) padded(t testing.TB, total int) []byte {
	t.Helper()
	content := bytes.Join([][]byte{f.parts.onePass, f.parts.literal, f.parts.signature}, nil)
	return sealPlain(t, f.key.secret, append(content, longForm(headPadding, make([]byte, total-len(content)-paddingHeader))...))
}

// hostilePayloads are properly signed, but say what does not belong here.
var hostilePayloads = []hostileEvent{
	{"E6_other_workspace", "the header names another workspace", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.signedAs(t, func(p *schema.Payload) { p.Header.Workspace[0] ^= 1 })
		}},
	{"E6_other_stream", "the header names another stream", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.signedAs(t, func(p *schema.Payload) { p.Header.Stream[0] ^= 1 })
		}},
	{"E7_signal_as_event", "the header says that this is a signal", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.signedAs(t, func(p *schema.Payload) { p.Header.Purpose = schema.PurposeSignal })
		}},
	{"E7_other_version", "the header has version 2", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.signedAs(t, func(p *schema.Payload) { p.Header.Version = 2 })
		}},
	{"E11_header_of_other_device", "the header names another device than the one that signed", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.signedAs(t, func(p *schema.Payload) { p.Header.Device = newTestDevice(2).public.ID })
		}},
	{"E14_not_a_payload", "the signed content is no CBOR", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte { return f.signedBytes(t, []byte("hello")) }},
	{"E14_trailing_octet", "an octet follows the payload", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.signedBytes(t, append(schema.MustMarshal(f.payload), 0))
		}},
	{"E14_unknown_field", "the payload has a third field", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			b := schema.MustMarshal(f.payload)
			b[0] = 0xA3 // a map of three
			return f.signedBytes(t, append(b, 3, 0))
		}},
	{"E14_long_integer", "an integer is longer than necessary", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			b := schema.MustMarshal(f.payload)
			at := bytes.Index(b, []byte{0x08, 12, 0x09}) // counter 12, then prev
			return f.signedBytes(t, slices.Replace(b, at+1, at+2, 0x18, 12))
		}},
	{"P9_body_too_large", "the body exceeds the limit", schema.CodeUnreadable,
		func(t testing.TB, f fixture) []byte {
			return f.signedAs(t, func(p *schema.Payload) { p.Body = make([]byte, schema.MaxBody+1) })
		}},
}

// runHostile mounts the attacks of one row of the list.
func runHostile(t *testing.T, row string) {
	f := newFixture(t)
	if _, err := f.device.open(f.key, f.sealed); err != nil {
		t.Fatalf("the good event does not open: %v", err)
	}
	n := 0
	for _, h := range hostileEvents {
		if !strings.HasPrefix(h.name, row+"_") {
			continue
		}
		n++
		t.Run(h.name, func(t *testing.T) {
			p, hash, err := f.key.Open(h.make(t, f), f.device.public)
			if p != nil || !hash.IsZero() {
				t.Error("something was returned beside the error")
			}
			wantCode(t, err, h.code)
			if h.code == schema.CodeUnreadable {
				wantUnreadable(t, err)
			}
		})
	}
	if n == 0 {
		t.Fatalf("there is no hostile event of row %s", row)
	}
}
