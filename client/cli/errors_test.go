package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

func TestExitCodes(t *testing.T) {
	cause := errors.New("dial tcp: connection refused")
	misbehaviour := &client.Misbehaviour{Finding: client.Finding{Code: client.FoundStreamForked}}
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, exitOK},
		{errors.New("unknown flag: --x"), exitUsage}, // of cobra
		{usage("error.empty"), exitUsage},
		{failure{usage("error.empty")}, exitUsage},
		{failure{cause}, exitFailure},
		{failure{schema.Errorf(schema.CodeForbidden, "no")}, exitFailure},
		{failure{schema.Errorf(schema.CodeSignInFailed, "no")}, exitFailure},
		{failure{schema.Errorf(schema.CodeDeviceRevoked, "no")}, exitFailure},
		{failure{misbehaviour}, exitSecurity},
		{failure{fmt.Errorf("sync: %w", misbehaviour)}, exitSecurity},
		{failure{errors.Join(schema.Errorf(schema.CodeOffline, "x"), misbehaviour)}, exitSecurity},
		{failure{schema.Errorf(schema.CodeKeyChanged, "x")}, exitSecurity},
		{failure{schema.Errorf(schema.CodeUnverified, "x")}, exitSecurity},
		{failure{schema.Errorf(schema.CodeWeakParameters, "x")}, exitSecurity},
		{failure{schema.Errorf(schema.CodeVersionRolledBack, "x")}, exitSecurity},
		{failure{fail(codeMismatch, "error.mismatch")}, exitSecurity},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: %d, want %d", c.err, got, c.want)
		}
	}
}

func TestMessagesHideCauses(t *testing.T) {
	en := language{"en", english}
	chain := failure{&schema.Error{Code: schema.CodeOffline, Cause: errors.New("dial tcp 10.0.0.1:443: connection refused")}}
	if got := en.message(chain); got != schema.CodeOffline.Sentence("en") {
		t.Errorf("offline: %q", got)
	}
	if got := en.message(failure{errors.New("sql: database is closed")}); got != schema.CodeInternal.Sentence("en") {
		t.Errorf("internal: %q", got)
	}
	// Which part of a sign-in was wrong is nobody's business.
	first := en.message(failure{schema.Errorf(schema.CodeSignInFailed, "the account key is not of the expected form")})
	second := en.message(failure{schema.Errorf(schema.CodeSignInFailed, "the server answers for another account")})
	if first != second {
		t.Errorf("%q and %q", first, second)
	}
	// What a server writes into a detail is bounded and commands no terminal.
	hostile := failure{schema.Errorf(schema.CodeForbidden, "\x1b[2J%s", strings.Repeat("x", 10_000))}
	if got := en.message(hostile); len(got) > 2*maxDetail || strings.ContainsRune(got, 0x1b) {
		t.Errorf("%d octets: %.60q", len(got), got)
	}
	if got := en.message(failure{&fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}}); got != "/x: permission denied" {
		t.Errorf("file: %q", got)
	}
	fr := language{"fr", french}
	if got := fr.message(chain); got != schema.CodeOffline.Sentence("fr") {
		t.Errorf("in French: %q", got)
	}
}

// Whom the administrator has disabled reads that, and what becomes of the device.
func TestDisabledAccountIsExplained(t *testing.T) {
	err := failure{fmt.Errorf("sync: %w", schema.Errorf(schema.CodeAccountDisabled, "of the server"))}
	for _, l := range []language{{"en", english}, {"fr", french}} {
		want := schema.CodeAccountDisabled.Sentence(l.code) + " " + l.t("hint.account_disabled")
		if got := l.message(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := exitCode(err); got != exitFailure {
		t.Errorf("exit code %d", got)
	}
}

// The account key is shown when a lost answer has kept it from its owner, and
// never otherwise.
func TestNoticeShowsALostAccountKey(t *testing.T) {
	for code, want := range map[client.FindingCode]bool{client.FoundIdentityChangeWasMade: true, client.FoundStreamForked: false} {
		a, out := testApp(nil)
		a.notice(client.Finding{Code: code}, "ABCD-EFGH")
		if got := strings.Contains(out.String(), "ABCD-EFGH"); got != want {
			t.Errorf("%s: %q", code, out)
		}
	}
}
