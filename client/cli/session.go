package cli

import (
	"context"
	"errors"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/store/sqlite"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/text"
)

// session is an opened profile.
type session struct {
	a      *app
	engine *client.Engine
	keep   *keeper
	// offline is true when the server could not be reached.
	offline bool
	// caught is what the server was caught at by the last sync; what it means
	// depends on the workspace that the command is about.
	caught *client.Misbehaviour
}

// openStore opens the local store of the home; a damaged one is emptied, and the
// server fills it again.
func (a *app) openStore(ctx context.Context) (*sqlite.Store, error) {
	s, err := sqlite.Open(ctx, a.home.store())
	if errors.Is(err, store.ErrCorrupt) {
		a.warn(schema.CodeStoreCorrupt.Sentence(a.code))
		err = s.Reset(ctx)
	}
	return s, err
}

// open opens the profile of the home. The caller closes the session.
func (a *app) open(ctx context.Context) (*session, error) {
	sealed, err := a.home.read()
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return nil, fail(codeNoProfile, "error.noprofile", string(a.home))
	}
	passphrase, err := a.secret(ctx, envPassphrase, "ask.passphrase")
	if err != nil {
		return nil, err
	}
	p, err := client.OpenProfile(passphrase, sealed)
	if err != nil {
		return nil, err
	}
	return a.start(ctx, p, passphrase, sealed)
}

// start starts the engine of a profile whose sealed form stands in the home.
func (a *app) start(ctx context.Context, p *client.Profile, passphrase string, sealed []byte) (*session, error) {
	transport, err := network.New(p.Origin)
	if err != nil {
		return nil, err
	}
	st, err := a.openStore(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{a: a, keep: &keeper{home: a.home, locks: st, passphrase: passphrase, sealed: sealed}}
	s.engine, err = client.Open(ctx, client.Options{Transport: transport, Store: st, SaveProfile: s.keep.save}, p)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return s, nil
}

// unreachable tells failures after which a command goes on with what is here.
func unreachable(err error) bool {
	switch schema.CodeOf(err) {
	case schema.CodeOffline, schema.CodeUnavailable, schema.CodeRateLimited:
		return true
	}
	return false
}

// sync catches up with the server. A server out of reach is told and not an
// error; what the server was caught at is remembered for [session.trust].
func (s *session) sync(ctx context.Context) error {
	err := s.engine.Sync(ctx)
	switch {
	case errors.As(err, &s.caught):
		return nil
	case unreachable(err):
		s.offline = true
		s.a.note("note.offline")
		return nil
	}
	return err
}

// trust fails when the server was caught at something that concerns the
// workspace, the stream (when not zero) or the user's own identity and pins.
func (s *session) trust(w *client.Workspace, stream schema.StreamID) error {
	if m := s.caught; m != nil {
		if w == nil || m.Workspace.IsZero() || s.foreign(m.Workspace) {
			return m
		}
		if m.Workspace != w.ID() {
			s.a.warn(s.a.t("note.elsewhere", m.Workspace))
		}
	}
	if w == nil {
		return nil
	}
	for _, m := range w.Misbehaviours() {
		if m.Stream.IsZero() || m.Stream == stream {
			return m
		}
	}
	return nil
}

// foreign tells workspaces that are not listed: the personal one, where pins and
// settings are, and those that could not be read at all.
func (s *session) foreign(id schema.WorkspaceID) bool {
	for _, w := range s.engine.Workspaces() {
		if w.ID() == id {
			return false
		}
	}
	return true
}

// workspace is the one that --workspace names, or the only one.
func (s *session) workspace() (*client.Workspace, error) {
	var found, removed []*client.Workspace
	for _, w := range s.engine.Workspaces() {
		switch {
		case s.a.workspace != "" && !names(w, s.a.workspace):
		case w.Removed():
			removed = append(removed, w)
		default:
			found = append(found, w)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], s.trust(found[0], schema.StreamID{})
	case len(found) > 1 && s.a.workspace == "":
		return nil, usage("error.severalworkspaces")
	case len(found) > 1:
		return nil, schema.Errorf(schema.CodeAmbiguous, "%d workspaces are called %q", len(found), s.a.workspace)
	case len(removed) > 0:
		return nil, schema.Errorf(schema.CodeRemoved, "workspace %s", removed[0].ID())
	case s.a.workspace != "":
		return nil, schema.Errorf(schema.CodeNotFound, "no workspace is called %q", s.a.workspace)
	}
	if err := s.trust(nil, schema.StreamID{}); err != nil {
		return nil, err
	}
	return nil, fail(codeNoWorkspace, "error.noworkspace")
}

func names(w *client.Workspace, which string) bool {
	return w.ID().String() == which || text.Lookup(w.Name()) == text.Lookup(which)
}

// channel finds a channel by name or id.
func (s *session) channel(w *client.Workspace, which string) (client.Channel, error) {
	ch, err := w.FindChannel(which)
	if err != nil {
		return ch, err
	}
	return ch, s.trust(w, ch.Stream)
}

// person finds a member by name, id or email. Only the server knows emails, and
// it might name another member than is meant: whoever it names is shown.
func (s *session) person(ctx context.Context, w *client.Workspace, who string) (client.Person, error) {
	p, err := w.FindPerson(who)
	if !schema.HasCode(err, schema.CodeNotFound) {
		return p, err
	}
	if p, err = w.LookUpPerson(ctx, who); err == nil {
		s.a.note("note.email", who, safe(p.Name), p.User)
	}
	return p, err
}

func (s *session) people(ctx context.Context, w *client.Workspace, who []string) ([]schema.UserID, error) {
	var out []schema.UserID
	for _, one := range who {
		p, err := s.person(ctx, w, one)
		if err != nil {
			return nil, err
		}
		out = append(out, p.User)
	}
	return out, nil
}

func (s *session) channels(w *client.Workspace, which []string) ([]client.Channel, error) {
	var out []client.Channel
	for _, one := range which {
		ch, err := s.channel(w, one)
		if err != nil {
			return nil, err
		}
		out = append(out, ch)
	}
	return out, nil
}
