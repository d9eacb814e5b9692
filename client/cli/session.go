package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/home"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/text"
)

// session is an opened profile.
type session struct {
	a      *app
	engine *client.Engine
	keep   *home.Keeper
	// offline is true when the server could not be reached.
	offline bool
	// caught is what the server was caught at by the last sync; what it means
	// depends on the workspace that the command is about.
	caught *client.Misbehaviour
}

// homeOf is the folder that the flag, CENACLE_HOME or the system names, as an
// absolute path.
func homeOf(flag string, getenv func(string) string) (home.Dir, error) {
	dir := flag
	if dir == "" {
		dir = getenv("CENACLE_HOME")
	}
	if dir == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return "", usage("error.nohome")
		}
		dir = filepath.Join(config, "cenacle")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", usage("error.nohome")
	}
	return home.Dir(dir), nil
}

// open opens the profile of the home. The caller closes the session.
func (a *app) open(ctx context.Context) (*session, error) {
	if found, err := a.home.Read(); err != nil {
		return nil, err
	} else if found == nil { // before anything is asked
		return nil, fail(codeNoProfile, "error.noprofile", string(a.home))
	}
	passphrase, err := a.secret(ctx, envPassphrase, "ask.passphrase")
	if err != nil {
		return nil, err
	}
	s, err := home.Open(ctx, a.home, passphrase)
	if err != nil {
		return nil, err
	}
	return a.opened(s), nil
}

func (a *app) opened(s *home.Session) *session {
	if s.Damaged {
		a.warn(schema.CodeStoreCorrupt.Sentence(a.code))
	}
	return &session{a: a, engine: s.Engine, keep: s.Keeper}
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

// foreign tells workspaces that are not the user's to choose: the personal one,
// where pins and settings are, and those that could not be read at all.
func (s *session) foreign(id schema.WorkspaceID) bool {
	w, err := s.engine.Workspace(id)
	return err != nil || w.Personal()
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
		return nil, fail(schema.CodeAmbiguous, "error.ambiguous", s.a.workspace)
	case len(removed) > 0:
		return nil, schema.Errorf(schema.CodeRemoved, "workspace %s", removed[0].ID())
	case s.a.workspace != "":
		return nil, fail(schema.CodeNotFound, "error.unknownworkspace", s.a.workspace)
	}
	if err := s.trust(nil, schema.StreamID{}); err != nil {
		return nil, err
	}
	return nil, fail(codeNoWorkspace, "error.noworkspace")
}

func names(w *client.Workspace, which string) bool {
	return w.ID().String() == which || text.Lookup(w.Name()) == text.Lookup(which)
}

// channel finds a channel by name or id, and a direct message by @ and whom it is
// with.
func (s *session) channel(ctx context.Context, w *client.Workspace, which string) (client.Channel, error) {
	return s.conversation(ctx, w, which, func(with schema.UserID) (client.Channel, error) { return w.FindDirect(with) })
}

// conversation is [session.channel] where direct finds, or makes, the direct message
// with one person.
func (s *session) conversation(ctx context.Context, w *client.Workspace, which string, direct func(with schema.UserID) (client.Channel, error)) (client.Channel, error) {
	var ch client.Channel
	var err error
	if who, person := strings.CutPrefix(which, "@"); person {
		ch, err = s.with(ctx, w, who, direct)
	} else {
		ch, err = w.FindChannel(which)
	}
	if err != nil {
		return ch, explained(err, "error.unknownchannel", which)
	}
	return ch, s.trust(w, ch.Stream)
}

// with is the direct message with a person, or, by all their names, with several.
func (s *session) with(ctx context.Context, w *client.Workspace, who string, direct func(with schema.UserID) (client.Channel, error)) (client.Channel, error) {
	if _, err := w.FindPerson(who); schema.HasCode(err, schema.CodeNotFound) {
		// Before the server is asked about an email: names are none of its business.
		if ch, err := w.FindChannel("@" + who); !schema.HasCode(err, schema.CodeNotFound) {
			return ch, err
		}
	}
	p, err := s.person(ctx, w, who)
	if err != nil {
		return client.Channel{}, err
	}
	return direct(p.User)
}

// person finds a member by name, id or email. Only the server knows emails, and
// it might name another member than is meant: whoever it names is shown.
func (s *session) person(ctx context.Context, w *client.Workspace, who string) (client.Person, error) {
	p, err := w.FindPerson(who)
	if !schema.HasCode(err, schema.CodeNotFound) {
		return p, explained(err, "", who)
	}
	if p, err = w.LookUpPerson(ctx, who); err == nil {
		s.a.note("note.email", who, safe(p.Name), p.User)
	}
	return p, explained(err, "error.unknownperson", who)
}

// explained says in the user's language that a name fits nothing, or too much.
func explained(err error, unknown, name string) error {
	switch {
	case schema.HasCode(err, schema.CodeNotFound):
		return fail(schema.CodeNotFound, unknown, name)
	case schema.HasCode(err, schema.CodeAmbiguous):
		return fail(schema.CodeAmbiguous, "error.ambiguous", name)
	}
	return err
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

// circles are those of the channels that are named.
func (s *session) circles(ctx context.Context, w *client.Workspace, which []string) ([]schema.CircleID, error) {
	var out []schema.CircleID
	for _, one := range which {
		ch, err := s.channel(ctx, w, one)
		if err != nil {
			return nil, err
		}
		out = append(out, ch.Circle)
	}
	return out, nil
}
