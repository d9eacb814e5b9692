package memory_test

import (
	"testing"

	"github.com/cenacle-team/cenacle/client/store"
	"github.com/cenacle-team/cenacle/client/store/memory"
	"github.com/cenacle-team/cenacle/client/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return memory.New() })
}
