package main

import (
	"context"
	"fmt"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/client/network"
	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/schema"
)

// cast are the people of the demonstration, the owner of the workspace first.
var cast = []struct {
	key, name string
	role      schema.Role
}{
	{"claire", "Claire Vasseur", schema.RoleOwner},
	{"karim", "Karim Benali", schema.RoleAdmin},
	{"sofia", "Sofia Marchetti", schema.RoleMember},
	{"thomas", "Thomas Lindqvist", schema.RoleMember},
	{"awa", "Awa Diallo", schema.RoleMember},
	{"hugo", "Hugo Perrin", schema.RoleMember},
	{"emily", "Emily Carter", schema.RoleMember},
	{"jeanne", "Maître Jeanne Roussel", schema.RoleGuest},
}

// channels are those of the workspace beside general.
var channels = []struct {
	name, topic string
	members     []string // of a private one, beside the owner
}{
	{"conception", "Parcours, maquettes, accessibilité", nil},
	{"développement", "Code, tests, mises en ligne", nil},
	{"sécurité", "Homologation et tests d’intrusion", nil},
	{"direction", "Entre la cheffe de projet et ses adjoints", []string{"karim", "awa"}},
	{"juridique", "Le marché, avec Maître Roussel", []string{"hugo", "awa"}},
}

// passphrase is everybody's: nothing here is worth a better one.
const passphrase = "quiet lantern over the river"

// person is one of the cast on a device of theirs.
type person struct {
	key, name, handle string
	role              schema.Role
	profile           *client.Profile
	engine            *client.Engine
}

// world is where the demonstration takes place.
type world struct {
	clock     *clock
	origin    string // as people will reach the server
	url       string // where it listens now
	people    map[string]*person
	workspace schema.WorkspaceID
}

// signUp makes the account and the first device of one of the cast.
func (w *world) signUp(ctx context.Context, key, name string, role schema.Role) error {
	transport, err := network.New(w.url)
	if err != nil {
		return err
	}
	p := &person{key: key, name: name, handle: key + "@aurore.example", role: role}
	o := client.Options{
		Origin: w.origin, Transport: transport, Store: memory.New(), Clock: w.clock,
		SaveProfile: func(context.Context, *client.Profile) error { return nil },
	}
	p.profile, err = client.SignUp(ctx, o, client.SignUpOptions{Handle: p.handle, Name: name, Passphrase: passphrase})
	if err != nil {
		return fmt.Errorf("sign up %s: %w", key, err)
	}
	if p.engine, err = client.Open(ctx, o, p.profile); err != nil {
		return fmt.Errorf("open the engine of %s: %w", key, err)
	}
	w.people[key] = p
	return p.engine.Sync(ctx)
}

// found makes the workspace, its channels and its members.
func (w *world) found(ctx context.Context) error {
	owner := w.people[cast[0].key]
	space, err := owner.engine.CreateWorkspace(ctx, "Projet Aurore")
	if err != nil {
		return fmt.Errorf("create the workspace: %w", err)
	}
	w.workspace = space.ID()
	url, _, err := space.Invite(ctx, client.InviteOptions{Uses: uint32(len(cast)), Expires: 7 * 24 * time.Hour})
	if err != nil {
		return fmt.Errorf("invite: %w", err)
	}
	for _, c := range cast[1:] {
		if c.role == schema.RoleGuest {
			continue
		}
		if _, err := w.people[c.key].engine.Join(ctx, url); err != nil {
			return fmt.Errorf("%s joins: %w", c.key, err)
		}
	}
	if err := w.sync(ctx, owner); err != nil {
		return err
	}
	for _, c := range cast[1:] {
		if c.role == schema.RoleAdmin {
			if err := space.SetRole(ctx, w.people[c.key].engine.User(), c.role); err != nil {
				return fmt.Errorf("role of %s: %w", c.key, err)
			}
		}
	}
	for _, c := range channels {
		o := client.ChannelOptions{Topic: c.topic, Private: c.members != nil}
		for _, key := range c.members {
			o.Members = append(o.Members, w.people[key].engine.User())
		}
		made, err := space.CreateChannel(ctx, c.name, o)
		if err != nil {
			return fmt.Errorf("create channel %s: %w", c.name, err)
		}
		if c.name == "juridique" {
			if err := w.admitGuests(ctx, space, made); err != nil {
				return err
			}
		}
	}
	return w.syncAll(ctx)
}

// admitGuests lets the guests into the one channel that is meant for them.
func (w *world) admitGuests(ctx context.Context, space *client.Workspace, into client.Channel) error {
	for _, c := range cast {
		if c.role != schema.RoleGuest {
			continue
		}
		url, _, err := space.Invite(ctx, client.InviteOptions{Role: schema.RoleGuest, Circles: []schema.CircleID{into.Circle}})
		if err != nil {
			return fmt.Errorf("invite %s: %w", c.key, err)
		}
		if _, err := w.people[c.key].engine.Join(ctx, url); err != nil {
			return fmt.Errorf("%s joins: %w", c.key, err)
		}
	}
	return nil
}

// verify lets two people compare their numbers, as they would by telephone.
func (w *world) verify(ctx context.Context, a, b string) error {
	space, err := w.people[a].engine.Workspace(w.workspace)
	if err != nil {
		return err
	}
	v, err := space.BeginVerification(w.people[b].engine.User())
	if err != nil {
		return fmt.Errorf("%s verifies %s: %w", a, b, err)
	}
	return w.people[a].engine.ConfirmVerification(ctx, v)
}

func (w *world) sync(ctx context.Context, p *person) error {
	if err := p.engine.Sync(ctx); err != nil {
		return fmt.Errorf("%s synchronises: %w", p.key, err)
	}
	return nil
}

func (w *world) syncAll(ctx context.Context) error {
	for _, c := range cast {
		if err := w.sync(ctx, w.people[c.key]); err != nil {
			return err
		}
	}
	return nil
}
