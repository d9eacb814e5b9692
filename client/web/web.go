// Package web serves the web app that is embedded in the program: the folder
// dist, which Node builds, or, in a program built with Go alone, the folder
// dist-placeholder, whose one page says what this server is and how to add the
// app. Pages are static files; nothing of a request ever appears in an answer.
package web

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// The pattern matches dist-placeholder, which is always there, and dist when it
// was built, names with a leading dot or underscore included.
//
//go:embed all:dist*
var embedded embed.FS

const (
	appFolder         = "dist"
	placeholderFolder = "dist-placeholder"
	indexPage         = "index.html"
	// apiPrefix is where the server's API lives: a path below it is never a page.
	apiPrefix = "/v1/"
	// hashedPrefix is where the app's build puts files whose names hold their hash.
	hashedPrefix = "assets/"
)

// What a page may do (Content Security Policy Level 3). Neither policy allows
// inline script or style, other origins, frames or plug-ins. The app needs, beyond
// its own files, WebAssembly and workers for the core, and blobs for media that it
// decrypted itself.
const (
	placeholderPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	appPolicy         = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; font-src 'self'; img-src 'self' blob:; " +
		"media-src 'self' blob:; worker-src 'self'; connect-src 'self'; manifest-src 'self'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types cenacle-script-url"
)

// contentTypes is fixed here because the operating system's table differs from
// machine to machine. What is not in it is a download.
var contentTypes = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".woff2":       "font/woff2",
}

// Built reports whether the web app is part of this program.
func Built() bool { return hasApp(embedded) }

// Handler serves the embedded app, or the placeholder when there is none. It
// answers GET and HEAD on any path but those of the API, is safe for concurrent
// use and keeps nothing between requests.
func Handler() http.Handler {
	h, err := newHandler(embedded)
	if err != nil {
		panic(fmt.Sprintf("web: the embedded files cannot be read: %v", err))
	}
	return h
}

func hasApp(files fs.FS) bool {
	_, err := fs.Stat(files, path.Join(appFolder, indexPage))
	return err == nil
}

type handler struct {
	files  fs.FS
	policy string
	// served are the files by their names; compressed forms are not among them.
	served map[string]file
}

// file is what is known of a file that is served.
type file struct {
	tag string // entity tag of the file as it is
	// coded are the tags of its compressed forms, by their place in codings; empty
	// where there is none.
	coded [len(codings)]string
}

func newHandler(files fs.FS) (*handler, error) {
	folder, policy := placeholderFolder, placeholderPolicy
	if hasApp(files) {
		folder, policy = appFolder, appPolicy
	}
	sub, err := fs.Sub(files, folder)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", folder, err)
	}
	h := &handler{files: sub, policy: policy}
	tags := map[string]string{}
	err = fs.WalkDir(sub, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		tags[name], err = entityTag(sub, name)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", folder, err)
	}
	h.served = pair(tags)
	return h, nil
}

// entityTag is a strong validator (RFC 9110 section 8.8.3): the file's SHA-256.
func entityTag(files fs.FS, name string) (string, error) {
	f, err := files.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return "", err
	}
	return `"` + hex.EncodeToString(sum.Sum(nil)) + `"`, nil
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("Content-Security-Policy", h.policy)
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer") // a link's fragment and path stay here
	head.Set("Cross-Origin-Opener-Policy", "same-origin")
	head.Set("Cross-Origin-Resource-Policy", "same-origin")
	head.Set("X-Frame-Options", "DENY")

	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name, ok := h.resolve(r.URL.Path)
	if !ok {
		head.Set("Cache-Control", "no-store")
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	known := h.served[name]
	stored, tag, coding := known.choose(name, r.Header.Values("Accept-Encoding"))
	f, err := h.files.Open(stored)
	if err != nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	defer f.Close()
	content, ok := f.(io.ReadSeeker)
	if !ok {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}

	kind := contentTypes[path.Ext(name)]
	if kind == "" {
		kind = "application/octet-stream"
	}
	head.Set("Content-Type", kind)
	head.Set("ETag", tag)
	if known.compressed() {
		head.Set("Vary", "Accept-Encoding")
	}
	if coding != "" {
		head.Set("Content-Encoding", coding)
	}
	// Only a name that changes with the content may be kept without asking: neither
	// pages nor the service worker have one.
	if strings.HasPrefix(name, hashedPrefix) {
		head.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		head.Set("Cache-Control", "no-cache")
	}
	// The length is that of what is sent; ServeContent leaves it out of answers that
	// have an encoding.
	if coding != "" && r.Header.Get("Range") == "" {
		if size, err := content.Seek(0, io.SeekEnd); err == nil {
			head.Set("Content-Length", strconv.FormatInt(size, 10))
		}
	}
	http.ServeContent(w, r, "", time.Time{}, content)
}

// resolve maps a path to a file. Any path that does not look like a file's is a
// place inside the app and gets its one page: an invite's URL must open.
func (h *handler) resolve(p string) (name string, ok bool) {
	if strings.HasPrefix(p, apiPrefix) {
		return "", false
	}
	name = strings.TrimPrefix(path.Clean("/"+p), "/")
	if _, ok := h.served[name]; ok {
		return name, true
	}
	if path.Ext(name) != "" || strings.HasPrefix(name, hashedPrefix) {
		return "", false
	}
	return indexPage, true
}
