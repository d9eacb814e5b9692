// Command demo fills the data folder of a server with a workspace of eight invented
// people and what they wrote in two weeks, for `make demo`, `make screenshots` and
// whoever wants to see the app in use.
//
//	demo -data ./demo-data -origin http://localhost:8080
//
// The messages are made by real clients: each of the eight has an account, a device
// and keys of their own, and every message is sealed and signed as it would be by the
// app. Server and clients run in this one process, on a clock that goes through the
// two weeks. A folder that holds a demonstration is left as it is. What opens the
// accounts is printed, and kept in credentials.txt there.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/cenacle-team/cenacle/server"
)

var (
	//go:embed conversation.txt
	conversation string
	//go:embed private.txt
	private string
)

func main() {
	data := flag.String("data", "./demo-data", "folder of the demonstration")
	origin := flag.String("origin", "http://localhost:8080", "address at which the server will be reached")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *data, *origin, time.Now(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

// run makes the demonstration unless it is there, and prints what opens it. It is
// made beside its place and moved there whole, so that an interrupted run leaves
// nothing that looks complete.
func run(ctx context.Context, data, origin string, now time.Time, out io.Writer) error {
	credentials := filepath.Join(data, "credentials.txt")
	if kept, err := os.ReadFile(credentials); err == nil {
		if !strings.Contains(string(kept), origin+"\n") {
			return fmt.Errorf("%s is of another address than %s: remove it, or use its own address", data, origin)
		}
		_, err = out.Write(kept)
		return err
	} else if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("read the credentials: %w", err)
	}
	made := filepath.Clean(data) + ".new"
	if err := os.RemoveAll(made); err != nil {
		return err
	}
	if err := os.MkdirAll(made, 0o700); err != nil {
		return err
	}
	text, err := build(ctx, filepath.Join(made, "server"), origin, now)
	if err != nil {
		return errors.Join(err, os.RemoveAll(made))
	}
	if err := os.WriteFile(filepath.Join(made, "credentials.txt"), []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.Rename(made, data); err != nil {
		return err
	}
	_, err = io.WriteString(out, text)
	return err
}

// build runs server and clients until everything is said.
func build(ctx context.Context, folder, origin string, now time.Time) (_ string, err error) {
	talks, err := parse(conversation)
	if err != nil {
		return "", fmt.Errorf("conversation.txt: %w", err)
	}
	directs, err := parse(private)
	if err != nil {
		return "", fmt.Errorf("private.txt: %w", err)
	}
	talks = append(talks, directs...)
	inOrder(talks, now)

	c := &clock{now: talks[0].start(now).Add(-30 * time.Minute)}
	s, err := server.New(ctx, server.Options{
		DataDir: folder, Listen: "127.0.0.1:0", Registration: server.RegistrationOpen, Origin: origin, Clock: c.Now,
	})
	if err != nil {
		return "", fmt.Errorf("start the server: %w", err)
	}
	serving, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- s.Run(serving) }()
	defer func() {
		stop()
		err = errors.Join(err, <-done)
	}()

	w := &world{clock: c, origin: origin, url: "http://" + s.Addr().String(), people: map[string]*person{}}
	defer func() {
		for _, p := range w.people {
			err = errors.Join(err, p.engine.Close())
		}
	}()
	messages, err := w.live(ctx, talks, now)
	if err != nil {
		return "", err
	}
	return w.credentials(messages), nil
}

// live goes through the two weeks.
func (w *world) live(ctx context.Context, talks []talk, now time.Time) (messages int, err error) {
	for _, c := range cast {
		if err := w.signUp(ctx, c.key, c.name, c.role); err != nil {
			return 0, err
		}
	}
	if err := w.found(ctx); err != nil {
		return 0, err
	}
	read := false
	for _, t := range talks {
		// What was said before today is read; of today's talks not everything is.
		if t.minutesAgo > 0 && t.minutesAgo < 100 && !read {
			read = true
			if err := w.readAll(ctx); err != nil {
				return messages, err
			}
			if err := w.verify(ctx, "claire", "karim"); err != nil {
				return messages, err
			}
		}
		n, err := w.perform(ctx, t, now)
		messages += n
		if err != nil {
			return messages, err
		}
	}
	return messages, w.readAll(ctx, "claire", "thomas")
}

// credentials is what people need to sign in.
func (w *world) credentials(messages int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "A demonstration: the workspace Projet Aurore, eight invented people, %d messages.\n", messages)
	fmt.Fprintf(&b, "Open %s\n", w.origin)
	fmt.Fprintf(&b, "Passphrase of all of them: %s\n\n", passphrase)
	for _, c := range cast {
		p := w.people[c.key]
		fmt.Fprintf(&b, "%-22s %-7s %-22s %s\n", p.name, p.role, p.handle, p.profile.AccountKey)
	}
	return b.String()
}
