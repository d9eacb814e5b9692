package seal

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cenacle-team/cenacle/crypto/cert"
	"github.com/cenacle-team/cenacle/crypto/identity"
	"github.com/cenacle-team/cenacle/schema"
)

// Files that exist are frozen: they must give the same result for ever, and this
// flag adds missing ones only.
var writeVectors = flag.Bool("write-vectors", false, "write the vector files that do not exist")

const vectorFolder = "testdata/vectors"

// vector is one scenario a file. Octets are hexadecimal, integers decimal. Exactly
// one of Output and Code is there.
type vector struct {
	Shows     string            `json:"shows"`
	Operation string            `json:"operation"`
	Input     map[string]string `json:"input"`
	Output    map[string]string `json:"output,omitempty"`
	Code      schema.Code       `json:"code,omitempty"`
}

// operations are what a vector can ask for. docs/protocol.md describes each.
var operations = map[string]func(*fields) (map[string]string, error){
	"stream-key": func(f *fields) (map[string]string, error) {
		k, err := f.streamKey()
		return f.result(err, func() map[string]string { return octets("key", k.octets()) })
	},
	"signal-key": func(f *fields) (map[string]string, error) {
		k, err := NewSignalKey(f.epochSecret("secret"), f.workspace(), f.circle(), f.number("epoch"))
		return f.result(err, func() map[string]string { return octets("key", k.octets()) })
	},
	"message-key": func(f *fields) (map[string]string, error) {
		k, err := newMessageKey(f.octets("session_key"), f.octets("salt"), string(f.octets("prefix")))
		return f.result(err, func() map[string]string {
			return map[string]string{
				"iv": hex.EncodeToString(k.iv[:]),
				// The key does not come out of the cipher: the tag of nothing shows it.
				"empty_tag": hex.EncodeToString(k.aead.Seal(nil, k.nonce(0), nil, f.octets("prefix"))),
			}
		})
	},
	"padded-length": func(f *fields) (map[string]string, error) {
		return map[string]string{"length": strconv.Itoa(paddedLength(int(f.number("content")) + paddingHeader))}, nil
	},
	"commitment": func(f *fields) (map[string]string, error) {
		h := f.epochSecret("secret").Commitment(f.workspace(), f.circle(), f.number("epoch"))
		return octets("commitment", h[:]), nil
	},
	"seal-event": func(f *fields) (map[string]string, error) {
		k, err := f.streamKey()
		if err != nil {
			return nil, err
		}
		var p schema.Payload
		if err := schema.Unmarshal(f.octets("payload"), &p); err != nil {
			return nil, err
		}
		sign := func([]byte) []byte { return f.octets("signature") }
		b, hash, err := k.sealWith(sign, p.Header.Device, &p, bytes.NewReader(f.octets("random")))
		return f.result(err, func() map[string]string {
			out := octets("ciphertext", b)
			maps.Copy(out, octets("payload_hash", hash[:]))
			return out
		})
	},
	"open-event": func(f *fields) (map[string]string, error) {
		k, err := f.streamKey()
		if err != nil {
			return nil, err
		}
		d := cert.Device{ID: schema.DeviceID(f.exactly("device", 32)), Key: f.exactly("device_key", 32)}
		p, hash, err := k.Open(f.octets("ciphertext"), d)
		return f.result(err, func() map[string]string {
			out := octets("payload", schema.MustMarshal(p))
			maps.Copy(out, octets("payload_hash", hash[:]))
			return out
		})
	},
	"seal-previous": func(f *fields) (map[string]string, error) {
		b, err := sealPrevious(f.epochSecret("secret"), f.epochSecret("previous"), f.workspace(), f.circle(), f.number("epoch"), bytes.NewReader(f.octets("random")))
		return f.result(err, func() map[string]string { return octets("sealed", b) })
	},
	"open-previous": func(f *fields) (map[string]string, error) {
		s, err := OpenPrevious(f.epochSecret("secret"), f.octets("sealed"), f.workspace(), f.circle(), f.number("epoch"))
		return f.result(err, func() map[string]string { return octets("previous", s.octets()) })
	},
	"open-key": func(f *fields) (map[string]string, error) {
		keys, err := identity.ParseKeys(f.octets("keys"))
		if err != nil {
			return nil, err
		}
		s, err := OpenKey(f.octets("packet"), keys)
		return f.result(err, func() map[string]string { return octets("secret", s.octets()) })
	},
	"seal-invite": func(f *fields) (map[string]string, error) {
		c := InviteContent{Private: f.octets("private"), Genesis: schema.Hash(f.exactly("genesis", 32))}
		if _, ok := f.input["inviter"]; ok {
			c.Workspace, c.Inviter = f.text("workspace_name"), f.text("inviter")
		}
		b, err := sealInvite(f.inviteSecret(), f.workspace(), f.invite(), c, bytes.NewReader(f.octets("random")))
		return f.result(err, func() map[string]string { return octets("sealed", b) })
	},
	"open-invite": func(f *fields) (map[string]string, error) {
		c, err := OpenInvite(f.inviteSecret(), f.workspace(), f.invite(), f.octets("sealed"))
		return f.result(err, func() map[string]string {
			out := octets("private", c.Private)
			maps.Copy(out, octets("genesis", c.Genesis[:]))
			if c.Workspace != "" || c.Inviter != "" {
				out["workspace_name"], out["inviter"] = c.Workspace, c.Inviter
			}
			return out
		})
	},
	"invite-proof": func(f *fields) (map[string]string, error) {
		p, err := InviteProof(f.inviteSecret(), f.workspace(), f.invite())
		return f.result(err, func() map[string]string {
			out, hash := octets("proof", p.Proof[:]), InviteProofHash(p)
			maps.Copy(out, octets("proof_hash", hash[:]))
			return out
		})
	},
	"invite-url": func(f *fields) (map[string]string, error) {
		link := InviteLink{Base: f.text("base"), Workspace: f.workspace(), Invite: f.invite(), Secret: f.inviteSecret()}
		url, err := FormatInviteURL(link)
		return f.result(err, func() map[string]string { return map[string]string{"url": url} })
	},
	"parse-invite-url": func(f *fields) (map[string]string, error) {
		link, err := ParseInviteURL(f.text("url"))
		return f.result(err, func() map[string]string {
			out := octets("secret", link.Secret.octets())
			maps.Copy(out, octets("workspace", link.Workspace[:]))
			maps.Copy(out, octets("invite", link.Invite[:]))
			out["base"] = link.Base
			return out
		})
	},
	"safety-number": func(f *fields) (map[string]string, error) {
		n := SafetyNumber(schema.UserID(f.exactly("user_a", 16)), schema.Fingerprint(f.exactly("fingerprint_a", 32)),
			schema.UserID(f.exactly("user_b", 16)), schema.Fingerprint(f.exactly("fingerprint_b", 32)))
		return map[string]string{"number": n}, nil
	},
}

func octets(name string, b []byte) map[string]string {
	return map[string]string{name: hex.EncodeToString(b)}
}

// fields reads the input of a vector. The first thing that is wrong with it, or
// that nobody reads, fails the test.
type fields struct {
	input map[string]string
	read  map[string]bool
	errs  []error
}

func (f *fields) text(name string) string {
	v, ok := f.input[name]
	if !ok {
		f.errs = append(f.errs, fmt.Errorf("there is no input %q", name))
	}
	f.read[name] = true
	return v
}

func (f *fields) octets(name string) []byte {
	b, err := hex.DecodeString(f.text(name))
	f.errs = append(f.errs, err)
	return b
}

func (f *fields) exactly(name string, n int) []byte {
	b := f.octets(name)
	if len(b) != n {
		f.errs = append(f.errs, fmt.Errorf("input %q has %d octets, not %d", name, len(b), n))
		return make([]byte, n)
	}
	return b
}

func (f *fields) number(name string) uint64 {
	n, err := strconv.ParseUint(f.text(name), 10, 64)
	f.errs = append(f.errs, err)
	return n
}

func (f *fields) epochSecret(name string) EpochSecret {
	return EpochSecret{hold(f.exactly(name, secretLength))}
}

func (f *fields) inviteSecret() InviteSecret {
	return InviteSecret{hold(f.exactly("secret", secretLength))}
}

func (f *fields) workspace() schema.WorkspaceID {
	return schema.WorkspaceID(f.exactly("workspace", 16))
}
func (f *fields) circle() schema.CircleID { return schema.CircleID(f.exactly("circle", 16)) }
func (f *fields) invite() schema.InviteID { return schema.InviteID(f.exactly("invite", 16)) }

func (f *fields) streamKey() (*StreamKey, error) {
	return NewStreamKey(f.epochSecret("secret"), f.workspace(), f.circle(), schema.StreamID(f.exactly("stream", 16)), f.number("epoch"))
}

func (f *fields) result(err error, output func() map[string]string) (map[string]string, error) {
	if err != nil {
		return nil, err
	}
	return output(), nil
}

// run does what a vector asks for.
func (v vector) run(t *testing.T) (map[string]string, schema.Code) {
	t.Helper()
	operation, ok := operations[v.Operation]
	if !ok {
		t.Fatalf("there is no operation %q", v.Operation)
	}
	f := &fields{input: v.Input, read: map[string]bool{}}
	output, err := operation(f)
	if problem := errors.Join(f.errs...); problem != nil {
		t.Fatal(problem)
	}
	if err == nil && len(f.read) != len(v.Input) {
		t.Errorf("some of the input is not read: %v", v.Input)
	}
	return output, schema.CodeOf(err)
}

func readVector(t *testing.T, path string) vector {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestVectors(t *testing.T) {
	want := scenarios(t)
	if *writeVectors {
		addVectors(t, want)
	}
	paths, err := filepath.Glob(filepath.Join(vectorFolder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		if _, ok := want[name]; !ok {
			t.Errorf("nothing asks for %s", path)
		}
		delete(want, name)
		t.Run(name, func(t *testing.T) {
			v := readVector(t, path)
			used[v.Operation] = true
			output, code := v.run(t)
			if code != v.Code || !maps.Equal(output, v.Output) {
				t.Errorf("%s: got %v %q, want %v %q", v.Shows, output, code, v.Output, v.Code)
			}
			if (v.Code == "") == (v.Output == nil) {
				t.Error("a vector has either an output or a code")
			}
		})
	}
	for name := range want {
		t.Errorf("there is no file for %s: go test -run TestVectors -write-vectors", name)
	}
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		if !used[name] {
			t.Errorf("no vector shows %s", name)
		}
	}
}

// addVectors writes the scenarios that have no file yet.
func addVectors(t *testing.T, scenarios map[string]vector) {
	t.Helper()
	if err := os.MkdirAll(vectorFolder, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, v := range scenarios {
		output, code := v.run(t)
		if code != v.Code {
			t.Fatalf("%s: code %q, not %q", name, code, v.Code)
		}
		v.Output = output
		b, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(filepath.Join(vectorFolder, name+".json"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, os.ErrExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(append(b, '\n')); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
