package web

import (
	"maps"
	"slices"
	"strings"
)

// Listed is a file of the web app in one of the forms in which it is served.
type Listed struct {
	Name   string // below the origin, such as assets/main-B2x.js
	Coding string // the content coding, "" for the file as it is
	SHA256 string // of the octets that are sent, in hexadecimal
}

// Manifest lists what this program serves as the web app, by name. It is made of
// the embedded files themselves: a release and a server that runs it have the same
// one. It is empty in a program built without the app.
func Manifest() []Listed {
	if !Built() {
		return nil
	}
	h, err := newHandler(embedded)
	if err != nil {
		panic("web: the embedded files cannot be read: " + err.Error())
	}
	return h.manifest()
}

func (h *handler) manifest() (out []Listed) {
	for _, name := range slices.Sorted(maps.Keys(h.served)) {
		f := h.served[name]
		out = append(out, Listed{Name: name, SHA256: sum(f.tag)})
		for i, c := range codings {
			if f.coded[i] != "" {
				out = append(out, Listed{Name: name, Coding: c.name, SHA256: sum(f.coded[i])})
			}
		}
	}
	return out
}

// sum is the SHA-256 that an entity tag holds.
func sum(tag string) string { return strings.Trim(tag, `"`) }
