package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cenacle-team/cenacle/client/network"
)

// patience bounds the wait for a child to start, to answer or to end.
const patience = 30 * time.Second

// process is a child of this program.
type process struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	// first is the first line that it printed: where it listens.
	first string
}

// start runs a hidden subcommand and waits for its first line.
func start(ctx context.Context, subcommand string, config any) (*process, error) {
	p, err := launch(ctx, subcommand, config)
	if err != nil {
		return nil, err
	}
	if p.first, err = p.line(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s did not start: %w", subcommand, err), p.stop())
	}
	return p, nil
}

func launch(ctx context.Context, subcommand string, config any) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	arg, err := json.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("write a configuration: %w", err)
	}
	cmd := exec.CommandContext(ctx, self, subcommand, string(arg))
	cmd.Stderr = os.Stderr
	cmd.WaitDelay = patience
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("make a pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", subcommand, err)
	}
	return &process{cmd: cmd, in: in, out: bufio.NewReader(out)}, nil
}

// line reads one line. A child that is stuck ends with the row's context.
func (p *process) line() (string, error) {
	s, err := p.out.ReadString('\n')
	return strings.TrimSuffix(s, "\n"), err
}

// ask gives a command and waits until it is done.
func (p *process) ask(command string) error {
	if _, err := fmt.Fprintln(p.in, command); err != nil {
		return fmt.Errorf("ask a child: %w", err)
	}
	answer, err := p.line()
	if err == nil && answer != "done" {
		err = errors.New(answer)
	}
	if err != nil {
		return fmt.Errorf("command %s: %w", command, err)
	}
	return nil
}

// stop ends the child and waits for it.
func (p *process) stop() error {
	// What it holds is thrown away: only that it ends matters.
	err := p.in.Close()
	kill := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer kill.Stop()
	return errors.Join(err, p.cmd.Wait())
}

// resident is how much memory of the machine the child uses, in octets.
func (p *process) resident() (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("weigh a child: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("weigh a child: no VmRSS")
}

// work is the processor time that the child has used, in the system's ticks of
// 10 ms (proc(5), utime and stime of /proc/PID/stat).
func (p *process) work() (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("ask for a child's work: %w", err)
	}
	// The name in parentheses may hold spaces; utime is the 12th field after it.
	_, rest, _ := strings.Cut(string(b), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0, errors.New("ask for a child's work: malformed stat")
	}
	user, err1 := strconv.ParseInt(fields[11], 10, 64)
	system, err2 := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2)
}

// ownWork is the processor time that this process has used.
func ownWork() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, fmt.Errorf("ask for the own work: %w", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// work is how much processor time both sides have used.
type work struct{ server, own time.Duration }

func workOf(n *node) (w work, err error) {
	if w.server, err = n.work(); err == nil {
		w.own, err = ownWork()
	}
	return w, err
}

// perUnit is the work of each of n units, as text.
func perUnit(before, after time.Duration, n int) string {
	return micros((after - before) / time.Duration(max(n, 1)))
}

// node is a running server.
type node struct {
	*process
	address   string // host:port
	transport *network.Transport
}

// startNode runs a server with a data folder of its own.
func (e *env) startNode(ctx context.Context, name string, c nodeConfig) (*node, error) {
	c.DataDir = filepath.Join(e.dir, name)
	p, err := start(ctx, childNode, c)
	if err != nil {
		return nil, err
	}
	t, err := network.New("http://" + p.first)
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	return &node{process: p, address: p.first, transport: t}, nil
}

// profiled runs f while the node writes a CPU profile, and takes a heap profile
// at the end, if profiles are asked for.
func (e *env) profiled(n *node, name string, f func() error) error {
	if e.profiles == "" {
		return f()
	}
	if err := n.ask("cpu " + filepath.Join(e.profiles, name+".cpu")); err != nil {
		return err
	}
	err := f()
	return errors.Join(err, n.ask("stop"), n.ask("heap "+filepath.Join(e.profiles, name+".heap")))
}
