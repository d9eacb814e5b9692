package roster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// A vector file is a scenario: comments (#), "given FILE" (the steps of
// testdata/given/FILE.txt), steps (see notation_test.go), checks (see check) and
// one outcome line, the last one:
//
//	-> accepted
//	-> CODE: a part of the detail
//
// An outcome other than accepted is that of the last step; all others are good.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/vectors/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 60 {
		t.Fatalf("only %d vectors were found", len(files))
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) { runVector(t, f) })
	}
}

func runVector(t *testing.T, file string) {
	w := newWorld(t)
	lines := scenario(t, file)
	outcome, ok := strings.CutPrefix(lines[len(lines)-1], "-> ")
	if !ok {
		t.Fatal("the last line is no outcome")
	}
	lines = lines[:len(lines)-1]
	if outcome == "accepted" {
		for _, l := range lines {
			w.line(l)
		}
		w.replays()
		return
	}
	last := lines[len(lines)-1]
	for _, l := range lines[:len(lines)-1] {
		w.line(l)
	}
	code, detail, _ := strings.Cut(outcome, ": ")
	err := w.try(last)
	var e *schema.Error
	if !errors.As(err, &e) || string(e.Code) != code || detail == "" || !strings.Contains(e.Detail, detail) {
		t.Fatalf("%s: got %v, want %s", last, err, outcome)
	}
	w.replays()
}

// scenario reads the lines of a file, includes and all.
func scenario(t testing.TB, file string) []string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, l := range strings.Split(string(b), "\n") {
		l = strings.TrimSpace(l)
		switch {
		case l == "" || strings.HasPrefix(l, "#"):
		case strings.HasPrefix(l, "given "):
			out = append(out, scenario(t, filepath.Join("testdata", "given", strings.Fields(l)[1]+".txt"))...)
		default:
			out = append(out, l)
		}
	}
	return out
}

func (w *world) line(l string) {
	w.t.Helper()
	if rest, ok := strings.CutPrefix(l, "check "); ok {
		w.check(strings.Fields(rest))
		return
	}
	w.do(l)
}

// replays checks that the accepted entries give the same state from nothing, with
// and without cryptography.
func (w *world) replays() {
	w.t.Helper()
	again, err := Replay(w.ws, w.entries)
	if err != nil {
		w.t.Fatal(err)
	}
	want := dump(w.state)
	if got := dump(again); got != want {
		w.t.Fatalf("a replay gives another state:\n%s", diff(want, got))
	}
	trusted := New(w.ws)
	for _, e := range w.entries {
		if err := trusted.ApplyVerified(e); err != nil {
			w.t.Fatal(err)
		}
	}
	if got := dump(trusted); got != want {
		w.t.Fatalf("ApplyVerified gives another state:\n%s", diff(want, got))
	}
}

// check compares the state with
//
//	member USER ROLE|pending|none
//	circle C members=U,.. epoch=N stale|fresh
//	invite I open|closed used=N
//	due C,..           the epochs that must come next ("none" when complete)
//	manages C USER yes|no
//	recipients C NAME,..
//	key C EPOCH NAME yes|no
//	device USER D valid|void
func (w *world) check(f []string) {
	w.t.Helper()
	var got string
	want := strings.Join(f[1:], " ")
	s := w.state
	switch f[0] {
	case "member":
		got = f[1] + " none"
		if m, ok := s.Member(w.actor(f[1]).user); ok && m.Pending {
			got = f[1] + " pending"
		} else if ok {
			got = f[1] + " " + m.Role.String()
		}
	case "circle":
		c, ok := s.Circle(circleID(f[1]))
		if !ok {
			w.t.Fatalf("no circle %s", f[1])
		}
		got = fmt.Sprintf("%s members=%s epoch=%d %s", f[1], names(c.Members), c.Epoch, pick(c.Stale, "stale", "fresh"))
	case "invite":
		i, ok := s.Invite(schema.InviteID(name16(f[1])))
		if !ok {
			w.t.Fatalf("no invite %s", f[1])
		}
		got = fmt.Sprintf("%s %s used=%d", f[1], pick(i.Open, "open", "closed"), i.Used)
	case "due":
		got = names(s.Pending())
		if s.Complete() {
			got = "none"
		}
	case "manages":
		got = fmt.Sprintf("%s %s %s", f[1], f[2], pick(s.MayManage(circleID(f[1]), w.actor(f[2]).user), "yes", "no"))
	case "recipients":
		var to []string
		for _, k := range s.Recipients(circleID(f[1])) {
			for name, a := range w.actors {
				if a.id.Certificate().Encryption().Fingerprint == k.Fingerprint {
					to = append(to, name)
				}
			}
		}
		slices.Sort(to)
		got = f[1] + " " + strings.Join(to, ",")
	case "key":
		var n uint64
		if _, err := fmt.Sscan(f[2], &n); err != nil {
			w.t.Fatal(err)
		}
		_, ok := s.KeyFor(circleID(f[1]), n, w.actor(f[3]).id.Certificate().Encryption().Fingerprint)
		got = fmt.Sprintf("%s %s %s %s", f[1], f[2], f[3], pick(ok, "yes", "no"))
	case "device":
		a := w.actor(f[1])
		ok := s.DeviceValidAt(a.user, a.device(w.t, f[2]).ID(), s.head())
		got = fmt.Sprintf("%s %s %s", f[1], f[2], pick(ok, "valid", "void"))
	default:
		w.t.Fatalf("unknown check %q", f[0])
	}
	if got != want {
		w.t.Fatalf("check %s: got %q, want %q", f[0], got, want)
	}
}

func pick(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}

// names turns ids back into the names that they were made of.
func names[K id16](ids []K) string {
	var out []string
	for _, id := range ids {
		b := [16]byte(id)
		out = append(out, strings.TrimRight(string(b[:]), "\x00"))
	}
	return strings.Join(out, ",")
}
