package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client"
)

// findingJSON is something that this device has detected.
type findingJSON struct {
	ID        client.FindingID   `json:"id"`
	Code      client.FindingCode `json:"code"`
	Severity  client.Severity    `json:"severity"`
	Workspace string             `json:"workspace"` // empty when the account is concerned
	Stream    string             `json:"stream"`    // empty when the whole workspace is concerned
	Accuser   string             `json:"accuser"`   // the device whose word it rests on, if it does
	At        string             `json:"at"`        // when it was found first, RFC 3339, UTC
	Last      string             `json:"last"`
	Text      string             `json:"text"`
	Dismissed string             `json:"dismissed"` // when, RFC 3339; empty while it is open
	// Proof is printed by status findings only.
	Proof []client.ProofItem `json:"proof,omitempty"`
}

func (a *app) findingOf(f client.Finding) findingJSON {
	out := findingJSON{
		ID: f.ID(), Code: f.Code, Severity: f.Code.Severity(), At: stamp(moment(f.At)), Last: stamp(moment(f.Last)), Text: a.sentence(f),
	}
	if !f.Workspace.IsZero() {
		out.Workspace = f.Workspace.String()
	}
	if !f.Stream.IsZero() {
		out.Stream = f.Stream.String()
	}
	if !f.Accuser.IsZero() {
		out.Accuser = f.Accuser.String()
	}
	if !f.Open() {
		out.Dismissed = stamp(moment(f.Dismissed))
	}
	return out
}

func (a *app) findings(all []client.Finding) []findingJSON {
	out := make([]findingJSON, 0, len(all))
	for _, f := range all {
		out = append(out, a.findingOf(f))
	}
	return out
}

// sentence is what a person reads of a finding, with the device that may be lying
// in place of the server.
func (a *app) sentence(f client.Finding) string {
	text := f.Sentence(a.code)
	if !f.Accuser.IsZero() {
		text += " " + a.t("findings.accuser", f.Accuser)
	}
	return text
}

// warningRows adds findings to the table of the status.
func (a *app) warningRows(rows [][]string, groups ...[]findingJSON) [][]string {
	for _, group := range groups {
		for _, f := range group {
			rows = append(rows, []string{a.t("status.warning"), safe(f.Text)})
		}
	}
	return rows
}

// statusFindingsCommand lists all that this device has ever detected. With --json
// each comes with its proof.
func (a *app) statusFindingsCommand() *cobra.Command {
	return a.command("status.findings", between(0, 0), func(ctx context.Context, _ []string) error {
		return a.withProfile(ctx, func(s *session) error {
			// What is kept here is told also when the server refuses to speak.
			failed := s.sync(ctx)
			var out []findingJSON
			for _, f := range s.engine.Findings(ctx) {
				one := a.findingOf(f)
				one.Proof = f.Proof
				out = append(out, one)
			}
			err := list(a, out, func(f findingJSON) []string {
				state := a.t("findings.open")
				if f.Dismissed != "" {
					state = a.t("findings.dismissed")
				}
				return []string{f.At, a.t("severity." + string(f.Severity)), state, s.placeOf(f.Workspace), safe(f.Text)}
			})
			return errors.Join(err, failed)
		})
	})
}

// placeOf is the name of the workspace with an id, as text; the id where none is
// known.
func (s *session) placeOf(id string) string {
	for _, w := range s.engine.Workspaces() {
		if w.ID().String() == id && w.Name() != "" {
			return safe(w.Name())
		}
	}
	if id == "" {
		return s.a.t("findings.account")
	}
	return id
}
