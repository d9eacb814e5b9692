package web

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"slices"
	"time"
)

// ErrNotBuilt says that this program has no web app to compare with.
var ErrNotBuilt = errors.New("this program was built without the web app")

// Difference is something that a server serves otherwise than this program would.
type Difference struct {
	Path   string // as asked for
	Coding string // the content coding that was asked for, "" for none
	// What differs: "content", "status", or the name of a header.
	What string
}

// verifyTimeout bounds one request; the largest file is some megabytes.
const verifyTimeout = 60 * time.Second

// Verify compares what a server serves with the web app of this program: every
// file, in every coding that browsers ask for, with the headers that confine it, and
// the page at some places inside the app. It returns what differs; an error means
// that the server could not be asked. A server can serve others otherwise: what was
// compared is what this machine was shown, now.
func Verify(ctx context.Context, origin string) ([]Difference, error) {
	if !Built() {
		return nil, ErrNotBuilt
	}
	h, err := newHandler(embedded)
	if err != nil {
		return nil, err
	}
	return h.verify(ctx, origin)
}

func (h *handler) verify(ctx context.Context, origin string) ([]Difference, error) {
	base, err := checkOrigin(origin)
	if err != nil {
		return nil, err
	}
	c := &http.Client{
		Timeout: verifyTimeout,
		// The answers are compared as they come: nothing is unpacked, nothing followed.
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, DisableCompression: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS13}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	defer c.CloseIdleConnections()
	var out []Difference
	for _, p := range h.paths() {
		for _, accept := range []string{"", "br", "gzip", "gzip, deflate, br, zstd"} {
			found, err := h.compare(ctx, c, base, p, accept)
			if err != nil {
				return out, err
			}
			out = append(out, found...)
		}
	}
	return out, nil
}

// paths are what is asked for: the files, and places inside the app, which all are
// the one page.
func (h *handler) paths() []string {
	out := []string{"/", "/w/verify/c/verify", "/i/verify"}
	for _, l := range h.manifest() {
		if l.Coding == "" {
			out = append(out, "/"+l.Name)
		}
	}
	return out
}

// comparedHeaders are those that decide what a page may do, and how it is read.
var comparedHeaders = []string{
	"Content-Type", "Content-Encoding", "Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy",
	"Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Frame-Options",
}

// forbiddenHeaders would add something to a page that is not in its file.
var forbiddenHeaders = []string{"Link", "Refresh", "SourceMap", "Service-Worker-Allowed", "Location"}

// compare asks the server and this program the same.
func (h *handler) compare(ctx context.Context, c *http.Client, base, p, accept string) ([]Difference, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+p, nil)
	if err != nil {
		return nil, err
	}
	if accept != "" {
		req.Header.Set("Accept-Encoding", accept)
	}
	want := h.answer(req)
	got, err := c.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask for %s: %w", p, err)
	}
	defer got.Body.Close()
	var out []Difference
	differs := func(what string) { out = append(out, Difference{Path: p, Coding: accept, What: what}) }
	if got.StatusCode != http.StatusOK {
		differs("status")
		return out, nil
	}
	for _, name := range comparedHeaders {
		if !slices.Equal(got.Header.Values(name), want.header.Values(name)) {
			differs(name)
		}
	}
	for _, name := range forbiddenHeaders {
		if got.Header.Get(name) != "" {
			differs(name)
		}
	}
	// One octet more than expected is enough to tell.
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(got.Body, want.size+1))
	if err != nil {
		return out, fmt.Errorf("read %s: %w", p, err)
	}
	if n != want.size || hex.EncodeToString(sum.Sum(nil)) != want.sum {
		differs("content")
	}
	return out, nil
}

// expected is what this program answers.
type expected struct {
	header http.Header
	size   int64
	sum    string
}

// answer lets the handler answer a request as it would on a server.
func (h *handler) answer(r *http.Request) expected {
	w := &recorder{header: http.Header{}, sum: sha256.New()}
	h.ServeHTTP(w, r)
	return expected{header: w.header, size: w.size, sum: hex.EncodeToString(w.sum.Sum(nil))}
}

// recorder is an http.ResponseWriter that keeps a checksum of what is written.
type recorder struct {
	header http.Header
	sum    interface {
		io.Writer
		Sum([]byte) []byte
	}
	size int64
}

func (r *recorder) Header() http.Header { return r.header }
func (r *recorder) WriteHeader(int)     {}
func (r *recorder) Write(b []byte) (int, error) {
	r.size += int64(len(b))
	return r.sum.Write(b)
}

// AddressError says that a text is not the address of a server, or not one that can
// be asked safely.
type AddressError struct{ reason string }

func (e *AddressError) Error() string { return e.reason }

// checkOrigin refuses what is not an origin, and plain http to other machines,
// where everybody on the way could answer.
func checkOrigin(origin string) (string, error) {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || path.Clean("/"+u.Path) != "/" {
		return "", &AddressError{"a server address such as https://chat.example.org is expected"}
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback())) {
		return "", &AddressError{"the server address must begin with https:// (http:// is for this machine only)"}
	}
	return u.Scheme + "://" + u.Host, nil
}
