package roster

import (
	"bytes"
	"crypto/sha256"
	"slices"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/schema"
)

// build turns a step into a signed entry. Tweaks of the frame: seq=N, prev=wrong,
// workspace=other, purpose=event, at=MS, kind=N, author=USER (claimed), device=D,
// device-of=USER (claimed), sign-as=USER (whose key signs), signature=none|other|
// flipped, invite-sign-as=NAME|none, encoding=trailing|unknown|deep|order,
// body=trailing|garbage.
func (w *world) build(st step) schema.SignedEntry {
	w.t.Helper()
	a := w.actor(st.by)
	kind, body := w.body(st, a)
	d := a.device(w.t, st.opts["device"])
	e := w.next(a, d, kind, body)
	e.Seq = st.number("seq", e.Seq)
	e.At = int64(st.number("at", uint64(e.At)))
	e.Kind = schema.RosterKind(st.number("kind", uint64(e.Kind)))
	if st.is("prev", "wrong") {
		e.Prev[0] ^= 1
	}
	if st.is("workspace", "other") {
		e.Workspace[15] ^= 1
	}
	if st.is("purpose", "event") {
		e.Purpose = schema.PurposeEvent
	}
	if st.has("author") {
		e.Author = w.actor(st.opts["author"]).user
	}
	if st.has("device-of") {
		e.Device = w.actor(st.opts["device-of"]).device(w.t, "").ID()
	}
	switch st.opts["body"] {
	case "trailing":
		e.Body = append(e.Body, 0)
	case "garbage":
		e.Body = []byte("garbage")
	}
	signer := d
	if st.has("sign-as") {
		signer = w.actor(st.opts["sign-as"]).device(w.t, "")
	}
	signed := schema.SignedEntry{Entry: encode(e, st.opts["encoding"])}
	signed.Signature = signer.Sign(signed.Entry)
	switch st.opts["signature"] {
	case "none":
		signed.Signature = nil
	case "other":
		signed.Signature = signer.Sign(append([]byte("x"), signed.Entry...))
	case "flipped":
		signed.Signature[len(signed.Signature)-1] ^= 1
	case "huge":
		signed.Signature = make([]byte, schema.MaxSignature+1)
	}
	by, given := st.opts["invite-sign-as"]
	if !given && kind == schema.RosterJoin {
		by = st.args[0]
	}
	if by != "" && by != "none" {
		signed.InviteSignature = w.actor(by).device(w.t, "").Sign(signed.Entry)
	}
	return signed
}

func encode(e schema.RosterEntry, how string) []byte {
	b := schema.MustMarshal(e)
	switch how {
	case "trailing":
		return append(b, 0)
	case "unknown": // a tenth field
		b[0]++
		return append(b, 10, 0)
	case "deep":
		return append(bytes.Repeat([]byte{0x81}, 2*schema.MaxDepth), 0)
	case "order": // the first two fields swapped
		first := schema.MustMarshal(e.Purpose)
		second := schema.MustMarshal(e.Workspace)
		out := append([]byte{b[0], 2}, second...)
		out = append(append(out, 1), first...)
		return append(out, b[len(out):]...)
	}
	return b
}

// body makes the body that the rules ask for, apart from its tweaks.
func (w *world) body(st step, a *actor) (schema.RosterKind, any) {
	w.t.Helper()
	switch st.verb {
	case "genesis":
		return schema.RosterGenesis, schema.GenesisBody{
			Certificate: w.certificateOf(st, a), Everyone: idOrZero(st, "everyone"), Personal: st.has("personal"),
		}
	case "admit":
		u := w.actor(st.args[0])
		return schema.RosterAdmit, schema.AdmitBody{
			User: u.user, Certificate: w.certificateOf(st, u), Role: role(st.opts["role"]),
			Keys: w.keys(st, circles(st.list("circles")), u.id.Certificate()),
		}
	case "join":
		return schema.RosterJoin, w.joinBody(st, a)
	case "remove":
		u := w.actor(st.args[0]).user
		return schema.RosterRemove, schema.RemoveBody{User: u, Cuts: w.cuts(st, w.state.CirclesOf(u))}
	case "leave":
		return schema.RosterLeave, schema.LeaveBody{Cuts: w.cuts(st, w.state.CirclesOf(a.user))}
	case "role":
		return schema.RosterRole, w.roleBody(st)
	case "invite":
		return schema.RosterInvite, w.inviteBody(st)
	case "cancel":
		return schema.RosterCancel, w.cancelBody(st)
	case "circle":
		return schema.RosterCircle, w.circleBody(st)
	case "circle-admit":
		return schema.RosterCircleAdmit, w.circleAdmitBody(st)
	case "circle-remove":
		b := schema.CircleRemoveBody{User: w.actor(st.args[1]).user}
		b.Cut.Circle = circleID(st.args[0])
		if cuts := w.cuts(st, []schema.CircleID{b.Cut.Circle}); len(cuts) == 1 {
			b.Cut = cuts[0]
		}
		return schema.RosterCircleRemove, b
	case "certificate":
		return schema.RosterCertificate, w.certificateBody(st, a)
	default:
		return schema.RosterEpoch, w.epochBody(st)
	}
}

// idOrZero is the circle everyone, unless the option says "zero".
func idOrZero(st step, name string) schema.CircleID {
	if st.is(name, "zero") {
		return schema.CircleID{}
	}
	return circleID("everyone")
}

func role(name string) schema.Role {
	r, err := schema.ParseRole(name)
	if err != nil {
		return 9
	}
	return r
}

// certificateOf is a's certificate. Tweaks: certificate=USER (somebody else's),
// certificate=old (a's first), certificate=garbage|huge.
func (w *world) certificateOf(st step, a *actor) []byte {
	w.t.Helper()
	switch v := st.opts["certificate"]; v {
	case "":
		return a.id.Certificate().Bytes()
	case "old":
		return a.first.Bytes()
	case "garbage":
		return []byte("garbage")
	case "huge":
		return make([]byte, schema.MaxCertificate+1)
	default:
		return w.actor(v).id.Certificate().Bytes()
	}
}

// renew changes a's certificate: add=D, revoke=D, encryption, or replace, which
// makes another primary key for the same user.
func (w *world) renew(a *actor, st step) {
	w.t.Helper()
	if st.has("replace") {
		*a = *w.makeActor(a.user)
	}
	if d := st.opts["add"]; d != "" {
		w.addDevice(a, d)
	}
	if d := st.opts["revoke"]; d != "" {
		if err := a.id.RevokeDevice(a.device(w.t, d).ID(), w.tick()); err != nil {
			w.t.Fatal(err)
		}
	}
	if st.has("encryption") {
		if err := a.id.ReplaceEncryption(w.tick()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// cuts are those of the circles. Tweaks: cut=wrong|zero|none|extra|other|order.
func (w *world) cuts(st step, ids []schema.CircleID) []schema.CircleCut {
	var out []schema.CircleCut
	for _, c := range ids {
		cut := schema.CircleCut{Circle: c, Cut: w.cutOf(c)}
		switch st.opts["cut"] {
		case "wrong":
			cut.Cut[0] ^= 1
		case "zero":
			cut.Cut = schema.Hash{}
		case "other":
			cut.Circle[15] ^= 1
		}
		out = append(out, cut)
	}
	switch st.opts["cut"] {
	case "none":
		return nil
	case "extra":
		c := circleID("zz-extra")
		return append(out, schema.CircleCut{Circle: c, Cut: w.cutOf(c)})
	case "order":
		slices.Reverse(out)
	}
	return out
}

// keys hands the circles' current epochs to a certificate. Tweaks: key-epoch=N,
// key-to=NAME, key=broken|huge|none|twice|order, key-circle=C (one more).
func (w *world) keys(st step, ids []schema.CircleID, to *cert.Certificate) []schema.CircleKey {
	w.t.Helper()
	if c, ok := st.opts["key-circle"]; ok {
		ids = append(slices.Clone(ids), circleID(c))
		slices.SortFunc(ids, compareID)
	}
	if n, ok := st.opts["key-to"]; ok {
		to = w.actor(n).id.Certificate()
	}
	var out []schema.CircleKey
	for _, c := range ids {
		n := uint64(1)
		if k, ok := w.state.circles[c]; ok {
			n = k.epoch()
		}
		k := schema.CircleKey{Circle: c, Epoch: st.number("key-epoch", n), Packet: pkesk(to.Encryption().Fingerprint)}
		switch st.opts["key"] {
		case "broken":
			k.Packet = k.Packet[:len(k.Packet)-1]
		case "huge":
			k.Packet = make([]byte, schema.MaxKeyPacket+1)
		case "none":
			continue
		case "twice":
			out = append(out, k)
		}
		out = append(out, k)
	}
	if st.is("key", "order") {
		slices.Reverse(out)
	}
	return out
}

func (w *world) joinBody(st step, a *actor) schema.JoinBody {
	w.t.Helper()
	b := schema.JoinBody{Invite: schema.InviteID(name16(st.args[0])), Certificate: w.certificateOf(st, a)}
	var ids []schema.CircleID
	if i, ok := w.state.invites[b.Invite]; ok && !i.body.Approval {
		ids = i.body.Circles
	}
	if st.has("circles") {
		ids = circles(st.list("circles"))
	}
	b.Keys = w.keys(st, ids, a.id.Certificate())
	return b
}

func (w *world) roleBody(st step) schema.RoleBody {
	w.t.Helper()
	u := w.actor(st.args[0])
	b := schema.RoleBody{User: u.user, Role: role(st.args[1])}
	m, _ := w.state.Member(u.user)
	everyone := []schema.CircleID{w.state.everyone}
	if m.Role == schema.RoleGuest && b.Role != schema.RoleGuest || st.has("key-circle") {
		if m.Role != schema.RoleGuest {
			everyone = nil
		}
		b.Keys = w.keys(st, everyone, u.id.Certificate())
	} else if b.Role == schema.RoleGuest && m.Role != schema.RoleGuest || st.is("cut", "extra") {
		if b.Role != schema.RoleGuest {
			everyone = nil
		}
		b.Cuts = w.cuts(st, everyone)
	}
	return b
}

// inviteBody has the tweaks sealed=none|huge, devices=2, id=USER, unordered.
func (w *world) inviteBody(st step) schema.InviteBody {
	w.t.Helper()
	if st.is("devices", "2") {
		w.addDevice(w.actor(st.args[0]), "d2")
	}
	if st.is("devices", "0") {
		a := w.actor(st.args[0])
		w.renew(a, step{opts: map[string]string{"revoke": "d1"}})
	}
	if st.has("encryption") {
		w.renew(w.actor(st.args[0]), step{opts: map[string]string{"encryption": ""}})
	}
	i := w.actor(st.args[0])
	b := schema.InviteBody{
		Invite: schema.InviteID(i.user), Certificate: w.certificateOf(st, i), Role: role(st.opts["role"]),
		Circles: circles(st.list("circles")), Expires: int64(st.number("expires", 0)),
		Uses: uint32(st.number("uses", 1)), ProofHash: sha256.Sum256(i.user[:]),
		Sealed: []byte("sealed under the URL's secret"), Approval: st.has("approval"),
	}
	if st.has("past") {
		b.Expires = -1
	}
	if st.is("id", "zero") {
		b.Invite = schema.InviteID{}
	}
	switch st.opts["sealed"] {
	case "none":
		b.Sealed = nil
	case "huge":
		b.Sealed = make([]byte, schema.MaxSealedInvite+1)
	}
	if !b.Approval || st.has("with-keys") {
		b.Keys = w.keys(st, b.Circles, i.id.Certificate())
	}
	if st.has("unordered") {
		slices.Reverse(b.Circles)
	}
	return b
}

func (w *world) cancelBody(st step) schema.CancelBody {
	b := schema.CancelBody{Invite: schema.InviteID(name16(st.args[0]))}
	if i, ok := w.state.invites[b.Invite]; ok && !i.body.Approval {
		b.Cuts = w.cuts(st, i.body.Circles)
	} else {
		b.Cuts = w.cuts(st, nil)
	}
	return b
}

// circleBody has the tweaks unordered and id=zero.
func (w *world) circleBody(st step) schema.CircleBody {
	w.t.Helper()
	b := schema.CircleBody{Circle: circleID(st.args[0])}
	if st.is("id", "zero") {
		b.Circle = schema.CircleID{}
	}
	for _, n := range st.list("members") {
		b.Members = append(b.Members, w.actor(n).user)
	}
	slices.SortFunc(b.Members, compareID)
	if st.has("unordered") {
		slices.Reverse(b.Members)
	}
	return b
}

func (w *world) circleAdmitBody(st step) schema.CircleAdmitBody {
	w.t.Helper()
	u := w.actor(st.args[1])
	b := schema.CircleAdmitBody{User: u.user}
	if k := w.keys(st, []schema.CircleID{circleID(st.args[0])}, u.id.Certificate()); len(k) > 0 {
		b.Key = k[0]
	}
	return b
}

func (w *world) certificateBody(st step, a *actor) schema.CertificateBody {
	w.t.Helper()
	known, ok := w.state.Certificate(a.user)
	w.renew(a, st)
	b := schema.CertificateBody{Certificate: w.certificateOf(st, a)}
	var ids []schema.CircleID
	if ok && Rekeys(known, a.id.Certificate()) {
		ids = w.state.CirclesOf(a.user)
	}
	b.Cuts = w.cuts(st, ids)
	return b
}

// epochBody has the tweaks epoch=N, commitment=zero, previous=none|huge|given,
// cut=wrong|zero|given, omit-packet=NAME, extra-packet=NAME, packet=broken|order|
// twice, and instead-of=NAME (whose packet extra-packet replaces).
func (w *world) epochBody(st step) schema.EpochBody {
	w.t.Helper()
	id := circleID(st.args[0])
	b := schema.EpochBody{Circle: id, Epoch: 1, Commitment: sha256.Sum256(append([]byte("secret"), id[:]...))}
	if c, ok := w.state.circles[id]; ok {
		b.Epoch = c.epoch() + 1
	}
	if b.Epoch > 1 || st.is("previous", "given") {
		b.Previous = []byte("the previous secret, sealed")
	}
	if b.Epoch > 1 || st.is("cut", "given") {
		b.Cut = w.cutOf(id)
	}
	b.Epoch = st.number("epoch", b.Epoch)
	switch st.opts["cut"] {
	case "wrong":
		b.Cut[0] ^= 1
	case "zero":
		b.Cut = schema.Hash{}
	}
	switch st.opts["previous"] {
	case "none":
		b.Previous = nil
	case "huge":
		b.Previous = make([]byte, maxPrevious+1)
	}
	if st.is("commitment", "zero") {
		b.Commitment = schema.Hash{}
	}
	b.Packets = w.packets(st, id)
	return b
}

func (w *world) packets(st step, id schema.CircleID) [][]byte {
	w.t.Helper()
	var to []schema.Fingerprint
	for _, k := range w.state.Recipients(id) {
		to = append(to, k.Fingerprint)
	}
	key := func(name string) schema.Fingerprint {
		return w.actor(name).id.Certificate().Encryption().Fingerprint
	}
	for _, opt := range []string{"omit-packet", "instead-of"} {
		if n, ok := st.opts[opt]; ok {
			out := key(n)
			to = slices.DeleteFunc(to, func(f schema.Fingerprint) bool { return f == out })
		}
	}
	if n, ok := st.opts["extra-packet"]; ok {
		to = append(to, key(n))
	}
	slices.SortFunc(to, func(a, b schema.Fingerprint) int { return bytes.Compare(a[:], b[:]) })
	var out [][]byte
	for _, f := range to {
		out = append(out, pkesk(f))
	}
	switch st.opts["packet"] {
	case "broken":
		out[0][3] = 3 // a version 3 PKESK
	case "order":
		slices.Reverse(out)
	case "twice":
		out[1] = out[0]
	}
	return out
}
