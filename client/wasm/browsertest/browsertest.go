//go:build !js

// Package browsertest runs the tests of a package that is made for js/wasm in a
// real browser: Chromium, without a screen, in a worker, as the product runs
// there. It is imported by tests only.
package browsertest

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Patience bounds one run of the browser, which starts it on a busy machine.
const Patience = 3 * time.Minute

//go:embed page.html page.js worker.js
var files embed.FS

// Browser is a browser with a profile of its own, and the page that it opens: one
// origin for all runs, so that what one run leaves the next one finds.
type Browser struct {
	// Dir is the folder of the browser's profile.
	Dir string

	program string
	server  *httptest.Server
	mu      sync.Mutex
	args    []string
	output  bytes.Buffer
	done    chan int
}

// New builds the js/wasm tests of the package in the working directory and
// prepares a browser for them. Requests that are not the page's own go to handler,
// which may be nil.
func New(t *testing.T, handler http.Handler) *Browser {
	t.Helper()
	b := &Browser{Dir: t.TempDir(), program: find(t)}
	wasm := filepath.Join(t.TempDir(), "test.wasm")
	build := exec.Command("go", "test", "-c", "-o", wasm, ".")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the tests for the browser: %v\n%s", err, out)
	}
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("find Go: %v", err)
	}
	if handler == nil {
		handler = http.NotFoundHandler()
	}
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	mux.Handle("/browsertest/", http.StripPrefix("/browsertest/", http.FileServerFS(files)))
	mux.HandleFunc("/browsertest/test.wasm", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, wasm) })
	mux.HandleFunc("/browsertest/wasm_exec.js", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(strings.TrimSpace(string(goroot)), "lib/wasm/wasm_exec.js"))
	})
	mux.HandleFunc("/browsertest/arguments", b.arguments)
	mux.HandleFunc("/browsertest/output", b.record)
	mux.HandleFunc("/browsertest/exit", b.exit)
	b.server = httptest.NewServer(mux)
	t.Cleanup(b.server.Close)
	return b
}

// find looks for Chromium. Its absence is a failure: what these tests show is
// shown by no other.
func find(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("no Chromium: install Debian's package chromium")
	return ""
}

// Run runs the tests that match pattern, with further arguments, and returns what
// they printed. It fails the test when they fail.
func (b *Browser) Run(t *testing.T, pattern string, args ...string) string {
	t.Helper()
	b.mu.Lock()
	b.args = append([]string{"test.wasm", "-test.v", "-test.run=" + pattern}, args...)
	b.output.Reset()
	b.done = make(chan int, 1)
	done := b.done
	b.mu.Unlock()

	stop := b.start(t)
	defer stop()
	deadline := time.NewTimer(Patience)
	defer deadline.Stop()
	select {
	case code := <-done:
		out := b.text()
		if code != 0 || !strings.Contains(out, "--- PASS") {
			t.Fatalf("in the browser, exit code %d:\n%s", code, out)
		}
		return out
	case <-deadline.C:
		t.Fatalf("the browser did not finish within %v:\n%s", Patience, b.text())
	}
	return ""
}

// start opens the page and returns what ends the browser in order, so that it
// writes out what it holds.
func (b *Browser) start(t *testing.T) (stop func()) {
	t.Helper()
	var said bytes.Buffer
	cmd := exec.Command(b.program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--disable-component-update", "--disable-background-networking", "--user-data-dir="+b.Dir, b.server.URL+"/browsertest/page.html")
	cmd.Stderr = &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start the browser: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		select {
		case <-ended:
		case <-ctx.Done():
			if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				t.Errorf("end the browser: %v\n%s", err, &said)
			}
			<-ended
		}
	}
}

func (b *Browser) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.output.String()
}

func (b *Browser) arguments(w http.ResponseWriter, _ *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store") // a test may look at what the browser keeps
	_ = json.NewEncoder(w).Encode(b.args)
}

func (b *Browser) record(_ http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.output.Write(text)
}

func (b *Browser) exit(_ http.ResponseWriter, r *http.Request) {
	var code int
	if err := json.NewDecoder(io.LimitReader(r.Body, 16)).Decode(&code); err != nil {
		code = -1
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case b.done <- code:
	default:
	}
}
