package api_test

import (
	"testing"

	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/apitest"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
)

func recovery(p *apitest.Page) (out api.Recovery) {
	p.Must("account.recovery", api.Empty{}, &out)
	return out
}

// Somebody who has nothing but the phrase is signed in by it, with a new kit and a
// new passphrase.
func TestRecoverOnANewDevice(t *testing.T) {
	c := start(t)
	alice := apitest.New(t, c, 0, nil)
	kit := alice.SignUp("Alice", "alice@example.org")
	at := room(t, alice, "Aurore")
	var phrase api.RecoveryPhrase
	alice.Refused("account.createRecovery", api.PassphraseParams{Passphrase: "wrong"}, schema.CodeSignInFailed)
	alice.Must("account.createRecovery", api.PassphraseParams{Passphrase: clienttest.Passphrase}, &phrase)
	if r := recovery(alice); !r.Enrolled || r.MadeAt == 0 || r.Doubtful || r.Outdated {
		t.Errorf("%+v", r)
	}

	p := apitest.New(t, c, 0, nil)
	params := api.RecoverParams{Handle: kit.Handle, Phrase: phrase.Phrase, NewPassphrase: "another long passphrase"}
	wrong := params
	wrong.Handle = "nobody@example.org"
	p.Refused("session.recover", wrong, schema.CodeSignInFailed)
	var out api.SignedUp
	p.Must("session.recover", params, &out)
	if !out.Kept || out.Handle != kit.Handle || out.AccountKey == "" || out.AccountKey == kit.AccountKey {
		t.Errorf("the new kit: kept %v, handle %q", out.Kept, out.Handle)
	}
	if s := p.State(); s.Stage != api.StageOpen || *s.User != *alice.State().User || *s.Device == *alice.State().Device {
		t.Errorf("%+v", s)
	}
	p.Must("messages.post", api.PostParams{ChannelRef: general(t, p, waitForRoom(t, p, at)), Text: "back"}, nil)
	p.Refused("session.recover", params, schema.CodeConflict)
	p.Must("session.lock", api.Empty{}, nil)
	p.Must("session.unlock", api.PassphraseParams{Passphrase: params.NewPassphrase}, nil)
}

// waitForRoom waits until a page lists a workspace.
func waitForRoom(t *testing.T, p *apitest.Page, at api.ChannelRef) api.WorkspaceRef {
	t.Helper()
	clienttest.Eventually(t, "the workspace is listed", func() bool {
		var list api.WorkspaceList
		p.Must("workspaces.list", api.Empty{}, &list)
		return len(list.Workspaces) == 1 && list.Workspaces[0].ID == at.Workspace
	})
	return api.WorkspaceRef{Workspace: at.Workspace}
}

// recovery is the part of the story about the phrase.
func (s *story) recovery(handle, passphrase string) {
	var phrase api.RecoveryPhrase
	s.alice.Must("account.createRecovery", api.PassphraseParams{Passphrase: passphrase}, &phrase)
	if !recovery(s.alice).Enrolled {
		s.t.Error("there is no recovery")
	}
	other := apitest.New(s.t, s.cluster, 0, nil)
	other.Must("session.recover", api.RecoverParams{Handle: handle, Phrase: phrase.Phrase, NewPassphrase: passphrase}, nil)
	other.Must("account.removeRecovery", api.PassphraseParams{Passphrase: passphrase}, nil)
	for name := range other.Called {
		s.alice.Called[name] = true
	}
}
