package cli

import (
	"bytes"
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/cenacle-team/cenacle/client"
	"github.com/cenacle-team/cenacle/schema"
)

// asked answers prompts in order.
type asked struct {
	answers []string
	prompts []string
}

func (p *asked) Secret(_ context.Context, prompt string) (string, error) {
	p.prompts = append(p.prompts, prompt)
	if len(p.answers) == 0 {
		return "", errNoTerminal
	}
	answer := p.answers[0]
	p.answers = p.answers[1:]
	return answer, nil
}

func (p *asked) Line(ctx context.Context, prompt string) (string, error) {
	return p.Secret(ctx, prompt)
}

func testApp(env map[string]string, answers ...string) (*app, *bytes.Buffer) {
	out := new(bytes.Buffer)
	return &app{
		Options:  Options{Stdin: strings.NewReader(""), Stdout: out, Stderr: out, Getenv: func(k string) string { return env[k] }},
		language: language{"en", english}, prompt: &asked{answers: answers},
	}, out
}

func TestPassphraseIsAskedTwice(t *testing.T) {
	ctx := context.Background()
	a, _ := testApp(nil, "one", "one")
	if got, err := a.newSecret(ctx, envPassphrase, "ask.newpassphrase"); got != "one" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if n := len(a.prompt.(*asked).prompts); n != 2 {
		t.Errorf("%d prompts", n)
	}
	a, _ = testApp(nil, "one", "two")
	if _, err := a.newSecret(ctx, envPassphrase, "ask.newpassphrase"); codeOf(err) != codeTwice {
		t.Errorf("different passphrases: %v", err)
	}
	a, _ = testApp(map[string]string{envPassphrase: "from the environment"})
	if got, err := a.newSecret(ctx, envPassphrase, "ask.newpassphrase"); got != "from the environment" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	a, _ = testApp(nil)
	if _, err := a.secret(ctx, envPassphrase, "ask.passphrase"); codeOf(err) != codeNoTerminal {
		t.Errorf("without a terminal: %v", err)
	}
}

// Only the whole word confirms that two people compared their numbers.
func TestAttack_K4_VerificationNeedsTheWholeWord(t *testing.T) {
	v := client.Verification{Number: strings.TrimSpace(strings.Repeat("12345 ", 12))}
	for answer, want := range map[string]schema.Code{"yes": "", " YES ": "", "y": codeMismatch, "": codeMismatch, "no": codeMismatch} {
		a, out := testApp(nil, answer)
		err := a.compare(context.Background(), client.Person{Name: "Bob"}, v, "")
		if codeOf(err) != want {
			t.Errorf("%q: %v", answer, err)
		}
		if !strings.Contains(out.String(), v.Number) {
			t.Errorf("the number is not shown: %q", out)
		}
	}
	for number, want := range map[string]schema.Code{
		v.Number: "", strings.ReplaceAll(v.Number, " ", ""): "", v.Number + "1": codeMismatch,
		strings.Repeat("12346 ", 12): codeMismatch, "12345": codeMismatch,
	} {
		a, _ := testApp(nil)
		if err := a.compare(context.Background(), client.Person{}, v, number); codeOf(err) != want {
			t.Errorf("--confirm %q: %v", number, err)
		}
	}
	a, _ := testApp(nil, "oui")
	a.language = language{"fr", french}
	if err := a.compare(context.Background(), client.Person{}, v, ""); err != nil {
		t.Errorf("oui: %v", err)
	}
}

func TestBodyIsBounded(t *testing.T) {
	for _, c := range []struct {
		stdin string
		want  string
		code  schema.Code
	}{
		{"two\nlines\n", "two\nlines", ""},
		{"dos\r\n", "dos", ""},
		{strings.Repeat("x", schema.MaxMessage), strings.Repeat("x", schema.MaxMessage), ""},
		{strings.Repeat("x", schema.MaxMessage) + "\n", strings.Repeat("x", schema.MaxMessage), ""},
		{strings.Repeat("x", schema.MaxMessage) + "\r\n", strings.Repeat("x", schema.MaxMessage), ""},
		{strings.Repeat("x", schema.MaxMessage+1), "", schema.CodeTooLarge},
		{strings.Repeat("x", 10*schema.MaxMessage), "", schema.CodeTooLarge},
		{"", "", codeUsage},
		{" \n", "", codeUsage},
	} {
		a, _ := testApp(nil)
		a.Stdin = strings.NewReader(c.stdin)
		got, err := a.body("-")
		if got != c.want || codeOf(err) != c.code {
			t.Errorf("%.20q (%d octets): %d octets, %v", c.stdin, len(c.stdin), len(got), err)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"": 0, "30s": 30 * time.Second, "5m": 5 * time.Minute, "12h": 12 * time.Hour, "7d": 168 * time.Hour, "2w": 336 * time.Hour,
	} {
		if got, err := parseDuration(text); got != want || err != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"7", "d", "-1d", "0d", "1y", "1.5h", "99999999999999999999d", "4000000000w", "é"} {
		if got, err := parseDuration(text); codeOf(err) != codeUsage {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "5": 5, "1KiB": 1 << 10, "3MiB": 3 << 20, "10GiB": 10 << 30, "2TiB": 2 << 40} {
		if got, err := parseSize(text); got != want || err != nil {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"GiB", "-1GiB", "0", "1GB", "9223372036854775807TiB", "1.5GiB"} {
		if got, err := parseSize(text); codeOf(err) != codeUsage {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}

// A clock that anybody may have set is printed in the years that RFC 3339 can write.
func TestAttack_E12_ClocksOutsideTheCalendar(t *testing.T) {
	for _, ms := range []int64{math.MinInt64, -1, 0, 1 << 50, math.MaxInt64} {
		s := stamp(moment(ms))
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			t.Errorf("%d: %q: %v", ms, s, err)
		}
	}
}

func TestFindDevice(t *testing.T) {
	devices := []client.DeviceInfo{{ID: schema.DeviceID{1}}, {ID: schema.DeviceID{2}}}
	first := devices[0].ID.String()
	if id, err := findDevice(devices, first); id != devices[0].ID || err != nil {
		t.Errorf("by id: %v", err)
	}
	if _, err := findDevice(devices, first[:8]); err != nil {
		t.Errorf("by its beginning: %v", err)
	}
	for which, code := range map[string]schema.Code{"": schema.CodeNotFound, "d_": schema.CodeNotFound, "d_zzzzzz": schema.CodeNotFound} {
		if _, err := findDevice(devices, which); codeOf(err) != code {
			t.Errorf("%q: %v", which, err)
		}
	}
	devices[1].ID = schema.DeviceID{1, 0, 0, 0, 0, 0, 1}
	if _, err := findDevice(devices, first[:8]); codeOf(err) != schema.CodeAmbiguous {
		t.Errorf("two devices: %v", err)
	}
}

// Every command has its texts in both languages and refuses what it does not know.
func TestEveryCommandIsExplained(t *testing.T) {
	for _, lang := range []language{{"en", english}, {"fr", french}} {
		a, _ := testApp(nil)
		a.language = lang
		var walk func(cmd *cobra.Command)
		walk = func(cmd *cobra.Command) {
			if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".short") {
				t.Errorf("%s: %s is not explained: %q", lang.code, cmd.CommandPath(), cmd.Short)
			}
			for _, sub := range cmd.Commands() {
				if sub.Name() != "completion" {
					walk(sub)
				}
			}
		}
		walk(a.root())
	}
}

func TestServeHandsItsFlagsOver(t *testing.T) {
	a, out := testApp(nil)
	var got ServeOptions
	a.Serve = func(_ context.Context, o ServeOptions) error {
		got = o
		o.Ready("http://localhost:1")
		return errors.New("listen tcp: address already in use")
	}
	code := a.run(context.Background(), []string{
		"serve", "--data", "d", "--listen", "127.0.0.1:0", "--registration", "invite", "--trusted-proxy", "10.0.0.0/8",
		"--trusted-proxy", "192.0.2.1", "--workspace-quota", "1GiB", "--account-quota", "2MiB", "--workspaces-per-account", "3",
	})
	if code != exitFailure || !strings.Contains(out.String(), "Cénacle is listening on http://localhost:1") ||
		!strings.Contains(out.String(), "already in use") {
		t.Errorf("exit code %d, output %q", code, out)
	}
	if got.DataDir != "d" || got.Listen != "127.0.0.1:0" || got.Registration != "invite" || len(got.TrustedProxies) != 2 ||
		got.TrustedProxies[1].Bits() != 32 || got.WorkspaceQuota != 1<<30 || got.AccountQuota != 2<<20 || got.WorkspacesPerAccount != 3 {
		t.Errorf("%+v", got)
	}
}
