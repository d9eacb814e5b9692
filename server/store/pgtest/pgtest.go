// Package pgtest gives tests a PostgreSQL: a throw-away cluster in a temporary
// folder, that can be killed and started again, and a database for each test.
//
// A package whose tests need many databases shares one cluster among them:
//
//	func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
//
// When the environment variable [EnvURL] names a cluster, that one is used.
package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// EnvURL is the environment variable with the URL of a cluster in which the
// tests may make databases.
const EnvURL = "CENACLE_TEST_POSTGRES_URL"

// patience bounds the wait for a cluster to start or to stop.
const patience = 60 * time.Second

// Cluster is a running PostgreSQL that belongs to the test process: it ends when
// the process does, however that ends.
type Cluster struct {
	bin, dir string
	owner    *syscall.Credential // nil for the user of the test
	server   *exec.Cmd
	lifeline io.Closer // the server stops when this closes
}

// Main runs the tests of a package with one cluster for all of them, unless
// [EnvURL] names one, and returns the exit code.
func Main(m *testing.M) int {
	if os.Getenv(EnvURL) != "" {
		return m.Run()
	}
	c, err := Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		return 1
	}
	code := 1
	if err := os.Setenv(EnvURL, c.URL("postgres")); err == nil {
		code = m.Run()
	}
	if err := c.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest:", err)
		return 1
	}
	return code
}

// Start makes a cluster and waits until it answers. Remove ends it.
func Start() (*Cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "cenacle-pg-")
	if err != nil {
		return nil, fmt.Errorf("make a folder: %w", err)
	}
	c := &Cluster{bin: bin, dir: dir}
	if err := c.initialize(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := c.Run(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

// binaries finds the folder of the server's programs.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(real), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("PostgreSQL's initdb was not found: run `make deps`, or set " + EnvURL)
	}
	return filepath.Dir(found[len(found)-1]), nil
}

// initialize makes the data folder. PostgreSQL refuses to run as root; root lets
// another user own it.
func (c *Cluster) initialize() error {
	if os.Getuid() == 0 {
		owner, err := unprivileged()
		if err != nil {
			return err
		}
		c.owner = owner
		if err := os.Chown(c.dir, int(owner.Uid), int(owner.Gid)); err != nil {
			return fmt.Errorf("hand over the folder: %w", err)
		}
	}
	cmd := c.command("initdb", "-D", c.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}

// unprivileged finds a user for the server.
func unprivileged() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("ids of user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("there is no user postgres or nobody to run PostgreSQL")
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

func (c *Cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner}
	return cmd
}

// URL is the URL of a database of the cluster, over a socket in its folder.
func (c *Cluster) URL(database string) string {
	return "postgres://postgres@/" + database + "?host=" + url.QueryEscape(c.dir)
}

// lifeline is a shell script that runs a server until its input ends.
const lifeline = `"$@" & server=$!; read -r _; kill -QUIT $server; wait $server`

// Run starts the cluster's server, again after Stop or Kill, and waits until it
// answers.
func (c *Cluster) Run() error {
	deadline := time.Now().Add(patience)
	for {
		err := c.launch()
		if err == nil {
			err = c.await(deadline)
		}
		if err == nil {
			return nil
		}
		// After a kill the last of the old processes may still hold the memory.
		if stop := c.end(); stop != nil || time.Now().After(deadline) {
			log, _ := os.ReadFile(filepath.Join(c.dir, "log"))
			return errors.Join(err, stop, fmt.Errorf("the server's log: %s", log))
		}
	}
}

func (c *Cluster) launch() error {
	cmd := c.command("postgres")
	server := []string{"-c", lifeline, "sh", cmd.Path, "-D", c.data(), "-k", c.dir, "-c", "listen_addresses=",
		"-c", "max_connections=200", "-c", "autovacuum_naptime=10s"}
	cmd.Path, cmd.Args = "/bin/sh", append([]string{"sh"}, server...)
	log, err := os.Create(filepath.Join(c.dir, "log"))
	if err != nil {
		return fmt.Errorf("make the log: %w", err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	input, err := cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("make the lifeline: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	c.server, c.lifeline = cmd, input
	return nil
}

// await tries to connect until the server answers or seems not to start.
func (c *Cluster) await(deadline time.Time) error {
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	for tries := 0; ; tries++ {
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		if _, missing := os.Stat(filepath.Join(c.data(), "postmaster.pid")); missing != nil && tries > 50 {
			return fmt.Errorf("the server does not start: %w", err)
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		}
	}
}

// Kill ends every process of the server by SIGKILL, as a crash would.
func (c *Cluster) Kill() error {
	pids, err := c.processes()
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("kill: %w", err)
		}
	}
	return c.end()
}

// processes lists the server's processes, the parent of all first.
func (c *Cluster) processes() ([]int, error) {
	file, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return nil, fmt.Errorf("find the server: %w", err)
	}
	first, _, _ := strings.Cut(string(file), "\n")
	parent, err := strconv.Atoi(first)
	if err != nil {
		return nil, fmt.Errorf("find the server: %w", err)
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", parent, parent))
	if err != nil {
		return nil, fmt.Errorf("find the server's processes: %w", err)
	}
	pids := []int{parent}
	for _, field := range strings.Fields(string(children)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			return nil, fmt.Errorf("find the server's processes: %w", err)
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// Stop ends the server at once without a checkpoint, as a power cut would with
// a disk that keeps what was flushed.
func (c *Cluster) Stop() error { return c.end() }

// end closes the lifeline and waits. The shell's exit code tells nothing.
func (c *Cluster) end() error {
	if c.server == nil {
		return nil
	}
	closing := c.lifeline.Close()
	err := c.server.Wait()
	c.server = nil
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return errors.Join(closing, fmt.Errorf("stop: %w", err))
	}
	return closing
}

// Remove stops the server and deletes the cluster.
func (c *Cluster) Remove() error {
	return errors.Join(c.end(), os.RemoveAll(c.dir))
}

// New starts a cluster of the test's own, to inject faults.
func New(t testing.TB) *Cluster {
	t.Helper()
	c, err := Start()
	if err != nil {
		t.Fatalf("pgtest: %v", err)
	}
	t.Cleanup(func() {
		if err := c.Remove(); err != nil {
			t.Errorf("pgtest: %v", err)
		}
	})
	return c
}

// Database makes an empty database for the test and returns its URL. It is
// dropped when the test ends. Without a cluster from [Main] or [EnvURL] the test
// gets one of its own.
func Database(t testing.TB) string {
	t.Helper()
	cluster := os.Getenv(EnvURL)
	if cluster == "" {
		cluster = New(t).URL("postgres")
	}
	at, err := url.Parse(cluster)
	if err != nil {
		t.Fatalf("pgtest: %s is malformed", EnvURL)
	}
	name := "cenacle_" + strings.ToLower(rand.Text())
	execute(t, cluster, "CREATE DATABASE "+name)
	t.Cleanup(func() { execute(t, cluster, "DROP DATABASE "+name+" WITH (FORCE)") })
	at.Path = "/" + name
	return at.String()
}

// execute runs one statement on its own connection.
func execute(t testing.TB, cluster, statement string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, cluster)
	if err != nil {
		t.Fatalf("pgtest: connect: %v", err)
	}
	_, err = conn.Exec(ctx, statement)
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		t.Fatalf("pgtest: %s: %v", statement, err)
	}
}
