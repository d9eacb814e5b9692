package seal

import (
	"sync"
	"testing"

	"github.com/cenacle-team/cenacle/schema"
)

// An epoch's secret and a stream's key may be wiped while others use them: what
// is sealed meanwhile opens with the key that was, and nothing is ever sealed
// under what is left of it.
func TestAttack_F7_WipedInUse(t *testing.T) {
	for range 50 {
		s := NewEpochSecret()
		key, err := NewStreamKey(s, testWorkspace, testCircle, testStream, 1)
		if err != nil {
			t.Fatal(err)
		}
		spare, err := NewStreamKey(s, testWorkspace, testCircle, testStream, 1)
		if err != nil {
			t.Fatal(err)
		}
		u := newTestUser(t)
		var all sync.WaitGroup
		start := make(chan struct{})
		for range 4 {
			all.Go(func() {
				<-start
				for {
					sealed, _, err := key.Seal(u.device, testPayload(testDevice{public: u.public}, 10))
					if err != nil {
						return
					}
					if _, _, err := spare.Open(sealed, u.public); err != nil {
						t.Error("sealed under something else than the key")
						return
					}
				}
			})
			all.Go(func() {
				<-start
				for s.Commitment(testWorkspace, testCircle, 1) != (schema.Hash{}) {
				}
			})
		}
		close(start)
		s.Zero()
		key.Zero()
		all.Wait()
		if key.Bytes() != nil || s.Bytes() != nil || !s.IsZero() {
			t.Fatal("a wiped secret is handed out")
		}
	}
}
