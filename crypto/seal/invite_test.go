package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

func TestInviteRoundTrip(t *testing.T) {
	s := NewInviteSecret()
	invite, err := NewInviteIdentity(testInvite, testTime)
	if err != nil {
		t.Fatal(err)
	}
	if invite.Certificate.User() != schema.UserID(testInvite) || len(invite.Certificate.Devices()) != 1 {
		t.Error("the invite's certificate is not that of one device under the invite's id")
	}
	genesis := schema.Hash{1, 2, 3}
	sealed, err := SealInvite(s, testWorkspace, testInvite, InviteContent{Private: invite.Private(), Genesis: genesis})
	if err != nil {
		t.Fatal(err)
	}
	if len(sealed) > schema.MaxSealedInvite {
		t.Errorf("a sealed invite has %d octets", len(sealed))
	}
	content, err := OpenInvite(s, testWorkspace, testInvite, sealed)
	if err != nil {
		t.Fatal(err)
	}
	if content.Genesis != genesis {
		t.Error("another genesis came back")
	}

	// The joiner signs with the device and reads what was sealed to the invite.
	parsed, err := cert.Parse(invite.Certificate.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	joiner, err := ParseInviteIdentity(content.Private, parsed)
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("join")
	device, _ := parsed.Device(joiner.Device.ID())
	if err := cert.VerifyDetached(device, message, joiner.Device.Sign(message)); err != nil {
		t.Error(err)
	}
	epoch := NewEpochSecret()
	packet, err := SealKey(epoch, parsed.Encryption())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenKey(packet, joiner.Keys); err != nil || !got.Equal(epoch) {
		t.Errorf("the invite does not read its epoch: %v", err)
	}
}

func TestInviteIdentityRefusals(t *testing.T) {
	one, err := NewInviteIdentity(testInvite, testTime)
	if err != nil {
		t.Fatal(err)
	}
	two, err := NewInviteIdentity(testInvite, testTime)
	if err != nil {
		t.Fatal(err)
	}
	swapped := schema.MustMarshal(invitePrivate{Device: one.Keys.Marshal(), Keys: one.Device.Marshal()})
	noKeys := schema.MustMarshal(invitePrivate{Device: one.Device.Marshal()})
	for name, b := range map[string][]byte{
		"another certificate's": two.Private(), "nothing": nil, "no CBOR": []byte("x"), "swapped": swapped,
		"no keys": noKeys, "trailing": append(one.Private(), 0),
	} {
		_, err := ParseInviteIdentity(b, one.Certificate)
		if schema.CodeOf(err) != schema.CodeBadEncoding {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSealInviteRefusals(t *testing.T) {
	s := inviteSecret(t, 1)
	for _, n := range []int{0, schema.MaxSealedInvite - 100, schema.MaxSealedInvite + 1} {
		_, err := SealInvite(s, testWorkspace, testInvite, InviteContent{Private: make([]byte, n)})
		wantCode(t, err, schema.CodeTooLarge)
	}
}

// hostileInvites are sealed invites with one thing wrong.
func hostileInvites(t testing.TB) map[string][]byte {
	s := inviteSecret(t, 1)
	key, err := derive(s.secret, schema.PurposeInviteSeal, inviteInfo(testWorkspace, testInvite))
	if err != nil {
		t.Fatal(err)
	}
	content := schema.MustMarshal(inviteContent{Private: []byte{1, 2, 3}, Genesis: schema.Hash{4}})
	literal := appendLiteral(nil, content)
	good := sealContent(t, key, literal)
	return map[string][]byte{
		"P4_altered":           flipped(good, 60),
		"P4_cut":               good[:len(good)-1],
		"P4_nothing":           nil,
		"P5_two_literals":      sealContent(t, key, literal, literal),
		"P7_name":              sealContent(t, key, packetOf(headLiteral, append([]byte("b\x01x\x00\x00\x00\x00"), content...))),
		"P8_nested":            sealContent(t, key, good),
		"P9_too_large":         sealContent(t, key, appendLiteral(nil, schema.MustMarshal(inviteContent{Private: make([]byte, schema.MaxSealedInvite)}))),
		"F15_not_padded":       sealPlain(t, key, literal),
		"F15_padded_otherwise": sealPlain(t, key, append(bytes.Clone(literal), longForm(headPadding, make([]byte, 100))...)),
		"E14_trailing_octet":   sealContent(t, key, appendLiteral(nil, append(bytes.Clone(content), 0))),
		"E14_no_private_half":  sealContent(t, key, appendLiteral(nil, schema.MustMarshal(inviteContent{}))),
		"E14_no_content":       sealContent(t, key, appendLiteral(nil, nil)),
	}
}

func TestAttack_P12_Invites(t *testing.T) {
	for name, b := range hostileInvites(t) {
		t.Run(name, func(t *testing.T) {
			c, err := OpenInvite(inviteSecret(t, 1), testWorkspace, testInvite, b)
			wantUnreadable(t, err)
			if c.Private != nil || !c.Genesis.IsZero() {
				t.Error("something was returned beside the error")
			}
		})
	}
}

// The server puts its own invite, or another one, in place of the real one: without
// the URL's secret it can make nothing that opens, and what was made for another
// invite or workspace does not open here. What opens names the genesis that the
// inviter meant, not the one that the server shows.
func TestAttack_I14_InviteReplaced(t *testing.T) {
	s, genesis := inviteSecret(t, 1), schema.Hash{4}
	content := InviteContent{Private: []byte{1, 2, 3}, Genesis: genesis}
	sealed, err := SealInvite(s, testWorkspace, testInvite, content)
	if err != nil {
		t.Fatal(err)
	}
	got, err := OpenInvite(s, testWorkspace, testInvite, sealed)
	if err != nil || got.Genesis != genesis {
		t.Fatalf("the real invite: %v", err)
	}
	forged, err := SealInvite(inviteSecret(t, 2), testWorkspace, testInvite, content)
	if err != nil {
		t.Fatal(err)
	}
	w, i := testWorkspace, testInvite
	w[3], i[3] = 1, 1
	for name, open := range map[string]func() (InviteContent, error){
		"the server's secret": func() (InviteContent, error) { return OpenInvite(s, testWorkspace, testInvite, forged) },
		"another workspace":   func() (InviteContent, error) { return OpenInvite(s, w, testInvite, sealed) },
		"another invite":      func() (InviteContent, error) { return OpenInvite(s, testWorkspace, i, sealed) },
		"no secret":           func() (InviteContent, error) { return OpenInvite(InviteSecret{}, testWorkspace, testInvite, sealed) },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open()
			wantUnreadable(t, err)
		})
	}
}

func TestInviteProof(t *testing.T) {
	s := inviteSecret(t, 1)
	p, err := InviteProof(s, testWorkspace, testInvite)
	if err != nil {
		t.Fatal(err)
	}
	if p.Workspace != testWorkspace || p.Invite != testInvite || p.Proof.IsZero() {
		t.Errorf("got %+v", p)
	}
	if InviteProofHash(p) != schema.Hash(sha256.Sum256(p.Proof[:])) {
		t.Error("the roster's hash is not that of the proof")
	}
	w, i := testWorkspace, testInvite
	w[3], i[3] = 1, 1
	seen := map[schema.Hash]bool{p.Proof: true}
	for _, make := range []func() (schema.InviteProof, error){
		func() (schema.InviteProof, error) { return InviteProof(inviteSecret(t, 2), testWorkspace, testInvite) },
		func() (schema.InviteProof, error) { return InviteProof(s, w, testInvite) },
		func() (schema.InviteProof, error) { return InviteProof(s, testWorkspace, i) },
	} {
		other, err := make()
		if err != nil || seen[other.Proof] {
			t.Errorf("another place has the same proof, or none: %v", err)
		}
		seen[other.Proof] = true
	}
	// What the server learns from the proof is not what opens the invite.
	key, err := derive(s.secret, schema.PurposeInviteSeal, inviteInfo(testWorkspace, testInvite))
	if err != nil || bytes.Equal(key.octets(), p.Proof[:]) {
		t.Errorf("the proof is the key: %v", err)
	}
}

func testLink(t testing.TB) InviteLink {
	return InviteLink{
		Base: "https://chat.example.org", Workspace: testWorkspace, Invite: testInvite, Secret: inviteSecret(t, 1),
	}
}

func TestInviteURLRoundTrip(t *testing.T) {
	for _, base := range []string{
		"https://chat.example.org", "https://chat.example.org:8443", "https://example.org/team/chat",
		"https://xn--bcher-kva.example", "https://[2001:db8::1]:444", "https://192.0.2.7",
		"http://localhost:8080", "http://127.0.0.1:8080", "http://127.9.9.9", "http://[::1]:8080/x",
	} {
		link := testLink(t)
		link.Base = base
		text, err := FormatInviteURL(link)
		if err != nil {
			t.Errorf("%s: %v", base, err)
			continue
		}
		got, err := ParseInviteURL(text)
		if err != nil || got.Base != base || got.Workspace != link.Workspace || got.Invite != link.Invite || !got.Secret.equal(link.Secret.secret) {
			t.Errorf("%s: another link came back: %v", base, err)
		}
	}
}

func TestInviteURLBases(t *testing.T) {
	for _, base := range []string{
		"", "chat.example.org", "//chat.example.org", "http://chat.example.org", "http://10.0.0.1", "http://localhost.example.org",
		"http://127.0.0.1.example.org", "ftp://localhost", "javascript://localhost", "file:///etc", "https://", "https:///x", "https://:443",
		"https://chat.example.org/", "https://chat.example.org:", "https://user@chat.example.org", "https://user:pw@localhost",
		"https://chat.example.org?x=1", "https://chat.example.org?", "https://chat.example.org#", "https://chat.example.org#x", "https://chat.example.org/a//b",
		"https://chat.example.org/../x", "https://chat.example.org/%41", "https://chat.example.org/a b", "https://chat.exämple.org",
		"HTTPS://chat.example.org", "https://CHAT.example.org", "https://chat..example.org", "https://chat.example.org.",
		"https://chat_example", "https://a<b", "https://a;b", " https://chat.example.org", "https://chat.example.org\n",
		"https://[fe80::1%25eth0]", "https://chat.example.org:http", "https://" + strings.Repeat("a", MaxInviteURL),
	} {
		link := testLink(t)
		link.Base = base
		text, err := FormatInviteURL(link)
		if schema.CodeOf(err) != schema.CodeBadRequest || text != "" {
			t.Errorf("%q: %v", base, err)
		}
		good, err := FormatInviteURL(testLink(t))
		if err != nil {
			t.Fatal(err)
		}
		_, fragment, _ := strings.Cut(good, "#")
		if _, err := ParseInviteURL(base + "/i#" + fragment); schema.CodeOf(err) != schema.CodeBadRequest {
			t.Errorf("parse %q: %v", base, err)
		}
	}
}

func TestInviteURLFragments(t *testing.T) {
	good, err := FormatInviteURL(testLink(t))
	if err != nil {
		t.Fatal(err)
	}
	address, fragment, _ := strings.Cut(good, "#")
	raw, err := base64.RawURLEncoding.DecodeString(fragment)
	if err != nil {
		t.Fatal(err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	with := func(change func(*inviteFragment)) string {
		var f inviteFragment
		if err := schema.Unmarshal(raw, &f); err != nil {
			t.Fatal(err)
		}
		change(&f)
		return encode(schema.MustMarshal(f))
	}
	for name, c := range map[string]struct {
		text string
		code schema.Code
	}{
		"no fragment":       {address, schema.CodeBadRequest},
		"empty fragment":    {address + "#", schema.CodeBadRequest},
		"secret in query":   {address + "?" + fragment, schema.CodeBadRequest},
		"other path":        {strings.Replace(good, "/i#", "/j#", 1), schema.CodeBadRequest},
		"no path":           {strings.Replace(good, "/i#", "#", 1), schema.CodeBadRequest},
		"slash":             {strings.Replace(good, "/i#", "/i/#", 1), schema.CodeBadRequest},
		"two fragments":     {good + "#" + fragment, schema.CodeBadRequest},
		"padding":           {good + "==", schema.CodeBadRequest},
		"cut":               {good[:len(good)-1], schema.CodeBadRequest},
		"line break":        {good[:len(good)-4] + "\n" + good[len(good)-4:], schema.CodeBadRequest},
		"trailing line":     {good + "\n", schema.CodeBadRequest},
		"unused bits":       {good[:len(good)-1] + string(good[len(good)-1]+1), schema.CodeBadRequest},
		"standard alphabet": {address + "#" + base64.RawStdEncoding.EncodeToString(append([]byte{0xff, 0xff, 0xff}, raw...)), schema.CodeBadRequest},
		"trailing octet":    {address + "#" + encode(append(bytes.Clone(raw), 0)), schema.CodeBadRequest},
		"no CBOR":           {address + "#" + encode([]byte("hello")), schema.CodeBadRequest},
		"version 2":         {address + "#" + with(func(f *inviteFragment) { f.Version = 2 }), schema.CodeVersionUnsupported},
		"zero secret":       {address + "#" + with(func(f *inviteFragment) { f.Secret = schema.Hash{} }), schema.CodeBadRequest},
		"too long":          {good + strings.Repeat("A", MaxInviteURL), schema.CodeBadRequest},
		"nothing":           {"", schema.CodeBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			link, err := ParseInviteURL(c.text)
			wantCode(t, err, c.code)
			if link.Base != "" || !link.Secret.IsZero() {
				t.Error("something was returned beside the error")
			}
			for _, part := range []string{fragment[40:60], "example"} {
				if strings.Contains(err.Error(), part) {
					t.Errorf("the error shows a part of the URL: %v", err)
				}
			}
		})
	}
}

// The secret is in the fragment alone, which an HTTP client never sends: a server
// that is asked for the URL sees nothing of it.
func TestAttack_A1_SecretIsInTheFragmentAlone(t *testing.T) {
	link := testLink(t)
	var seen bytes.Buffer
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		seen.WriteString(r.RequestURI + "\n")
		if err := r.Write(&seen); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	link.Base = server.URL
	text, err := FormatInviteURL(link)
	if err != nil {
		t.Fatal(err)
	}
	response, err := server.Client().Get(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	address, fragment, _ := strings.Cut(text, "#")
	if address != server.URL+"/i" {
		t.Errorf("the address is %s", address)
	}
	if !strings.Contains(seen.String(), "/i") {
		t.Fatal("the server was not asked")
	}
	for _, part := range []string{fragment[:20], fragment[40:60], fragment[len(fragment)-20:]} {
		if strings.Contains(seen.String(), part) {
			t.Error("the server saw the fragment")
		}
	}
	if strings.Contains(link.Base+link.Workspace.String()+link.Invite.String(), fragment[len(fragment)-20:]) {
		t.Error("the public part tells the secret")
	}
}
