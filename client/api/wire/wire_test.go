package wire_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/client/api"
	"github.com/cenacle-team/cenacle/client/api/apitest"
	"github.com/cenacle-team/cenacle/client/api/wire"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
)

// pipe is a connection that a test holds the other end of.
type pipe struct {
	in  chan []byte
	out chan []byte
}

func (p *pipe) Receive(ctx context.Context) ([]byte, error) {
	select {
	case m, ok := <-p.in:
		if !ok {
			return nil, schema.Errorf(schema.CodeOffline, "the page is gone")
		}
		return m, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipe) Send(ctx context.Context, m []byte) error {
	select {
	case p.out <- m:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type message struct {
	ID      uint64          `json:"id"`
	Answer  json.RawMessage `json:"answer"`
	Failure *api.Failure    `json:"failure"`
	Changes []api.Change    `json:"changes"`
}

type conversation struct {
	*pipe
	t     *testing.T
	page  *apitest.Page
	ended chan error
}

func converse(t *testing.T) *conversation {
	t.Helper()
	c := &conversation{
		t: t, pipe: &pipe{in: make(chan []byte), out: make(chan []byte, 16)}, ended: make(chan error, 1),
		page: apitest.New(t, clienttest.Start(t, 1, server.Options{}), 0, nil),
	}
	ctx := clienttest.Context(t)
	go func() { c.ended <- wire.Serve(ctx, c.page.API, c.pipe) }()
	return c
}

// await reads messages until one fits.
func (c *conversation) await(what string, match func(message) bool) message {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), clienttest.Patience)
	defer cancel()
	for {
		select {
		case b := <-c.out:
			var m message
			if err := json.Unmarshal(b, &m); err != nil {
				c.t.Fatal(err)
			}
			if match(m) {
				return m
			}
		case <-ctx.Done():
			c.t.Fatalf("no %s came", what)
		}
	}
}

func (c *conversation) answer(id uint64) message {
	c.t.Helper()
	return c.await(fmt.Sprintf("answer %d", id), func(m message) bool { return m.ID == id })
}

func TestCallsAreAnsweredAndChangesTold(t *testing.T) {
	c := converse(t)
	c.in <- []byte(`{"id":1,"method":"session.state","params":{}}`)
	if m := c.answer(1); m.Failure != nil || !strings.Contains(string(m.Answer), `"stage":"none"`) {
		t.Errorf("%s, %+v", m.Answer, m.Failure)
	}
	c.in <- []byte(`{"id":2,"method":"workspaces.list","params":{}}`)
	if m := c.answer(2); m.Failure == nil || m.Failure.Code != schema.CodeUnauthenticated || m.Answer != nil {
		t.Errorf("%s, %+v", m.Answer, m.Failure)
	}
	c.in <- []byte(`{"id":1,"method":"session.lock","params":{}}`) // an id may come again once it was answered
	c.await("change", func(m message) bool { return len(m.Changes) > 0 && m.Changes[0].Kind == api.ChangeSession })
	close(c.in)
	if err := <-c.ended; !schema.HasCode(err, schema.CodeOffline) {
		t.Errorf("ended: %v", err)
	}
}

func TestCancelledCallIsAnswered(t *testing.T) {
	c := converse(t)
	entered, release := make(chan struct{}), make(chan struct{})
	c.page.Home.Fail = func(method string) error {
		if method == "Unlock" {
			close(entered)
			<-release
		}
		return nil
	}
	c.page.SignUp("Alice", "alice@example.org")
	c.page.Must("session.lock", api.Empty{}, nil)
	c.in <- []byte(`{"id":1,"method":"session.unlock","params":{"passphrase":"` + clienttest.Passphrase + `"}}`)
	<-entered
	// This one waits for its turn, and is taken back.
	c.in <- []byte(`{"id":2,"method":"session.signOut","params":{}}`)
	c.in <- []byte(`{"cancel":2}`)
	if m := c.answer(2); m.Failure == nil {
		t.Errorf("the cancelled call: %s", m.Answer)
	}
	close(release)
	if m := c.answer(1); m.Failure != nil {
		t.Errorf("the other call: %+v", m.Failure)
	}
	close(c.in)
	<-c.ended
}

func TestWhatIsNoCallEndsTheConnection(t *testing.T) {
	for name, bad := range map[string]string{
		"not JSON":      `{"id":`,
		"no id":         `{"method":"session.state","params":{}}`,
		"id and cancel": `{"id":1,"cancel":2}`,
		"cancel a name": `{"cancel":2,"method":"session.state"}`,
		"unknown field": `{"id":1,"method":"session.state","params":{},"origin":"https://evil.example"}`,
		"two messages":  `{"cancel":1}{"cancel":2}`,
		"too large":     `{"id":1,"method":"` + strings.Repeat("x", wire.MaxMessage) + `"}`,
	} {
		t.Run(name, func(t *testing.T) {
			c := converse(t)
			c.in <- []byte(bad)
			if err := <-c.ended; !schema.HasCode(err, schema.CodeBadEncoding) && !schema.HasCode(err, schema.CodeTooLarge) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A page that asks without end is held to a bound, and is told so.
func TestCallsAreBounded(t *testing.T) {
	c := converse(t)
	release := make(chan struct{})
	c.page.Home.Fail = func(method string) error {
		if method == "State" {
			<-release
		}
		return nil
	}
	go func() {
		for id := range 300 {
			c.in <- fmt.Appendf(nil, `{"id":%d,"method":"session.state","params":{}}`, id+1)
		}
	}()
	m := c.await("refusal", func(m message) bool { return m.Failure != nil })
	if m.Failure.Code != schema.CodeRateLimited {
		t.Errorf("%+v", m.Failure)
	}
	close(release)
	seen := 0
	c.await("answer to all", func(m message) bool {
		if m.ID != 0 {
			seen++
		}
		return seen == 299
	})
	close(c.in)
	<-c.ended
}
