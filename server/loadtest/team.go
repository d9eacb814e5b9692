package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/chat"
	"github.com/cenacle-team/cenacle/workspace/index"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// team is a workspace of which this program holds all keys.
type team struct {
	transport client.Transport
	ws        schema.WorkspaceID
	everyone  schema.CircleID
	owner     *person
	members   []*person // the owner first
	state     *roster.State
	secret    seal.EpochSecret

	mu   sync.Mutex
	keys map[schema.StreamID]*seal.StreamKey
}

// assemble makes n accounts and a workspace of them.
func assemble(ctx context.Context, t client.Transport, n int) (*team, error) {
	people, err := crowd(ctx, t, n)
	if err != nil {
		return nil, err
	}
	tm := &team{
		transport: t, ws: schema.NewWorkspaceID(), everyone: schema.NewCircleID(), owner: people[0], members: people,
		secret: seal.NewEpochSecret(), keys: make(map[schema.StreamID]*seal.StreamKey),
	}
	tm.state = roster.New(tm.ws)
	genesis := schema.GenesisBody{Certificate: tm.owner.id.Certificate().Bytes(), Everyone: tm.everyone}
	first, err := tm.sign(schema.RosterGenesis, genesis)
	if err != nil {
		return nil, err
	}
	epoch := schema.EpochBody{Circle: tm.everyone, Epoch: 1, Commitment: tm.secret.Commitment(tm.ws, tm.everyone, 1)}
	for _, k := range tm.state.Recipients(tm.everyone) {
		packet, err := seal.SealKey(tm.secret, k)
		if err != nil {
			return nil, fmt.Errorf("seal the secret: %w", err)
		}
		epoch.Packets = append(epoch.Packets, packet)
	}
	second, err := tm.sign(schema.RosterEpoch, epoch)
	if err != nil {
		return nil, err
	}
	batch := schema.RosterBatch{Entries: []schema.SignedEntry{first, second}}
	if err := call(ctx, t, "POST", "/v1/workspaces", tm.owner.token, batch, nil); err != nil {
		return nil, err
	}
	return tm, tm.admit(ctx, people[1:])
}

// sign makes the next roster entry, by the owner.
func (tm *team) sign(kind schema.RosterKind, body any) (schema.SignedEntry, error) {
	head := tm.state.Head()
	b := schema.MustMarshal(schema.RosterEntry{
		Purpose: schema.PurposeRoster, Workspace: tm.ws, Seq: head.Seq + 1, Prev: head.Hash,
		Author: tm.owner.user, Device: tm.owner.device.ID(), At: time.Now().UnixMilli(), Kind: kind, Body: schema.MustMarshal(body),
	})
	signed := schema.SignedEntry{Entry: b, Signature: tm.owner.device.Sign(b)}
	if err := tm.state.Apply(signed); err != nil {
		return signed, fmt.Errorf("apply a roster entry: %w", err)
	}
	return signed, nil
}

// admit makes people members, in one step.
func (tm *team) admit(ctx context.Context, people []*person) error {
	if len(people) == 0 {
		return nil
	}
	var batch schema.RosterBatch
	for _, p := range people {
		certificate := p.id.Certificate()
		packet, err := seal.SealKey(tm.secret, certificate.Encryption())
		if err != nil {
			return fmt.Errorf("seal the secret: %w", err)
		}
		signed, err := tm.sign(schema.RosterAdmit, schema.AdmitBody{
			User: p.user, Certificate: certificate.Bytes(), Role: schema.RoleMember,
			Keys: []schema.CircleKey{{Circle: tm.everyone, Epoch: 1, Packet: packet}},
		})
		if err != nil {
			return err
		}
		batch.Entries = append(batch.Entries, signed)
	}
	return call(ctx, tm.transport, "POST", tm.path("/roster"), tm.owner.token, batch, nil)
}

func (tm *team) path(rest string) string { return "/v1/workspaces/" + tm.ws.String() + rest }

// key returns the key of a stream.
func (tm *team) key(s schema.StreamID) (*seal.StreamKey, error) {
	tm.mu.Lock()
	defer tm.mu.Unlock()
	if k := tm.keys[s]; k != nil {
		return k, nil
	}
	k, err := seal.NewStreamKey(tm.secret, tm.ws, tm.everyone, s, 1)
	if err == nil {
		tm.keys[s] = k
	}
	return k, err
}

// author seals a member's events, numbered as its device would. It is for one
// goroutine.
type author struct {
	tm    *team
	p     *person
	place map[schema.StreamID]*place
}

// place is how far an author has counted in a stream.
type place struct {
	counter uint64
	prev    schema.Hash
}

func (tm *team) author(p *person) *author {
	return &author{tm: tm, p: p, place: make(map[schema.StreamID]*place)}
}

// seal signs and seals an event, by an author who has seen nothing of the stream.
func (a *author) seal(s schema.StreamID, kind schema.EventKind, body any) (schema.AppendItem, error) {
	at := a.place[s]
	if at == nil {
		at = &place{}
		a.place[s] = at
	}
	key, err := a.tm.key(s)
	if err != nil {
		return schema.AppendItem{}, err
	}
	item := schema.AppendItem{Circle: a.tm.everyone, Stream: s, ID: schema.NewEventID(), Epoch: 1}
	at.counter++
	item.Ciphertext, at.prev, err = key.Seal(a.p.device, &schema.Payload{
		Header: schema.Header{
			Purpose: schema.PurposeEvent, Version: schema.Version, Workspace: a.tm.ws, Stream: s, Event: item.ID,
			Author: a.p.user, Device: a.p.device.ID(), Counter: at.counter, Prev: at.prev,
			SeenLink: schema.FirstLink(a.tm.ws, a.tm.everyone, s), Roster: a.tm.state.Head(),
			At: time.Now().UnixMilli(), Kind: kind,
		},
		Body: schema.MustMarshal(body),
	})
	if err != nil {
		return item, fmt.Errorf("seal an event: %w", err)
	}
	return item, nil
}

// message seals a chat message of 300 octets.
func (a *author) message(s schema.StreamID) (schema.AppendItem, error) {
	return a.seal(s, schema.KindMessage, chat.MessageBody{Text: messageText})
}

// post sends events and makes sure that each was acknowledged.
func (a *author) post(ctx context.Context, items ...schema.AppendItem) error {
	var out schema.AppendResponse
	if err := call(ctx, a.tm.transport, "POST", a.tm.path("/events"), a.p.token, schema.AppendRequest{Items: items}, &out); err != nil {
		return err
	}
	return accepted(out, len(items))
}

// accepted returns an error unless an answer acknowledges n events.
func accepted(out schema.AppendResponse, n int) error {
	if len(out.Results) != n {
		return fmt.Errorf("%d results for %d events", len(out.Results), n)
	}
	for _, r := range out.Results {
		if r.Error != nil {
			return fmt.Errorf("an event was refused: %s %s", r.Error.Code, r.Error.Detail)
		}
	}
	return nil
}

// createChannels makes channels in the workspace's index.
func (a *author) createChannels(ctx context.Context, n int) ([]schema.StreamID, error) {
	var channels []schema.StreamID
	for i := range n {
		id := schema.NewStreamID()
		item, err := a.seal(schema.IndexStream(a.tm.ws, a.tm.everyone), schema.KindStreamCreate, index.StreamCreateBody{
			Stream: id, Kind: schema.StreamChat, Name: fmt.Sprintf("channel-%d", i+1),
		})
		if err != nil {
			return nil, err
		}
		if err := a.post(ctx, item); err != nil {
			return nil, err
		}
		channels = append(channels, id)
	}
	return channels, nil
}
