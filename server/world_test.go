package server_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/limit"
	"github.com/cenacle-team/cenacle/workspace/roster"
)

// world is a running node with what a test needs to talk to it.
type world struct {
	t    testing.TB
	srv  *server.Server
	base string
	http *http.Client
	// public is the origin of a cluster; empty for a node's own.
	public string
}

// plenty is a limit that no test reaches by accident.
var plenty = limit.Rate{PerSecond: 1e6, Burst: 1e6}

// start runs a node on a free port until the test ends.
func start(t testing.TB, change func(*server.Options)) *world {
	t.Helper()
	o := server.Options{
		DataDir: t.TempDir(), Listen: "127.0.0.1:0", Registration: server.RegistrationOpen,
		Quotas: server.Quotas{Challenges: plenty, SignUps: plenty, SignIns: plenty, Lookups: plenty, Holds: plenty, Identities: plenty,
			MemberHolds: plenty, Rosters: plenty, Requests: plenty},
	}
	if change != nil {
		change(&o)
	}
	srv, err := server.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx) }()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 20 * time.Second}
	t.Cleanup(func() {
		stop()
		client.CloseIdleConnections()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	return &world{t: t, srv: srv, base: "http://" + srv.Addr().String(), http: client}
}

// origin is what the server takes itself to be.
func (w *world) origin() string {
	if w.public != "" {
		return w.public
	}
	return fmt.Sprintf("http://localhost:%s", w.base[len("http://127.0.0.1:"):])
}

// raw performs a request and returns the status and the body.
func (w *world) raw(method, path, token string, body []byte, header http.Header) (int, http.Header, []byte) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, w.base+path, bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/cbor")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for k, v := range header {
		req.Header[k] = v
	}
	resp, err := w.http.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, b
}

// do performs a request with wire types and returns the server's error.
func (w *world) do(method, path, token string, in, out any) error {
	w.t.Helper()
	var body []byte
	if in != nil {
		body = schema.MustMarshal(in)
	}
	status, _, b := w.raw(method, path, token, body, nil)
	if status >= 300 {
		var e schema.WireError
		if err := schema.Unmarshal(b, &e); err != nil {
			w.t.Fatalf("%s %s: status %d with a body that is no error: %q", method, path, status, b)
		}
		if e.Code.Status() != status {
			w.t.Fatalf("%s %s: %s with status %d", method, path, e.Code, status)
		}
		return &schema.Error{Code: e.Code, Detail: e.Detail, RetryAfter: time.Duration(e.RetryAfterMS) * time.Millisecond}
	}
	if out != nil {
		// What an earlier answer left would be taken for part of this one.
		reflect.ValueOf(out).Elem().SetZero()
		if err := schema.Unmarshal(b, out); err != nil {
			w.t.Fatalf("%s %s: %v", method, path, err)
		}
	}
	return nil
}

// must is do for what has to work.
func (w *world) must(method, path, token string, in, out any) {
	w.t.Helper()
	if err := w.do(method, path, token, in, out); err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
}

// refused is do for what has to fail with a code.
func (w *world) refused(code schema.Code, method, path, token string, in any) {
	w.t.Helper()
	if err := w.do(method, path, token, in, nil); schema.CodeOf(err) != code {
		w.t.Fatalf("%s %s: %v, want %s", method, path, err, code)
	}
}

// person is an account with one device and its session.
type person struct {
	w      *world
	handle string
	user   schema.UserID
	id     *identity.Identity
	dev    *identity.Device
	login  ed25519.PrivateKey
	token  string
}

// signUp makes an account and opens its device's session.
func (w *world) signUp(handle string) *person {
	w.t.Helper()
	p, req := w.newPerson(handle)
	w.must("POST", "/v1/accounts", "", req, nil)
	p.token = p.open()
	return p
}

// newPerson makes what a client makes before it signs up.
func (w *world) newPerson(handle string) (*person, schema.SignUpRequest) {
	w.t.Helper()
	p := &person{w: w, handle: handle, user: schema.NewUserID()}
	var err error
	if p.id, err = identity.New(p.user, time.Now()); err != nil {
		w.t.Fatal(err)
	}
	if p.dev, err = p.id.AddDevice(time.Now()); err != nil {
		w.t.Fatal(err)
	}
	// Tests do not derive the login key: what the server sees is the same.
	if _, p.login, err = ed25519.GenerateKey(rand.Reader); err != nil {
		w.t.Fatal(err)
	}
	return p, schema.SignUpRequest{
		User: p.user, Handle: handle, Certificate: p.id.Certificate().Bytes(), Credential: p.credential(1),
	}
}

func (p *person) credential(version uint32) schema.Credential {
	return schema.Credential{
		Kind: schema.CredentialPassphrase, Version: version, KDF: schema.DefaultKDF,
		LoginKey: p.login.Public().(ed25519.PublicKey), Locked: []byte("a locked identity"),
	}
}

// open opens a session of the device.
func (p *person) open() string {
	p.w.t.Helper()
	s, err := p.tryOpen(p.dev)
	if err != nil {
		p.w.t.Fatalf("open a session of the device: %v", err)
	}
	return s.Token
}

func (p *person) tryOpen(d *identity.Device) (s schema.Session, err error) {
	p.w.t.Helper()
	id := d.ID()
	var c schema.Challenge
	if err := p.w.do("POST", "/v1/challenges", "", schema.ChallengeRequest{User: &p.user, Device: &id}, &c); err != nil {
		return s, err
	}
	statement := schema.MustMarshal(schema.SignInStatement{
		Purpose: schema.PurposeDevice, Nonce: c.Nonce, User: p.user, Device: id, Origin: p.w.origin(),
	})
	err = p.w.do("POST", "/v1/sessions", "", schema.SessionRequest{Statement: statement, Signature: d.Sign(statement)}, &s)
	return s, err
}

// signIn opens a session of the login key.
func (p *person) signIn() (s schema.Session, err error) {
	p.w.t.Helper()
	c := p.challenge()
	return p.answer(c, p.login, p.statement(c))
}

func (p *person) challenge() (c schema.Challenge) {
	p.w.t.Helper()
	p.w.must("POST", "/v1/challenges", "", schema.ChallengeRequest{Handle: p.handle, Kind: schema.CredentialPassphrase}, &c)
	return c
}

func (p *person) statement(c schema.Challenge) schema.SignInStatement {
	return schema.SignInStatement{Purpose: schema.PurposeSignIn, Nonce: c.Nonce, User: c.User, Origin: p.w.origin()}
}

func (p *person) answer(c schema.Challenge, key ed25519.PrivateKey, st schema.SignInStatement) (s schema.Session, err error) {
	p.w.t.Helper()
	b := schema.MustMarshal(st)
	err = p.w.do("POST", "/v1/sessions", "", schema.SessionRequest{
		Statement: b, Signature: ed25519.Sign(key, b), Kind: schema.CredentialPassphrase,
	}, &s)
	return s, err
}

// team is a workspace as its members see it.
type team struct {
	w        *world
	ws       schema.WorkspaceID
	everyone schema.CircleID
	state    *roster.State
}

// found makes a workspace.
func (p *person) found() *team {
	p.w.t.Helper()
	tm, err := p.foundOne()
	if err != nil {
		p.w.t.Fatalf("found a workspace: %v", err)
	}
	return tm
}

// tryFound is found for what may fail.
func (p *person) tryFound() error {
	p.w.t.Helper()
	_, err := p.foundOne()
	return err
}

func (p *person) foundOne() (*team, error) {
	p.w.t.Helper()
	tm := &team{w: p.w, ws: schema.NewWorkspaceID(), everyone: schema.NewCircleID()}
	tm.state = roster.New(tm.ws)
	b := tm.begin()
	b.add(p, schema.RosterGenesis, schema.GenesisBody{Certificate: p.id.Certificate().Bytes(), Everyone: tm.everyone})
	b.epoch(p, tm.everyone)
	err := p.w.do("POST", "/v1/workspaces", p.token, b.batch, nil)
	tm.state = b.state
	return tm, err
}

// draft is a batch in the making.
type draft struct {
	tm    *team
	state *roster.State
	batch schema.RosterBatch
	cuts  map[schema.CircleID]schema.Hash
}

func (tm *team) begin() *draft {
	return &draft{tm: tm, state: tm.state.Clone(), cuts: make(map[schema.CircleID]schema.Hash)}
}

// sign adds an entry without judging it.
func (d *draft) sign(p *person, kind schema.RosterKind, body any, inviteKey *identity.Device) schema.SignedEntry {
	b := schema.MustMarshal(schema.RosterEntry{
		Purpose: schema.PurposeRoster, Workspace: d.tm.ws, Seq: d.state.Head().Seq + 1, Prev: d.state.Head().Hash,
		Author: p.user, Device: p.dev.ID(), At: time.Now().UnixMilli(), Kind: kind, Body: schema.MustMarshal(body),
	})
	e := schema.SignedEntry{Entry: b, Signature: p.dev.Sign(b)}
	if inviteKey != nil {
		e.InviteSignature = inviteKey.Sign(b)
	}
	d.batch.Entries = append(d.batch.Entries, e)
	return e
}

func (d *draft) add(p *person, kind schema.RosterKind, body any) {
	d.tm.w.t.Helper()
	if err := d.state.Apply(d.sign(p, kind, body, nil)); err != nil {
		d.tm.w.t.Fatalf("a good entry is refused: %v", err)
	}
}

// hold holds circles and notes their cuts.
func (d *draft) hold(p *person, circles ...schema.CircleID) {
	d.tm.w.t.Helper()
	var h schema.Hold
	d.tm.w.must("POST", d.tm.path("/holds"), p.token, schema.HoldRequest{Circles: circles}, &h)
	d.batch.Hold = h.Token
	for _, c := range h.Cuts {
		d.cuts[c.Circle] = c.Hash()
	}
}

func (d *draft) cut(c schema.CircleID) schema.CircleCut {
	return schema.CircleCut{Circle: c, Cut: d.cuts[c]}
}

// epoch adds the next epoch of a circle with fabricated key packets: nothing here
// opens them.
func (d *draft) epoch(p *person, c schema.CircleID) {
	d.tm.w.t.Helper()
	circle, _ := d.state.Circle(c)
	b := schema.EpochBody{Circle: c, Epoch: circle.Epoch + 1, Commitment: sha256.Sum256([]byte("a secret")), Cut: d.cuts[c]}
	if circle.Epoch > 0 {
		b.Previous = []byte("the previous secret, sealed")
	}
	for _, k := range d.state.Recipients(c) {
		b.Packets = append(b.Packets, keyPacket(k.Fingerprint))
	}
	d.add(p, schema.RosterEpoch, b)
}

// post sends the batch and, if it was accepted, moves the team on.
func (d *draft) post(p *person) error {
	err := d.tm.w.do("POST", d.tm.path("/roster"), p.token, d.batch, nil)
	if err == nil {
		d.tm.state = d.state
	}
	return err
}

func (d *draft) mustPost(p *person) {
	d.tm.w.t.Helper()
	if err := d.post(p); err != nil {
		d.tm.w.t.Fatalf("post a batch: %v", err)
	}
}

func (tm *team) path(rest string) string { return "/v1/workspaces/" + tm.ws.String() + rest }

// keyPacket fabricates a key packet of the right structure.
func keyPacket(to schema.Fingerprint) []byte {
	const body = cert.KeyPacketSize - 3
	b := append(make([]byte, 0, cert.KeyPacketSize), 0xC1, (body-192)>>8+192, (body-192)&0xFF, 6, 33, 6)
	b = append(append(b, to[:]...), 35)
	fill := sha256.Sum256(to[:])
	for len(b) < cert.KeyPacketSize {
		b = append(b, fill[:min(len(fill), cert.KeyPacketSize-len(b))]...)
	}
	b[cert.KeyPacketSize-41] = 40
	return b
}

func (tm *team) keys(to *cert.Certificate, circles ...schema.CircleID) (out []schema.CircleKey) {
	slices.SortFunc(circles, func(a, b schema.CircleID) int { return bytes.Compare(a[:], b[:]) })
	for _, c := range circles {
		circle, _ := tm.state.Circle(c)
		out = append(out, schema.CircleKey{Circle: c, Epoch: circle.Epoch, Packet: keyPacket(to.Encryption().Fingerprint)})
	}
	return out
}

// admit lets somebody in.
func (tm *team) admit(by, p *person, role schema.Role, circles ...schema.CircleID) {
	tm.w.t.Helper()
	d := tm.begin()
	d.add(by, schema.RosterAdmit, schema.AdmitBody{
		User: p.user, Certificate: p.id.Certificate().Bytes(), Role: role, Keys: tm.keys(p.id.Certificate(), circles...),
	})
	d.mustPost(by)
}

// circle makes a circle.
func (tm *team) circle(by *person, members ...*person) schema.CircleID {
	tm.w.t.Helper()
	id := schema.NewCircleID()
	var users []schema.UserID
	for _, m := range members {
		users = append(users, m.user)
	}
	slices.SortFunc(users, func(a, b schema.UserID) int { return bytes.Compare(a[:], b[:]) })
	d := tm.begin()
	d.add(by, schema.RosterCircle, schema.CircleBody{Circle: id, Members: users})
	d.epoch(by, id)
	d.mustPost(by)
	return id
}

// remove takes somebody out of the workspace.
func (tm *team) remove(by, p *person) {
	tm.w.t.Helper()
	circles := tm.state.CirclesOf(p.user)
	d := tm.begin()
	d.hold(by, circles...)
	var cuts []schema.CircleCut
	for _, c := range circles {
		cuts = append(cuts, d.cut(c))
	}
	d.add(by, schema.RosterRemove, schema.RemoveBody{User: p.user, Cuts: cuts})
	for _, c := range d.state.Pending() {
		d.epoch(by, c)
	}
	d.mustPost(by)
}

// offer is an invite with its secret half.
type offer struct {
	body  schema.InviteBody
	key   *identity.Device
	proof schema.InviteProof
}

// invite offers membership.
func (tm *team) invite(by *person, role schema.Role, uses uint32, expires int64, approval bool, circles ...schema.CircleID) *offer {
	tm.w.t.Helper()
	o := &offer{}
	o.body = schema.InviteBody{
		Invite: schema.NewInviteID(), Role: role, Expires: expires, Uses: uses, Approval: approval, Sealed: []byte("sealed"),
	}
	id, err := identity.New(schema.UserID(o.body.Invite), time.Now())
	if err != nil {
		tm.w.t.Fatal(err)
	}
	if o.key, err = id.AddDevice(time.Now()); err != nil {
		tm.w.t.Fatal(err)
	}
	o.body.Certificate = id.Certificate().Bytes()
	if !approval {
		o.body.Keys = tm.keys(id.Certificate(), circles...)
	}
	slices.SortFunc(circles, func(a, b schema.CircleID) int { return bytes.Compare(a[:], b[:]) })
	o.body.Circles = circles
	o.proof = schema.InviteProof{Workspace: tm.ws, Invite: o.body.Invite}
	_, _ = rand.Read(o.proof.Proof[:])
	o.body.ProofHash = sha256.Sum256(o.proof.Proof[:])
	d := tm.begin()
	d.add(by, schema.RosterInvite, o.body)
	d.mustPost(by)
	return o
}

// join makes the batch by which somebody joins.
func (tm *team) join(p *person, o *offer) *draft {
	tm.w.t.Helper()
	body := schema.JoinBody{Invite: o.body.Invite, Certificate: p.id.Certificate().Bytes()}
	if !o.body.Approval {
		body.Keys = tm.keys(p.id.Certificate(), slices.Clone(o.body.Circles)...)
	}
	d := tm.begin()
	if err := d.state.Apply(d.sign(p, schema.RosterJoin, body, o.key)); err != nil {
		// What the rules refuse may still be sent.
		d.state = nil
	}
	return d
}

// item is an event with random octets.
func (tm *team) item(c schema.CircleID, s schema.StreamID) schema.AppendItem {
	circle, _ := tm.state.Circle(c)
	b := make([]byte, 300)
	_, _ = rand.Read(b)
	return schema.AppendItem{Circle: c, Stream: s, ID: schema.NewEventID(), Epoch: circle.Epoch, Ciphertext: b}
}

// append appends events and wants each accepted.
func (tm *team) append(p *person, items ...schema.AppendItem) []schema.AppendResult {
	tm.w.t.Helper()
	var out schema.AppendResponse
	tm.w.must("POST", tm.path("/events"), p.token, schema.AppendRequest{Items: items}, &out)
	for _, r := range out.Results {
		if r.Error != nil {
			tm.w.t.Fatalf("append: %s %s", r.Error.Code, r.Error.Detail)
		}
	}
	return out.Results
}
