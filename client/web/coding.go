package web

import (
	"strconv"
	"strings"
)

// codings are the content codings (RFC 9110 section 8.4.1) in which the build may
// leave a file beside itself, best first.
var codings = [...]struct{ name, suffix string }{
	{"br", ".br"},   // RFC 7932
	{"gzip", ".gz"}, // RFC 1952
}

// pair sorts the files of a folder into those that are served and their compressed
// forms, which have a name of their own only where there is nothing beside them.
func pair(tags map[string]string) map[string]file {
	served := make(map[string]file, len(tags))
	for name, tag := range tags {
		if !isForm(name, tags) {
			f := file{tag: tag}
			for i, c := range codings {
				f.coded[i] = tags[name+c.suffix]
			}
			served[name] = f
		}
	}
	return served
}

func isForm(name string, tags map[string]string) bool {
	for _, c := range codings {
		if base, ok := strings.CutSuffix(name, c.suffix); ok {
			if _, beside := tags[base]; beside {
				return true
			}
		}
	}
	return false
}

func (f file) compressed() bool {
	for _, tag := range f.coded {
		if tag != "" {
			return true
		}
	}
	return false
}

// choose returns the name, the tag and the coding of the form that a client gets;
// the coding is empty for the file as it is.
func (f file) choose(name string, accept []string) (stored, tag, coding string) {
	for i, c := range codings {
		if f.coded[i] != "" && accepts(accept, c.name) {
			return name + c.suffix, f.coded[i], c.name
		}
	}
	return name, f.tag, ""
}

// accepts reports whether Accept-Encoding (RFC 9110 section 12.5.3) names a coding
// with a weight above 0. What it cannot read, and "*", count as no: the file as it
// is is always right.
func accepts(accept []string, coding string) bool {
	for _, header := range accept {
		for item := range strings.SplitSeq(header, ",") {
			name, weight, weighted := strings.Cut(item, ";")
			if !strings.EqualFold(strings.TrimSpace(name), coding) {
				continue
			}
			if !weighted {
				return true
			}
			value, isQ := strings.CutPrefix(strings.ToLower(strings.TrimSpace(weight)), "q=")
			q, err := strconv.ParseFloat(value, 32)
			return isQ && err == nil && q > 0 && q <= 1
		}
	}
	return false
}
