package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
)

type key struct {
	Secret
	octets [4]byte
}

func TestSecretNeverPrints(t *testing.T) {
	k := key{octets: [4]byte{'L', 'E', 'A', 'K'}}
	var out bytes.Buffer
	for _, v := range []any{k, &k, []key{k}, map[string]key{"a": k}, struct{ K key }{k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%q", "%d"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		j, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(j)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "k", k, "p", &k)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "k", k, "p", &k)
	for _, leak := range []string{"LEAK", "4c45", "76 69", "[76"} {
		if strings.Contains(out.String(), leak) {
			t.Errorf("%q leaks in:\n%s", leak, out.String())
		}
	}
	if !strings.Contains(out.String(), text) {
		t.Error("nothing was printed")
	}
	if reflect.TypeOf(k).Comparable() {
		t.Error("secrets can be compared with ==")
	}
}
