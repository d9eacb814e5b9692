package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/cenacle-team/cenacle/client/web"
)

// patience bounds every wait of a script.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"cenacle": main})
}

// TestScripts runs the scenarios of testdata/script against the whole program: a
// server and one process per command, as people run them. Beside the commands of
// testscript there are:
//
//	server start [ARG...]   run cenacle serve; $SERVER is its address
//	server stop             end it; start goes on at the same address
//	as NAME ARG...          run cenacle with the home and passphrase of NAME
//	fails CODE NAME ARG...  the same, and expect this exit code
//	field VAR KEY           set $VAR to a field of the last line of JSON in stdout
//	keys KEY...             the last line of JSON in stdout has these keys only
//	follow NAME ARG...      run cenacle in the background, as NAME
//	expect NAME REGEXP      wait until what NAME follows has printed this since last
//	interrupt NAME          send SIGINT to what NAME follows, and expect exit code 0
//	secretfree DIR TEXT...  no file below DIR holds one of the texts
//	damage FILE             overwrite a file with something else
//
// The condition [webapp] holds when the program was built with the web app.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			w := &world{followers: map[string]*process{}}
			env.Values[worldKey{}] = w
			env.Defer(w.stop)
			return nil
		},
		Condition: func(cond string) (bool, error) {
			if cond != "webapp" {
				return false, fmt.Errorf("no condition %q", cond)
			}
			return web.Built(), nil
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"server": inWorld((*world).server), "as": inWorld((*world).as), "fails": inWorld((*world).fails),
			"field": inWorld((*world).field), "keys": inWorld((*world).keys), "follow": inWorld((*world).follow),
			"expect": inWorld((*world).expect), "interrupt": inWorld((*world).interrupt),
			"secretfree": inWorld((*world).secretFree), "damage": inWorld((*world).damage),
		},
	})
}

type worldKey struct{}

// world is what a script has running in the background.
type world struct {
	listen    string
	serving   *process
	followers map[string]*process
}

func inWorld(do func(w *world, ts *testscript.TestScript, args []string)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) == 0 {
			ts.Fatalf("arguments are expected, and no negation")
		}
		do(ts.Value(worldKey{}).(*world), ts, args)
	}
}

func (w *world) stop() {
	for _, p := range w.followers {
		p.end()
	}
	if w.serving != nil {
		w.serving.end()
	}
}

func (w *world) server(ts *testscript.TestScript, args []string) {
	switch args[0] {
	case "start":
		listen := w.listen
		if listen == "" {
			listen = "127.0.0.1:0"
		}
		all := append([]string{"serve", "--data", ts.MkAbs("server"), "--listen", listen, "--registration", "open"}, args[1:]...)
		w.serving = start(ts, all, nil)
		url := w.serving.expect(ts, `Cénacle is listening on (http://localhost:[0-9]+)`)
		ts.Setenv("SERVER", url)
		_, port, err := net.SplitHostPort(strings.TrimPrefix(url, "http://"))
		ts.Check(err)
		w.listen = "127.0.0.1:" + port
	case "stop":
		w.serving.interrupt(ts)
		w.serving = nil
	default:
		ts.Fatalf("server start or server stop")
	}
}

func (w *world) as(ts *testscript.TestScript, args []string) {
	if code := execute(ts, args[0], args[1:]); code != 0 {
		ts.Fatalf("exit code %d", code)
	}
}

func (w *world) fails(ts *testscript.TestScript, args []string) {
	if code := execute(ts, args[1], args[2:]); strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// execute runs cenacle as somebody; standard output and error are then for the
// commands stdout and stderr.
func execute(ts *testscript.TestScript, name string, args []string) int {
	before := map[string]string{}
	for key, value := range identity(ts, name) {
		before[key] = ts.Getenv(key)
		ts.Setenv(key, value)
	}
	err := ts.Exec("cenacle", args...)
	for key, value := range before {
		ts.Setenv(key, value)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}

// identity is the environment of a person, unless the script has chosen another
// passphrase.
func identity(ts *testscript.TestScript, name string) map[string]string {
	out := map[string]string{"CENACLE_HOME": ts.MkAbs(name)}
	if ts.Getenv("CENACLE_PASSPHRASE") == "" {
		out["CENACLE_PASSPHRASE"] = "the passphrase of " + name
	}
	return out
}

// last decodes the last line of standard output.
func last(ts *testscript.TestScript) map[string]any {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
	var out map[string]any
	ts.Check(json.Unmarshal([]byte(lines[len(lines)-1]), &out))
	return out
}

func (w *world) field(ts *testscript.TestScript, args []string) {
	value, ok := last(ts)[args[1]]
	if !ok {
		ts.Fatalf("no field %q", args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}

func (w *world) keys(ts *testscript.TestScript, args []string) {
	found := last(ts)
	for _, key := range args {
		if _, ok := found[key]; !ok {
			ts.Fatalf("no key %q", key)
		}
		delete(found, key)
	}
	if len(found) > 0 {
		ts.Fatalf("more keys: %v", found)
	}
}

func (w *world) follow(ts *testscript.TestScript, args []string) {
	w.followers[args[0]] = start(ts, args[1:], identity(ts, args[0]))
}

func (w *world) expect(ts *testscript.TestScript, args []string) {
	w.followers[args[0]].expect(ts, args[1])
}

func (w *world) interrupt(ts *testscript.TestScript, args []string) {
	w.followers[args[0]].interrupt(ts)
	delete(w.followers, args[0])
}

func (w *world) secretFree(ts *testscript.TestScript, args []string) {
	files := 0
	ts.Check(filepath.WalkDir(ts.MkAbs(args[0]), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		for _, text := range args[1:] {
			if text == "" || bytes.Contains(b, []byte(text)) {
				return fmt.Errorf("%s holds %q", path, text)
			}
		}
		return nil
	}))
	if files == 0 {
		ts.Fatalf("no files in %s", args[0])
	}
}

func (w *world) damage(ts *testscript.TestScript, args []string) {
	path := ts.MkAbs(args[0])
	if _, err := os.Stat(path); err != nil {
		ts.Fatalf("%v", err)
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			ts.Fatalf("%v", err)
		}
	}
	ts.Check(os.WriteFile(path, bytes.Repeat([]byte("not a database "), 1000), 0o600))
}

// process is cenacle in the background.
type process struct {
	cmd  *exec.Cmd
	done chan error

	mu     sync.Mutex
	cond   *sync.Cond
	output []byte // that nobody expected yet
}

func start(ts *testscript.TestScript, args []string, env map[string]string) *process {
	p := &process{done: make(chan error, 1)}
	p.cond = sync.NewCond(&p.mu)
	p.cmd = exec.Command("cenacle", args...)
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Env = append(os.Environ(), "HOME=/no-home", "LC_ALL=C")
	for key, value := range env {
		p.cmd.Env = append(p.cmd.Env, key+"="+value)
	}
	p.cmd.Stdout, p.cmd.Stderr = p, &bytes.Buffer{}
	ts.Check(p.cmd.Start())
	go func() {
		p.done <- p.cmd.Wait()
		p.cond.Broadcast()
	}()
	return p
}

// Write implements io.Writer for the process's output.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.output = append(p.output, b...)
	p.cond.Broadcast()
	return len(b), nil
}

// expect waits until the output since the last expectation matches, and returns
// the first group.
func (p *process) expect(ts *testscript.TestScript, pattern string) string {
	re, err := regexp.Compile("(?m)" + pattern)
	ts.Check(err)
	deadline := time.Now().Add(patience)
	timer := time.AfterFunc(patience, p.cond.Broadcast)
	defer timer.Stop()
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if m := re.FindSubmatchIndex(p.output); m != nil {
			group := ""
			if len(m) > 2 {
				group = string(p.output[m[2]:m[3]])
			}
			p.output = p.output[m[1]:]
			return group
		}
		if len(p.done) > 0 || !time.Now().Before(deadline) {
			ts.Fatalf("waited in vain for %q; since the last match: %q; standard error: %q", pattern, p.output, p.cmd.Stderr)
		}
		p.cond.Wait()
	}
}

// interrupt ends the process as Ctrl-C does and expects exit code 0.
func (p *process) interrupt(ts *testscript.TestScript) {
	ts.Check(p.cmd.Process.Signal(os.Interrupt))
	select {
	case err := <-p.done:
		if err != nil {
			ts.Fatalf("%v; standard error: %q", err, p.cmd.Stderr)
		}
	case <-time.After(patience):
		p.end()
		ts.Fatalf("it did not end when interrupted")
	}
}

// end kills the process, if it still runs, and waits.
func (p *process) end() {
	_ = p.cmd.Process.Kill()
	<-p.done
}
