package roster

import (
	"slices"
	"sync"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// team is the workspace of testdata/given/team.txt.
func team(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	for _, l := range scenario(t, "testdata/given/team.txt") {
		w.do(l)
	}
	return w
}

func TestRoleAtFollowsPositions(t *testing.T) {
	w := team(t)
	carol := w.actor("carol").user
	joined := w.state.people[carol].since
	w.do("role carol admin by alice")
	promoted := w.state.head()
	w.do("remove carol by alice")
	removed := w.state.head()
	w.do("epoch everyone by alice", "admit carol role=member circles=everyone by bob")
	back := w.state.head()
	for _, c := range []struct {
		seq  uint64
		role schema.Role
	}{
		{0, 0}, {joined - 1, 0}, {joined, schema.RoleMember}, {promoted - 1, schema.RoleMember}, {promoted, schema.RoleAdmin},
		{removed - 1, schema.RoleAdmin}, {removed, 0}, {back - 1, 0}, {back, schema.RoleMember}, {back + 1, 0},
	} {
		if r, ok := w.state.RoleAt(carol, c.seq); r != c.role || ok != (c.role != 0) {
			t.Errorf("role at %d: %s %t, want %s", c.seq, r, ok, c.role)
		}
		if in := w.state.InCircleAt(w.state.everyone, carol, c.seq); in != (c.role != 0) {
			t.Errorf("in everyone at %d: %t", c.seq, in)
		}
	}
	if _, ok := w.state.RoleAt(w.actor("mallory").user, back); ok {
		t.Error("a stranger has a role")
	}
	if w.state.InCircleAt(w.state.everyone, w.actor("mallory").user, back) {
		t.Error("a stranger is in a circle")
	}
}

func TestPendingMembersHaveNoRoleYet(t *testing.T) {
	w := team(t)
	w.do("invite i1 role=member circles=everyone approval by alice", "join i1 by erin")
	erin, joined := w.actor("erin"), w.state.head()
	m, ok := w.state.Member(erin.user)
	if !ok || !m.Pending || m.Role != schema.RoleMember || m.Since != joined {
		t.Errorf("got %+v", m)
	}
	if _, ok := w.state.RoleAt(erin.user, joined); ok {
		t.Error("a pending member has a role")
	}
	if w.state.DeviceValidAt(erin.user, erin.device(t, "").ID(), joined) {
		t.Error("a pending member's device counts")
	}
	w.do("admit erin role=member circles=everyone by bob")
	if m, _ := w.state.Member(erin.user); m.Pending || m.Since != w.state.head() {
		t.Errorf("got %+v", m)
	}
}

func TestDeviceValidAtFollowsPositions(t *testing.T) {
	w := team(t)
	carol := w.actor("carol")
	w.do("certificate add=phone by carol")
	known := w.state.head()
	w.do("certificate revoke=phone by carol")
	revoked := w.state.head()
	w.do("epoch everyone by carol")
	phone := carol.device(t, "phone").ID()
	for seq, want := range map[uint64]bool{known - 1: false, known: true, revoked - 1: true, revoked: false, revoked + 1: false, revoked + 2: false} {
		if got := w.state.DeviceValidAt(carol.user, phone, seq); got != want {
			t.Errorf("phone at %d: %t, want %t", seq, got, want)
		}
	}
	if d, ok := w.state.Device(carol.user, phone); !ok || !d.Revoked {
		t.Error("the revoked device is not known as revoked")
	}
	if _, ok := w.state.Device(w.actor("bob").user, phone); ok {
		t.Error("the device is known as somebody else's")
	}
	if _, ok := w.state.Device(w.actor("mallory").user, phone); ok {
		t.Error("the device is known as a stranger's")
	}
	d1 := carol.device(t, "d1").ID()
	w.do("leave by carol")
	if w.state.DeviceValidAt(carol.user, d1, w.state.head()) || !w.state.DeviceValidAt(carol.user, d1, w.state.head()-1) {
		t.Error("a device counts exactly while its user is a member")
	}
}

func TestHashesAndHead(t *testing.T) {
	w := newWorld(t)
	if w.state.Complete() || w.state.Head() != (schema.RosterHead{}) || !w.state.Genesis().IsZero() {
		t.Error("an empty roster has a head")
	}
	w.do("genesis by alice", "epoch everyone by alice")
	for i, e := range w.entries {
		if h, ok := w.state.HashAt(uint64(i + 1)); !ok || h != e.Hash() {
			t.Errorf("hash %d is wrong", i+1)
		}
	}
	if w.state.Genesis() != w.entries[0].Hash() || w.state.Head() != (schema.RosterHead{Seq: 2, Hash: w.entries[1].Hash()}) {
		t.Error("genesis or head is wrong")
	}
	for _, seq := range []uint64{0, 3} {
		if _, ok := w.state.HashAt(seq); ok {
			t.Errorf("there is a hash %d", seq)
		}
	}
}

func TestListsAscend(t *testing.T) {
	w := team(t)
	w.do("invite i2 role=guest circles=c1 by alice", "invite i1 role=guest circles=c1 by alice")
	var users []schema.UserID
	for _, m := range w.state.Members() {
		users = append(users, m.User)
	}
	var invites []schema.InviteID
	for _, i := range w.state.OpenInvites() {
		invites = append(invites, i.ID)
	}
	if got := names(users); got != "alice,bob,carol,dave" {
		t.Errorf("members %s", got)
	}
	if got := names(invites); got != "i1,i2" {
		t.Errorf("invites %s", got)
	}
	if got := names(w.state.Circles()); got != "c1,everyone" {
		t.Errorf("circles %s", got)
	}
	if got := names(w.state.CirclesOf(w.actor("bob").user)); got != "c1,everyone" {
		t.Errorf("circles of bob %s", got)
	}
	last := schema.Fingerprint{}
	for _, k := range w.state.Recipients(circleID("c1")) {
		if slices.Compare(last[:], k.Fingerprint[:]) >= 0 {
			t.Error("recipients do not ascend")
		}
		last = k.Fingerprint
	}
}

func TestUnknownThings(t *testing.T) {
	w := team(t)
	nobody, nowhere := w.actor("mallory").user, circleID("c9")
	if _, ok := w.state.Member(nobody); ok || w.state.EverMember(nobody) {
		t.Error("a stranger is a member")
	}
	if _, ok := w.state.Certificate(nobody); ok {
		t.Error("a stranger has a certificate")
	}
	if _, ok := w.state.Circle(nowhere); ok || w.state.InCircle(nowhere, nobody) || w.state.MayManage(nowhere, nobody) {
		t.Error("an unknown circle exists")
	}
	if len(w.state.Recipients(nowhere)) != 0 || len(w.state.CirclesOf(nobody)) != 0 {
		t.Error("an unknown circle has recipients")
	}
	if _, ok := w.state.Invite(schema.InviteID(nobody)); ok {
		t.Error("an unknown invite exists")
	}
	for _, n := range []uint64{0, 2} {
		if _, ok := w.state.KeyFor(circleID("c1"), n, schema.Fingerprint{}); ok {
			t.Error("an unknown epoch has a key")
		}
	}
	w.do("leave by carol")
	if c, ok := w.state.Certificate(w.actor("carol").user); !ok || c.User() != w.actor("carol").user || !w.state.EverMember(c.User()) {
		t.Error("a former member is forgotten")
	}
}

func TestEpochs(t *testing.T) {
	w := team(t)
	w.do("leave by carol")
	if n, stale, ok := w.state.CircleEpoch(w.state.everyone); n != 1 || !stale || !ok {
		t.Errorf("everyone: epoch %d, stale %t, %t", n, stale, ok)
	}
	cut := w.cutOf(w.state.everyone)
	w.do("epoch everyone by bob", "epoch c1 previous=none by bob")
	if n, stale, ok := w.state.CircleEpoch(w.state.everyone); n != 2 || stale || !ok {
		t.Errorf("everyone: epoch %d, stale %t, %t", n, stale, ok)
	}
	e, ok := w.state.Epoch(w.state.everyone, 2)
	if !ok || e.Epoch != 2 || e.Seq != w.state.Head().Seq-1 || e.Author != w.actor("bob").user || e.Cut != cut || !e.HasPrevious || len(e.Previous) == 0 {
		t.Errorf("got %+v", e)
	}
	if e, ok := w.state.Epoch(circleID("c1"), 2); !ok || e.HasPrevious || len(e.Previous) != 0 {
		t.Errorf("got %+v", e)
	}
	for _, n := range []uint64{0, 3} {
		if _, ok := w.state.Epoch(w.state.everyone, n); ok {
			t.Errorf("there is an epoch %d", n)
		}
	}
	if _, _, ok := w.state.CircleEpoch(circleID("c9")); ok {
		t.Error("an unknown circle has an epoch")
	}
	if _, ok := w.state.Epoch(circleID("c9"), 1); ok {
		t.Error("an unknown circle has an epoch")
	}
}

func TestTakeChanges(t *testing.T) {
	w := team(t)
	w.do("invite i1 role=member circles=everyone uses=3 by bob")
	w.do("remove bob by alice")
	c := w.state.TakeChanges()
	if names(c.Users) != "bob" || names(c.Circles) != "c1,everyone" || names(c.Invites) != "i1" {
		t.Errorf("a removal touched %s; %s; %s", names(c.Users), names(c.Circles), names(c.Invites))
	}
	if c := w.state.TakeChanges(); len(c.Users)+len(c.Circles)+len(c.Invites) != 0 {
		t.Error("changes are handed out twice")
	}
	w.do("epoch c1 by alice")
	if c := w.state.Clone().TakeChanges(); len(c.Circles) != 0 {
		t.Error("a clone starts with changes")
	}
	if c := w.state.TakeChanges(); names(c.Circles) != "c1" || len(c.Users) != 0 {
		t.Errorf("an epoch touched %s; %s", names(c.Users), names(c.Circles))
	}
}

func TestClonesDoNotShareChanges(t *testing.T) {
	w := team(t)
	w.do("invite i1 role=guest circles=c1 uses=3 by alice")
	base := w.state
	before := dump(base)
	for _, steps := range [][]string{
		{"remove carol by alice", "epoch everyone by alice", "join i1 by erin"},
		{"certificate add=phone by bob", "epoch c1 by alice", "circle-remove c1 dave by alice", "epoch c1 by alice"},
		{"role carol guest by alice", "epoch everyone by alice", "cancel i1 by alice", "epoch c1 by alice"},
	} {
		w.state = base.Clone()
		w.do(steps...)
	}
	if got := dump(base); got != before {
		t.Errorf("the original changed:\n%s", diff(before, got))
	}
	// The original may go on too, beside a clone made before.
	w.state = base
	aside := base.Clone()
	w.do("circle-admit c1 carol by alice")
	if got := dump(aside); got != before {
		t.Errorf("the clone changed:\n%s", diff(before, got))
	}
}

func TestKeepKeysOf(t *testing.T) {
	w := team(t)
	w.do("invite i1 role=guest circles=c1 by alice", "remove carol by alice", "epoch everyone by alice")
	carol, bob := w.actor("carol"), w.actor("bob")
	key := func(s *State, c string, n uint64, a *actor) bool {
		_, ok := s.KeyFor(circleID(c), n, a.id.Certificate().Encryption().Fingerprint)
		return ok
	}
	all := dump(w.state)
	only := w.state.Clone()
	only.KeepKeysOf(bob.user)
	if got := dump(w.state); got != all {
		t.Errorf("the original forgot keys:\n%s", diff(all, got))
	}
	if !key(only, "everyone", 1, bob) || !key(only, "everyone", 2, bob) || !key(only, "c1", 1, bob) {
		t.Error("a kept key is gone")
	}
	if key(only, "everyone", 1, carol) || key(only, "c1", 1, w.actor("i1")) || key(only, "everyone", 1, w.actor("alice")) {
		t.Error("a key is still there")
	}
	w.state = only
	w.do("epoch c1 by alice", "admit erin role=member circles=everyone by alice", "circle-admit c1 erin by bob")
	if !key(only, "c1", 2, bob) || key(only, "c1", 2, w.actor("alice")) || key(only, "c1", 2, w.actor("erin")) {
		t.Error("later keys are not kept as asked")
	}
	only.KeepKeysOf()
	if key(only, "c1", 2, bob) || len(only.handed) != 0 {
		t.Error("a key is kept of nobody")
	}
	w.do("epoch c1 by alice") // and no rule misses them
}

func TestMayGrant(t *testing.T) {
	const g, m, a, o = schema.RoleGuest, schema.RoleMember, schema.RoleAdmin, schema.RoleOwner
	want := map[schema.Role][]schema.Role{o: {g, m, a, o}, a: {g, m}, m: nil, g: nil, 0: nil, 9: nil}
	for author, roles := range want {
		for _, r := range []schema.Role{0, g, m, a, o, 5} {
			if got := MayGrant(author, r); got != slices.Contains(roles, r) {
				t.Errorf("MayGrant(%s, %s) = %t", author, r, got)
			}
		}
	}
}

// Readers keep the state while a batch is tried on a clone; run with -race.
func TestQueriesBesideClones(t *testing.T) {
	w := team(t)
	admit := w.build(mustStep(t, "admit erin role=member circles=everyone by alice"))
	before := w.state.Head()
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			c := w.state.Clone()
			c.KeepKeysOf()
			if err := c.Apply(admit); err != nil {
				t.Error(err)
			}
		})
		wait.Go(func() {
			if w.state.Head() != before || len(w.state.Members()) != 4 || len(w.state.Recipients(circleID("everyone"))) != 3 {
				t.Error("a reader sees another state")
			}
			if _, ok := w.state.KeyFor(circleID("c1"), 1, w.actor("dave").id.Certificate().Encryption().Fingerprint); !ok {
				t.Error("a reader misses a key")
			}
		})
	}
	wait.Wait()
}
