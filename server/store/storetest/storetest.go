package storetest

import (
	"testing"

	"github.com/cenacle-team/cenacle/schema"
	"github.com/cenacle-team/cenacle/server/store"
)

// Run checks that the store does on a backend what its comments promise. Most
// tests share one database: what they make has random ids.
func Run(t *testing.T, backend Backend) {
	t.Run("accounts", func(t *testing.T) { testFirstAccount(t, backend) })
	url := backend(t)
	s := Open(t, url, store.Options{})
	for _, test := range []struct {
		name string
		run  func(t *testing.T, s *store.Store)
	}{
		{"account", testAccount},
		{"account refused", testAccountRefused},
		{"identity", testIdentity},
		{"identity race", testIdentityRace},
		{"secret", testSecret},
		{"challenge", testChallenge},
		{"session", testSession},
		{"session of a revoked device", testRevokedDevice},
		{"roster", testRoster},
		{"roster page", testRosterPage},
		{"roster conflict", testRosterConflict},
		{"roster inconsistent", testRosterInconsistent},
		{"roster race", testRosterRace},
		{"members", testMembers},
		{"circles", testCircles},
		{"invites", testInvites},
		{"cut", testCut},
		{"cut required", testCutRequired},
		{"hold", testHold},
		{"hold conflict", testHoldConflict},
		{"hold outranked", testHoldOutranked},
		{"hold delays", testHoldDelays},
		{"append", testAppend},
		{"append bounds", testAppendBounds},
		{"stream bounds", testStreamBounds},
		{"append outsiders", testAppendOutsiders},
		{"append epochs", testAppendEpochs},
		{"append again", testAppendAgain},
		{"append clock", testAppendClock},
		{"append cancelled", testAppendCancelled},
		{"append concurrently", testAppendConcurrently},
		{"events", testEvents},
		{"heads", testHeads},
		{"erase", testErase},
		{"not found", testNotFound},
		{"account pages", testAccountPages},
		{"disabled", testDisabled},
		{"deleted", testDeleted},
		{"session bound", testSessionBound},
		{"credentials end sessions", testCredentialsEndSessions},
		{"recovery", testRecovery},
		{"foundings", testFoundings},
		{"stream heads", testStreamHeads},
		{"workspace pages", testWorkspacePages},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, s) })
	}
	t.Run("hold ends", func(t *testing.T) { testHoldEnds(t, url) })
	t.Run("streams of an author", func(t *testing.T) { testStreamsOfAnAuthor(t, url) })
	t.Run("quotas", func(t *testing.T) { testQuotas(t, url) })
	t.Run("roster quota", func(t *testing.T) { testRosterQuota(t, url) })
	t.Run("presumed", func(t *testing.T) { testPresumed(t, url) })
	t.Run("presumed quota", func(t *testing.T) { testPresumedQuota(t, url) })
	t.Run("quota race", func(t *testing.T) { testQuotaRace(t, url) })
	t.Run("committed", func(t *testing.T) { testCommitted(t, url) })
	t.Run("nodes", func(t *testing.T) { testNodes(t, url) })
	t.Run("cut race", func(t *testing.T) { testCutRace(t, url) })
	t.Run("restart", func(t *testing.T) { testRestart(t, url) })
	t.Run("quotas change", func(t *testing.T) { testQuotasChange(t, url) })
	t.Run("administrator stays", func(t *testing.T) { testAdministratorStays(t, backend) })
	t.Run("server state", func(t *testing.T) { testServerState(t, backend) })
	t.Run("closed", func(t *testing.T) { testClosed(t, url) })
}

// wantCode checks the code of an error.
func wantCode(t testing.TB, err error, code schema.Code) {
	t.Helper()
	if got := schema.CodeOf(err); got != code {
		t.Errorf("error is %q (%v), want %q", got, err, code)
	}
}

// must checks that there is no error.
func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
