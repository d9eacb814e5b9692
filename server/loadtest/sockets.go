package main

import (
	"context"
	"fmt"
	"net"
	"sync"
	"syscall"

	"golang.org/x/sync/errgroup"
)

// sockets are many subscribers of one workspace.
type sockets struct {
	all     []*subscriber
	readers sync.WaitGroup

	mu     sync.Mutex
	closed bool
	err    error // the first that ended a connection too early
}

// connect opens n subscriptions, spread over the members.
func connect(ctx context.Context, n *node, tm *team, count int) (*sockets, error) {
	s := &sockets{all: make([]*subscriber, count)}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(64)
	for i := range s.all {
		g.Go(func() (err error) {
			from := net.IPv4(127, 0, 0, byte(2+i%8))
			if s.all[i], err = subscribe(ctx, n.address, from, tm, tm.members[i%len(tm.members)]); err != nil {
				err = fmt.Errorf("socket %d: %w", i, err)
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// read calls fn with each message that a subscriber receives, until close.
func (s *sockets) read(fn func(message []byte)) {
	for _, sub := range s.all {
		s.readers.Go(func() {
			buf := make([]byte, 0, readBuffer)
			for {
				b, err := sub.next(buf)
				if err != nil {
					s.ended(err)
					return
				}
				fn(b)
			}
		})
	}
}

func (s *sockets) ended(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed && s.err == nil {
		s.err = err
	}
}

// lost returns the error that ended a connection before close, if there was one.
func (s *sockets) lost() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// close ends the connections and waits for the readers.
func (s *sockets) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for _, sub := range s.all {
		if sub != nil {
			// Nothing is written any more that an error could lose.
			_ = sub.conn.Close()
		}
	}
	s.readers.Wait()
}

// spareFiles is how many files a server has open beside its sockets, and this
// program likewise.
const spareFiles = 150

// fit returns how many of count sockets one process may have open here.
func fit(count int) (int, error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, fmt.Errorf("ask how many files may be open: %w", err)
	}
	if want := uint64(count + spareFiles); l.Max < want {
		// Only root may, and not everywhere: what counts is what it is afterwards.
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: want, Max: want})
		if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
			return 0, fmt.Errorf("ask how many files may be open: %w", err)
		}
	}
	return min(count, int(min(l.Max, 1<<30))-spareFiles), nil
}
