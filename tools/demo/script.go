package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A talk is what is said in one place, one line after another.
type talk struct {
	// place is a channel, or "@" and those of a direct conversation with "+".
	place string
	// daysAgo counts working days; minutesAgo, when above 0, stands for today.
	daysAgo    int
	hour       int
	minute     int
	minutesAgo int
	lines      []line
}

// A line is one thing that somebody does.
type line struct {
	kind   rune // ':' a message, '>' in the thread, '^' an answer, '+' reactions, '~' an edit, '!' a pin, 'x' a deletion
	who    string
	text   string
	people []string
}

// parse reads the notation that conversation.txt describes.
func parse(source string) ([]talk, error) {
	var out []talk
	for i, raw := range strings.Split(source, "\n") {
		l := strings.TrimSpace(raw)
		var err error
		switch {
		case l == "" || strings.HasPrefix(l, "#"):
		case strings.HasPrefix(l, "== "):
			var t talk
			t, err = parseTalk(strings.Fields(l[3:]))
			out = append(out, t)
		case len(out) == 0:
			err = fmt.Errorf("nobody knows where this is said")
		default:
			var one line
			one, err = parseLine(l)
			last := &out[len(out)-1]
			last.lines = append(last.lines, one)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return out, nil
}

func parseTalk(f []string) (t talk, err error) {
	if len(f) != 3 {
		return t, fmt.Errorf("a place, a day and a time are expected")
	}
	t.place = f[0]
	if f[1] == "now" {
		t.minutesAgo, err = strconv.Atoi(f[2])
		return t, err
	}
	if t.daysAgo, err = strconv.Atoi(f[1]); err != nil {
		return t, err
	}
	_, err = fmt.Sscanf(f[2], "%d:%d", &t.hour, &t.minute)
	return t, err
}

func parseLine(l string) (line, error) {
	kind := ':'
	switch l[0] {
	case '>', '^', '+', '~', '!', 'x':
		if len(l) == 1 || l[1] == ' ' {
			kind, l = rune(l[0]), strings.TrimSpace(l[1:])
		}
	}
	text := strings.ReplaceAll(l, `\n`, "\n")
	text = strings.ReplaceAll(text, `\t`, "\t")
	switch kind {
	case '+':
		f := strings.Fields(l)
		if len(f) < 2 {
			return line{}, fmt.Errorf("a reaction and people are expected")
		}
		return line{kind: kind, text: f[0], people: f[1:]}, nil
	case '~', '!', 'x':
		return line{kind: kind, text: text}, nil
	}
	who, said, ok := strings.Cut(text, ": ")
	if !ok || strings.ContainsAny(who, " @") {
		return line{}, fmt.Errorf("who says it is expected")
	}
	return line{kind: kind, who: who, text: said}, nil
}

// start is when a talk begins, seen from now.
func (t talk) start(now time.Time) time.Time {
	if t.minutesAgo > 0 {
		return now.Add(-time.Duration(t.minutesAgo) * time.Minute)
	}
	day := now
	for left := t.daysAgo; left > 0; {
		day = day.AddDate(0, 0, -1)
		if day.Weekday() != time.Saturday && day.Weekday() != time.Sunday {
			left--
		}
	}
	return time.Date(day.Year(), day.Month(), day.Day(), t.hour, t.minute, 0, 0, now.Location())
}

// inOrder sorts talks by when they begin.
func inOrder(talks []talk, now time.Time) {
	slices.SortStableFunc(talks, func(a, b talk) int { return a.start(now).Compare(b.start(now)) })
}
