package client_test

import (
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/clienttest"
	"github.com/cenacle-team/cenacle/client/hostile"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
)

// The answer to a revocation is lost: the new keys, which only this device has,
// are not, and neither is the new account key.
func TestAnswerToARevocationIsLost(t *testing.T) {
	c := clienttest.Start(t, 1, server.Options{})
	var net *hostile.Transport
	alice := c.SignUpWith("Alice", 0, func(o *client.Options) { net = hostile.New(o.Transport); o.Transport = net })
	second := c.Device(alice, 0, nil)
	w := alice.Create("Aurore")
	before := alice.Engine.Profile().AccountKey
	hostile.SetIdentity.Replace(net, func(_ client.Request, honest func() ([]byte, error)) (*hostile.None, error) {
		if _, err := honest(); err != nil {
			t.Error(err)
		}
		return nil, schema.Errorf(schema.CodeOffline, "the answer is lost")
	})
	_, err := alice.RevokeDevice(clienttest.Context(t), clienttest.Passphrase, second.Engine.Device())
	clienttest.ExpectCode(t, err, schema.CodeOffline)
	net.Honest()
	alice.Restart()
	alice.Sync()
	alice.Post(w.ID(), "general", "still here")
	alice.Expect(w.ID(), "general", "still here")
	if alice.Engine.Profile().AccountKey == before {
		t.Error("the account key is the old one")
	}
	c.Device(alice, 0, nil).Expect(w.ID(), "general", "still here")
}
