package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// A scene is a talk while it is performed.
type scene struct {
	w  *world
	at talk
	// last is the newest message, root the one that threads hang on; by wrote last.
	last, root schema.EventID
	by         string
}

// perform lets the people say and do what a talk consists of, and returns how many
// messages that were.
func (w *world) perform(ctx context.Context, t talk, now time.Time) (messages int, err error) {
	w.clock.set(t.start(now))
	s := &scene{w: w, at: t}
	for _, l := range t.lines {
		if l.who != "" {
			messages++
		}
		if err := s.do(ctx, l); err != nil {
			return messages, fmt.Errorf("in %s: %q: %w", t.place, l.text, err)
		}
	}
	return messages, nil
}

func (s *scene) do(ctx context.Context, l line) error {
	switch l.kind {
	case '+':
		for _, key := range l.people {
			space, ch, err := s.enter(ctx, key)
			if err != nil {
				return err
			}
			if _, err := space.React(ctx, ch, s.last, l.text); err != nil {
				return err
			}
		}
		return nil
	case '~', '!', 'x':
		return s.change(ctx, l)
	}
	return s.say(ctx, l)
}

// say posts a message, some time after the last one: as long as it takes to type it.
func (s *scene) say(ctx context.Context, l line) error {
	s.w.clock.pass(20*time.Second + time.Duration(len(l.text))*200*time.Millisecond)
	space, ch, err := s.enter(ctx, l.who)
	if err != nil {
		return err
	}
	var o client.PostOptions
	switch l.kind {
	case '>':
		root := s.root
		o.Thread = &root
	case '^':
		answered := s.last
		o.ReplyTo = &answered
	}
	sent, err := space.Post(ctx, ch, s.w.mention(l.text), o)
	if err != nil {
		return err
	}
	s.last, s.by = sent.ID, l.who
	if l.kind != '>' {
		s.root = sent.ID
	}
	return nil
}

func (s *scene) change(ctx context.Context, l line) error {
	space, ch, err := s.enter(ctx, s.by)
	if err != nil {
		return err
	}
	switch l.kind {
	case '~':
		_, err = space.Edit(ctx, ch, s.last, s.w.mention(l.text))
	case '!':
		_, err = space.SetPinned(ctx, ch, s.last, true)
	case 'x':
		_, err = space.Delete(ctx, ch, s.last)
	}
	return err
}

// enter brings somebody up to date and finds the place of the scene as they see it.
func (s *scene) enter(ctx context.Context, key string) (*client.Workspace, client.Channel, error) {
	p, ok := s.w.people[key]
	if !ok {
		return nil, client.Channel{}, fmt.Errorf("nobody is called %q", key)
	}
	if err := s.w.sync(ctx, p); err != nil {
		return nil, client.Channel{}, err
	}
	space, err := p.engine.Workspace(s.w.workspace)
	if err != nil {
		return nil, client.Channel{}, err
	}
	names, direct := strings.CutPrefix(s.at.place, "@")
	if !direct {
		ch, err := space.FindChannel(s.at.place)
		return space, ch, err
	}
	var others []schema.UserID
	for _, name := range strings.Split(names, "+") {
		if name != key {
			others = append(others, s.w.people[name].engine.User())
		}
	}
	ch, err := space.Direct(ctx, others...)
	return space, ch, err
}

// mention writes the full names of those whom a text mentions by their keys.
func (w *world) mention(text string) string {
	for _, p := range w.people {
		text = strings.ReplaceAll(text, "@"+p.key, fmt.Sprintf("@%q", p.name))
	}
	return text
}

// readAll marks everything as read by everybody but those who are named.
func (w *world) readAll(ctx context.Context, but ...string) error {
	for _, c := range cast {
		p := w.people[c.key]
		if err := w.sync(ctx, p); err != nil {
			return err
		}
		space, err := p.engine.Workspace(w.workspace)
		if err != nil {
			return err
		}
		for _, ch := range space.Channels() {
			messages, err := space.Messages(ctx, ch, 1)
			if err != nil {
				return err
			}
			if len(messages) == 0 || slices.Contains(but, c.key) {
				continue
			}
			if err := space.MarkRead(ctx, ch, messages[len(messages)-1].Seq); err != nil {
				return fmt.Errorf("%s reads %s: %w", c.key, ch.Name, err)
			}
		}
	}
	return nil
}
