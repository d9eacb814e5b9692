package web

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

// get asks a handler as a browser would; path is used as it is, unclean or not.
func get(h http.Handler, method, path string, header ...string) *http.Response {
	r := httptest.NewRequest(method, "/", nil)
	r.URL.Path = path
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func placeholder(t *testing.T) http.Handler {
	t.Helper()
	sub, err := fs.Sub(embedded, placeholderFolder)
	if err != nil {
		t.Fatal(err)
	}
	files := fstest.MapFS{}
	for _, name := range []string{indexPage, "style.css", "mark.svg"} {
		b, err := fs.ReadFile(sub, name)
		if err != nil {
			t.Fatal(err)
		}
		files[placeholderFolder+"/"+name] = &fstest.MapFile{Data: b}
	}
	h, err := newHandler(files)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func app(t *testing.T) http.Handler {
	t.Helper()
	h, err := newHandler(fstest.MapFS{
		"dist-placeholder/index.html": {Data: []byte("placeholder")},
		"dist/index.html":             {Data: []byte("<!doctype html>app")},
		"dist/assets/core-1a2b.wasm":  {Data: []byte("\x00asm")},
		"dist/assets/x.unknown":       {Data: []byte("<script>")},
		"secret.txt":                  {Data: []byte("beside the app")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPlaceholderSpeaksBothLanguagesAndLoadsOnlyItsOwnFiles(t *testing.T) {
	h := placeholder(t)
	r := get(h, "GET", "/")
	page := body(t, r)
	for _, want := range []string{`lang="en"`, `lang="fr"`, "make build", "ne peut pas le lire", "cannot read it"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not contain %q", want)
		}
	}
	for _, not := range []string{"<script", "<style", "style=", "onload", "onclick", "http:", "https:", "//"} {
		if strings.Contains(page, not) {
			t.Errorf("the page contains %q", not)
		}
	}
	for _, m := range regexp.MustCompile(`(?:src|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if r := get(h, "GET", m[1]); r.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", m[1], r.Status)
		}
	}
}

func TestHeaders(t *testing.T) {
	for name, c := range map[string]struct {
		h        http.Handler
		has, not []string
	}{
		"placeholder": {placeholder(t), []string{"default-src 'none'", "style-src 'self'"}, []string{"unsafe", "script-src", "*", "http:"}},
		"app":         {app(t), []string{"default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "require-trusted-types-for 'script'"}, []string{"unsafe-inline", "'unsafe-eval'", "*", "http:", "data:"}},
	} {
		for _, path := range []string{"/", "/missing.js", "/v1/accounts"} {
			r := get(c.h, "GET", path)
			policy := r.Header.Get("Content-Security-Policy")
			for _, want := range append(c.has, "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'") {
				if !strings.Contains(policy, want) {
					t.Errorf("%s %s: the policy %q lacks %q", name, path, policy, want)
				}
			}
			for _, not := range c.not {
				if strings.Contains(policy, not) {
					t.Errorf("%s %s: the policy %q contains %q", name, path, policy, not)
				}
			}
			for key, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin"} {
				if got := r.Header.Get(key); got != want {
					t.Errorf("%s %s: %s is %q, want %q", name, path, key, got, want)
				}
			}
		}
	}
}

func TestAppIsServedWhenBuilt(t *testing.T) {
	h := app(t)
	for _, c := range []struct {
		path, kind, cache string
		status            int
	}{
		{"/", "text/html; charset=utf-8", "no-cache", 200},
		{"/index.html", "text/html; charset=utf-8", "no-cache", 200},
		{"/i/w_abc/i_def", "text/html; charset=utf-8", "no-cache", 200}, // a place in the app
		{"/assets/core-1a2b.wasm", "application/wasm", "public, max-age=31536000, immutable", 200},
		{"/assets/x.unknown", "application/octet-stream", "public, max-age=31536000, immutable", 200},
		{"/assets/core-old", "", "no-store", 404}, // never the page in place of an asset
		{"/favicon.ico", "", "no-store", 404},
		{"/v1/accounts", "", "no-store", 404},
		{"/../secret.txt", "", "no-store", 404},
		{"/assets/../../secret.txt", "", "no-store", 404},
		{"/assets", "text/html; charset=utf-8", "no-cache", 200},
		{"//assets//core-1a2b.wasm", "application/wasm", "public, max-age=31536000, immutable", 200},
		{"/\x00.html", "", "no-store", 404},
		{"", "text/html; charset=utf-8", "no-cache", 200},
	} {
		r := get(h, "GET", c.path)
		if r.StatusCode != c.status || r.Header.Get("Cache-Control") != c.cache || c.status == 200 && r.Header.Get("Content-Type") != c.kind {
			t.Errorf("%q: %d, %q, %q", c.path, r.StatusCode, r.Header.Get("Content-Type"), r.Header.Get("Cache-Control"))
		}
		if strings.Contains(body(t, r), "beside the app") {
			t.Errorf("%q leaves the app's folder", c.path)
		}
	}
}

func TestOnlyReadingMethods(t *testing.T) {
	h := placeholder(t)
	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"} {
		if r := get(h, method, "/"); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: %s", method, r.Status)
		}
	}
	if r := get(h, "HEAD", "/"); r.StatusCode != 200 || body(t, r) != "" || r.Header.Get("Content-Length") == "" {
		t.Errorf("HEAD: %s", r.Status)
	}
}

func TestUnchangedFilesAreNotSentAgain(t *testing.T) {
	h := placeholder(t)
	tag := get(h, "GET", "/style.css").Header.Get("ETag")
	if r := get(h, "GET", "/style.css", "If-None-Match", tag); tag == "" || r.StatusCode != http.StatusNotModified {
		t.Errorf("tag %q: %s", tag, r.Status)
	}
}

func TestHandlerServesWhatIsEmbedded(t *testing.T) {
	r := get(Handler(), "GET", "/")
	if page := body(t, r); r.StatusCode != 200 || !strings.Contains(page, "Cénacle") {
		t.Errorf("%s: %q", r.Status, page)
	}
}

func TestNewHandlerReportsMissingFolders(t *testing.T) {
	if _, err := newHandler(fstest.MapFS{}); err == nil {
		t.Error("a handler without files was made")
	}
}
