// Command bot is an example of a program that takes part in a workspace: it
// imports package client as a library, as any other Go program can. It answers
// messages that begin with "!echo" and keeps reminders ("!remind 10m drink
// water"). docs/bots.md explains it line by line.
//
// It runs on a home that the command line has made:
//
//	cenacle signup --home bot --server URL --email bot@example.org --name Bot
//	cenacle join --home bot INVITE
//	CENACLE_PASSPHRASE=… go run ./docs/examples/bot -home bot
package main

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/home"
)

func main() {
	dir := flag.String("home", "bot", "folder of the bot's profile")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(ctx, *dir, os.Getenv("CENACLE_PASSPHRASE"), logger); err != nil {
		logger.Error("the bot stopped", "error", err)
		os.Exit(1)
	}
}

// run runs the bot on a home until ctx ends.
func run(ctx context.Context, dir, passphrase string, logger *slog.Logger) error {
	session, err := home.Open(ctx, home.Dir(dir), passphrase)
	if err != nil {
		return err
	}
	defer session.Engine.Close()
	return newBot(session.Engine, client.SystemClock{}, logger).run(ctx)
}
