package open

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/cenacle-team/cenacle/client/api"
)

// server is one run of `cenacle open`.
type server struct {
	host      string // 127.0.0.1 with the port
	api       *api.API
	gate      *gate
	web       http.Handler
	connected func()
	// calls ends all calls when the program ends; sockets waits for them.
	calls   context.Context
	sockets sync.WaitGroup
}

// greeting is the first message of a page: the token of the address it was opened
// at, or the secret that it got for one.
type greeting struct {
	Token  string `json:"token"`
	Secret string `json:"secret"`
}

// welcome is the answer to a greeting. A page that is refused has to be opened by
// the program once more.
type welcome struct {
	Ready   bool   `json:"ready"`
	Secret  string `json:"secret,omitempty"`
	Refused bool   `json:"refused,omitempty"`
}

// maxGreeting bounds the first message, in octets.
const maxGreeting = 1 << 10

var errRefused = errors.New("the page was refused")

// gate knows who may connect. It keeps hashes only, which are compared in constant
// time.
type gate struct {
	mu      sync.Mutex
	token   *[sha256.Size]byte // nil once it was used
	secret  *[sha256.Size]byte // nil before
	current *conn              // the page that is connected
}

// newGate returns a gate with the token that opens it once: 256 random bits.
func newGate() (string, *gate, error) {
	token, hash, err := newSecret()
	return token, &gate{token: hash}, err
}

func newSecret() (string, *[sha256.Size]byte, error) {
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return "", nil, fmt.Errorf("draw a secret: %w", err)
	}
	text := base64.RawURLEncoding.EncodeToString(b)
	hash := sha256.Sum256([]byte(text))
	return text, &hash, nil
}

func matches(hash *[sha256.Size]byte, given string) bool {
	sum := sha256.Sum256([]byte(given))
	return hash != nil && given != "" && subtle.ConstantTimeCompare(hash[:], sum[:]) == 1
}

// admit reads a page's greeting and answers it. A page that comes in takes the
// place of the one that was there.
func (g *gate) admit(c *conn) (byToken bool, err error) {
	message, err := c.greeting()
	if err != nil {
		return false, err
	}
	var in greeting
	if err := json.Unmarshal(message, &in); err != nil {
		return false, errors.Join(errRefused, c.answer(welcome{Refused: true}))
	}
	out, before, err := g.check(in, c)
	if err != nil {
		return false, errors.Join(err, c.answer(welcome{Refused: true}))
	}
	if before != nil {
		before.close()
	}
	return out.Secret != "", c.answer(out)
}

// check uses a token up, or recognises a secret.
func (g *gate) check(in greeting, c *conn) (out welcome, before *conn, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case matches(g.token, in.Token):
		secret, hash, err := newSecret()
		if err != nil {
			return out, nil, err
		}
		g.token, g.secret = nil, hash
		out.Secret = secret
	case matches(g.secret, in.Secret):
	default:
		return out, nil, errRefused
	}
	out.Ready = true
	before, g.current = g.current, c
	return out, before, nil
}
