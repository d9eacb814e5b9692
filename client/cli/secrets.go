package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Variables that give secrets to programs without a terminal.
const (
	envPassphrase    = "CENACLE_PASSPHRASE"
	envOldPassphrase = "CENACLE_OLD_PASSPHRASE"
	envNewPassphrase = "CENACLE_NEW_PASSPHRASE"
	envAccountKey    = "CENACLE_ACCOUNT_KEY"
)

// prompter asks whoever sits at the terminal.
type prompter interface {
	// Secret reads a line that is not shown while it is typed.
	Secret(ctx context.Context, prompt string) (string, error)
	// Line reads a line.
	Line(ctx context.Context, prompt string) (string, error)
}

// errNoTerminal says that there is nobody to ask.
var errNoTerminal = errors.New("no terminal")

// terminal asks at the controlling terminal, so that standard input and output
// stay free for pipes.
type terminal struct{}

func (terminal) ask(ctx context.Context, prompt string, read func(in *os.File) (string, error)) (string, error) {
	in, err := os.OpenFile(terminalIn, os.O_RDWR, 0)
	if err != nil {
		return "", errNoTerminal
	}
	defer in.Close()
	out, err := os.OpenFile(terminalOut, os.O_WRONLY, 0)
	if err != nil {
		return "", errNoTerminal
	}
	defer out.Close()
	state, err := term.GetState(int(in.Fd()))
	if err != nil {
		return "", errNoTerminal
	}
	// Reading from a terminal cannot be cancelled. Somebody who presses Ctrl-C at
	// a prompt wants to leave, with the terminal as it was.
	stop := context.AfterFunc(ctx, func() {
		term.Restore(int(in.Fd()), state)
		fmt.Fprintln(out)
		os.Exit(exitFailure)
	})
	defer stop()
	fmt.Fprint(out, prompt)
	return read(in)
}

// Secret implements [prompter].
func (t terminal) Secret(ctx context.Context, prompt string) (string, error) {
	return t.ask(ctx, prompt, func(in *os.File) (string, error) {
		b, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(in)
		return string(b), err
	})
}

// Line implements [prompter].
func (t terminal) Line(ctx context.Context, prompt string) (string, error) {
	return t.ask(ctx, prompt, func(in *os.File) (string, error) {
		s, err := bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
		return strings.TrimRight(s, "\r\n"), err
	})
}

// secret is a secret from its environment variable, or else from the terminal.
func (a *app) secret(ctx context.Context, env, key string) (string, error) {
	if v := a.Getenv(env); v != "" {
		return v, nil
	}
	v, err := a.prompt.Secret(ctx, a.t(key)+" ")
	if errors.Is(err, errNoTerminal) {
		return "", fail(codeNoTerminal, "error.noterminal", env)
	}
	if err != nil {
		return "", fmt.Errorf("read from the terminal: %w", err)
	}
	return v, nil
}

// newSecret is a passphrase that is being chosen: asked for twice.
func (a *app) newSecret(ctx context.Context, env, key string) (string, error) {
	first, err := a.secret(ctx, env, key)
	if err != nil || a.Getenv(env) != "" {
		return first, err
	}
	second, err := a.secret(ctx, env, "ask.again")
	if err != nil {
		return "", err
	}
	if first != second {
		return "", fail(codeTwice, "error.twice")
	}
	return first, nil
}

// agrees asks a question that only the whole word "yes" answers.
func (a *app) agrees(ctx context.Context, key string, args ...any) (bool, error) {
	answer, err := a.prompt.Line(ctx, a.t(key, args...)+" ")
	if errors.Is(err, errNoTerminal) {
		return false, fail(codeNoTerminal, "error.noquestion")
	}
	if err != nil {
		return false, fmt.Errorf("read from the terminal: %w", err)
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "yes" || answer == a.t("answer.yes"), nil
}
