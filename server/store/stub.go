package store

import (
	"context"
	"database/sql"

	"github.com/cenacle-team/cenacle/schema"
)

var errUnwritten = schema.Errorf(schema.CodeInternal, "not written yet")

// Handle is the normal form of a sign-in handle.
func Handle(h string) string { return h }

type dialect struct{}

func (dialect) snapshot() *sql.TxOptions { return nil }

type committer struct{}

func (s *Store) connect(url string) error          { return errUnwritten }
func (s *Store) migrate(ctx context.Context) error { return errUnwritten }
func (s *Store) closePools() error                 { return nil }
func (s *Store) startCommitters()                  {}
func (s *Store) failed(op string, err error) error { return err }
