package hostile

import (
	"context"
	"fmt"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/crypto/seal"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// Insider is a member with real keys and a client of its own making. What it
// learned stays known to it when it is removed.
type Insider struct {
	User   schema.UserID
	Device *identity.Device
	Keys   *identity.Keys

	transport client.Transport
	token     string
}

// NewInsider opens a session with the device of a real profile.
func NewInsider(ctx context.Context, t client.Transport, p client.Profile) (*Insider, error) {
	device, err := identity.ParseDevice(p.Device)
	if err != nil {
		return nil, err
	}
	keys, err := identity.ParseKeys(p.Keys)
	if err != nil {
		return nil, err
	}
	i := &Insider{User: p.User, Device: device, Keys: keys, transport: t}
	id := device.ID()
	var c schema.Challenge
	if err := i.do(ctx, "POST", "/v1/challenges", schema.ChallengeRequest{User: &p.User, Device: &id}, &c); err != nil {
		return nil, err
	}
	statement := schema.MustMarshal(schema.SignInStatement{
		Purpose: schema.PurposeDevice, Nonce: c.Nonce, User: p.User, Device: id, Origin: p.Origin,
	})
	var s schema.Session
	err = i.do(ctx, "POST", "/v1/sessions", schema.SessionRequest{Statement: statement, Signature: device.Sign(statement)}, &s)
	i.token = s.Token
	return i, err
}

func (i *Insider) do(ctx context.Context, method, path string, in, out any) error {
	q := client.Request{Method: method, Path: path, Token: i.token, MaxResponse: 32 << 20}
	if in != nil {
		q.Body = schema.MustMarshal(in)
	}
	b, err := i.transport.Do(ctx, q)
	if err != nil || out == nil {
		return err
	}
	return schema.Unmarshal(b, out)
}

// Roster reads and replays a workspace's roster.
func (i *Insider) Roster(ctx context.Context, w schema.WorkspaceID) (*roster.State, []schema.SignedEntry, error) {
	rs := roster.New(w)
	var all []schema.SignedEntry
	for {
		var page schema.RosterPage
		if err := i.do(ctx, "GET", fmt.Sprintf("/v1/workspaces/%s/roster?after=%d", w, rs.Head().Seq), nil, &page); err != nil {
			return nil, nil, err
		}
		for _, e := range page.Entries {
			if err := rs.Apply(e); err != nil {
				return nil, nil, err
			}
		}
		all = append(all, page.Entries...)
		if rs.Head().Seq >= page.Head.Seq {
			return rs, all, nil
		}
	}
}

// Log reads a stream.
func (i *Insider) Log(ctx context.Context, w schema.WorkspaceID, c schema.CircleID, s schema.StreamID) (*Log, error) {
	l := NewLog(w, c, s)
	for {
		var page schema.EventPage
		after := l.Head().Seq
		if err := i.do(ctx, "GET", fmt.Sprintf("/v1/workspaces/%s/streams/%s/events?after=%d", w, s, after), nil, &page); err != nil {
			return nil, err
		}
		l.Add(page.Events...)
		if l.Head().Seq >= page.Head.Seq {
			return l, nil
		}
	}
}

// Secret opens the secret of an epoch with a key packet of the roster.
func (i *Insider) Secret(rs *roster.State, c schema.CircleID, epoch uint64) (seal.EpochSecret, error) {
	certificate, ok := rs.Certificate(i.User)
	if !ok {
		return seal.EpochSecret{}, schema.Errorf(schema.CodeNotFound, "user %s", i.User)
	}
	for _, k := range certificate.EncryptionKeys() {
		if packet, ok := rs.KeyFor(c, epoch, k.Fingerprint); ok {
			return seal.OpenKey(packet, i.Keys)
		}
	}
	return seal.EpochSecret{}, schema.Errorf(schema.CodeUnreadable, "no key packet for epoch %d", epoch)
}

// Header is an honest header of this insider for a place, to be changed.
func (i *Insider) Header(p Place, rs *roster.State, seen schema.StreamHead, counter uint64, kind schema.EventKind) schema.Header {
	return schema.Header{
		Purpose: schema.PurposeEvent, Version: schema.Version, Workspace: p.Workspace, Stream: p.Stream, Event: schema.NewEventID(),
		Author: i.User, Device: i.Device.ID(), Counter: counter, SeenSeq: seen.Seq, SeenLink: seen.Link,
		Roster: rs.Head(), At: 1_700_000_000_000, Kind: kind,
	}
}

// Seal signs a payload as this insider's device and seals it for a place, with
// whatever the header says. The item's outside agrees with the place.
func (i *Insider) Seal(p Place, secret seal.EpochSecret, payload schema.Payload) schema.AppendItem {
	encoded := schema.MustMarshal(payload)
	return schema.AppendItem{
		Circle: p.Circle, Stream: p.Stream, ID: payload.Header.Event, Epoch: p.Epoch,
		Ciphertext: SealPacket(p.StreamKey(secret), Message(encoded, i.Device.Sign(encoded), i.Device.ID())),
	}
}

// Append posts items to the honest server.
func (i *Insider) Append(ctx context.Context, w schema.WorkspaceID, items ...schema.AppendItem) ([]schema.AppendResult, error) {
	var out schema.AppendResponse
	err := i.do(ctx, "POST", fmt.Sprintf("/v1/workspaces/%s/events", w), schema.AppendRequest{Items: items}, &out)
	if err == nil {
		for _, r := range out.Results {
			if r.Error != nil {
				return out.Results, &schema.Error{Code: r.Error.Code, Detail: r.Error.Detail}
			}
		}
	}
	return out.Results, err
}

// Entry signs a roster entry that follows a roster, whether the rules allow it
// or not. An edit may change anything before it is signed.
func (i *Insider) Entry(rs *roster.State, kind schema.RosterKind, body any, edits ...func(*schema.RosterEntry)) schema.SignedEntry {
	e := schema.RosterEntry{
		Purpose: schema.PurposeRoster, Workspace: rs.Workspace(), Seq: rs.Head().Seq + 1, Prev: rs.Head().Hash,
		Author: i.User, Device: i.Device.ID(), At: 1_700_000_000_000, Kind: kind, Body: schema.MustMarshal(body),
	}
	for _, edit := range edits {
		edit(&e)
	}
	encoded := schema.MustMarshal(e)
	return schema.SignedEntry{Entry: encoded, Signature: i.Device.Sign(encoded)}
}

// PostRoster posts entries to the honest server.
func (i *Insider) PostRoster(ctx context.Context, w schema.WorkspaceID, entries ...schema.SignedEntry) error {
	return i.do(ctx, "POST", fmt.Sprintf("/v1/workspaces/%s/roster", w), schema.RosterBatch{Entries: entries}, nil)
}

// Chain makes a consistent page of entries that follow a roster, with the head
// that they lead to.
func Chain(rs *roster.State, entries ...schema.SignedEntry) schema.RosterPage {
	page := schema.RosterPage{Entries: entries, Head: rs.Head()}
	for _, e := range entries {
		page.Head = schema.RosterHead{Seq: page.Head.Seq + 1, Hash: e.Hash()}
	}
	return page
}
