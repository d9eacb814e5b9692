package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/cenacle-team/cenacle/server/store/pgtest"
)

// TestMain runs the tests with a cluster, or is one of the processes that they
// start to kill or to starve.
func TestMain(m *testing.M) {
	switch os.Getenv(childEnv) {
	case "":
		os.Exit(pgtest.Main(m))
	case "append":
		os.Exit(exitCode(appendForEver()))
	case "disk full":
		os.Exit(exitCode(fillDisk()))
	}
	os.Exit(2)
}

func sqlite(t testing.TB) string {
	return "sqlite:" + filepath.Join(t.TempDir(), "cenacle.db")
}
