package store_test

import (
	"os"
	"testing"

	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
