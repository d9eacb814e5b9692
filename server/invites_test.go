package server_test

import (
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server"
	"github.com/cenacle-team/cenacle/server/limit"
)

// Strangers may look at what invites lead to, and not as often as they like.
func TestLookingAtInvitesIsLimited(t *testing.T) {
	w := start(t, func(o *server.Options) { o.Quotas.Invites = limit.Rate{PerSecond: 1e-6, Burst: 2} })
	alice := w.signUp("alice@example.org")
	tm := alice.found()
	o := tm.invite(alice, schema.RoleMember, 1, 0, false, tm.everyone)
	path := "/v1/invites/" + o.proof.Workspace.String() + "/" + o.proof.Invite.String() + "/roster"
	wrong := o.proof
	wrong.Proof[0] ^= 1
	w.must("POST", path, "", o.proof, new(schema.RosterPage))
	w.refused(schema.CodeNotFound, "POST", path, "", wrong)
	w.refused(schema.CodeRateLimited, "POST", path, "", o.proof)
	w.refused(schema.CodeRateLimited, "POST", path, alice.token, o.proof)
}
