package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestEverybodyWhoSpeaksIsInvented(t *testing.T) {
	known := map[string]bool{}
	for _, c := range cast {
		known[c.key] = true
	}
	for name, source := range map[string]string{"conversation.txt": conversation, "private.txt": private} {
		talks, err := parse(source)
		if err != nil || len(talks) == 0 {
			t.Fatalf("%s: %d talks, %v", name, len(talks), err)
		}
		for _, talk := range talks {
			for i, l := range talk.lines {
				people := l.people
				if l.who != "" {
					people = append(people, l.who)
				} else if i == 0 {
					t.Errorf("%s: %s begins with what nobody says: %q", name, talk.place, l.text)
				}
				for _, key := range people {
					if !known[key] {
						t.Errorf("%s: nobody is called %q", name, key)
					}
				}
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, source := range []string{
		"claire: nowhere", "== general", "== general x 09:00", "== general 1 9h", "== general now soon",
		"== general 1 09:00\nnobody says this", "== general 1 09:00\n+ 👍", "== general 1 09:00\ntwo people: hello",
	} {
		if talks, err := parse(source); err == nil {
			t.Errorf("%q is read as %v", source, talks)
		}
	}
}

func TestTalksBeginOnWorkingDays(t *testing.T) {
	monday := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	for days, want := range map[int]string{1: "2026-02-27 09:30", 5: "2026-02-23 09:30", 6: "2026-02-20 09:30"} {
		got := talk{daysAgo: days, hour: 9, minute: 30}.start(monday).Format("2006-01-02 15:04")
		if got != want {
			t.Errorf("%d working days before %s: %s, want %s", days, monday, got, want)
		}
	}
	talks := []talk{{place: "b", minutesAgo: 5}, {place: "a", daysAgo: 1, hour: 9}}
	inOrder(talks, monday)
	if !slices.IsSortedFunc(talks, func(a, b talk) int { return strings.Compare(a.place, b.place) }) {
		t.Errorf("order: %v", talks)
	}
}

// TestDemonstration makes it all, and makes it once only.
func TestDemonstration(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	data := filepath.Join(t.TempDir(), "demo")
	var first, second strings.Builder
	if err := run(ctx, data, "http://localhost:8080", time.Now(), &first); err != nil {
		t.Fatal(err)
	}
	for _, c := range cast {
		if !strings.Contains(first.String(), c.key+"@aurore.example") {
			t.Errorf("no credentials of %s in:\n%s", c.name, &first)
		}
	}
	// A server keeps what it cannot read.
	err := filepath.WalkDir(filepath.Join(data, "server"), func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(b), "croissants") {
			t.Errorf("%s holds a message in the clear", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := run(ctx, data, "http://localhost:8080", time.Now(), &second); err != nil || second.String() != first.String() {
		t.Errorf("the second time: %v\n%s", err, &second)
	}
	if err := run(ctx, data, "http://localhost:9090", time.Now(), &second); err == nil {
		t.Error("it was made for another address, and nothing is said")
	}
}
