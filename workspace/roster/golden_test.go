package roster

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// freeze writes golden files that do not exist yet; it never changes one.
var freeze = flag.Bool("freeze", false, "write the golden rosters and fuzzing seeds that are missing")

// The golden rosters: complete ones as octets (NAME.cbor is the encoding of a
// schema.RosterBatch) with what must be known after them (NAME.json). They were
// real once and must be read for ever; another implementation checks itself
// against them. The octets hold no private key.
var golden = map[string][]string{
	"personal": {
		"genesis personal by alice", "epoch everyone by alice", "certificate add=phone by alice",
		"certificate revoke=d1 encryption device=phone by alice", "epoch everyone device=phone by alice",
	},
	"team": {
		"genesis by alice", "epoch everyone by alice",
		"admit bob role=admin circles=everyone by alice", "admit carol role=member circles=everyone by alice",
		"circle c1 members=bob by alice", "epoch c1 by alice", "admit dave role=guest circles=c1 by alice",
		"invite i1 role=member circles=everyone uses=3 expires=4102444800000 by bob", "join i1 by erin",
		"invite i2 role=guest circles=c1 approval by alice", "join i2 by frank", "admit frank role=guest circles=c1 by bob",
		"invite i3 role=guest circles=c1 uses=2 approval by alice", "join i3 by grace",
		"invite i4 role=member circles=c1,everyone by alice",
	},
	"departures": {
		"genesis by alice", "epoch everyone by alice",
		"admit bob role=owner circles=everyone by alice", "admit carol role=member circles=everyone by alice",
		"circle c1 members=bob,carol by alice", "epoch c1 by alice", "admit dave role=guest circles=c1 by alice",
		"invite i1 role=member circles=everyone uses=3 by bob", "join i1 by erin",
		"remove erin by alice", "epoch everyone by alice",
		"certificate add=phone by carol", "certificate revoke=d1 by carol", "epoch c1 by carol", "epoch everyone by carol",
		"role carol guest by bob", "epoch everyone by bob", "circle-remove c1 dave by dave", "epoch c1 previous=none by bob",
		"circle-admit c1 dave by bob", "invite i2 role=guest circles=c1 by bob", "cancel i2 by alice", "epoch c1 by alice",
		"leave by alice",
	},
	"refused_self_promotion": {
		"genesis by alice", "epoch everyone by alice", "admit bob role=admin circles=everyone by alice", "role bob owner by bob",
	},
	"refused_packet_for_a_stranger": {
		"genesis by alice", "epoch everyone by alice", "admit bob role=admin circles=everyone by alice",
		"remove bob by alice", "epoch everyone extra-packet=bob by alice",
	},
	"refused_signature": {
		"genesis by alice", "epoch everyone by alice", "circle c1 sign-as=mallory by alice",
	},
}

// summary is what a golden roster says, in the notation of NAME.json.
type summary struct {
	Workspace schema.WorkspaceID `json:"workspace"`
	// Refused is the outcome of the last entry, absent when it is accepted.
	Refused  string            `json:"refused,omitempty"`
	Seq      uint64            `json:"seq"`
	Head     schema.Hash       `json:"head"`
	Personal bool              `json:"personal"`
	Everyone schema.CircleID   `json:"everyone"`
	Due      []schema.CircleID `json:"due"`
	Members  []goldenMember    `json:"members"`
	Circles  []goldenCircle    `json:"circles"`
	Invites  []goldenInvite    `json:"invites"`
}

type goldenMember struct {
	User    schema.UserID      `json:"user"`
	Role    string             `json:"role"`
	Pending bool               `json:"pending"`
	Since   uint64             `json:"since"`
	Primary schema.Fingerprint `json:"primary"`
	Devices []goldenDevice     `json:"devices"`
}

type goldenDevice struct {
	ID      schema.DeviceID `json:"id"`
	Revoked bool            `json:"revoked"`
}

type goldenCircle struct {
	ID         schema.CircleID      `json:"id"`
	Creator    schema.UserID        `json:"creator"`
	Members    []schema.UserID      `json:"members"`
	Epoch      uint64               `json:"epoch"`
	Stale      bool                 `json:"stale"`
	StaleCut   schema.Hash          `json:"stale_cut"`
	Recipients []schema.Fingerprint `json:"recipients"`
}

type goldenInvite struct {
	ID   schema.InviteID `json:"id"`
	Used uint32          `json:"used"`
}

func summarise(s *State, refused error) summary {
	out := summary{
		Workspace: s.Workspace(), Seq: s.Head().Seq, Head: s.Head().Hash, Personal: s.Personal(), Everyone: s.Everyone(),
		Due: s.Pending(), Members: []goldenMember{}, Circles: []goldenCircle{}, Invites: []goldenInvite{},
	}
	if out.Due == nil {
		out.Due = []schema.CircleID{}
	}
	var e *schema.Error
	if errors.As(refused, &e) {
		out.Refused = string(e.Code)
	}
	for _, m := range s.Members() {
		g := goldenMember{User: m.User, Role: m.Role.String(), Pending: m.Pending, Since: m.Since, Primary: m.Certificate.Fingerprint()}
		for _, d := range m.Certificate.Devices() {
			g.Devices = append(g.Devices, goldenDevice{d.ID, d.Revoked})
		}
		out.Members = append(out.Members, g)
	}
	for _, id := range s.Circles() {
		c, _ := s.Circle(id)
		g := goldenCircle{
			ID: id, Creator: c.Creator, Members: c.Members, Epoch: c.Epoch, Stale: c.Stale, StaleCut: c.StaleCut,
			Recipients: []schema.Fingerprint{},
		}
		for _, k := range s.Recipients(id) {
			g.Recipients = append(g.Recipients, k.Fingerprint)
		}
		out.Circles = append(out.Circles, g)
	}
	for _, i := range s.OpenInvites() {
		out.Invites = append(out.Invites, goldenInvite{i.ID, i.Used})
	}
	return out
}

// readGolden applies the entries of a golden roster; only the last may be refused.
func readGolden(t testing.TB, name string) (*State, error) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "golden", name+".cbor"))
	if err != nil {
		t.Fatal(err)
	}
	var batch schema.RosterBatch
	if err := schema.Unmarshal(b, &batch); err != nil {
		t.Fatal(err)
	}
	var first schema.RosterEntry
	if err := schema.Unmarshal(batch.Entries[0].Entry, &first); err != nil {
		t.Fatal(err)
	}
	s := New(first.Workspace)
	for i, e := range batch.Entries {
		if err := s.Apply(e); err != nil {
			if i < len(batch.Entries)-1 {
				t.Fatal(err)
			}
			return s, err
		}
	}
	return s, nil
}

func TestGoldenRosters(t *testing.T) {
	for name, steps := range golden {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", "golden", name)
			if _, err := os.Stat(file + ".cbor"); *freeze && errors.Is(err, os.ErrNotExist) {
				freezeGolden(t, file, steps)
			}
			s, refused := readGolden(t, name)
			if (refused != nil) != strings.HasPrefix(name, "refused_") {
				t.Fatalf("the last entry: %v", refused)
			}
			got, err := json.MarshalIndent(summarise(s, refused), "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(file + ".json"); *freeze && errors.Is(err, os.ErrNotExist) {
				if err := os.WriteFile(file+".json", append(got, '\n'), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file + ".json")
			if err != nil {
				t.Fatal(err)
			}
			if string(got)+"\n" != string(want) {
				t.Errorf("the old octets say something else now:\n%s", diff(string(want), string(got)))
			}
		})
	}
}

func freezeGolden(t *testing.T, file string, steps []string) {
	w := newWorld(t)
	w.ws = schema.NewWorkspaceID()
	w.state = New(w.ws)
	var entries []schema.SignedEntry
	for _, st := range steps {
		e := w.build(mustStep(t, st))
		entries = append(entries, e)
		if err := w.apply(e); err != nil && len(entries) < len(steps) {
			t.Fatalf("%s: %v", st, err)
		}
	}
	if err := os.WriteFile(file+".cbor", schema.MustMarshal(schema.RosterBatch{Entries: entries}), 0o644); err != nil {
		t.Fatal(err)
	}
	if filepath.Base(file) == "team" {
		freezeSeeds(t, w)
	}
}

// freezeSeeds writes one seed of FuzzApply for each kind of entry that is good
// after the golden roster team, and some that are not.
func freezeSeeds(t *testing.T, w *world) {
	w.addDevice(w.actor("bob"), "phone")
	seeds := map[string]string{
		"admit": "admit heidi role=member circles=everyone by alice", "approve": "admit grace role=guest circles=c1 by alice",
		"join": "join i1 by heidi", "join_with_approval": "join i3 by heidi", "join_last": "join i4 by heidi",
		"remove": "remove erin by alice", "remove_pending": "remove grace by bob", "leave": "leave by carol",
		"promote": "role dave member by alice", "demote": "role bob guest by alice",
		"invite": "invite i5 role=member circles=c1,everyone uses=7 by alice", "cancel": "cancel i1 by alice",
		"circle": "circle c2 members=bob,dave by carol", "circle_admit": "circle-admit c1 carol by alice",
		"circle_remove": "circle-remove c1 dave by alice", "certificate": "certificate by bob",
		"epoch": "epoch c1 by alice", "epoch_everyone": "epoch everyone by bob", "stranger": "leave by mallory",
	}
	names := make([]string, 0, len(seeds))
	for n := range seeds {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		e := w.build(mustStep(t, seeds[n]))
		var entry schema.RosterEntry
		if err := schema.Unmarshal(e.Entry, &entry); err != nil {
			t.Fatal(err)
		}
		writeSeed(t, "FuzzApply", n+"_signed", asSigned, 0, 0, schema.MustMarshal(e))
		writeSeed(t, "FuzzApply", n+"_body", asBody, byte(entry.Kind), authorIndex(w.state, entry.Author), entry.Body)
	}
}
