package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// result is one line of the table.
type result struct {
	work, goal, measured string
	met                  bool
	// note says what else was seen, or under which conditions.
	note string
}

type table struct {
	out  io.Writer
	head bool
}

// print writes a line at once, so that whoever waits sees how far it is.
func (t *table) print(r result) {
	const form = "%-62s  %-18s  %-16s  %-6s  %s\n"
	if !t.head {
		t.head = true
		fmt.Fprintf(t.out, form, "work", "goal", "measured", "", "note")
	}
	verdict := "met"
	if !r.met {
		verdict = "MISSED"
	}
	if r.goal == "" {
		verdict = ""
	}
	fmt.Fprintf(t.out, form, r.work, r.goal, r.measured, verdict, r.note)
}

// percentile returns the value below which p percent of the durations lie.
func percentile(all []time.Duration, p float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	i := int(p / 100 * float64(len(sorted)))
	return sorted[min(i, len(sorted)-1)]
}

// milliseconds writes a duration with a resolution that fits the goals.
func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond))
}

// loadAverage says how busy the machine was during the last minute.
func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(b), " ")
	return first
}

// processor is the processor's name.
func processor() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}
