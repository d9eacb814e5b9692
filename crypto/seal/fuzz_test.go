package seal

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cenacle-team/cenacle/crypto/internal/pgpsig"
	"github.com/cenacle-team/cenacle/schema"
)

// needSeeds fails a fuzzer whose committed seeds are gone, and with -write-vectors
// writes those that have no file yet. A fuzzer that starts from nothing would never
// get past the first tag.
func needSeeds(f *testing.F, format string, seeds map[string][]byte) {
	f.Helper()
	folder := filepath.Join("testdata", "fuzz", f.Name())
	for _, name := range slices.Sorted(maps.Keys(seeds)) {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); err == nil {
			continue
		}
		if !*writeVectors {
			f.Fatalf("there is no seed %s: go test -run %s -write-vectors", path, f.Name())
		}
		if err := os.MkdirAll(folder, 0o755); err != nil {
			f.Fatal(err)
		}
		content := fmt.Sprintf("go test fuzz v1\n"+format+"\n", seeds[name])
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			f.Fatal(err)
		}
	}
}

// eventSeeds are the good event and every altered one that is not large.
func eventSeeds(t testing.TB, x fixture) map[string][]byte {
	seeds := map[string][]byte{"good": x.sealed}
	for _, h := range hostileEvents {
		if b := h.make(t, x); len(b) <= 10_000 {
			seeds[h.name] = b
		}
	}
	return seeds
}

// FuzzOpenEvent: whatever the server sends, nothing panics, the error is one of
// two, and what opens is what a holder of the key sealed: no alteration of it.
func FuzzOpenEvent(f *testing.F) {
	x := newFixture(f)
	needSeeds(f, "[]byte(%q)", eventSeeds(f, x))
	want := schema.MustMarshal(x.payload)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, hash, err := x.key.Open(b, x.device.public)
		if err != nil {
			if code := schema.CodeOf(err); p != nil || !hash.IsZero() || code != schema.CodeUnreadable && code != schema.CodeBadSignature {
				t.Fatalf("got %v, %v, %v", p, hash, err)
			}
			return
		}
		if !bytes.Equal(schema.MustMarshal(p), want) {
			t.Fatal("something opens that nobody sealed")
		}
	})
}

// FuzzOpenContent: whatever a member puts into a well-formed packet, nothing
// panics, and there is one form only: what is taken apart is put together again to
// the same octets.
func FuzzOpenContent(f *testing.F) {
	x := newFixture(f)
	seeds := map[string][]byte{}
	for name, b := range eventSeeds(f, x) {
		if plain, err := openSEIPD(b, x.key.octets()); err == nil {
			seeds[name] = plain
		}
	}
	needSeeds(f, "[]byte(%q)", seeds)
	f.Fuzz(func(t *testing.T, plain []byte) {
		if len(plain) > schema.MaxCiphertext {
			return
		}
		if _, _, err := x.key.Open(sealPlain(t, x.key.secret, plain), x.device.public); err != nil {
			if code := schema.CodeOf(err); code != schema.CodeUnreadable && code != schema.CodeBadSignature {
				t.Fatal(err)
			}
		}
		payload, signature, issuer, ok := splitSigned(plain)
		if !ok {
			return
		}
		again := appendOnePass(nil, pgpsig.Salt(signature), &issuer)
		again = append(appendLiteral(again, payload), signature...)
		used := len(again)
		again, err := appendPadding(again, 0, new(counter))
		if err != nil {
			t.Fatal(err)
		}
		if len(again) != len(plain) || !bytes.Equal(again[:used+paddingHeader], plain[:used+paddingHeader]) {
			t.Fatal("a second form is accepted")
		}
	})
}

// FuzzOpenPrevious: a plaintext that a member sealed gives its 32 octets or
// nothing; a packet that a server altered gives nothing.
func FuzzOpenPrevious(f *testing.F) {
	current, previous := epochSecret(f, 1), epochSecret(f, 2)
	key, err := derive(current.secret, schema.PurposeEpochChain, epochInfo(testWorkspace, testCircle, testEpoch))
	if err != nil {
		f.Fatal(err)
	}
	good, err := sealPrevious(current, previous, testWorkspace, testCircle, testEpoch, new(counter))
	if err != nil {
		f.Fatal(err)
	}
	literal := appendLiteral(nil, previous.octets())
	needSeeds(f, "[]byte(%q)", map[string][]byte{
		"good": good, "literal": literal, "zero": appendLiteral(nil, make([]byte, 32)),
		"short": appendLiteral(nil, make([]byte, 31)), "text": altered(literal, 2, 't'), "altered": flipped(good, 50),
	})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := OpenPrevious(current, b, testWorkspace, testCircle, testEpoch)
		if err == nil && !s.Equal(previous) || err != nil && (!s.IsZero() || schema.CodeOf(err) != schema.CodeUnreadable) {
			t.Fatalf("a packet: %v", err)
		}
		if len(b) > 1000 {
			return
		}
		s, err = OpenPrevious(current, sealPlain(t, key, b), testWorkspace, testCircle, testEpoch)
		if err == nil && !bytes.Equal(appendLiteral(nil, s.octets()), b) || err != nil && schema.CodeOf(err) != schema.CodeUnreadable {
			t.Fatalf("a plaintext: %v", err)
		}
	})
}

// FuzzOpenInvite: as [FuzzOpenPrevious], for invites.
func FuzzOpenInvite(f *testing.F) {
	s := inviteSecret(f, 1)
	key, err := derive(s.secret, schema.PurposeInviteSeal, inviteInfo(testWorkspace, testInvite))
	if err != nil {
		f.Fatal(err)
	}
	content := InviteContent{Private: []byte("private half"), Genesis: schema.Hash{4}}
	good, err := sealInvite(s, testWorkspace, testInvite, content, new(counter))
	if err != nil {
		f.Fatal(err)
	}
	seeds := map[string][]byte{"good": good}
	for name, b := range hostileInvites(f) {
		if len(b) > 10_000 {
			continue
		}
		seeds[name] = b
		if plain, err := openSEIPD(b, key.octets()); err == nil {
			seeds[name+"_plain"] = plain
		}
	}
	if seeds["good_plain"], err = openSEIPD(good, key.octets()); err != nil {
		f.Fatal(err)
	}
	needSeeds(f, "[]byte(%q)", seeds)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := OpenInvite(s, testWorkspace, testInvite, b)
		if err != nil && (c.Private != nil || schema.CodeOf(err) != schema.CodeUnreadable) {
			t.Fatalf("a packet: %v", err)
		}
		if err == nil && !bytes.Equal(c.Private, content.Private) {
			t.Fatal("something opens that nobody sealed")
		}
		if len(b) > schema.MaxSealedInvite {
			return
		}
		c, err = OpenInvite(s, testWorkspace, testInvite, sealPlain(t, key, b))
		if err != nil {
			if schema.CodeOf(err) != schema.CodeUnreadable {
				t.Fatalf("a plaintext: %v", err)
			}
			return
		}
		again := appendLiteral(nil, schema.MustMarshal(inviteContent{Private: c.Private, Genesis: c.Genesis}))
		if !bytes.HasPrefix(b, again) || len(b) != paddedLength(len(again)+paddingHeader) {
			t.Fatal("a second form is accepted")
		}
	})
}

// FuzzParseInviteURL: what is accepted is written again to the same text, and
// leads to one https server or to this machine.
func FuzzParseInviteURL(f *testing.F) {
	good, err := FormatInviteURL(testLink(f))
	if err != nil {
		f.Fatal(err)
	}
	local := testLink(f)
	local.Base = "http://[::1]:8080/a.b"
	loopback, err := FormatInviteURL(local)
	if err != nil {
		f.Fatal(err)
	}
	needSeeds(f, "string(%q)", map[string][]byte{
		"good": []byte(good), "loopback": []byte(loopback), "user": []byte("https://u@" + good[8:]),
		"query": []byte(good[:26] + "?a=b" + good[26:]), "cut": []byte(good[:60]), "http": []byte("http" + good[5:]),
	})
	f.Fuzz(func(t *testing.T, text string) {
		link, err := ParseInviteURL(text)
		if err != nil {
			if code := schema.CodeOf(err); code != schema.CodeBadRequest && code != schema.CodeVersionUnsupported {
				t.Fatal(err)
			}
			return
		}
		again, err := FormatInviteURL(link)
		if err != nil || again != text {
			t.Fatalf("accepted, but written otherwise: %v", err)
		}
	})
}
