package client_test

import (
	"context"
	"errors"
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

// What comes after the server has taken a revocation may fail: the new account key
// is told all the same, because the old one signs in nowhere any more.
func TestRevocationTellsTheKeyBesideAnError(t *testing.T) {
	for name, failing := range map[string]func(o *client.Options, net *hostile.Transport){
		"a workspace does not take it": func(_ *client.Options, net *hostile.Transport) {
			hostile.SetRoster.Instead(net, func(client.Request) (*hostile.None, error) {
				return nil, schema.Errorf(schema.CodeForbidden, "not now")
			})
		},
		"the profile cannot be written": func(o *client.Options, net *hostile.Transport) {
			taken := false
			hostile.SetIdentity.Replace(net, func(_ client.Request, honest func() ([]byte, error)) (*hostile.None, error) {
				_, err := honest()
				taken = err == nil
				return nil, err
			})
			save := o.SaveProfile
			o.SaveProfile = func(ctx context.Context, p *client.Profile) error {
				if taken {
					return errors.New("no space is left")
				}
				return save(ctx, p)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := clienttest.Start(t, 1, server.Options{})
			alice := c.SignUp("Alice", 0)
			second := c.Device(alice, 0, nil)
			alice.Create("Aurore")
			o := alice.Options
			net := hostile.New(o.Transport)
			o.Transport = net
			failing(&o, net)
			e, err := client.Open(clienttest.Context(t), o, alice.Profile)
			if err != nil {
				t.Fatal(err)
			}
			key, err := e.RevokeDevice(clienttest.Context(t), clienttest.Passphrase, second.Engine.Device())
			if err == nil {
				t.Error("no error is told")
			}
			_, err = client.SignIn(clienttest.Context(t), alice.Options,
				client.SignInOptions{Handle: alice.Handle, Passphrase: clienttest.Passphrase, AccountKey: key})
			if err != nil {
				t.Errorf("with the key that was told: %v", err)
			}
		})
	}
}
