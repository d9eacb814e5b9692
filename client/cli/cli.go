package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/home"
)

// Options are the world of a command.
type Options struct {
	// Version is printed by the command version.
	Version string
	// Serve runs a server until ctx ends. Package cli does not know the server.
	Serve          func(ctx context.Context, o ServeOptions) error
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Getenv         func(string) string // os.Getenv when nil
}

// app is one run of the program.
type app struct {
	Options
	language
	prompt prompter

	// Persistent flags.
	json      bool
	homeFlag  string
	workspace string
	home      home.Dir
}

// Run executes one command line, without the program's name, and returns the exit
// code (see the package's comment). When ctx ends the command stops in order.
func Run(ctx context.Context, args []string, o Options) int {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	a := &app{Options: o, language: languageOf(o.Getenv), prompt: terminal{}}
	return a.run(ctx, args)
}

func (a *app) run(ctx context.Context, args []string) int {
	a.json = asksJSON(args)
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil {
		a.report(err)
	}
	return exitCode(err)
}

// asksJSON looks for --json before the flags are parsed, so that an error in the
// flags themselves is reported in the same form as any other.
func asksJSON(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "--json", "--json=true":
			return true
		case "--":
			return false
		}
	}
	return false
}

// warn tells people about a danger or a loss.
func (a *app) warn(text string) { fmt.Fprintln(a.Stderr, a.t("warning.prefix")+safe(text)) }

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use: "cenacle", Short: a.t("root.short"), Long: a.t("root.long"),
		SilenceErrors: true, SilenceUsage: true, DisableSuggestions: true,
		PersistentPreRunE: func(*cobra.Command, []string) (err error) {
			a.home, err = homeOf(a.homeFlag, a.Getenv)
			return err
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return usage("error.subcommand", cmd.CommandPath()) },
	}
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	flags := root.PersistentFlags()
	flags.BoolVar(&a.json, "json", a.json, a.t("flag.json"))
	flags.StringVar(&a.homeFlag, "home", "", a.t("flag.home"))
	flags.StringVar(&a.workspace, "workspace", "", a.t("flag.workspace"))
	root.AddCommand(
		a.serveCommand(), a.openCommand(), a.signUpCommand(), a.signInCommand(), a.passphraseCommand(),
		a.workspaceCommand(), a.inviteCommand(), a.joinCommand(), a.leaveCommand(), a.memberCommand(), a.deviceCommand(),
		a.channelCommand(), a.postCommand(), a.readCommand(), a.editCommand(), a.deleteCommand(), a.reactCommand(),
		a.keyCommand(), a.statusCommand(), a.verifyWebCommand(), a.versionCommand(),
	)
	a.translate(root)
	return root
}

// command makes a command whose texts stand in the catalogue under its key: the
// names of the command and its parents, joined by dots.
func (a *app) command(key string, args cobra.PositionalArgs, run func(ctx context.Context, args []string) error) *cobra.Command {
	name := key[strings.LastIndexByte(key, '.')+1:]
	return &cobra.Command{
		Use: strings.TrimSpace(name + " " + a.texts[key+".args"]), Short: a.t(key + ".short"), Long: a.texts[key+".long"],
		Args: args, DisableFlagsInUseLine: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := run(cmd.Context(), args); err != nil {
				return failure{err}
			}
			return nil
		},
	}
}

// group makes a command that only has subcommands.
func (a *app) group(key string, sub ...*cobra.Command) *cobra.Command {
	cmd := a.command(key, nil, nil)
	cmd.Args = cobra.ArbitraryArgs
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usage("error.nocommand", args[0], cmd.CommandPath())
		}
		return usage("error.subcommand", cmd.CommandPath())
	}
	cmd.AddCommand(sub...)
	return cmd
}

// between is the number of arguments that a command takes; -1 for any.
func between(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || most >= 0 && len(args) > most {
			return usage("error.args", cmd.UseLine())
		}
		return nil
	}
}

// withProfile runs do on the opened profile and closes it.
func (a *app) withProfile(ctx context.Context, do func(s *session) error) (err error) {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	return do(s)
}

// inSession is the run function of a command that needs the profile,
// synchronised.
func (a *app) inSession(do func(ctx context.Context, s *session, args []string) error) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		return a.withProfile(ctx, func(s *session) error {
			if err := s.sync(ctx); err != nil {
				return err
			}
			return do(ctx, s, args)
		})
	}
}

// close tells what happened to this device meanwhile and closes the session.
func (s *session) close() error {
	for _, n := range s.engine.Notices() {
		s.a.notice(n, s.engine.Profile().AccountKey)
	}
	return s.engine.Close()
}

// notice tells what happened to this device. Where the answer to a revocation was
// lost, nobody has shown the new account key yet.
func (a *app) notice(n client.Finding, accountKey string) {
	a.warn(n.Sentence(a.code))
	if n.Code == client.FoundIdentityChangeWasMade {
		a.note("note.accountkey", accountKey)
	}
}

// translate puts cobra's own texts into the language.
func (a *app) translate(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "help" || cmd.Name() == "completion" {
			cmd.Short = a.t(cmd.Name() + ".short")
		}
	}
	a.translateHelpFlags(root)
	root.SetUsageTemplate(a.t("template"))
	root.SetHelpTemplate("{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}\n\n{{end}}{{.UsageString}}")
}

func (a *app) translateHelpFlags(cmd *cobra.Command) {
	cmd.InitDefaultHelpFlag()
	cmd.Flags().Lookup("help").Usage = a.t("flag.help")
	for _, sub := range cmd.Commands() {
		a.translateHelpFlags(sub)
	}
}

// oneOf checks the value of a flag that has few.
func oneOf(flag, value string, values ...string) error {
	if !slices.Contains(values, value) {
		return usage("error.oneof", flag, strings.Join(values, ", "))
	}
	return nil
}
