package seal

import (
	"reflect"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

func TestReopen(t *testing.T) {
	d, other, k := newTestDevice(1), newTestDevice(2), testKey(t)
	p := testPayload(d, 300)
	sealed, _, err := k.sealWith(d.sign, d.public.ID, p, new(counter))
	if err != nil {
		t.Fatal(err)
	}
	got, err := k.Reopen(sealed, d.public.ID)
	if err != nil || !reflect.DeepEqual(got, p) {
		t.Fatalf("Reopen = %v, %v", got, err)
	}
	if _, err := k.Reopen(sealed, other.public.ID); !schema.HasCode(err, schema.CodeBadSignature) {
		t.Errorf("reopened as another device's: %v", err)
	}
	for _, at := range []int{3, 40, len(sealed) - 1} {
		altered := append([]byte(nil), sealed...)
		altered[at] ^= 1
		if _, err := k.Reopen(altered, d.public.ID); !schema.HasCode(err, schema.CodeUnreadable) {
			t.Errorf("reopened with octet %d altered: %v", at, err)
		}
	}
	elsewhere, err := NewSignalKey(NewEpochSecret(), p.Header.Workspace, schema.CircleID{9}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := elsewhere.Reopen(sealed, d.public.ID); !schema.HasCode(err, schema.CodeUnreadable) {
		t.Errorf("reopened under another key: %v", err)
	}
}
