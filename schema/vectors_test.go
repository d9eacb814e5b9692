package schema_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/cenacle-team/cenacle/schema"
)

// Golden bytes are frozen: -golden writes the files that are missing, and never
// touches one that exists.
var writeGolden = flag.Bool("golden", false, "write golden vectors that are missing")

var dirFS = os.DirFS(".")

// A golden vector is the encoding of one value: octets that every version must
// decode, and re-encode unchanged.
type golden struct {
	Type string          `json:"type"`
	CBOR string          `json:"cbor"` // hexadecimal
	JSON json.RawMessage `json:"json"` // the same value for the reader; byte strings in base64
}

// A hostile vector is an encoding that must be refused.
type hostile struct {
	Type string      `json:"type"`
	CBOR string      `json:"cbor"`
	Code schema.Code `json:"code"`
	Why  string      `json:"why"`
}

// loadVectors reads one vector a file, by the file's name without ".json".
func loadVectors[T any](t testing.TB, folder string) map[string]T {
	t.Helper()
	names, err := fs.Glob(dirFS, "testdata/"+folder+"/*.json")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]T{}
	for _, name := range names {
		b, err := fs.ReadFile(dirFS, name)
		if err != nil {
			t.Fatal(err)
		}
		dec := json.NewDecoder(bytes.NewReader(b))
		dec.DisallowUnknownFields()
		var v T
		if err := dec.Decode(&v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[strings.TrimSuffix(filepath.Base(name), ".json")] = v
	}
	if len(out) == 0 {
		t.Fatalf("testdata/%s holds no vector", folder)
	}
	return out
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// goldenValues are the values that the golden vectors show: of each type one
// with every field set and the zero value, and of types with alternatives one
// for each.
func goldenValues() map[string]any {
	out := map[string]any{}
	for _, v := range wireTypes {
		name := snake(typeName(v))
		out[name+"_zero"] = newValue(v)
		switch v.(type) {
		case *schema.Frame, *schema.ChallengeRequest:
		default:
			out[name] = filled(v)
		}
	}
	full := reflect.ValueOf(filled(&schema.Frame{})).Elem()
	for i := range full.NumField() {
		var f schema.Frame
		reflect.ValueOf(&f).Elem().Field(i).Set(full.Field(i))
		out["frame_"+snake(full.Type().Field(i).Name)] = &f
	}
	c := filled(&schema.ChallengeRequest{}).(*schema.ChallengeRequest)
	out["challenge_request_by_handle"] = &schema.ChallengeRequest{Handle: c.Handle, Kind: c.Kind}
	out["challenge_request_by_device"] = &schema.ChallengeRequest{User: c.User, Device: c.Device}
	return out
}

func snake(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && unicode.IsUpper(r) && !unicode.IsUpper(rune(s[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func TestGoldenVectors(t *testing.T) {
	values := goldenValues()
	if *writeGolden {
		for name, v := range values {
			writeMissing(t, filepath.Join("testdata", "golden", name+".json"), v)
		}
	}
	vectors := loadVectors[golden](t, "golden")
	for name := range values {
		if _, ok := vectors[name]; !ok {
			t.Errorf("testdata/golden/%s.json is missing; go test ./schema -golden writes it", name)
		}
	}
	for name, vector := range vectors {
		t.Run(name, func(t *testing.T) {
			b := unhex(t, vector.CBOR)
			v := wireType(t, vector.Type)
			if err := schema.Unmarshal(b, v); err != nil {
				t.Fatalf("octets that were once written are refused: %v", err)
			}
			if again := schema.MustMarshal(v); !bytes.Equal(again, b) {
				t.Errorf("encodes as %x", again)
			}
			// The reader's view says the same, by a codec that is not ours.
			seen := wireType(t, vector.Type)
			if err := json.Unmarshal(vector.JSON, seen); err != nil {
				t.Fatal(err)
			}
			if again := schema.MustMarshal(seen); !bytes.Equal(again, b) {
				t.Errorf("the JSON view encodes as %x", again)
			}
		})
	}
}

func writeMissing(t *testing.T, name string, v any) {
	t.Helper()
	if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	view, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(golden{Type: typeName(v), CBOR: hex.EncodeToString(schema.MustMarshal(v)), JSON: view}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(b, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestHostileVectors(t *testing.T) {
	for name, vector := range loadVectors[hostile](t, "hostile") {
		t.Run(name, func(t *testing.T) {
			if vector.Why == "" || !vector.Code.Known() {
				t.Errorf("a hostile vector names its reason and a known code: %+v", vector)
			}
			err := schema.Unmarshal(unhex(t, vector.CBOR), wireType(t, vector.Type))
			if got := schema.CodeOf(err); got != vector.Code {
				t.Errorf("%s: error %v, want code %s", vector.Why, err, vector.Code)
			}
		})
	}
}
