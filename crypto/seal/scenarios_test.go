package seal

import (
	"io"
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// scenarios are the vectors without their outputs. Signatures and key packets are
// made anew each time, which does no harm: a file that exists is not touched.
func scenarios(t *testing.T) map[string]vector {
	t.Helper()
	all := map[string]vector{}
	add := func(name, shows, operation string, code schema.Code, inputs ...map[string]string) {
		input := map[string]string{}
		for _, i := range inputs {
			maps.Copy(input, i)
		}
		all[name] = vector{Shows: shows, Operation: operation, Code: code, Input: input}
	}
	derivations(add)
	eventScenarios(t, add)
	epochScenarios(t, add)
	inviteScenarios(t, add)
	return all
}

type adder func(name, shows, operation string, code schema.Code, inputs ...map[string]string)

// Inputs that many scenarios share.
var (
	inSecret    = text("secret", strings.Repeat("0123456789abcdef", 4))
	inPrevious  = text("previous", strings.Repeat("fedcba9876543210", 4))
	inWorkspace = octets("workspace", testWorkspace[:])
	inCircle    = octets("circle", testCircle[:])
	inStream    = octets("stream", testStream[:])
	inInvite    = octets("invite", testInvite[:])
	inEpoch     = text("epoch", strconv.Itoa(testEpoch))
)

func text(name, value string) map[string]string { return map[string]string{name: value} }

// randomOctets are n octets of the reproducible source, as an input.
func randomOctets(n int) map[string]string { return octets("random", randomBytes(n)) }

// randomBytes are n octets of the reproducible source.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(new(counter), b); err != nil {
		panic(err)
	}
	return b
}

func derivations(add adder) {
	const none = ""
	add("stream_key", "the session key of a stream's events", "stream-key", none, inSecret, inWorkspace, inCircle, inStream, inEpoch)
	add("stream_key_next_epoch", "another epoch gives another key of the same secret", "stream-key", none, inSecret, inWorkspace, inCircle, inStream, text("epoch", "8"))
	add("stream_key_largest_epoch", "the epoch is 8 octets, big endian", "stream-key", none, inSecret, inWorkspace, inCircle, inStream, text("epoch", "18446744073709551615"))
	add("stream_key_zero_secret", "a zero secret is refused", "stream-key", schema.CodeBadEncoding, text("secret", strings.Repeat("00", 32)), inWorkspace, inCircle, inStream, inEpoch)
	add("stream_key_secret_of_one_octet", "a secret of equal octets is refused", "stream-key", schema.CodeBadEncoding, text("secret", strings.Repeat("5a", 32)), inWorkspace, inCircle, inStream, inEpoch)
	add("signal_key", "the session key of a circle's signals", "signal-key", none, inSecret, inWorkspace, inCircle, inEpoch)

	salt := text("salt", strings.Repeat("a0a1a2a3a4a5a6a7", 4))
	add("message_key", "key and nonce prefix of one packet: the first nonce's tag over nothing", "message-key", none,
		text("session_key", strings.Repeat("0123456789abcdef", 4)), salt, octets("prefix", []byte(seipdPrefix)))
	add("message_key_rfc9580_a11", "the derivation of RFC 9580 appendix A.11, with AES-128", "message-key", none,
		text("session_key", "1936fc8568980274bb900d8319360c77"), text("prefix", "d202070306"),
		text("salt", "fcb94490bcb98bbdc9d106c6090266940f72e89edc21b5596b1576b101ed0f9f"))
	for _, n := range []int{0, 1018, 1019, 1082, 1083, 5000, 100_000, 131_072} {
		add("padded_length_"+strconv.Itoa(n), "the plaintext's length for a content, without the padding packet, of so many octets",
			"padded-length", none, text("content", strconv.Itoa(n)))
	}
	add("safety_number", "12 groups of 5 digits", "safety-number", none,
		text("user_a", strings.Repeat("01", 16)), text("fingerprint_a", strings.Repeat("a1", 32)),
		text("user_b", strings.Repeat("02", 16)), text("fingerprint_b", strings.Repeat("b2", 32)))
	add("safety_number_other_order", "the same two people, asked the other way round", "safety-number", none,
		text("user_b", strings.Repeat("01", 16)), text("fingerprint_b", strings.Repeat("a1", 32)),
		text("user_a", strings.Repeat("02", 16)), text("fingerprint_a", strings.Repeat("b2", 32)))
}

func eventScenarios(t *testing.T, add adder) {
	f := newFixture(t)
	at := []map[string]string{octets("secret", epochSecret(t, 1).octets()), inWorkspace, inCircle, inStream, inEpoch}
	device := []map[string]string{octets("device", f.device.public.ID[:]), octets("device_key", f.device.public.Key)}
	in := func(more ...map[string]string) []map[string]string { return append(at[:5:5], more...) }

	for name, n := range map[string]int{"short": 5, "of_300_octets": 300, "of_10000_octets": 10_000} {
		p := testPayload(f.device, n)
		payload := schema.MustMarshal(p)
		parts := f.device.packets(t, p)
		content := onePassLength + len(parts.literal) + len(parts.signature) + paddingHeader
		add("seal_event_"+name, "an event from its payload, its signature packet and the random octets of salt and padding",
			"seal-event", "", in(octets("payload", payload), octets("signature", parts.signature), randomOctets(saltLength+paddedLength(content)-content))...)
		add("open_event_"+name, "an event that opens", "open-event", "",
			in(append(device, octets("ciphertext", sealContent(t, f.key.secret, parts.onePass, parts.literal, parts.signature)))...)...)
	}
	for _, h := range hostileEvents {
		ciphertext := h.make(t, f)
		if len(ciphertext) > 10_000 {
			continue // too long for a readable file; TestAttack_P9 mounts it
		}
		add("hostile_event_"+h.name, h.shows, "open-event", h.code, in(append(device, octets("ciphertext", ciphertext))...)...)
	}
	moved := in(append(device, octets("ciphertext", f.sealed))...)
	add("hostile_event_E6_next_epoch", "an event under the key of another epoch", "open-event", schema.CodeUnreadable, append(moved, text("epoch", "8"))...)
	add("hostile_event_E6_moved_stream", "an event under the key of another stream", "open-event", schema.CodeUnreadable, append(moved, text("stream", strings.Repeat("77", 16)))...)
	add("hostile_event_E6_moved_circle", "an event under the key of another circle", "open-event", schema.CodeUnreadable, append(moved, text("circle", strings.Repeat("77", 16)))...)
	add("hostile_event_E6_moved_workspace", "an event under the key of another workspace", "open-event", schema.CodeUnreadable, append(moved, text("workspace", strings.Repeat("77", 16)))...)
}

func epochScenarios(t *testing.T, add adder) {
	place := []map[string]string{inSecret, inWorkspace, inCircle, inEpoch}
	in := func(more ...map[string]string) []map[string]string { return append(place[:4:4], more...) }
	add("commitment", "the commitment of an epoch's secret", "commitment", "", in()...)

	add("seal_previous", "the previous epoch's secret under the current one's", "seal-previous", "", in(inPrevious, randomOctets(saltLength))...)
	current, previous := EpochSecret{hold(unhex(t, inSecret["secret"]))}, EpochSecret{hold(unhex(t, inPrevious["previous"]))}
	sealed, err := sealPrevious(current, previous, testWorkspace, testCircle, testEpoch, new(counter))
	if err != nil {
		t.Fatal(err)
	}
	add("open_previous", "the previous epoch's secret comes out", "open-previous", "", in(octets("sealed", sealed))...)
	add("hostile_previous_I10_other_epoch", "sealed for another epoch", "open-previous", schema.CodeUnreadable, in(octets("sealed", sealed), text("epoch", "8"))...)
	add("hostile_previous_I10_other_circle", "sealed for another circle", "open-previous", schema.CodeUnreadable, in(octets("sealed", sealed), text("circle", strings.Repeat("77", 16)))...)
	add("hostile_previous_P4_altered", "one bit of the final tag is flipped", "open-previous", schema.CodeUnreadable, in(octets("sealed", flipped(sealed, -1)))...)
	key, err := derive(current.secret, schema.PurposeEpochChain, epochInfo(testWorkspace, testCircle, testEpoch))
	if err != nil {
		t.Fatal(err)
	}
	add("hostile_previous_F7_zero", "a zero secret is sealed", "open-previous", schema.CodeUnreadable,
		in(octets("sealed", sealPlain(t, key, appendLiteral(nil, make([]byte, 32)))))...)

	u := newTestUser(t)
	to := u.identity.Certificate().Encryption()
	packet, err := SealKey(current, to)
	if err != nil {
		t.Fatal(err)
	}
	keys := octets("keys", u.keys.Marshal())
	add("open_key", "a key packet opens with the recipient's private encryption subkey", "open-key", "", keys, octets("packet", packet))
	add("hostile_key_altered", "one bit of the wrapped key is flipped", "open-key", schema.CodeUnreadable, keys, octets("packet", flipped(packet, -1)))
	add("hostile_key_other_recipient", "one bit of the recipient's fingerprint is flipped", "open-key", schema.CodeUnreadable, keys, octets("packet", flipped(packet, 6)))
	add("hostile_key_F7_zero", "the session key is zero", "open-key", schema.CodeUnreadable, keys, octets("packet", rawKeyPacket(t, to, make([]byte, 32))))
	add("hostile_key_short", "the session key has 16 octets", "open-key", schema.CodeUnreadable, keys, octets("packet", rawKeyPacket(t, to, randomBytes(16))))
}

func inviteScenarios(t *testing.T, add adder) {
	place := []map[string]string{octets("secret", inviteSecret(t, 1).octets()), inWorkspace, inInvite}
	in := func(more ...map[string]string) []map[string]string { return append(place[:3:3], more...) }
	add("invite_proof", "what proves the possession of an invite's URL, and its hash in the roster", "invite-proof", "", in()...)

	private, genesis := octets("private", []byte("the private half")), octets("genesis", randomBytes(32))
	content := InviteContent{Private: []byte("the private half"), Genesis: schema.Hash(randomBytes(32))}
	add("seal_invite", "an invite from its content and the random octets of salt and padding", "seal-invite", "",
		in(private, genesis, randomOctets(saltLength+minPlaintext))...)
	sealed, err := sealInvite(inviteSecret(t, 1), testWorkspace, testInvite, content, new(counter))
	if err != nil {
		t.Fatal(err)
	}
	add("open_invite", "an invite that opens", "open-invite", "", in(octets("sealed", sealed))...)
	add("seal_invite_with_names", "an invite that tells the names of the workspace and of the inviter", "seal-invite", "",
		in(private, genesis, text("workspace_name", "Aurore"), text("inviter", "Zoé"), randomOctets(saltLength+minPlaintext))...)
	content.Workspace, content.Inviter = "Aurore", "Zoé"
	named, err := sealInvite(inviteSecret(t, 1), testWorkspace, testInvite, content, new(counter))
	if err != nil {
		t.Fatal(err)
	}
	add("open_invite_with_names", "an invite with names opens", "open-invite", "", in(octets("sealed", named))...)
	content.Workspace, content.Inviter = strings.Repeat("w", schema.MaxName+1), ""
	long, err := sealUnchecked(inviteSecret(t, 1), testWorkspace, testInvite, content, new(counter))
	if err != nil {
		t.Fatal(err)
	}
	add("hostile_invite_I14_long_name", "a name of more than MaxName octets", "open-invite", schema.CodeUnreadable, in(octets("sealed", long))...)
	for name, b := range hostileInvites(t) {
		if len(b) <= 10_000 {
			add("hostile_invite_"+name, "a sealed invite with one thing wrong", "open-invite", schema.CodeUnreadable, in(octets("sealed", b))...)
		}
	}
	add("hostile_invite_I14_other_invite", "sealed for another invite", "open-invite", schema.CodeUnreadable, in(octets("sealed", sealed), text("invite", strings.Repeat("77", 16)))...)
	add("hostile_invite_I14_other_secret", "sealed under another secret", "open-invite", schema.CodeUnreadable, in(octets("sealed", sealed), inSecret)...)

	add("invite_url", "an invite's URL", "invite-url", "", in(text("base", "https://chat.example.org"))...)
	add("invite_url_loopback", "http is for the loopback interface", "invite-url", "", in(text("base", "http://localhost:8080"))...)
	add("hostile_invite_url_http", "http to another machine is refused", "invite-url", schema.CodeBadRequest, in(text("base", "http://chat.example.org"))...)
	url, err := FormatInviteURL(testLink(t))
	if err != nil {
		t.Fatal(err)
	}
	add("parse_invite_url", "an invite's URL is read", "parse-invite-url", "", text("url", url))
	add("hostile_invite_url_query", "the secret stands in the query", "parse-invite-url", schema.CodeBadRequest, text("url", strings.Replace(url, "#", "?", 1)))
	add("hostile_invite_url_user", "the URL has credentials", "parse-invite-url", schema.CodeBadRequest, text("url", strings.Replace(url, "//", "//user@", 1)))
	add("hostile_invite_url_padding", "the fragment has padding", "parse-invite-url", schema.CodeBadRequest, text("url", url+"="))
	fragment := inviteFragment{Version: 2, Workspace: testWorkspace, Invite: testInvite, Secret: schema.Hash(randomBytes(32))}
	add("hostile_invite_url_version", "the fragment has version 2", "parse-invite-url", schema.CodeVersionUnsupported,
		text("url", "https://chat.example.org/i#"+fragmentEncoding.EncodeToString(schema.MustMarshal(fragment))))
}
