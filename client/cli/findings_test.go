package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
)

func TestFindingsAreShown(t *testing.T) {
	f := client.Finding{
		Code: client.FoundAuthorSawOther, Workspace: schema.WorkspaceID{1}, Stream: schema.StreamID{2}, Accuser: schema.DeviceID{3},
		Facts: client.Facts{Seq: 7, Known: 6}, At: 1_700_000_000_000, Last: 1_700_000_000_000, Proof: []client.ProofItem{{What: "event", Bytes: []byte{1}}},
	}
	a, out := testApp(nil)
	a.language = language{"fr", french}
	got := a.findingOf(f)
	if got.Workspace != f.Workspace.String() || got.Accuser != f.Accuser.String() || got.At != "2023-11-14T22:13:20Z" || got.Dismissed != "" || got.Proof != nil {
		t.Errorf("%+v", got)
	}
	if !strings.Contains(got.Text, "autre événement 6") || !strings.Contains(got.Text, f.Accuser.String()) {
		t.Errorf("%q", got.Text)
	}
	f.Dismissed = f.At + 1000
	if got := a.findingOf(f); got.Dismissed != "2023-11-14T22:13:21Z" {
		t.Errorf("%+v", got)
	}
	a.json = true
	status := a.statusOf(client.Status{
		Misbehaviours: []client.Finding{{Code: client.FoundOwnCertificateSwapped}},
		Workspaces:    []client.WorkspaceStatus{{Misbehaviours: []*client.Misbehaviour{{Finding: f}}, Warnings: []client.Finding{f}}},
	})
	if err := a.showStatus(status); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"misbehaviours":[{"id":"`, `"code":"own_certificate_swapped","severity":"misbehaviour"`, `"code":"author_saw_other"`, `"dismissed":"2023-`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s has no %s", out, want)
		}
	}
	if strings.Contains(out.String(), "proof") {
		t.Errorf("the status carries proofs: %s", out)
	}
}

// A message that is doubtful is printed with words that say so.
func TestDoubtsAreSaid(t *testing.T) {
	m := client.Message{
		Message: &chat.Message{Seq: 4, Text: "trust me"},
		Doubts:  []client.FindingCode{client.FoundAuthorKeyDiffers, client.FoundAuthorNameLookalike, client.FoundClockDoubtful},
	}
	for _, l := range []language{{"en", english}, {"fr", french}} {
		a, _ := testApp(nil)
		a.language = l
		r := &reader{a: a, w: new(client.Workspace)}
		text := r.text(m, false)
		for _, key := range []string{"mark.authorkey", "mark.lookalike", "mark.clock"} {
			if !strings.Contains(text, a.t(key)) {
				t.Errorf("%q does not say %q", text, a.t(key))
			}
		}
		a.json = true
		out := a.Stdout.(*bytes.Buffer)
		if err := r.message(m, false); err != nil || !strings.Contains(out.String(), `"doubts":["author_key_differs","author_name_lookalike","clock_doubtful"]`) {
			t.Errorf("%s %v", out, err)
		}
	}
}
