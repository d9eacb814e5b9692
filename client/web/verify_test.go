package web

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// lie serves the app and lets a server change an answer before it is sent.
func lie(t *testing.T, h http.Handler, change func(r *http.Request, w *httptest.ResponseRecorder)) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		h.ServeHTTP(answer, r)
		if change != nil {
			change(r, answer)
		}
		for name, values := range answer.Header() {
			if name != "Content-Length" {
				w.Header()[name] = values
			}
		}
		w.WriteHeader(answer.Code)
		w.Write(answer.Body.Bytes())
	}))
	t.Cleanup(s.Close)
	return s
}

func verify(t *testing.T, h http.Handler, origin string) []Difference {
	t.Helper()
	found, err := h.(*handler).verify(context.Background(), origin)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestVerifyFindsNothingOnATrueServer(t *testing.T) {
	h := compressedApp(t)
	if found := verify(t, h, lie(t, h, nil).URL); len(found) != 0 {
		t.Errorf("differences: %v", found)
	}
}

// A server alters one octet of one file, in one form only.
func TestAttack_W6_AlteredFileIsFound(t *testing.T) {
	h := compressedApp(t)
	for _, target := range []struct{ path, coding string }{
		{"/", ""}, {"/i/verify", ""}, {"/sw.js", ""}, {"/sw.js", "br"}, {"/assets/core-1a2b.wasm", "br"}, {"/assets/core-1a2b.wasm", "gzip"},
	} {
		s := lie(t, h, func(r *http.Request, w *httptest.ResponseRecorder) {
			if r.URL.Path == target.path && w.Header().Get("Content-Encoding") == target.coding {
				b := w.Body.Bytes()
				b[len(b)/2] ^= 1
			}
		})
		found := verify(t, h, s.URL)
		if len(found) == 0 || slices.ContainsFunc(found, func(d Difference) bool { return d.Path != target.path || d.What != "content" }) {
			t.Errorf("%v: found %v", target, found)
		}
	}
}

func TestAttack_W6_OtherAlterationsAreFound(t *testing.T) {
	h := compressedApp(t)
	for _, c := range []struct {
		what   string
		change func(r *http.Request, w *httptest.ResponseRecorder)
	}{
		{"content", func(_ *http.Request, w *httptest.ResponseRecorder) { w.Body.WriteString("<script src=x></script>") }},
		{"content", func(_ *http.Request, w *httptest.ResponseRecorder) { w.Body.Truncate(w.Body.Len() - 1) }},
		{"status", func(_ *http.Request, w *httptest.ResponseRecorder) { w.Code = http.StatusFound }},
		{"Content-Security-Policy", func(_ *http.Request, w *httptest.ResponseRecorder) { w.Header().Del("Content-Security-Policy") }},
		{"Content-Security-Policy", func(_ *http.Request, w *httptest.ResponseRecorder) {
			w.Header().Add("Content-Security-Policy", "script-src *")
		}},
		{"Content-Type", func(_ *http.Request, w *httptest.ResponseRecorder) { w.Header().Set("Content-Type", "text/html") }},
		{"Link", func(_ *http.Request, w *httptest.ResponseRecorder) {
			w.Header().Set("Link", "</x.css>; rel=stylesheet")
		}},
	} {
		s := lie(t, h, func(r *http.Request, w *httptest.ResponseRecorder) {
			if r.URL.Path == "/sw.js" {
				c.change(r, w)
			}
		})
		found := verify(t, h, s.URL)
		if !slices.ContainsFunc(found, func(d Difference) bool { return d.Path == "/sw.js" && d.What == c.what }) {
			t.Errorf("%s: found %v", c.what, found)
		}
	}
}

func TestVerifyAsksOnlyWhereNobodyElseAnswers(t *testing.T) {
	h := compressedApp(t).(*handler)
	for _, origin := range []string{"http://chat.example.org", "ftp://localhost", "https://a@example.org", "https://example.org/app", "https://", "example.org"} {
		if _, err := h.verify(context.Background(), origin); err == nil {
			t.Errorf("%s was asked", origin)
		}
	}
}

func TestVerifyReadsNoMoreThanItExpects(t *testing.T) {
	h := compressedApp(t)
	s := lie(t, h, func(r *http.Request, w *httptest.ResponseRecorder) {
		w.Body = bytes.NewBuffer(append(w.Body.Bytes(), strings.Repeat("x", 8<<20)...))
	})
	for _, d := range verify(t, h, s.URL) {
		if d.What != "content" {
			t.Errorf("%+v", d)
		}
	}
}

func TestManifestListsEveryForm(t *testing.T) {
	var names []string
	for _, l := range compressedApp(t).(*handler).manifest() {
		names = append(names, strings.TrimSpace(l.Name+" "+l.Coding))
		if len(l.SHA256) != 64 {
			t.Errorf("%s: %q is no SHA-256", l.Name, l.SHA256)
		}
	}
	want := []string{"assets/alone.gz", "assets/core-1a2b.wasm", "assets/core-1a2b.wasm br", "assets/core-1a2b.wasm gzip", "assets/plain-1a2b.css",
		"index.html", "index.html gzip", "sw.js", "sw.js br"}
	if !slices.Equal(names, want) {
		t.Errorf("listed %q", names)
	}
}
