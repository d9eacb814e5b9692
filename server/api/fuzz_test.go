package api

import (
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

// FuzzRequestBodies gives any octets to what reads the bodies of requests:
// nothing but the one encoding of a request is taken, and no check panics.
func FuzzRequestBodies(f *testing.F) {
	user, device := schema.UserID{1}, schema.DeviceID{2}
	entry := schema.MustMarshal(schema.RosterEntry{Author: user, Device: device, Kind: schema.RosterJoin, Body: []byte{0xA0}})
	for kind, v := range []any{
		schema.SignUpRequest{Handle: "a@b", Invite: &schema.InviteProof{}},
		schema.ChallengeRequest{User: &user, Device: &device},
		schema.SessionRequest{Statement: schema.MustMarshal(schema.SignInStatement{})},
		schema.IdentityUpdate{Expect: 1, Credentials: []schema.Credential{{}}},
		schema.RosterBatch{Entries: []schema.SignedEntry{{Entry: entry}}},
		schema.HoldRequest{Circles: []schema.CircleID{{1}}},
		schema.AppendRequest{Items: []schema.AppendItem{{Ciphertext: []byte("x")}}},
		schema.InviteProof{},
		schema.ServerUpdate{State: schema.ServerState{Branding: schema.Branding{Accent: "#1f7a72"}}},
		schema.AccountUpdate{Disabled: true},
	} {
		f.Add(uint8(kind), schema.MustMarshal(v))
	}
	f.Fuzz(func(t *testing.T, kind uint8, body []byte) {
		r := &request{body: body, session: session{SessionInfo: store.SessionInfo{User: user, Device: &device}}}
		switch kind % 10 {
		case 0:
			if v, ok := same[schema.SignUpRequest](t, r); ok && checkHandle(v.Handle) == nil && store.Handle(v.Handle) == "" {
				t.Fatal("an empty handle was taken")
			} else if ok {
				_ = checkCredential(v.Credential)
			}
		case 1:
			same[schema.ChallengeRequest](t, r)
		case 2:
			if v, ok := same[schema.SessionRequest](t, r); ok {
				r.body = v.Statement
				same[schema.SignInStatement](t, r)
			}
		case 3:
			same[schema.IdentityUpdate](t, r)
		case 4:
			b, err := readBatch(r)
			if err != nil {
				return
			}
			for i := range b.entries {
				if b.entries[i].Author != user || b.entries[i].Device != device {
					t.Fatal("an entry of another author was taken")
				}
			}
		case 5:
			same[schema.HoldRequest](t, r)
		case 6:
			same[schema.AppendRequest](t, r)
		case 7:
			same[schema.InviteProof](t, r)
		case 8:
			if v, ok := same[schema.ServerUpdate](t, r); ok {
				b := v.State.Branding
				if checkBranding(b) == nil && (len(b.Accent) != 0 && len(b.Accent) != 7 || len(b.Legal.FR) > schema.MaxLegal) {
					t.Fatal("a branding out of bounds was taken")
				}
			}
		case 9:
			same[schema.AccountUpdate](t, r)
		}
	})
}

func same[T any](t *testing.T, r *request) (T, bool) {
	v, err := decode[T](r)
	if err != nil {
		return v, false
	}
	if string(schema.MustMarshal(v)) != string(r.body) {
		t.Fatal("a body has two encodings")
	}
	return v, true
}

func TestNumber(t *testing.T) {
	for text, want := range map[string]uint64{"": 0, "0": 0, "7": 7, "9223372036854775807": 1<<63 - 1} {
		if n, err := number(text); err != nil || n != want {
			t.Errorf("%q is %d, %v", text, n, err)
		}
	}
	for _, text := range []string{"-1", "+1", "01", " 1", "1.0", "0x1", "9223372036854775808", "18446744073709551616", "x"} {
		if _, err := number(text); !schema.HasCode(err, schema.CodeBadRequest) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTokensAreReadStrictly(t *testing.T) {
	token, hash := newToken()
	if got, ok := tokenHash(token); !ok || got != hash {
		t.Fatal("a token is not its own")
	}
	other, _ := newToken()
	if other == token {
		t.Fatal("two tokens are equal")
	}
	for _, bad := range []string{"", token[1:], token + "A", token[:42] + "=", "!" + token[1:], token[:42] + "\n"} {
		if _, ok := tokenHash(bad); ok {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestClientAddress(t *testing.T) {
	a := &API{opts: Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("::1/128")}}}
	for _, tc := range []struct {
		peer, want string
		forwarded  []string
	}{
		{"192.0.2.1:1", "192.0.2.1", nil},
		{"192.0.2.1:1", "192.0.2.1", []string{"198.51.100.1"}},
		{"10.0.0.1:1", "10.0.0.1", nil},
		{"10.0.0.1:1", "198.51.100.1", []string{"198.51.100.1"}},
		{"10.0.0.1:1", "198.51.100.1", []string{"203.0.113.5, 198.51.100.1, 10.0.0.9"}},
		{"10.0.0.1:1", "198.51.100.1", []string{"203.0.113.5", "198.51.100.1"}},
		{"10.0.0.1:1", "10.0.0.1", []string{"203.0.113.5, nonsense"}},
		{"10.0.0.1:1", "10.0.0.9", []string{"10.0.0.9"}},
		{"[::1]:1", "2001:db8::1", []string{"2001:db8::1"}},
		{"[::ffff:10.0.0.1]:1", "198.51.100.1", []string{"198.51.100.1"}},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = tc.peer
		r.Header["X-Forwarded-For"] = tc.forwarded
		if got := a.clientAddress(r).String(); got != tc.want {
			t.Errorf("%s with %v is %s, want %s", tc.peer, tc.forwarded, got, tc.want)
		}
	}
}

func TestQuotaDefaults(t *testing.T) {
	q := Quotas{AccountOctets: -1}.WithDefaults()
	if q.WorkspaceOctets != 10<<30 || q.AccountOctets != 0 || q.SignInFailures.Burst != 10 {
		t.Fatalf("%+v", q)
	}
	if time.Duration(float64(time.Second)/q.SignInFailures.PerSecond).Round(time.Second) != 30*time.Second {
		t.Fatalf("%+v", q.SignInFailures)
	}
}
