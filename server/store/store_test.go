package store_test

import (
	"testing"

	"github.com/cenacle-team/cenacle/server/store/pgtest"
	"github.com/cenacle-team/cenacle/server/store/storetest"
)

func TestSQLite(t *testing.T) { storetest.Run(t, sqlite) }

func TestPostgres(t *testing.T) { storetest.Run(t, pgtest.Database) }
