package web

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"
)

func compressedApp(t *testing.T) http.Handler {
	t.Helper()
	h, err := newHandler(fstest.MapFS{
		"dist/index.html":               {Data: []byte("<!doctype html>the page as it is")},
		"dist/index.html.gz":            {Data: []byte("the page in gzip")},
		"dist/sw.js":                    {Data: []byte("the worker as it is")},
		"dist/sw.js.br":                 {Data: []byte("the worker in brotli")},
		"dist/assets/core-1a2b.wasm":    {Data: []byte("the core as it is")},
		"dist/assets/core-1a2b.wasm.br": {Data: []byte("the core in brotli")},
		"dist/assets/core-1a2b.wasm.gz": {Data: []byte("the core in gzip")},
		"dist/assets/plain-1a2b.css":    {Data: []byte("the style as it is")},
		"dist/assets/alone.gz":          {Data: []byte("an archive")},
	})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestCompressedFormsAreChosenByWhatTheClientReads(t *testing.T) {
	h := compressedApp(t)
	const immutable = "public, max-age=31536000, immutable"
	for _, c := range []struct{ path, accept, body, coding, vary, kind, cache string }{
		{"/assets/core-1a2b.wasm", "gzip, deflate, br, zstd", "the core in brotli", "br", "Accept-Encoding", "application/wasm", immutable},
		{"/assets/core-1a2b.wasm", "GZIP;q=0.5", "the core in gzip", "gzip", "Accept-Encoding", "application/wasm", immutable},
		{"/assets/core-1a2b.wasm", "br;q=0, gzip", "the core in gzip", "gzip", "Accept-Encoding", "application/wasm", immutable},
		{"/assets/core-1a2b.wasm", "br;q=0.000", "the core as it is", "", "Accept-Encoding", "application/wasm", immutable},
		{"/assets/core-1a2b.wasm", "br;q=nonsense", "the core as it is", "", "Accept-Encoding", "application/wasm", immutable},
		{"/assets/core-1a2b.wasm", "br;q=2", "the core as it is", "", "Accept-Encoding", "application/wasm", immutable},
		{"/assets/core-1a2b.wasm", "brotli, x-gzip", "the core as it is", "", "Accept-Encoding", "application/wasm", immutable},
		{"/assets/core-1a2b.wasm", "*", "the core as it is", "", "Accept-Encoding", "application/wasm", immutable},
		{"/assets/core-1a2b.wasm", "", "the core as it is", "", "Accept-Encoding", "application/wasm", immutable},
		{"/assets/plain-1a2b.css", "br, gzip", "the style as it is", "", "", "text/css; charset=utf-8", immutable},
		{"/", "br, gzip", "the page in gzip", "gzip", "Accept-Encoding", "text/html; charset=utf-8", "no-cache"},
		{"/i/w_abc", "br", "<!doctype html>the page as it is", "", "Accept-Encoding", "text/html; charset=utf-8", "no-cache"},
		{"/sw.js", "br", "the worker in brotli", "br", "Accept-Encoding", "text/javascript; charset=utf-8", "no-cache"},
		{"/assets/alone.gz", "gzip", "an archive", "", "", "application/octet-stream", immutable},
	} {
		r := get(h, "GET", c.path, "Accept-Encoding", c.accept)
		head := r.Header
		if got := body(t, r); r.StatusCode != 200 || got != c.body || head.Get("Content-Encoding") != c.coding ||
			head.Get("Vary") != c.vary || head.Get("Content-Type") != c.kind || head.Get("Cache-Control") != c.cache ||
			r.ContentLength >= 0 && r.ContentLength != int64(len(got)) {
			t.Errorf("%s for %q: %d %q, %v", c.path, c.accept, r.StatusCode, got, head)
		}
	}
	// A compressed form is no file of its own.
	for _, path := range []string{"/assets/core-1a2b.wasm.br", "/assets/core-1a2b.wasm.gz", "/index.html.gz"} {
		if r := get(h, "GET", path); r.StatusCode != 404 {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
}

func TestEachFormHasATagOfItsOwn(t *testing.T) {
	h := compressedApp(t)
	const path = "/assets/core-1a2b.wasm"
	tags := map[string]bool{}
	for _, accept := range []string{"", "br", "gzip"} {
		r := get(h, "HEAD", path, "Accept-Encoding", accept)
		tag := r.Header.Get("ETag")
		if tags[tag] || tag == "" || r.Header.Get("Content-Length") == "" {
			t.Errorf("%q: tag %s, length %q", accept, tag, r.Header.Get("Content-Length"))
		}
		tags[tag] = true
		if r := get(h, "GET", path, "Accept-Encoding", accept, "If-None-Match", tag); r.StatusCode != 304 || r.Header.Get("Vary") == "" {
			t.Errorf("%q: %d", accept, r.StatusCode)
		}
		// The other forms' tags are not this one's.
		for other := range tags {
			if r := get(h, "GET", path, "Accept-Encoding", accept, "If-None-Match", other); other != tag && r.StatusCode != 200 {
				t.Errorf("%q with the tag of another form: %d", accept, r.StatusCode)
			}
		}
	}
	r := get(h, "GET", path, "Accept-Encoding", "br", "Range", "bytes=4-7")
	if got := body(t, r); r.StatusCode != 206 || got != "core" || r.Header.Get("Content-Encoding") != "br" {
		t.Errorf("a part: %d %q %v", r.StatusCode, got, r.Header)
	}
}

// What a real client makes of it.
func TestAClientUnpacksWhatItGets(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte("the page")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	h, err := newHandler(fstest.MapFS{"dist/index.html": {Data: []byte("the page")}, "dist/index.html.gz": {Data: packed.Bytes()}})
	if err != nil {
		t.Fatal(err)
	}
	if got := fetch(t, h, "/"); got != "the page" {
		t.Errorf("unpacked %q", got)
	}
}

// fetch asks over a connection, with Go's client, which reads gzip.
func fetch(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	srv := httptest.NewServer(h)
	defer srv.Close()
	r, err := srv.Client().Get(srv.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if !r.Uncompressed {
		t.Errorf("%s did not come compressed", path)
	}
	return body(t, r)
}
