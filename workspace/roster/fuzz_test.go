package roster

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

// How FuzzApply reads its octets: as a signed entry, as an entry with whatever
// signature, or as the body of a well framed entry by one of the members whose
// signature is taken as verified.
const (
	asSigned = 0
	asEntry  = 1
	asBody   = 2
)

// authorIndex is how FuzzApply names a member: by place in [State.Members].
func authorIndex(s *State, u schema.UserID) byte {
	for i, m := range s.Members() {
		if m.User == u {
			return byte(i)
		}
	}
	return 255
}

func writeSeed(t *testing.T, fuzzer, name string, values ...any) {
	t.Helper()
	var b strings.Builder
	b.WriteString("go test fuzz v1\n")
	for _, v := range values {
		switch v := v.(type) {
		case int:
			fmt.Fprintf(&b, "byte(%s)\n", strconv.QuoteRuneToASCII(rune(v)))
		case byte:
			fmt.Fprintf(&b, "byte(%s)\n", strconv.QuoteRuneToASCII(rune(v)))
		case []byte:
			fmt.Fprintf(&b, "[]byte(%q)\n", v)
		}
	}
	dir := filepath.Join("testdata", "fuzz", fuzzer)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestFuzzersHaveSeeds(t *testing.T) {
	for fuzzer, least := range map[string]int{"FuzzApply": 30, "FuzzHistory": 5} {
		seeds, err := filepath.Glob(filepath.Join("testdata", "fuzz", fuzzer, "*"))
		if err != nil || len(seeds) < least {
			t.Errorf("%s has %d seeds, at least %d were expected (%v)", fuzzer, len(seeds), least, err)
		}
	}
}

// FuzzApply gives anything to the state after the golden roster team: it must not
// panic, must leave the state alone when it refuses, and must keep its invariants
// when it accepts.
func FuzzApply(f *testing.F) {
	base, err := readGolden(f, "team")
	if err != nil {
		f.Fatal(err)
	}
	members := base.Members()
	f.Fuzz(func(t *testing.T, mode, kind, author byte, b []byte) {
		s := base.Clone()
		before := dump(s)
		err := fuzzed(s, members, mode, kind, author, b)
		if err == nil {
			invariants(t, s)
			return
		}
		if code := schema.CodeOf(err); code == schema.CodeInternal || !code.Known() {
			t.Fatalf("an untyped error: %v", err)
		}
		if got := dump(s); got != before {
			t.Fatalf("a refused entry changed the state:\n%s", diff(before, got))
		}
	})
}

func fuzzed(s *State, members []Member, mode, kind, author byte, b []byte) error {
	switch mode % 3 {
	case asSigned:
		var e schema.SignedEntry
		if err := schema.Unmarshal(b, &e); err != nil {
			return err
		}
		return s.Apply(e)
	case asEntry:
		return s.Apply(schema.SignedEntry{Entry: b, Signature: []byte{1}})
	}
	by := members[int(author)%len(members)].Certificate
	if e, err := body[schema.JoinBody](&entry{RosterEntry: schema.RosterEntry{Body: b}}); err == nil {
		if c, err := cert.Parse(e.Certificate); err == nil && len(c.Devices()) > 0 {
			by = c // a join is by whoever the certificate is of
		}
	}
	e := schema.RosterEntry{
		Purpose: schema.PurposeRoster, Workspace: s.Workspace(), Seq: s.Head().Seq + 1, Prev: s.Head().Hash,
		Author: by.User(), Device: by.Devices()[0].ID, Kind: schema.RosterKind(kind), Body: b,
	}
	return s.ApplyVerified(schema.SignedEntry{Entry: schema.MustMarshal(e)})
}

// FuzzHistory plays histories that its octets choose, among correct and spoilt
// steps. Each step is checked by world.apply: invariants after an accepted one,
// no change after a refused one. Whatever is due is delivered, so that histories
// get far.
func FuzzHistory(f *testing.F) {
	f.Fuzz(func(t *testing.T, ops []byte) {
		w := newWorld(t)
		w.unverified = true
		w.do("genesis by a0", "epoch everyone by a0")
		for n := 0; len(ops) >= 3 && n < 30; n++ {
			step := randomStep(w, n, ops[0], ops[1], ops[2])
			ops = ops[3:]
			if w.try(step) != nil {
				continue
			}
			by := names([]schema.UserID{w.state.dueBy})
			for _, c := range w.state.Pending() {
				w.do(fmt.Sprintf("epoch %s by %s", names([]schema.CircleID{c}), by))
			}
			if !w.state.Complete() {
				t.Fatal("what was due was delivered and more is due")
			}
		}
	})
}

// randomStep is one of the steps of the notation. Its author is a member, or now
// and then anybody; what it names mostly exists, so that histories get far.
func randomStep(w *world, n int, verb, who, what byte) string {
	members := names(userIDs(w.state.Members()))
	known := strings.Split(members, ",")
	a, b := known[int(who)%len(known)], known[int(who)/16%len(known)]
	outsider := fmt.Sprintf("a%d", what/8%8)
	if who > 240 {
		a = outsider
	}
	all := strings.Split(names(w.state.Circles()), ",")
	circle := all[int(what)%len(all)]
	role := []string{"member", "guest", "admin", "owner"}[what%4]
	among := "everyone"
	if mine := names(w.state.CirclesOf(w.actor(a).user)); role == "guest" && circle != "everyone" {
		among = circle
	} else if what%8 > 3 && strings.Contains(mine, "everyone") {
		among = mine
	}
	switch verb % 16 {
	case 0, 1:
		return fmt.Sprintf("admit %s role=%s circles=%s by %s", outsider, role, among, a)
	case 2, 3:
		return fmt.Sprintf("invite i%d role=%s circles=%s uses=%d by %s%s", n, role, among, 1+what%3, a, pick(what > 220, " approval", ""))
	case 4, 5:
		invite := "i0"
		if open := w.state.OpenInvites(); len(open) > 0 {
			invite = names([]schema.InviteID{open[int(what)%len(open)].ID})
		}
		return fmt.Sprintf("join %s by %s", invite, outsider)
	case 6:
		return fmt.Sprintf("remove %s by %s", b, a)
	case 7:
		return "leave by " + a
	case 8:
		return fmt.Sprintf("role %s %s by %s", b, role, a)
	case 9:
		if open := w.state.OpenInvites(); len(open) > 0 {
			return fmt.Sprintf("cancel %s by %s", names([]schema.InviteID{open[int(what)%len(open)].ID}), a)
		}
		return "cancel i0 by " + a
	case 10:
		return fmt.Sprintf("circle c%d %sby %s", n, pick(a != b, "members="+b+" ", ""), a)
	case 11:
		return fmt.Sprintf("circle-admit %s %s by %s", circle, b, a)
	case 12:
		return fmt.Sprintf("circle-remove %s %s by %s", circle, b, a)
	case 13:
		change := fmt.Sprintf([]string{"add=x%d", "encryption add=x%d", "add=x%d encryption"}[what%3], n)
		if devices := w.actor(a).order; what > 128 && len(devices) > 1 {
			change = "revoke=" + devices[1] + " encryption"
		}
		return fmt.Sprintf("certificate %s by %s", change, a)
	default:
		tweak := []string{"", "previous=none", "epoch=1", "cut=wrong", "extra-packet=mallory"}[what%5]
		return fmt.Sprintf("epoch %s %s by %s", circle, tweak, a)
	}
}

func userIDs(members []Member) []schema.UserID {
	var out []schema.UserID
	for _, m := range members {
		out = append(out, m.User)
	}
	return out
}
