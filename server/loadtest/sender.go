package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// sender posts events that were sealed before over one connection that stays
// open. It writes and reads HTTP by hand, so that the load costs the machine that
// it shares with the server as little as possible.
type sender struct {
	conn     net.Conn
	in       *bufio.Reader
	requests [][]byte
	// Of each request that was answered:
	took    []time.Duration
	answers [][]byte
}

// prepare makes the request that appends one item.
func (s *sender) prepare(tm *team, host, token string, item schema.AppendItem) {
	body := schema.MustMarshal(schema.AppendRequest{Items: []schema.AppendItem{item}})
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/cbor\r\nContent-Length: %d\r\n\r\n",
		tm.path("/events"), host, token, len(body))
	b.Write(body)
	s.requests = append(s.requests, b.Bytes())
}

// run sends one request after the other until the deadline or until none is left.
func (s *sender) run(until time.Time) error {
	for i, request := range s.requests {
		began := time.Now()
		if !began.Before(until) {
			return nil
		}
		if err := s.conn.SetDeadline(began.Add(patience)); err != nil {
			return fmt.Errorf("set a deadline: %w", err)
		}
		if _, err := s.conn.Write(request); err != nil {
			return fmt.Errorf("send request %d: %w", i, err)
		}
		answer, err := readAnswer(s.in)
		if err != nil {
			return fmt.Errorf("answer %d: %w", i, err)
		}
		s.took = append(s.took, time.Since(began))
		s.answers = append(s.answers, answer)
	}
	return nil
}

// readAnswer reads the answer to a request; anything but 200 is an error.
func readAnswer(r *bufio.Reader) ([]byte, error) {
	status, err := r.ReadSlice('\n')
	if err != nil {
		return nil, err
	}
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) {
		return nil, fmt.Errorf("the server answered %q", bytes.TrimSpace(status))
	}
	length := -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if len(line) == 2 {
			break
		}
		if rest, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(rest))); err != nil {
				return nil, err
			}
		}
	}
	if length < 0 {
		return nil, errors.New("an answer without a length")
	}
	body := make([]byte, length)
	_, err = io.ReadFull(r, body)
	return body, err
}
