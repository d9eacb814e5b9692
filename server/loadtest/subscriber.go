package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/cenacle-team/cenacle/schema"
)

// subscriber is one WebSocket that follows a workspace: the least of RFC 6455
// that this takes, because thousands of them share the machine with the server.
type subscriber struct {
	conn net.Conn
	in   *bufio.Reader
}

// Opcodes of RFC 6455 section 5.2.
const (
	opBinary = 2
	opPing   = 9
	opPong   = 10
)

// readBuffer holds a frame with one sealed message.
const readBuffer = 1 << 10

// subscribe connects from a loopback address, says Hello, subscribes to the
// workspace and waits for its heads.
func subscribe(ctx context.Context, address string, from net.IP, tm *team, p *person) (*subscriber, error) {
	// One address has fewer ports than there may be sockets.
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: from}}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	s := &subscriber{conn: conn, in: bufio.NewReaderSize(conn, readBuffer)}
	if err := s.greet(address, tm, p); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return s, nil
}

func (s *subscriber) greet(address string, tm *team, p *person) error {
	if err := s.conn.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	// The key is any 16 octets; what the server makes of it is not checked.
	_, err := fmt.Fprintf(s.conn, "GET /v1/live HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", address)
	if err != nil {
		return fmt.Errorf("upgrade: %w", err)
	}
	for first := true; ; first = false {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return fmt.Errorf("upgrade: %w", err)
		}
		if first && !strings.HasPrefix(line, fmt.Sprintf("HTTP/1.1 %d ", http.StatusSwitchingProtocols)) {
			return fmt.Errorf("upgrade: the server answered %q", line)
		}
		if line == "\r\n" {
			break
		}
	}
	if err := s.send(opBinary, schema.MustMarshal(schema.Frame{Hello: &schema.Hello{Version: schema.Version, Token: p.token}})); err != nil {
		return err
	}
	if err := s.expect("Welcome", func(f *schema.Frame) bool { return f.Welcome != nil }); err != nil {
		return err
	}
	if err := s.send(opBinary, schema.MustMarshal(schema.Frame{Subscribe: &schema.Subscribe{Workspace: tm.ws}})); err != nil {
		return err
	}
	if err := s.expect("Heads", func(f *schema.Frame) bool { return f.Heads != nil }); err != nil {
		return err
	}
	return s.conn.SetDeadline(time.Time{})
}

func (s *subscriber) expect(what string, is func(*schema.Frame) bool) error {
	b, err := s.next(nil)
	if err != nil {
		return fmt.Errorf("wait for %s: %w", what, err)
	}
	var f schema.Frame
	if err := schema.Unmarshal(b, &f); err != nil {
		return fmt.Errorf("wait for %s: %w", what, err)
	}
	if !is(&f) {
		return fmt.Errorf("wait for %s: the server sent something else", what)
	}
	return nil
}

// next returns the next message, in buf if it fits, and answers pings.
func (s *subscriber) next(buf []byte) ([]byte, error) {
	for {
		var head [10]byte
		if _, err := io.ReadFull(s.in, head[:2]); err != nil {
			return nil, err
		}
		length := uint64(head[1] & 0x7f)
		switch length {
		case 126:
			if _, err := io.ReadFull(s.in, head[2:4]); err != nil {
				return nil, err
			}
			length = uint64(binary.BigEndian.Uint16(head[2:]))
		case 127:
			if _, err := io.ReadFull(s.in, head[2:10]); err != nil {
				return nil, err
			}
			length = binary.BigEndian.Uint64(head[2:])
		}
		if length > schema.MaxPageOctets {
			return nil, fmt.Errorf("a frame of %d octets", length)
		}
		if uint64(cap(buf)) < length {
			buf = make([]byte, length)
		}
		buf = buf[:length]
		if _, err := io.ReadFull(s.in, buf); err != nil {
			return nil, err
		}
		switch head[0] & 0x0f {
		case opBinary:
			return buf, nil
		case opPing:
			if err := s.send(opPong, buf); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("the server ended the connection: %q", buf)
		}
	}
}

// send writes one frame of less than 64 KiB. The mask is zero: it protects
// proxies, of which there are none.
func (s *subscriber) send(op byte, payload []byte) error {
	b := []byte{0x80 | op, 0x80 | 126, byte(len(payload) >> 8), byte(len(payload)), 0, 0, 0, 0}
	if len(payload) < 126 {
		b = []byte{0x80 | op, 0x80 | byte(len(payload)), 0, 0, 0, 0}
	}
	_, err := s.conn.Write(append(b, payload...))
	return err
}
