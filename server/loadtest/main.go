package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sizes are how much each row does.
type sizes struct {
	bench       time.Duration // of one round of the cryptographic rows
	rounds      int           // of the cryptographic rows
	senders     int
	streams     int // that the senders share
	appendTime  time.Duration
	appendRate  int // events sealed in advance, for each second
	members     int // of the workspace that the sockets follow
	subscribers int
	posts       int
	idle        int
	settle      time.Duration // how long the idle sockets stay before they are weighed
	people      int           // members of the workspace that is opened
	channels    int
	events      int
	opens       int
	crossPosts  int
}

var fullSizes = sizes{
	bench: 200 * time.Millisecond, rounds: 20,
	senders: 64, streams: 8, appendTime: 6 * time.Second, appendRate: 16000,
	members: 500, subscribers: 5000, posts: 100,
	idle: 20000, settle: 65 * time.Second,
	people: 50, channels: 20, events: 100000, opens: 10,
	crossPosts: 300,
}

var quickSizes = sizes{
	bench: 20 * time.Millisecond, rounds: 1,
	senders: 8, streams: 3, appendTime: 200 * time.Millisecond, appendRate: 4000,
	members: 5, subscribers: 20, posts: 3,
	idle: 40, settle: 0,
	people: 3, channels: 3, events: 300, opens: 2,
	crossPosts: 5,
}

// env is what the rows share.
type env struct {
	sizes
	dir      string // removed at the end
	postgres *postgres
	profiles string // folder for profiles of the servers; empty for none
	log      io.Writer
}

// row is one measurement; it may give several lines.
type row struct {
	name string
	run  func(ctx context.Context, e *env) ([]result, error)
}

var rows = []row{
	{"crypto", measureCrypto},
	{"append", measureAppends},
	{"fanout", measureFanout},
	{"idle", measureIdle},
	{"open", measureOpen},
	{"cross", measureCross},
}

// rowTime bounds one row.
const rowTime = 10 * time.Minute

func main() {
	if code, is := child(os.Args[1:]); is {
		os.Exit(code)
	}
	testing.Init() // of the flags that testing.Benchmark goes by
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run measures what the arguments ask for and prints the table to out.
func run(ctx context.Context, args []string, out, log io.Writer) int {
	var names []string
	for _, r := range rows {
		names = append(names, r.name)
	}
	f := flag.NewFlagSet("loadtest", flag.ContinueOnError)
	f.SetOutput(log)
	which := f.String("rows", strings.Join(names, ","), "rows to measure")
	quick := f.Bool("quick", false, "small sizes: shows that it works, measures nothing")
	profiles := f.String("profiles", "", "folder that receives CPU and heap profiles of the servers")
	cluster := f.String("postgres", os.Getenv(envPostgres), "URL of a PostgreSQL in which databases may be made; default a throw-away one")
	s := fullSizes
	f.DurationVar(&s.appendTime, "append-time", s.appendTime, "duration of the appends")
	f.IntVar(&s.senders, "senders", s.senders, "concurrent senders")
	f.IntVar(&s.subscribers, "subscribers", s.subscribers, "WebSockets that receive")
	f.IntVar(&s.posts, "posts", s.posts, "events that they receive")
	f.IntVar(&s.idle, "idle", s.idle, "idle WebSockets")
	f.DurationVar(&s.settle, "settle", s.settle, "how long the idle WebSockets stay before they are weighed")
	f.IntVar(&s.events, "events", s.events, "events of the workspace that is opened")
	f.IntVar(&s.crossPosts, "cross-posts", s.crossPosts, "posts from node to node")
	if err := f.Parse(args); err != nil {
		return 2
	}
	if *quick {
		s = quickSizes
	}
	var chosen []row
	for name := range strings.SplitSeq(*which, ",") {
		i := slices.Index(names, name)
		if i < 0 {
			fmt.Fprintf(log, "loadtest: no row is called %q; there are %s\n", name, strings.Join(names, ", "))
			return 2
		}
		chosen = append(chosen, rows[i])
	}
	dir, err := os.MkdirTemp("", "cenacle-loadtest-")
	if err != nil {
		fmt.Fprintln(log, "loadtest:", err)
		return 1
	}
	defer os.RemoveAll(dir)
	e := &env{sizes: s, dir: dir, profiles: *profiles, log: log, postgres: &postgres{cluster: *cluster}}
	defer e.postgres.close()
	return e.measure(ctx, chosen, out)
}

// measure runs the rows one after the other. A figure that misses its goal is
// no failure; a row that cannot be measured is.
func (e *env) measure(ctx context.Context, chosen []row, out io.Writer) int {
	machine := fmt.Sprintf("%d cores (%s), load average %s", runtime.NumCPU(), processor(), loadAverage())
	fmt.Fprintln(out, "machine:", machine)
	t := table{out: out}
	code := 0
	for _, r := range chosen {
		fmt.Fprintf(e.log, "loadtest: %s ...\n", r.name)
		rowCtx, cancel := context.WithTimeout(ctx, rowTime)
		results, err := r.run(rowCtx, e)
		cancel()
		for _, res := range results {
			t.print(res)
		}
		if err != nil {
			fmt.Fprintf(e.log, "loadtest: %s: %v\n", r.name, err)
			code = 1
		}
		if ctx.Err() != nil {
			return 1
		}
	}
	return code
}
